"""Words that ask for the same again, once the assistant has failed to answer."""

from __future__ import annotations

from typing import Final

from backend.domain.words import folded

_AGAIN: Final = frozenset(
    {
        "again",
        "try again",
        "try it again",
        "try that again",
        "try once more",
        "once more",
        "one more time",
        "do it again",
        "retry",
        "retry it",
        "retry that",
        "otra vez",
        "de nuevo",
        "una vez mas",
        "reintentar",
        "reintente",
        "reintentelo",
        "intenta de nuevo",
        "intenta otra vez",
        "intentalo de nuevo",
        "intentalo otra vez",
        "intentar de nuevo",
        "intentar otra vez",
        "intente de nuevo",
        "intente otra vez",
        "intentelo de nuevo",
        "intentelo otra vez",
        "pruebe de nuevo",
        "pruebe otra vez",
        "vuelva a intentar",
        "vuelva a intentarlo",
    }
)
_POLITE: Final = frozenset({"please", "pls", "ok", "okay", "yes", "now", "por", "favor", "si"})


def asks_to_repeat(text: str) -> bool:
    """Whether a message asks for the last thing again and for nothing else."""
    words = [word for word in folded(text).split() if word not in _POLITE]
    return " ".join(words) in _AGAIN

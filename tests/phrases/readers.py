"""What the product makes of a phrase, for each list: its labels, and the reading of a text."""

from __future__ import annotations

from collections.abc import Callable

from backend.domain.consent import keyword
from backend.domain.crisis import is_crisis
from backend.domain.opt_out_words import read_plain_words


def crisis(text: str) -> str:
    """`crisis` where the text calls a person at once, else `other`."""
    return "crisis" if is_crisis(text) else "other"


def consent(text: str) -> str:
    """`stop`, `start` or `help` for what is done at once, `unclear` for what is asked about, else
    `none`; of someone who has not opted out.
    """
    word = keyword(text, is_opted_out=False)
    if word is not None:
        return word.value
    plain = read_plain_words(text)
    return plain.outcome.value if plain else "none"


READERS: dict[str, tuple[tuple[str, ...], Callable[[str], str]]] = {
    "crisis": (("crisis",), crisis),
    "consent": (("stop", "unclear", "start", "help"), consent),
}

"""Whether typed words are a plain yes, and nothing else: only that confirms a plan.

"Yes, on Monday", "yes but keep the number" and "is that ok?" are about the plan and no yes to it.
What is not on the list is none: who meant yes sees the plan once more.
"""

from __future__ import annotations

import re
from typing import Final

from backend.domain.words import folded

_YES: Final = frozenset(
    {
        *("yes", "yep", "yeah", "yup", "ya", "ok", "okay", "okey", "sure", "confirm"),
        *("confirmed", "absolutely", "definitely", "certainly", "agreed", "proceed", "perfect"),
        *("si", "sip", "claro", "dale", "vale", "confirmo", "confirmar", "confirmado"),
        *("confirmada", "confirme", "adelante", "procede", "proceda", "hazlo", "hagalo"),
        *("compralo", "comprelo", "muevelo", "muevalo", "pasalo", "paselo", "archivala"),
        *("archivela", "archivelo", "cambialo", "cambielo", "acuerdo", "perfecto", "correcto"),
        *("supuesto",),
    }
)
# Words that may stand beside: they ask for nothing else.
_BESIDE: Final = frozenset(
    {
        *("please", "pls", "thanks", "thank", "you", "i", "do", "it", "go", "ahead", "buy"),
        *("move", "archive", "change", "pass", "on", "this", "that", "is", "s", "the", "plan"),
        *("now", "right", "away", "of", "course", "sounds", "looks", "good", "great", "fine"),
        *("all", "and", "with", "for", "por", "favor", "porfa", "gracias", "de", "esta", "bien"),
        *("muy", "lo", "eso", "el", "quiero", "ahora", "ya", "mismo", "y"),
    }
)
# Two words that are a yes together; alone they are not.
_TOGETHER: Final = (
    "go ahead",
    "go for it",
    "do it",
    "buy it",
    "move it",
    "archive it",
    "change it",
    "pass it on",
    "of course",
    "sounds good",
    "looks good",
    "that is fine",
    "that s fine",
    "all right",
    "esta bien",
    "de acuerdo",
    "por supuesto",
)
_MOST_WORDS: Final = 8
_THUMBS_UP: Final = re.compile("[\N{THUMBS UP SIGN}\N{WHITE HEAVY CHECK MARK}]")


def is_plain_yes(text: str) -> bool:
    """Whether the whole message says yes, in English or Spanish, and asks nothing."""
    if "?" in text or "¿" in text:
        return False
    words = folded(text).split()
    if not words:
        return _THUMBS_UP.search(text) is not None
    if len(words) > _MOST_WORDS or not set(words) <= _YES | _BESIDE:
        return False
    said = " ".join(words)
    return not _YES.isdisjoint(words) or any(phrase in said for phrase in _TOGETHER)

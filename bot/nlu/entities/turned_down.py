"""Places and offices that are named to be turned down: "620, not 316", "Becas y no Vivienda"."""

from __future__ import annotations

import re

from bot.nlu.entities.mention import Kind, Mention

_BESIDE = r"(?:\s(?:the|for|in|to|from|el|la|a|al|en|para|de|del))*\s"
_TURNED_DOWN = re.compile(
    rf"\b(?:not|instead of|rather than|en (?:vez|lugar) del?|y no){_BESIDE}$",
    re.IGNORECASE,
)
# "No 316 sino 620".
_NO = re.compile(rf"\bno{_BESIDE}$", re.IGNORECASE)
_BUT = re.compile(r",?\s(?:sino|but)\b", re.IGNORECASE)
# How far back those words are looked for.
_BEFORE = 40
# A number that "is not 316-555-0101" is still the one that is spoken of.
_KINDS: frozenset[Kind] = frozenset({"area_code", "city", "zip_code", "office", "inbox"})


def is_turned_down(mention: Mention, text: str) -> bool:
    """Whether the words around a mention say that something else is meant."""
    if mention.kind not in _KINDS:
        return False
    before = text[max(0, mention.start - _BEFORE) : mention.start]
    if _TURNED_DOWN.search(before):
        return True
    return bool(_NO.search(before) and _BUT.match(text, mention.end))

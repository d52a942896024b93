"""ZIP codes: five digits, or five and four, that the words around them make one.

The value is ``67202`` or ``67202-1234``. Only ZIP codes that exist count. Five digits by themselves
are more often an order's number, or a short code to text to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.nlu.entities.around_numbers import counts_something_else
from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.mention import Mention
from bot.nlu.entities.states import states_in

_ZIP = re.compile(
    r"(?<![\w$€£#%])(?<!\d[.,/:-])(?P<five>\d{5})(?:-(?P<four>\d{4}))?(?![\w%]|[.,/:-]\d)"
)
_NAMED_BEFORE = re.compile(
    r"\b(?:zips?(?:[ -]?codes?)?|postal codes?|postcodes?|(?:codigos? )?postal(?:es)?|c\.?p\.?)"
    r"[^\d.?!\n]{0,40}$"
)
_NAMED_AFTER = re.compile(r"[ -](?:zips?(?:[ -]?codes?)?|area|postal)\b")
_PLACE_BEFORE = re.compile(r"\b(?:in|near|around|en|cerca de)\s$")
_DONE = re.compile(r"\s*(?:$|[.,;:!?)\n]|(?:and|or|please|y|o|por favor)\b)")
_LISTED = re.compile(r"\s?(?:,|/|&|,?\s(?:and|or|y|o)\s)\s?")
_BEFORE = 60
_MOST_ZIP_CODES = 100_000


@dataclass(frozen=True)
class ZipCodes:
    """Which ZIP codes exist: bit number ``n % 8`` of byte ``n // 8`` for ZIP code ``n``."""

    bits: bytes

    @classmethod
    def of(cls, codes: Iterable[str]) -> ZipCodes:
        """The set of these five-digit codes."""
        bits = bytearray(_MOST_ZIP_CODES // 8)
        for code in codes:
            at = int(code)
            bits[at // 8] |= 1 << at % 8
        return cls(bytes(bits))

    def __contains__(self, code: str) -> bool:
        at = int(code)
        return bool(self.bits[at // 8] >> at % 8 & 1)


def find_zip_codes(text: FoldedText, real: ZipCodes) -> list[Mention]:
    """Every ZIP code of a message that exists."""
    if not text.has_digits:
        return []
    found: list[Mention] = []
    last_end: int | None = None
    for match in _ZIP.finditer(text.folded):
        is_listed = last_end is not None and bool(
            _LISTED.fullmatch(text.folded, last_end, match.start())
        )
        if match["five"] in real and (is_listed or _is_meant(text, match)):
            last_end = match.end()
            found.append(text.mention("zip_code", match.start(), match.end(), match[0]))
    return found


def _is_meant(text: FoldedText, match: re.Match[str]) -> bool:
    folded, start, end = text.folded, match.start(), match.end()
    before = folded[max(0, start - _BEFORE) : start]
    if _NAMED_BEFORE.search(before) or _NAMED_AFTER.match(folded, end):
        return True
    if counts_something_else(folded, start):
        return False
    return bool(
        match["four"]
        or (_PLACE_BEFORE.search(before) and _DONE.match(folded, end))
        or _follows_state(text, start)
        or _is_alone(text, start)
    )


def _follows_state(text: FoldedText, start: int) -> bool:
    at = _word_at(text, start)
    if at == 0 or not re.fullmatch(r"[.,]? ", text.gap(at - 1)):
        return False
    return any(last == at - 1 for _, last in states_in(text).values())


def _is_alone(text: FoldedText, start: int) -> bool:
    at = _word_at(text, start)
    return text.is_alone(at, at)


def _word_at(text: FoldedText, start: int) -> int:
    return next(number for number, word in enumerate(text.words) if word.start == start)

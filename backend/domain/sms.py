"""What a text costs: encodings and segments.

GSM 03.38 (3GPP TS 23.038) as Twilio counts it: 160 septets in one segment and 153 in each of
several; one character outside the alphabet turns the whole text into UCS-2, 70 and 67 units.
https://www.twilio.com/docs/glossary/what-sms-character-limit
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

GSM_7_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_EXTENSION: Final = frozenset("^{}\\[~]|€\f")
LONGEST_TEXT: Final = 1_600
_PLAIN_MARKS: Final = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."}


@dataclass(frozen=True)
class Segments:
    """`units` are septets for GSM-7 and 16-bit units for UCS-2; `count` is what is paid for."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    count: int


def segments(text: str) -> Segments:
    """Count what sending `text` takes; an empty text is one segment."""
    if all(char in GSM_7_BASIC or char in GSM_7_EXTENSION for char in text):
        units = sum(2 if char in GSM_7_EXTENSION else 1 for char in text)
        return Segments("GSM-7", units, _count(units, single=160, joined=153))
    units = len(text.encode("utf-16-be")) // 2
    return Segments("UCS-2", units, _count(units, single=70, joined=67))


def _count(units: int, *, single: int, joined: int) -> int:
    return 1 if units <= single else -(-units // joined)


def frugal(text: str, most: int = 2) -> str:
    """The text as it is if it takes at most `most` segments, else with its accents and curly
    marks made plain (`á` to `a`, `’` to `'`) where that makes it shorter to send.
    """
    if segments(text).count <= most:
        return text
    plain = "".join(_plain(char) for char in text)
    return plain if segments(plain).count < segments(text).count else text


def _plain(char: str) -> str:
    if char in GSM_7_BASIC or char in GSM_7_EXTENSION:
        return char
    if char in _PLAIN_MARKS:
        return _PLAIN_MARKS[char]
    letters = unicodedata.normalize("NFKD", char)
    return "".join(part for part in letters if not unicodedata.combining(part))


def cut_to_longest(text: str) -> str:
    """Shorten a text to the 1,600 characters a carrier takes, saying so with an ellipsis."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."

"""What a text costs: encodings and segments.

GSM 03.38 (3GPP TS 23.038) as Twilio counts it: 160 septets in one segment and 153 in each of
several; one character outside the alphabet turns the whole text into UCS-2, 70 and 67 units.
https://www.twilio.com/docs/glossary/what-sms-character-limit
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

GSM_7_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_EXTENSION: Final = frozenset("^{}\\[~]|€\f")
LONGEST_TEXT: Final = 1_600
_LAST_OF_ONE_UNIT: Final = 0xFFFF
_JOINED: Final = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
_PLAIN_MARKS: Final = {
    "’": "'", "‘": "'", "‚": ",", "`": "'", "´": "'", "′": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "″": '"',
    "–": "-", "—": "-", "−": "-", "‑": "-", "•": "-", "·": "-", "…": "...",
    "\t": " ", "\u00a0": " ", "\u2009": " ", "\u202f": " ",
    "\u200b": "", "\u200d": "", "\u2060": "", "\ufeff": "", "\ufe0f": "", "\u00ad": "",
}  # fmt: skip
_NAMES: Final = {
    "’": "curly apostrophe", "‘": "curly apostrophe", "`": "backtick",
    "“": "curly quote", "”": "curly quote", "„": "low quote",
    "–": "dash", "—": "long dash", "•": "bullet", "…": "ellipsis in one character",
    "\t": "tab", "\u00a0": "no-break space", "\u200b": "invisible space",
    "\u200d": "invisible joiner", "\ufeff": "invisible mark", "\ufe0f": "invisible mark",
}  # fmt: skip
_MOST_NAMED: Final = 5


@dataclass(frozen=True)
class Segments:
    """`units` are septets for GSM-7 and 16-bit units for UCS-2; `count` is what is paid for."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    count: int


@dataclass(frozen=True)
class OddCharacter:
    """A character that alone turns a text into UCS-2: its place counted from 1, its name in
    words, and what to write instead, None where only leaving it out helps.
    """

    character: str
    position: int
    name: str
    plain: str | None


@dataclass(frozen=True)
class Preview:
    """What a text takes to send, before it is sent. `room` is how many units are left in its last
    segment; `advice` says what would make it shorter, "" when nothing would.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int
    room: int
    odd: tuple[OddCharacter, ...]
    advice: str


def segments(text: str) -> Segments:
    """Count what sending `text` takes; an empty text is one segment."""
    encoding, sizes = _encoded(text)
    count, _ = _filled(encoding, sizes)
    return Segments(encoding, sum(sizes), count)


def segments_to_send(text: str, media: Sequence[str]) -> int:
    """What a text counts for; one with pictures goes by MMS and is one, however long."""
    return 1 if media else segments(text).count


def preview(text: str) -> Preview:
    """What a text would take, and which characters make it dearer."""
    encoding, sizes = _encoded(text)
    count, room = _filled(encoding, sizes)
    odd = tuple(
        OddCharacter(char, position, _name(char), _plain_or_none(char))
        for position, char in enumerate(text, start=1)
        if not _is_gsm_7(char)
    )
    return Preview(encoding, sum(sizes), count, room, odd, _advice(text, count, odd))


def _encoded(text: str) -> tuple[Literal["GSM-7", "UCS-2"], list[int]]:
    """The encoding, and how many units each character takes."""
    if all(_is_gsm_7(char) for char in text):
        return "GSM-7", [2 if char in GSM_7_EXTENSION else 1 for char in text]
    return "UCS-2", [2 if ord(char) > _LAST_OF_ONE_UNIT else 1 for char in text]


def _filled(encoding: str, sizes: Sequence[int]) -> tuple[int, int]:
    """How many segments the characters fill, and the room left in the last; none is cut in two."""
    single, joined = _JOINED[encoding]
    if sum(sizes) <= single:
        return 1, single - sum(sizes)
    count, room = 1, joined
    for size in sizes:
        if size > room:
            count, room = count + 1, joined
        room -= size
    return count, room


def _advice(text: str, count: int, odd: Sequence[OddCharacter]) -> str:
    """What to do about the odd characters, when that makes fewer texts of it."""
    better = segments("".join(_plain_or_none(char) or "" for char in text)).count
    if not odd or better >= count:
        return ""
    named = [f"{_shown(each.character)} at {each.position}" for each in odd]
    more = len(named) - _MOST_NAMED
    listed = ", ".join(named[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    subject = "One character" if len(odd) == 1 else f"{len(odd)} characters"
    makes = "makes" if len(odd) == 1 else "make"
    instead = list(dict.fromkeys((each.character, each.plain) for each in odd))[:_MOST_NAMED]
    swaps = [(char, plain) for char, plain in instead if plain]
    if len(odd) == 1:
        fix = f"Use {_shown(odd[0].plain)} instead." if odd[0].plain else "Leave it out."
    elif swaps:
        words = ", ".join(f"{_shown(plain)} for {_shown(char)}" for char, plain in swaps)
        left_out = ", and leave the rest out" if len(swaps) < len(instead) else ""
        fix = f"Use {words}{left_out}."
    else:
        fix = "Leave them out."
    return f"{subject} ({listed}) {makes} this {count} texts instead of {better}. {fix}"


def _is_gsm_7(char: str) -> bool:
    return char in GSM_7_BASIC or char in GSM_7_EXTENSION


def _shown(char: str) -> str:
    """A character as it is, or its name where there is nothing to see."""
    if char == " ":
        return "a space"
    return char if char.isprintable() and not char.isspace() else _name(char)


def _name(char: str) -> str:
    return _NAMES.get(char) or unicodedata.name(char, "unknown character").lower()


def frugal(text: str, most: int = 2) -> str:
    """The text as it is if it takes at most `most` segments, else with its accents and curly
    marks made plain (`á` to `a`, `’` to `'`) where that makes it shorter to send.
    """
    if segments(text).count <= most:
        return text
    plain = "".join(_plain(char) for char in text)
    return plain if segments(plain).count < segments(text).count else text


def _plain(char: str) -> str:
    if _is_gsm_7(char):
        return char
    if char in _PLAIN_MARKS:
        return _PLAIN_MARKS[char]
    letters = unicodedata.normalize("NFKD", char)
    return "".join(part for part in letters if not unicodedata.combining(part))


def _plain_or_none(char: str) -> str | None:
    """What stands for a character and is cheap to send; None when nothing does."""
    plain = _plain(char)
    return plain if plain and all(_is_gsm_7(part) for part in plain) else None


def cut_to_longest(text: str) -> str:
    """Shorten a text to the 1,600 characters a carrier takes, saying so with an ellipsis."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."

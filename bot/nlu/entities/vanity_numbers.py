"""Phone numbers with letters to remember them by: "1-800-FLOWERS", "316-555-HELP".

The value has the digits of the telephone's keys; letters beyond the seventh aren't dialled.
Small letters, and letters without an exchange before them, are also how things are described
("a 250-500-word essay", "316-biology"): those need more that speaks of a phone.
"""

from __future__ import annotations

import re

from bot.nlu.entities.around_numbers import (
    TOLL_FREE,
    counts_something_else,
    is_dialable,
    speaks_of_a_phone,
)
from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.mention import Mention
from bot.nlu.entities.wordlists import words_of

_LETTERED = re.compile(
    r"(?<![\w$€£#+])(?<!\d[.,/:-])"
    r"(?:(?P<country>\(?\+?1\)?)(?P<first_gap>[ .-]?))?"
    r"\(?(?P<area>[2-9]\d{2})\)?(?P<gap>[ .-]{0,2})"
    r"(?P<subscriber>(?P<exchange>\d{3})[ .-][a-z]{4}|[a-z]{3}[ .-]\d{4}"
    r"|[a-z]{2,9}(?:-[a-z]{2,7}){0,2})(?![\w]|-\w)"
)
_SUBSCRIBER, _MOST_SIGNS = 7, 9
# "We want 1-800-numbers", "200-300-page": what is counted or described.
_NO_VANITY = words_of("numbers numeros services servicios word words page pages")
_LETTERS = re.compile(r"[a-z]+")
_GAPS = re.compile(r"[ .-]")


def find_vanity_numbers(text: FoldedText, rest: str) -> list[tuple[Mention, int, int]]:
    """The numbers that have letters, with their places in ``rest``."""
    if not text.has_digits:
        return []
    found = []
    for match in _LETTERED.finditer(rest):
        if _is_meant(text, rest, match):
            national = match["area"] + _dialled(match["subscriber"])
            if is_dialable(national):
                mention = text.mention("phone_number", *match.span(), f"+1{national}")
                found.append((mention, *match.span()))
    return found


def _dialled(subscriber: str) -> str:
    """The keys' digits; nothing where there are too few or too many."""
    # Imported here: it takes 40 ms, and few messages need it.
    from phonenumbers import convert_alpha_characters_in_number

    signs = _GAPS.sub("", subscriber)
    if not _SUBSCRIBER <= len(signs) <= _MOST_SIGNS:
        return ""
    return convert_alpha_characters_in_number(signs)[:_SUBSCRIBER]


def _is_meant(text: FoldedText, rest: str, match: re.Match[str]) -> bool:
    if not _NO_VANITY.isdisjoint(_LETTERS.findall(match["subscriber"])):
        return False
    if counts_something_else(rest, match.start()) or not _is_joined(text, match):
        return False
    has_country = match["country"] is not None
    is_told = has_country or speaks_of_a_phone(rest, match.start())
    if not _are_capitals(text, match) and not is_told:
        return False
    return is_told or match["exchange"] is not None or match["area"] in TOLL_FREE


def _is_joined(text: FoldedText, match: re.Match[str]) -> bool:
    """Whether the signs between are a number's: "1800 STUDENTS" and "800 flowers" have others."""
    has_bracket, has_country = ")" in match[0], match["country"] is not None
    if match["gap"] == "":
        return has_bracket or (has_country and _are_capitals(text, match))
    if has_country and match["first_gap"] == "":
        return False
    if has_bracket or match["gap"] != " ":
        return True
    has_start = has_country or match["exchange"] is not None
    return has_start and _are_capitals(text, match) and not _is_shouted(text, match)


def _are_capitals(text: FoldedText, match: re.Match[str]) -> bool:
    return text.typed(*match.span("subscriber")).isupper()


def _is_shouted(text: FoldedText, match: re.Match[str]) -> bool:
    """Whether all else is in capitals too, so that a number's say nothing."""
    others = [
        text.typed(word.start, word.end)
        for word in text.words
        if word.text.isalpha() and (word.end <= match.start() or word.start >= match.end())
    ]
    return bool(others) and all(other.isupper() for other in others)

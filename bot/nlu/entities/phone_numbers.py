"""Phone numbers, in any spelling: North American ones by a pattern, all others by phonenumbers.

The value is E.164 (``+13165550123``), with ``extension`` among the details when one is named.
A North American number has to be one that could be dialled (``around_numbers.py``); of other
countries' the library's leniency POSSIBLE counts, that the length is right. Whether a number exists
is not for a message to say. A number of seven digits keeps its own seven as the value and
``is_local`` among the details, for nobody said its area code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from bot.nlu.entities.around_numbers import (
    counts_something_else,
    is_dialable,
    speaks_of_a_phone,
)
from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.mention import Mention
from bot.nlu.entities.spoken_numbers import find_spoken_numbers
from bot.nlu.entities.vanity_numbers import find_vanity_numbers

_FEWEST_DIGITS = 7
# "Int." and "interno" are Spanish. "#45" is one only right after the number: after a comma it could
# be a ticket.
_EXTENSION = (
    r"(?:(?:[ ,;]{0,2}(?:extension|extn|ext|anexo|interno|int|x)[.:]?\s?#?|\s?#)"
    r"\s?(?P<extension>\d{1,6}))?"
)
# A whole number beside another: "3165550123,3165550124", "3165550123/3165550124".
_WHOLE = r"\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}(?!\w)"
# What follows is no part of the number; "0123/0124" are two lines (``_NEXT_LINE``).
_ENDS = rf"(?!\w)(?:(?![-.,/]\d)|(?=[,/](?:\d{{4}}(?![\w-])|{_WHOLE})))"
# Nor what comes before, unless that is a number that ended so.
_STARTS = r"(?<![\w$€£#+])(?:(?<!\d[.,/:-])|(?<=\d{10}[,/])|(?<=\d{3}[ .-]\d{4}[,/]))"
_GAP = r"[ .\-/_\u00b7\u2022]{0,3}"
# Letters that are typed, or read off a page, for digits.
_LOOKALIKES = str.maketrans("oli", "011")
_MOST_LOOKALIKES = 3
_ANY_DIGIT = r"[\doli]"
# phonenumbers gives up on two numbers with nothing but a space between; this pattern does not.
_NORTH_AMERICAN = re.compile(
    _STARTS + rf"(?:\(?\+?1\)?{_GAP})?"
    rf"\(?(?P<area>\d{_ANY_DIGIT}{{2}})\)?{_GAP}(?P<exchange>\d{_ANY_DIGIT}{{2}}){_GAP}"
    rf"(?P<line>{_ANY_DIGIT}{{4}})" + _EXTENSION + _ENDS
)
# "316-555-0123, 0124 and 0125": a line that shares what comes before it. "2,000 others" and "1845
# Fairmount St" go on otherwise.
_NEXT_LINE = re.compile(
    r"(?:\s?[,/&]\s?(?:(?:and|or|y|o|e|u)\s)?|\s(?:and|or|y|o|e|u)\s)(?P<line>\d{4})"
    + _ENDS
    + r"(?="
    r"\s*(?:$|[.,;:!?)/&])"
    r"|\s(?:and|or|to|for|from|into|in|is|are|was|were|please|too|also|but|with|by|on|at|if|so"
    r"|y|o|a|al|de|del|para|en|por|son|es|tambien|pero|con)\b)"
)
# Between two numbers of a list that has no spaces.
_LISTED = re.compile(r"[,/;]")
_CENTURIES = frozenset({"19", "20"})
_LOCAL = re.compile(
    r"(?<![\w$€£#+])(?<!\d[ .,/:-])"
    r"(?P<exchange>(?!.11)[2-9]\d{2})(?P<gap>[ .-]?)(?P<line>\d{4})" + _EXTENSION + _ENDS
)
_FOREIGN = re.compile(r"\+[ (]{0,2}\d|\b011[ -]?[2-9]")
# Ten digits or more with at most three signs between each: groups as no American writes them.
_LONG = re.compile(r"\d(?:[ ().\-/]{0,3}\d){9}")
_E164 = re.compile(r"\+1\d{10}")
_PART_OF_MORE = re.compile(r"[\w$€£#]")
# How many runs of digits the library may try to read in one message.
_MOST_TRIES = 50


def find_phone_numbers(text: FoldedText) -> list[Mention]:
    """Every phone number of a message, each span found once."""
    digits = sum(char in "0123456789" for char in text.folded)
    found: list[Mention] = []
    rest = text.folded
    for find in (*(_IN_DIGITS if digits >= _FEWEST_DIGITS else ()), *_IN_LETTERS):
        spans = find(text, rest)
        for mention, start, end in spans:
            found.append(mention)
            rest = rest[:start] + "\n" * (end - start) + rest[end:]
    return found


_Found = list[tuple[Mention, int, int]]


def _foreign(text: FoldedText, rest: str) -> _Found:
    """Numbers that name another country: "+34 600 123 456"."""
    if _FOREIGN.search(rest) is None:
        return []
    return [one for one in _by_library(text, rest) if not one[0].value.startswith("+1")]


def _north_american(text: FoldedText, rest: str) -> _Found:
    found: _Found = []
    last_other: int | None = None
    for match in _NORTH_AMERICAN.finditer(rest):
        if _is_other_number(rest, match, last_other):
            last_other = match.end()
            continue
        national = _national(rest, match)
        if national is not None:
            found.append(_located(text, match, f"+1{national}"))
            found.extend(_listed_after(text, rest, match.end(), national))
    return found


def _is_bare(rest: str, match: re.Match[str]) -> bool:
    """Whether the digits have no sign between them that would make a phone number of them."""
    return rest[match.start() : match.end("line")].isalnum()


def _is_other_number(rest: str, match: re.Match[str], last_other: int | None) -> bool:
    """Whether a match is an order's number or its like, or listed with one."""
    if not _is_bare(rest, match):
        return False
    if last_other is not None and _LISTED.fullmatch(rest, last_other, match.start()):
        return True
    return counts_something_else(rest, match.start())


def _national(rest: str, match: re.Match[str]) -> str | None:
    """A match's ten digits, unless nobody could dial them or too many of them are letters."""
    typed = match["area"] + match["exchange"] + match["line"]
    national = typed.translate(_LOOKALIKES)
    if not is_dialable(national):
        return None
    lookalikes = sum(char.isalpha() for char in typed)
    if lookalikes > _MOST_LOOKALIKES:
        return None
    if lookalikes and _is_bare(rest, match) and not speaks_of_a_phone(rest, match.start()):
        return None
    return national


def _listed_after(
    text: FoldedText, rest: str, at: int, national: str
) -> Iterator[tuple[Mention, int, int]]:
    """The numbers of which only the last four digits are said: "..., 0124 and 0125"."""
    while match := _NEXT_LINE.match(rest, at):
        line, at = match["line"], match.end()
        # "316-555-0123, 2026": a year, unless the number itself looks like one.
        if line[:2] in _CENTURIES and line[:2] != national[6:8]:
            return
        start, end = match.span("line")
        value = f"+1{national[:6]}{line}"
        yield text.mention("phone_number", start, end, value), start, end


def _oddly_grouped(text: FoldedText, rest: str) -> _Found:
    """What is left for the library: "316 55 50 123", but no ten digits that begin with 0 or 1."""
    if _LONG.search(rest) is None:
        return []
    return [
        (mention, start, end)
        for mention, start, end in _by_library(text, rest)
        if _E164.fullmatch(mention.value)
        and is_dialable(mention.value[2:])
        and not rest[start:end].isdigit()
    ]


def _local(text: FoldedText, rest: str) -> _Found:
    """Seven digits; without a hyphen only where the words speak of a phone, or nothing else is
    said.
    """
    found: _Found = []
    for match in _LOCAL.finditer(rest):
        if counts_something_else(rest, match.start()):
            continue
        is_meant = match["gap"] == "-" or speaks_of_a_phone(rest, match.start())
        if is_meant or _is_alone(text, match):
            digits = match["exchange"] + match["line"]
            found.append(_located(text, match, digits, is_local=True))
    return found


def _is_alone(text: FoldedText, match: re.Match[str]) -> bool:
    """Whether a match is all that is said, as the answer to "which number?" may be."""
    at = [
        number
        for number, word in enumerate(text.words)
        if match.start() <= word.start < match.end()
    ]
    return text.is_alone(at[0], at[-1])


_Way = Callable[[FoldedText, str], _Found]
_IN_DIGITS: tuple[_Way, ...] = (_foreign, _north_american, _oddly_grouped, _local)
_IN_LETTERS: tuple[_Way, ...] = (find_vanity_numbers, find_spoken_numbers)


def _by_library(text: FoldedText, rest: str) -> _Found:
    # Imported here: it takes 40 ms, and few messages need it.
    from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher, format_number

    found: _Found = []
    for match in PhoneNumberMatcher(rest, "US", leniency=Leniency.POSSIBLE, max_tries=_MOST_TRIES):
        start, end = match.start, match.end
        touching = rest[max(0, start - 1) : start] + rest[end : end + 1]
        if _PART_OF_MORE.search(touching) or counts_something_else(rest, start):
            continue
        e164 = format_number(match.number, PhoneNumberFormat.E164)
        details = {"extension": match.number.extension} if match.number.extension else {}
        found.append((text.mention("phone_number", start, end, e164, **details), start, end))
    return found


def _located(
    text: FoldedText, match: re.Match[str], value: str, **details: Any
) -> tuple[Mention, int, int]:
    if match["extension"]:
        details["extension"] = match["extension"]
    start, end = _with_whole_brackets(match)
    return text.mention("phone_number", start, end, value, **details), start, end


def _with_whole_brackets(match: re.Match[str]) -> tuple[int, int]:
    """A match's place without half a bracket: of "(316-555-0123)" the digits alone."""
    start, end = match.span()
    if match[0].count("(") > match[0].count(")"):
        if match[0].startswith("("):
            start += 1
        elif match.string.startswith(")", end):
            end += 1
    return start, end

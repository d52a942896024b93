"""Phone numbers, in any spelling: North American ones by a pattern, all others by phonenumbers.

The value is E.164 (``+13165550123``), with ``extension`` among the details when one is named.
What counts is the library's leniency POSSIBLE, that the length is right: whether a number exists
is not for a message to say. A number of seven digits keeps its own seven as the value and
``is_local`` among the details, for nobody said its area code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.mention import Mention

_FEWEST_DIGITS = 7
_EXTENSION = r"(?:[ ,;]{0,2}(?:extension|ext|anexo|x)[.:]?\s?(?P<extension>\d{1,6}))?"
_ENDS = r"(?!\w)(?![-.,/]\d)"
# phonenumbers gives up on two numbers with nothing but a space between; this pattern does not.
_NORTH_AMERICAN = re.compile(
    r"(?<![\w$€£#+])(?<!\d[.,/:-])"
    r"(?:\(?\+?1\)?[ .\-/]{0,2})?"
    r"\(?(?P<area>\d{3})\)?[ .\-/]{0,3}(?P<exchange>\d{3})[ .\-/]{0,3}"
    r"(?P<line>\d{4})" + _EXTENSION + _ENDS
)
_LOCAL = re.compile(
    r"(?<![\w$€£#+])(?<!\d[ .,/:-])"
    r"(?P<exchange>[2-9]\d{2})(?P<gap>[ .-]?)(?P<line>\d{4})" + _EXTENSION + _ENDS
)
_FOREIGN = re.compile(r"\+[ (]{0,2}\d|\b011[ -]?[2-9]")
# Ten digits or more with at most three signs between each: groups as no American writes them.
_LONG = re.compile(r"\d(?:[ ().\-/]{0,3}\d){9}")
# A run of digits after one of these counts or names something else than a phone.
_OTHER_NUMBER = re.compile(
    r"(?:[#$€£]|\b(?:orders?|tickets?|cases?|invoices?|accounts?|acct|confirmation|references?|ref"
    r"|tracking|transaction|(?:student|employee|staff)\s(?:id|number|no)|id|po|ein|pin|isbn|serial"
    r"|pedidos?|casos?|facturas?|cuentas?|referencia|matricula|folio|nip|expediente|recibo)"
    r"(?:\s(?:id|number|no|num|nbr|numero|de))?(?:\s(?:is|was|es|era))?)[\s:#.]{0,3}$"
)
_PHONE_WORD = re.compile(
    r"\b(?:call|text|phone|tel|telephone|cell|mobile|fax|number|no|line|dial|reach"
    r"|llam\w{1,6}|marc\w{1,6}|telefono|celular|movil|numero|linea)\b[^.?!\n]{0,12}$"
)
# How far back those words are looked for.
_BEFORE = 40
_E164 = re.compile(r"\+1\d{10}")
_PART_OF_MORE = re.compile(r"[\w$€£#]")
# How many runs of digits the library may try to read in one message.
_MOST_TRIES = 50


def find_phone_numbers(text: FoldedText) -> list[Mention]:
    """Every phone number of a message, each span found once."""
    if sum(char in "0123456789" for char in text.folded) < _FEWEST_DIGITS:
        return []
    found: list[Mention] = []
    rest = text.folded
    for find in _WAYS:
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
    for match in _NORTH_AMERICAN.finditer(rest):
        is_bare = rest[match.start() : match.end("line")].isdigit()
        if is_bare and (match["area"][0] in "01" or counts_something_else(rest, match.start())):
            continue
        e164 = f"+1{match['area']}{match['exchange']}{match['line']}"
        found.append(_located(text, match, e164))
    return found


def _oddly_grouped(text: FoldedText, rest: str) -> _Found:
    """What is left for the library: "316 55 50 123", but no ten digits that begin with 0 or 1."""
    if _LONG.search(rest) is None:
        return []
    return [
        (mention, start, end)
        for mention, start, end in _by_library(text, rest)
        if _E164.fullmatch(mention.value) and not rest[start:end].isdigit()
    ]


def _local(text: FoldedText, rest: str) -> _Found:
    """Seven digits; without a hyphen only where the words speak of a phone."""
    found: _Found = []
    for match in _LOCAL.finditer(rest):
        if counts_something_else(rest, match.start()):
            continue
        if match["gap"] == "-" or _PHONE_WORD.search(_before(rest, match.start())):
            digits = match["exchange"] + match["line"]
            found.append(_located(text, match, digits, is_local=True))
    return found


_WAYS: tuple[Callable[[FoldedText, str], _Found], ...] = (
    _foreign,
    _north_american,
    _oddly_grouped,
    _local,
)


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
    mention = text.mention("phone_number", match.start(), match.end(), value, **details)
    return mention, match.start(), match.end()


def counts_something_else(rest: str, start: int) -> bool:
    """Whether what stands before ``start`` makes the digits there an order's or a price's."""
    return _OTHER_NUMBER.search(_before(rest, start)) is not None


def _before(rest: str, start: int) -> str:
    return rest[max(0, start - _BEFORE) : start]

"""Area codes: three digits that the words around them, or nothing else said, make one.

The value is the code. Only codes in use somewhere in the North American Numbering Plan count, and
of those only places' codes: not toll-free (800), premium (900) or personal (500) ones.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.mention import Mention

_CODE = r"\(?[2-9]\d{2}\)?(?![\w%$]|[.,:-]\d)"
_FIRST = r"(?<![\w$€£#%])(?<!\d[.,/:-])" + _CODE
_CODES = rf"(?P<codes>{_FIRST}(?:(?:\s?[,/&]\s?|,?\s(?:or|and|nor|o|u|y|e)\s){_CODE}){{0,9}})"
# What may come after a code that stands at the end of what is said about it.
_DONE = (
    r"(?=\s*(?:$|[.,;:!?)\n])"
    r"|\s(?:and|or|but|if|please|too|also|instead|one|for|so|y|o|pero|si|tambien|para|por)\b)"
)
# What may come after a place: more about the number that is wanted there.
_WITH_MORE = (
    r"(?=\s(?:answered|called|named|with|where|whose|llamad[oa]|contestad[oa]|atendid[oa]|con"
    r"|que)\b)"
)
_NUMBER = r"(?:(?:phone|local|text(?:ing)?|reusable|new|tele)\s)?(?:phone\s)?(?:number|line)"
# How an answer is taken back for another one, in the middle of a sentence or at its beginning.
_RATHER = (
    r"(?:(?:make|change|switch|turn)\s(?:it|that|this|them)(?:\s(?:from\s[2-9]\d{2}\s)?(?:to|into))?"
    r"|change(?:\s(?:the\s)?area code)?\sto|switch\sto|i\s(?:meant|mean|said)|actually|instead"
    r"|(?:let'?s|let\sus)\s(?:do|use|try|take|go\swith)|mejor|mas\sbien|que\ssea|quise\sdecir|digo"
    r"|dije|(?:cambi|cambie|pon|ponga)(?:alo|ala|lo|la)|(?:prefiero|preferimos))"
)
# "No 620" may turn it down: a comma is asked for.
_NO = (
    r"(?:(?:no|nope|nah)\b(?:[,.;:!-]+\s?|\s(?!\d))|(?:yes|yeah|si|ok|okay|sorry|oops|wait|actually"
    r"|perdon|perdone|espera|espere|disculpe|but|pero)\b[,.;:!-]*\s)"
)
_BESIDE = r"(?:(?:to|with|in|the|a|al|con|en|el|la|por)\s){0,3}"
_PATTERNS = (
    # "make that 620", "I meant 620", "mejor el 620", "cámbielo a 620"
    rf"\b{_RATHER},?\s{_BESIDE}{_CODES}{_DONE}",
    # "no, 620", "sorry, the 620"
    rf"\A\W*{_NO}{{1,3}}{_BESIDE}{_CODES}{_DONE}",
    # "620 instead", "620, not 316"
    rf"\A\W*(?:(?:no|sorry|perdon|yes|yes but|si|si pero)\b,?\s)?{_BESIDE}{_CODES},?"
    r"\s(?:instead|rather|not|y no|en vez|en lugar|mejor)\b",
    # "not 316, 620", "no 316 sino 620"
    rf"\bnot?\s{_BESIDE}[2-9]\d{{2}}(?:,\s|\s(?=but|sino|es))(?:(?:but|sino|it's|es)\s)?"
    rf"{_BESIDE}{_CODES}{_DONE}",
    # "area code 316", "prefijo 316", "la lada es 316"
    r"\b(?:area(?:[ -]?codes?)?|npa|codigos? de area|(?:clave )?ladas?|prefijos?|prefix(?:es)?)"
    r"(?:\s(?:is|are|of|the|with|like|es|son|el|la|los|de|del|con|como|numero|either)){0,3}"
    rf"\s?[:=]?\s?{_CODES}",
    # "316 area code", "316 or 620 prefix"
    rf"{_CODES}[ -](?:area(?:[ -]?codes?)?|prefix|lada|prefijo)\b",
    # "a 316 number", "another 316 line", "more 316 numbers": "we have 316 numbers" counts
    rf"\b(?:an?|the|another|any|one|this|that|new|local|our|my|get|want|need|buy|add|more|extra"
    rf"|some|with|of|for)\s{_CODES}[ -]{_NUMBER}\b",
    rf"\b(?:another|any|new|local|get|want|need|buy|add|more|extra|some|our|my|the)\s{_CODES}"
    rf"[ -]{_NUMBER}s\b",
    # "un numero 316", "numeros con 316", "una linea en 316"
    rf"\b(?:numeros?|lineas?)\s(?:(?:con|en|de|del)\s)?(?:el\s|la\s)?{_CODES}{_DONE}",
    # "a new line 316", "another number with 316 in front"
    r"\b(?:an?|new|another|any|local)\s(?:\w{2,10}\s)?(?:number|line)\s(?:with\s|in\s)?"
    rf"(?:the\s)?{_CODES}(?:{_DONE}|\s(?:in front|at the (?:start|beginning|front)))",
    # "in 316", "starting with 316", "que empiece con 316"
    r"\b(?:in|en|(?:start|begin)(?:s|ning|ing)? (?:with|in)"
    rf"|emp(?:iec|iez|ez)\w{{1,4}} (?:con|por|en))\s(?:the\s|el\s|la\s)?{_CODES}"
    rf"(?:{_DONE}|{_WITH_MORE})",
    # "I want 316", "uno con 316", "with 316" at the start; "we have 316" counts
    r"\b(?:want|prefer|(?:would|'d) like|quiero|queremos|prefiero|preferimos)\s"
    rf"(?:(?:one|something|uno|una|algo)\s)?(?:(?:with|con)\s)?(?:the\s|el\s|la\s)?{_CODES}{_DONE}",
    r"(?:\b(?:ones?|something|anything|numbers?|uno|una|algo)\s|\A\W*)(?:with|con)\s"
    rf"(?:the\s|el\s|la\s)?{_CODES}{_DONE}",
    # "a 316", "the 316 or the 620"
    rf"\b(?:an?|another|any|the|un|otro|el|la)\s{_CODES}{_DONE}",
    # "316 please", and nothing else
    rf"\A\W*(?:(?:use|maybe|either)\s)?{_CODES}(?:,?\s(?:please|por favor))?\W*\Z",
)
_DIGITS = re.compile(r"\d{3}")


def find_area_codes(text: FoldedText, real: Collection[str]) -> list[Mention]:
    """Every area code of a message that is among the ``real`` ones."""
    if not text.has_digits:
        return []
    starts: set[int] = set()
    for pattern in _patterns():
        for match in pattern.finditer(text.folded):
            starts.update(_starts(match))
    return [
        text.mention("area_code", start, start + 3, code)
        for start in sorted(starts)
        if (code := text.folded[start : start + 3]) in real
    ]


@lru_cache(maxsize=1)
def _patterns() -> list[re.Pattern[str]]:
    """Compiled when a message first has a digit, for the start's sake."""
    return [re.compile(pattern) for pattern in _PATTERNS]


def _starts(match: re.Match[str]) -> list[int]:
    begin = match.start("codes")
    return [begin + found.start() for found in _DIGITS.finditer(match["codes"])]


@lru_cache(maxsize=1)
def real_area_codes() -> frozenset[str]:
    """The places' area codes in use, out of phonenumbers' numbering plan (70 ms, once).

    A code is in use when the plan knows a region for a number that begins with it; what kind of
    number that is tells the places' codes from the others.
    """
    from phonenumbers import (
        PhoneNumber,
        PhoneNumberType,
        number_type,
        region_code_for_number,
    )

    elsewhere = {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.VOIP,
    }
    samples = (
        PhoneNumber(country_code=1, national_number=code * 10**7 + 2_345_678)
        for code in range(200, 1000)
    )
    return frozenset(
        str(sample.national_number)[:3]
        for sample in samples
        if region_code_for_number(sample) and number_type(sample) not in elsewhere
    )

"""The patterns of durations ("4 weeks") and of the days that lie one away ("in 4 weeks")."""

from __future__ import annotations

from bot.nlu.entities import date_meanings as means
from bot.nlu.entities.calendar_words import COUNTS, ONES, UNITS
from bot.nlu.entities.pattern_families import NOT_EVERY, START, any_of, family

_COUNT = rf"(?P<count>\d{{1,3}}|{any_of(COUNTS)})"
_MANY = rf"(?P<count>\d{{1,3}}|{any_of(COUNTS.keys() - ONES)})"
_LOW = _MANY.replace("count", "low")
_HIGH = _MANY.replace("count", "high")
_LOW_HIGH = rf"{_LOW}\s?(?:-|\b(?:to|or|and|a|o|y)\b)\s?{_HIGH}"
_UNIT = (
    r"(?P<business>(?:business|bus|biz|working|work|school)(?:[ -]|\.\s?))?"
    rf"(?P<unit>{any_of(UNITS)})\b"
    r"(?P<business_after>\s(?:habiles|laborables))?"
)
_PLAIN_UNIT = rf"(?P<unit>{any_of(UNITS)})\b"
# "A week and a half", "two and a half weeks", "1.5 years", "2½ years", "half a year", "medio año",
# "mes y medio". "Medio día" isn't here: it is noon.
_HALF_LENGTHS = (
    rf"{_COUNT}\s{_PLAIN_UNIT}\s(?:and (?:a|one) half|y medi[oa])\b",
    rf"{_MANY}\s(?:and (?:a|one) half|y medi[oa])\s{_PLAIN_UNIT}",
    rf"(?P<count>\d{{1,2}})(?:[.,]5|[ -]1/2|[ -]?1\u20442)[ -]{_PLAIN_UNIT}",
    rf"half\s(?:an?|of an?)\s{_PLAIN_UNIT}",
    r"(?:an?\s)?half[ -](?P<unit>hour|day|month|year)\b",
    r"(?:una?\s)?medi[oa]\s(?P<unit>hora|semana|mes|ano|quincena)\b",
    r"(?P<one>(?P<unit>hora|semana|mes|ano|quincena))\sy\smedi[oa]\b",
)
# "Once a fortnight", "dos veces a la quincena": how often, not how long.
_NOT_OFTEN = NOT_EVERY + r"(?<!once )(?<!twice )(?<!times )(?<!\bvez )(?<!veces )"
_NO_AGE = r"(?![ -](?:old|de edad)\b)"

DURATIONS = (
    family(
        UNITS,
        # in two weeks, dentro de 30 días, two weeks from now
        (
            "date",
            rf"\b(?:in|en|dentro de)\s(?:about\s|unas\s|unos\s)?{_COUNT}\s{_UNIT}",
            means.ahead,
        ),
        (
            "date",
            rf"\b{_COUNT}\s{_UNIT}\s(?:from (?:now|today)|a partir de (?:hoy|ahora))\b",
            means.ahead,
        ),
        # two weeks ago, hace dos semanas
        ("date", rf"\b{_COUNT}\s{_UNIT}\sago\b", means.ago),
        ("date", rf"\bhace\s{_COUNT}\s{_UNIT}", means.ago),
        # 4 weeks, three-week, tres semanas
        ("duration", rf"{START}{_MANY}[ -]?{_UNIT}{_NO_AGE}", means.length),
        # 2 to 4 weeks, de 2 a 4 semanas
        ("duration", rf"{START}{_LOW_HIGH}[ -]?{_UNIT}{_NO_AGE}", means.length_range),
        # for a week, por una semana
        (
            "duration",
            r"\b(?:in|en|for|within|about|takes?|took|lasts?|than|over|under|after|por|durante"
            rf"|dentro de|tarda|demora|casi|despues de)\s(?P<it>(?P<count>an?|una?)\s{_UNIT})",
            means.length,
        ),
        # "A week.", and nothing else
        (
            "duration",
            r"\A\W*(?:(?:about|around|just|only|solo|como|casi)\s)?"
            rf"(?P<it>(?P<count>an?|una?)\s{_UNIT})\W*\Z",
            means.length,
        ),
        # a fortnight, una quincena
        (
            "duration",
            rf"{_NOT_OFTEN}\b(?:an?|una)\s(?:fortnight|quincena)\b",
            means.fortnight,
        ),
        ("duration", r"\A\W*(?P<it>fortnight|quincena)\W*\Z", means.fortnight),
        number=r"\d[a-z]",
    ),
    family(
        {"half", "medio", "media"},
        *(
            ("duration", rf"{START}{NOT_EVERY}{half}{_NO_AGE}", means.length_and_half)
            for half in _HALF_LENGTHS
        ),
        # in a month and a half, hace medio año
        *(
            (
                "date",
                rf"\b(?:(?P<lead>in|en|dentro de|hace)\s(?:about\s)?)?{half}"
                r"(?:\s(?P<trail>ago|from (?:now|today)|a partir de (?:hoy|ahora))\b)?",
                means.away_and_half,
            )
            for half in _HALF_LENGTHS
        ),
        number=r"\d[.,]5|1[/\u2044]2",
    ),
)

"""Dates and durations, in English and Spanish.

A date's value is a day in ISO 8601 (``2026-03-04``) as seen from a given today. Where a week, a
month or a year is meant, it is the first day of it, and ``precision`` among the details says which.
A duration's value is an ISO 8601 duration: ``P4W``, ``P30D``, ``PT48H``; of "2 to 4 weeks" it is
the shorter, with the longer as ``up_to``. "10 business days" are ``P10D`` with ``business_days``.

"March 3 to March 10" is one date, the first, with the last as ``up_to``.

What is not said is decided so: a date without its year is the next one, today included; after
"since" or "ported on" it is the last one, and after "from", which says neither, the nearer one. A
range ends on such a day, and begins before that. "Friday" is the coming one. "Next Friday" is the
one of next week (weeks begin on Monday), but "el próximo viernes" is the coming one, as each
language has it; ``or`` among the details holds the other reading where they differ. Numbers are
month first (US) unless the first cannot be a month.

The patterns are here and in durations.py; what a match means says date_meanings.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot.nlu.entities import date_meanings as means
from bot.nlu.entities.calendar_words import (
    ALL_MONTHS,
    ALL_WEEKDAYS,
    HOLIDAYS,
    MONTHS,
    ORDINALS,
    PERIODS,
    RELATIVE_DAYS,
    SHORT_MONTHS,
    SHORT_WEEKDAYS,
    WEEKDAYS,
)
from bot.nlu.entities.durations import DURATIONS
from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.mention import Mention
from bot.nlu.entities.pattern_families import END, NOT_EVERY, START, any_of, family
from bot.nlu.entities.wordlists import words_of


def find_dates(text: FoldedText, today: date) -> list[Mention]:
    """Every date and duration of a message; some lie on each other."""
    return list(_all(text, today))


def _all(text: FoldedText, today: date) -> Iterator[Mention]:
    folded = None
    for one in _FAMILIES:
        if not one.may_match(text):
            continue
        if folded is None:
            folded = _NO_DAYS.sub(lambda found: "\n" * len(found[0]), text.folded)
        for kind, pattern, meaning in one.patterns:
            for match in pattern.finditer(folded):
                try:
                    found = meaning(match, today)
                except (ValueError, OverflowError):  # no such day, or beyond the calendar
                    continue
                if found is not None:
                    value, details = found
                    yield text.mention(kind, *means.place_of(match), value, **details)


_MONTH = rf"(?P<month>{any_of(MONTHS)}|(?:{any_of(SHORT_MONTHS)})\b\.?)"
_MONTH_TO = _MONTH.replace("<month>", "<month_to>")
_PLAIN_MONTH = rf"(?P<month>{any_of(ALL_MONTHS)})"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_OF_YEAR = rf"(?:,?\s(?:of\s|de\s|del\s)?{_YEAR})?"
_DAY = r"(?P<day>\d{1,2})"
_DAY_TO = r"(?P<day_to>\d{1,2})"
_WEEKDAY = rf"(?P<weekday>{any_of(WEEKDAYS)})"
_SHORT_WEEKDAY = rf"(?P<weekday>{any_of(SHORT_WEEKDAYS)})"
_ANY_WEEKDAY = any_of(ALL_WEEKDAYS)
_NAMED = rf"(?:(?:{any_of(WEEKDAYS)}),?\s(?:the\s|el\s)?)?"
_ON = (
    r"(?:on|by|before|after|until|till|since|from|starting|due|effective|dated|el|para|para el"
    r"|antes del|hasta|hasta el|desde|desde el|despues del|vence|vence el)"
)
_DAY_ENDS = r"(?![\w%]|[/:]\d)"
_ORDINAL = r"(?:st|nd|rd|th|er|ro|o)?"
_NUMERIC = r"(?P<first>\d{1,2})/(?P<second>\d{1,2})"
_NUMERIC_TO = r"(?P<first_to>\d{1,2})/(?P<second_to>\d{1,2})"
_SHORT_YEAR = r"(?:/(?P<year>\d{4}|\d{2}))?"
# What leads up to a range, and what joins its ends; "and" only where "between" asks for it, and
# without a lead only where it can't mean "to somebody".
_LEAD = r"(?P<lead>(?P<between>between|entre(?:\sel)?)|from|del|desde(?:\sel)?)\s"
_HYPHEN = r"(?:\s?-\s?|\s(?:thru|through)\s)"
_TO = (
    r"(?:\s?-\s?|\s(?:to|thru|through|until|till|a|al|hasta(?:\sel)?)\s"
    r"|(?(between)\s(?:and|y)\s(?:el\s)?|(?!)))"
)
_COURTEOUS = r"(?:,?\s(?:please|por favor))?\W*\Z"
_EL_ENDS = r"(?=\s*(?:$|[;!?)\n]|[.,](?!\d))|\s(?:y|o|pero|por favor)\b)"

_ANY_HOLIDAY = any_of(HOLIDAYS)
_NEW_YEAR = r"(?P<holiday>new years?)\b"
# "A Christmas party", "la campaña de Navidad", "un año nuevo": of the day, or another, not when.
_NO_OCCASION = (
    r"(?![ -](?:party|parties|campaigns?|cards?|gifts?|presents?|tree|dinner|carols?|messages?"
    r"|texts?|greetings?|wishes|template|music|resolutions?|eve|day)\b)"
)
_NO_OCCASION_OF = r"(?<!\bun )" + "".join(
    f"(?<!{occasion} de )"
    for occasion in sorted(
        words_of(
            """
            arbol bono campana cena fiesta fiestas loteria mensaje mensajes regalo saludo saludos
            tarjeta tarjetas
            """
        )
    )
)
# "Monday to Friday" is when an office is open; "feliz Navidad y próspero año nuevo" is a wish.
_NO_DAYS = re.compile(
    rf"\b(?:{_ANY_WEEKDAY})\s?(?:-|to|thru|through|until|a|al|hasta)\s?(?:el\s)?(?:{_ANY_WEEKDAY})\b"
    rf"|\b(?:happy|merry|feliz|felices|prospero|blessed)\s(?:dia de\s)?(?:{_ANY_HOLIDAY})\b"
    rf"(?:\s(?:and|y|&)\s(?:an?\s|un\s)?(?:happy\s|prospero\s|feliz\s)?(?:{_ANY_HOLIDAY})\b)?"
)

_FAMILIES = (
    family(
        (),
        # 2026-03-04, 2026/3/4
        (
            "date",
            rf"{START}(?P<year>\d{{4}})(?P<sign>[-/])(?P<month>\d{{1,2}})(?P=sign){_DAY}{END}",
            means.iso_day,
        ),
        # 3/4/2026, Friday 3/4/26
        (
            "date",
            rf"{_NAMED}{START}{_NUMERIC}/(?P<year>\d{{4}}|\d{{2}}){END}",
            means.numeric,
        ),
        # 03-04-2026, 3.4.2026
        (
            "date",
            rf"{START}(?P<first>\d{{1,2}})(?P<sign>[.-])(?P<second>\d{{1,2}})(?P=sign)"
            rf"(?P<year>\d{{4}}){END}",
            means.numeric,
        ),
        # on 3/4, antes del 15/3; not "due 1/2 of the time"
        ("date", rf"\b{_ON}\s(?P<it>{_NAMED}{_NUMERIC}){END}(?!\sof\b)", means.numeric),
        # 3/15, and nothing else; not "24/7" and "9/11"
        (
            "date",
            rf"\A\W*(?P<it>(?!24/7|9/11){_NAMED}{_NUMERIC}){END}{_COURTEOUS}",
            means.numeric_alone,
        ),
        # 3/1-3/15, between 3/1 and 3/15
        (
            "date",
            rf"(?:\b{_LEAD})?{START}(?P<it>{_NUMERIC}{_SHORT_YEAR.replace('year', 'begins')}"
            rf"{_TO}{_NUMERIC_TO}{_SHORT_YEAR}){END}"
            r"(?!\s(?:of|inch|inches|cups?|miles?)\b)",
            means.numeric_range,
        ),
        # by the 15th
        (
            "date",
            r"\b(?:on|by|before|after|until|since)\s(?P<it>the\s(?P<day>\d{1,2})(?:st|nd|rd|th))\b"
            rf"(?!\s(?:of|{any_of(MONTHS)})\b)",
            means.day_of_month,
        ),
        number=r"\d[/-]\d|\d\.\d{1,2}\.\d{4}|\d(?:st|nd|rd|th)\b",
    ),
    family(
        ALL_MONTHS,
        # March 4, Mar. 4th, 2026, marzo 4
        (
            "date",
            rf"\b{_NAMED}{_MONTH}\s(?:the\s)?{_DAY}(?:st|nd|rd|th)?\b{_OF_YEAR}{_DAY_ENDS}",
            means.month_and_day,
        ),
        # 4 March, the 4th of March 2026, 4 de marzo del 2026, primero de marzo
        (
            "date",
            rf"\b{_NAMED}(?:{_DAY}{_ORDINAL}|primero)\s(?:(?:of|de)\s)?"
            rf"{_MONTH}{_OF_YEAR}{_DAY_ENDS}",
            means.month_and_day,
        ),
        # 5-may-2026, may/5/2026
        (
            "date",
            rf"{START}{_DAY}(?P<sign>[-/.]){_PLAIN_MONTH}(?P=sign)"
            rf"(?P<year>(?:19|20)\d{{2}}|\d{{2}}){END}",
            means.month_and_day,
        ),
        (
            "date",
            rf"{START}{_PLAIN_MONTH}(?P<sign>[-/.]){_DAY}(?P=sign){_YEAR}{END}",
            means.month_and_day,
        ),
        # first of April, the third of May
        (
            "date",
            rf"\b(?P<ordinal>{any_of(ORDINALS)})\sof\s{_MONTH}{_OF_YEAR}\b",
            means.month_and_ordinal,
        ),
        # March 3 - April 10, March 3rd to March 10th
        (
            "date",
            rf"(?:\b{_LEAD})?\b(?P<it>{_MONTH}\s{_DAY}{_ORDINAL}{_TO}{_MONTH_TO}\s"
            rf"{_DAY_TO}{_ORDINAL}\b{_OF_YEAR}){_DAY_ENDS}",
            means.named_range,
        ),
        # March 3-10, from March 3 to 10
        (
            "date",
            rf"\b(?P<it>{_MONTH}\s{_DAY}{_ORDINAL}{_HYPHEN}{_DAY_TO}{_ORDINAL}\b{_OF_YEAR})"
            rf"{_DAY_ENDS}",
            means.named_range,
        ),
        (
            "date",
            rf"\b{_LEAD}(?P<it>{_MONTH}\s{_DAY}{_ORDINAL}{_TO}{_DAY_TO}{_ORDINAL}\b{_OF_YEAR})"
            rf"{_DAY_ENDS}",
            means.named_range,
        ),
        # del 3 al 10 de marzo, 3-10 March
        (
            "date",
            rf"{START}(?P<it>{_DAY}{_ORDINAL}\s?-\s?{_DAY_TO}{_ORDINAL}\s(?:(?:of|de)\s)?"
            rf"{_MONTH}\b{_OF_YEAR}){_DAY_ENDS}",
            means.named_range,
        ),
        (
            "date",
            rf"\b{_LEAD}(?P<it>{_DAY}{_ORDINAL}{_TO}{_DAY_TO}{_ORDINAL}\s(?:(?:of|de)\s)?"
            rf"{_MONTH}\b{_OF_YEAR}){_DAY_ENDS}",
            means.named_range,
        ),
        # del 28 de marzo al 3 de abril, 3 March - 10 March
        (
            "date",
            rf"(?:\b{_LEAD})?{START}(?P<it>{_DAY}{_ORDINAL}\s(?:(?:of|de)\s)?{_MONTH}{_TO}"
            rf"{_DAY_TO}{_ORDINAL}\s(?:(?:of|de)\s)?{_MONTH_TO}\b{_OF_YEAR}){_DAY_ENDS}",
            means.named_range,
        ),
        # March 2026, marzo de 2026
        ("date", rf"\b{_MONTH},?\s(?:of\s|de\s|del\s)?{_YEAR}{_DAY_ENDS}", means.whole_month),
        # in March, before May (not "before May I"), en marzo
        (
            "date",
            r"\b(?:in|by|until|till|since|before|after|during|next|en|hasta|desde|antes de|para)\s"
            rf"(?P<it>(?P<month>{any_of(MONTHS)}))\b"
            r"(?!\s(?:\d|i|we|you|he|she|it|they|be|not)\b|\s\d)",
            means.whole_month,
        ),
    ),
    family(
        {"dia", "el", "del", "the"},
        # el día 15
        ("date", r"\b(?:el|al|del)\s(?P<it>dia\s(?P<day>\d{1,2}))\b(?!\sde\b)", means.day_of_month),
        # para el 15, antes del 15
        (
            "date",
            r"\b(?:(?:para|hasta|desde)\s(?P<it>el\s(?P<day>\d{1,2})))" + _EL_ENDS,
            means.day_of_month,
        ),
        (
            "date",
            r"\b(?:antes|despues)\sdel\s(?P<it>(?P<day>\d{1,2}))" + _EL_ENDS,
            means.day_of_month,
        ),
        # "El 15", "the 15th", and nothing else
        ("date", rf"\A\W*(?P<it>el\s(?P<day>\d{{1,2}})){_COURTEOUS}", means.day_of_month),
        (
            "date",
            rf"\A\W*(?P<it>the\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)){_COURTEOUS}",
            means.day_of_month,
        ),
    ),
    family(
        WEEKDAYS,
        # next Friday, el viernes, el viernes que viene
        (
            "date",
            r"(?<!every )(?<!each )(?<!\blos )(?<!cada )(?<!good )(?<!black )"
            r"\b(?:(?P<which>next|this coming|this|coming|last|past|el proximo|proximo|este"
            rf"|el pasado)\s)?{_WEEKDAY}\b(?:\s(?P<after>que viene|proximo|pasado))?",
            means.weekday,
        ),
    ),
    family(
        SHORT_WEEKDAYS,
        # on Fri, next tues
        (
            "date",
            r"\b(?:on|by|until|before|after|since)\s"
            rf"(?P<it>(?:(?P<which>next|this)\s)?{_SHORT_WEEKDAY})\b",
            means.weekday,
        ),
        ("date", rf"\b(?P<which>next|this)\s{_SHORT_WEEKDAY}\b", means.weekday),
    ),
    family(
        {
            *("thanksgiving", "christmas", "xmas", "navidad", "accion", "nochebuena"),
            *("nochevieja", "year", "years", "nuevo"),
        },
        # Thanksgiving, last Christmas, la Navidad pasada, el día de Acción de Gracias de 2027
        (
            "date",
            rf"{NOT_EVERY}{_NO_OCCASION_OF}\b(?:(?:next|this|(?P<last>last|past))\s)?(?:dia de\s)?"
            rf"(?P<holiday>{any_of(HOLIDAYS.keys() - {'new year', 'new years'})})"
            rf"(?:\s(?P<after>pasada))?{_OF_YEAR}\b{_NO_OCCASION}",
            means.holiday,
        ),
        # before the new year, but not "new year, new numbers"
        (
            "date",
            r"\b(?:by|before|after|until|till|on|for|over|since|in|at|around)\s"
            rf"(?P<it>(?:the\s)?{_NEW_YEAR})(?!\s(?!(?:and|or|but|if|so|please)\b)\w)",
            means.holiday,
        ),
        ("date", rf"\A\W*(?P<it>(?:the\s)?{_NEW_YEAR})\W*\Z", means.holiday),
    ),
    family(
        RELATIVE_DAYS,
        # tomorrow; mañana, but not "por la mañana"
        ("date", rf"(?<!\bla )(?<!\besta )\b(?:{any_of(RELATIVE_DAYS)})\b", means.relative_day),
    ),
    family(
        PERIODS,
        # next week, la semana que viene
        ("date", r"\bnext\s(?P<period>week|month|year)\b", means.next_period),
        ("date", r"\b(?:la\s|el\s)?proxim[ao]\s(?P<period>semana|mes|ano)\b", means.next_period),
        (
            "date",
            r"\b(?:la\s|el\s)?(?P<period>semana|mes|ano)\s(?:que viene|proxim[ao]|entrante)\b",
            means.next_period,
        ),
        # end of the month, fin de mes, a finales de año
        (
            "date",
            r"\bend of (?:the |this )?(?P<next>next )?(?P<period>month|year)\b",
            means.end_of_period,
        ),
        (
            "date",
            r"\bfin(?:es|ales)? (?:de|del) (?P<period>mes|ano)(?P<next> que viene)?\b",
            means.end_of_period,
        ),
    ),
    *DURATIONS,
)

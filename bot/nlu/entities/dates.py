"""Dates and durations, in English and Spanish.

A date's value is a day in ISO 8601 (``2026-03-04``) as seen from a given today. Where a week, a
month or a year is meant, it is the first day of it, and ``precision`` among the details says which.
A duration's value is an ISO 8601 duration: ``P4W``, ``P30D``, ``PT48H``; of "2 to 4 weeks" it is
the shorter, with the longer as ``up_to``. "10 business days" are ``P10D`` with ``business_days``.

What is not said is decided so: a date without its year is the next one, today included. "Friday"
is the coming one. "Next Friday" is the one of next week (weeks begin on Monday), but "el próximo
viernes" is the coming one, as each language has it; ``or`` among the details holds the other
reading where they differ. Numbers are month first (US) unless the first cannot be a month.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.mention import Kind, Mention, without_overlaps
from bot.nlu.entities.wordlists import numbered

_MONTHS = {
    **numbered(
        "january february march april may june july august september october november december", 1
    ),
    **numbered(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        1,
    ),
    "setiembre": 9,
    "febuary": 2,
    "feburary": 2,
    "setember": 9,
    "ocotber": 10,
}
_SHORT_MONTHS = {
    **numbered("jan feb mar apr", 1),
    **numbered("jun jul aug sep oct nov dec", 6),
    "sept": 9,
    "ene": 1,
    "abr": 4,
    "ago": 8,
    "dic": 12,
}
_WEEKDAYS = {
    **numbered("monday tuesday wednesday thursday friday saturday sunday", 0),
    **numbered("lunes martes miercoles jueves viernes sabado domingo", 0),
    "wensday": 2,
    "wednsday": 2,
    "wendsday": 2,
    "thursaday": 3,
}
# Too short to be a day without a word before them: "sun", "sat", "wed".
_SHORT_WEEKDAYS = {
    **numbered("mon tue wed thu fri sat sun", 0),
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
_COUNTS = {
    **numbered("one two three four five six seven eight nine ten eleven twelve", 1),
    **numbered("un dos tres cuatro cinco seis siete ocho nueve diez once doce", 1),
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "sixty": 60,
    "ninety": 90,
    "quince": 15,
    "veinte": 20,
    "treinta": 30,
    "cuarenta": 40,
    "sesenta": 60,
    "noventa": 90,
    "a": 1,
    "an": 1,
    "una": 1,
    "a couple of": 2,
    "a couple": 2,
    "couple of": 2,
    "un par de": 2,
}
# "A week", "una semana": a length only after a word that asks for one, else as in "once a week".
_ONES = frozenset({"a", "an", "un", "una"})
_UNITS = {
    **dict.fromkeys(("minute", "minutes", "min", "mins", "minuto", "minutos"), "M"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h", "hora", "horas"), "H"),
    **dict.fromkeys(("day", "days", "dia", "dias"), "D"),
    **dict.fromkeys(("week", "weeks", "wk", "wks", "semana", "semanas"), "W"),
    **dict.fromkeys(("month", "months", "mes", "meses"), "MONTH"),
    **dict.fromkeys(("year", "years", "yr", "yrs", "ano", "anos"), "Y"),
    **dict.fromkeys(("fortnight", "fortnights", "quincena", "quincenas"), "2W"),
}


def find_dates(text: FoldedText, today: date) -> list[Mention]:
    """Every date and duration of a message, the longer of two that lie on each other."""
    return without_overlaps(_all(text, today))


def _all(text: FoldedText, today: date) -> Iterator[Mention]:
    folded = None
    for family in _FAMILIES:
        if not family.may_match(text):
            continue
        if folded is None:
            # "Monday to Friday" is when an office is open, no day.
            folded = _OPENING_DAYS.sub(lambda found: "\n" * len(found[0]), text.folded)
        for kind, pattern, meaning in family.patterns:
            for match in pattern.finditer(folded):
                try:
                    found = meaning(match, today)
                except (ValueError, OverflowError):  # no such day, or beyond the calendar
                    continue
                if found is not None:
                    value, details = found
                    yield text.mention(kind, *_place(match), value, **details)


def _place(match: re.Match[str]) -> tuple[int, int]:
    """The group "it" where a pattern has one: what stands before it only leads up to it."""
    return match.span("it" if "it" in match.re.groupindex else 0)


# --- what a match means ----------------------------------------------------------------------

_Value = tuple[str, dict[str, Any]]
_Meaning = Callable[[re.Match[str], date], _Value | None]


def _iso(match: re.Match[str], today: date) -> _Value:
    return _day(date(int(match["year"]), int(match["month"]), int(match["day"])))


def _numeric(match: re.Match[str], today: date) -> _Value:
    """US order, day first when the first number can't be a month; both told when both could be."""
    first, second = int(match["first"]), int(match["second"])
    if first > 12:
        return _day(_in_year(match, second, first, today))
    meant = _in_year(match, first, second, today)
    if second > 12 or first == second:
        return _day(meant)
    return meant.isoformat(), {"or": _in_year(match, second, first, today).isoformat()}


def _month_and_day(match: re.Match[str], today: date) -> _Value:
    return _day(_in_year(match, _month(match), int(match["day"] or 1), today))


def _whole_month(match: re.Match[str], today: date) -> _Value:
    return _first_of(_in_year(match, _month(match), 1, today.replace(day=1)), "month")


def _day_of_month(match: re.Match[str], today: date) -> _Value | None:
    day = int(match["day"])
    for months in range(12):
        year, month = _months_on(today, months)
        if 1 <= day <= monthrange(year, month)[1] and (months or day >= today.day):
            return _day(date(year, month, day))
    return None


def _weekday(match: re.Match[str], today: date) -> _Value:
    """The coming one, never today unless it is "this" one; see the top for "next"."""
    name = match["weekday"]
    number = _WEEKDAYS[name] if name in _WEEKDAYS else _SHORT_WEEKDAYS[name]
    which = match["which"] or ""
    days = (number - today.weekday()) % 7
    after = match.groupdict().get("after")
    if which in _LAST or after == "pasado":
        return _day(today - timedelta(days=7 - days if days else 7))
    if which in _THIS:
        return _day(today + timedelta(days=days))
    coming = today + timedelta(days=days or 7)
    if which != "next":
        return _day(coming)
    of_next_week = today + timedelta(days=7 - today.weekday() + number)
    if of_next_week == coming:
        return _day(coming)
    return of_next_week.isoformat(), {"or": coming.isoformat()}


def _relative_day(match: re.Match[str], today: date) -> _Value:
    return _day(today + timedelta(days=_RELATIVE_DAYS[match[0]]))


def _next_period(match: re.Match[str], today: date) -> _Value:
    if match["period"] in ("week", "semana"):
        return _first_of(today + timedelta(days=7 - today.weekday()), "week")
    if match["period"] in ("month", "mes"):
        return _first_of(date(*_months_on(today, 1), 1), "month")
    return _first_of(date(today.year + 1, 1, 1), "year")


def _end_of_period(match: re.Match[str], today: date) -> _Value:
    is_next = bool(match["next"])
    if match["period"] in ("month", "mes"):
        year, month = _months_on(today, int(is_next))
        return _day(date(year, month, monthrange(year, month)[1]))
    return _day(date(today.year + is_next, 12, 31))


def _ahead(match: re.Match[str], today: date) -> _Value | None:
    return _away(match, today, 1)


def _ago(match: re.Match[str], today: date) -> _Value | None:
    return _away(match, today, -1)


def _away(match: re.Match[str], today: date, direction: int) -> _Value | None:
    """The day so many days, weeks, months or years from today; None for hours and minutes."""
    count, unit = _count(match["count"]) * direction, _UNITS[match["unit"]]
    if unit == "D" and _is_business(match):
        return _day(_business_days_on(today, count))
    if unit in _DAYS_IN:
        return _day(today + timedelta(days=count * _DAYS_IN[unit]))
    if unit in _MONTHS_IN:
        year, month = _months_on(today, count * _MONTHS_IN[unit])
        return _day(date(year, month, min(today.day, monthrange(year, month)[1])))
    return None


def _length(match: re.Match[str], today: date) -> _Value:
    details = {"business_days": True} if _is_business(match) else {}
    return _ISO_LENGTH[_UNITS[match["unit"]]](_count(match["count"])), details


def _range(match: re.Match[str], today: date) -> _Value:
    details: dict[str, Any] = {"business_days": True} if _is_business(match) else {}
    written = _ISO_LENGTH[_UNITS[match["unit"]]]
    details["up_to"] = written(_count(match["high"]))
    return written(_count(match["low"])), details


# --- the calendar ----------------------------------------------------------------------------

_DAYS_IN = {"D": 1, "W": 7, "2W": 14}
_MONTHS_IN = {"MONTH": 1, "Y": 12}
_ISO_LENGTH: dict[str, Callable[[int], str]] = {
    "M": "PT{}M".format,
    "H": "PT{}H".format,
    "D": "P{}D".format,
    "W": "P{}W".format,
    "2W": lambda count: f"P{2 * count}W",
    "MONTH": "P{}M".format,
    "Y": "P{}Y".format,
}


def _day(day: date) -> _Value:
    return day.isoformat(), {}


def _first_of(day: date, precision: str) -> _Value:
    return day.isoformat(), {"precision": precision}


def _month(match: re.Match[str]) -> int:
    name = match["month"].rstrip(".")
    return _MONTHS[name] if name in _MONTHS else _SHORT_MONTHS[name]


def _in_year(match: re.Match[str], month: int, day: int, today: date) -> date:
    """The day in the year that is said, else when it comes next; ValueError when it never does."""
    said = match.groupdict().get("year")
    if said:
        year = int(said)
        return date(year if year >= 100 else 2000 + year, month, day)
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(2000, month)[1]:
        raise ValueError("no such day")
    for year in range(today.year, today.year + 9):  # a leap day is at most eight years away
        if day <= monthrange(year, month)[1] and date(year, month, day) >= today:
            return date(year, month, day)
    raise ValueError("no such day")


def _months_on(today: date, months: int) -> tuple[int, int]:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return year, month + 1


def _business_days_on(today: date, count: int) -> date:
    """So many working days away; holidays are not known here."""
    weeks, days = divmod(abs(count), 5)
    step = timedelta(days=1 if count > 0 else -1)
    day = today + 7 * weeks * step
    while days:
        day += step
        days -= day.weekday() < 5
    return day


def _count(written: str) -> int:
    return int(written) if written.isdigit() else _COUNTS[written]


def _is_business(match: re.Match[str]) -> bool:
    return bool(match["business"] or match["business_after"])


# --- the patterns ----------------------------------------------------------------------------


def _any(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


_MONTH = rf"(?P<month>{_any(_MONTHS)}|(?:{_any(_SHORT_MONTHS)})\b\.?)"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_OF_YEAR = rf"(?:,?\s(?:of\s|de\s|del\s)?{_YEAR})?"
_DAY = r"(?P<day>\d{1,2})"
_WEEKDAY = rf"(?P<weekday>{_any(_WEEKDAYS)})"
_SHORT_WEEKDAY = rf"(?P<weekday>{_any(_SHORT_WEEKDAYS)})"
_ANY_WEEKDAY = _any({**_WEEKDAYS, **_SHORT_WEEKDAYS})
_NAMED = rf"(?:(?:{_any(_WEEKDAYS)}),?\s(?:the\s|el\s)?)?"
_COUNT = rf"(?P<count>\d{{1,3}}|{_any(_COUNTS)})"
_MANY = rf"(?P<count>\d{{1,3}}|{_any(_COUNTS.keys() - _ONES)})"
_LOW = _MANY.replace("count", "low")
_HIGH = _MANY.replace("count", "high")
_LOW_HIGH = rf"{_LOW}\s?(?:-|\b(?:to|or|and|a|o|y)\b)\s?{_HIGH}"
_UNIT = (
    rf"(?P<business>(?:business|working|work|school)[ -])?(?P<unit>{_any(_UNITS)})\b"
    r"(?P<business_after>\s(?:habiles|laborables))?"
)
_ON = (
    r"(?:on|by|before|after|until|till|since|from|starting|el|para|para el|antes del|hasta|hasta el"
    r"|desde|desde el|despues del)"
)
_START, _END = r"(?<![\w$€£#%.,/:-])", r"(?![\w%]|[/:-]\d|[.,]\d)"
_DAY_ENDS = r"(?![\w%]|[/:]\d)"
_LAST = frozenset({"last", "past", "el pasado"})
_THIS = frozenset({"this", "this coming", "este"})
_RELATIVE_DAYS = {
    **dict.fromkeys(("today", "2day", "tonight", "hoy"), 0),
    **dict.fromkeys(("tomorrow", "tommorow", "tomorow", "tommorrow", "tmrw", "tmr", "manana"), 1),
    **dict.fromkeys(("day after tomorrow", "pasado manana"), 2),
    **dict.fromkeys(("yesterday", "ayer"), -1),
    **dict.fromkeys(("anteayer", "antier"), -2),
}
_PERIODS = frozenset({"week", "month", "year", "semana", "mes", "ano"})

_OPENING_DAYS = re.compile(
    rf"\b(?:{_ANY_WEEKDAY})\s?(?:-|to|thru|through|until|a|al|hasta)\s?(?:el\s)?(?:{_ANY_WEEKDAY})\b"
)


@dataclass(frozen=True)
class _Family:
    """Patterns that can match only where one of the words occurs, or the number is found.

    They are compiled when first needed: together they take longer than a start should.
    """

    words: frozenset[str]
    written: tuple[tuple[Kind, str, _Meaning], ...]
    number: str | None

    def may_match(self, text: FoldedText) -> bool:
        """Whether it is worth the time to try."""
        if not self.words.isdisjoint(text.vocabulary):
            return True
        has_number = self.number is not None and text.has_digits
        return has_number and re.search(self.number or "", text.folded) is not None

    @cached_property
    def patterns(self) -> list[tuple[Kind, re.Pattern[str], _Meaning]]:
        """What each matches is of a kind and has a meaning."""
        return [(kind, re.compile(pattern), meaning) for kind, pattern, meaning in self.written]


def _family(
    words: Iterable[str], *written: tuple[Kind, str, _Meaning], number: str | None = None
) -> _Family:
    return _Family(frozenset(word.split()[-1] for word in words), written, number)


_FAMILIES = (
    _family(
        (),
        # 2026-03-04, 2026/3/4
        (
            "date",
            rf"{_START}(?P<year>\d{{4}})(?P<sign>[-/])(?P<month>\d{{1,2}})(?P=sign){_DAY}{_END}",
            _iso,
        ),
        # 3/4/2026, Friday 3/4/26
        (
            "date",
            rf"{_NAMED}{_START}(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})/"
            rf"(?P<year>\d{{4}}|\d{{2}}){_END}",
            _numeric,
        ),
        # 03-04-2026, 3.4.2026
        (
            "date",
            rf"{_START}(?P<first>\d{{1,2}})(?P<sign>[.-])(?P<second>\d{{1,2}})(?P=sign)"
            rf"(?P<year>\d{{4}}){_END}",
            _numeric,
        ),
        # on 3/4, antes del 15/3
        (
            "date",
            rf"\b{_ON}\s(?P<it>{_NAMED}(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})){_END}",
            _numeric,
        ),
        # by the 15th
        (
            "date",
            r"\b(?:on|by|before|after|until|since)\s(?P<it>the\s(?P<day>\d{1,2})(?:st|nd|rd|th))\b"
            rf"(?!\s(?:of|{_any(_MONTHS)})\b)",
            _day_of_month,
        ),
        number=r"\d[/-]\d|\d\.\d{1,2}\.\d{4}|\d(?:st|nd|rd|th)\b",
    ),
    _family(
        _MONTHS.keys() | _SHORT_MONTHS.keys(),
        # March 4, Mar. 4th, 2026, marzo 4
        (
            "date",
            rf"\b{_NAMED}{_MONTH}\s(?:the\s)?{_DAY}(?:st|nd|rd|th)?\b{_OF_YEAR}{_DAY_ENDS}",
            _month_and_day,
        ),
        # 4 March, the 4th of March 2026, 4 de marzo del 2026, primero de marzo
        (
            "date",
            rf"\b{_NAMED}(?:{_DAY}(?:st|nd|rd|th|er|ro|o)?|(?P<first>primero))\s(?:(?:of|de)\s)?"
            rf"{_MONTH}{_OF_YEAR}{_DAY_ENDS}",
            _month_and_day,
        ),
        # March 2026, marzo de 2026
        ("date", rf"\b{_MONTH},?\s(?:of\s|de\s|del\s)?{_YEAR}{_DAY_ENDS}", _whole_month),
        # in March, before May (not "before May I"), en marzo
        (
            "date",
            r"\b(?:in|by|until|till|since|before|after|during|next|en|hasta|desde|antes de|para)\s"
            rf"(?P<it>(?P<month>{_any(_MONTHS)}))\b"
            r"(?!\s(?:\d|i|we|you|he|she|it|they|be|not)\b|\s\d)",
            _whole_month,
        ),
    ),
    _family(
        {"dia"},
        # el día 15
        ("date", r"\b(?:el|al|del)\s(?P<it>dia\s(?P<day>\d{1,2}))\b(?!\sde\b)", _day_of_month),
    ),
    _family(
        _WEEKDAYS,
        # next Friday, el viernes, el viernes que viene
        (
            "date",
            r"(?<!every )(?<!each )(?<!\blos )(?<!cada )(?<!good )(?<!black )"
            r"\b(?:(?P<which>next|this coming|this|coming|last|past|el proximo|proximo|este"
            rf"|el pasado)\s)?{_WEEKDAY}\b(?:\s(?P<after>que viene|proximo|pasado))?",
            _weekday,
        ),
    ),
    _family(
        _SHORT_WEEKDAYS,
        # on Fri, next tues
        (
            "date",
            r"\b(?:on|by|until|before|after|since)\s"
            rf"(?P<it>(?:(?P<which>next|this)\s)?{_SHORT_WEEKDAY})\b",
            _weekday,
        ),
        ("date", rf"\b(?P<which>next|this)\s{_SHORT_WEEKDAY}\b", _weekday),
    ),
    _family(
        _RELATIVE_DAYS,
        # tomorrow; mañana, but not "por la mañana"
        ("date", rf"(?<!\bla )(?<!\besta )\b(?:{_any(_RELATIVE_DAYS)})\b", _relative_day),
    ),
    _family(
        _PERIODS,
        # next week, la semana que viene
        ("date", r"\bnext\s(?P<period>week|month|year)\b", _next_period),
        ("date", r"\b(?:la\s|el\s)?proxim[ao]\s(?P<period>semana|mes|ano)\b", _next_period),
        (
            "date",
            r"\b(?:la\s|el\s)?(?P<period>semana|mes|ano)\s(?:que viene|proxim[ao]|entrante)\b",
            _next_period,
        ),
        # end of the month, fin de mes, a finales de año
        (
            "date",
            r"\bend of (?:the |this )?(?P<next>next )?(?P<period>month|year)\b",
            _end_of_period,
        ),
        (
            "date",
            r"\bfin(?:es|ales)? (?:de|del) (?P<period>mes|ano)(?P<next> que viene)?\b",
            _end_of_period,
        ),
    ),
    _family(
        _UNITS,
        # in two weeks, dentro de 30 días, two weeks from now
        (
            "date",
            rf"\b(?:in|en|dentro de)\s(?:about\s|unas\s|unos\s)?{_COUNT}\s{_UNIT}",
            _ahead,
        ),
        (
            "date",
            rf"\b{_COUNT}\s{_UNIT}\s(?:from (?:now|today)|a partir de (?:hoy|ahora))\b",
            _ahead,
        ),
        # two weeks ago, hace dos semanas
        ("date", rf"\b{_COUNT}\s{_UNIT}\sago\b", _ago),
        ("date", rf"\bhace\s{_COUNT}\s{_UNIT}", _ago),
        # 4 weeks, three-week, tres semanas
        ("duration", rf"{_START}{_MANY}[ -]?{_UNIT}(?![ -](?:old|de edad)\b)", _length),
        # 2 to 4 weeks, de 2 a 4 semanas
        ("duration", rf"{_START}{_LOW_HIGH}[ -]?{_UNIT}(?![ -](?:old|de edad)\b)", _range),
        # for a week, por una semana
        (
            "duration",
            r"\b(?:in|en|for|within|about|takes?|took|lasts?|than|over|under|after|por|durante"
            rf"|dentro de|tarda|demora|casi|despues de)\s(?P<it>(?P<count>an?|una?)\s{_UNIT})",
            _length,
        ),
        number=r"\d[a-z]",
    ),
)

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
from bot.nlu.entities.mention import Kind, Mention
from bot.nlu.entities.tenses import Tense, tense_before
from bot.nlu.entities.wordlists import numbered, words_of

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
    "teusday": 1,
    "tusday": 1,
    "tuseday": 1,
    "wedensday": 2,
    "wendesday": 2,
    "thrusday": 3,
    "thurday": 3,
    "thusday": 3,
    "firday": 4,
    "saterday": 5,
    "staurday": 5,
}
_ORDINALS = numbered(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
    1,
)
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
    """Every date and duration of a message; some lie on each other."""
    return list(_all(text, today))


def _all(text: FoldedText, today: date) -> Iterator[Mention]:
    folded = None
    for family in _FAMILIES:
        if not family.may_match(text):
            continue
        if folded is None:
            folded = _NO_DAYS.sub(lambda found: "\n" * len(found[0]), text.folded)
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


def _numeric_alone(match: re.Match[str], today: date) -> _Value | None:
    """All that is said; "1/2" could be a half, "9/10" a rating."""
    is_fraction = (match["first"], match["second"]) in _FRACTIONS
    is_rating = match["second"] in _BEST_RATINGS and int(match["first"]) <= int(match["second"])
    return None if is_fraction or is_rating else _numeric(match, today)


def _numeric_range(match: re.Match[str], today: date) -> _Value | None:
    """3/1-3/15; "1/2-3/4" are fractions unless words say that it is a range."""
    numbers = match["first"], match["second"], match["first_to"], match["second_to"]
    if not match["lead"] and {numbers[:2], numbers[2:]} <= _FRACTIONS:
        return None
    month, day, month_to, day_to = map(int, numbers)
    if max(month, month_to) > 12:
        month, day, month_to, day_to = day, month, day_to, month_to
    found = _from_to(match, (month, day), (month_to, day_to), today)
    # A year of its own has to be the one that this comes to: "12/20/2025-1/5/2026".
    is_other = found is not None and found[0][2:4] != (match["begins"] or found[0])[-2:]
    return None if match["begins"] and is_other else found


def _named_range(match: re.Match[str], today: date) -> _Value | None:
    """March 3 to 10, March 30 to April 2."""
    month, day, day_to = _month(match), int(match["day"]), int(match["day_to"])
    name_to = match.groupdict().get("month_to")
    if name_to is None and day >= day_to:
        return None
    month_to = _month_of(name_to) if name_to else month
    return _from_to(match, (month, day), (month_to, day_to), today)


def _from_to(
    match: re.Match[str], first: tuple[int, int], last: tuple[int, int], today: date
) -> _Value | None:
    """The first day, with the last one as ``up_to``: what is longer than most of a year is none."""
    end = _in_year(match, *last, today)
    start = max(day for day in _yearly(*first, end) if day <= end)
    if not timedelta(0) < end - start <= _LONGEST_RANGE:
        return None
    return start.isoformat(), {"up_to": end.isoformat()}


def _month_and_day(match: re.Match[str], today: date) -> _Value:
    return _day(_in_year(match, _month(match), int(match["day"] or 1), today))


def _month_and_ordinal(match: re.Match[str], today: date) -> _Value:
    return _day(_in_year(match, _month(match), _ORDINALS[match["ordinal"]], today))


def _whole_month(match: re.Match[str], today: date) -> _Value:
    return _first_of(_in_year(match, _month(match), 1, today.replace(day=1)), "month")


def _day_of_month(match: re.Match[str], today: date) -> _Value | None:
    day = int(match["day"])
    months = (_months_on(today, months) for months in range(-12, 13))
    days = [date(*month, day) for month in months if 1 <= day <= monthrange(*month)[1]]
    return _day(_meant(match, days, today)) if days else None


def _weekday(match: re.Match[str], today: date) -> _Value:
    """The coming one, never today unless it is "this" one; see the top for "next"."""
    name = match["weekday"]
    number = _WEEKDAYS[name] if name in _WEEKDAYS else _SHORT_WEEKDAYS[name]
    which = match["which"] or ""
    days = (number - today.weekday()) % 7
    after = match.groupdict().get("after")
    is_past = not which and tense_before(match.string, _place(match)[0]) is Tense.PAST
    if which in _LAST or after == "pasado" or is_past:
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


def _holiday(match: re.Match[str], today: date) -> _Value:
    """The coming one, today's included, unless it is the last one or its year is said."""
    on = _HOLIDAYS[match["holiday"]]
    said = match.groupdict()
    if said.get("year"):
        return _day(on(int(said["year"])))
    if said.get("last") or said.get("after"):
        return _day(on(today.year - (on(today.year) >= today)))
    days = [on(today.year + years) for years in (-1, 0, 1)]
    return _day(_meant(match, days, today))


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
        return _day(_same_day(today, count * _MONTHS_IN[unit]))
    return None


def _length(match: re.Match[str], today: date) -> _Value:
    details = {"business_days": True} if _is_business(match) else {}
    return _ISO_LENGTH[_UNITS[match["unit"]]](_count(match["count"])), details


def _length_and_half(match: re.Match[str], today: date) -> _Value | None:
    written = _ISO_AND_HALF.get(_UNITS[match["unit"]])
    return None if written is None else (written(_whole(match)), {})


def _away_and_half(match: re.Match[str], today: date) -> _Value | None:
    """The day so many weeks, months or years and a half away; half a week is three days."""
    if not match["lead"] and not match["trail"]:
        return None
    direction = -1 if match["lead"] == "hace" or match["trail"] == "ago" else 1
    count, unit = _whole(match), _UNITS[match["unit"]]
    if unit in _DAYS_IN and unit != "D":
        days = count * _DAYS_IN[unit] + _DAYS_IN[unit] // 2
    elif unit in _MONTHS_IN:
        months = count * _MONTHS_IN[unit] + _MONTHS_IN[unit] // 2
        today, days = _same_day(today, months * direction), 15 * (unit == "MONTH")
    else:
        return None
    return _day(today + timedelta(days=days * direction))


def _fortnight(match: re.Match[str], today: date) -> _Value:
    return "P2W", {}


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
# So many and a half. ISO 8601 has no weeks beside other units.
_ISO_AND_HALF: dict[str, Callable[[int], str]] = {
    "H": lambda count: f"PT{count}H30M" if count else "PT30M",
    "D": lambda count: f"P{count}DT12H" if count else "PT12H",
    "W": lambda count: f"P{7 * count + 3}DT12H",
    "2W": lambda count: f"P{2 * count + 1}W",
    "MONTH": lambda count: f"P{count}M15D" if count else "P15D",
    "Y": lambda count: f"P{count}Y6M" if count else "P6M",
}


def _thanksgiving(year: int) -> date:
    """November's fourth Thursday."""
    earliest = date(year, 11, 22)
    return earliest + timedelta(days=(3 - earliest.weekday()) % 7)


def _each_year(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


_HOLIDAYS: dict[str, Callable[[int], date]] = {
    **dict.fromkeys(("thanksgiving", "thanksgiving day", "accion de gracias"), _thanksgiving),
    **dict.fromkeys(("christmas eve", "xmas eve", "nochebuena"), _each_year(12, 24)),
    **dict.fromkeys(("christmas", "christmas day", "xmas", "navidad"), _each_year(12, 25)),
    **dict.fromkeys(("new year's eve", "new years eve", "nochevieja"), _each_year(12, 31)),
    **dict.fromkeys(("new year's day", "new years day", "new year's"), _each_year(1, 1)),
    **dict.fromkeys(("new year", "new years", "ano nuevo"), _each_year(1, 1)),
}


def _day(day: date) -> _Value:
    return day.isoformat(), {}


def _first_of(day: date, precision: str) -> _Value:
    return day.isoformat(), {"precision": precision}


def _month(match: re.Match[str]) -> int:
    return _month_of(match["month"])


def _month_of(name: str) -> int:
    name = name.rstrip(".")
    return _MONTHS[name] if name in _MONTHS else _SHORT_MONTHS[name]


def _in_year(match: re.Match[str], month: int, day: int, today: date) -> date:
    """The day in the year that is said, else the one that is meant; ValueError if there is none."""
    said = match.groupdict().get("year")
    if said:
        year = int(said)
        return date(year if year >= 100 else 2000 + year, month, day)
    return _meant(match, _yearly(month, day, today), today)


def _yearly(month: int, day: int, around: date) -> list[date]:
    """The day in the years around: a leap day is at most eight of them away."""
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(2000, month)[1]:
        raise ValueError("no such day")
    years = range(max(1, around.year - 8), min(9999, around.year + 8) + 1)
    return [date(year, month, day) for year in years if day <= monthrange(year, month)[1]]


def _meant(match: re.Match[str], days: Iterable[date], today: date) -> date:
    """Of the days that a date without its year or month could be, the one its words mean."""
    days = list(days)
    last = max((day for day in days if day <= today), default=None)
    coming = min((day for day in days if day >= today), default=None)
    tense = tense_before(match.string, _place(match)[0])
    if last is None or (coming is not None and tense is Tense.COMING):
        if coming is None:
            raise ValueError("no such day")
        return coming
    if coming is None or tense is Tense.PAST:
        return last
    return min(coming, last, key=lambda day: abs(day - today))


def _months_on(today: date, months: int) -> tuple[int, int]:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return year, month + 1


def _same_day(today: date, months: int) -> date:
    """The same day so many months on, or that month's last."""
    year, month = _months_on(today, months)
    return date(year, month, min(today.day, monthrange(year, month)[1]))


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


def _whole(match: re.Match[str]) -> int:
    """How many whole ones there are beside a half: none where no count is said."""
    written = match.groupdict().get("count")
    if written:
        return _count(written)
    return 1 if match.groupdict().get("one") else 0


def _is_business(match: re.Match[str]) -> bool:
    return bool(match["business"] or match["business_after"])


# --- the patterns ----------------------------------------------------------------------------


def _any(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


_MONTH = rf"(?P<month>{_any(_MONTHS)}|(?:{_any(_SHORT_MONTHS)})\b\.?)"
_MONTH_TO = _MONTH.replace("<month>", "<month_to>")
_PLAIN_MONTH = rf"(?P<month>{_any({**_MONTHS, **_SHORT_MONTHS})})"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_OF_YEAR = rf"(?:,?\s(?:of\s|de\s|del\s)?{_YEAR})?"
_DAY = r"(?P<day>\d{1,2})"
_DAY_TO = r"(?P<day_to>\d{1,2})"
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
    r"(?P<business>(?:business|bus|biz|working|work|school)(?:[ -]|\.\s?))?"
    rf"(?P<unit>{_any(_UNITS)})\b"
    r"(?P<business_after>\s(?:habiles|laborables))?"
)
_PLAIN_UNIT = rf"(?P<unit>{_any(_UNITS)})\b"
_START, _END = r"(?<![\w$€£#%.,/:-])", r"(?![\w%]|[/:-]\d|[.,]\d)"
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
_NOT_EVERY = r"(?<!every )(?<!each )(?<!per )(?<!cada )"
# "Once a fortnight", "dos veces a la quincena": how often, not how long.
_NOT_OFTEN = _NOT_EVERY + r"(?<!once )(?<!twice )(?<!times )(?<!\bvez )(?<!veces )"
_NO_AGE = r"(?![ -](?:old|de edad)\b)"
_ON = (
    r"(?:on|by|before|after|until|till|since|from|starting|due|effective|dated|el|para|para el"
    r"|antes del|hasta|hasta el|desde|desde el|despues del|vence|vence el)"
)
_DAY_ENDS = r"(?![\w%]|[/:]\d)"
_ORDINAL = r"(?:st|nd|rd|th|er|ro|o)?"
_NUMERIC = r"(?P<first>\d{1,2})/(?P<second>\d{1,2})"
_NUMERIC_TO = r"(?P<first_to>\d{1,2})/(?P<second_to>\d{1,2})"
_SHORT_YEAR = r"(?:/(?P<year>\d{4}|\d{2}))?"
_FRACTIONS = frozenset({("1", "2"), ("1", "3"), ("2", "3"), ("1", "4"), ("3", "4")})
_BEST_RATINGS = frozenset({"5", "10"})
_LONGEST_RANGE = timedelta(days=300)
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
_LAST = frozenset({"last", "past", "el pasado"})
_THIS = frozenset({"this", "this coming", "este"})
_RELATIVE_DAYS = {
    **dict.fromkeys(("today", "2day", "tonight", "hoy"), 0),
    **dict.fromkeys(("tomorrow", "tmrw", "tmr", "manana"), 1),
    **dict.fromkeys(("tommorow", "tomorow", "tommorrow", "tomrrow", "tomorrw", "tommorw"), 1),
    **dict.fromkeys(("day after tomorrow", "pasado manana"), 2),
    **dict.fromkeys(("yesterday", "ayer"), -1),
    **dict.fromkeys(("anteayer", "antier"), -2),
}
_PERIODS = frozenset({"week", "month", "year", "semana", "mes", "ano"})

_ANY_HOLIDAY = _any(_HOLIDAYS)
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
        if self.number is None or not text.has_digits:
            return False
        return re.search(self.number, text.folded) is not None

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
        # on 3/4, antes del 15/3; not "due 1/2 of the time"
        (
            "date",
            rf"\b{_ON}\s(?P<it>{_NAMED}(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})){_END}(?!\sof\b)",
            _numeric,
        ),
        # 3/15, and nothing else; not "24/7" and "9/11"
        (
            "date",
            rf"\A\W*(?P<it>(?!24/7|9/11){_NAMED}{_NUMERIC}){_END}{_COURTEOUS}",
            _numeric_alone,
        ),
        # 3/1-3/15, between 3/1 and 3/15
        (
            "date",
            rf"(?:\b{_LEAD})?{_START}(?P<it>{_NUMERIC}{_SHORT_YEAR.replace('year', 'begins')}"
            rf"{_TO}{_NUMERIC_TO}{_SHORT_YEAR}){_END}"
            r"(?!\s(?:of|inch|inches|cups?|miles?)\b)",
            _numeric_range,
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
        # 5-may-2026, may/5/2026
        (
            "date",
            rf"{_START}{_DAY}(?P<sign>[-/.]){_PLAIN_MONTH}(?P=sign)"
            rf"(?P<year>(?:19|20)\d{{2}}|\d{{2}}){_END}",
            _month_and_day,
        ),
        (
            "date",
            rf"{_START}{_PLAIN_MONTH}(?P<sign>[-/.]){_DAY}(?P=sign){_YEAR}{_END}",
            _month_and_day,
        ),
        # first of April, the third of May
        (
            "date",
            rf"\b(?P<ordinal>{_any(_ORDINALS)})\sof\s{_MONTH}{_OF_YEAR}\b",
            _month_and_ordinal,
        ),
        # March 3 - April 10, March 3rd to March 10th
        (
            "date",
            rf"(?:\b{_LEAD})?\b(?P<it>{_MONTH}\s{_DAY}{_ORDINAL}{_TO}{_MONTH_TO}\s"
            rf"{_DAY_TO}{_ORDINAL}\b{_OF_YEAR}){_DAY_ENDS}",
            _named_range,
        ),
        # March 3-10, from March 3 to 10
        (
            "date",
            rf"\b(?P<it>{_MONTH}\s{_DAY}{_ORDINAL}{_HYPHEN}{_DAY_TO}{_ORDINAL}\b{_OF_YEAR})"
            rf"{_DAY_ENDS}",
            _named_range,
        ),
        (
            "date",
            rf"\b{_LEAD}(?P<it>{_MONTH}\s{_DAY}{_ORDINAL}{_TO}{_DAY_TO}{_ORDINAL}\b{_OF_YEAR})"
            rf"{_DAY_ENDS}",
            _named_range,
        ),
        # del 3 al 10 de marzo, 3-10 March
        (
            "date",
            rf"{_START}(?P<it>{_DAY}{_ORDINAL}\s?-\s?{_DAY_TO}{_ORDINAL}\s(?:(?:of|de)\s)?"
            rf"{_MONTH}\b{_OF_YEAR}){_DAY_ENDS}",
            _named_range,
        ),
        (
            "date",
            rf"\b{_LEAD}(?P<it>{_DAY}{_ORDINAL}{_TO}{_DAY_TO}{_ORDINAL}\s(?:(?:of|de)\s)?"
            rf"{_MONTH}\b{_OF_YEAR}){_DAY_ENDS}",
            _named_range,
        ),
        # del 28 de marzo al 3 de abril, 3 March - 10 March
        (
            "date",
            rf"(?:\b{_LEAD})?{_START}(?P<it>{_DAY}{_ORDINAL}\s(?:(?:of|de)\s)?{_MONTH}{_TO}"
            rf"{_DAY_TO}{_ORDINAL}\s(?:(?:of|de)\s)?{_MONTH_TO}\b{_OF_YEAR}){_DAY_ENDS}",
            _named_range,
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
        {"dia", "el", "del", "the"},
        # el día 15
        ("date", r"\b(?:el|al|del)\s(?P<it>dia\s(?P<day>\d{1,2}))\b(?!\sde\b)", _day_of_month),
        # para el 15, antes del 15
        (
            "date",
            r"\b(?:(?:para|hasta|desde)\s(?P<it>el\s(?P<day>\d{1,2})))" + _EL_ENDS,
            _day_of_month,
        ),
        (
            "date",
            r"\b(?:antes|despues)\sdel\s(?P<it>(?P<day>\d{1,2}))" + _EL_ENDS,
            _day_of_month,
        ),
        # "El 15", "the 15th", and nothing else
        ("date", rf"\A\W*(?P<it>el\s(?P<day>\d{{1,2}})){_COURTEOUS}", _day_of_month),
        (
            "date",
            rf"\A\W*(?P<it>the\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)){_COURTEOUS}",
            _day_of_month,
        ),
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
        {
            *("thanksgiving", "christmas", "xmas", "navidad", "accion", "nochebuena"),
            *("nochevieja", "year", "years", "nuevo"),
        },
        # Thanksgiving, last Christmas, la Navidad pasada, el día de Acción de Gracias de 2027
        (
            "date",
            rf"{_NOT_EVERY}{_NO_OCCASION_OF}\b(?:(?:next|this|(?P<last>last|past))\s)?(?:dia de\s)?"
            rf"(?P<holiday>{_any(_HOLIDAYS.keys() - {'new year', 'new years'})})"
            rf"(?:\s(?P<after>pasada))?{_OF_YEAR}\b{_NO_OCCASION}",
            _holiday,
        ),
        # before the new year, but not "new year, new numbers"
        (
            "date",
            r"\b(?:by|before|after|until|till|on|for|over|since|in|at|around)\s"
            rf"(?P<it>(?:the\s)?{_NEW_YEAR})(?!\s(?!(?:and|or|but|if|so|please)\b)\w)",
            _holiday,
        ),
        ("date", rf"\A\W*(?P<it>(?:the\s)?{_NEW_YEAR})\W*\Z", _holiday),
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
        ("duration", rf"{_START}{_MANY}[ -]?{_UNIT}{_NO_AGE}", _length),
        # 2 to 4 weeks, de 2 a 4 semanas
        ("duration", rf"{_START}{_LOW_HIGH}[ -]?{_UNIT}{_NO_AGE}", _range),
        # for a week, por una semana
        (
            "duration",
            r"\b(?:in|en|for|within|about|takes?|took|lasts?|than|over|under|after|por|durante"
            rf"|dentro de|tarda|demora|casi|despues de)\s(?P<it>(?P<count>an?|una?)\s{_UNIT})",
            _length,
        ),
        # "A week.", and nothing else
        (
            "duration",
            r"\A\W*(?:(?:about|around|just|only|solo|como|casi)\s)?"
            rf"(?P<it>(?P<count>an?|una?)\s{_UNIT})\W*\Z",
            _length,
        ),
        # a fortnight, una quincena
        (
            "duration",
            rf"{_NOT_OFTEN}\b(?:an?|una)\s(?:fortnight|quincena)\b",
            _fortnight,
        ),
        ("duration", r"\A\W*(?P<it>fortnight|quincena)\W*\Z", _fortnight),
        number=r"\d[a-z]",
    ),
    _family(
        {"half", "medio", "media"},
        *(
            ("duration", rf"{_START}{_NOT_EVERY}{half}{_NO_AGE}", _length_and_half)
            for half in _HALF_LENGTHS
        ),
        # in a month and a half, hace medio año
        *(
            (
                "date",
                rf"\b(?:(?P<lead>in|en|dentro de|hace)\s(?:about\s)?)?{half}"
                r"(?:\s(?P<trail>ago|from (?:now|today)|a partir de (?:hoy|ahora))\b)?",
                _away_and_half,
            )
            for half in _HALF_LENGTHS
        ),
        number=r"\d[.,]5|1[/\u2044]2",
    ),
)

"""What a match of a date's or a duration's pattern means: its value and details, see dates.py.

Each meaning goes by the names of its pattern's groups. One that turns out to be no date is None; a
day that doesn't exist is a ValueError, one beyond the calendar may be an OverflowError.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from bot.nlu.entities.calendar_days import (
    business_days_on,
    day_meant,
    months_on,
    same_day,
    yearly,
)
from bot.nlu.entities.calendar_words import (
    ALL_MONTHS,
    ALL_WEEKDAYS,
    COUNTS,
    HOLIDAYS,
    ORDINALS,
    RELATIVE_DAYS,
    UNITS,
)
from bot.nlu.entities.tenses import Tense, tense_before

Value = tuple[str, dict[str, Any]]
Meaning = Callable[[re.Match[str], date], Value | None]

_FRACTIONS = frozenset({("1", "2"), ("1", "3"), ("2", "3"), ("1", "4"), ("3", "4")})
_BEST_RATINGS = frozenset({"5", "10"})
_LONGEST_RANGE = timedelta(days=300)
_LAST = frozenset({"last", "past", "el pasado"})
_THIS = frozenset({"this", "this coming", "este"})
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


def place_of(match: re.Match[str]) -> tuple[int, int]:
    """The group "it" where a pattern has one: what stands before it only leads up to it."""
    return match.span("it" if "it" in match.re.groupindex else 0)


def iso_day(match: re.Match[str], today: date) -> Value:
    """2026-03-04."""
    return _day(date(int(match["year"]), int(match["month"]), int(match["day"])))


def numeric(match: re.Match[str], today: date) -> Value:
    """US order, day first when the first number can't be a month; both told when both could be."""
    first, second = int(match["first"]), int(match["second"])
    if first > 12:
        return _day(_in_year(match, second, first, today))
    meant = _in_year(match, first, second, today)
    if second > 12 or first == second:
        return _day(meant)
    return meant.isoformat(), {"or": _in_year(match, second, first, today).isoformat()}


def numeric_alone(match: re.Match[str], today: date) -> Value | None:
    """All that is said; "1/2" could be a half, "9/10" a rating."""
    is_fraction = (match["first"], match["second"]) in _FRACTIONS
    is_rating = match["second"] in _BEST_RATINGS and int(match["first"]) <= int(match["second"])
    return None if is_fraction or is_rating else numeric(match, today)


def numeric_range(match: re.Match[str], today: date) -> Value | None:
    """3/1-3/15; "1/2-3/4" are fractions unless words say that it is a range."""
    numbers = match["first"], match["second"], match["first_to"], match["second_to"]
    if not match["lead"] and {numbers[:2], numbers[2:]} <= _FRACTIONS:
        return None
    month, day, month_to, day_to = map(int, numbers)
    if max(month, month_to) > 12:
        month, day, month_to, day_to = day, month, day_to, month_to
    found = _from_to(match, (month, day), (month_to, day_to), today)
    # A year of its own has to be the one that this comes to: "12/20/2025-1/5/2026".
    begins = match["begins"]
    return None if found and begins and found[0][2:4] != begins[-2:] else found


def named_range(match: re.Match[str], today: date) -> Value | None:
    """March 3 to 10, March 30 to April 2."""
    month, day, day_to = _month(match["month"]), int(match["day"]), int(match["day_to"])
    name_to = match.groupdict().get("month_to")
    if name_to is None and day >= day_to:
        return None
    month_to = _month(name_to) if name_to else month
    return _from_to(match, (month, day), (month_to, day_to), today)


def _from_to(
    match: re.Match[str], first: tuple[int, int], last: tuple[int, int], today: date
) -> Value | None:
    """The first day, with the last one as ``up_to``: what is longer than most of a year is none."""
    end = _in_year(match, *last, today)
    start = max(day for day in yearly(*first, end) if day <= end)
    if not timedelta(0) < end - start <= _LONGEST_RANGE:
        return None
    return start.isoformat(), {"up_to": end.isoformat()}


def month_and_day(match: re.Match[str], today: date) -> Value:
    """March 4, 4 de marzo del 2026, primero de marzo."""
    return _day(_in_year(match, _month(match["month"]), int(match["day"] or 1), today))


def month_and_ordinal(match: re.Match[str], today: date) -> Value:
    """First of April."""
    return _day(_in_year(match, _month(match["month"]), ORDINALS[match["ordinal"]], today))


def whole_month(match: re.Match[str], today: date) -> Value:
    """March 2026, in March: its first day."""
    return _first_of(_in_year(match, _month(match["month"]), 1, today.replace(day=1)), "month")


def day_of_month(match: re.Match[str], today: date) -> Value | None:
    """The 15th, of the month that is meant."""
    day = int(match["day"])
    months = (months_on(today, months) for months in range(-12, 13))
    days = [date(*month, day) for month in months if 1 <= day <= monthrange(*month)[1]]
    return _day(_meant(match, days, today)) if days else None


def weekday(match: re.Match[str], today: date) -> Value:
    """The coming one, never today unless it is "this" one; see dates.py for "next"."""
    number = ALL_WEEKDAYS[match["weekday"]]
    which = match["which"] or ""
    days = (number - today.weekday()) % 7
    after = match.groupdict().get("after")
    is_past = not which and tense_before(match.string, place_of(match)[0]) is Tense.PAST
    if which in _LAST or after == "pasado" or is_past:
        return _day(today - timedelta(days=7 - days))
    if which in _THIS:
        return _day(today + timedelta(days=days))
    coming = today + timedelta(days=days or 7)
    if which != "next":
        return _day(coming)
    of_next_week = today + timedelta(days=7 - today.weekday() + number)
    if of_next_week == coming:
        return _day(coming)
    return of_next_week.isoformat(), {"or": coming.isoformat()}


def holiday(match: re.Match[str], today: date) -> Value:
    """The coming one, today's included, unless it is the last one or its year is said."""
    on = HOLIDAYS[match["holiday"]]
    said = match.groupdict()
    if said.get("year"):
        return _day(on(int(said["year"])))
    if said.get("last") or said.get("after"):
        return _day(on(today.year - (on(today.year) >= today)))
    days = [on(today.year + years) for years in (-1, 0, 1)]
    return _day(_meant(match, days, today))


def relative_day(match: re.Match[str], today: date) -> Value:
    """Today, tomorrow, ayer."""
    return _day(today + timedelta(days=RELATIVE_DAYS[match[0]]))


def next_period(match: re.Match[str], today: date) -> Value:
    """Next week, next month or next year: its first day."""
    if match["period"] in ("week", "semana"):
        return _first_of(today + timedelta(days=7 - today.weekday()), "week")
    if match["period"] in ("month", "mes"):
        return _first_of(date(*months_on(today, 1), 1), "month")
    return _first_of(date(today.year + 1, 1, 1), "year")


def end_of_period(match: re.Match[str], today: date) -> Value:
    """The last day of this or the next month or year."""
    is_next = bool(match["next"])
    if match["period"] in ("month", "mes"):
        year, month = months_on(today, int(is_next))
        return _day(date(year, month, monthrange(year, month)[1]))
    return _day(date(today.year + is_next, 12, 31))


def ahead(match: re.Match[str], today: date) -> Value | None:
    """In two weeks."""
    return _away(match, today, 1)


def ago(match: re.Match[str], today: date) -> Value | None:
    """Two weeks ago."""
    return _away(match, today, -1)


def _away(match: re.Match[str], today: date, direction: int) -> Value | None:
    """The day so many days, weeks, months or years from today; None for hours and minutes."""
    count, unit = _count(match["count"]) * direction, UNITS[match["unit"]]
    if unit == "D" and _is_business(match):
        return _day(business_days_on(today, count))
    if unit in _DAYS_IN:
        return _day(today + timedelta(days=count * _DAYS_IN[unit]))
    if unit in _MONTHS_IN:
        return _day(same_day(today, count * _MONTHS_IN[unit]))
    return None


def length(match: re.Match[str], today: date) -> Value:
    """Three weeks, 10 business days."""
    details = {"business_days": True} if _is_business(match) else {}
    return _ISO_LENGTH[UNITS[match["unit"]]](_count(match["count"])), details


def length_and_half(match: re.Match[str], today: date) -> Value | None:
    """Two and a half weeks; minutes and a half are none."""
    written = _ISO_AND_HALF.get(UNITS[match["unit"]])
    return None if written is None else (written(_whole(match)), {})


def away_and_half(match: re.Match[str], today: date) -> Value | None:
    """The day so many weeks, months or years and a half away; half a week is three days."""
    if not match["lead"] and not match["trail"]:
        return None
    direction = -1 if match["lead"] == "hace" or match["trail"] == "ago" else 1
    count, unit = _whole(match), UNITS[match["unit"]]
    if unit in _DAYS_IN and unit != "D":
        days = count * _DAYS_IN[unit] + _DAYS_IN[unit] // 2
    elif unit in _MONTHS_IN:
        months = count * _MONTHS_IN[unit] + _MONTHS_IN[unit] // 2
        today, days = same_day(today, months * direction), 15 * (unit == "MONTH")
    else:
        return None
    return _day(today + timedelta(days=days * direction))


def fortnight(match: re.Match[str], today: date) -> Value:
    """A fortnight."""
    return "P2W", {}


def length_range(match: re.Match[str], today: date) -> Value:
    """2 to 4 weeks: the shorter, with the longer as ``up_to``."""
    details: dict[str, Any] = {"business_days": True} if _is_business(match) else {}
    written = _ISO_LENGTH[UNITS[match["unit"]]]
    details["up_to"] = written(_count(match["high"]))
    return written(_count(match["low"])), details


def _day(day: date) -> Value:
    return day.isoformat(), {}


def _first_of(day: date, precision: str) -> Value:
    return day.isoformat(), {"precision": precision}


def _month(name: str) -> int:
    return ALL_MONTHS[name.rstrip(".")]


def _in_year(match: re.Match[str], month: int, day: int, today: date) -> date:
    """The day in the year that is said, else the one that is meant; ValueError if there is none."""
    said = match.groupdict().get("year")
    if said:
        year = int(said)
        return date(year if year >= 100 else 2000 + year, month, day)
    return _meant(match, yearly(month, day, today), today)


def _meant(match: re.Match[str], days: Iterable[date], today: date) -> date:
    return day_meant(days, today, tense_before(match.string, place_of(match)[0]))


def _count(written: str) -> int:
    return int(written) if written.isdigit() else COUNTS[written]


def _whole(match: re.Match[str]) -> int:
    """How many whole ones there are beside a half: none where no count is said."""
    written = match.groupdict().get("count")
    if written:
        return _count(written)
    return 1 if match.groupdict().get("one") else 0


def _is_business(match: re.Match[str]) -> bool:
    return bool(match["business"] or match["business_after"])

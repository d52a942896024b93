"""Days of the calendar: a holiday's day, a day of every year, months and business days on.

And of all the days that a date could be, the one that is meant.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from bot.nlu.entities.tenses import Tense


def thanksgiving(year: int) -> date:
    """November's fourth Thursday."""
    earliest = date(year, 11, 22)
    return earliest + timedelta(days=(3 - earliest.weekday()) % 7)


def each_year(month: int, day: int) -> Callable[[int], date]:
    """A holiday that keeps its day, as a function of the year."""
    return lambda year: date(year, month, day)


def yearly(month: int, day: int, around: date) -> list[date]:
    """The day in the years around: a leap day is at most eight of them away."""
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(2000, month)[1]:
        raise ValueError("no such day")
    years = range(max(1, around.year - 8), min(9999, around.year + 8) + 1)
    return [date(year, month, day) for year in years if day <= monthrange(year, month)[1]]


def day_meant(days: Iterable[date], today: date, tense: Tense) -> date:
    """Of the days that a date without its year or month could be, the one its words mean."""
    days = list(days)
    past = [day for day in days if day <= today]
    coming = [day for day in days if day >= today]
    if not past or (coming and tense is Tense.COMING):
        return min(coming)
    if not coming or tense is Tense.PAST:
        return max(past)
    return min(min(coming), max(past), key=lambda day: abs(day - today))


def months_on(today: date, months: int) -> tuple[int, int]:
    """The year and month so many months on."""
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return year, month + 1


def same_day(today: date, months: int) -> date:
    """The same day so many months on, or that month's last."""
    year, month = months_on(today, months)
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def business_days_on(today: date, count: int) -> date:
    """So many working days away; holidays are not known here."""
    weeks, days = divmod(abs(count), 5)
    step = timedelta(days=1 if count > 0 else -1)
    day = today + 7 * weeks * step
    while days:
        day += step
        days -= day.weekday() < 5
    return day

"""When an office is open, on both sides of a change to summer time, and how that is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.office_hours import (
    Hours,
    OpenSpan,
    away_note,
    in_words,
    is_open,
    next_opening,
)
from backend.domain.sms import segments

CHICAGO = "America/Chicago"
WEEKDAYS_9_TO_4 = Hours(CHICAGO, tuple(OpenSpan(day, "09:00", "16:00") for day in range(5)))
ZONES = (CHICAGO, "America/Denver", "America/Phoenix", "Pacific/Honolulu", "America/New_York")


def local(text: str, zone: str = CHICAGO) -> datetime:
    """A moment by the office's wall clock, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T15:59:59", True),
        ("2026-11-23T16:00", False),
        ("2026-11-22T12:00", False),  # a Sunday
        ("2026-03-09T09:00", True),  # the Monday after summer time began
        ("2026-11-02T09:00", True),  # the Monday after it ended
    ],
)
def test_open_by_the_wall_clock(at: str, expected: bool) -> None:
    """From the minute it opens to just before it closes, in the office's own zone."""
    assert is_open(WEEKDAYS_9_TO_4, local(at)) is expected


def test_hours_move_with_summer_time() -> None:
    """9 o'clock is another moment in UTC in summer; the hours stay those of the wall clock."""
    winter, summer = local("2026-01-05T09:00"), local("2026-07-06T09:00")

    assert (winter.hour, summer.hour) == (15, 14)
    assert is_open(WEEKDAYS_9_TO_4, winter) and is_open(WEEKDAYS_9_TO_4, summer)
    assert not is_open(WEEKDAYS_9_TO_4, winter - timedelta(hours=1))


def test_the_night_with_an_hour_twice_and_the_one_with_an_hour_less() -> None:
    """A span over the changed hour lasts an hour longer or shorter, and nothing falls over."""
    nights = Hours(CHICAGO, (OpenSpan(6, "00:30", "03:00"),))
    longer = local("2026-11-01T00:30")
    shorter = local("2026-03-08T00:30")

    assert is_open(nights, longer + timedelta(hours=3, minutes=29))
    assert not is_open(nights, longer + timedelta(hours=3, minutes=30))
    assert is_open(nights, shorter + timedelta(hours=1, minutes=29))
    assert not is_open(nights, shorter + timedelta(hours=1, minutes=30))


def test_a_holiday_closes() -> None:
    """A holiday is closed all day, and the next opening is after it."""
    thanksgiving = Hours(CHICAGO, WEEKDAYS_9_TO_4.spans, frozenset({date(2026, 11, 26)}))

    assert not is_open(thanksgiving, local("2026-11-26T10:00"))
    opening = next_opening(thanksgiving, local("2026-11-25T17:00"))
    assert opening is not None and opening.isoformat() == "2026-11-27T09:00:00-06:00"


def test_without_hours_it_never_closes() -> None:
    """An office that has said nothing about hours is always open."""
    never_closes = Hours(CHICAGO, ())

    assert is_open(never_closes, local("2026-11-22T03:00"))
    assert next_opening(never_closes, local("2026-11-22T03:00")) is None


def test_the_last_minute_is_midnight() -> None:
    """Hours can name 23:59 at the latest; the office is open until the day is over."""
    around_the_clock = Hours(CHICAGO, tuple(OpenSpan(day, "00:00", "23:59") for day in range(7)))

    assert is_open(around_the_clock, local("2026-11-22T23:59:30"))


@pytest.mark.parametrize(
    ("now", "english", "spanish"),
    [
        ("2026-11-23T07:00", "today at 9 am", "hoy a las 9:00 a. m."),
        ("2026-11-23T16:00", "tomorrow at 9 am", "mañana a las 9:00 a. m."),
        ("2026-11-27T16:00", "on Monday at 9 am", "el lunes a las 9:00 a. m."),
    ],
)
def test_the_next_opening_in_words(now: str, english: str, spanish: str) -> None:
    """As people say it on that day."""
    opening = next_opening(WEEKDAYS_9_TO_4, local(now))

    assert opening is not None
    today = datetime.fromisoformat(now).date()
    assert in_words(opening, today, "en") == english
    assert in_words(opening, today, "es") == spanish


def test_a_far_opening_has_its_date() -> None:
    """From a week ahead the weekday alone would mislead; one o'clock is singular in Spanish."""
    opening = datetime(2027, 1, 4, 13, 0, tzinfo=ZoneInfo(CHICAGO))

    assert in_words(opening, date(2026, 12, 24), "en") == "on Monday, January 4 at 1 pm"
    assert in_words(opening, date(2026, 12, 24), "es") == "el lunes 4 de enero a la 1:00 p. m."


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_away_note_is_short(language: str) -> None:
    """The product's own note is two cheap segments at most, and names the office."""
    now = local("2026-11-27T16:00")
    note = away_note("Office of Student Financial Assistance", WEEKDAYS_9_TO_4, now, language)  # type: ignore[arg-type]

    assert segments(note).encoding == "GSM-7" and segments(note).count <= 2
    assert "Office of Student Financial Assistance" in note and (
        "Monday" in note or "lunes" in note
    )
    assert ".." not in note


spans = st.builds(
    lambda weekday, ends: OpenSpan(weekday, min(ends), max(ends)),
    st.integers(0, 6),
    st.lists(st.times().map(lambda t: t.strftime("%H:%M")), min_size=2, max_size=2, unique=True),
)
hours = st.builds(
    Hours,
    st.sampled_from(ZONES),
    st.lists(spans, min_size=1, max_size=8).map(tuple),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5),
)
moments = st.integers(0, 364 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(hours, moments)
def test_the_next_opening_is_one(hours: Hours, at: datetime) -> None:
    """At the next opening it is open, just before it closed or in another span, and between now
    and then it does not open.
    """
    opening = next_opening(hours, at)

    assert opening is not None and opening > at
    assert is_open(hours, opening)
    if not is_open(hours, at):
        between = at + (opening - at) / 2
        assert not is_open(hours, between)


@given(hours, moments)
def test_open_is_what_the_wall_clock_says(hours: Hours, at: datetime) -> None:
    """Away from a change of the clock it is a plain comparison with the wall clock."""
    here = at.astimezone(ZoneInfo(hours.zone))
    clock = here.strftime("%H:%M")
    by_the_clock = here.date() not in hours.holidays and any(
        span.weekday == here.weekday()
        and span.opens <= clock
        and (clock < span.closes or span.closes == "23:59")
        for span in hours.spans
    )
    changes = {(here + timedelta(days=days)).replace(hour=12).utcoffset() for days in (-1, 0, 1)}

    if len(changes) == 1:
        assert is_open(hours, at) is by_the_clock

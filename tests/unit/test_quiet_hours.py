"""Nobody is texted at night, by their own clock, and nobody later than need be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.quiet_hours import (
    CONTIGUOUS_US,
    QuietHours,
    earliest,
    is_quiet,
    waits_until,
    zones_of_reader,
)

HOME = "America/Chicago"
ZONES = sorted(
    {
        *CONTIGUOUS_US,
        *("America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "America/St_Johns"),
        *("Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana"),
        *("Asia/Beirut", "Pacific/Auckland", "Antarctica/Troll"),
    }
)
moments = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 — Hypothesis adds the zone
    max_value=datetime(2029, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
a_place = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True)
hours = st.builds(QuietHours, st.integers(0, 23), st.integers(0, 23))


@given(moments, st.lists(st.sampled_from(sorted(CONTIGUOUS_US)), min_size=1, unique=True))
def test_never_outside_eight_to_nine(now: datetime, zones: list[str]) -> None:
    """On no clock where the reader may be, across every change of clocks, in any year."""
    at = earliest(now, zones, HOME, QuietHours())

    assert at >= now
    assert all(8 <= at.astimezone(ZoneInfo(zone)).hour < 21 for zone in zones)


@given(moments, st.lists(st.sampled_from(sorted(CONTIGUOUS_US)), min_size=1, unique=True))
def test_never_later_than_need_be(now: datetime, zones: list[str]) -> None:
    """Every minute before it is too early or too late on one of the clocks."""
    at = earliest(now, zones, HOME, QuietHours())
    clocks = [ZoneInfo(zone) for zone in zones]
    minutes = int((at - now) / timedelta(minutes=1))

    assert at - now < timedelta(hours=15)
    for minute in range(minutes):
        assert is_quiet(now + timedelta(minutes=minute), clocks, QuietHours())


@given(moments, a_place, hours)
def test_any_hours_in_any_place(now: datetime, zones: list[str], quiet: QuietHours) -> None:
    """The first moment that is quiet nowhere; where it is always quiet somewhere, at home."""
    at = earliest(now, zones, HOME, quiet)
    clocks = [ZoneInfo(zone) for zone in zones]

    assert at >= now
    if is_quiet(at, clocks, quiet):
        assert not is_quiet(at, [ZoneInfo(HOME)], quiet)
        assert all(
            is_quiet(now + timedelta(minutes=minute), clocks, quiet)
            for minute in range(0, 24 * 60, 15)
        )
    elif at > now:
        assert is_quiet(at - timedelta(seconds=1), clocks, quiet)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # Clocks go forward at 2 am on 8 March 2026, back at 2 am on 1 November 2026.
        (datetime(2026, 3, 8, 4, 0, tzinfo=UTC), datetime(2026, 3, 8, 13, 0, tzinfo=UTC)),
        (datetime(2026, 3, 7, 4, 0, tzinfo=UTC), datetime(2026, 3, 7, 14, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 3, 0, tzinfo=UTC), datetime(2026, 11, 1, 14, 0, tzinfo=UTC)),
        (datetime(2026, 10, 31, 3, 0, tzinfo=UTC), datetime(2026, 10, 31, 13, 0, tzinfo=UTC)),
        # 20:59:59 is day, 21:00 night.
        (
            datetime(2026, 11, 25, 2, 59, 59, tzinfo=UTC),
            datetime(2026, 11, 25, 2, 59, 59, tzinfo=UTC),
        ),
        (datetime(2026, 11, 25, 3, 0, tzinfo=UTC), datetime(2026, 11, 25, 14, 0, tzinfo=UTC)),
    ],
)
def test_eight_in_chicago(now: datetime, expected: datetime) -> None:
    """Also on the mornings after clocks changed."""
    assert earliest(now, [HOME], HOME, QuietHours()) == expected


def test_the_same_hour_means_never_quiet() -> None:
    """An institution may do without."""
    night = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    assert earliest(night, [HOME], HOME, QuietHours(8, 8)) == night


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+13165550199", {"America/Chicago"}),
        ("+12085551234", {"America/Boise", "America/Los_Angeles"}),
        ("+18085551234", {"Pacific/Honolulu"}),
        ("+18005550123", {"America/Denver"}),  # toll-free: anywhere, so the institution's
        ("+447700900123", {"America/Denver"}),  # not told by the number
        ("nonsense", {"America/Denver"}),
    ],
)
def test_where_a_reader_is(number: str, zones: set[str]) -> None:
    """The area code tells; where it doesn't, the institution's own zone holds."""
    assert set(zones_of_reader(number, "America/Denver")) == zones


def test_a_number_from_anywhere_in_the_country() -> None:
    """Every zone of the contiguous United States counts, and the institution's own."""
    zones = set(zones_of_reader("+15005550001", "Pacific/Honolulu"))

    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"} <= zones
    assert zones <= CONTIGUOUS_US | {"Pacific/Honolulu"}


def test_the_reason_is_told_by_the_readers_clock() -> None:
    """With the hour and the place whose night it is."""
    zones = ("America/New_York", "America/Los_Angeles")
    now = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # 9 am in New York, 6 am in Los Angeles
    at = earliest(now, zones, HOME, QuietHours())

    assert waits_until(at, zones, QuietHours()) == (
        "Waits until 8 am (Los Angeles time): students are not texted at night."
    )

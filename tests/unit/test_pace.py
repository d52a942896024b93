"""How fast texts may leave: never faster than the pace, and no slower than it need be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain import pace
from backend.domain.pace import LATE, LONG_CODE, TOLL_FREE, Pace, Progress

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
LONG, TOLL = "+13165550123", "+18885550123"


@pytest.mark.parametrize(
    ("number", "per_minute", "per_day", "expected"),
    [
        (LONG, None, None, LONG_CODE),
        (TOLL, None, None, TOLL_FREE),
        (LONG, 30, None, Pace(30, 2_000)),
        (TOLL, None, 500, Pace(180, 500)),
        (LONG, 600, 50_000, Pace(600, 50_000)),
    ],
)
def test_settings_come_before_the_default_of_the_line(
    number: str, per_minute: int | None, per_day: int | None, expected: Pace
) -> None:
    """1 segment a second for a long code, 3 for a toll-free number, unless somebody set it."""
    assert (LONG_CODE.per_minute, TOLL_FREE.per_minute) == (60, 180)
    assert pace.pace_of_number(number, per_minute, per_day) == expected


@given(
    st.integers(min_value=1, max_value=6_000),
    st.lists(
        st.tuples(
            st.floats(min_value=0, max_value=30),  # seconds that somebody comes late
            st.integers(min_value=1, max_value=11),
        ),
        min_size=1,
        max_size=40,
    ),
)
def test_never_faster_than_the_pace(per_minute: int, texts: list[tuple[float, int]]) -> None:
    """Whenever somebody looks: what left between any two texts took the time that it takes, but
    for the two seconds that one may come late without delaying those after it.
    """
    allowed = Pace(per_minute, None)
    progress, now = Progress(), NOW
    left: list[tuple[datetime, int]] = []
    for late_s, segments in texts:
        now = max(now, progress.next_at or now) + timedelta(seconds=late_s)
        assert pace.may_go(progress, now)
        left.append((now, segments))
        progress = pace.counted(progress, allowed, segments, now, TODAY)
    for first, (began, _) in enumerate(left):
        for last in range(first + 1, len(left)):
            segments = sum(count for _, count in left[first:last])
            took = left[last][0] - began + LATE
            assert took >= timedelta(minutes=segments / per_minute) - timedelta(milliseconds=1)


@given(st.lists(st.floats(min_value=0, max_value=1.9), min_size=2, max_size=100))
def test_the_pace_is_kept_though_everyone_is_a_little_late(lates: list[float]) -> None:
    """Workers look once a second or so: a hundred texts a second late still take 100 seconds."""
    progress = Progress()
    first = now = NOW
    for late_s in lates:
        now = (progress.next_at or NOW) + timedelta(seconds=late_s)
        progress = pace.counted(progress, LONG_CODE, 1, now, TODAY)
        first = min(first, now)

    assert now - NOW <= timedelta(seconds=len(lates) - 1 + lates[0] + lates[-1] + 0.001)


def test_a_text_before_its_turn_delays_those_after_it() -> None:
    """A reply goes at once, and counts."""
    progress = Progress()
    for _ in range(3):
        progress = pace.counted(progress, LONG_CODE, 2, NOW, TODAY)

    assert progress.next_at == NOW + timedelta(seconds=6)
    assert not pace.may_go(progress, NOW + timedelta(seconds=5.9))


def test_after_a_rest_nothing_is_saved_up() -> None:
    """An hour without texts is no hour's worth of texts at once."""
    progress = pace.counted(Progress(), LONG_CODE, 1, NOW, TODAY)
    later = NOW + timedelta(hours=1)
    progress = pace.counted(progress, LONG_CODE, 1, later, TODAY)

    assert progress.next_at == later + timedelta(seconds=1)


@given(st.integers(1, 50), st.lists(st.integers(1, 11), max_size=60))
def test_the_day_never_has_more_than_its_cap(cap: int, texts: list[int]) -> None:
    """But for a single text that is longer than the cap, which goes alone."""
    allowed = Pace(60, cap)
    progress = Progress()
    gone: list[int] = []
    for segments in texts:
        if pace.has_room(progress, allowed, segments, TODAY):
            progress = pace.counted(progress, allowed, segments, NOW, TODAY)
            gone.append(segments)

    assert sum(gone) <= cap or len(gone) == 1
    assert progress.counted == sum(gone)


def test_a_new_day_begins_at_nothing() -> None:
    """Yesterday's segments are no longer counted."""
    allowed = Pace(60, 2)
    progress = Progress(None, TODAY, 2)

    assert not pace.has_room(progress, allowed, 1, TODAY)
    assert pace.has_room(progress, allowed, 1, TODAY + timedelta(days=1))
    tomorrow = pace.counted(progress, allowed, 1, NOW, TODAY + timedelta(days=1))
    assert (tomorrow.counted_on, tomorrow.counted) == (TODAY + timedelta(days=1), 1)


def test_the_reason_names_the_cap() -> None:
    """As it stands under the text that waits."""
    assert (
        pace.cap_reached("number", 2_000)
        == "Waits until tomorrow: this number’s daily cap of 2,000 segments is reached."
    )

"""How fast texts leave a number: so many segments a minute, and so many a day.

Carriers hold a sender to a rate: a long code sends 1 segment a second, a toll-free number 3.
https://www.twilio.com/docs/messaging/guides/scaling-queueing-latency
T-Mobile brings so many segments a day of one registered sender, from all its numbers together, and
refuses what goes beyond (30023, 30027); 2,000 is the smallest allowance of a university.
https://www.twilio.com/docs/messaging/compliance/a2p-10dlc
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from backend.domain.phone_numbers import is_toll_free


@dataclass(frozen=True)
class Pace:
    """What is allowed, in segments; None is without limit."""

    per_minute: int | None
    per_day: int | None


@dataclass(frozen=True)
class Progress:
    """How far a number or campaign has come: when the next text may go (None: any time), and the
    segments of one day.
    """

    next_at: datetime | None = None
    counted_on: date | None = None
    counted: int = 0


LONG_CODE: Final = Pace(per_minute=60, per_day=2_000)
TOLL_FREE: Final = Pace(per_minute=180, per_day=None)
# Whoever comes this much late for their turn does not delay those after them.
LATE: Final = timedelta(seconds=2)


def pace_of_number(e164: str, per_minute: int | None, per_day: int | None) -> Pace:
    """A number's settings, and where they are None what holds for its kind of line."""
    usual = TOLL_FREE if is_toll_free(e164) else LONG_CODE
    return Pace(per_minute or usual.per_minute, per_day or usual.per_day)


def may_go(progress: Progress, now: datetime) -> bool:
    """Whether it is a text's turn."""
    return progress.next_at is None or progress.next_at <= now


def has_room(progress: Progress, pace: Pace, segments: int, today: date) -> bool:
    """Whether the day's cap has room for so many segments; a text longer than the whole cap goes
    as the first of a day, or it would never go.
    """
    counted = progress.counted if progress.counted_on == today else 0
    return pace.per_day is None or counted == 0 or counted + segments <= pace.per_day


def counted(progress: Progress, pace: Pace, segments: int, now: datetime, today: date) -> Progress:
    """How far it has come when a text of so many segments goes now, its turn or not.

    Between the first text of a run and any later one lies the time that all before it take.
    """
    is_running = progress.next_at is not None and progress.next_at >= now - LATE
    begin = progress.next_at if is_running and progress.next_at is not None else now
    took = timedelta(minutes=segments / pace.per_minute) if pace.per_minute else timedelta()
    before = progress.counted if progress.counted_on == today else 0
    return Progress(begin + took, today, before + segments)


def cap_reached(whose: str, per_day: int) -> str:
    """Why a text waits until the next day; `whose` is "number" or "campaign"."""
    segments = "1 segment" if per_day == 1 else f"{per_day:,} segments"
    return f"Waits until tomorrow: this {whose}’s daily cap of {segments} is reached."

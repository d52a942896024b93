"""How fast and how much a number or a campaign may send, where somebody has set it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from backend.domain.errors import Problem

# 100 segments a second, a short code's pace: the fastest that there is.
# https://help.twilio.com/articles/115002943027
MOST_PER_MINUTE: Final = 6_000
MOST_PER_DAY: Final = 1_000_000


@dataclass(frozen=True)
class PaceSettings:
    """Text segments in a minute and in a day; None is the default of the number's kind of line
    (of a campaign, its number's).
    """

    segments_per_minute: int | None
    segments_per_day: int | None


def faults(pace: PaceSettings) -> Iterator[Problem]:
    """What is wrong with a pace."""
    for field, most in (
        ("segments_per_minute", MOST_PER_MINUTE),
        ("segments_per_day", MOST_PER_DAY),
    ):
        segments: int | None = getattr(pace, field)
        if segments is not None and not 1 <= segments <= most:
            fix = f"Give a number from 1 to {most:,}, or nothing for the default."
            yield Problem(field, "out_of_range", fix)

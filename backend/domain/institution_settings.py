"""What an institution sets for all its offices, and what is wrong with a setting.

The law's quiet hours, before 8 am and after 9 pm in the reader's zone: 47 CFR 64.1200(c)(1). An
institution may text less of the day, never more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from backend.domain.consent import ConsentScope
from backend.domain.errors import Problem
from backend.domain.sms import segments

FROM_HOUR_AT_LATEST: Final = 21
UNTIL_HOUR_AT_EARLIEST: Final = 8
MOST_REPLIES_PER_HOUR: Final = 60
MOST_HOURS_IDLE: Final = 720
# Anything shorter would take away what a conversation that is going on still needs.
FEWEST_DAYS_KEPT: Final = 7
MOST_DAYS_KEPT: Final = 3_650
MOST_SEGMENTS: Final = 2
DAYS_KEPT: Final = ("messages_kept_days", "media_kept_days", "trackers_kept_days")
SAFETY_TEXTS: Final = ("safety_text_en", "safety_text_es")
# A line that somebody in danger can reach: 988, 911, or a number of the institution's own.
_A_NUMBER: Final = re.compile(r"\d{3}")


@dataclass(frozen=True)
class InstitutionSettings:
    """An institution's settings; the safety texts are None where the product's own is sent.

    `hand_back_after_hours` None is never; `…_kept_days` None keeps for good. Texts that staff
    start wait from `quiet_from_hour` to `quiet_until_hour`, full hours in the reader's zone.
    """

    opt_out_scope: ConsentScope
    safety_text_en: str | None
    safety_text_es: str | None
    replies_per_hour: int
    hand_back_after_hours: int | None
    quiet_from_hour: int
    quiet_until_hour: int
    messages_kept_days: int | None
    media_kept_days: int | None
    trackers_kept_days: int | None


def faults(settings: InstitutionSettings) -> Iterator[Problem]:
    """Everything that is wrong with an institution's settings."""
    for field in SAFETY_TEXTS:
        text: str | None = getattr(settings, field)
        if text is not None:
            yield from faults_of_text(field, text, "safety text")
    if not 1 <= settings.replies_per_hour <= MOST_REPLIES_PER_HOUR:
        yield _out_of_range("replies_per_hour", 1, MOST_REPLIES_PER_HOUR)
    idle = settings.hand_back_after_hours
    if idle is not None and not 1 <= idle <= MOST_HOURS_IDLE:
        yield _out_of_range("hand_back_after_hours", 1, MOST_HOURS_IDLE)
    yield from _faults_of_quiet_hours(settings.quiet_from_hour, settings.quiet_until_hour)
    for field in DAYS_KEPT:
        days: int | None = getattr(settings, field)
        if days is not None and not FEWEST_DAYS_KEPT <= days <= MOST_DAYS_KEPT:
            yield _out_of_range(field, FEWEST_DAYS_KEPT, MOST_DAYS_KEPT)


def warnings(settings: InstitutionSettings) -> Iterator[Problem]:
    """What may be meant so, and should be looked at all the same."""
    for field in SAFETY_TEXTS:
        text: str | None = getattr(settings, field)
        if text is not None and not _A_NUMBER.search(text):
            fix = (
                "This text names no number to call. In the US it should name 988, or another "
                "line that answers day and night."
            )
            yield Problem(field, "no_number_to_call", fix)


def faults_of_text(field: str, text: str, what: str) -> Iterator[Problem]:
    """What is wrong with a text that goes to students by itself; `what` names it."""
    if not text.strip():
        yield Problem(field, "missing", f"Write the {what}, or leave it to the product’s own.")
        return
    cost = segments(text)
    if cost.count > MOST_SEGMENTS:
        longest = 306 if cost.encoding == "GSM-7" else 134
        fix = (
            f"Shorten the {what}: it takes {cost.count} text segments, and {MOST_SEGMENTS} are "
            f"the most. That is {longest} characters"
        )
        fix += "." if cost.encoding == "GSM-7" else " with special ones in it, 306 without."
        yield Problem(field, "too_long", fix)


def _faults_of_quiet_hours(from_hour: int, until_hour: int) -> Iterator[Problem]:
    if not UNTIL_HOUR_AT_EARLIEST <= until_hour <= FROM_HOUR_AT_LATEST - 1:
        fix = (
            f"Texts may begin at {UNTIL_HOUR_AT_EARLIEST} at the earliest, in the student’s "
            "zone: choose an hour from 8 to 20."
        )
        yield Problem("quiet_until_hour", "out_of_range", fix)
    if not UNTIL_HOUR_AT_EARLIEST + 1 <= from_hour <= FROM_HOUR_AT_LATEST:
        fix = (
            f"Texts must end at {FROM_HOUR_AT_LATEST} (9 pm) at the latest, in the student’s "
            "zone: choose an hour from 9 to 21."
        )
        yield Problem("quiet_from_hour", "out_of_range", fix)
    elif from_hour <= until_hour:
        fix = "Quiet hours must begin later in the day than they end, or nothing could be sent."
        yield Problem("quiet_from_hour", "no_time_left", fix)


def _out_of_range(field: str, least: int, most: int) -> Problem:
    return Problem(field, "out_of_range", f"Give a number from {least} to {most:,}.")

"""Quiet hours: when nobody is texted who did not just text us, by the reader's own clock.

The Telephone Consumer Protection Act's rules allow calls from 8 am to 9 pm local time at the
called party's location (47 CFR 64.1200(c)(1)), which the hours default to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from backend.domain.phone_numbers import is_toll_free

# More zones than a number of one place has: it may be anywhere in its country.
MOST_ZONES_OF_A_PLACE: Final = 4
CONTIGUOUS_US: Final = frozenset(
    {
        "America/Boise",
        "America/Chicago",
        "America/Denver",
        "America/Detroit",
        "America/Los_Angeles",
        "America/New_York",
        "America/Phoenix",
    }
)
# Every clock's offset, and every change of it, is a multiple of this.
_STEP: Final = timedelta(minutes=15)
_LONGEST: Final = timedelta(days=2)
_NOON: Final = 12


@dataclass(frozen=True)
class QuietHours:
    """From this hour until that one (0 to 23) it is quiet; never, if they are the same."""

    from_hour: int = 21
    until_hour: int = 8

    def covers(self, hour: int) -> bool:
        """Whether it is quiet in this hour of the day."""
        if self.from_hour <= self.until_hour:
            return self.from_hour <= hour < self.until_hour
        return hour >= self.from_hour or hour < self.until_hour


def zones_of_reader(e164: str, home: str) -> tuple[str, ...]:
    """The time zones in one of which the owner of a number is, by its area code.

    `home` is the institution's own: it holds where the number tells nothing, and counts with the
    contiguous United States where a number may be anywhere there.
    """
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return (home,)
    zones = tuple(zone for zone in time_zones_for_number(number) if zone != UNKNOWN_TIMEZONE)
    if not zones or is_toll_free(e164):
        return (home,)
    if len(zones) <= MOST_ZONES_OF_A_PLACE:
        return zones
    mainland = tuple(zone for zone in zones if zone in CONTIGUOUS_US)
    return tuple(dict.fromkeys((*mainland, home))) if mainland else zones


def is_quiet(at: datetime, zones: Iterable[ZoneInfo], quiet: QuietHours) -> bool:
    """Whether it is quiet at that moment in any of the zones."""
    return any(quiet.covers(at.astimezone(zone).hour) for zone in zones)


def earliest(now: datetime, zones: Sequence[str], home: str, quiet: QuietHours) -> datetime:
    """The first moment from now on when it is quiet in none of the zones.

    Where there is none (zones all around the globe), the first that is not quiet at home.
    """
    clocks = [ZoneInfo(zone) for zone in zones]
    if not is_quiet(now, clocks, quiet):
        return now
    moment = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    while moment < now + _LONGEST:
        moment += _STEP
        if not is_quiet(moment, clocks, quiet):
            return moment
    return earliest(now, (home,), home, quiet) if tuple(zones) != (home,) else now


def waits_until(moment: datetime, zones: Sequence[str], quiet: QuietHours) -> str:
    """Why a text waits until then, by a clock on which it is quiet just before."""
    before = moment - _STEP
    zone = next((each for each in zones if is_quiet(before, [ZoneInfo(each)], quiet)), zones[0])
    local = moment.astimezone(ZoneInfo(zone))
    hour = f"{local.hour % _NOON or _NOON}{f':{local.minute:02d}' if local.minute else ''}"
    half = "am" if local.hour < _NOON else "pm"
    place = zone.rpartition("/")[2].replace("_", " ")
    return f"Waits until {hour} {half} ({place} time): students are not texted at night."

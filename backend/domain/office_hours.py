"""When an office is open, and how a student is told that it is not.

Hours are of the wall clock in the office's own zone, so that they hold on both sides of a change
to summer time; moments are compared in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from backend.domain.sms import frugal

# An office whose next opening is further away than this has none that is worth telling.
LOOKS_AHEAD_DAYS: Final = 366
# The last minute that hours can name; an office that closes then is open to midnight.
LAST_MINUTE: Final = "23:59"

type Language = Literal["en", "es"]

DAYS: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
MONTHS: Final[dict[Language, tuple[str, ...]]] = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
    "es": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
        *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
}


@dataclass(frozen=True)
class OpenSpan:
    """A time in which an office is open on a weekday (0 is Monday), "HH:MM" to "HH:MM"."""

    weekday: int
    opens: str
    closes: str


@dataclass(frozen=True)
class Hours:
    """An office's hours in its time zone (IANA), and the days on which it is closed all the same.
    Without any spans it never closes.
    """

    zone: str
    spans: tuple[OpenSpan, ...]
    holidays: frozenset[date] = frozenset()


def is_open(hours: Hours, at: datetime) -> bool:
    """Whether an office is open at a moment: from the minute it opens to just before it closes."""
    if not hours.spans:
        return True
    return any(opens <= at < closes for opens, closes in _open_on(hours, local_day(hours, at)))


def next_opening(hours: Hours, at: datetime) -> datetime | None:
    """When an office opens next after a moment, in its own zone; None when it never closes or
    doesn't open within a year.
    """
    today = local_day(hours, at)
    for ahead in range(LOOKS_AHEAD_DAYS):
        for opens, _closes in _open_on(hours, today + timedelta(days=ahead)):
            if opens > at:
                return opens.astimezone(ZoneInfo(hours.zone))
    return None


def local_day(hours: Hours, at: datetime) -> date:
    """The day that it is at the office."""
    return at.astimezone(ZoneInfo(hours.zone)).date()


def away_note(office: str, hours: Hours, at: datetime, language: Language) -> str:
    """What a student is told by an office that is closed and has no words of its own."""
    opening = next_opening(hours, at)
    if language == "es":
        # "A. m." ends the sentence as well.
        when = in_words(opening, local_day(hours, at), "es") if opening else ""
        again = f" Abrimos {when.removesuffix('.')}." if when else ""
        note = f"{office}: la oficina está cerrada ahora.{again} Una persona leerá su mensaje."
        return frugal(note, most=1)
    again = f" and opens again {in_words(opening, local_day(hours, at), 'en')}" if opening else ""
    return frugal(f"{office} is closed now{again}. A person will read your message then.", most=1)


def in_words(opening: datetime, today: date, language: Language) -> str:
    """An opening as it is said on a day: "today at 1 pm", "on Monday at 8:30 am", and from a week
    ahead with its date.
    """
    return f"{_day_in_words(opening.date(), today, language)} {_clock(opening, language)}"


def _day_in_words(day: date, today: date, language: Language) -> str:
    ahead = (day - today).days
    weekday, month = DAYS[language][day.weekday()], MONTHS[language][day.month - 1]
    if ahead <= 1:
        return {"en": ("today", "tomorrow"), "es": ("hoy", "mañana")}[language][ahead]
    if language == "es":
        return f"el {weekday}" if ahead < 7 else f"el {weekday} {day.day} de {month}"
    return f"on {weekday}" if ahead < 7 else f"on {weekday}, {month} {day.day}"


def _clock(at: datetime, language: Language) -> str:
    hour = at.hour % 12 or 12
    said = f"{hour}:{at.minute:02}" if at.minute or language == "es" else str(hour)
    if language == "es":
        return f"{'a la' if hour == 1 else 'a las'} {said} {'a. m.' if at.hour < 12 else 'p. m.'}"
    return f"at {said} {'am' if at.hour < 12 else 'pm'}"


def _open_on(hours: Hours, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The spans of a day as moments in UTC, earliest first."""
    if day in hours.holidays:
        return
    for span in sorted(hours.spans, key=lambda span: span.opens):
        if span.weekday == day.weekday():
            is_to_midnight = span.closes == LAST_MINUTE
            closes_on = day + timedelta(days=1) if is_to_midnight else day
            closes_at = "00:00" if is_to_midnight else span.closes
            yield _moment(hours, day, span.opens), _moment(hours, closes_on, closes_at)


def _moment(hours: Hours, day: date, clock: str) -> datetime:
    local = datetime.combine(day, time.fromisoformat(clock), ZoneInfo(hours.zone))
    return local.astimezone(UTC)

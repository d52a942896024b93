"""What an office sets for itself: when it is open, what students hear when it is not, whom to
call, what its agents often write. Pure: reading what was typed, and what is wrong with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Final

import phonenumbers

from backend.domain.errors import Problem
from backend.domain.institution_settings import faults_of_text
from backend.domain.office_hours import LAST_MINUTE
from backend.domain.sms import LONGEST_TEXT

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
AWAY_TEXTS: Final = ("away_text_en", "away_text_es")
LONGEST_NAME: Final = 100
LONGEST_TITLE: Final = 80
MOST_SPANS: Final = 6
MOST_HOLIDAYS: Final = 100
MOST_ON_CALL: Final = 10
MOST_CANNED: Final = 100
_NAMED_TIMES: Final = {"noon": "12:00", "12 noon": "12:00", "midnight": "00:00", "24:00": "00:00"}
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
# "9", "9:30", "09.30", "9 am", "4:30 p.m.", "16 h"
_TYPED_TIME: Final = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?:(?P<half>[ap])\.?\s*m\.?|h)?", re.I
)
_BETWEEN_TIMES: Final = re.compile(r"\s*(?:-|–|—|\bto\b)\s*", re.I)


@dataclass(frozen=True, order=True)
class Span:
    """A time in which an office is open on one day: "HH:MM" to "HH:MM" in its own zone."""

    opens: str
    closes: str


type Week = tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, order=True)
class Holiday:
    """A day on which an office is closed."""

    day: date
    name: str


@dataclass(frozen=True)
class OnCall:
    """Whom to text when a student is in a crisis; `phone_number` is E.164, US."""

    name: str
    phone_number: str


@dataclass(frozen=True)
class Canned:
    """A reply that agents use again and again; `id` None is a new one."""

    id: str | None
    title: str
    body: str


@dataclass(frozen=True)
class OfficeSettings:
    """An office's settings. `hours` are seven days, Monday first; without any it never closes.
    The away texts are None where the product's own is sent.
    """

    hours: Week
    holidays: tuple[Holiday, ...]
    away_text_en: str | None
    away_text_es: str | None
    on_call: tuple[OnCall, ...]
    canned_replies: tuple[Canned, ...]


def faults(settings: OfficeSettings) -> Iterator[Problem]:
    """Everything that is wrong with an office's settings; the fields of lists are dotted with
    the place in the list, from 0.
    """
    for weekday, spans in zip(WEEKDAYS, settings.hours, strict=True):
        fault = _fault_of_day(f"hours.{weekday}", spans)
        if fault is not None:
            yield fault
    yield from _faults_of_holidays(settings.holidays)
    for field in AWAY_TEXTS:
        text: str | None = getattr(settings, field)
        if text is not None:
            yield from faults_of_text(field, text, "away note")
    yield from _faults_of_on_call(settings.on_call)
    yield from _faults_of_canned(settings.canned_replies)


def told(hours: Week) -> str | None:
    """Opening hours as students are told: "Monday to Friday, 8 am to 5 pm"; None where there
    are none. Days in a row with the same hours stand together.
    """
    days = ((index, tuple(sorted(spans))) for index, spans in enumerate(hours))
    parts = []
    for spans, run in groupby(days, key=itemgetter(1)):
        row = [index for index, _ in run]
        if spans:
            words = " and ".join(f"{_clock(span.opens)} to {_clock(span.closes)}" for span in spans)
            parts.append(f"{_days(row[0], row[-1])}, {words}")
    return "; ".join(parts) or None


def written(spans: Sequence[Span]) -> str:
    """A day's hours as they stand in a field: `09:00-12:00, 13:00-16:00`; empty when closed."""
    return ", ".join(f"{span.opens}-{span.closes}" for span in spans)


def read_spans(typed: str) -> tuple[Span, ...] | None:
    """The hours that somebody typed for a day: `9-12, 13:00-16:30` or `9 am to 4 pm`; nothing
    is a day closed. None where it cannot be read.
    """
    if typed.strip().casefold() in ("", "closed", "-", "–"):
        return ()
    spans = []
    for part in re.split(r"[,;]|\band\b", typed):
        ends = [_read_time(end) for end in _BETWEEN_TIMES.split(part.strip())]
        if len(ends) != 2 or ends[0] is None or ends[1] is None:
            return None
        spans.append(Span(ends[0], LAST_MINUTE if ends[1] == "00:00" else ends[1]))
    return tuple(spans)


def read_holidays(typed: str) -> tuple[Holiday, ...] | int:
    """Holidays typed one a line, `2026-12-25 Christmas Day`; the number of the first line that
    cannot be read, from 1.
    """
    found = []
    for number, line in enumerate(typed.splitlines(), 1):
        day, _, name = line.strip().partition(" ")
        if not day:
            continue
        try:
            found.append(Holiday(date.fromisoformat(day.rstrip(":,")), " ".join(name.split())))
        except ValueError:
            return number
    return tuple(found)


def as_us_number(written_number: str) -> str | None:
    """A US phone number as E.164; None where it is none."""
    try:
        number = phonenumbers.parse(written_number, "US")
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != 1 or number.extension:
        return None
    # Made-up numbers (555-01…) are possible and not valid: the sandbox's people have them.
    if not phonenumbers.is_possible_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164 if re.fullmatch(r"\+1[2-9]\d{2}[2-9]\d{6}", e164) else None


def _fault_of_day(field: str, spans: Sequence[Span]) -> Problem | None:
    if len(spans) > MOST_SPANS:
        return Problem(field, "too_many", f"Give at most {MOST_SPANS} spans for a day.")
    if not all(_TIME.fullmatch(end) for span in spans for end in (span.opens, span.closes)):
        fix = "Write times as HH:MM from 00:00 to 23:59, such as 09:00-16:30."
        return Problem(field, "invalid_time", fix)
    for span in spans:
        if span.opens >= span.closes:
            fix = (
                f"{span.opens}-{span.closes} closes before it opens. Write 2 pm or 14:00 for the "
                "afternoon; past midnight, use two days."
            )
            return Problem(field, "closes_before_it_opens", fix)
    for before, after in pairwise(sorted(spans)):
        if after.opens < before.closes:
            fix = f"{written((before,))} and {written((after,))} overlap. Make them one."
            return Problem(field, "overlap", fix)
    return None


def _faults_of_holidays(holidays: Sequence[Holiday]) -> Iterator[Problem]:
    if len(holidays) > MOST_HOLIDAYS:
        yield Problem("holidays", "too_many", f"Give at most {MOST_HOLIDAYS} holidays.")
    if any(not holiday.name for holiday in holidays):
        yield Problem("holidays", "missing", "Name every holiday: 2026-12-25 Christmas Day.")
    if any(len(holiday.name) > LONGEST_NAME for holiday in holidays):
        fix = f"Keep a holiday’s name within {LONGEST_NAME} characters."
        yield Problem("holidays", "too_long", fix)
    twice = sorted(_twice(holiday.day for holiday in holidays))
    if twice:
        yield Problem("holidays", "twice", f"{twice[0]} is there twice. Leave one.")


def _faults_of_on_call(people: Sequence[OnCall]) -> Iterator[Problem]:
    if len(people) > MOST_ON_CALL:
        yield Problem("on_call", "too_many", f"Give at most {MOST_ON_CALL} people on call.")
    twice = _twice(as_us_number(person.phone_number) for person in people)
    for place, person in enumerate(people):
        if not person.name:
            yield Problem(f"on_call.{place}.name", "missing", "Give the person’s name.")
        elif len(person.name) > LONGEST_NAME:
            fix = f"Keep the name within {LONGEST_NAME} characters."
            yield Problem(f"on_call.{place}.name", "too_long", fix)
        number = as_us_number(person.phone_number)
        field = f"on_call.{place}.phone_number"
        if number is None:
            fix = "Give a US phone number that takes texts, such as (316) 555-0123."
            yield Problem(field, "invalid_number", fix)
        elif number in twice:
            yield Problem(field, "twice", "This number is there twice. Leave one.")


def _faults_of_canned(replies: Sequence[Canned]) -> Iterator[Problem]:
    if len(replies) > MOST_CANNED:
        yield Problem("canned_replies", "too_many", f"Keep at most {MOST_CANNED} canned replies.")
    twice = _twice(reply.title for reply in replies)
    same = _twice(reply.id for reply in replies if reply.id is not None)
    for place, reply in enumerate(replies):
        at_title, at_body = (f"canned_replies.{place}.{part}" for part in ("title", "body"))
        if reply.id in same:
            fix = "This id is there twice. Leave it out for a new reply."
            yield Problem(f"canned_replies.{place}.id", "twice", fix)
        if not reply.title:
            yield Problem(at_title, "missing", "Give the reply a title to find it by.")
        elif len(reply.title) > LONGEST_TITLE:
            fix = f"Keep the title within {LONGEST_TITLE} characters."
            yield Problem(at_title, "too_long", fix)
        elif reply.title in twice:
            yield Problem(at_title, "twice", "Another reply has this title. Choose another.")
        if not reply.body.strip():
            yield Problem(at_body, "missing", "Write the reply.")
        elif len(reply.body) > LONGEST_TEXT:
            fix = (
                f"Keep the reply within {LONGEST_TEXT:,} characters, the most that one text takes."
            )
            yield Problem(at_body, "too_long", fix)


def _twice[Thing](things: Iterator[Thing]) -> set[Thing]:
    return {thing for thing, times in Counter(things).items() if times > 1}


def _read_time(typed: str) -> str | None:
    named = _NAMED_TIMES.get(typed.strip().casefold())
    if named is not None:
        return named
    found = _TYPED_TIME.fullmatch(typed.strip())
    if found is None:
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


def _clock(time: str) -> str:
    hour, minute = int(time[:2]), time[3:]
    if time == "12:00":
        return "noon"
    if time in ("00:00", LAST_MINUTE):
        return "midnight"
    minutes = "" if minute == "00" else f":{minute}"
    return f"{hour % 12 or 12}{minutes} {'am' if hour < 12 else 'pm'}"


def _days(first: int, last: int) -> str:
    names = [WEEKDAYS[index].capitalize() for index in (first, last)]
    if first == last:
        return names[0]
    return f"{names[0]} {'and' if last == first + 1 else 'to'} {names[1]}"

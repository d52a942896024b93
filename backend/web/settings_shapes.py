"""Settings of institutions and offices, and the pace of sending, as JSON."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from backend.domain import institution_settings
from backend.domain.consent import ConsentScope
from backend.domain.institution_settings import DAYS_KEPT, SAFETY_TEXTS, InstitutionSettings
from backend.domain.office_settings import (
    AWAY_TEXTS,
    LONGEST_NAME,
    LONGEST_TITLE,
    MOST_CANNED,
    MOST_HOLIDAYS,
    MOST_ON_CALL,
    MOST_SPANS,
    WEEKDAYS,
    Canned,
    Holiday,
    OnCall,
    Span,
    Week,
)
from backend.domain.pace_settings import MOST_PER_DAY, MOST_PER_MINUTE
from backend.domain.sms import LONGEST_TEXT
from backend.services.office_settings import OfficeRun
from backend.web.shapes import Line, ProblemItem, Shape

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MAY_BE_NOTHING: Final = {*SAFETY_TEXTS, "hand_back_after_hours", *DAYS_KEPT}
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Days = Annotated[
    int,
    Field(
        ge=institution_settings.FEWEST_DAYS_KEPT,
        le=institution_settings.MOST_DAYS_KEPT,
        description="Days after which it is deleted; null keeps it.",
    ),
]
RepliesPerHour = Annotated[int, Field(ge=1, le=institution_settings.MOST_REPLIES_PER_HOUR)]
HoursIdle = Annotated[
    int,
    Field(ge=1, le=institution_settings.MOST_HOURS_IDLE, description="Null is never."),
]
QuietFrom = Annotated[int, Field(ge=9, le=institution_settings.FROM_HOUR_AT_LATEST)]
QuietUntil = Annotated[
    int,
    Field(
        ge=institution_settings.UNTIL_HOUR_AT_EARLIEST,
        le=institution_settings.FROM_HOUR_AT_LATEST - 1,
    ),
]
Time = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="HH:MM")]
PerMinute = Annotated[int, Field(ge=1, le=MOST_PER_MINUTE)]
PerDay = Annotated[int, Field(ge=1, le=MOST_PER_DAY)]


def _as_a_day(value: object) -> object:
    """Let pass a day, or one written as ISO 8601 has it: pydantic alone takes numbers too."""
    is_day = isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value))
    if not is_day:
        raise ValueError("write a day as 2026-12-25")
    return value


Day = Annotated[date, BeforeValidator(_as_a_day)]


class InstitutionSettingsIn(Shape):
    """What to change; what is left out stays. Null is the product's own text, never (handing
    back), or for good (days kept); else as if it were left out.
    """

    opt_out_scope: ConsentScope | None = None
    safety_text_en: Text | None = None
    safety_text_es: Text | None = None
    replies_per_hour: RepliesPerHour | None = None
    hand_back_after_hours: HoursIdle | None = None
    quiet_from_hour: QuietFrom | None = None
    quiet_until_hour: QuietUntil | None = None
    messages_kept_days: Days | None = None
    media_kept_days: Days | None = None
    trackers_kept_days: Days | None = None

    def changes(self) -> dict[str, object]:
        """What was sent, as `InstitutionSettings` has it."""
        sent = {field: getattr(self, field) for field in self.model_fields_set}
        return {
            field: value
            for field, value in sent.items()
            if value is not None or field in MAY_BE_NOTHING
        }


class InstitutionSettingsOut(Shape):
    """An institution's settings; `warnings` are what should be looked at once more."""

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
    warnings: list[ProblemItem]

    @classmethod
    def of(cls, settings: InstitutionSettings) -> InstitutionSettingsOut:
        """The settings as JSON."""
        found = [vars(each) for each in institution_settings.warnings(settings)]
        return cls.model_validate(vars(settings) | {"warnings": found})


class SpanShape(Shape):
    """From when to when an office is open, in its own zone."""

    opens: Time
    closes: Time


Spans = Annotated[list[SpanShape], Field(max_length=MOST_SPANS)]


class WeekShape(Shape):
    """Opening hours; a day without any is a day closed, a week without any never closes."""

    monday: Spans = Field(default_factory=list)
    tuesday: Spans = Field(default_factory=list)
    wednesday: Spans = Field(default_factory=list)
    thursday: Spans = Field(default_factory=list)
    friday: Spans = Field(default_factory=list)
    saturday: Spans = Field(default_factory=list)
    sunday: Spans = Field(default_factory=list)

    def week(self) -> Week:
        """The seven days, Monday first."""
        days = (getattr(self, weekday) for weekday in WEEKDAYS)
        return tuple(tuple(Span(each.opens, each.closes) for each in day) for day in days)

    @classmethod
    def of(cls, week: Week) -> WeekShape:
        """The seven days by their names."""
        return cls.model_validate(dict(zip(WEEKDAYS, week, strict=True)))


class HolidayShape(Shape):
    """A day on which the office is closed."""

    day: Day
    name: Annotated[Line, Field(max_length=LONGEST_NAME)]


class OnCallShape(Shape):
    """Whom to text when a student is in a crisis, at a US phone number."""

    name: Annotated[Line, Field(max_length=LONGEST_NAME)]
    phone_number: Annotated[str, Field(max_length=40)]


class CannedIn(Shape):
    """A reply that agents use often; `id` of the one to change, left out for a new one."""

    id: Annotated[str, Field(max_length=40)] | None = None
    title: Annotated[Line, Field(max_length=LONGEST_TITLE)]
    body: Text


class CannedOut(Shape):
    """A reply that agents use often."""

    id: str
    title: str
    body: str


class OfficeSettingsIn(Shape):
    """What to change; what is left out stays, and a list is replaced as a whole. Null is the
    product's own away note; else as if it were left out.
    """

    hours: WeekShape | None = None
    holidays: Annotated[list[HolidayShape], Field(max_length=MOST_HOLIDAYS)] | None = None
    away_text_en: Text | None = None
    away_text_es: Text | None = None
    on_call: Annotated[list[OnCallShape], Field(max_length=MOST_ON_CALL)] | None = None
    canned_replies: Annotated[list[CannedIn], Field(max_length=MOST_CANNED)] | None = None

    def changes(self) -> dict[str, object]:
        """What was sent, as `OfficeSettings` has it."""
        found: dict[str, object] = {
            field: getattr(self, field) for field in AWAY_TEXTS if field in self.model_fields_set
        }
        if self.hours is not None:
            found["hours"] = self.hours.week()
        if self.holidays is not None:
            found["holidays"] = tuple(Holiday(each.day, each.name) for each in self.holidays)
        if self.on_call is not None:
            found["on_call"] = tuple(OnCall(each.name, each.phone_number) for each in self.on_call)
        if self.canned_replies is not None:
            found["canned_replies"] = tuple(
                Canned(each.id, each.title, each.body) for each in self.canned_replies
            )
        return found


class OfficeSettingsOut(Shape):
    """An office's settings; `hours_told` is what students are told, written from the hours."""

    id: str
    name: str
    time_zone: str
    hours_told: str | None
    hours: WeekShape
    holidays: list[HolidayShape]
    away_text_en: str | None
    away_text_es: str | None
    on_call: list[OnCallShape]
    canned_replies: list[CannedOut]

    @classmethod
    def of(cls, office: OfficeRun) -> OfficeSettingsOut:
        """The settings as JSON."""
        settings = vars(office.settings) | {"hours": WeekShape.of(office.settings.hours)}
        about = {field: value for field, value in vars(office).items() if field != "settings"}
        return cls.model_validate(about | settings)


class OfficePath(Shape):
    """An office's id in the address."""

    office_id: Annotated[str, Field(max_length=40, description="As in the list of offices.")]


class PaceIn(Shape):
    """What to change of a pace; what is left out stays, null is the default."""

    segments_per_minute: PerMinute | None = None
    segments_per_day: PerDay | None = None


class PaceOut(Shape):
    """Text segments in a minute and in a day; null is the default."""

    segments_per_minute: int | None
    segments_per_day: int | None

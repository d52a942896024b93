"""Settings without a database: what is read, what is told, what no setting may widen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain import edits, institution_settings, office_settings
from backend.domain.consent import ConsentScope
from backend.domain.edits import MEANWHILE
from backend.domain.errors import InvalidRequest
from backend.domain.institution_settings import InstitutionSettings
from backend.domain.office_settings import (
    Canned,
    Holiday,
    OfficeSettings,
    OnCall,
    Span,
    as_us_number,
    read_holidays,
    read_spans,
    told,
    written,
)
from backend.domain.pace_settings import PaceSettings
from backend.domain.pace_settings import faults as faults_of_pace
from backend.domain.sms import segments

USUAL = InstitutionSettings(ConsentScope.NUMBER, None, None, 10, 24, 21, 8, None, None, None)
NOTHING = OfficeSettings(((),) * 7, (), None, None, (), ())
NINE_TO_FOUR = (Span("09:00", "16:00"),)


@st.composite
def days(draw: st.DrawFn) -> tuple[Span, ...]:
    """A day's hours that are in order and apart."""
    minutes = sorted(draw(st.sets(st.integers(0, 1_439), max_size=8)))
    times = [f"{minute // 60:02}:{minute % 60:02}" for minute in minutes]
    return tuple(Span(*pair) for pair in zip(times[::2], times[1::2], strict=False))


def with_(**changes: object) -> InstitutionSettings:
    """The usual settings but for these."""
    return edits.merged(USUAL, changes, None)


def codes(settings: InstitutionSettings) -> dict[str, str]:
    """Field to code of every fault."""
    return {fault.field: fault.code for fault in institution_settings.faults(settings)}


def test_the_usual_settings_are_good() -> None:
    """An institution as it is made, and an office that has set nothing, have no fault."""
    assert codes(USUAL) == {} and list(office_settings.faults(NOTHING)) == []


@given(st.integers(-30, 50), st.integers(-30, 50))
def test_quiet_hours_are_never_shorter_than_the_laws(from_hour: int, until_hour: int) -> None:
    """Whatever is asked for: good ones let texts out from 8 to 21 only, and some of that time."""
    good = not codes(with_(quiet_from_hour=from_hour, quiet_until_hour=until_hour))

    assert good == (8 <= until_hour < from_hour <= 21)


@given(st.text(max_size=400))
def test_a_good_safety_text_is_two_segments_at_most(text: str) -> None:
    """Whatever is in it; and it says something."""
    faults = codes(with_(safety_text_en=text))

    assert (not faults) == bool(text.strip() and segments(text).count <= 2)


@given(st.one_of(st.none(), st.integers()), st.sampled_from(institution_settings.DAYS_KEPT))
def test_days_kept_are_within_bounds(days_kept: int | None, field: str) -> None:
    """A week at least, so that nothing goes which a conversation still needs; or for good."""
    good = not codes(with_(**{field: days_kept}))

    assert good == (days_kept is None or 7 <= days_kept <= 3_650)


@given(days())
def test_hours_are_read_as_they_are_written(spans: tuple[Span, ...]) -> None:
    """A field that nobody touched means the same hours."""
    assert read_spans(written(spans)) == spans


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        ("9-16:30", (Span("09:00", "16:30"),)),
        ("9 am to 4:30 pm", (Span("09:00", "16:30"),)),
        ("8:30 a.m. – 12 p.m., 1 PM-5 PM", (Span("08:30", "12:00"), Span("13:00", "17:00"))),
        ("12 am to noon", (Span("00:00", "12:00"),)),
        ("6 pm to midnight, 0:00-24:00", (Span("18:00", "23:59"), Span("00:00", "23:59"))),
        ("9.15 – 12 and 13-14", (Span("09:15", "12:00"), Span("13:00", "14:00"))),
        ("Closed", ()),
        ("  ", ()),
    ],
)
def test_hours_as_people_type_them(typed: str, spans: tuple[Span, ...]) -> None:
    """With or without minutes, am and pm, any dash."""
    assert read_spans(typed) == spans


@pytest.mark.parametrize(
    "typed", ["mornings", "9", "9-", "9-10-11", "25-26", "9:60-10", "13 pm-14"]
)
def test_hours_that_cannot_be_read(typed: str) -> None:
    """None, so that somebody is asked, and nothing is guessed."""
    assert read_spans(typed) is None


@given(st.text(max_size=40))
def test_anything_typed_is_read_or_not(typed: str) -> None:
    """Never an error; what is read has the form of times."""
    spans = read_spans(typed) or ()
    holidays = read_holidays(typed)

    assert all(len(end) == 5 for span in spans for end in (span.opens, span.closes))
    assert isinstance(holidays, int | tuple)


@given(st.tuples(*[days()] * 7))
def test_good_hours_are_told(hours: tuple[tuple[Span, ...], ...]) -> None:
    """In order and apart is good; told are exactly the days that have hours."""
    faults = list(office_settings.faults(edits.merged(NOTHING, {"hours": hours}, None)))
    words = told(hours)

    assert faults == []
    assert (words is None) == (not any(hours))


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ((NINE_TO_FOUR,) * 5 + ((), ()), "Monday to Friday, 9 am to 4 pm"),
        (
            (NINE_TO_FOUR,) * 4 + ((Span("08:30", "12:00"),), (), ()),
            "Monday to Thursday, 9 am to 4 pm; Friday, 8:30 am to noon",
        ),
        (
            (NINE_TO_FOUR, (), (*NINE_TO_FOUR, Span("18:00", "20:00")), (), (), (), ()),
            "Monday, 9 am to 4 pm; Wednesday, 9 am to 4 pm and 6 pm to 8 pm",
        ),
        (((),) * 5 + (NINE_TO_FOUR,) * 2, "Saturday and Sunday, 9 am to 4 pm"),
        (((Span("18:00", "23:59"),),) + ((),) * 6, "Monday, 6 pm to midnight"),
        ((), None),
    ],
)
def test_how_hours_are_told(hours: tuple[tuple[Span, ...], ...], words: str | None) -> None:
    """As an office would put it."""
    assert told(hours) == words


@pytest.mark.parametrize(
    ("spans", "code"),
    [
        ((Span("09:00", "09:00"),), "closes_before_it_opens"),
        ((Span("22:00", "02:00"),), "closes_before_it_opens"),
        ((Span("09:00", "12:00"), Span("11:00", "13:00")), "overlap"),
        ((Span("09:00", "24:00"),), "invalid_time"),
        ((Span("9:00", "12:00"),), "invalid_time"),
        (tuple(Span(f"0{hour}:00", f"0{hour}:30") for hour in range(7)), "too_many"),
    ],
)
def test_bad_hours_are_named(spans: tuple[Span, ...], code: str) -> None:
    """Backwards, over midnight, overlapping, no time, too many."""
    hours = (spans, *((),) * 6)
    (fault,) = office_settings.faults(edits.merged(NOTHING, {"hours": hours}, None))

    assert (fault.field, fault.code) == ("hours.monday", code)


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("(316) 555-0140", "+13165550140"),
        ("+1 316 555 0140", "+13165550140"),
        ("988", None),
        ("55501", None),
        ("+44 20 7183 8750", None),
        ("316 555 0140 ext. 5", None),
        ("1165550140", None),
        ("", None),
    ],
)
def test_who_is_on_call_has_a_us_number(typed: str, e164: str | None) -> None:
    """Ten digits of the North American plan, however they are written."""
    assert as_us_number(typed) == e164


def test_a_change_is_told_without_words() -> None:
    """Numbers and choices as they were and are; of texts only that they have changed."""
    after = with_(replies_per_hour=5, safety_text_en="988", opt_out_scope=ConsentScope.OFFICE)

    assert edits.told(USUAL, after) == (
        "opt_out_scope number to office; safety_text_en; replies_per_hour 10 to 5"
    )


FIELDS = ("replies_per_hour", "quiet_from_hour", "media_kept_days")
some = st.dictionaries(st.sampled_from(FIELDS), st.integers(1, 3))


@given(some, some)
def test_of_two_at_once_none_overwrites_the_other_unseen(
    first: dict[str, int], second: dict[str, int]
) -> None:
    """The second is refused just where both have changed the same to different things; else both
    hold.
    """
    now = edits.merged(USUAL, first, USUAL)
    theirs = vars(USUAL) | second
    clash = {field for field in second if field in first and first[field] != second[field]}
    if clash:
        with pytest.raises(InvalidRequest) as refusal:
            edits.merged(now, theirs, USUAL)
        assert {fault.field for fault in refusal.value.problems} == clash
        assert {fault.code for fault in refusal.value.problems} == {MEANWHILE}
    else:
        assert vars(edits.merged(now, theirs, USUAL)) == vars(USUAL) | first | second


@given(st.one_of(st.none(), st.integers()), st.one_of(st.none(), st.integers()))
def test_a_pace_is_positive_and_bounded(per_minute: int | None, per_day: int | None) -> None:
    """Nothing is the default; what is set lets something out, and no more than any sender may."""
    good = not list(faults_of_pace(PaceSettings(per_minute, per_day)))

    assert good == (
        (per_minute is None or 1 <= per_minute <= 6_000)
        and (per_day is None or 1 <= per_day <= 1_000_000)
    )


def test_lists_have_a_bound() -> None:
    """So that a page can show them: people on call, replies, holidays."""
    long = edits.merged(
        NOTHING,
        {
            "holidays": tuple(
                Holiday(date(2026, 1, 1) + timedelta(days=day), "x") for day in range(101)
            ),
            "on_call": tuple(OnCall("x", f"+1316555{last:04}") for last in range(11)),
            "canned_replies": tuple(Canned(None, f"{number}", "x") for number in range(101)),
        },
        None,
    )

    assert {fault.field for fault in office_settings.faults(long)} == {
        "holidays",
        "on_call",
        "canned_replies",
    }

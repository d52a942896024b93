"""How an office works: its hours, holidays, away notes, who is on call, canned replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from backend.domain import office_settings as rules
from backend.domain.errors import InvalidRequest, NumbersError, Problem
from backend.domain.office_settings import (
    AWAY_TEXTS,
    MOST_CANNED,
    MOST_ON_CALL,
    WEEKDAYS,
    Canned,
    OfficeSettings,
    OnCall,
)
from backend.domain.phone_numbers import spoken
from backend.services import office_settings
from backend.services.audit import WEB
from backend.services.office_settings import OfficeRun
from backend.services.staff import Who
from backend.web.pages import forms
from backend.web.session import desk, require_staff

pages = Blueprint("office_settings", __name__)

# Empty rows to fill in, below those that are there.
ROWS_TO_ADD = 2
WHOLE_FIELDS = ("hours", "holidays", *AWAY_TEXTS, "on_call", "canned_replies")
type Values = dict[str, Any]


@pages.get("/settings/offices/<office_id>")
def show(office_id: str) -> str:
    """An office's settings."""
    me = require_staff()
    office = office_settings.read(desk(), me, office_id)
    return _page(me, office, _values(office.settings), forms.sealed(office.settings))


@pages.post("/settings/offices/<office_id>")
def change(office_id: str) -> Response | tuple[str, int]:
    """Save what was changed; what is wrong stands beside the fields, and nothing is saved."""
    me = require_staff()
    seen, typed = forms.unsealed(OfficeSettings), _typed()
    try:
        office_settings.change(desk(), me, office_id, _changes(typed), WEB, seen=seen)
    except NumbersError as refusal:
        office = office_settings.read(desk(), me, office_id)
        return _refused(me, office, typed, seen, refusal)
    flash("Saved. It holds from now on.")
    return redirect(url_for("office_settings.show", office_id=office_id), 303)


def _refused(
    me: Who, office: OfficeRun, typed: Values, seen: OfficeSettings | None, refusal: NumbersError
) -> tuple[str, int]:
    faults = forms.faults(refusal, _fields(typed))
    if seen is None or not forms.is_collision(refusal):
        page = _page(me, office, typed, request.form.get(forms.SEEN, ""), faults)
        return page, refusal.status
    now, before = _values(office.settings), _values(seen)
    for field in set(faults) - {""}:
        faults[field] = forms.collision(_told(now[field]))
    # What this person left alone is shown as it is now, so that saving again leaves it alone.
    values = {field: typed[field] if typed[field] != before[field] else now[field] for field in now}
    return _page(me, office, values, forms.sealed(office.settings), faults), refusal.status


def _fields(typed: Values) -> set[str]:
    """Every field of the form that a fault can stand beside."""
    rows = {
        f"{name}.{place}.{part}"
        for name, parts in (
            ("on_call", ("name", "phone_number")),
            ("canned_replies", ("title", "body")),
        )
        for place in range(len(typed[name]))
        for part in parts
    }
    return {*WHOLE_FIELDS, *(f"hours.{weekday}" for weekday in WEEKDAYS)} | rows


def _typed() -> Values:
    """What was typed, row by row; rows that are empty are left out."""
    return {
        "hours": {weekday: forms.typed(f"hours.{weekday}") for weekday in WEEKDAYS},
        "holidays": forms.typed("holidays"),
        **{field: forms.typed(field) for field in AWAY_TEXTS},
        "on_call": _rows("on_call", ("name", "phone_number"), MOST_ON_CALL),
        "canned_replies": [
            row
            for row in _rows("canned_replies", ("id", "title", "body"), MOST_CANNED)
            if row["title"] or row["body"]
        ],
    }


def _rows(name: str, parts: Sequence[str], most: int) -> list[dict[str, str]]:
    rows = (
        {part: forms.typed(f"{name}.{place}.{part}") for part in parts}
        for place in range(most + ROWS_TO_ADD)
    )
    return [row for row in rows if any(row.values())]


def _changes(typed: Values) -> dict[str, object]:
    """What was typed, as values. Raises `InvalidRequest` for what cannot be read."""
    problems = []
    hours = {weekday: rules.read_spans(text) for weekday, text in typed["hours"].items()}
    for weekday, spans in hours.items():
        if spans is None:
            fix = "Write hours such as 9:00-16:30, or 9 am to noon, 1 pm to 4 pm. Empty is closed."
            problems.append(Problem(f"hours.{weekday}", "unreadable", fix))
    holidays = rules.read_holidays(typed["holidays"])
    if isinstance(holidays, int):
        fix = f"Line {holidays} cannot be read. Write a day and its name: 2026-12-25 Christmas Day."
        problems.append(Problem("holidays", "unreadable", fix))
    if problems:
        raise InvalidRequest(*problems)
    return {
        "hours": tuple(hours.values()),
        "holidays": holidays,
        **{field: typed[field] or None for field in AWAY_TEXTS},
        "on_call": tuple(OnCall(row["name"], row["phone_number"]) for row in typed["on_call"]),
        "canned_replies": tuple(
            Canned(row["id"] or None, row["title"], row["body"]) for row in typed["canned_replies"]
        ),
    }


def _values(settings: OfficeSettings) -> Values:
    """The settings as they stand in the fields."""
    return {
        "hours": {
            weekday: rules.written(spans)
            for weekday, spans in zip(WEEKDAYS, settings.hours, strict=True)
        },
        "holidays": "\n".join(f"{each.day} {each.name}" for each in settings.holidays),
        **{field: getattr(settings, field) or "" for field in AWAY_TEXTS},
        "on_call": [
            {"name": each.name, "phone_number": spoken(each.phone_number)}
            for each in settings.on_call
        ],
        "canned_replies": [
            {"id": each.id or "", "title": each.title, "body": each.body}
            for each in settings.canned_replies
        ],
    }


def _told(value: Any) -> str:
    """What somebody else has saved in a field, on one line."""
    if isinstance(value, dict):
        return "; ".join(f"{day.capitalize()} {text or 'closed'}" for day, text in value.items())
    if isinstance(value, list):
        return "; ".join(
            ", ".join(text for part, text in row.items() if part != "id") for row in value
        )
    return "; ".join(str(value).splitlines())


def _page(
    me: Who,
    office: OfficeRun,
    values: Mapping[str, Any],
    seen: str,
    faults: Mapping[str, str] | None = None,
) -> str:
    return render_template(
        "office_settings.html",
        office=office,
        offices=office_settings.run_by(desk(), me),
        values=values,
        seen=seen,
        faults=faults or {},
        weekdays=WEEKDAYS,
        rules=rules,
        rows_to_add=ROWS_TO_ADD,
    )

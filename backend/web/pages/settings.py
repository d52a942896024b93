"""The institution's settings, for administrators; office staff are led to their own office's."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from backend.domain import institution_settings as rules
from backend.domain.consent import ConsentScope
from backend.domain.crisis import SAFETY_TEXTS as SAFETY_TEXTS_OF_OURS
from backend.domain.errors import InvalidRequest, NumbersError, Problem
from backend.domain.institution_settings import DAYS_KEPT, SAFETY_TEXTS, InstitutionSettings
from backend.domain.staff import Right, has_right, require
from backend.services import institution_settings, office_settings
from backend.services.audit import WEB
from backend.services.staff import Who
from backend.web.pages import forms
from backend.web.session import desk, require_staff

pages = Blueprint("settings", __name__)

NUMBERS = ("replies_per_hour", "quiet_from_hour", "quiet_until_hour")
NUMBERS_OR_NOTHING = ("hand_back_after_hours", *DAYS_KEPT)
FIELDS = ("opt_out_scope", *SAFETY_TEXTS, *NUMBERS, *NUMBERS_OR_NOTHING)


@pages.get("/settings")
def show() -> Response | str:
    """The institution's settings, and the way to those of its offices."""
    me = require_staff()
    offices = office_settings.run_by(desk(), me)
    if not has_right(me.role, Right.CHANGE_SETTINGS) and offices:
        return redirect(url_for("office_settings.show", office_id=offices[0].id), 303)
    require(me.role, Right.CHANGE_SETTINGS)
    settings = institution_settings.read(desk(), me)
    return _page(me, _values(settings), forms.sealed(settings))


@pages.post("/settings")
def change() -> Response | tuple[str, int]:
    """Save what was changed; what is wrong stands beside the fields, and nothing is saved."""
    me = require_staff()
    seen = forms.unsealed(InstitutionSettings)
    typed = {field: forms.typed(field) for field in FIELDS}
    try:
        institution_settings.change(desk(), me, _changes(typed), WEB, seen=seen)
    except NumbersError as refusal:
        return _refused(me, typed, seen, refusal)
    flash("Saved. It holds from now on.")
    return redirect(url_for("settings.show"), 303)


def _refused(
    me: Who, typed: dict[str, str], seen: InstitutionSettings | None, refusal: NumbersError
) -> tuple[str, int]:
    faults = forms.faults(refusal, FIELDS)
    if seen is None or not forms.is_collision(refusal):
        page = _page(me, typed, request.form.get(forms.SEEN, ""), faults)
        return page, refusal.status
    current = institution_settings.read(desk(), me)
    now, before = _values(current), _values(seen)
    for field in set(faults) - {""}:
        faults[field] = forms.collision(now[field])
    # What this person left alone is shown as it is now, so that saving again leaves it alone.
    values = {field: typed[field] if typed[field] != before[field] else now[field] for field in now}
    return _page(me, values, forms.sealed(current), faults), refusal.status


def _changes(typed: Mapping[str, str]) -> dict[str, object]:
    """What was typed, as values. Raises `InvalidRequest` for what is no number."""
    found: dict[str, object] = {field: typed[field] or None for field in SAFETY_TEXTS}
    problems = []
    try:
        found["opt_out_scope"] = ConsentScope(typed["opt_out_scope"])
    except ValueError:
        fix = "Choose how far an opt-out reaches."
        problems.append(Problem("opt_out_scope", "missing", fix))
    for field in NUMBERS + NUMBERS_OR_NOTHING:
        try:
            found[field] = forms.whole_number(field, may_be_empty=field in NUMBERS_OR_NOTHING)
        except InvalidRequest as fault:
            problems += fault.problems
    if problems:
        raise InvalidRequest(*problems)
    return found


def _values(settings: InstitutionSettings) -> dict[str, str]:
    """The settings as they stand in the fields."""
    return {field: "" if value is None else str(value) for field, value in vars(settings).items()}


def _page(
    me: Who, values: Mapping[str, str], seen: str, faults: Mapping[str, str] | None = None
) -> str:
    return render_template(
        "settings.html",
        institution=institution_settings.named(desk(), me),
        offices=office_settings.run_by(desk(), me),
        values=values,
        seen=seen,
        faults=faults or {},
        warnings={
            each.field: each.fix for each in rules.warnings(institution_settings.read(desk(), me))
        },
        rules=rules,
        own_texts=SAFETY_TEXTS_OF_OURS,
    )

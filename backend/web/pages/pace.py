"""The pace of sending, on the page of a number and on that of a campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from backend.domain.errors import InvalidRequest, Problem
from backend.domain.pace import LONG_CODE, TOLL_FREE
from backend.domain.pace_settings import PaceSettings
from backend.domain.phone_numbers import is_toll_free
from backend.web.pages import forms

FIELDS = ("segments_per_minute", "segments_per_day")


@dataclass(frozen=True)
class PaceForm:
    """The form: its fields' values, what they were seen as, and what holds where they are empty."""

    values: Mapping[str, str]
    seen: str
    usual: str


def changes() -> dict[str, int | None]:
    """What was typed. Raises `InvalidRequest` with every fault."""
    found: dict[str, int | None] = {}
    problems: list[Problem] = []
    for field in FIELDS:
        try:
            found[field] = forms.whole_number(field, may_be_empty=True)
        except InvalidRequest as fault:
            problems += fault.problems
    if problems:
        raise InvalidRequest(*problems)
    return found


def seen() -> PaceSettings | None:
    """The pace that the form was filled in upon."""
    return forms.unsealed(PaceSettings)


def form_of(pace: PaceSettings, usual: str, faults: Mapping[str, str]) -> PaceForm:
    """The form as it is shown: with what was typed, if that was refused."""
    now = {field: "" if value is None else str(value) for field, value in vars(pace).items()}
    is_refused = any(field in faults for field in FIELDS)
    values = {field: request.form.get(field, "") for field in FIELDS} if is_refused else now
    return PaceForm(values, forms.sealed(pace), usual)


def usual_of_number(e164: str) -> str:
    """What holds for a number without a setting of its own, in words."""
    pace = TOLL_FREE if is_toll_free(e164) else LONG_CODE
    a_day = "as many as there are" if pace.per_day is None else f"{pace.per_day:,}"
    kind = "a toll-free number" if pace is TOLL_FREE else "a local number"
    return f"Empty is what is usual for {kind}: {pace.per_minute} a minute and {a_day} a day."


USUAL_OF_CAMPAIGN = "Empty is as fast and as much as the campaign’s number may send."

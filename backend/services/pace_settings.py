"""The pace that somebody has set for a number or a campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy.orm import Session

from backend.db.tables import Campaign, PhoneNumber
from backend.domain import edits, pace_settings
from backend.domain.errors import InvalidRequest
from backend.domain.pace_settings import PaceSettings
from backend.domain.staff import Right, require
from backend.services import audit, campaigns, numbers
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.staff import Who


def of_number(desk: Desk, who: Who, number_id: str) -> PaceSettings:
    """A number's own pace. Raises `NotFound`."""
    with desk.db.read(who.institution_id) as session:
        return _pace(numbers.found(session, who, number_id))


def of_campaign(desk: Desk, who: Who, campaign_id: str) -> PaceSettings:
    """A campaign's own pace. Raises `NotFound`."""
    with desk.db.read(who.institution_id) as session:
        return _pace(campaigns.found(session, who, campaign_id))


def change_number(
    desk: Desk,
    who: Who,
    number_id: str,
    changes: Mapping[str, int | None],
    via: Via,
    *,
    seen: PaceSettings | None = None,
) -> PaceSettings:
    """Change a number's pace (field of `PaceSettings` to its new value).

    `seen` is what the person had before them. Raises `NotAllowed`, `NotFound`, `InvalidRequest`.
    """
    action = "number.pace"
    with audit.refusals(desk, who, via, action, number_id):
        require(who.role, Right.CHANGE_NUMBERS)
    with desk.db.write(who.institution_id) as session:
        number = numbers.found(session, who, number_id)
        return _change(session, desk, who, number, changes, via, action, seen)


def change_campaign(
    desk: Desk,
    who: Who,
    campaign_id: str,
    changes: Mapping[str, int | None],
    via: Via,
    *,
    seen: PaceSettings | None = None,
) -> PaceSettings:
    """Change a campaign's pace, also while it runs; raises as `change_number` does."""
    action = "campaign.pace"
    with audit.refusals(desk, who, via, action, campaign_id):
        require(who.role, Right.RUN_CAMPAIGNS)
    with desk.db.write(who.institution_id) as session:
        campaign = campaigns.found(session, who, campaign_id)
        return _change(session, desk, who, campaign, changes, via, action, seen)


def _change(
    session: Session,
    desk: Desk,
    who: Who,
    row: PhoneNumber | Campaign,
    changes: Mapping[str, int | None],
    via: Via,
    action: str,
    seen: PaceSettings | None,
) -> PaceSettings:
    session.refresh(row, with_for_update={"key_share": True})
    before = _pace(row)
    after = edits.merged(before, changes, seen)
    problems = tuple(pace_settings.faults(after))
    if problems:
        raise InvalidRequest(*problems)
    if after != before:
        for field, value in asdict(after).items():
            setattr(row, field, value)
        audit.record(
            session,
            action,
            by=who.id,
            via=via,
            outcome=f"{audit.DONE}: {edits.told(before, after)}",
            at=desk.clock.now(),
            subject=row.public_id,
        )
    return after


def _pace(row: PhoneNumber | Campaign) -> PaceSettings:
    return PaceSettings(row.segments_per_minute, row.segments_per_day)

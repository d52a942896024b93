"""A number's first use, which decides whether it may still move to another office."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backend.db.tables import Campaign, PhoneNumber
from backend.domain.provisioned_numbers import FirstUse, ProvisionedNumber, Use, used


def note(session: Session, number: PhoneNumber, how: Use, reference: str, at: datetime) -> None:
    """Keep that a number was used, if this is its first use; `reference` is a public id."""
    if number.first_used_at is not None:
        return
    session.flush()
    hold(session, number)
    keep(number, used(as_rule(number), FirstUse(how, at, reference)))


def hold(session: Session, number: PhoneNumber) -> None:
    """Keep a number that was not used yet where it is until this transaction ends: a transfer at
    the same instant holds its row too, so whichever comes second sees the other.
    """
    if number.first_used_at is None:
        session.refresh(number, with_for_update={"key_share": True})


def as_rule(number: PhoneNumber, campaign: Campaign | None = None) -> ProvisionedNumber:
    """A number's row as the rules look at it; moments are in the institution's own time."""
    first_use = None
    if number.first_used_at is not None and number.first_use is not None:
        zone = ZoneInfo(number.institution.time_zone)
        first_use = FirstUse(
            number.first_use,
            number.first_used_at.astimezone(zone),
            number.first_use_reference or "",
        )
    return ProvisionedNumber(
        kind=number.kind,
        state=number.state,
        office=number.office_id,
        counts_for=number.created_by_office_id,
        first_use=first_use,
        campaign=campaign.name if campaign else None,
    )


def keep(number: PhoneNumber, rule: ProvisionedNumber) -> None:
    """Write what the rules made of a number into its row; the state has its own moment."""
    number.office_id = rule.office
    if rule.first_use is not None and number.first_used_at is None:
        number.first_used_at = rule.first_use.at
        number.first_use = rule.first_use.how
        number.first_use_reference = rule.first_use.reference

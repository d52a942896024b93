"""A campaign starts, and ends for good."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from backend.db.tables import (
    Campaign,
    CampaignContact,
    ContactImport,
    ImportState,
    Message,
    PhoneNumber,
)
from backend.domain import provisioned_numbers
from backend.domain.campaigns import CampaignState, Readiness, require_ready
from backend.domain.messages import NOT_HANDED_OVER
from backend.domain.provisioned_numbers import FirstUse, NumberState, Use
from backend.domain.staff import Right, require
from backend.services import audit, campaigns, first_use, outbound, quotas, routing
from backend.services.audit import Via
from backend.services.campaign_contacts import newly_targeted
from backend.services.desk import Desk
from backend.services.ports import Errand
from backend.services.staff import Who


def activate(desk: Desk, who: Who, campaign_id: str, via: Via) -> campaigns.Campaign:
    """Start a campaign: its contacts are targeted, its number is used, its opening message goes
    out through the queue. One that is active already stays as it is.

    Raises `NotAllowed`, `NotFound`, `InvalidRequest` with everything that is missing, `OverQuota`
    when the contract covers fewer contacts, `Conflict` (archived, or another campaign is active
    on the number).
    """
    with audit.refusals(desk, who, via, "campaign.activate", campaign_id):
        require(who.role, Right.RUN_CAMPAIGNS)
        # Should another campaign become active on the number at the same moment, the index lets
        # one of them pass; the other tries again and is told.
        desk.db.transact(
            lambda session: _activate(session, desk, who, campaign_id, via), who.institution_id
        )
    desk.queue.enqueue(Errand("start_campaign", campaign_id))
    return campaigns.read(desk, who, campaign_id)


def archive(desk: Desk, who: Who, campaign_id: str, via: Via) -> campaigns.Campaign:
    """End a campaign for good: what was not handed to the carrier is not sent, a single-use number
    goes back to the carrier, a reusable one stays. One that is archived already stays as it is.

    Raises `NotAllowed`, `NotFound`.
    """
    with audit.refusals(desk, who, via, "campaign.archive", campaign_id):
        errands = desk.db.transact(
            lambda session: archive_in(session, desk, who, campaign_id, via), who.institution_id
        )
    for errand in errands:
        desk.queue.enqueue(errand)
    return campaigns.read(desk, who, campaign_id)


def _activate(session: Session, desk: Desk, who: Who, campaign_id: str, via: Via) -> None:
    now = desk.clock.now()
    # The contract before the campaign and the number, here as in ordering, so that nobody waits
    # for somebody who waits for them.
    quota = quotas.read(session, now, lock=True)
    campaign = campaigns.found(session, who, campaign_id, lock=True)
    if campaign.state is CampaignState.ACTIVE:
        return
    number = _locked_number(session, campaign)
    require_ready(_readiness(session, campaign, number))
    assert number is not None  # or it would not be ready
    active = routing.active_campaign(session, number)
    rule = provisioned_numbers.started(
        first_use.as_rule(number, active),
        campaign.name,
        FirstUse(Use.CAMPAIGN, now, campaign.public_id),
    )
    quotas.require_contacts(who, quota, newly_targeted(session, campaign, quota))
    first_use.keep(number, rule)
    session.execute(
        update(CampaignContact)
        .where(CampaignContact.campaign_id == campaign.id, CampaignContact.targeted_at.is_(None))
        .values(targeted_at=now)
        .execution_options(synchronize_session=False)
    )
    campaign.state = CampaignState.ACTIVE
    campaign.activated_at = now
    campaigns.record(session, desk, who, via, "campaign.activate", campaign)


def _locked_number(session: Session, campaign: Campaign) -> PhoneNumber | None:
    if campaign.number_id is None:
        return None
    return session.scalars(
        select(PhoneNumber)
        .where(PhoneNumber.id == campaign.number_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _readiness(session: Session, campaign: Campaign, number: PhoneNumber | None) -> Readiness:
    importing = select(ContactImport.id).where(
        ContactImport.campaign_id == campaign.id, ContactImport.state != ImportState.DONE
    )
    imported = select(func.count(CampaignContact.id)).where(
        CampaignContact.campaign_id == campaign.id
    )
    return Readiness(
        state=campaign.state,
        opening_text=campaign.opening_text,
        contacts=session.scalar(imported) or 0,
        office=campaign.office_id,
        number_office=number.office_id if number else None,
        is_importing=session.scalar(importing.limit(1)) is not None,
    )


def archive_in(session: Session, desk: Desk, who: Who, campaign_id: str, via: Via) -> list[Errand]:
    """`archive` as a part of a transaction; returns what is left to be done after it."""
    require(who.role, Right.RUN_CAMPAIGNS)
    campaign = campaigns.found(session, who, campaign_id, lock=True)
    if campaign.state is CampaignState.ARCHIVED:
        return []
    now = desk.clock.now()
    session.execute(
        update(Message)
        .where(Message.campaign_id == campaign.id, Message.status.in_(NOT_HANDED_OVER))
        .values(status="canceled", error_reason=outbound.CAMPAIGN_ARCHIVED, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    campaign.state = CampaignState.ARCHIVED
    campaign.archived_at = now
    campaigns.record(session, desk, who, via, "campaign.archive", campaign)
    number = _locked_number(session, campaign)
    return _give_back(number, now) if number is not None else []


def _give_back(number: PhoneNumber, now: datetime) -> list[Errand]:
    """What archiving its campaign means for a number."""
    rule = provisioned_numbers.archived(first_use.as_rule(number))
    if rule.state is number.state:
        return []
    if number.state is not NumberState.ORDERING:
        number.lease_until = None  # an order stays in the hands of who is buying it
    number.state = rule.state
    number.state_since = now
    return [Errand("look_after_number", number.public_id)]

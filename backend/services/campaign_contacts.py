"""Who is in a campaign, and what came of each opening message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, distinct, func, select
from sqlalchemy.orm import Session

from backend.db.tables import Campaign, CampaignContact, Contact, Institution, Message
from backend.domain.campaigns import WHY_SKIPPED
from backend.domain.contacts_csv import ExportedContact, export_csv
from backend.domain.errors import unknown_cursor
from backend.domain.messages import FAILED, KEPT_BACK
from backend.domain.quotas import Quota, period_start
from backend.domain.staff import Right, require
from backend.services import audit, campaigns
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.staff import Who


@dataclass(frozen=True)
class ContactLine:
    """A contact of a campaign. `state` is `waiting`, `skipped`, or how far the opening message is
    (`held`, `sent`, `delivered`, …); `why` is the reason where it did not arrive.
    """

    id: str
    phone_number: str
    name: str | None
    language: str | None
    state: str
    why: str | None


@dataclass(frozen=True)
class ContactPage:
    """Some contacts of a campaign; `next` is the cursor of those after them, None at the end."""

    contacts: Sequence[ContactLine]
    next: str | None


def listed(desk: Desk, who: Who, campaign_id: str, *, after: str | None, limit: int) -> ContactPage:
    """The contacts of a campaign in the order they came, page by page, with what came of each.

    `after` is the id of the last one seen. Raises `NotFound`, `InvalidRequest`.
    """
    with desk.db.read(who.institution_id) as session:
        campaign = campaigns.found(session, who, campaign_id)
        query = _contact_rows(campaign).limit(limit + 1)
        if after is not None:
            last = session.scalar(
                select(CampaignContact.id)
                .join(Contact, Contact.id == CampaignContact.contact_id)
                .where(CampaignContact.campaign_id == campaign.id, Contact.public_id == after)
            )
            if last is None:
                raise unknown_cursor()
            query = query.where(CampaignContact.id > last)
        lines = [_line(*row) for row in session.execute(query)]
        return ContactPage(lines[:limit], lines[limit - 1].id if len(lines) > limit else None)


def export(desk: Desk, who: Who, campaign_id: str, via: Via) -> bytes:
    """A campaign's contacts as a CSV file, which can be imported again.

    Raises `NotAllowed`, `NotFound`.
    """
    with audit.refusals(desk, who, via, "contacts.export", campaign_id):
        require(who.role, Right.RUN_CAMPAIGNS)
    with desk.db.write(who.institution_id) as session:
        campaign = campaigns.found(session, who, campaign_id)
        campaigns.record(session, desk, who, via, "contacts.export", campaign)
    with desk.db.read(who.institution_id) as session:
        lines = (_line(*row) for row in session.execute(_contact_rows(campaign)))
        return export_csv(
            ExportedContact(line.phone_number, line.name, line.language, line.state)
            for line in lines
        )


def targeted_among(session: Session, contact_ids: Sequence[int], quota: Quota) -> int:
    """How many of these contacts (row numbers) were targeted in the contract period already."""
    query = select(func.count(distinct(CampaignContact.contact_id))).where(
        CampaignContact.contact_id.in_(contact_ids),
        CampaignContact.targeted_at >= _start_of(session, quota),
    )
    return session.scalar(query) or 0


def newly_targeted(session: Session, campaign: Campaign, quota: Quota) -> int:
    """How many of a campaign's contacts were not targeted in this contract period yet."""
    # As a list to look up in: as a condition on each row it takes PostgreSQL minutes until it has
    # counted what a large import has just added.
    targeted = select(CampaignContact.contact_id).where(
        CampaignContact.targeted_at >= _start_of(session, quota)
    )
    query = select(func.count(CampaignContact.id)).where(
        CampaignContact.campaign_id == campaign.id, CampaignContact.contact_id.not_in(targeted)
    )
    return session.scalar(query) or 0


def _start_of(session: Session, quota: Quota) -> datetime:
    zone = session.scalars(select(Institution.time_zone)).one()
    return period_start(quota.starts_on, ZoneInfo(zone))


def _contact_rows(campaign: Campaign) -> Select[CampaignContact, Contact, Message | None]:
    return (
        select(CampaignContact, Contact, Message)
        .join(Contact, Contact.id == CampaignContact.contact_id)
        .outerjoin(Message, Message.id == CampaignContact.message_id)
        .where(CampaignContact.campaign_id == campaign.id, Contact.erased_at.is_(None))
        .order_by(CampaignContact.id)
    )


def _line(row: CampaignContact, contact: Contact, message: Message | None) -> ContactLine:
    state, why = "waiting", None
    if row.skipped is not None:
        state, why = "skipped", WHY_SKIPPED[row.skipped]
    elif message is not None:
        state = message.status
        why = message.error_reason if state in FAILED | KEPT_BACK else None
    return ContactLine(contact.public_id, contact.e164, contact.name, contact.language, state, why)

"""The opening messages of active campaigns, written to a few contacts at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from backend.db.tables import (
    Author,
    Campaign,
    CampaignContact,
    Conversation,
    Message,
    ParticipantKind,
    PhoneNumber,
)
from backend.db.upserts import insert_into
from backend.domain.campaigns import CampaignState, Skipped
from backend.domain.messages import NOT_HANDED_OVER, WAITING
from backend.services import outbound, routing
from backend.services.desk import Desk
from backend.services.ports import Errand

# Opening messages that may wait for their turn at once, and are written in one go.
MOST_UNDER_WAY: Final = 200
NEXT_BATCH_S: Final = 5.0


def write_next(desk: Desk, campaign_id: str) -> None:
    """Write the opening message to the next contacts of an active campaign, and queue its sending.

    At most 200 wait for their turn at once, besides those that wait for the day; the rest follows
    as these go out. Safe to run at any time and in several workers: the campaign's row is locked,
    and each contact keeps its message.
    """
    written = desk.db.transact(lambda session: _open_next(session, campaign_id, desk.clock.now()))
    for message in written[:1]:  # the others go after it, each in its turn
        desk.queue.enqueue(outbound.errand_of(message))
    if written:
        desk.queue.enqueue(Errand("start_campaign", campaign_id), delay_s=NEXT_BATCH_S)


def sweep(session: Session) -> list[Errand]:
    """Active campaigns with contacts that nobody has written to yet."""
    left = select(CampaignContact.campaign_id).where(_is_waiting())
    # One without an opening message (from before there were any) has nothing to send.
    active = select(Campaign.public_id).where(
        Campaign.state == CampaignState.ACTIVE,
        Campaign.opening_text != "",
        Campaign.id.in_(left),
    )
    return [Errand("start_campaign", public_id) for public_id in session.scalars(active)]


def _open_next(session: Session, campaign_id: str, now: datetime) -> list[Message]:
    """Write to as many contacts as there is room for; whoever has opted out is skipped."""
    campaign = session.scalar(
        select(Campaign)
        .where(
            Campaign.public_id == campaign_id,
            Campaign.state == CampaignState.ACTIVE,
            Campaign.opening_text != "",
        )
        .with_for_update(key_share=True)
    )
    if campaign is None or campaign.number is None:
        return []
    number = campaign.number
    written: list[Message] = []
    room = MOST_UNDER_WAY - _under_way(session, campaign, now)
    while room > len(written):
        batch = session.scalars(
            select(CampaignContact)
            .where(CampaignContact.campaign_id == campaign.id, _is_waiting())
            .order_by(CampaignContact.id)
            .limit(room - len(written))
        ).all()
        if not batch:
            break
        written += _open(session, campaign, number, batch, now)
        session.flush()
    # Who may be texted now first: their errand is the one that is queued.
    return sorted(written, key=lambda message: (message.not_before or now, message.id))


def _open(
    session: Session,
    campaign: Campaign,
    number: PhoneNumber,
    batch: Sequence[CampaignContact],
    now: datetime,
) -> list[Message]:
    contact_ids = [row.contact_id for row in batch]
    opted_out = routing.opted_out_among(
        session, contact_ids, office_id=number.office_id, number_id=number.id
    )
    wanted = [row for row in batch if row.contact_id not in opted_out]
    talks = _conversations(session, number, [row.contact_id for row in wanted], now)
    for row in batch:
        if row.contact_id in opted_out:
            row.skipped = Skipped.OPTED_OUT
    written = [
        outbound.written(
            session,
            talks[row.contact_id],
            None,
            campaign.opening_text,
            Author.CAMPAIGN,
            now,
            campaign=campaign,
        )
        for row in wanted
    ]
    for row, message in zip(wanted, written, strict=True):
        row.message_id = message.id
    return written


def _conversations(
    session: Session, number: PhoneNumber, contact_ids: Sequence[int], now: datetime
) -> dict[int, Conversation]:
    """A conversation of each contact with this number, found or made."""
    if not contact_ids:
        return {}
    made = [
        {
            "institution_id": number.institution_id,
            "channel": "sms",
            "participant_kind": ParticipantKind.CONTACT,
            "office_id": number.office_id,
            "contact_id": contact_id,
            "number_id": number.id,
            "created_at": now,
            "last_message_at": now,
        }
        for contact_id in contact_ids
    ]
    session.execute(insert_into(session, Conversation).on_conflict_do_nothing(), made)
    rows = session.scalars(
        select(Conversation)
        .where(Conversation.number_id == number.id, Conversation.contact_id.in_(contact_ids))
        .options(joinedload(Conversation.contact))
    )
    return {row.contact_id: row for row in rows if row.contact_id is not None}


def _under_way(session: Session, campaign: Campaign, now: datetime) -> int:
    """How many are not sent yet, without those that wait for the day or for tomorrow."""
    waits_for_later = (Message.status == WAITING) & (Message.not_before > now)
    query = select(func.count(Message.id)).where(
        Message.campaign_id == campaign.id,
        Message.status.in_((*NOT_HANDED_OVER, "sending")),
        ~waits_for_later,
    )
    return session.scalar(query) or 0


def _is_waiting() -> ColumnElement[bool]:
    return (
        CampaignContact.targeted_at.is_not(None)
        & CampaignContact.message_id.is_(None)
        & CampaignContact.skipped.is_(None)
    )

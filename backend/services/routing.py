"""Where a number's texts go, and whether we may text back: settings and consent, read live."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from backend.db.tables import Campaign, ConsentEvent, Contact, Conversation, Inbox, PhoneNumber
from backend.domain.campaigns import CampaignState
from backend.domain.consent import Consent, ConsentScope, opted_out_scopes
from backend.domain.conversations import Answerer, Reason, who_answers


def active_campaign(session: Session, number: PhoneNumber) -> Campaign | None:
    """The campaign that is active on this number now."""
    return session.scalar(
        select(Campaign)
        .where(Campaign.number_id == number.id, Campaign.state == CampaignState.ACTIVE)
        .order_by(Campaign.id.desc())
        .limit(1)
    )


def inbox_of(session: Session, number: PhoneNumber) -> Inbox:
    """The inbox whose agents answer this number's texts now."""
    campaign = active_campaign(session, number)
    return campaign.inbox if campaign else number.unsolicited_inbox


def answerer(
    session: Session,
    number: PhoneNumber,
    *,
    opted_out: bool = False,
    with_a_person: bool = False,
    taken: bool = False,
    has_words: bool = True,
    silenced: Reason | None = None,
) -> Answerer:
    """Who answers a text to this number now, and why; by default a new student's."""
    campaign = active_campaign(session, number)
    return who_answers(
        opted_out=opted_out,
        with_a_person=with_a_person,
        taken=taken,
        has_words=has_words,
        silenced=silenced,
        campaign=campaign.responder if campaign else None,
        unsolicited=number.unsolicited_response,
    )


def texting(conversation: Conversation) -> tuple[PhoneNumber, Contact]:
    """The pair that a texting conversation is. Raises `ValueError` for any other kind."""
    if conversation.number is None or conversation.contact is None:
        raise ValueError(f"{conversation.public_id} is not a texting conversation")
    return conversation.number, conversation.contact


def is_opted_out(session: Session, conversation: Conversation) -> bool:
    """Whether the contact has ended texts that reach from this conversation's number."""
    return bool(opt_outs_here(session, conversation))


def opt_outs_here(session: Session, conversation: Conversation) -> frozenset[ConsentScope]:
    """The scopes in which the contact has ended texts that reach from this number."""
    number, contact = texting(conversation)
    found = opt_outs(session, [contact.id], office_id=number.office_id, number_id=number.id)
    return found.get(contact.id, frozenset())


def opted_out_among(
    session: Session,
    contact_ids: Collection[int],
    *,
    office_id: int,
    number_id: int | None,
) -> set[int]:
    """Those contacts (row numbers, at most some thousands) who have ended texts that reach from
    an office's number; without a number, from the office.
    """
    return set(opt_outs(session, contact_ids, office_id=office_id, number_id=number_id))


def opt_outs(
    session: Session,
    contact_ids: Collection[int],
    *,
    office_id: int,
    number_id: int | None,
) -> dict[int, frozenset[ConsentScope]]:
    """The same contacts, each with the scopes in which they have ended texts.

    A number that was given back and bought again is the number it was.
    """
    said = session.scalars(
        select(ConsentEvent)
        .where(ConsentEvent.contact_id.in_(contact_ids))
        .order_by(ConsentEvent.id)
    ).all()
    if not said:
        return {}
    institution_id = said[0].institution_id
    earlier = _rows_of_same_number(session, number_id)
    events = defaultdict(list)
    for event in said:
        is_same = event.scope is ConsentScope.NUMBER and event.scope_id in earlier
        scope_id = number_id if is_same and number_id else event.scope_id
        events[event.contact_id].append(Consent(event.kind, event.scope, scope_id, event.at))
    scopes = {
        contact_id: opted_out_scopes(
            consents,
            number_id=number_id,
            office_id=office_id,
            institution_id=institution_id,
        )
        for contact_id, consents in events.items()
    }
    return {contact_id: found for contact_id, found in scopes.items() if found}


def _rows_of_same_number(session: Session, number_id: int | None) -> frozenset[int]:
    this, same = aliased(PhoneNumber), aliased(PhoneNumber)
    rows = (
        select(same.id)
        .join(this, (this.e164 == same.e164) & (this.institution_id == same.institution_id))
        .where(this.id == number_id)
    )
    return frozenset(session.scalars(rows)) if number_id is not None else frozenset()

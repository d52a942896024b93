"""A student's text comes in: authenticated, stored, and sent on its way, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import (
    Author,
    Contact,
    Conversation,
    Message,
    ParticipantKind,
    PhoneNumber,
    Turn,
    TurnState,
    UnroutedText,
)
from backend.domain.conversations import Reason, Responder
from backend.domain.crisis import is_crisis
from backend.domain.provisioned_numbers import NumberState, Use
from backend.domain.words import clean
from backend.services import consent, first_use, inbox, outbound, routing, turns
from backend.services.desk import Desk
from backend.services.ports import Errand, Language


@dataclass(frozen=True)
class IncomingText:
    """A text as the carrier reported it. `opt_out_type` is STOP, START or HELP when the
    carrier has handled and confirmed the word itself.
    """

    message_sid: str
    from_number: str
    to_number: str
    body: str
    media: tuple[str, ...] = ()
    opt_out_type: str | None = None


# Not ours yet, or no more: an order may still come to nothing, and its row goes with it.
NOT_OURS: Final = (NumberState.ORDERING, NumberState.RELEASED)


class Receipt(StrEnum):
    """What became of a text."""

    STORED = "stored"
    SEEN_BEFORE = "seen_before"
    UNROUTED = "unrouted"


SAFETY_TEXT: dict[Language, str] = {
    "en": (
        "You matter, and help is there now: call or text 988, day or night. "
        "In danger? Call 911. A person in our office will see your message."
    ),
    "es": (
        "Usted importa y hay ayuda ahora: llame o escriba al 988, día y noche. "
        "¿Peligro? Llame al 911. Una persona verá su mensaje."
    ),
}


def receive(desk: Desk, institution_id: int, text: IncomingText) -> Receipt:
    """Store an institution's authentic text, once for each MessageSid, and queue what follows.

    Everything is committed when this returns; a crash afterwards loses only the queue's note,
    which the sweep writes again.
    """
    receipt, errands = desk.db.transact(lambda session: _store(session, desk, text), institution_id)
    for errand in errands:
        desk.queue.enqueue(errand)
    return receipt


def _store(session: Session, desk: Desk, text: IncomingText) -> tuple[Receipt, list[Errand]]:
    now = desk.clock.now()
    if _is_seen(session, text.message_sid):
        return Receipt.SEEN_BEFORE, []
    number = session.scalar(
        select(PhoneNumber).where(
            PhoneNumber.e164 == text.to_number, PhoneNumber.state.not_in(NOT_OURS)
        )
    )
    if number is None:
        session.add(
            UnroutedText(
                carrier_sid=text.message_sid,
                from_number=text.from_number,
                to_number=text.to_number,
                body=clean(text.body),
                received_at=now,
            )
        )
        return Receipt.UNROUTED, []
    # It may be moving at this instant: the conversation belongs to the office that has it then.
    first_use.hold(session, number)
    conversation = _conversation(session, number, text.from_number, now)
    message = Message(
        conversation_id=conversation.id,
        author=Author.CONTACT,
        body=clean(text.body),
        media=list(text.media),
        carrier_sid=text.message_sid,
        sender_message_id=text.message_sid,
        status="received",
        created_at=now,
    )
    session.add(message)
    session.flush()
    first_use.note(session, number, Use.RECEIVED_TEXT, message.public_id, now)
    conversation.last_message_at = now
    return Receipt.STORED, _route(session, number, conversation, message, text, now)


def _is_seen(session: Session, message_sid: str) -> bool:
    stored = select(Message.id).where(Message.carrier_sid == message_sid)
    unrouted = select(UnroutedText.id).where(UnroutedText.carrier_sid == message_sid)
    return session.scalar(stored) is not None or session.scalar(unrouted) is not None


def _conversation(
    session: Session, number: PhoneNumber, from_number: str, now: datetime
) -> Conversation:
    contact = session.scalar(select(Contact).where(Contact.e164 == from_number))
    if contact is None:
        contact = Contact(e164=from_number, created_at=now)
        session.add(contact)
        session.flush()
    conversation = session.scalar(
        select(Conversation).where(
            Conversation.number_id == number.id, Conversation.contact_id == contact.id
        )
    )
    if conversation is None:
        conversation = Conversation(
            institution_id=number.institution_id,
            channel="sms",
            participant_kind=ParticipantKind.CONTACT,
            office_id=number.office_id,
            contact_id=contact.id,
            number_id=number.id,
            created_at=now,
            last_message_at=now,
        )
        session.add(conversation)
        session.flush()
    return conversation


def _route(
    session: Session,
    number: PhoneNumber,
    conversation: Conversation,
    message: Message,
    text: IncomingText,
    now: datetime,
) -> list[Errand]:
    opted_out = routing.is_opted_out(session, conversation)
    request = consent.request_of(message.body, text.opt_out_type, is_opted_out=opted_out)
    errands: list[Errand] = []
    if request is not None:
        errands = consent.honour(
            session, conversation, message, request, now, is_opted_out=opted_out
        )
    if is_crisis(message.body):
        return errands + _call_a_person(session, number, conversation, message, now)
    if request is not None:
        return errands
    answerer = routing.answerer(
        session,
        number,
        opted_out=opted_out,
        with_a_person=conversation.with_person,
        has_words=bool(message.body.strip()),
    )
    if answerer.responder is Responder.INBOX:
        target = routing.inbox_of(session, number)
        inbox.put(session, conversation, target, answerer.reason, now, message=message)
        return []
    session.add(
        Turn(
            conversation_id=conversation.id,
            message_id=message.id,
            state=TurnState.WAITING,
            created_at=now,
        )
    )
    return [Errand("answer", conversation.public_id)]


def _call_a_person(
    session: Session,
    number: PhoneNumber,
    conversation: Conversation,
    message: Message,
    now: datetime,
) -> list[Errand]:
    conversation.with_person = True
    conversation.is_urgent = True
    target = routing.inbox_of(session, number)
    inbox.put(session, conversation, target, Reason.CRISIS, now, message=message)
    body = SAFETY_TEXT[turns.language(conversation)]
    return [outbound.queue_text(session, conversation, message, body, Author.SYSTEM, now)]

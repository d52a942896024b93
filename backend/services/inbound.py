"""A student's text comes in: authenticated, stored, and sent on its way, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import (
    Author,
    Contact,
    Conversation,
    Message,
    PhoneNumber,
    Turn,
    TurnState,
    UnroutedText,
)
from backend.domain.conversations import UNANSWERED, Reason, Responder
from backend.domain.crisis import is_crisis
from backend.domain.provisioned_numbers import NumberState, Use
from backend.domain.reactions import is_reaction
from backend.domain.words import clean
from backend.services import (
    away_notes,
    consent,
    contacts,
    crisis,
    first_use,
    inbox,
    routing,
    timeline,
    traffic,
)
from backend.services.desk import Desk
from backend.services.ports import Errand
from backend.services.traffic import Traffic


@dataclass(frozen=True)
class IncomingText:
    """A text as the carrier reported it. `opt_out_type` is STOP, START or HELP when the
    carrier has handled and confirmed the word itself. `received_at` is the carrier's own time of
    one that was fetched from its list, None for one that it brings now.
    """

    message_sid: str
    from_number: str
    to_number: str
    body: str
    media: tuple[str, ...] = ()
    opt_out_type: str | None = None
    received_at: datetime | None = None


# Not ours yet, or no more: an order may still come to nothing, and its row goes with it.
NOT_OURS: Final = (NumberState.ORDERING, NumberState.RELEASED)


# The timeline's line of a reaction, which is to one of so many of our latest texts.
REACTION: Final = "reaction"
MOST_REACTED_TO: Final = 50
REACTIONS_TOLD_EVERY: Final = timedelta(hours=1)


class Receipt(StrEnum):
    """What became of a text."""

    STORED = "stored"
    SEEN_BEFORE = "seen_before"
    UNROUTED = "unrouted"


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
    at = min(text.received_at or now, now)
    if _is_seen(session, text.message_sid):
        return Receipt.SEEN_BEFORE, []
    number = _texted(session, text)
    if number is None:
        session.add(
            UnroutedText(
                carrier_sid=text.message_sid,
                from_number=text.from_number,
                to_number=text.to_number,
                body=clean(text.body),
                received_at=at,
            )
        )
        return Receipt.UNROUTED, []
    # It may be moving at this instant: the conversation belongs to the office that has it then.
    first_use.hold(session, number)
    contact = contacts.find_or_make(session, desk.cipher, text.from_number, now)
    conversation = contacts.conversation_with(session, number, contact, now)
    # What is bounded for a conversation is counted under its lock.
    session.refresh(conversation, with_for_update={"key_share": True})
    message = Message(
        conversation_id=conversation.id,
        author=Author.CONTACT,
        body=clean(text.body),
        media=list(text.media),
        carrier_sid=text.message_sid,
        sender_message_id=text.message_sid,
        status="received",
        created_at=at,
    )
    session.add(message)
    session.flush()
    first_use.note(session, number, Use.RECEIVED_TEXT, message.public_id, now)
    conversation.last_message_at = now
    conversation.resolved_at = None
    return Receipt.STORED, _route(session, desk, number, conversation, message, text, now)


def _texted(session: Session, text: IncomingText) -> PhoneNumber | None:
    """The number that was texted, None where it is not ours. One that was given back still takes
    an end of texts and words of danger, from whoever it was texting with: they may have been on
    their way at that moment.
    """
    same = select(PhoneNumber).where(PhoneNumber.e164 == text.to_number)
    number = session.scalar(same.where(PhoneNumber.state.not_in(NOT_OURS)))
    words = clean(text.body)
    if number is not None or not (is_crisis(words) or consent.ends_texts(words, text.opt_out_type)):
        return number
    return session.scalar(
        same.join(Conversation, Conversation.number_id == PhoneNumber.id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(PhoneNumber.state == NumberState.RELEASED, Contact.e164 == text.from_number)
        .order_by(PhoneNumber.id.desc())
        .limit(1)
    )


def _is_seen(session: Session, message_sid: str) -> bool:
    stored = select(Message.id).where(Message.carrier_sid == message_sid)
    unrouted = select(UnroutedText.id).where(UnroutedText.carrier_sid == message_sid)
    return session.scalar(stored) is not None or session.scalar(unrouted) is not None


def _route(
    session: Session,
    desk: Desk,
    number: PhoneNumber,
    conversation: Conversation,
    message: Message,
    text: IncomingText,
    now: datetime,
) -> list[Errand]:
    opted_out = routing.is_opted_out(session, conversation)
    limits = traffic.seen(session, conversation, now)
    if limits.is_flood:
        traffic.note_flood(session, conversation, message, now)
    carriers_word = text.opt_out_type
    if carriers_word is None and _is_reaction(session, conversation, message):
        before = timeline.last(session, conversation, REACTION)
        if before is None or now - before.at >= REACTIONS_TOLD_EVERY:
            reason = "The student reacted to a text of ours, so nothing answers."
            timeline.note(
                session, conversation, kind=REACTION, reason=reason, at=now, message=message
            )
        return []
    if is_crisis(message.body):
        errands = crisis.call_a_person(session, desk, number, conversation, message, now)
        # Words of danger never end texts by our reading; what the carrier has done is on record.
        if carriers_word is not None:
            taken = consent.take(session, conversation, message, carriers_word, now)
            errands += taken.errands if taken else ()
        return errands
    word = consent.word_of(message.body, carriers_word, is_opted_out=opted_out)
    if limits.reads_consent(word, opted_out=opted_out, by_carrier=carriers_word is not None):
        taken = consent.take(session, conversation, message, carriers_word, now)
        if taken is not None:
            if taken.unclear:
                target = routing.inbox_of(session, number)
                unclear = Reason.UNCLEAR_CONSENT
                inbox.put(session, conversation, target, unclear, now, message=message)
                # Asked a while ago already, so nothing else would tell that nobody is there.
                if not taken.errands and limits.silenced not in UNANSWERED:
                    return away_notes.write_if_closed(session, conversation, message, now)
            return list(taken.errands)
    return _answer(session, number, conversation, message, limits, now, opted_out=opted_out)


def _is_reaction(session: Session, conversation: Conversation, message: Message) -> bool:
    ours = (
        select(Message.body)
        .where(Message.conversation_id == conversation.id, Message.author != Author.CONTACT)
        .order_by(Message.id.desc())
        .limit(MOST_REACTED_TO)
    )
    return is_reaction(message.body, session.scalars(ours))


def _answer(
    session: Session,
    number: PhoneNumber,
    conversation: Conversation,
    message: Message,
    limits: Traffic,
    now: datetime,
    *,
    opted_out: bool,
) -> list[Errand]:
    answerer = routing.answerer(
        session,
        number,
        opted_out=opted_out,
        with_a_person=conversation.with_person,
        taken=conversation.taken_by_id is not None,
        has_words=bool(message.body.strip()),
        silenced=limits.silenced,
    )
    if answerer.responder is Responder.INBOX:
        target = routing.inbox_of(session, number)
        inbox.put(session, conversation, target, answerer.reason, now, message=message)
        if UNANSWERED & {answerer.reason, limits.silenced}:
            return []
        return away_notes.write_if_closed(session, conversation, message, now)
    timeline.note_decision(
        session,
        conversation,
        kind="assistant",
        reason=f"{answerer.reason} The assistant answers.",
        at=now,
        message=message,
    )
    session.add(
        Turn(
            conversation_id=conversation.id,
            message_id=message.id,
            state=TurnState.WAITING,
            created_at=now,
        )
    )
    return [Errand("answer", conversation.public_id)]

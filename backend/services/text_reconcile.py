"""The texts we sent, held against the carrier's list: none lost, none sent twice unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Contact, Conversation, ConversationEvent, Message, PhoneNumber
from backend.domain.errors import CarrierError
from backend.domain.lost_texts import (
    ASK_AFTER,
    ASK_UNTIL,
    TOO_LATE,
    TRIED_ENOUGH,
    Step,
    ask_again_at,
    next_step,
)
from backend.domain.messages import NOT_HANDED_OVER, moves_forward
from backend.services import outbound, routing, timeline
from backend.services.carrier_accounts import credentials
from backend.services.desk import Desk
from backend.services.ports import CarriedText, CarrierCredentials, Errand

log = structlog.get_logger()

# In one run; the rest come with the next.
MOST_AT_ONCE: Final = 200
# Between the carrier's clock and ours.
SLACK: Final = timedelta(minutes=1)
UNDER_WAY: Final = ("accepted", "scheduled", "queued", "sent")
# A text with one of these may yet turn out to be the one that the carrier lists.
UNSETTLED: Final = (*NOT_HANDED_OVER, "sending", "unconfirmed")
COPIES_WITHIN: Final = timedelta(days=1)
COPY: Final = "copy"

FOUND: Final = "The carrier has the text whose sending was in doubt, so it is not sent again."
SENT_AGAIN: Final = "The carrier never had the text whose sending was in doubt: it is sent again."


@dataclass(frozen=True)
class Settled:
    """How many doubtful texts the carrier had, how many were sent again, how many given up."""

    found: int = 0
    sent_again: int = 0
    given_up: int = 0


@dataclass(frozen=True)
class _Doubt:
    message_id: int
    institution_id: int
    public_id: str
    since: datetime
    account: CarrierCredentials
    from_number: str
    to_number: str


def settle(desk: Desk) -> Settled:
    """Ask the carrier for every text of which we do not know whether it took it.

    One that it lists gets its SID and status; one that it surely does not list goes back to the
    texts that wait to be sent, and through all their checks, or is shown as failed when it is too
    late. While the carrier cannot be asked everything stays as it is.
    """
    outcomes: list[Step | None] = []
    for doubt in _doubts(desk):
        try:
            listed = desk.carrier.texts_between(
                doubt.account, doubt.from_number, doubt.to_number, doubt.since
            )
        except CarrierError as error:
            log.warning("texts.not_settled", message=doubt.public_id, why=str(error))
            continue
        outcomes.append(_settle_one(desk, doubt, listed))
    settled = Settled(
        found=outcomes.count(None),
        sent_again=outcomes.count(Step.SEND_AGAIN),
        given_up=outcomes.count(Step.GIVE_UP),
    )
    if settled != Settled():
        log.warning(
            "texts.settled",
            found=settled.found,
            sent_again=settled.sent_again,
            given_up=settled.given_up,
        )
    return settled


def ask_for_reports(desk: Desk) -> None:
    """Ask how far texts have come whose delivery report is long in coming."""
    now = desk.clock.now()
    query = (
        select(Message)
        .where(
            Message.status.in_(UNDER_WAY),
            Message.carrier_sid.is_not(None),
            Message.created_at < now - ASK_AFTER,
            Message.created_at > now - ASK_UNTIL,
            Message.lease_until.is_(None) | (Message.lease_until < now),
        )
        .order_by(Message.id)
        .limit(MOST_AT_ONCE)
    )
    late = []
    with desk.db.read() as session:
        for message in session.scalars(query):
            number, _contact = routing.texting(message.conversation)
            late.append((message, credentials(desk, number.carrier_account)))
    for message, account in late:
        ask_next = ask_again_at(message.created_at, now)
        try:
            known = desk.carrier.status(account, message.carrier_sid or "")
        except CarrierError as error:
            if not error.permanent:
                return  # the next one would fare no better
            ask_next = now + ASK_UNTIL
        else:
            outbound.report_status(
                desk,
                message.institution_id,
                message_id=message.public_id,
                message_sid=message.carrier_sid or "",
                status=known.status,
                error_code=known.error_code,
            )
        with desk.db.write(message.institution_id) as session:
            row = _locked(session, message.id)
            if row.status in UNDER_WAY:
                row.lease_until = ask_next


def hear_of(desk: Desk, institution_id: int, sent: Sequence[CarriedText]) -> int:
    """Take what the carrier lists as sent by us: a status we have not heard of moves the text on;
    a second copy of a text is put on its timeline, once. Returns how many copies were new.
    """
    with desk.db.read(institution_id) as session:
        known = _by_sid(session, [text.sid for text in sent])
    for text in sent:
        message = known.get(text.sid)
        if message is not None and moves_forward(message.status, text.status):
            outbound.report_status(
                desk,
                institution_id,
                message_id=message.public_id,
                message_sid=text.sid,
                status=text.status,
                error_code=text.error_code,
            )
    return sum(_note_copy(desk, institution_id, text) for text in sent if text.sid not in known)


def _doubts(desk: Desk) -> list[_Doubt]:
    query = (
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Message.status == "unconfirmed", Contact.erased_at.is_(None))
        .order_by(Message.id)
        .limit(MOST_AT_ONCE)
    )
    doubts = []
    with desk.db.read() as session:
        for message in session.scalars(query):
            number, contact = routing.texting(message.conversation)
            doubts.append(
                _Doubt(
                    message.id,
                    message.institution_id,
                    message.public_id,
                    message.created_at - SLACK,
                    credentials(desk, number.carrier_account),
                    number.e164,
                    contact.e164,
                )
            )
    return doubts


def _settle_one(desk: Desk, doubt: _Doubt, listed: Sequence[CarriedText]) -> Step | None:
    """What was done: None when the carrier has it."""
    now = desk.clock.now()
    with desk.db.write(doubt.institution_id) as session:
        message = _locked(session, doubt.message_id)
        if message.status != "unconfirmed":
            return Step.WAIT  # a delivery report was quicker
        others = _by_sid(session, [text.sid for text in listed])
        theirs = [text for text in listed if text.sid not in others and _says(text, message.body)]
        step = None if theirs else _next_step(message, now)
        if step is None:
            message.carrier_sid = theirs[0].sid
            message.status, message.lease_until, message.error_reason = "queued", None, None
            _note(session, message, FOUND, now)
        elif step is Step.SEND_AGAIN:
            message.status, message.lease_until, message.error_reason = "pending", None, None
            _note(session, message, SENT_AGAIN, now)
        elif step is Step.GIVE_UP:
            tried_enough = message.attempts >= outbound.MOST_ATTEMPTS
            message.status, message.lease_until = "failed", None
            message.error_reason = TRIED_ENOUGH if tried_enough else TOO_LATE
            message.conversation.needs_attention = True
            _note(session, message, f"A text was not delivered: {message.error_reason}", now)
    if step is None:
        hear_of(desk, doubt.institution_id, theirs[:1])
    elif step is Step.SEND_AGAIN:
        desk.queue.enqueue(Errand("send", doubt.public_id))
    return step


def _next_step(message: Message, now: datetime) -> Step:
    step = next_step(
        is_of_the_assistant=message.author is Author.ASSISTANT,
        due_at=max(message.created_at, message.not_before or message.created_at),
        wait_until=message.lease_until,
        now=now,
    )
    is_worn_out = message.attempts >= outbound.MOST_ATTEMPTS
    return Step.GIVE_UP if step is Step.SEND_AGAIN and is_worn_out else step


def _note_copy(desk: Desk, institution_id: int, text: CarriedText) -> bool:
    """Whether the text is a copy of one of ours that nobody had noticed."""
    with desk.db.write(institution_id) as session:
        ours = [
            message
            for message in session.scalars(
                select(Message)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .join(PhoneNumber, PhoneNumber.id == Conversation.number_id)
                .join(Contact, Contact.id == Conversation.contact_id)
                .where(
                    PhoneNumber.e164 == text.from_number,
                    Contact.e164 == text.to_number,
                    Message.author != Author.CONTACT,
                    Message.created_at > text.at - COPIES_WITHIN,
                    Message.created_at < text.at + SLACK,
                )
                .order_by(Message.id)
            )
            if _says(text, message.body)
        ]
        # Not ours (Twilio's own confirmation of STOP, say), or not settled yet.
        if not ours or any(message.status in UNSETTLED for message in ours):
            return False
        original = ours[-1]
        reason = f"The carrier sent a text twice; the second copy is {text.sid}."
        noted = select(ConversationEvent.id).where(
            ConversationEvent.conversation_id == original.conversation_id,
            ConversationEvent.kind == COPY,
            ConversationEvent.reason == reason,
        )
        if session.scalar(noted) is not None:
            return False
        timeline.note(
            session,
            original.conversation,
            kind=COPY,
            reason=reason,
            at=desk.clock.now(),
            message=original,
        )
    log.warning("texts.copy", message=original.public_id, sid=text.sid)
    return True


def _by_sid(session: Session, sids: Sequence[str]) -> dict[str, Message]:
    """Our texts that have these SIDs; a few hundred SIDs at a time."""
    found: dict[str, Message] = {}
    for start in range(0, len(sids), 500):
        some = sids[start : start + 500]
        for message in session.scalars(select(Message).where(Message.carrier_sid.in_(some))):
            found[message.carrier_sid or ""] = message
    return found


def _says(text: CarriedText, body: str) -> bool:
    return text.direction == "outbound" and text.body.strip() == body.strip()


def _locked(session: Session, message_id: int) -> Message:
    query = select(Message).where(Message.id == message_id)
    return session.scalars(query.with_for_update(key_share=True)).one()


def _note(session: Session, message: Message, reason: str, now: datetime) -> None:
    timeline.note(
        session, message.conversation, kind="delivery", reason=reason, at=now, message=message
    )

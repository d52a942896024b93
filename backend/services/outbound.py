"""A text goes out: one row, handed to the carrier once, followed to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Conversation, Message
from backend.domain.carrier_refusals import reason_of
from backend.domain.errors import CarrierError
from backend.domain.messages import FAILED, moves_forward
from backend.domain.provisioned_numbers import Use
from backend.domain.sms import cut_to_longest
from backend.services import first_use, routing, timeline
from backend.services.carrier_accounts import credentials
from backend.services.desk import Desk
from backend.services.ports import AcceptedText, CarrierCredentials, Errand, OutgoingText

STATUS_PATH = "/webhooks/twilio/status"
LEASE = timedelta(seconds=60)
# Younger rows are still in the hands of whoever queued them.
SWEEP_AFTER = timedelta(seconds=10)
MOST_ATTEMPTS = 6


@dataclass(frozen=True)
class _Claimed:
    message_id: int
    institution_id: int
    attempts: int
    account: CarrierCredentials
    text: OutgoingText


def queue_text(
    session: Session,
    conversation: Conversation,
    reply_to: Message,
    body: str,
    author: Author,
    now: datetime,
) -> Errand:
    """Store a text to be sent in this transaction; returns the errand to queue once committed."""
    message = Message(
        institution_id=conversation.institution_id,
        conversation_id=conversation.id,
        reply_to_id=reply_to.id,
        author=author,
        body=cut_to_longest(body),
        status="pending",
        created_at=now,
    )
    session.add(message)
    session.flush()
    conversation.last_message_at = now
    return Errand("send", message.public_id)


def send(desk: Desk, message_public_id: str) -> None:
    """Hand a stored text to the carrier, at most once as far as anyone can know.

    A refusal that can never succeed stops and shows; "not processed" is tried again with
    growing pauses; a lost answer is marked unconfirmed and not sent again.
    """
    claimed = _claim(desk, message_public_id)
    if claimed is None:
        return
    try:
        accepted = desk.carrier.send(claimed.account, claimed.text)
    except CarrierError as error:
        _record_failure(desk, claimed, message_public_id, error)
        return
    _record_acceptance(desk, claimed, accepted)


def report_status(
    desk: Desk,
    institution_id: int,
    *,
    message_id: str,
    message_sid: str,
    status: str,
    error_code: int | None,
) -> None:
    """Take a status callback; repeats and late ones change nothing.

    `message_id` is ours, from the callback's address: it fits even when the callback comes
    before the carrier's answer was recorded, or when that answer was lost.
    """
    with desk.db.write(institution_id) as session:
        message = session.scalar(select(Message).where(Message.public_id == message_id))
        if message is None or message.author is Author.CONTACT:
            return
        if not moves_forward(message.status, status):
            return
        message.status = status
        message.carrier_sid = message.carrier_sid or message_sid
        if error_code is not None:
            message.error_code = error_code
            message.error_reason = reason_of(error_code)
        if status in FAILED:
            _show_failure(session, message, desk.clock.now())


def sweep(session: Session, now: datetime) -> list[Errand]:
    """Texts whose errand a crash dropped; those caught in mid-sending become unconfirmed."""
    for message in session.scalars(
        select(Message).where(Message.status == "sending", Message.lease_until < now)
    ):
        # Whether the carrier took it is unknown; sending it again could text twice.
        message.status = "unconfirmed"
        message.lease_until = None
        message.error_reason = "The desk stopped while handing it to the carrier."
        _show_failure(session, message, now)
    waiting = select(Message.public_id).where(
        Message.status == "pending",
        Message.created_at < now - SWEEP_AFTER,
        (Message.lease_until.is_(None)) | (Message.lease_until < now),
    )
    return [Errand("send", public_id) for public_id in session.scalars(waiting)]


def _claim(desk: Desk, public_id: str) -> _Claimed | None:
    now = desk.clock.now()
    with desk.db.write() as session:
        message = session.scalar(
            select(Message)
            .where(Message.public_id == public_id, Message.status == "pending")
            .with_for_update()
        )
        if message is None:
            return None
        conversation = message.conversation
        number, contact = routing.texting(conversation)
        if _is_no_longer_wanted(session, message):
            message.status = "canceled"
            message.error_reason = "The student opted out before it was sent."
            return None
        first_use.note(session, number, Use.SENT_TEXT, public_id, now)
        message.status = "sending"
        message.attempts += 1
        message.lease_until = now + LEASE
        return _Claimed(
            message_id=message.id,
            institution_id=message.institution_id,
            attempts=message.attempts,
            account=credentials(desk, number.carrier_account),
            text=OutgoingText(
                from_number=number.e164,
                to_number=contact.e164,
                body=message.body,
                status_callback=f"{desk.public_url}{STATUS_PATH}?message={public_id}",
            ),
        )


def _is_no_longer_wanted(session: Session, message: Message) -> bool:
    """Whether the assistant's text must not leave any more: it is checked again when sending."""
    conversation = message.conversation
    return message.author is Author.ASSISTANT and routing.is_opted_out(session, conversation)


def _record_acceptance(desk: Desk, claimed: _Claimed, accepted: AcceptedText) -> None:
    with desk.db.write(claimed.institution_id) as session:
        message = session.scalars(select(Message).where(Message.id == claimed.message_id)).one()
        message.carrier_sid = accepted.sid
        message.lease_until = None
        if moves_forward(message.status, accepted.status):
            message.status = accepted.status


def _record_failure(desk: Desk, claimed: _Claimed, public_id: str, error: CarrierError) -> None:
    now = desk.clock.now()
    pause_s = 2.0**claimed.attempts
    try_again = (
        not error.permanent and not error.may_have_happened and claimed.attempts < MOST_ATTEMPTS
    )
    with desk.db.write(claimed.institution_id) as session:
        message = session.scalars(select(Message).where(Message.id == claimed.message_id)).one()
        if message.status != "sending":
            return  # a delivery report came first and knows better
        message.error_code = error.carrier_code
        message.error_reason = str(error)
        if try_again:
            message.status = "pending"
            # Until then the sweep leaves it alone.
            message.lease_until = now + timedelta(seconds=pause_s)
        else:
            message.status = "unconfirmed" if error.may_have_happened else "failed"
            message.lease_until = None
            _show_failure(session, message, now)
    if try_again:
        desk.queue.enqueue(Errand("send", public_id), delay_s=pause_s)


def _show_failure(session: Session, message: Message, now: datetime) -> None:
    conversation = message.conversation
    conversation.needs_attention = True
    what = (
        "We cannot tell whether a text was delivered"
        if message.status == "unconfirmed"
        else "A text was not delivered"
    )
    timeline.note(
        session,
        conversation,
        kind="delivery",
        reason=f"{what}: {message.error_reason or 'the carrier gave no reason.'}",
        at=now,
        message=message,
    )

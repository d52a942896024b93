"""A text goes out: one row, handed to the carrier once, followed to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, CarrierAccount, Conversation, ConversationEvent, Message
from backend.domain.errors import CarrierError
from backend.domain.messages import moves_forward
from backend.domain.sms import cut_to_longest
from backend.services.carrier_accounts import credentials
from backend.services.desk import Desk
from backend.services.ports import AcceptedText, CarrierCredentials, OutgoingText

STATUS_PATH = "/webhooks/twilio/status"
LEASE = timedelta(seconds=60)
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
) -> tuple[str, str]:
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
    return ("send", message.public_id)


def note(
    session: Session,
    conversation: Conversation,
    *,
    kind: str,
    reason: str,
    at: datetime,
    message: Message | None = None,
) -> None:
    """Put a line on a conversation's timeline."""
    session.add(
        ConversationEvent(
            institution_id=conversation.institution_id,
            conversation_id=conversation.id,
            message_id=message.id if message else None,
            kind=kind,
            reason=reason,
            at=at,
        )
    )


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
    *,
    account_sid: str,
    message_id: str,
    message_sid: str,
    status: str,
    error_code: int | None,
) -> None:
    """Take a status callback; repeats and late ones change nothing.

    `message_id` is ours, from the callback's address: it fits even when the callback comes
    before the carrier's answer was recorded, or when that answer was lost.
    """
    with desk.db.write() as session:
        message = session.scalar(
            select(Message)
            .join(CarrierAccount, CarrierAccount.institution_id == Message.institution_id)
            .where(Message.public_id == message_id, CarrierAccount.account_sid == account_sid)
        )
        if message is None or not moves_forward(message.status, status):
            return
        message.status = status
        message.carrier_sid = message.carrier_sid or message_sid
        if error_code is not None:
            message.error_code = error_code
            message.error_reason = f"The carrier reported error {error_code}."
            _show_failure(session, message, desk.clock.now())


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
        number, contact = message.conversation.number, message.conversation.contact
        if number is None or contact is None:
            return None
        number.first_used_at = number.first_used_at or now
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


def _record_acceptance(desk: Desk, claimed: _Claimed, accepted: AcceptedText) -> None:
    with desk.db.write(claimed.institution_id) as session:
        message = session.scalars(select(Message).where(Message.id == claimed.message_id)).one()
        message.carrier_sid = accepted.sid
        message.lease_until = None
        if moves_forward(message.status, accepted.status):
            message.status = accepted.status


def _record_failure(desk: Desk, claimed: _Claimed, public_id: str, error: CarrierError) -> None:
    now = desk.clock.now()
    try_again = (
        not error.permanent and not error.may_have_happened and claimed.attempts < MOST_ATTEMPTS
    )
    with desk.db.write(claimed.institution_id) as session:
        message = session.scalars(select(Message).where(Message.id == claimed.message_id)).one()
        message.lease_until = None
        message.error_code = error.carrier_code
        message.error_reason = str(error)
        if try_again:
            message.status = "pending"
        else:
            message.status = "unconfirmed" if error.may_have_happened else "failed"
            _show_failure(session, message, now)
    if try_again:
        desk.queue.enqueue("send", public_id, delay_s=2.0**claimed.attempts)


def _show_failure(session: Session, message: Message, now: datetime) -> None:
    conversation = message.conversation
    conversation.needs_attention = True
    note(
        session,
        conversation,
        kind="delivery",
        reason=f"A text was not delivered for certain: {message.error_reason}",
        at=now,
        message=message,
    )

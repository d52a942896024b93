"""A text goes out: one row, handed to the carrier once, followed to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Campaign, Conversation, Message, PhoneNumber
from backend.domain.campaigns import CampaignState
from backend.domain.carrier_refusals import reason_of
from backend.domain.errors import CarrierError
from backend.domain.messages import FAILED, HELD, moves_forward
from backend.domain.provisioned_numbers import (
    REGISTRATION_REFUSED,
    NumberState,
    Use,
    why_held,
    why_never,
)
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
CAMPAIGN_ARCHIVED = "The campaign was archived before this text was sent."
NOT_YET = tuple(state for state in NumberState if why_held(state))


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
    reply_to: Message | None,
    body: str,
    author: Author,
    now: datetime,
    campaign: Campaign | None = None,
) -> Errand:
    """Store a text to be sent in this transaction; returns the errand to queue once committed.

    `reply_to` is the text it answers, `campaign` the one whose opening message it is.
    """
    message = Message(
        institution_id=conversation.institution_id,
        conversation_id=conversation.id,
        reply_to_id=reply_to.id if reply_to else None,
        campaign_id=campaign.id if campaign else None,
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

    While its number is being registered the text is held, with the reason; it is canceled when
    its number was given back, its campaign archived, or its reader has opted out.
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
        message = session.scalar(
            select(Message).where(Message.public_id == message_id).with_for_update(key_share=True)
        )
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
    """Texts whose errand a crash dropped; those caught in mid-sending become unconfirmed, and
    those that were held although their number had come into service meanwhile are let go.
    """
    for message in session.scalars(
        select(Message)
        .where(Message.status == "sending", Message.lease_until < now)
        .with_for_update(key_share=True)
    ):
        # Whether the carrier took it is unknown; sending it again could text twice.
        message.status = "unconfirmed"
        message.lease_until = None
        message.error_reason = "The desk stopped while handing it to the carrier."
        _show_failure(session, message, now)
    held = (
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(PhoneNumber, PhoneNumber.id == Conversation.number_id)
        .where(Message.status == HELD, PhoneNumber.state.not_in(NOT_YET))
    )
    let_go = [_let_go(message) for message in session.scalars(held)]
    session.flush()
    waiting = select(Message.public_id).where(
        Message.status == "pending",
        Message.created_at < now - SWEEP_AFTER,
        (Message.lease_until.is_(None)) | (Message.lease_until < now),
    )
    lost = [Errand("send", public_id) for public_id in session.scalars(waiting)]
    return list(dict.fromkeys(let_go + lost))


def release_held(session: Session, number: PhoneNumber) -> list[Errand]:
    """Let the texts go that waited for this number; returns errands to queue once committed."""
    held = (
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.status == HELD, Conversation.number_id == number.id)
        .order_by(Message.id)
    )
    return [_let_go(message) for message in session.scalars(held)]


def _let_go(message: Message) -> Errand:
    message.status = "pending"
    message.error_reason = None
    return Errand("send", message.public_id)


def _claim(desk: Desk, public_id: str) -> _Claimed | None:
    now = desk.clock.now()
    with desk.db.write() as session:
        message = session.scalar(
            select(Message)
            .where(Message.public_id == public_id, Message.status == "pending")
            .with_for_update(key_share=True)
        )
        if message is None:
            return None
        conversation = message.conversation
        number, contact = routing.texting(conversation)
        unwanted = _why_unwanted(session, message, number)
        held = _why_held(number)
        if unwanted is not None or held is not None:
            message.status = HELD if unwanted is None else "canceled"
            message.error_reason = unwanted or held
            message.lease_until = None
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


def _why_held(number: PhoneNumber) -> str | None:
    if number.state is NumberState.REGISTERING and number.is_registration_refused:
        return REGISTRATION_REFUSED
    return why_held(number.state)


def _why_unwanted(session: Session, message: Message, number: PhoneNumber) -> str | None:
    """Why a text must not leave any more, checked again when sending; None when it may.

    What the desk itself says (a confirmation of STOP, a safety text) goes to whoever opted out too.
    """
    if message.campaign_id is not None:
        campaign = session.scalars(select(Campaign).where(Campaign.id == message.campaign_id)).one()
        if campaign.state is CampaignState.ARCHIVED:
            return CAMPAIGN_ARCHIVED
    never = why_never(number.state)
    if never is not None:
        return never
    is_for_the_willing = message.author in (Author.ASSISTANT, Author.CAMPAIGN)
    if is_for_the_willing and routing.is_opted_out(session, message.conversation):
        return "The student opted out before it was sent."
    return None


def _record_acceptance(desk: Desk, claimed: _Claimed, accepted: AcceptedText) -> None:
    with desk.db.write(claimed.institution_id) as session:
        message = _claimed_row(session, claimed)
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
        message = _claimed_row(session, claimed)
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


def _claimed_row(session: Session, claimed: _Claimed) -> Message:
    # Locked: a delivery report may come at this very moment.
    query = select(Message).where(Message.id == claimed.message_id)
    return session.scalars(query.with_for_update(key_share=True)).one()


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

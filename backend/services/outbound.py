"""A text goes out: one row, handed to the carrier once, followed to its end."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Campaign, Conversation, Message, PhoneNumber
from backend.domain.campaigns import CampaignState
from backend.domain.carrier_refusals import reason_of
from backend.domain.errors import CarrierError, InvalidRequest
from backend.domain.lost_texts import SURE_AFTER
from backend.domain.media import faults as faults_of_media
from backend.domain.messages import FAILED, HELD, WAITING, moves_forward
from backend.domain.provisioned_numbers import (
    REGISTRATION_REFUSED,
    NumberState,
    Use,
    why_held,
    why_never,
)
from backend.domain.sms import cut_to_longest, segments_to_send
from backend.services import (
    carrier_opt_outs,
    first_use,
    ownership,
    pacing,
    routing,
    text_order,
    timeline,
)
from backend.services.carrier_accounts import credentials
from backend.services.desk import Desk
from backend.services.pacing import Due
from backend.services.ports import AcceptedText, CarrierCredentials, Errand, OutgoingText

STATUS_PATH = "/webhooks/twilio/status"
# Longer than any call to the carrier may take, so that it runs out only when its holder is dead.
LEASE = timedelta(seconds=150)
MOST_ATTEMPTS = 10
LONGEST_PAUSE_S = 300.0
# In a message's details.
_UNLESS_OPTED_OUT = "unless_opted_out"
CAMPAIGN_ARCHIVED = "The campaign was archived before this text was sent."


@dataclass(frozen=True)
class _Claimed:
    message_id: int
    institution_id: int
    attempts: int
    account: CarrierCredentials
    text: OutgoingText
    next_look: Due | None


def unless_opted_out(message: Message) -> Errand:
    """The errand of something the desk itself says that who has opted out by then must not get:
    anything but the word on their STOP, START or HELP, and a safety text.
    """
    message.details = {**message.details, _UNLESS_OPTED_OUT: True}
    return errand_of(message)


def errand_of(message: Message) -> Errand:
    """The errand to queue once a text that was `written` is committed."""
    return Errand("send", message.public_id)


def written(
    session: Session,
    conversation: Conversation,
    reply_to: Message | None,
    body: str,
    author: Author,
    now: datetime,
    campaign: Campaign | None = None,
    *,
    staff_id: int | None = None,
    media: Sequence[str] = (),
    starts: bool = False,
) -> Message:
    """Store a text to be sent in this transaction; its `errand_of` is to be queued once committed.

    `reply_to` is the text it answers, `campaign` the one whose opening message it is, `staff_id`
    who wrote it, `media` the web addresses of pictures. One that staff begin a conversation with
    (`starts`), and every opening message, waits for its turn and for the day; any other goes at
    once. Raises `InvalidRequest` for pictures that cannot be sent.
    """
    problems = tuple(faults_of_media(media))
    if problems:
        raise InvalidRequest(*problems)
    text = cut_to_longest(body)
    message = Message(
        institution_id=conversation.institution_id,
        conversation_id=conversation.id,
        reply_to_id=reply_to.id if reply_to else None,
        campaign_id=campaign.id if campaign else None,
        staff_id=staff_id,
        author=author,
        body=text,
        media=list(media),
        segments=segments_to_send(text, media),
        status="pending",
        created_at=now,
    )
    if starts or campaign is not None:
        pacing.wait_for_turn(message, conversation, now)
    session.add(message)
    session.flush()
    conversation.last_message_at = now
    return message


def send(desk: Desk, message_public_id: str) -> None:
    """Hand a stored text to the carrier, at most once as far as anyone can know.

    One that waits for its turn is left to `pacing`. While its number is being registered the text
    is held, with the reason; it is canceled when its number was given back, its campaign archived,
    or its reader has opted out.
    A refusal that can never succeed stops and shows; "not processed" is tried again with
    growing pauses; a lost answer is marked unconfirmed and not sent again.
    """
    waiting_on = _number_it_waits_on(desk, message_public_id)
    if waiting_on is not None:
        pacing.let_go(desk, waiting_on, asked_by=message_public_id)
        return
    claimed = _claim(desk, message_public_id)
    if claimed is None:
        return
    if claimed.next_look is not None:
        pacing.enqueue(desk, claimed.next_look, desk.clock.now())
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
            # A report may be days late; the text was refused when it was sent.
            sent_at = message.not_before or message.created_at
            carrier_opt_outs.record(session, message, desk.clock.now(), refused_at=sent_at)
            show_failure(session, message, desk.clock.now())


def _number_it_waits_on(desk: Desk, public_id: str) -> str | None:
    with desk.db.read() as session:
        return session.scalar(
            select(PhoneNumber.public_id)
            .join(Conversation, Conversation.number_id == PhoneNumber.id)
            .join(Message, Message.conversation_id == Conversation.id)
            .where(Message.public_id == public_id, Message.status == WAITING)
        )


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
        if text_order.is_behind(session, message, now):
            desk.queue.enqueue(errand_of(message), delay_s=text_order.LOOK_AGAIN_S)
            return None
        conversation = message.conversation
        number, contact = routing.texting(conversation)
        unwanted = _why_unwanted(session, message, number)
        held = _why_held(number)
        if unwanted is not None or held is not None:
            message.status = HELD if unwanted is None else "canceled"
            message.error_reason = unwanted or held
            message.lease_until = None
            if message.author is Author.SYSTEM and conversation.is_urgent and unwanted is not None:
                show_failure(session, message, now)
            return None
        if pacing.has_missed_its_turn(message, now):
            pacing.wait_for_turn(message, conversation, now)
            return None  # the sweep finds it
        first_use.note(session, number, Use.SENT_TEXT, public_id, now)
        next_look = None
        if message.not_before is None and message.attempts == 0:
            next_look = pacing.count(session, number, message.segments or 1, now)
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
                media=tuple(message.media),
                status_callback=f"{desk.public_url}{STATUS_PATH}?message={public_id}",
            ),
            next_look=next_look,
        )


def _why_held(number: PhoneNumber) -> str | None:
    if number.state is NumberState.REGISTERING and number.is_registration_refused:
        return REGISTRATION_REFUSED
    return why_held(number.state)


def _why_unwanted(session: Session, message: Message, number: PhoneNumber) -> str | None:
    """Why a text must not leave any more, checked again when sending; None when it may.

    What the desk itself says (a confirmation of STOP, a safety text) goes to whoever opted out
    too, unless it is marked (`unless_opted_out`).
    """
    if message.campaign_id is not None:
        campaign = session.scalars(select(Campaign).where(Campaign.id == message.campaign_id)).one()
        if campaign.state is CampaignState.ARCHIVED:
            return CAMPAIGN_ARCHIVED
    never = why_never(number.state)
    # While the carrier still has it, the desk's own words may yet arrive.
    is_still_tried = message.author is Author.SYSTEM and number.state is NumberState.RELEASING
    if never is not None and not is_still_tried:
        return never
    is_for_the_willing = message.author is not Author.SYSTEM or _UNLESS_OPTED_OUT in message.details
    if is_for_the_willing and routing.is_opted_out(session, message.conversation):
        return "The student opted out before it was sent."
    if message.author is Author.ASSISTANT and ownership.is_silenced(message.conversation):
        return "A person took the conversation before it was sent."
    return None


def _record_acceptance(desk: Desk, claimed: _Claimed, accepted: AcceptedText) -> None:
    with desk.db.write(claimed.institution_id) as session:
        message = _claimed_row(session, claimed)
        if message is None:
            return
        message.carrier_sid = accepted.sid
        message.lease_until = None
        if moves_forward(message.status, accepted.status):
            message.status = accepted.status


def _record_failure(desk: Desk, claimed: _Claimed, public_id: str, error: CarrierError) -> None:
    now = desk.clock.now()
    pause_s = pause_before_next(claimed.attempts)
    try_again = (
        not error.permanent and not error.may_have_happened and claimed.attempts < MOST_ATTEMPTS
    )
    with desk.db.write(claimed.institution_id) as session:
        message = _claimed_row(session, claimed)
        if message is None or message.status != "sending":
            return  # a delivery report came first and knows better
        message.error_code = error.carrier_code
        message.error_reason = str(error)
        if try_again:
            message.status = "pending"
            # Until then the sweep leaves it alone.
            message.lease_until = now + timedelta(seconds=pause_s)
        else:
            message.status = "unconfirmed" if error.may_have_happened else "failed"
            message.lease_until = now + SURE_AFTER if error.may_have_happened else None
            carrier_opt_outs.record(session, message, now, refused_at=now)
            show_failure(session, message, now)
    if try_again:
        desk.queue.enqueue(Errand("send", public_id), delay_s=pause_s)


def pause_before_next(attempts: int) -> float:
    """How many seconds to wait after so many attempts: longer each time, and by chance up to a
    quarter more, so that what failed together doesn't come again together.
    """
    return min(2.0**attempts, LONGEST_PAUSE_S) * (1 + secrets.randbelow(256) / 1_024)


def _claimed_row(session: Session, claimed: _Claimed) -> Message | None:
    """None where the student's data was deleted meanwhile."""
    # Locked: a delivery report may come at this very moment.
    query = select(Message).where(Message.id == claimed.message_id)
    return session.scalar(query.with_for_update(key_share=True))


def show_failure(session: Session, message: Message, now: datetime) -> None:
    """Say on the timeline that a text failed, and call a person."""
    conversation = message.conversation
    if not carrier_opt_outs.is_no_surprise(message):
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

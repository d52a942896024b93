"""A turn: one message that the assistant answers, and the token that speaks for its asker."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Conversation, Institution, Message, Turn, TurnState
from backend.domain.errors import TurnClosed
from backend.domain.staff import Right, has_right
from backend.services import audit, review
from backend.services.audit import DESK, REFUSED, Via
from backend.services.desk import Desk
from backend.services.ports import Audience, BotAnswer, BotTurn, Language
from backend.services.staff import Who, token_hash, who

# How long a turn may run and its token is worth something. Longer than any call to Rasa may
# take, so that a lease runs out only when its holder is dead.
LEASE = timedelta(seconds=60)
# Younger turns are still in the hands of whoever queued them; staff wait at most 10 s for theirs.
SWEEP_AFTER = timedelta(seconds=20)
# A sweep comes every few seconds; what it leaves, the next one takes up.
SOME = 500
LONGEST_READ = 2_000
_WORTH_SHOWING = {
    "numbers": Right.CHANGE_NUMBERS,
    "campaigns": Right.RUN_CAMPAIGNS,
    "limits": Right.SEE_CONTRACT_LIMITS,
}


@dataclass(frozen=True)
class Speaker:
    """For whom a turn token speaks: a staff member, or (None) a student.

    `message` is the public id of the words that asked. `payload` is what the pressed button
    stands for, None when the words were typed. `turn_id` and `conversation_id` are row numbers.
    """

    staff: Who | None
    institution_id: int
    office_id: int
    channel: str
    message: str
    turn_id: int
    conversation_id: int
    payload: str | None


def speaker(desk: Desk, token: str) -> Speaker:
    """The person behind a turn token, with their rights as they are now.

    Raises `TurnClosed` when the token is unknown, its turn has closed, 60 s have passed, or the
    person has left; which is on record then.
    """
    with desk.db.read() as session:
        turn = session.scalar(select(Turn).where(Turn.token_hash == token_hash(token)))
        why = _why_refused(turn, desk.clock.now())
        if turn is not None and why is None:
            return _speaker(turn)
    if token:
        _record_refusal(desk, turn, str(why))
    raise TurnClosed("This turn is over. Ask again in a new message.")


def _speaker(turn: Turn) -> Speaker:
    return Speaker(
        staff=who(turn.staff) if turn.staff else None,
        institution_id=turn.institution_id,
        office_id=turn.conversation.office_id,
        channel=turn.conversation.channel,
        message=turn.message.public_id,
        turn_id=turn.id,
        conversation_id=turn.conversation_id,
        payload=turn.payload,
    )


def _why_refused(turn: Turn | None, now: datetime) -> str | None:
    if turn is None:
        return "an unknown turn token was shown"
    if turn.state is not TurnState.RUNNING:
        return "the token of a turn that was over was shown"
    if turn.lease_until is None or turn.lease_until <= now:
        return "the token of a turn that had run out of time was shown"
    if turn.staff is not None and not turn.staff.is_active:
        return "the turn's person is no longer active"
    return None


def _record_refusal(desk: Desk, turn: Turn | None, why: str) -> None:
    """Put a refused token on record: with its turn, or for every institution, since one that
    nobody knows may have been meant for any of them.
    """
    with desk.db.write() as session:
        turn = turn and session.get_one(Turn, turn.id)
        own = (turn.institution_id,) if turn else session.scalars(select(Institution.id)).all()
        for institution_id in own:
            audit.record(
                session,
                "turn.token",
                by=turn.staff_id if turn else None,
                via=Via(turn.conversation.channel, turn.message.public_id) if turn else DESK,
                outcome=f"{REFUSED}: {why}",
                at=desk.clock.now(),
                subject=turn.public_id if turn else None,
                institution_id=institution_id,
            )


def locked(session: Session, turn_id: int) -> Turn | None:
    """A turn whose state nobody else can change until this transaction has ended; None when it was
    deleted meanwhile with all that its contact had written.
    """
    query = select(Turn).where(Turn.id == turn_id)
    return session.scalar(query.with_for_update(key_share=True))


def is_busy(session: Session, conversation: Conversation, now: datetime) -> bool:
    """Whether the assistant is answering another message of this conversation just now.

    Locks the conversation, so that two claims cannot both find it free.
    """
    session.execute(
        select(Conversation.id)
        .where(Conversation.id == conversation.id)
        .with_for_update(key_share=True)
    )
    running = select(Turn.id).where(
        Turn.conversation_id == conversation.id,
        Turn.state == TurnState.RUNNING,
        Turn.lease_until > now,
    )
    return session.scalar(running) is not None


def start(session: Session, turn: Turn, now: datetime) -> BotTurn:
    """Mark a turn running under a fresh token, and word it for the assistant."""
    token = secrets.token_urlsafe(32)
    turn.state = TurnState.RUNNING
    turn.token_hash = token_hash(token)
    turn.lease_until = now + LEASE
    conversation = turn.conversation
    return BotTurn(
        conversation=conversation.public_id,
        message_id=turn.message.public_id,
        text=turn.message.body[:LONGEST_READ],
        payload=turn.payload,
        turn_token=token,
        audience=_audience(conversation),
        channel=conversation.channel,  # type: ignore[arg-type]
        language=language_with(session, conversation),
        institution=conversation.institution.slug,
        institution_name=conversation.institution.name,
        office=conversation.office.slug,
        office_name=conversation.office.name,
        rights=_rights(turn),
    )


def _rights(turn: Turn) -> tuple[str, ...]:
    if turn.staff is None:
        return ()
    role = turn.staff.role
    return tuple(name for name, right in _WORTH_SHOWING.items() if has_right(role, right))


def close(
    session: Session,
    turn: Turn,
    state: TurnState,
    now: datetime,
    answer: BotAnswer | None = None,
) -> None:
    """End a turn. Its token is worth nothing from here on, and is known when it is shown again."""
    turn.state = state
    turn.lease_until = None
    turn.closed_at = now
    if answer is not None:
        turn.intent = answer.intent
        turn.confidence = answer.confidence
        review.keep_if_unanswered(session, turn, answer, now)


def put_back(turn: Turn, now: datetime) -> None:
    """Let a turn wait again after the assistant could not be reached.

    Its errand comes again by itself; the sweep looks at it only when that has been lost.
    """
    turn.state = TurnState.WAITING
    turn.lease_until = now + SWEEP_AFTER


def abandoned(session: Session, now: datetime, *, of_staff: bool) -> list[Turn]:
    """Turns that wait without anybody coming, or whose worker died while they ran;
    a bounded number of them, oldest first.
    """
    rows = session.scalars(
        select(Turn)
        .where(
            Turn.staff_id.is_not(None) if of_staff else Turn.staff_id.is_(None),
            (
                (Turn.state == TurnState.WAITING)
                & (Turn.created_at < now - SWEEP_AFTER)
                & (Turn.lease_until.is_(None) | (Turn.lease_until < now))
            )
            | ((Turn.state == TurnState.RUNNING) & (Turn.lease_until < now)),
        )
        .order_by(Turn.id)
        .limit(SOME)
        # One that is being closed at this very moment is not abandoned.
        .with_for_update(key_share=True, skip_locked=True)
    )
    return list(rows)


def language(conversation: Conversation) -> Language:
    """The language last used with a contact, else the institution's."""
    contact = conversation.contact
    known = contact.language if contact else None
    return "es" if (known or conversation.institution.language) == "es" else "en"


def language_with(session: Session, conversation: Conversation) -> Language:
    """The language last used in a conversation, with staff too, else the institution's."""
    last = session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.author == Author.ASSISTANT)
        .order_by(Message.id.desc())
        .limit(1)
    )
    spoken = last and last.details.get("language")
    if conversation.staff_id is None or spoken is None:
        return language(conversation)
    return "es" if spoken == "es" else "en"


def _audience(conversation: Conversation) -> Audience:
    return "staff" if conversation.staff_id is not None else "student"

"""A turn: one message that the assistant answers, and the token that speaks for its asker."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Conversation, Turn, TurnState
from backend.domain.errors import TurnClosed
from backend.services.desk import Desk
from backend.services.ports import Audience, BotAnswer, BotTurn, Language
from backend.services.staff import Who, token_hash, who

# How long a turn may run and its token is worth something. Longer than any call to Rasa may
# take, so that a lease runs out only when its holder is dead.
LEASE = timedelta(seconds=60)
# Younger turns are still in the hands of whoever queued them; staff wait at most 10 s for theirs.
SWEEP_AFTER = timedelta(seconds=20)
LONGEST_READ = 2_000


@dataclass(frozen=True)
class Speaker:
    """For whom a turn token speaks: a staff member, or (None) a student."""

    staff: Who | None
    institution_id: int
    office_id: int
    channel: str
    message: str


def speaker(desk: Desk, token: str) -> Speaker:
    """The person behind a turn token, with their rights as they are now.

    Raises `TurnClosed` when the token is unknown, its turn has closed, or 60 s have passed.
    """
    with desk.db.read() as session:
        turn = session.scalar(
            select(Turn).where(
                Turn.token_hash == token_hash(token),
                Turn.state == TurnState.RUNNING,
                Turn.lease_until > desk.clock.now(),
            )
        )
        if turn is None or (turn.staff is not None and not turn.staff.is_active):
            raise TurnClosed("This turn is over. Ask again in a new message.")
        return Speaker(
            staff=who(turn.staff) if turn.staff else None,
            institution_id=turn.institution_id,
            office_id=turn.conversation.office_id,
            channel=turn.conversation.channel,
            message=turn.message.public_id,
        )


def locked(session: Session, turn_id: int) -> Turn:
    """A turn whose state nobody else can change until this transaction has ended."""
    query = select(Turn).where(Turn.id == turn_id)
    return session.scalars(query.with_for_update(key_share=True)).one()


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
        language=language(conversation),
        institution=conversation.institution.slug,
        institution_name=conversation.institution.name,
        office=conversation.office.slug,
        office_name=conversation.office.name,
    )


def close(turn: Turn, state: TurnState, now: datetime, answer: BotAnswer | None = None) -> None:
    """End a turn, and its token with it."""
    turn.state = state
    _end_lease(turn)
    turn.closed_at = now
    if answer is not None:
        turn.intent = answer.intent
        turn.confidence = answer.confidence


def put_back(turn: Turn, now: datetime) -> None:
    """Let a turn wait again after the assistant could not be reached.

    Its errand comes again by itself; the sweep looks at it only when that has been lost.
    """
    turn.state = TurnState.WAITING
    _end_lease(turn)
    turn.lease_until = now + SWEEP_AFTER


def abandoned(session: Session, now: datetime, *, of_staff: bool) -> list[Turn]:
    """Turns that wait without anybody coming, or whose worker died while they ran."""
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
        # One that is being closed at this very moment is not abandoned.
        .with_for_update(key_share=True, skip_locked=True)
    )
    return list(rows)


def _end_lease(turn: Turn) -> None:
    """The turn's token is worth nothing from here on."""
    turn.token_hash = None
    turn.lease_until = None


def language(conversation: Conversation) -> Language:
    """The language last used with this participant, else the institution's."""
    contact = conversation.contact
    known = contact.language if contact else None
    return "es" if (known or conversation.institution.language) == "es" else "en"


def _audience(conversation: Conversation) -> Audience:
    return "staff" if conversation.staff_id is not None else "student"

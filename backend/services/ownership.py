"""Whose a conversation is: the assistant's, a person's, or nobody's until someone writes again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Conversation, Institution, ParticipantKind, StaffMember
from backend.services import timeline

MOST_HANDED_BACK: Final = 500


def take(
    session: Session, conversation: Conversation, agent: StaffMember, now: datetime, reason: str
) -> None:
    """Make it this agent's: from now on the assistant is silent, and it is open if it was closed.
    `reason` is a whole sentence.
    """
    conversation.with_person = True
    conversation.resolved_at = None
    conversation.last_person_at = now
    if conversation.taken_by_id == agent.id:
        return
    conversation.taken_by_id = agent.id
    timeline.note(session, conversation, kind="taken", reason=reason, at=now, staff_id=agent.id)


def hand_back(
    session: Session,
    conversation: Conversation,
    now: datetime,
    reason: str,
    staff_id: int | None = None,
) -> None:
    """Give it back to the assistant; `staff_id` is who did, None when it was left idle."""
    _let_go(conversation)
    timeline.note(
        session, conversation, kind="handed_back", reason=reason, at=now, staff_id=staff_id
    )


def resolve(
    session: Session, conversation: Conversation, now: datetime, reason: str, staff_id: int
) -> None:
    """Close it: the next text opens it again, answered as its number is set."""
    _let_go(conversation)
    conversation.resolved_at = now
    timeline.note(session, conversation, kind="resolved", reason=reason, at=now, staff_id=staff_id)


def is_silenced(conversation: Conversation) -> bool:
    """Whether a person, or a crisis that calls for one, has silenced the assistant. That the
    assistant itself has asked for a person doesn't count.

    Moments are not compared: who took it may have looked at the clock before an answer was
    written, and have waited for the row until after that.
    """
    is_taken = conversation.taken_by_id is not None
    return conversation.with_person and (is_taken or conversation.is_urgent)


def hand_back_idle(session: Session, now: datetime) -> None:
    """Give conversations back to the assistant in which nobody has written, neither a person nor
    the student, for as long as their institution says (`hand_back_after_hours`; None: never).

    One in a crisis stays with people until somebody says that it is over. What still waits for
    an answer goes on waiting in the inbox: only the assistant is no longer silent.
    """
    settings = select(Institution.id, Institution.hand_back_after_hours).where(
        Institution.hand_back_after_hours.is_not(None)
    )
    for institution_id, hours in session.execute(settings):
        idle_since = now - timedelta(hours=hours or 0)
        idle = (
            select(Conversation)
            .where(
                Conversation.institution_id == institution_id,
                Conversation.participant_kind == ParticipantKind.CONTACT,
                Conversation.with_person,
                Conversation.is_urgent.is_(False),
                Conversation.last_message_at <= idle_since,
                Conversation.last_person_at.is_(None) | (Conversation.last_person_at <= idle_since),
            )
            .order_by(Conversation.last_message_at)
            .limit(MOST_HANDED_BACK)
            # One that somebody is writing in at this very moment is not idle.
            .with_for_update(key_share=True, skip_locked=True)
        )
        for conversation in session.scalars(idle):
            waits = conversation.needs_attention
            hand_back(session, conversation, now, _idle(hours or 0, still_waits=waits))
            conversation.needs_attention = waits


def _idle(hours: int, *, still_waits: bool) -> str:
    how_long = "1 hour" if hours == 1 else f"{hours} hours"
    said = f"Nobody has written for {how_long}, so new texts are answered as the number is set."
    return f"{said} It still waits for a person in the inbox." if still_waits else said


def _let_go(conversation: Conversation) -> None:
    conversation.with_person = conversation.needs_attention = conversation.is_urgent = False
    conversation.taken_by_id = None
    conversation.failures_in_row = 0

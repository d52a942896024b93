"""A conversation's timeline: what happened besides the messages, each with its reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.db.tables import Conversation, ConversationEvent, Message

# The lines that say who answers: decided by rule, or by a person.
BY_RULE: Final = ("assistant", "inbox")
DECISIONS: Final = (*BY_RULE, "taken", "assigned", "handed_back", "resolved")
MOST_DECISIONS_AN_HOUR: Final = 20


def note(
    session: Session,
    conversation: Conversation,
    *,
    kind: str,
    reason: str,
    at: datetime,
    message: Message | None = None,
    staff_id: int | None = None,
) -> None:
    """Put a line on the timeline; `message` is what brought it about."""
    session.add(
        ConversationEvent(
            institution_id=conversation.institution_id,
            conversation_id=conversation.id,
            message_id=message.id if message else None,
            staff_id=staff_id,
            kind=kind,
            reason=reason,
            at=at,
        )
    )


def note_decision(
    session: Session,
    conversation: Conversation,
    *,
    kind: str,
    reason: str,
    at: datetime,
    message: Message | None = None,
) -> None:
    """Say who answers and why, where that is news: not when the line before says the same, and
    at most twenty times an hour, however many texts come.
    """
    session.flush()
    lines = of_kind(conversation, *DECISIONS).limit(MOST_DECISIONS_AN_HOUR)
    before = session.scalars(lines).all()
    if before and (before[0].kind, before[0].reason) == (kind, reason):
        return
    if len(before) == MOST_DECISIONS_AN_HOUR and at - before[-1].at < timedelta(hours=1):
        return
    note(session, conversation, kind=kind, reason=reason, at=at, message=message)


def last(session: Session, conversation: Conversation, *kinds: str) -> ConversationEvent | None:
    """The latest line of some kinds."""
    session.flush()
    return session.scalar(of_kind(conversation, *kinds).limit(1))


def of_kind(conversation: Conversation, *kinds: str) -> Select[ConversationEvent]:
    """A conversation's lines of some kinds, latest first."""
    return (
        select(ConversationEvent)
        .where(
            ConversationEvent.conversation_id == conversation.id,
            ConversationEvent.kind.in_(kinds),
        )
        .order_by(ConversationEvent.id.desc())
    )

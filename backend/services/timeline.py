"""A conversation's timeline: what happened besides the messages, each with its reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from backend.db.tables import Conversation, ConversationEvent, Message


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

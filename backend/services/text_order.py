"""Answers to several texts of one student reach the carrier in the order of those texts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Message

LOOK_AGAIN_S: Final = 1.0
# An answer that the carrier will not take holds up the next one no longer.
WAITS_FOR: Final = timedelta(seconds=60)


def is_behind(session: Session, message: Message, now: datetime) -> bool:
    """Whether an earlier answer of the assistant in the same conversation has yet to leave."""
    if message.author is not Author.ASSISTANT:
        return False
    earlier = select(Message.id).where(
        Message.conversation_id == message.conversation_id,
        Message.id < message.id,
        Message.author == Author.ASSISTANT,
        Message.status.in_(("pending", "sending")),
        Message.created_at > now - WAITS_FOR,
    )
    return session.scalar(earlier.limit(1)) is not None

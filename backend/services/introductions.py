"""When the assistant must say to a student what it is."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Message, Turn
from backend.domain.assistant_texts import INTRODUCED_FOR

# A text in such a state has told its reader nothing.
_NEVER_READ: Final = frozenset({"failed", "undelivered", "canceled"})


def must_introduce(session: Session, turn: Turn) -> bool:
    """Whether the assistant must say what it is: at first, after a long silence, after a person
    has written, and when the text that said so never left.
    """
    conversation = turn.conversation
    if conversation.introduced_at is None:
        return True
    texts = (
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.id != turn.message_id)
        .order_by(Message.id.desc())
        .limit(1)
    )
    before = session.scalar(texts.where(Message.id < turn.message_id))
    if before and turn.message.created_at - before.created_at > INTRODUCED_FOR:
        return True
    ours = session.scalar(texts.where(Message.author != Author.CONTACT))
    if ours and ours.author is Author.STAFF:
        return True
    said = texts.where(
        Message.author == Author.ASSISTANT, Message.created_at == conversation.introduced_at
    )
    introducing = session.scalar(said)
    return introducing is not None and introducing.status in _NEVER_READ

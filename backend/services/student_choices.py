"""What a student may choose by number: kept with the text that shows it, told from the reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Message, ReplyButton
from backend.domain.messages import FAILED
from backend.domain.numbered_choices import OPEN_FOR
from backend.services.ports import Button

# In the details of a student's message: the words of the choice that its number stands for.
CHOSE: Final = "chose"


def keep(session: Session, shown_in: Message, buttons: Sequence[Button]) -> None:
    """Keep what the choices of a text of ours stand for."""
    session.add_all(
        ReplyButton(
            institution_id=shown_in.institution_id,
            conversation_id=shown_in.conversation_id,
            message_id=shown_in.id,
            title=button.title,
            payload=button.payload,
        )
        for button in buttons
    )


def open_to(session: Session, message: Message) -> tuple[Button, ...]:
    """The choices that a student's message may mean by a number, in their order: those of the
    last text that was written to them before it, within a day. Only the assistant offers any.
    """
    last = session.scalar(
        select(Message)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.id < message.id,
            Message.author != Author.CONTACT,
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
    if last is None or last.status in FAILED:
        return ()
    if message.created_at - last.created_at > OPEN_FOR:
        return ()
    rows = session.scalars(
        select(ReplyButton).where(ReplyButton.message_id == last.id).order_by(ReplyButton.id)
    )
    return tuple(Button(row.title, row.payload) for row in rows)

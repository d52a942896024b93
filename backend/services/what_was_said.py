"""What a staff member's message puts to the assistant: words, a button, or the last thing again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Conversation, Message, ReplyButton, Turn
from backend.domain.errors import NotFound
from backend.domain.repeats import asks_to_repeat
from backend.domain.sensitive import masked
from backend.services.ports import Language
from backend.services.staff import Who

TRY_AGAIN: Final = "try again"
TRY_AGAIN_TITLE: Final[dict[Language, str]] = {"en": "Try again", "es": "Intentar de nuevo"}
# In the details of a message.
_HIDDEN: Final = "hidden"
_REPEATS: Final = "repeats"


@dataclass(frozen=True)
class Said:
    """What is put to the assistant; `is_hidden` when a part of what was typed is hidden in it,
    `repeats` is the public id of the message that it puts once more.
    """

    text: str
    payload: str | None = None
    is_hidden: bool = False
    repeats: str | None = None

    @property
    def details(self) -> dict[str, Any]:
        """What the message keeps besides its text."""
        hidden = {_HIDDEN: True} if self.is_hidden else {}
        return hidden | ({_REPEATS: self.repeats} if self.repeats else {})


def typed(session: Session, conversation: Conversation, words: str) -> Said:
    """Typed words without their secrets; or, when they ask for the last thing again and the last
    answer offers that, what its button would put.
    """
    shown = masked(words)
    return _repeated(session, conversation, words) or Said(shown, is_hidden=shown != words)


def pressed(session: Session, who: Who, conversation: Conversation, button: str) -> Said:
    """What a button of the person's own conversation stands for, else `NotFound`."""
    row = session.scalar(
        select(ReplyButton).where(
            ReplyButton.public_id == button,
            ReplyButton.conversation_id == conversation.id,
            ReplyButton.staff_id == who.id,
        )
    )
    if row is None:
        raise NotFound("That button is not part of this conversation. Type what you want instead.")
    return _meant(session, row)


def has_hidden(message: Message) -> bool:
    """Whether a part of what was typed is hidden in the message."""
    return bool(message.details.get(_HIDDEN))


def with_earlier_tries(session: Session, message: Message) -> Iterator[Message]:
    """A message and, back to the first, those that it puts once more."""
    tried: Message | None = message
    while tried is not None:
        yield tried
        earlier = tried.details.get(_REPEATS)
        tried = earlier and session.scalar(
            select(Message).where(
                Message.public_id == earlier, Message.conversation_id == message.conversation_id
            )
        )


def _repeated(session: Session, conversation: Conversation, words: str) -> Said | None:
    if not asks_to_repeat(words):
        return None
    last = (
        select(Turn.message_id)
        .where(Turn.conversation_id == conversation.id)
        .order_by(Turn.id.desc())
        .limit(1)
    )
    offered = session.scalar(
        select(ReplyButton)
        .join(Message, Message.id == ReplyButton.message_id)
        .where(
            Message.reply_to_id == last.scalar_subquery(),
            ReplyButton.title.in_(TRY_AGAIN_TITLE.values()),
        )
    )
    return _meant(session, offered) if offered else None


def _meant(session: Session, button: ReplyButton) -> Said:
    """What a button stands for; after a failure, the very message that failed."""
    if button.payload != TRY_AGAIN:
        return Said(button.title, button.payload)
    failed = session.scalars(
        select(Turn)
        .join(Message, Message.reply_to_id == Turn.message_id)
        .where(Message.id == button.message_id)
    ).one()
    return Said(failed.message.body, failed.payload, repeats=failed.message.public_id)

"""What the assistant had no answer to, kept for people who teach it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Turn, UnansweredQuestion
from backend.services.desk import Desk
from backend.services.ports import BotAnswer

# Rasa's name for a message that it is unsure of, and ours for one about something else.
UNANSWERED: Final = frozenset({"nlu_fallback", "out_of_scope"})


@dataclass(frozen=True)
class Question:
    """A question that waits for review; `nearest` is the intent that it came nearest to."""

    at: datetime
    institution: str
    channel: str
    words: str
    nearest: str | None


def latest(desk: Desk, most: int) -> tuple[Question, ...]:
    """The latest questions of every institution, newest first, for who rules this machine."""
    with desk.db.read() as session:
        rows = session.scalars(
            select(UnansweredQuestion).order_by(UnansweredQuestion.id.desc()).limit(most)
        )
        return tuple(
            Question(
                at=row.created_at,
                institution=row.message.conversation.institution.slug,
                channel=row.channel,
                words=row.message.body,
                nearest=row.nearest[0]["name"] if row.nearest else None,
            )
            for row in rows
        )


def keep_if_unanswered(session: Session, turn: Turn, answer: BotAnswer, now: datetime) -> None:
    """Keep a question for review when the assistant did not know what was meant.

    The words stay with their message: only its row is pointed at.
    """
    if answer.intent not in UNANSWERED:
        return
    session.add(
        UnansweredQuestion(
            institution_id=turn.institution_id,
            message_id=turn.message_id,
            channel=turn.conversation.channel,
            nearest=[asdict(one) for one in answer.nearest],
            created_at=now,
        )
    )

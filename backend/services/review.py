"""What the assistant had no answer to, kept for people who teach it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from backend.db.tables import Turn, UnansweredQuestion
from backend.services.ports import BotAnswer

# Rasa's name for a message that it is unsure of, and ours for one about something else.
UNANSWERED: Final = frozenset({"nlu_fallback", "out_of_scope"})


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

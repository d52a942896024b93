"""The assistant gives a conversation to a person, and tells the agent what it was about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Message, Turn, UnansweredQuestion
from backend.domain.assistant_failures import PERSON
from backend.domain.conversations import Reason
from backend.services import inbox, review, routing, student_choices, timeline

# The kind of a timeline's line that holds a student's words, to be deleted with them.
SUMMARY: Final = "summary"
LOOKS_BACK: Final = timedelta(days=1)
_MOST_QUESTIONS: Final = 5
_LONGEST_QUOTE: Final = 160


def hand_over(session: Session, turn: Turn, reason: Reason, now: datetime) -> None:
    """Put the conversation in its inbox with a summary; the assistant is silent from here on."""
    conversation = turn.conversation
    conversation.with_person = True
    put_in_inbox(session, turn, reason, now)
    timeline.note(
        session,
        conversation,
        kind=SUMMARY,
        reason=_summary(session, turn),
        at=now,
        message=turn.message,
    )


def put_in_inbox(session: Session, turn: Turn, reason: Reason, now: datetime) -> None:
    """Have a person look at a text, in the inbox where its number's texts go now."""
    number, _contact = routing.texting(turn.conversation)
    target = routing.inbox_of(session, number)
    inbox.put(session, turn.conversation, target, reason, now, message=turn.message)


def _summary(session: Session, turn: Turn) -> str:
    asked = [
        f"{place}. {_quoted(one.message)} {_understood(session, one)}"
        for place, one in enumerate(_recent(session, turn), 1)
    ]
    return "\n".join(["What the student asked the assistant:", *asked])


def _recent(session: Session, turn: Turn) -> list[Turn]:
    """The latest turns up to this one, oldest first; none from before a person was last there."""
    since = turn.created_at - LOOKS_BACK
    seen_to = turn.conversation.last_person_at
    latest = session.scalars(
        select(Turn)
        .where(
            Turn.conversation_id == turn.conversation_id,
            Turn.id <= turn.id,
            Turn.created_at > (max(since, seen_to) if seen_to else since),
        )
        .order_by(Turn.id.desc())
        .limit(_MOST_QUESTIONS)
    )
    return list(reversed(latest.all()))


def _quoted(message: Message) -> str:
    """The student's words on one line, and what they chose by a number."""
    line = " ".join(message.body.split())
    quote = line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"
    choice = message.details.get(student_choices.CHOSE)
    return f"“{quote}” for “{choice}”" if choice else f"“{quote}”"


def _understood(session: Session, turn: Turn) -> str:
    if turn.intent is None:
        return "(none of the choices)"
    if turn.intent not in review.UNANSWERED:
        return f"(understood as {_in_words(turn.intent)}, {_share(turn.confidence)} sure)"
    nearest = session.scalar(
        select(UnansweredQuestion.nearest).where(UnansweredQuestion.message_id == turn.message_id)
    )
    if not nearest:
        return "(not understood)"
    first = nearest[0]
    return f"(not understood; nearest: {_in_words(first['name'])}, {_share(first['confidence'])})"


def _in_words(intent: str) -> str:
    if intent == PERSON.removeprefix("/"):
        return "asking for a person"
    return intent.removeprefix("student_").removeprefix("faq_").replace("_", " ")


def _share(confidence: float | None) -> str:
    return f"{confidence or 0:.0%}"

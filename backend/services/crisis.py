"""A student may be in danger: a safety text at once, the urgent inbox, and whoever is on call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from backend.db.tables import Author, Conversation, Message, PhoneNumber
from backend.domain.conversations import Reason
from backend.domain.crisis import SAFETY_TEXTS, language_of
from backend.services import inbox, on_call, outbound, routing, timeline, turns
from backend.services.desk import Desk
from backend.services.ports import Errand, Language

# The timeline's line of a safety text.
CRISIS: Final = "crisis"
# Who writes several times in a minute gets it once; who comes back later gets it again.
SAFETY_TEXT_EVERY: Final = timedelta(minutes=5)


def call_a_person(
    session: Session,
    desk: Desk,
    number: PhoneNumber,
    conversation: Conversation,
    message: Message,
    now: datetime,
) -> list[Errand]:
    """Mark a conversation urgent and call people to it; returns errands to queue once committed.

    The safety text is repeated after five minutes, the call to who is on call after fifteen; both
    come at once again after somebody has handed the conversation back or resolved it.
    """
    is_news = not conversation.is_urgent
    conversation.with_person = conversation.is_urgent = True
    target = routing.inbox_of(session, number)
    inbox.put(session, conversation, target, Reason.CRISIS, now, message=message)
    errands = []
    said = timeline.last(session, conversation, CRISIS)
    if is_news or said is None or now - said.at >= SAFETY_TEXT_EVERY:
        errands.append(_say(session, conversation, message, now))
    return errands + on_call.tell(session, desk, number, conversation, now, at_once=is_news)


def safety_text(conversation: Conversation, body: str) -> str:
    """What answers a crisis: the institution's own text, else the product's, in the language of
    the message, where that tells, or of the student.
    """
    language: Language = language_of(body) or turns.language(conversation)
    own: str | None = (conversation.institution.safety_texts or {}).get(language)
    return own or SAFETY_TEXTS[language]


def _say(session: Session, conversation: Conversation, message: Message, now: datetime) -> Errand:
    timeline.note(
        session,
        conversation,
        kind=CRISIS,
        reason="The student got the safety text. It stays urgent until somebody hands it back or "
        "resolves it.",
        at=now,
        message=message,
    )
    body = safety_text(conversation, message.body)
    return outbound.errand_of(
        outbound.written(session, conversation, message, body, Author.SYSTEM, now)
    )

"""One conversation with everything that happened in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from backend.db.tables import (
    Author,
    Conversation,
    ConversationEvent,
    Message,
    StaffMember,
    Turn,
    TurnState,
)
from backend.domain.errors import unknown_cursor
from backend.domain.messages import FAILED, KEPT_BACK
from backend.services import student_choices
from backend.services.desk import Desk
from backend.services.inbox import lines, rows, sending
from backend.services.inbox.lines import InboxLine
from backend.services.staff import Who

MOST_MESSAGES: Final = 100
NO_WORDS: Final = "(no words)"
NOTE: Final = "note"


@dataclass(frozen=True)
class Trail:
    """What the assistant made of a student's words: the intent it understood and how sure it
    was (0 to 1), both None where it did not get that far; `outcome` is a sentence. `chose` is the
    choice that a number of theirs stood for.
    """

    intent: str | None
    confidence: float | None
    outcome: str
    chose: str | None = None


@dataclass(frozen=True)
class TimelineEntry:
    """A message or an event. `author` None is an event, of this `kind`; a message's is `message`.

    `key` is its own within the conversation. `id` is a message's; `by` names the staff member who
    wrote a text or a note; `status` is the delivery state of what we sent, `why` the reason when it
    failed or waits; `media` are the addresses of pictures.
    """

    at: datetime
    author: Author | None
    text: str
    kind: str = "message"
    key: str = ""
    id: str | None = None
    by: str | None = None
    status: str | None = None
    why: str | None = None
    media: Sequence[str] = ()
    trail: Trail | None = None


@dataclass(frozen=True)
class Thread:
    """A conversation with what happened in it, oldest first; `earlier` is the cursor of what
    was before, None from the beginning on.

    `latest` is the id of the newest message. `why_no_reply` says why nobody can write in it,
    `why_replies_wait` why what is written will not leave yet; None where neither is so.
    """

    line: InboxLine
    timeline: tuple[TimelineEntry, ...]
    latest: str | None = None
    earlier: str | None = None
    why_no_reply: str | None = None
    why_replies_wait: str | None = None


def thread(desk: Desk, who: Who, conversation: str, *, before: str | None = None) -> Thread:
    """One conversation: its last 100 messages, or the 100 before the message `before`.

    Raises `NotFound` when this person may not see it, `InvalidRequest` for an unknown cursor.
    """
    with desk.db.read(who.institution_id) as session:
        row = rows.found(session, who, conversation)
        messages = _messages(session, row, before)
        has_earlier = len(messages) > MOST_MESSAGES
        shown = messages[-MOST_MESSAGES:]
        (line,) = lines.lines_of(session, who, [row])
        return Thread(
            line=line,
            timeline=_timeline(session, row, shown, before, has_earlier=has_earlier),
            latest=shown[-1].public_id if shown else None,
            earlier=shown[0].public_id if has_earlier else None,
            why_no_reply=sending.why_no_reply(session, row),
            why_replies_wait=sending.why_replies_wait(row),
        )


def _messages(session: Session, row: Conversation, before: str | None) -> Sequence[Message]:
    """One more than is shown, if there is one, oldest first."""
    query = select(Message).where(Message.conversation_id == row.id)
    if before is not None:
        cursor = session.scalar(query.where(Message.public_id == before))
        if cursor is None:
            raise unknown_cursor()
        query = query.where(Message.id < cursor.id)
    newest_first = query.order_by(Message.id.desc()).limit(MOST_MESSAGES + 1)
    return session.scalars(newest_first.options(selectinload(Message.staff))).all()[::-1]


def _timeline(
    session: Session,
    row: Conversation,
    messages: Sequence[Message],
    before: str | None,
    *,
    has_earlier: bool,
) -> tuple[TimelineEntry, ...]:
    trails = _trails(session, messages)
    entries = [_message(message, trails.get(message.id)) for message in messages]
    events = select(ConversationEvent).where(ConversationEvent.conversation_id == row.id)
    if has_earlier:
        events = events.where(ConversationEvent.at >= messages[0].created_at)
    if before is not None:
        at = select(Message.created_at).where(Message.public_id == before).scalar_subquery()
        events = events.where(ConversationEvent.at < at)
    names = _names(session)
    at_once: Counter[str] = Counter()
    for event in session.scalars(events.order_by(ConversationEvent.id)):
        key = f"event-{event.at.timestamp()}-{event.kind}"
        at_once[key] += 1
        entries.append(
            TimelineEntry(
                at=event.at,
                author=None,
                text=event.reason,
                kind=event.kind,
                key=f"{key}-{at_once[key]}",
                by=names.get(event.staff_id or 0),
            )
        )
    # At one and the same moment the message comes before what it caused.
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.author is None)))


def _message(message: Message, trail: Trail | None) -> TimelineEntry:
    is_ours = message.author is not Author.CONTACT
    return TimelineEntry(
        at=message.created_at,
        author=message.author,
        text=message.body or NO_WORDS,
        key=message.public_id,
        id=message.public_id,
        by=message.staff.name if message.staff else None,
        status=message.status if is_ours else None,
        why=message.error_reason if message.status in FAILED | KEPT_BACK else None,
        media=tuple(message.media),
        trail=trail,
    )


def _names(session: Session) -> Mapping[int, str]:
    return dict(row for row in session.execute(select(StaffMember.id, StaffMember.name)))


def _trails(session: Session, messages: Sequence[Message]) -> Mapping[int, Trail]:
    chose = {message.id: message.details.get(student_choices.CHOSE) for message in messages}
    asked = select(Turn).where(
        Turn.message_id.in_([message.id for message in messages]), Turn.staff_id.is_(None)
    )
    return {
        turn.message_id: Trail(
            intent=_in_words(turn.intent),
            confidence=turn.confidence,
            outcome=_OUTCOMES[turn.state],
            chose=chose[turn.message_id],
        )
        for turn in session.scalars(asked)
    }


_OUTCOMES: Final[dict[TurnState, str]] = {
    TurnState.WAITING: "The assistant has yet to read it.",
    TurnState.RUNNING: "The assistant is reading it.",
    TurnState.ANSWERED: "The assistant answered.",
    TurnState.FAILED: "The assistant could not answer.",
    TurnState.PASSED_ON: "The assistant passed it on to a person.",
}
# Intents whose names say nothing to a reader.
_INTENTS: Final = {"nlu_fallback": "nothing it knows", "out_of_scope": "something it does not do"}


def _in_words(intent: str | None) -> str | None:
    """`student_office_hours` as a person reads it."""
    if intent is None:
        return None
    name = intent.removeprefix("student_").removeprefix("faq_").replace("_", " ")
    return _INTENTS.get(intent, name)

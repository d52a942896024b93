"""The inbox: conversations that wait for a person of an office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.db.tables import (
    Author,
    Conversation,
    ConversationEvent,
    Inbox,
    Message,
    ParticipantKind,
)
from backend.domain.conversations import Reason
from backend.domain.errors import NotFound
from backend.domain.messages import FAILED, HELD
from backend.domain.phone_numbers import spoken
from backend.domain.staff import Right, has_right
from backend.services import audit, timeline
from backend.services.desk import Desk
from backend.services.staff import Who


@dataclass(frozen=True)
class InboxLine:
    """A conversation in the list."""

    id: str
    contact: str
    number: str
    office: str
    inbox: str | None
    needs_attention: bool
    is_urgent: bool
    with_person: bool
    last_message_at: datetime
    last_text: str


@dataclass(frozen=True)
class TimelineEntry:
    """A message or an event. `author` None is an event; `status` is the delivery state of
    what we sent, with the reason in words when it failed or is held.
    """

    at: datetime
    author: Author | None
    text: str
    status: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Thread:
    """A conversation with all that happened in it, oldest first."""

    line: InboxLine
    timeline: tuple[TimelineEntry, ...]


def put(
    session: Session,
    conversation: Conversation,
    inbox: Inbox,
    reason: Reason,
    now: datetime,
    *,
    message: Message | None = None,
) -> None:
    """Put a conversation in an inbox, with the reason on its timeline."""
    conversation.inbox_id = inbox.id
    conversation.needs_attention = True
    timeline.note(
        session,
        conversation,
        kind="inbox",
        reason=f"{reason} It is in the inbox “{inbox.name}”.",
        at=now,
        message=message,
    )


def listing(desk: Desk, who: Who, *, only_waiting: bool = True) -> tuple[InboxLine, ...]:
    """The conversations this person may see: urgent first, then the latest."""
    with desk.db.read(who.institution_id) as session:
        query = _visible(who).order_by(
            Conversation.is_urgent.desc(), Conversation.last_message_at.desc()
        )
        if only_waiting:
            query = query.where(Conversation.needs_attention)
        return tuple(_line(session, row) for row in session.scalars(query.limit(200)))


def thread(desk: Desk, who: Who, conversation: str) -> Thread:
    """One conversation. Raises `NotFound` when this person may not see it."""
    with desk.db.read(who.institution_id) as session:
        row = _one(session, who, conversation)
        return Thread(_line(session, row), _timeline(session, row))


def hand_back(desk: Desk, who: Who, conversation: str) -> None:
    """Give a conversation back to the assistant and take it off the inbox."""
    now = desk.clock.now()
    with desk.db.write(who.institution_id) as session:
        row = _one(session, who, conversation)
        row.with_person = row.needs_attention = row.is_urgent = False
        timeline.note(
            session,
            row,
            kind="handed_back",
            reason=f"{who.name} marked it as done. {_what_follows(row)}",
            at=now,
            staff_id=who.id,
        )
        audit.record(
            session,
            "conversation.hand_back",
            by=who.id,
            via=audit.WEB,
            outcome=audit.DONE,
            at=now,
            subject=row.public_id,
        )


def _visible(who: Who) -> Select[Conversation]:
    """Students' conversations; and those that staff have passed on, for administrators."""
    with_students = Conversation.participant_kind == ParticipantKind.CONTACT
    if has_right(who.role, Right.SEE_EVERY_OFFICE):
        return select(Conversation).where(with_students | Conversation.inbox_id.is_not(None))
    return select(Conversation).where(with_students, Conversation.office_id == who.office_id)


def _one(session: Session, who: Who, public_id: str) -> Conversation:
    row = session.scalar(_visible(who).where(Conversation.public_id == public_id))
    if row is None:
        raise NotFound("There is no such conversation in your office.")
    return row


def _line(session: Session, row: Conversation) -> InboxLine:
    last = session.scalar(
        select(Message.body)
        .where(Message.conversation_id == row.id)
        .order_by(Message.id.desc())
        .limit(1)
    )
    return InboxLine(
        id=row.public_id,
        contact=_participant(row),
        number=spoken(row.number.e164) if row.number else "",
        office=row.office.name,
        inbox=row.inbox.name if row.inbox else None,
        needs_attention=row.needs_attention,
        is_urgent=row.is_urgent,
        with_person=row.with_person,
        last_message_at=row.last_message_at,
        last_text=last or "",
    )


def _what_follows(row: Conversation) -> str:
    if row.number is None:
        return "The assistant goes on answering."
    return "New texts are answered as the number or its campaign is set."


def _participant(row: Conversation) -> str:
    if row.contact is not None:
        return row.contact.name or spoken(row.contact.e164)
    return row.staff.name if row.staff else ""


def _timeline(session: Session, row: Conversation) -> tuple[TimelineEntry, ...]:
    messages = session.scalars(select(Message).where(Message.conversation_id == row.id))
    events = session.scalars(
        select(ConversationEvent).where(ConversationEvent.conversation_id == row.id)
    )
    entries = [
        TimelineEntry(
            at=message.created_at,
            author=message.author,
            text=message.body or "(no words)",
            status=None if message.author is Author.CONTACT else message.status,
            why=message.error_reason if message.status in FAILED | {HELD} else None,
        )
        for message in messages
    ]
    entries += [TimelineEntry(at=event.at, author=None, text=event.reason) for event in events]
    # At one and the same moment the message comes before what it caused.
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.author is None)))

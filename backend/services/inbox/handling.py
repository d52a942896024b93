"""What people do with a conversation besides writing in it: take, assign, hand back, resolve,
note, read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from backend.db.tables import (
    CannedReply,
    Conversation,
    ConversationRead,
    Inbox,
    Message,
    StaffMember,
)
from backend.domain.canned_replies import filled_in
from backend.domain.conversations import Reason
from backend.domain.errors import InvalidRequest, Problem
from backend.domain.staff import RIGHTS, Right
from backend.domain.words import clean
from backend.services import idempotency, ownership, timeline
from backend.services.audit import WEB, Via
from backend.services.desk import Desk
from backend.services.inbox import lines, rows
from backend.services.inbox.threads import NOTE
from backend.services.staff import Who

LONGEST_NOTE: Final = 2_000
_EVERYWHERE: Final = [role for role, rights in RIGHTS.items() if Right.SEE_EVERY_OFFICE in rights]


@dataclass(frozen=True)
class Colleague:
    """Somebody to whom a conversation can be assigned."""

    id: str
    name: str
    office: str


@dataclass(frozen=True)
class ReadyReply:
    """A canned reply with the student's name and the office's filled in."""

    id: str
    title: str
    body: str


def put(
    session: Session,
    conversation: Conversation,
    inbox: Inbox,
    reason: Reason,
    now: datetime,
    *,
    message: Message | None = None,
) -> None:
    """Put a conversation in an inbox, with the reason on its timeline where it is news."""
    # An agent's reply at this very moment must not mark the new text as answered.
    session.flush()
    session.refresh(conversation, with_for_update={"key_share": True})
    conversation.inbox_id = inbox.id
    conversation.needs_attention = True
    timeline.note_decision(
        session,
        conversation,
        kind="inbox",
        reason=f"{reason} It is in the inbox “{inbox.name}”.",
        at=now,
        message=message,
    )


def take(desk: Desk, who: Who, conversation: str, via: Via) -> None:
    """Make a conversation this person's: the assistant is silent in it. Raises `NotFound`."""
    now = desk.clock.now()
    with desk.db.write(who.institution_id) as session:
        row = rows.locked(session, who, conversation)
        if row.taken_by_id == who.id:
            return
        agent = session.get_one(StaffMember, who.id)
        ownership.take(session, row, agent, now, f"{who.name} took it. The assistant stays quiet.")
        rows.record(session, who, via, "take", row, now)


def assign(desk: Desk, who: Who, conversation: str, colleague: str, via: Via) -> None:
    """Make a conversation a colleague's (their id or e-mail) who may see it.

    Raises `NotFound`, `InvalidRequest` when there is no such colleague.
    """
    now = desk.clock.now()
    with desk.db.write(who.institution_id) as session:
        row = rows.locked(session, who, conversation)
        agent = session.scalar(
            _who_may_see(row).where(
                (StaffMember.public_id == colleague) | (StaffMember.email == colleague.casefold())
            )
        )
        if agent is None:
            fix = "Choose a colleague who works with this office’s conversations."
            raise InvalidRequest(Problem("staff", "unknown_colleague", fix))
        if row.taken_by_id == agent.id:
            return
        ownership.take(session, row, agent, now, f"{who.name} assigned it to {agent.name}.")
        rows.record(session, who, via, "assign", row, now, f"to {agent.public_id}")


def hand_back(desk: Desk, who: Who, conversation: str, via: Via = WEB) -> None:
    """Give a conversation back to the assistant and take it off the inbox, unless a text came that
    this person had not seen. Raises `NotFound`.
    """
    now = desk.clock.now()
    with desk.db.write(who.institution_id) as session:
        row = rows.locked(session, who, conversation)
        if not (row.with_person or row.needs_attention):
            return
        has_unseen = _has_unseen(session, row, who)
        reason = f"{who.name} handed it back. {_what_follows(row, has_unseen=has_unseen)}"
        ownership.hand_back(session, row, now, reason, who.id)
        row.needs_attention = has_unseen
        rows.record(session, who, via, "hand_back", row, now)


def resolve(desk: Desk, who: Who, conversation: str, via: Via) -> None:
    """Close a conversation; the next text opens it again, and one that this person had not seen
    keeps it open. Raises `NotFound`.
    """
    now = desk.clock.now()
    with desk.db.write(who.institution_id) as session:
        row = rows.locked(session, who, conversation)
        if rows.is_resolved(row):
            return
        has_unseen = _has_unseen(session, row, who)
        reason = f"{who.name} resolved it. {_what_follows(row, has_unseen=has_unseen)}"
        ownership.resolve(session, row, now, reason, who.id)
        row.needs_attention = has_unseen
        rows.record(session, who, via, "resolve", row, now)


def note(
    desk: Desk, who: Who, conversation: str, body: str, via: Via, *, key: str | None = None
) -> None:
    """Write a private note, which colleagues see and students never do; the same request with
    the same `key` once. Raises `NotFound`, `InvalidRequest`.
    """
    asked = {"conversation": conversation, "body": body}
    print_ = idempotency.fingerprint(who, "conversation.note", asked)
    words = clean(body).strip()

    def write(session: Session) -> None:
        row = rows.locked(session, who, conversation)
        if idempotency.made_by(session, key, print_) is not None:
            return
        if not words:
            raise InvalidRequest(Problem("note", "missing", "Write something first."))
        if len(words) > LONGEST_NOTE:
            fix = f"Shorten it to {LONGEST_NOTE:,} characters: it has {len(words):,}."
            raise InvalidRequest(Problem("note", "too_long", fix))
        now = desk.clock.now()
        timeline.note(session, row, kind=NOTE, reason=words, at=now, staff_id=who.id)
        idempotency.keep(session, key, print_, row.public_id, now)
        rows.record(session, who, via, "note", row, now)

    desk.db.transact(write, who.institution_id)


def mark_read(desk: Desk, who: Who, conversation: str, message: str) -> None:
    """Keep that this person has read up to a message (its id); marks never go back.

    Raises `NotFound`, `InvalidRequest` where the conversation has no such message.
    """

    def mark(session: Session) -> None:
        row = rows.found(session, who, conversation)
        read = session.scalar(
            select(Message.id).where(
                Message.conversation_id == row.id, Message.public_id == message
            )
        )
        if read is None:
            fix = "There is no such message in this conversation."
            raise InvalidRequest(Problem("message", "unknown_message", fix))
        known = session.scalar(
            select(ConversationRead)
            .where(ConversationRead.staff_id == who.id, ConversationRead.conversation_id == row.id)
            .with_for_update()
        )
        if known is None:
            session.add(ConversationRead(staff_id=who.id, conversation_id=row.id, message_id=read))
        else:
            known.message_id = max(known.message_id, read)

    desk.db.transact(mark, who.institution_id)


def colleagues(desk: Desk, who: Who, conversation: str) -> tuple[Colleague, ...]:
    """Who else a conversation can be assigned to, by name. Raises `NotFound`."""
    with desk.db.read(who.institution_id) as session:
        row = rows.found(session, who, conversation)
        others = _who_may_see(row).where(StaffMember.id != who.id).order_by(StaffMember.name)
        return tuple(
            Colleague(other.public_id, other.name, other.office.name)
            for other in session.scalars(others)
        )


def ready_replies(desk: Desk, who: Who, conversation: str) -> tuple[ReadyReply, ...]:
    """The canned replies of a conversation's office, filled in for it. Raises `NotFound`."""
    with desk.db.read(who.institution_id) as session:
        row = rows.found(session, who, conversation)
        own = select(CannedReply).where(CannedReply.office_id == row.office_id)
        person = row.contact or row.staff
        name = person.name if person else None
        return tuple(
            ReadyReply(
                reply.public_id,
                reply.title,
                filled_in(reply.body, name=name, office=row.office.name),
            )
            for reply in session.scalars(own.order_by(CannedReply.title))
        )


def _who_may_see(row: Conversation) -> Select[StaffMember]:
    """The active people whose inbox this conversation is in."""
    sees_all = StaffMember.role.in_(_EVERYWHERE)
    sees_own = (StaffMember.office_id == row.office_id) & literal(row.contact_id is not None)
    return select(StaffMember).where(StaffMember.is_active, sees_all | sees_own)


def _has_unseen(session: Session, row: Conversation, who: Who) -> bool:
    """Whether the other side wrote what came after this person's mark; who has never set one has
    seen all.
    """
    mark = select(ConversationRead.message_id).where(
        ConversationRead.staff_id == who.id, ConversationRead.conversation_id == row.id
    )
    later = select(Message.id).where(
        Message.conversation_id == row.id,
        lines.written_by_them(),
        Message.id > mark.scalar_subquery(),
    )
    return session.scalar(later.limit(1)) is not None


def _what_follows(row: Conversation, *, has_unseen: bool) -> str:
    if has_unseen:
        return "What came at that moment still waits for a person."
    if row.number is None:
        return "The assistant goes on answering."
    return "New texts are answered as the number or its campaign is set."

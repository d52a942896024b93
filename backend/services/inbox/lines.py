"""The inbox as a list: which conversations a person sees, in what order, and how many are new."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from backend.db.tables import (
    Author,
    Contact,
    Conversation,
    ConversationRead,
    Message,
    StaffMember,
)
from backend.domain.errors import unknown_cursor
from backend.domain.phone_numbers import searched_digits, spoken
from backend.domain.words import clean
from backend.services.desk import Desk
from backend.services.inbox import rows
from backend.services.staff import Who

MOST_LISTED: Final = 100
MOST_COUNTED: Final = 100
# Words are looked for in texts as old as this; names and phone numbers without end.
SEARCHED_BACK: Final = timedelta(days=365)
LONGEST_SEARCH: Final = 100


class View(StrEnum):
    """Which conversations: those a person should look at, my own, or every one."""

    ATTENTION = "attention"
    MINE = "mine"
    ALL = "all"


@dataclass(frozen=True)
class InboxLine:
    """A conversation in the list.

    `contact` is the student's name, else their number as people write it, and `phone_number`
    that number (E.164); `number` is ours that they texted. Where staff have passed their chat on
    it is the colleague's name, without numbers. `taken_by` names the agent whose it is, `is_mine`
    says whether that is who looks; `is_unread` that something came which they have not seen;
    `last_author` is who wrote `last_text`.
    """

    id: str
    contact: str
    phone_number: str | None
    number: str | None
    office: str
    inbox: str | None
    needs_attention: bool
    is_urgent: bool
    is_unread: bool
    is_resolved: bool
    with_person: bool
    taken_by: str | None
    is_mine: bool
    last_message_at: datetime
    last_text: str
    last_author: Author | None


@dataclass(frozen=True)
class InboxPage:
    """Some conversations, urgent first, then the latest; `next` is the cursor of those after
    them, None at the end.
    """

    lines: Sequence[InboxLine]
    next: str | None


def listing(
    desk: Desk,
    who: Who,
    view: View = View.ATTENTION,
    *,
    search: str | None = None,
    after: str | None = None,
    limit: int = MOST_LISTED,
) -> InboxPage:
    """The conversations this person may see, page by page.

    `search` is a name, a phone number written in any way, or words of a text. Raises
    `InvalidRequest` for a cursor that is not theirs.
    """
    with desk.db.read(who.institution_id) as session:
        query = _in_view(rows.visible(who), who, view)
        if search is not None:
            query = _matching(query, search, desk.clock.now() - SEARCHED_BACK)
        if after is not None:
            query = query.where(_comes_after(session, who, after))
        query = query.order_by(
            Conversation.is_urgent.desc(),
            Conversation.last_message_at.desc(),
            Conversation.id.desc(),
        )
        found = session.scalars(query.options(*_WITH_PARTS).limit(limit + 1)).all()
        lines = lines_of(session, who, found[:limit])
        return InboxPage(lines, lines[-1].id if len(found) > limit else None)


def read(desk: Desk, who: Who, conversation: str) -> InboxLine:
    """One conversation as it stands in the list. Raises `NotFound`."""
    with desk.db.read(who.institution_id) as session:
        (line,) = lines_of(session, who, [rows.found(session, who, conversation)])
        return line


def unread_count(desk: Desk, who: Who) -> int:
    """How many conversations wait for a person with something this one has not seen; counted up
    to 100.
    """
    with desk.db.read(who.institution_id) as session:
        waiting = rows.visible(who).where(Conversation.needs_attention, _is_unread(who))
        some = waiting.with_only_columns(Conversation.id).limit(MOST_COUNTED).subquery()
        return session.scalar(select(func.count()).select_from(some)) or 0


def lines_of(session: Session, who: Who, talks: Sequence[Conversation]) -> list[InboxLine]:
    """Conversations as this person sees them in a list, with a fixed number of queries."""
    ids = [row.id for row in talks]
    latest = _latest(session, ids)
    unread = set(
        session.scalars(select(Conversation.id).where(Conversation.id.in_(ids), _is_unread(who)))
    )
    return [_line(who, row, latest, unread) for row in talks]


def written_by_them() -> ColumnElement[bool]:
    """Messages of the other side: a student's texts, a colleague's words in the staff chat."""
    return (Message.author == Author.CONTACT) | (
        (Message.author == Author.STAFF) & Message.staff_id.is_(None)
    )


def holds(column: InstrumentedAttribute[Any], words: str) -> ColumnElement[bool]:
    """Whether a column holds these words, in capitals or not. SQLite knows the capitals of ASCII
    only, so words with others are looked for in each of their spellings.
    """
    spellings = {words}
    if not words.isascii():
        spellings |= {words.lower(), words.upper(), words.title(), words.capitalize()}
    return or_(*(column.icontains(each, autoescape=True) for each in sorted(spellings)))


_WITH_PARTS: Final = tuple(
    selectinload(part)
    for part in (
        Conversation.contact,
        Conversation.staff,
        Conversation.number,
        Conversation.office,
        Conversation.inbox,
        Conversation.taken_by,
    )
)


def _in_view(query: Select[Conversation], who: Who, view: View) -> Select[Conversation]:
    if view is View.ATTENTION:
        return query.where(Conversation.needs_attention)
    if view is View.MINE:
        return query.where(Conversation.taken_by_id == who.id)
    return query


def _is_unread(who: Who) -> ColumnElement[bool]:
    """Whether the other side wrote after what this person has read."""
    read_up_to = (
        select(ConversationRead.message_id)
        .where(
            ConversationRead.staff_id == who.id,
            ConversationRead.conversation_id == Message.conversation_id,
        )
        .scalar_subquery()
    )
    return (
        select(Message.id)
        .where(
            Message.conversation_id == Conversation.id,
            written_by_them(),
            Message.id > func.coalesce(read_up_to, 0),
        )
        .exists()
    )


def _matching(query: Select[Conversation], search: str, since: datetime) -> Select[Conversation]:
    words = clean(search).strip()[:LONGEST_SEARCH]
    in_texts = select(Message.id).where(
        Message.conversation_id == Conversation.id,
        Message.created_at >= since,
        holds(Message.body, words),
    )
    wanted = [holds(Contact.name, words), holds(StaffMember.name, words), in_texts.exists()]
    wanted += [
        Contact.e164.contains(digits) & Contact.erased_at.is_(None)
        for digits in searched_digits(words)
    ]
    return (
        query.outerjoin(Contact, Contact.id == Conversation.contact_id)
        .outerjoin(StaffMember, StaffMember.id == Conversation.staff_id)
        .where(or_(*wanted))
    )


def _comes_after(session: Session, who: Who, cursor: str) -> ColumnElement[bool]:
    last = session.scalar(rows.visible(who).where(Conversation.public_id == cursor))
    if last is None:
        raise unknown_cursor()
    at = Conversation.last_message_at
    later_in_order = (at < last.last_message_at) | (
        (at == last.last_message_at) & (Conversation.id < last.id)
    )
    if not last.is_urgent:
        return ~Conversation.is_urgent & later_in_order
    return ~Conversation.is_urgent | and_(Conversation.is_urgent, later_in_order)


def _latest(session: Session, conversation_ids: Collection[int]) -> Mapping[int, Message]:
    """What people or the assistant wrote last; the desk's own words where nobody else wrote."""
    by_somebody = (Message.author != Author.SYSTEM) | Message.staff_id.is_not(None)
    newest = (
        select(func.coalesce(func.max(case((by_somebody, Message.id))), func.max(Message.id)))
        .where(Message.conversation_id.in_(conversation_ids))
        .group_by(Message.conversation_id)
    )
    messages = session.scalars(select(Message).where(Message.id.in_(newest)))
    return {message.conversation_id: message for message in messages}


def _line(
    who: Who, row: Conversation, latest: Mapping[int, Message], unread: Collection[int]
) -> InboxLine:
    last = latest.get(row.id)
    return InboxLine(
        id=row.public_id,
        contact=_participant(row),
        phone_number=_phone_number(row),
        number=row.number.e164 if row.number else None,
        office=row.office.name,
        inbox=row.inbox.name if row.inbox else None,
        needs_attention=row.needs_attention,
        is_urgent=row.is_urgent,
        is_unread=row.id in unread,
        is_resolved=rows.is_resolved(row),
        with_person=row.with_person,
        taken_by=row.taken_by.name if row.taken_by else None,
        is_mine=row.taken_by_id == who.id,
        last_message_at=row.last_message_at,
        last_text=last.body if last else "",
        last_author=last.author if last else None,
    )


def _participant(row: Conversation) -> str:
    if row.contact is None:
        return row.staff.name if row.staff else ""
    e164 = _phone_number(row)
    return row.contact.name or (spoken(e164) if e164 else "A student whose data was deleted")


def _phone_number(row: Conversation) -> str | None:
    """Of a contact who was erased only a hash is left."""
    if row.contact is None or row.contact.erased_at is not None:
        return None
    return row.contact.e164

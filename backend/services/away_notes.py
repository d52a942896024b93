"""The note that an office is closed, to a student whose text waits for a person: once a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import (
    Author,
    Conversation,
    Message,
    Office,
    OfficeHoliday,
    OfficeHours,
)
from backend.domain.office_hours import (
    Hours,
    OpenSpan,
    away_note,
    in_words,
    is_open,
    local_day,
    next_opening,
)
from backend.services import outbound, routing, timeline, turns
from backend.services.desk import Desk
from backend.services.ports import Errand

# An agent who wrote after hours is there for as long as this.
STAYS_FOR: Final = timedelta(hours=1)


def hours_of(session: Session, office: Office) -> Hours:
    """When an office is open."""
    spans = session.scalars(select(OfficeHours).where(OfficeHours.office_id == office.id))
    days = session.scalars(select(OfficeHoliday.day).where(OfficeHoliday.office_id == office.id))
    return Hours(
        office.time_zone,
        tuple(OpenSpan(span.weekday, span.opens, span.closes) for span in spans),
        frozenset(days),
    )


def write_if_closed(
    session: Session, conversation: Conversation, message: Message | None, now: datetime
) -> list[Errand]:
    """Tell a student whose text went to people that the office is closed, once for each of its
    days; returns errands to queue once committed.

    Nothing is written in a crisis, to who has opted out, or while the agent who has the
    conversation is at it.
    """
    hours = hours_of(session, conversation.office)
    day = local_day(hours, now)
    is_told = conversation.away_note_on == day
    if is_told or conversation.is_urgent or is_open(hours, now):
        return []
    if _is_attended(conversation, now) or routing.is_opted_out(session, conversation):
        return []
    conversation.away_note_on = day
    opening = next_opening(hours, now)
    again = f" until it opens {in_words(opening, day, 'en')}" if opening else ""
    timeline.note(
        session,
        conversation,
        kind="away",
        reason=f"{conversation.office.name} is closed{again}, so the student got the away note.",
        at=now,
        message=message,
    )
    language = turns.language(conversation)
    own = (conversation.office.away_texts or {}).get(language)
    body = own or away_note(conversation.office.name, hours, now, language)
    note = outbound.written(session, conversation, message, body, Author.SYSTEM, now)
    return [outbound.unless_opted_out(note)]


def _is_attended(conversation: Conversation, now: datetime) -> bool:
    """Whether an agent is there all the same."""
    seen_to = conversation.last_person_at
    is_taken = conversation.taken_by_id is not None
    return is_taken and seen_to is not None and now - seen_to < STAYS_FOR


def follow_hand_over(desk: Desk, conversation_id: str) -> None:
    """Write the note where the assistant has just passed a conversation (its public id) on."""
    with desk.db.read() as session:
        conversation = _passed_on(session, conversation_id)
        if conversation is None:
            return
        hours = hours_of(session, conversation.office)
        if is_open(hours, desk.clock.now()):
            return
    with desk.db.write() as session:
        conversation = _passed_on(session, conversation_id, lock=True)
        if conversation is None:
            return
        errands = write_if_closed(session, conversation, None, desk.clock.now())
    for errand in errands:
        desk.queue.enqueue(errand)


def _passed_on(
    session: Session, conversation_id: str, *, lock: bool = False
) -> Conversation | None:
    query = select(Conversation).where(
        Conversation.public_id == conversation_id, Conversation.needs_attention
    )
    conversation = session.scalar(query.with_for_update(key_share=True) if lock else query)
    if conversation is None:
        return None
    decided = timeline.last(session, conversation, *timeline.BY_RULE)
    return conversation if decided is not None and decided.kind == "inbox" else None

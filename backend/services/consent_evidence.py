"""The evidence about consent: who ended texts or wants them again, when, by which words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from backend.db.tables import ConsentEvent, Contact, Institution, Message, Office, PhoneNumber
from backend.domain.consent import ConsentScope
from backend.domain.consent_csv import Evidence, export_csv
from backend.domain.errors import unknown_cursor
from backend.domain.phone_numbers import spoken, to_e164
from backend.domain.staff import Right, require
from backend.services import audit, contacts
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.staff import Who

MOST_LISTED: Final = 200
LONGEST_PLACE: Final = 12


@dataclass(frozen=True)
class EvidencePage:
    """Some events, latest first; `next` is the cursor of those before them, None at the end."""

    events: tuple[Evidence, ...]
    next: str | None


def listed(
    desk: Desk,
    who: Who,
    via: Via,
    *,
    phone: str | None = None,
    after: str | None = None,
    limit: int,
) -> EvidencePage:
    """The institution's events, or those of one student's phone number, for administrators.

    Raises `NotAllowed` (which is on record then), `InvalidRequest` for what is no phone number
    or an unknown cursor.
    """
    with audit.refusals(desk, who, via, "consent.read"):
        require(who.role, Right.SEE_PERSONAL_DATA)
    with desk.db.read(who.institution_id) as session:
        rows = _rows(session, desk, who, phone, _place(after))
        events = _evidence(session, session.execute(rows.limit(limit + 1)))
    has_more = len(events) > limit
    return EvidencePage(events[:limit], str(events[limit - 1].place) if has_more else None)


def export(desk: Desk, who: Who, via: Via, *, phone: str | None = None) -> bytes:
    """The same events as a CSV file; that it was taken is on record.

    Raises `NotAllowed` (which is on record then), `InvalidRequest` for what is no phone number.
    """
    with audit.refusals(desk, who, via, "consent.export"):
        require(who.role, Right.SEE_PERSONAL_DATA)
    with desk.db.write(who.institution_id) as session:
        events = _evidence(session, session.execute(_rows(session, desk, who, phone, None)))
        whose = "of one phone number" if phone else "of all"
        audit.record(
            session,
            "consent.export",
            by=who.id,
            via=via,
            outcome=f"{audit.DONE}: {len(events)} events {whose}",
            at=desk.clock.now(),
        )
    return export_csv(events)


_Row = tuple[ConsentEvent, Contact, Message | None, int]


def _rows(
    session: Session, desk: Desk, who: Who, phone: str | None, before: int | None
) -> Select[ConsentEvent, Contact, Message | None, int]:
    """The events, latest first, each with its place. Events are only ever added, so a place keeps
    its event.
    """
    counted = (
        select(ConsentEvent.id, func.row_number().over(order_by=ConsentEvent.id).label("place"))
        .where(ConsentEvent.institution_id == who.institution_id)
        .subquery()
    )
    query = (
        select(ConsentEvent, Contact, Message, counted.c.place)
        .join(counted, counted.c.id == ConsentEvent.id)
        .join(Contact, Contact.id == ConsentEvent.contact_id)
        .outerjoin(Message, Message.id == ConsentEvent.message_id)
        .order_by(counted.c.place.desc())
    )
    if phone is not None:
        numbers = contacts.as_written(session, desk.cipher, [to_e164(phone, field="phone")])
        query = query.where(Contact.e164.in_(numbers))
    return query if before is None else query.where(counted.c.place < before)


def _place(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > LONGEST_PLACE:
        raise unknown_cursor()
    return int(cursor)


def _evidence(session: Session, rows: Iterable[_Row]) -> tuple[Evidence, ...]:
    found = list(rows)
    names = _names(session, [event for event, *_ in found])
    return tuple(
        Evidence(
            place=place,
            at=event.at,
            phone=contact.e164 if contact.erased_at is None else None,
            event=event.kind.value,
            scope=event.scope.value,
            applies_to=names.get((event.scope, event.scope_id), ""),
            rule=event.rule,
            message_id=message.public_id if message else None,
            message_at=message.created_at if message else None,
            message_by=message.author.value if message else None,
            message=message.body if message else None,
        )
        for event, contact, message, place in found
    )


def _names(session: Session, events: Iterable[ConsentEvent]) -> dict[tuple[ConsentScope, int], str]:
    """What the events apply to, in words."""
    ids: dict[ConsentScope, set[int]] = {scope: set() for scope in ConsentScope}
    for event in events:
        ids[event.scope].add(event.scope_id)
    numbers = session.execute(
        select(PhoneNumber.id, PhoneNumber.e164).where(PhoneNumber.id.in_(ids[ConsentScope.NUMBER]))
    )
    offices = session.execute(
        select(Office.id, Office.name).where(Office.id.in_(ids[ConsentScope.OFFICE]))
    )
    institutions = session.execute(
        select(Institution.id, Institution.name).where(
            Institution.id.in_(ids[ConsentScope.INSTITUTION])
        )
    )
    return {
        **{(ConsentScope.NUMBER, row_id): spoken(e164) for row_id, e164 in numbers},
        **{(ConsentScope.OFFICE, row_id): name for row_id, name in offices},
        **{(ConsentScope.INSTITUTION, row_id): name for row_id, name in institutions},
    }

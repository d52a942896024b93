"""An office's own facts, which students ask for; and which office somebody means."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from backend.db.tables import Inbox, Office
from backend.domain.office_names import resolve_office
from backend.domain.staff import Right, has_right
from backend.services.desk import Desk
from backend.services.staff import Who
from backend.services.turns import Speaker


@dataclass(frozen=True)
class OfficeFacts:
    """What an office tells everyone; None is a fact it has not given."""

    name: str
    hours: str | None
    place: str | None
    phone: str | None
    web_page: str | None


@dataclass(frozen=True)
class Named:
    """An office or an inbox as it is offered: its public id and its name."""

    id: str
    name: str


@dataclass(frozen=True)
class Meant:
    """What a mention means: `match`, or else `candidates` to ask about, if there are any."""

    match: Named | None
    candidates: tuple[Named, ...]


def facts(desk: Desk, speaker: Speaker) -> OfficeFacts:
    """The facts of the office that this turn is with."""
    with desk.db.read(speaker.institution_id) as session:
        office = session.scalars(select(Office).where(Office.id == speaker.office_id)).one()
        return OfficeFacts(
            name=office.name,
            hours=office.hours,
            place=office.place,
            phone=office.phone,
            web_page=office.web_page,
        )


def meant_office(desk: Desk, who: Who, mention: str) -> Meant:
    """The office that a staff member means by what they typed, among those they may see."""
    with desk.db.read(who.institution_id) as session:
        query = select(Office.public_id, Office.name).order_by(Office.name)
        if not has_right(who.role, Right.SEE_EVERY_OFFICE):
            query = query.where(Office.id == who.office_id)
        return _meant(mention, [Named(*row) for row in session.execute(query)])


def meant_inbox(desk: Desk, who: Who, mention: str) -> Meant:
    """The inbox that a staff member means, among those of the offices they may see."""
    with desk.db.read(who.institution_id) as session:
        query = select(Inbox.public_id, Inbox.name).order_by(Inbox.name)
        if not has_right(who.role, Right.SEE_EVERY_OFFICE):
            query = query.where(Inbox.office_id == who.office_id)
        return _meant(mention, [Named(*row) for row in session.execute(query)])


def _meant(mention: str, seen: list[Named]) -> Meant:
    found = resolve_office(mention, [one.name for one in seen])
    return Meant(
        match=None if found.match is None else seen[found.match],
        candidates=tuple(seen[place] for place in found.candidates),
    )

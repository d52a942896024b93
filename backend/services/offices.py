"""An office's own facts, which students ask for; and which office somebody means."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Inbox, Office
from backend.domain.errors import Problem
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


@dataclass(frozen=True)
class OfficeListed:
    """An office as it can be named in a request, with its inboxes."""

    id: str
    name: str
    slug: str
    inboxes: tuple[Named, ...]


def listed(desk: Desk, who: Who) -> tuple[OfficeListed, ...]:
    """Every office of the institution, by name: numbers can move to any of them."""
    with desk.db.read(who.institution_id) as session:
        inboxes = session.scalars(select(Inbox).order_by(Inbox.name)).all()
        return tuple(
            OfficeListed(
                id=office.public_id,
                name=office.name,
                slug=office.slug,
                inboxes=tuple(
                    Named(inbox.public_id, inbox.name)
                    for inbox in inboxes
                    if inbox.office_id == office.id
                ),
            )
            for office in session.scalars(select(Office).order_by(Office.name))
        )


def find(session: Session, written: str) -> Office | None:
    """The office of the session's institution that has this id, short name (slug) or name."""
    offices = session.scalars(select(Office).order_by(Office.id))
    wanted = written.strip().casefold()
    return next(
        (
            office
            for office in offices
            if wanted in (office.public_id, office.slug.casefold(), office.name.casefold())
        ),
        None,
    )


def find_inbox(session: Session, office: Office, written: str | None) -> Inbox | None:
    """The office's inbox that has this id or name; its first one when none is named."""
    inboxes = session.scalars(
        select(Inbox).where(Inbox.office_id == office.id).order_by(Inbox.id)
    ).all()
    if written is None:
        return inboxes[0] if inboxes else None
    wanted = written.strip().casefold()
    return next(
        (inbox for inbox in inboxes if wanted in (inbox.public_id, inbox.name.casefold())), None
    )


def unknown_office(session: Session, written: str, field: str) -> Problem:
    """What to say of an office that is not there."""
    names = session.scalars(select(Office.name).order_by(Office.name))
    fix = f"There is no office “{_short(written)}” here. Choose one of: {', '.join(names)}."
    return Problem(field, "unknown_office", fix)


def unknown_inbox(session: Session, office: Office, written: str | None, field: str) -> Problem:
    """What to say of an inbox that the office doesn't have."""
    names = session.scalars(
        select(Inbox.name).where(Inbox.office_id == office.id).order_by(Inbox.name)
    ).all()
    if not names:
        return Problem(field, "no_inbox", f"{office.name} has no inbox. Choose another office.")
    fix = (
        f"{office.name} has no inbox “{_short(written or '')}”. Choose one of: {', '.join(names)}."
    )
    return Problem(field, "unknown_inbox", fix)


def _short(written: str) -> str:
    return written if len(written) <= 60 else f"{written[:60]}…"


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

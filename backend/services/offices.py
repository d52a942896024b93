"""Offices and their inboxes, and the facts that students ask for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Inbox, Office
from backend.domain.errors import Problem
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

"""An office's own facts, which students ask for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from backend.db.tables import Office
from backend.services.desk import Desk
from backend.services.turns import Speaker


@dataclass(frozen=True)
class OfficeFacts:
    """What an office tells everyone; None is a fact it has not given."""

    name: str
    hours: str | None
    place: str | None
    phone: str | None
    web_page: str | None


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

"""What somebody means by an office, an inbox, a number or a campaign, among those they may see."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Inbox, Office, PhoneNumber
from backend.domain.errors import InvalidRequest
from backend.domain.office_names import resolve_office
from backend.domain.phone_numbers import spoken, to_e164
from backend.services.jobs.job import Choice, Facts, Question, ask

# Digits that can be the end of a number as people say it: "0102", "555-0102".
_SOME_DIGITS = re.compile(r"\D*(\d(?:[\s().-]*\d){3,8})\D*")
_WHOLE_NUMBER = 10


class Named(Protocol):
    """A row with a public id and a name."""

    public_id: str
    name: str


def offices_of(session: Session) -> Sequence[Office]:
    """Every office of the institution, by name."""
    return session.scalars(select(Office).order_by(Office.name)).all()


def inboxes_of(session: Session, office_id: int) -> Sequence[Inbox]:
    """The inboxes of an office, its first one first."""
    query = select(Inbox).where(Inbox.office_id == office_id).order_by(Inbox.id)
    return session.scalars(query).all()


def meant[Row: Named](said: str, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows that words can mean, by id or by name: one is the match, several are candidates."""
    by_id = [row for row in rows if row.public_id == said]
    if by_id or not said:
        return by_id
    exactly = [row for row in rows if row.name.casefold() == said.casefold()]
    if len(exactly) == 1:
        return exactly
    found = resolve_office(said, [row.name for row in rows])
    if found.match is not None:
        return [rows[found.match]]
    return [rows[place] for place in found.candidates]


def meant_numbers(said: str, rows: Sequence[PhoneNumber]) -> Sequence[PhoneNumber]:
    """The numbers that words can mean: a number in any spelling, the end of one, its id, its name,
    or its office's where that has one only.
    """
    by_name = meant(said, rows)
    if by_name and by_name[0].public_id == said:
        return by_name
    if len(re.findall(r"\d", said)) >= _WHOLE_NUMBER:
        wanted = _e164(said)
        return [row for row in rows if row.e164 == wanted]
    digits = _SOME_DIGITS.fullmatch(said)
    if digits is not None:
        ending = re.sub(r"\D", "", digits[1])
        return [row for row in rows if row.e164.endswith(ending)]
    if by_name:
        return by_name
    found = resolve_office(said, [row.office.name for row in rows])
    if found.match is not None:
        return [row for row in rows if row.office_id == rows[found.match].office_id]
    return [rows[place] for place in found.candidates]


def office_with(session: Session, public_id: str) -> Office:
    """The office with an id that was understood before."""
    return session.scalars(select(Office).where(Office.public_id == public_id)).one()


def number_facts(number: PhoneNumber) -> Facts:
    """A number as plans and receipts name it: id, phone_number, name."""
    return {
        "id": number.public_id,
        "phone_number": spoken(number.e164),
        "name": number.name,
    }


def choice(row: Named) -> Choice:
    """A row as it is offered."""
    return Choice(row.public_id, row.name)


def number_choice(row: PhoneNumber) -> Choice:
    """A number as it is offered: "(316) 555-0101 Front desk"."""
    return Choice(row.public_id, f"{spoken(row.e164)} {row.name}")


def one_of[Row](
    field: str,
    said: str,
    found: Sequence[Row],
    offered: Sequence[Row],
    as_choice: Callable[[Row], Choice],
) -> Choice | Question:
    """The row that was found, or a question about it with the rows that could be meant."""
    if len(found) == 1:
        return as_choice(found[0])
    choices = [as_choice(row) for row in (found or offered)]
    if not said:
        return ask(field, choices)
    return ask(field, choices, problem="several" if found else "unknown", said=said)


def _e164(said: str) -> str | None:
    try:
        return to_e164(said)
    except InvalidRequest:
        return None

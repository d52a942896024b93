"""An institution's phone numbers, as its staff see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.db.tables import PhoneNumber
from backend.domain.conversations import Responder, Step, steps
from backend.domain.errors import InvalidRequest, NotFound, Problem
from backend.domain.provisioned_numbers import NumberKind, NumberState
from backend.domain.staff import Right, has_right
from backend.services import routing
from backend.services.desk import Desk
from backend.services.staff import Who

MOST_LISTED = 100


@dataclass(frozen=True)
class Unsolicited:
    """Who answers texts that no campaign asked for; `inbox` is where they go for people."""

    response: Responder
    inbox: str


@dataclass(frozen=True)
class Number:
    """A provisioned number; `first_used_at` None means that it can still move."""

    id: str
    phone_number: str
    name: str
    kind: NumberKind
    state: NumberState
    office: str
    unsolicited: Unsolicited
    first_used_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class NumberPage:
    """Some numbers, oldest first; `next` is the cursor of those after them, None at the end."""

    numbers: Sequence[Number]
    next: str | None


@dataclass(frozen=True)
class Effective:
    """Who would answer a new student's text right now; the steps in the order they are asked."""

    responder: Responder
    inbox: str
    steps: Sequence[Step]


def listed(desk: Desk, who: Who, *, after: str | None, limit: int) -> NumberPage:
    """The numbers that a staff member may see, released ones too, page by page.

    `after` is the id of the last one seen. Raises `InvalidRequest` for one that is not theirs.
    """
    with desk.db.read(who.institution_id) as session:
        query = _seen_by(who).order_by(PhoneNumber.id).limit(limit + 1)
        if after is not None:
            last = session.scalar(_seen_by(who).where(PhoneNumber.public_id == after))
            if last is None:
                fix = "Start again without a cursor: this one leads nowhere."
                raise InvalidRequest(Problem("after", "unknown_cursor", fix))
            query = query.where(PhoneNumber.id > last.id)
        rows = session.scalars(query).all()
        page = [_shown(row) for row in rows[:limit]]
        return NumberPage(page, page[-1].id if len(rows) > limit else None)


def read(desk: Desk, who: Who, number_id: str) -> Number:
    """One number. Raises `NotFound` where there is none that this person may see."""
    with desk.db.read(who.institution_id) as session:
        return _shown(_found(session, who, number_id))


def effective(desk: Desk, who: Who, number_id: str) -> Effective:
    """Who would answer a new student's text to a number right now, and why.

    Raises `NotFound` where there is no such number in force that this person may see.
    """
    with desk.db.read(who.institution_id) as session:
        number = _found(session, who, number_id)
        if number.state is not NumberState.ACTIVE:
            raise NotFound("Nobody answers this number: it is not in service.")
        campaign = routing.active_campaign(session, number)
        asked = steps(
            campaign=campaign.responder if campaign else None,
            campaign_name=campaign.name if campaign else None,
            unsolicited=number.unsolicited_response,
        )
        return Effective(
            responder=routing.answerer(session, number).responder,
            inbox=routing.inbox_of(session, number).name,
            steps=asked,
        )


def _seen_by(who: Who) -> Select[PhoneNumber]:
    query = select(PhoneNumber)
    if not has_right(who.role, Right.SEE_EVERY_OFFICE):
        query = query.where(PhoneNumber.office_id == who.office_id)
    return query


def _found(session: Session, who: Who, number_id: str) -> PhoneNumber:
    number = session.scalar(_seen_by(who).where(PhoneNumber.public_id == number_id))
    if number is None:
        raise NotFound("There is no such number among those you may see.")
    return number


def _shown(number: PhoneNumber) -> Number:
    return Number(
        id=number.public_id,
        phone_number=number.e164,
        name=number.name,
        kind=number.kind,
        state=number.state,
        office=number.office.name,
        unsolicited=Unsolicited(number.unsolicited_response, number.unsolicited_inbox.name),
        first_used_at=number.first_used_at,
        created_at=number.created_at,
    )

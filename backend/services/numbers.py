"""An institution's phone numbers, as its staff see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.db.tables import Office, PhoneNumber
from backend.domain.conversations import Responder, Step, steps
from backend.domain.errors import Conflict, InvalidRequest, NotFound, unknown_cursor
from backend.domain.phone_numbers import spoken
from backend.domain.provisioned_numbers import (
    EXPLANATIONS,
    IN_SERVICE,
    REGISTRATION_REFUSED,
    FirstUse,
    NumberKind,
    NumberState,
    require_unsolicited,
    transferred,
    why_held,
)
from backend.domain.staff import Right, has_right, require
from backend.services import audit, first_use, offices, routing
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.staff import Who

MOST_LISTED = 100
NO_OFFICE = 0  # another office than any there is


@dataclass(frozen=True)
class Unsolicited:
    """Who answers texts that no campaign asked for; `inbox` is where they go for people."""

    response: Responder
    inbox: str


@dataclass(frozen=True)
class Number:
    """A provisioned number; one without a first use can still move to another office.

    `explanation` says what its state means, if that needs saying; `counts_for` is the office that
    created it; `campaign` names the one that is active on it.
    """

    id: str
    phone_number: str
    name: str
    kind: NumberKind
    state: NumberState
    state_since: datetime
    explanation: str | None
    office: str
    counts_for: str
    unsolicited: Unsolicited
    campaign: str | None
    first_use: FirstUse | None
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


@dataclass(frozen=True)
class Fixed:
    """Why a number's office and its unsolicited setting cannot be changed; None where they can."""

    office: str | None
    unsolicited: str | None


def listed(desk: Desk, who: Who, *, after: str | None, limit: int) -> NumberPage:
    """The numbers that a staff member may see, released ones too, page by page.

    `after` is the id of the last one seen. Raises `InvalidRequest` for one that is not theirs.
    """
    with desk.db.read(who.institution_id) as session:
        query = seen_by(who).order_by(PhoneNumber.id).limit(limit + 1)
        if after is not None:
            last = session.scalar(seen_by(who).where(PhoneNumber.public_id == after))
            if last is None:
                raise unknown_cursor()
            query = query.where(PhoneNumber.id > last.id)
        rows = session.scalars(query).all()
        page = [shown(session, row) for row in rows[:limit]]
        return NumberPage(page, page[-1].id if len(rows) > limit else None)


def read(desk: Desk, who: Who, number_id: str) -> Number:
    """One number. Raises `NotFound` where there is none that this person may see."""
    with desk.db.read(who.institution_id) as session:
        return shown(session, found(session, who, number_id))


def effective(desk: Desk, who: Who, number_id: str) -> Effective:
    """Who would answer a new student's text to a number right now, and why.

    Raises `NotFound` where there is no such number in force that this person may see.
    """
    with desk.db.read(who.institution_id) as session:
        return effective_of(session, found(session, who, number_id))


def effective_of(session: Session, number: PhoneNumber) -> Effective:
    """The same of a number's row. Raises `NotFound` where it is not in service."""
    if number.state not in IN_SERVICE:
        raise NotFound("Nobody answers this number: it is not in service.")
    campaign = routing.active_campaign(session, number)
    asked = steps(
        campaign=campaign.responder if campaign else None,
        campaign_name=campaign.name if campaign else None,
        unsolicited=number.unsolicited_response,
    )
    held = why_held(number.state)
    if held is not None:
        asked += (Step("A text can leave once the number is registered.", held, decides=False),)
    return Effective(
        responder=routing.answerer(session, number).responder,
        inbox=routing.inbox_of(session, number).name,
        steps=asked,
    )


def what_is_fixed(desk: Desk, who: Who, number_id: str) -> Fixed:
    """What the rules keep as it is on a number. Raises `NotFound`."""
    with desk.db.read(who.institution_id) as session:
        return fixed_of(found(session, who, number_id))


def fixed_of(number: PhoneNumber) -> Fixed:
    """The same of a number's row."""
    rule = first_use.as_rule(number)
    return Fixed(
        office=_why_not(lambda: transferred(rule, NO_OFFICE)),
        unsolicited=_why_not(lambda: require_unsolicited(rule)),
    )


def require_movable(number: PhoneNumber) -> None:
    """Only a number that may move to another office; else `Conflict`, which names it."""
    try:
        transferred(first_use.as_rule(number), NO_OFFICE)
    except Conflict as refusal:
        said = spoken(number.e164)
        facts = {**refusal.facts, "phone_number": said}
        raise Conflict(f"{said}: {refusal}", why=refusal.why, **facts) from None


def transfer(desk: Desk, who: Who, number_id: str, office: str, via: Via) -> Number:
    """Move an unused reusable number to another office (its id, short name or name), whose first
    inbox gets its texts from then on.

    Raises `NotAllowed`, `NotFound`, `InvalidRequest` (no such office, or one without an inbox),
    `Conflict` with the reason why the number cannot move.
    """
    with (
        audit.refusals(desk, who, via, "number.transfer", number_id),
        desk.db.write(who.institution_id) as session,
    ):
        return transfer_in(session, desk, who, number_id, office, via)


def transfer_in(
    session: Session, desk: Desk, who: Who, number_id: str, office: str, via: Via
) -> Number:
    """`transfer` as a part of a transaction; refusals are left to be audited by the caller."""
    number = _to_change(session, who, number_id)
    target = offices.find(session, office)
    if target is None:
        raise InvalidRequest(offices.unknown_office(session, office, "office"))
    moved = transferred(first_use.as_rule(number), target.id)
    if moved.office != number.office_id:
        _receive_at(session, number, target)
        _record(session, desk, who, via, "number.transfer", number, f"to {target.name}")
    number.office = target
    session.flush()
    return shown(session, number)


def set_unsolicited(
    desk: Desk, who: Who, number_id: str, response: Responder, inbox: str | None, via: Via
) -> Number:
    """Choose who answers a reusable number's unsolicited texts, and the inbox (id or name) of
    those for people; without an inbox it stays the one it is.

    Raises `NotAllowed`, `NotFound`, `InvalidRequest` (no such inbox), `Conflict`.
    """
    with (
        audit.refusals(desk, who, via, "number.unsolicited", number_id),
        desk.db.write(who.institution_id) as session,
    ):
        return set_unsolicited_in(session, desk, who, number_id, response, inbox, via)


def set_unsolicited_in(
    session: Session,
    desk: Desk,
    who: Who,
    number_id: str,
    response: Responder,
    inbox: str | None,
    via: Via,
) -> Number:
    """`set_unsolicited` as a part of a transaction; refusals are left to the caller likewise."""
    number = _to_change(session, who, number_id)
    require_unsolicited(first_use.as_rule(number))
    if inbox is not None:
        found = offices.find_inbox(session, number.office, inbox)
        if found is None:
            fault = offices.unknown_inbox(session, number.office, inbox, "inbox")
            raise InvalidRequest(fault)
        number.unsolicited_inbox = found
    number.unsolicited_response = response
    _record(session, desk, who, via, "number.unsolicited", number, f"to {response}")
    session.flush()
    return shown(session, number)


def _why_not(attempt: Callable[[], object]) -> str | None:
    try:
        attempt()
    except Conflict as refusal:
        return str(refusal)
    return None


def _to_change(session: Session, who: Who, number_id: str) -> PhoneNumber:
    require(who.role, Right.CHANGE_NUMBERS)
    number = found(session, who, number_id)
    # Its first use may be on its way in at this instant: whoever is second sees the other.
    session.refresh(number, with_for_update={"key_share": True})
    return number


def _receive_at(session: Session, number: PhoneNumber, office: Office) -> None:
    inbox = offices.find_inbox(session, office, None)
    if inbox is None:
        raise InvalidRequest(offices.unknown_inbox(session, office, None, "office"))
    number.unsolicited_inbox = inbox


def _record(
    session: Session, desk: Desk, who: Who, via: Via, action: str, number: PhoneNumber, what: str
) -> None:
    audit.record(
        session,
        action,
        by=who.id,
        via=via,
        outcome=f"{audit.DONE}: {what}",
        at=desk.clock.now(),
        subject=number.public_id,
    )


def seen_by(who: Who) -> Select[PhoneNumber]:
    """The numbers that a staff member may see, released ones too."""
    query = select(PhoneNumber)
    if not has_right(who.role, Right.SEE_EVERY_OFFICE):
        query = query.where(PhoneNumber.office_id == who.office_id)
    return query


def found(session: Session, who: Who, number_id: str) -> PhoneNumber:
    """A number's row. Raises `NotFound` where there is none that this person may see."""
    number = session.scalar(seen_by(who).where(PhoneNumber.public_id == number_id))
    if number is None:
        raise NotFound("There is no such number among those you may see.")
    return number


def shown(session: Session, number: PhoneNumber) -> Number:
    """A number's row as staff see it."""
    campaign = routing.active_campaign(session, number)
    explanation = EXPLANATIONS.get(number.state)
    if number.is_registration_refused and number.state is NumberState.REGISTERING:
        explanation = REGISTRATION_REFUSED
    return Number(
        id=number.public_id,
        phone_number=number.e164,
        name=number.name,
        kind=number.kind,
        state=number.state,
        state_since=number.state_since,
        explanation=explanation,
        office=number.office.name,
        counts_for=number.created_by_office.name,
        unsolicited=Unsolicited(number.unsolicited_response, number.unsolicited_inbox.name),
        campaign=campaign.name if campaign else None,
        first_use=first_use.as_rule(number).first_use,
        created_at=number.created_at,
    )

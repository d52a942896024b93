"""The phone simulator: a signed-in visitor plays a student, on the sandbox carrier only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import PhoneNumber
from backend.domain.conversations import Responder
from backend.domain.errors import InvalidRequest, NotFound, Problem
from backend.domain.phone_numbers import spoken, to_e164
from backend.domain.provisioned_numbers import NumberState
from backend.domain.sms import LONGEST_TEXT
from backend.domain.staff import Right, require
from backend.domain.words import clean
from backend.services import routing
from backend.services.carrier_accounts import credentials
from backend.services.desk import Desk
from backend.services.ports import Simulator
from backend.services.staff import Who


@dataclass(frozen=True)
class SimulatorNumber:
    """One of the institution's numbers that can be texted."""

    id: str
    e164: str
    spoken: str
    name: str
    office: str
    answered_by: Responder


@dataclass(frozen=True)
class SimulatedText:
    """A text as the pretend phone shows it; `direction` is seen from the student's phone."""

    sid: str
    direction: Literal["sent", "received"]
    body: str
    status: str
    at: datetime


def numbers(desk: Desk, who: Who) -> tuple[SimulatorNumber, ...]:
    """The numbers that the pretend phone can text, those that the assistant answers first."""
    with desk.db.read(who.institution_id) as session:
        rows = session.scalars(select(PhoneNumber).where(PhoneNumber.state == NumberState.ACTIVE))
        listed = (
            SimulatorNumber(
                id=row.public_id,
                e164=row.e164,
                spoken=spoken(row.e164),
                name=row.name,
                office=row.office.name,
                answered_by=routing.answerer(session, row).responder,
            )
            for row in rows
        )
        return tuple(sorted(listed, key=lambda each: (each.answered_by, each.name)))


def text(desk: Desk, who: Who, number: str, student_number: str, body: str) -> str:
    """Text a number as a student; returns the MessageSid.

    Raises `InvalidRequest`, `NotFound` (not our number, or no sandbox).
    """
    require(who.role, Right.PLAY_STUDENT)
    body = clean(body)
    student = to_e164(student_number, field="student")
    if not body.strip():
        raise InvalidRequest(Problem("body", "missing", "Write a text first."))
    if len(body) > LONGEST_TEXT:
        raise InvalidRequest(
            Problem("body", "too_long", f"A text has at most {LONGEST_TEXT:,} characters.")
        )
    with desk.db.read(who.institution_id) as session:
        row = _number(session, number)
        account, to_number = credentials(desk, row.carrier_account), row.e164
    return phone(desk).receive(account, student, to_number, body)


def thread(desk: Desk, who: Who, number: str, student_number: str) -> tuple[SimulatedText, ...]:
    """What the pretend phone shows, oldest first."""
    student = to_e164(student_number, field="student")
    with desk.db.read(who.institution_id) as session:
        row = _number(session, number)
        our_number = row.e164
    return tuple(
        SimulatedText(
            sid=text.sid,
            direction="sent" if text.direction == "inbound" else "received",
            body=text.body,
            status=text.status,
            at=text.at,
        )
        for text in phone(desk).messages(student, our_number)
    )


def phone(desk: Desk) -> Simulator:
    """The pretend phone. Raises `NotFound` when a real carrier is configured."""
    if desk.simulator is None:
        raise NotFound("The phone simulator works with the sandbox carrier only.")
    return desk.simulator


def _number(session: Session, public_id: str) -> PhoneNumber:
    row = session.scalar(select(PhoneNumber).where(PhoneNumber.public_id == public_id))
    if row is None:
        raise NotFound("Choose one of the numbers on the list.")
    return row

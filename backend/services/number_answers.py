"""What the assistant may say of numbers: those that the asker may see, and no hint of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from backend.db.tables import PhoneNumber
from backend.domain.phone_numbers import spoken
from backend.domain.provisioned_numbers import IN_SERVICE, NumberState
from backend.domain.staff import Right, has_right
from backend.services import numbers
from backend.services.desk import Desk
from backend.services.jobs import mentions
from backend.services.jobs.job import LONGEST_SAID, MOST_CHOICES, Choice
from backend.services.numbers import Effective, Unsolicited
from backend.services.staff import Who

MOST_SAID: Final = 20


@dataclass(frozen=True)
class FirstUsed:
    """How a number was used first, and on which day (ISO)."""

    how: str
    at: str


@dataclass(frozen=True)
class NumberAnswer:
    """A number with what can be said of it; `why_not` is why it may not move, `effective` who would
    answer a text now (None where it is not in service).
    """

    id: str
    phone_number: str
    name: str
    kind: str
    state: str
    explanation: str | None
    office: str
    unsolicited: Unsolicited
    campaign: str | None
    first_use: FirstUsed | None
    may_move: bool
    why_not: str | None
    effective: Effective | None


@dataclass(frozen=True)
class Listed:
    """Some numbers, and how many `more` there are. `office` is the one that was meant; when it is
    not clear there are `candidates` and no numbers.
    """

    office: Choice | None
    candidates: Sequence[Choice]
    numbers: Sequence[NumberAnswer]
    more: int


@dataclass(frozen=True)
class Meant:
    """The number that words mean, or else the ones that they could mean."""

    match: NumberAnswer | None
    candidates: Sequence[Choice]


def listed(
    desk: Desk,
    who: Who,
    office: str | None,
    *,
    area_code: str | None = None,
    unused: bool = False,
) -> Listed:
    """The numbers in force of an office, or of all that a staff member may see; only those with an
    area code, or those that were never used, where that is asked for.
    """
    with desk.db.read(who.institution_id) as session:
        rows = [
            row
            for row in _seen(session, who)
            if (area_code is None or row.e164[2:5] == area_code)
            and (not unused or row.first_used_at is None)
        ]
        if office is None:
            return _listed(session, None, rows)
        offices = [
            one
            for one in mentions.offices_of(session)
            if one.id == who.office_id or has_right(who.role, Right.SEE_EVERY_OFFICE)
        ]
        found = mentions.meant(office[:LONGEST_SAID].strip(), offices)
        if len(found) != 1:
            offered = [mentions.choice(one) for one in (found or offices)]
            return Listed(None, offered[:MOST_CHOICES], (), 0)
        of_office = [row for row in rows if row.office_id == found[0].id]
        return _listed(session, mentions.choice(found[0]), of_office)


def meant(desk: Desk, who: Who, said: str) -> Meant:
    """The number that a staff member means, among those they may see; with nothing said, the only
    one there is.
    """
    with desk.db.read(who.institution_id) as session:
        rows = _seen(session, who)
        words = said[:LONGEST_SAID].strip()
        found = mentions.meant_numbers(words, rows) if words else rows
        if len(found) == 1:
            return Meant(_answer(session, found[0]), ())
        return Meant(None, [mentions.number_choice(row) for row in found[:MOST_CHOICES]])


def _seen(session: Session, who: Who) -> Sequence[PhoneNumber]:
    query = numbers.seen_by(who).where(PhoneNumber.state != NumberState.RELEASED)
    return session.scalars(query.order_by(PhoneNumber.id)).all()


def _listed(session: Session, office: Choice | None, rows: Sequence[PhoneNumber]) -> Listed:
    said = [_answer(session, row) for row in rows[:MOST_SAID]]
    return Listed(office, (), said, len(rows) - len(said))


def _answer(session: Session, row: PhoneNumber) -> NumberAnswer:
    number = numbers.shown(session, row)
    used = number.first_use
    why_not = numbers.fixed_of(row).office
    return NumberAnswer(
        id=number.id,
        phone_number=spoken(number.phone_number),
        name=number.name,
        kind=number.kind,
        state=number.state,
        explanation=number.explanation,
        office=number.office,
        unsolicited=number.unsolicited,
        campaign=number.campaign,
        first_use=FirstUsed(used.how, used.at.date().isoformat()) if used else None,
        may_move=why_not is None,
        why_not=why_not,
        effective=numbers.effective_of(session, row) if row.state in IN_SERVICE else None,
    )

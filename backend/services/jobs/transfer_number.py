"""Transfer a reusable number that was never used to another office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from backend.db.tables import Office, PhoneNumber
from backend.domain.errors import Conflict
from backend.domain.provisioned_numbers import IN_SERVICE
from backend.domain.staff import Right, require
from backend.services import numbers
from backend.services.desk import Desk
from backend.services.jobs import mentions
from backend.services.jobs.job import Asked, Asker, Choice, Done, Facts, Field, Question, ask
from backend.services.staff import Who


class TransferNumber:
    """FAQ, "Can I transfer a reusable number to another office?": only while it is unused."""

    name = "transfer_number"
    action = "number.transfer"

    def __init__(self) -> None:
        self.fields: tuple[Field, ...] = (Field("number", _number), Field("office", _office))

    def require(self, session: Session, desk: Desk, who: Who) -> None:
        """Who may change numbers."""
        require(who.role, Right.CHANGE_NUMBERS)

    def describe(
        self, session: Session, desk: Desk, who: Who, known: Mapping[str, Choice]
    ) -> tuple[Facts, Facts]:
        """number {id, phone_number, name}, from, to, inbox, response."""
        number = numbers.found(session, who, known["number"].value)
        target = mentions.office_with(session, known["office"].value)
        inbox = mentions.inboxes_of(session, target.id)[0]
        return {
            "number": mentions.number_facts(number),
            "from": number.office.name,
            "to": target.name,
            "inbox": inbox.name,
            "response": number.unsolicited_response.value,
        }, {}

    def carry_out(
        self, session: Session, desk: Desk, asker: Asker, request: Mapping[str, str]
    ) -> Done:
        """The facts again, and undo {office}: the id of the office it came from."""
        number = numbers.found(session, asker.who, request["number"])
        before = number.office
        moved = numbers.transfer_in(
            session, desk, asker.who, request["number"], request["office"], asker.via
        )
        return Done(
            {
                "number": mentions.number_facts(number),
                "from": before.name,
                "to": moved.office,
                "inbox": moved.unsolicited.inbox,
                "response": moved.unsolicited.response.value,
                "undo": {"office": before.public_id},
            }
        )


def _number(asked: Asked) -> Choice | Question:
    """A number that may move: of one that may not it is said why at once."""
    seen = asked.session.scalars(
        numbers.seen_by(asked.who).where(PhoneNumber.state.in_(IN_SERVICE))
    ).all()
    movable = [row for row in seen if numbers.fixed_of(row).office is None]
    found = mentions.meant_numbers(asked.said, seen) if asked.said else ()
    if len(found) == 1:
        numbers.require_movable(found[0])
    if not found and not movable:
        raise Conflict(
            "None of the numbers that you may see can move: each has been used, or belongs to its "
            "campaign.",
            why="none_movable",
        )
    return mentions.one_of("number", asked.said, found, movable, mentions.number_choice)


def _office(asked: Asked) -> Choice | Question:
    offices = mentions.offices_of(asked.session)
    number_id = asked.value("number")
    number = numbers.found(asked.session, asked.who, number_id) if number_id else None
    others = [one for one in offices if number is None or one.id != number.office_id]
    found = mentions.meant(asked.said, offices) if asked.said else ()
    if len(found) == 1:
        if found[0] not in others:
            return _again(asked, others, "same_office")
        if not mentions.inboxes_of(asked.session, found[0].id):
            return _again(asked, others, "no_inbox")
    return mentions.one_of("office", asked.said, found, others, mentions.choice)


def _again(asked: Asked, offices: Sequence[Office], problem: str) -> Question:
    choices = [mentions.choice(one) for one in offices]
    return ask("office", choices, problem=problem, said=asked.said)

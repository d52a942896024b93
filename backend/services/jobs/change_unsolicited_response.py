"""Choose who answers a reusable number's unsolicited texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from backend.db.tables import Inbox, PhoneNumber
from backend.domain.conversations import Responder
from backend.domain.errors import Conflict
from backend.domain.phone_numbers import spoken
from backend.domain.provisioned_numbers import IN_SERVICE, NumberKind
from backend.domain.staff import Right, require
from backend.services import numbers, routing
from backend.services.desk import Desk
from backend.services.jobs import fields, mentions
from backend.services.jobs.job import Asked, Asker, Choice, Done, Facts, Field, Question
from backend.services.staff import Who


class ChangeUnsolicitedResponse:
    """The assistant or an inbox; while a campaign is active on the number, that decides."""

    name = "change_unsolicited_response"
    action = "number.unsolicited"

    def __init__(self) -> None:
        self.fields: tuple[Field, ...] = (
            Field("number", _number),
            Field("response", fields.response),
            Field("inbox", _inbox),
        )

    def require(self, session: Session, desk: Desk, who: Who) -> None:
        """Who may change numbers."""
        require(who.role, Right.CHANGE_NUMBERS)

    def describe(
        self, session: Session, desk: Desk, who: Who, known: Mapping[str, Choice]
    ) -> tuple[Facts, Facts]:
        """number {id, phone_number, name}, before and after {response, inbox}, campaign."""
        number = numbers.found(session, who, known["number"].value)
        campaign = routing.active_campaign(session, number)
        before = _setting(number.unsolicited_response, number.unsolicited_inbox)
        after = {"response": known["response"].value, "inbox": known["inbox"].name}
        if before == after:
            said = spoken(number.e164)
            sentence = f"{said} is set like that already."
            raise Conflict(sentence, why="already_so", phone_number=said)
        return {
            "number": mentions.number_facts(number),
            "before": before,
            "after": after,
            "campaign": campaign.name if campaign else None,
        }, {}

    def carry_out(
        self, session: Session, desk: Desk, asker: Asker, request: Mapping[str, str]
    ) -> Done:
        """The facts again, and undo {response, inbox}: how it was, the inbox by its id."""
        number = numbers.found(session, asker.who, request["number"])
        was, where = number.unsolicited_response, number.unsolicited_inbox
        campaign = routing.active_campaign(session, number)
        response, inbox = Responder(request["response"]), request["inbox"]
        changed = numbers.set_unsolicited_in(
            session, desk, asker.who, number.public_id, response, inbox, asker.via
        )
        return Done(
            {
                "number": mentions.number_facts(number),
                "before": _setting(was, where),
                "after": {"response": response.value, "inbox": changed.unsolicited.inbox},
                "campaign": campaign.name if campaign else None,
                "undo": {"response": was.value, "inbox": where.public_id},
            }
        )


def _number(asked: Asked) -> Choice | Question:
    rows = _reusable_numbers(asked.session, asked.who)
    if not rows:
        sentence = "You may see no reusable number in service, so there is nothing to set."
        raise Conflict(sentence, why="no_reusable_number")
    if len(rows) == 1 and not asked.said:
        return mentions.number_choice(rows[0])
    found = mentions.meant_numbers(asked.said, rows) if asked.said else ()
    return mentions.one_of("number", asked.said, found, rows, mentions.number_choice)


def _reusable_numbers(session: Session, who: Who) -> Sequence[PhoneNumber]:
    query = numbers.seen_by(who).order_by(PhoneNumber.id)
    return session.scalars(
        query.where(PhoneNumber.kind == NumberKind.REUSABLE, PhoneNumber.state.in_(IN_SERVICE))
    ).all()


def _inbox(asked: Asked) -> Choice | Question | None:
    """The one that is said, else the one it is: it always has one."""
    number_id = asked.value("number")
    if number_id is None:
        return None
    number = numbers.found(asked.session, asked.who, number_id)
    if not asked.said and not asked.to_be_asked:
        return mentions.choice(number.unsolicited_inbox)
    return fields.inbox(asked, number.office)


def _setting(response: Responder, inbox: Inbox) -> Facts:
    return {"response": response.value, "inbox": inbox.name}

"""Create a reusable number: for which office, from where, and who answers it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy.orm import Session

from backend.domain import quotas as rules
from backend.domain.contacts_csv import one_line
from backend.domain.conversations import Responder
from backend.domain.errors import Problem
from backend.domain.phone_numbers import spoken, why_not_orderable
from backend.domain.provisioned_numbers import NumberState
from backend.domain.staff import Right, has_right, require
from backend.domain.words import folded
from backend.services import numbers, ordering, places, quotas
from backend.services.desk import Desk
from backend.services.jobs import fields, mentions
from backend.services.jobs.job import Asked, Asker, Choice, Facts, Field, Question, ask
from backend.services.ordering import ReusableOrder, Wish
from backend.services.staff import Who

LONGEST_NAME = 60
ANYWHERE = Choice("any", "any")
_ANYWHERE = frozenset(
    {
        *("any", "anywhere", "any area", "any area code", "any number", "it doesn t matter"),
        *("doesn t matter", "does not matter", "no preference", "whatever", "i don t care"),
        *("cualquiera", "donde sea", "cualquier lugar", "me da igual", "no importa", "da igual"),
    }
)


class CreateReusableNumber:
    """Buys a number; the contract must cover one more."""

    name = "create_reusable_number"
    action = "number.order"

    def __init__(self) -> None:
        self.fields: tuple[Field, ...] = (
            Field("office", _office),
            Field("place", _place),
            Field("response", fields.response),
            Field("inbox", _inbox),
            Field("name", _name),
        )

    def require(self, session: Session, desk: Desk, who: Who) -> None:
        """Who may order numbers, while the contract covers one more."""
        require(who.role, Right.ORDER_NUMBERS)
        quota = quotas.read(session, desk.clock.now())
        rules.require_numbers(quota, 1, tell=has_right(who.role, Right.SEE_CONTRACT_LIMITS))

    def describe(
        self, session: Session, desk: Desk, who: Who, known: Mapping[str, Choice]
    ) -> tuple[Facts, Facts]:
        """office, name, place {kind, name}, response, inbox, counts_for, cost; left."""
        office, place = known["office"], known["place"]
        facts = {
            "office": office.name,
            "name": known["name"].value,
            "place": {"kind": _kind(place.value), "name": place.name},
            "response": known["response"].value,
            "inbox": known["inbox"].name,
            "counts_for": office.name,
            "cost": 1,
        }
        return facts, {"left": _left(session, desk, who)}

    def check(self, desk: Desk, who: Who, request: Mapping[str, str]) -> Question | None:
        """Whether the carrier has such a number now."""
        wish = _wish(request["place"])
        if wish.phone_number is not None or ordering.search(desk, who, wish, 1):
            return None
        return ask("place", (ANYWHERE,), problem="none_available", said=request["place"])

    def order(
        self, desk: Desk, asker: Asker, request: Mapping[str, str], key: str
    ) -> tuple[Facts, bool]:
        """number {id, phone_number, name, state, explanation}, office, response, inbox, cost,
        quota {used, reserved, limit}, url.
        """
        number = ordering.create_reusable(
            desk,
            asker.who,
            ReusableOrder(
                office=request["office"],
                name=request["name"],
                response=Responder(request["response"]),
                inbox=request["inbox"],
                wish=_wish(request["place"]),
            ),
            asker.via,
            key=key,
        )
        receipt = {
            "number": {
                "id": number.id,
                "phone_number": spoken(number.phone_number),
                "name": number.name,
                "state": number.state.value,
                "explanation": number.explanation,
            },
            "office": number.office,
            "response": number.unsolicited.response.value,
            "inbox": number.unsolicited.inbox,
            "cost": 1,
            "quota": _figures(desk, asker.who),
            "url": f"/numbers/{number.id}",
        }
        return receipt, number.state is not NumberState.ORDERING


def _office(asked: Asked) -> Choice | Question:
    offices = mentions.offices_of(asked.session)
    own = [office for office in offices if office.id == asked.who.office_id]
    offered = offices if has_right(asked.who.role, Right.SEE_EVERY_OFFICE) else own
    if not asked.said and not asked.to_be_asked and len(offered) == 1:
        return mentions.choice(offered[0])
    # Named among all of them, so that whoever may not order for it is told so.
    found = mentions.meant(asked.said, offices)
    if len(found) == 1:
        ordering.require_own_office(asked.who, found[0])
    return mentions.one_of("office", asked.said, found, offered, mentions.choice)


def _inbox(asked: Asked) -> Choice | Question | None:
    office_id = asked.value("office")
    if office_id is None:
        return None
    office = mentions.office_with(asked.session, office_id)
    return fields.inbox(asked, office) or ask("office", (), problem="no_inbox", said=office.name)


def _place(asked: Asked) -> Choice | Question:
    said = asked.said
    if not said:
        return ask("place", [*_area_codes(asked), ANYWHERE])
    if folded(said) in _ANYWHERE:
        return ANYWHERE
    kind = _kind(said)
    if kind == "number":
        faults = ordering.faults_of_wish(Wish(phone_number=said))
        return _not_there(asked, faults[0]) if faults else Choice(said, said)
    if kind == "area_code":
        fault = why_not_orderable(said, "place")
        return _not_there(asked, fault) if fault else Choice(said, said)
    if kind == "zip_code":
        return Choice(said, said) if places.of_zip(said) else _not_there(asked, None)
    found = places.cities(said)
    if len(found) == 1:
        return Choice(found[0].name, found[0].name)
    if found:
        choices = [Choice(city.name, city.name) for city in found]
        return ask("place", choices, problem="several", said=said)
    return _not_there(asked, None)


def _not_there(asked: Asked, fault: Problem | None) -> Question:
    return ask(
        "place",
        [*_area_codes(asked), ANYWHERE],
        problem=fault.code if fault else "unknown",
        said=asked.said,
        reason=fault.fix if fault else None,
    )


def _area_codes(asked: Asked) -> list[Choice]:
    """The area codes of the numbers that the asker may see, the most usual first."""
    rows = asked.session.scalars(numbers.seen_by(asked.who))
    codes = [row.e164[2:5] for row in rows]
    usual = sorted(set(codes), key=lambda code: (-codes.count(code), code))
    orderable = [code for code in usual if why_not_orderable(code, "place") is None]
    return [Choice(code, code) for code in orderable[:3]]


def _kind(place: str) -> str:
    digits = re.sub(r"\D", "", place)
    if len(digits) >= 10:
        return "number"
    if re.fullmatch(r"\d{3}", place):
        return "area_code"
    if re.fullmatch(r"\d{5}", place):
        return "zip_code"
    return "any" if place == ANYWHERE.value else "city"


def _wish(place: str) -> Wish:
    kind = _kind(place)
    if kind == "city":
        return Wish(near_zip=places.cities(place)[0].zip_code)
    return Wish(
        phone_number=place if kind == "number" else None,
        area_code=place if kind == "area_code" else None,
        near_zip=place if kind == "zip_code" else None,
    )


def _name(asked: Asked) -> Choice | Question | None:
    """What people here call it; without a wish, after its office."""
    said = one_line(asked.said)
    if said:
        if len(said) > LONGEST_NAME:
            return ask("name", (), problem="too_long", said=f"{said[:LONGEST_NAME]}…")
        return Choice(said, said)
    if asked.to_be_asked:
        return ask("name", ())
    office = asked.known.get("office")
    if office is None:
        return None
    taken = {row.name for row in asked.session.scalars(numbers.seen_by(asked.who))}
    names = (office.name if n == 1 else f"{office.name} {n}" for n in range(1, len(taken) + 2))
    free = next(name for name in names if name not in taken)
    return Choice(free, free)


def _left(session: Session, desk: Desk, who: Who) -> int | None:
    """How many more the contract covers, for who may know."""
    if not has_right(who.role, Right.SEE_CONTRACT_LIMITS):
        return None
    quota = quotas.read(session, desk.clock.now())
    return quota.numbers_limit - quota.numbers_used - quota.numbers_reserved


def _figures(desk: Desk, who: Who) -> Facts | None:
    if not has_right(who.role, Right.SEE_CONTRACT_LIMITS):
        return None
    with desk.db.read(who.institution_id) as session:
        quota = quotas.read(session, desk.clock.now())
    return {
        "used": quota.numbers_used,
        "reserved": quota.numbers_reserved,
        "limit": quota.numbers_limit,
    }

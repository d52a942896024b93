"""Staff order a number: searched for, reserved in the contract, then bought."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.db.tables import Campaign, CarrierAccount, Office, PhoneNumber
from backend.domain.campaigns import require_draft
from backend.domain.conversations import Responder
from backend.domain.errors import Conflict, InvalidRequest, NotAllowed, Problem
from backend.domain.phone_numbers import spoken, to_e164, why_not_orderable
from backend.domain.provisioned_numbers import NumberKind, NumberState, ordered
from backend.domain.staff import Right, has_right, require
from backend.services import audit, idempotency, numbers, offices, places, provisioning, quotas
from backend.services.audit import Via
from backend.services.carrier_accounts import credentials
from backend.services.desk import Desk
from backend.services.numbers import Number
from backend.services.ports import AvailableNumber, WantedNumber
from backend.services.staff import Who

# How many numbers are tried before somebody has to search again.
MOST_CANDIDATES: Final = 5
MOST_FOUND: Final = 30
WAIT_FOR_FIRST: Final = timedelta(seconds=10)


@dataclass(frozen=True)
class Wish:
    """What number is wanted: this very one, or the first that fits. Everything may be None.

    `contains` are 2 to 10 digits, `*` for any digit; `near_zip` a five-digit ZIP code.
    """

    phone_number: str | None = None
    area_code: str | None = None
    contains: str | None = None
    near_zip: str | None = None


@dataclass(frozen=True)
class ReusableOrder:
    """A reusable number to create. `office` and `inbox` are ids or names; without an inbox it is
    the office's first.
    """

    office: str
    name: str
    response: Responder
    inbox: str | None = None
    wish: Wish = Wish()


@dataclass(frozen=True)
class _Placing:
    """What an order's row is made of."""

    kind: NumberKind
    office_id: int
    name: str
    response: Responder
    inbox_id: int
    key: str | None = None
    fingerprint: str = ""
    campaign_id: int | None = None


def search(desk: Desk, who: Who, wish: Wish, most: int = 10) -> tuple[AvailableNumber, ...]:
    """Numbers that can be bought now and fit the wish.

    Raises `NotAllowed`, `InvalidRequest` with everything that is wrong with the wish.
    """
    require(who.role, Right.ORDER_NUMBERS)
    problems, wanted = _read_wish(wish, most)
    if problems:
        raise InvalidRequest(*problems)
    with desk.db.read(who.institution_id) as session:
        account = credentials(desk, _account(session))
        ours = _in_force(session)
    found = desk.carrier.search(account, wanted)
    return tuple(number for number in found if number.e164 not in ours)


def create_reusable(
    desk: Desk,
    who: Who,
    order: ReusableOrder,
    via: Via,
    *,
    key: str | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Number:
    """Order a reusable number for an office; the same request under the same key gets the same
    number, also while it is still being bought (state `ordering`).

    Raises `NotAllowed`, `InvalidRequest` with every fault, `OverQuota`, `Conflict` (no number can
    be had, or the key belongs to another request), `CarrierError`.
    """
    print_ = idempotency.fingerprint(who, "create a reusable number", asdict(order))
    with audit.refusals(desk, who, via, "number.order"):
        require(who.role, Right.ORDER_NUMBERS)
        with desk.db.read(who.institution_id) as session:
            before = idempotency.made_by(session, key, print_)
            placing = None if before else _read_order(session, who, order, key, print_)
        if placing is None:
            return _same_again(desk, who, str(before), order.wish, sleep)
        candidates = _candidates(desk, who, order.wish)
        number_id = _place_first(desk, who, via, placing, candidates)
    if number_id is None:  # the same request came twice at the same moment
        return create_reusable(desk, who, order, via, key=key, sleep=sleep)
    provisioning.buy(desk, number_id, candidates, sleep=sleep)
    return numbers.read(desk, who, number_id)


def adopt(desk: Desk, who: Who, order: ReusableOrder, via: Via) -> Number:
    """Take in a number that the carrier account owns already (`order.wish.phone_number`), bought
    outside of this desk. Administrators only; raises as `create_reusable` does, and `NotFound`.
    """
    with audit.refusals(desk, who, via, "number.order"):
        require(who.role, Right.SEE_EVERY_OFFICE)
        with desk.db.read(who.institution_id) as session:
            placing = _read_order(session, who, order, None, "")
        number_id = _place_first(desk, who, via, placing, _candidates(desk, who, order.wish))
    assert number_id is not None  # there is no key that could have been used
    provisioning.take_in(desk, number_id)
    return numbers.read(desk, who, number_id)


def order_single_use(
    desk: Desk,
    who: Who,
    campaign: Campaign,
    wish: Wish,
    via: Via,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Order a number for a draft campaign and nothing else; returns its public id.

    Raises as `create_reusable` does, without `NotAllowed`: who may change the campaign may.
    """
    problems, _ = _read_wish(wish, MOST_CANDIDATES, prefix="number.single_use.")
    if problems:
        raise InvalidRequest(*problems)
    placing = _Placing(
        kind=NumberKind.SINGLE_USE,
        office_id=campaign.office_id,
        name=campaign.name,
        response=Responder.INBOX,
        inbox_id=campaign.inbox_id,
        campaign_id=campaign.id,
    )
    with audit.refusals(desk, who, via, "number.order", campaign.public_id):
        candidates = _candidates(desk, who, wish)
        number_id = _place_first(desk, who, via, placing, candidates)
    if number_id is None:
        raise Conflict("The campaign has just been given another number.")
    provisioning.buy(desk, number_id, candidates, sleep=sleep)
    return number_id


def _same_again(
    desk: Desk, who: Who, number_id: str, wish: Wish, sleep: Callable[[float], None]
) -> Number:
    """The number that this request made before; an order that was broken off is taken up again."""
    waited = timedelta()
    while True:
        if provisioning.state_of(desk, number_id) is None:
            raise Conflict("This order has just come to nothing. Send it again.")
        number = numbers.read(desk, who, number_id)
        if number.state is not NumberState.ORDERING or waited >= WAIT_FOR_FIRST:
            return number
        if provisioning.is_broken_off(desk, number_id):
            provisioning.buy(desk, number_id, _more(desk, who, wish), resumed=True, sleep=sleep)
            return numbers.read(desk, who, number_id)
        sleep(0.1)
        waited += timedelta(seconds=0.1)


def faults_of_wish(wish: Wish) -> list[Problem]:
    """Everything that is wrong with a wish."""
    return _read_wish(wish, MOST_CANDIDATES)[0]


def _read_wish(wish: Wish, most: int, prefix: str = "") -> tuple[list[Problem], WantedNumber]:
    problems = []
    if wish.area_code is not None:
        fault = why_not_orderable(wish.area_code, f"{prefix}area_code")
        problems += [fault] if fault else []
    if wish.contains is not None and not re.fullmatch(r"[0-9*]{2,10}", wish.contains):
        fix = "Give 2 to 10 digits that the number should hold; * stands for any digit."
        problems.append(Problem(f"{prefix}contains", "invalid_digits", fix))
    near = places.of_zip(wish.near_zip) if wish.near_zip is not None else None
    if wish.near_zip is not None and near is None:
        fix = f"There is no US ZIP code {wish.near_zip}. Give five digits, as in 67260."
        problems.append(Problem(f"{prefix}near_zip", "unknown_zip", fix))
    if wish.phone_number is not None:
        problems += _faults_of_number(wish, prefix)
    return problems, WantedNumber(wish.area_code, wish.contains, near, most)


def _faults_of_number(wish: Wish, prefix: str) -> Iterator[Problem]:
    field = f"{prefix}phone_number"
    try:
        e164 = to_e164(str(wish.phone_number), field=field)
    except InvalidRequest as refusal:
        yield from refusal.problems
        return
    if not re.fullmatch(r"\+1[0-9]{10}", e164):
        yield Problem(field, "not_us", "Give a number of the United States.")
        return
    fault = why_not_orderable(e164[2:5], field)
    if fault is not None:
        yield fault
    elif wish.area_code is not None and e164[2:5] != wish.area_code:
        fix = f"{spoken(e164)} is not in area code {wish.area_code}. Leave one of the two out."
        yield Problem(field, "other_area_code", fix)


def _read_order(
    session: Session, who: Who, order: ReusableOrder, key: str | None, print_: str
) -> _Placing:
    problems, _ = _read_wish(order.wish, MOST_CANDIDATES)
    name = order.name.strip()
    if not name:
        problems.append(Problem("name", "missing", "Give the number a name, such as “Front desk”."))
    office = offices.find(session, order.office)
    inbox = None
    if office is None:
        problems.append(offices.unknown_office(session, order.office, "office"))
    else:
        inbox = offices.find_inbox(session, office, order.inbox)
        if inbox is None:
            problems.append(
                offices.unknown_inbox(session, office, order.inbox, "unsolicited.inbox")
            )
    if problems:
        raise InvalidRequest(*problems)
    assert office is not None and inbox is not None
    require_own_office(who, office)
    return _Placing(
        kind=NumberKind.REUSABLE,
        office_id=office.id,
        name=name,
        response=order.response,
        inbox_id=inbox.id,
        key=key,
        fingerprint=print_,
    )


def require_own_office(who: Who, office: Office) -> None:
    """Numbers are ordered for one's own office, but by administrators; else `NotAllowed`."""
    if office.id != who.office_id and not has_right(who.role, Right.SEE_EVERY_OFFICE):
        raise NotAllowed(
            f"You can order numbers for your own office, {who.office_name}. An administrator can "
            f"order one for {office.name}.",
            why="other_office",
            own=who.office_name,
            other=office.name,
        )


def _candidates(desk: Desk, who: Who, wish: Wish) -> Iterator[str]:
    """The numbers to try, best first. Raises `Conflict` when there is none."""
    if wish.phone_number is not None:
        return iter([to_e164(wish.phone_number)])
    found = _more(desk, who, wish)
    if not found:
        raise Conflict(
            "No number like that can be had just now. Ask for other digits, another area code, or "
            "a ZIP code nearby.",
            why="none_for_sale",
        )
    return iter(found)


def _more(desk: Desk, who: Who, wish: Wish) -> Sequence[str]:
    if wish.phone_number is not None:
        return ()
    return [number.e164 for number in search(desk, who, wish, MOST_CANDIDATES)]


def _place_first(
    desk: Desk, who: Who, via: Via, placing: _Placing, candidates: Iterable[str]
) -> str | None:
    """Place the order for the first candidate that nobody else has ordered; returns the number's
    public id, or None when the key was used meanwhile.

    Raises `OverQuota`, and `Conflict` when others have them all.
    """
    taken = None
    for e164 in candidates:
        try:
            return _place(desk, who, via, placing, e164)
        except IntegrityError:
            if _is_key_used(desk, who, placing):
                return None
            taken = e164
    raise Conflict(
        f"{spoken(taken) if taken else 'That number'} is on this desk already or being ordered. "
        "Choose another number.",
        why="taken",
        phone_number=spoken(taken) if taken else "",
    )


def _place(desk: Desk, who: Who, via: Via, placing: _Placing, e164: str) -> str:
    now = desk.clock.now()
    with desk.db.write(who.institution_id) as session:
        quotas.require_numbers(session, who, now)
        rule = ordered(placing.kind, placing.office_id)
        number = PhoneNumber(
            office_id=rule.office,
            created_by_office_id=rule.counts_for,
            carrier_account_id=_account(session).id,
            e164=e164,
            name=placing.name,
            kind=rule.kind,
            state=rule.state,
            state_since=now,
            lease_until=now + provisioning.LEASE,
            unsolicited_response=placing.response,
            unsolicited_inbox_id=placing.inbox_id,
            created_at=now,
        )
        session.add(number)
        session.flush()
        idempotency.keep(session, placing.key, placing.fingerprint, number.public_id, now)
        if placing.campaign_id is not None:
            _attach(session, placing.campaign_id, number)
        audit.record(
            session,
            "number.order",
            by=who.id,
            via=via,
            outcome=audit.DONE,
            at=now,
            subject=number.public_id,
        )
        return number.public_id


def _attach(session: Session, campaign_id: int, number: PhoneNumber) -> None:
    campaign = session.scalar(
        select(Campaign).where(Campaign.id == campaign_id).with_for_update(key_share=True)
    )
    if campaign is None:
        raise Conflict("The campaign has just been taken back: no number could be had for it.")
    require_draft(campaign.state, "order its number")
    if campaign.number_id is not None:
        raise Conflict("The campaign has a number already.")
    campaign.number_id = number.id


def _is_key_used(desk: Desk, who: Who, placing: _Placing) -> bool:
    with desk.db.read(who.institution_id) as session:
        return idempotency.made_by(session, placing.key, placing.fingerprint) is not None


def _account(session: Session) -> CarrierAccount:
    account = session.scalars(select(CarrierAccount).order_by(CarrierAccount.id)).first()
    if account is None:
        raise Conflict("Your institution has no carrier account yet, so no numbers can be ordered.")
    return account


def _in_force(session: Session) -> set[str]:
    rows = session.scalars(
        select(PhoneNumber.e164).where(PhoneNumber.state != NumberState.RELEASED)
    )
    return set(rows)

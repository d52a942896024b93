"""The carrier's side of a number's life: bought, registered, given back; settled after a crash.

The row comes first and names every step before the carrier is asked, so that whoever finds it after
a crash can tell what to ask the carrier. No transaction spans a call to the carrier.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.db.tables import Campaign, PhoneNumber
from backend.domain.errors import CarrierError, Conflict, NotFound
from backend.domain.phone_numbers import spoken
from backend.domain.provisioned_numbers import (
    NumberState,
    ProvisionedNumber,
    bought,
    registered,
    released,
)
from backend.services import audit, first_use, idempotency, left_texts
from backend.services.carrier_accounts import credentials
from backend.services.desk import Desk
from backend.services.ports import (
    CarrierCredentials,
    Errand,
    NumberOrder,
    OwnedNumber,
    Registration,
)

log = structlog.get_logger()

SMS_PATH: Final = "/webhooks/twilio/sms"
# Longer than any call to the carrier takes, so that a lease runs out only when its holder is dead.
LEASE: Final = timedelta(seconds=60)
# An order that the carrier knows nothing of after this long was never carried out.
GIVE_UP_AFTER: Final = timedelta(minutes=15)
CHECK_REGISTRATION_EVERY: Final = timedelta(minutes=5)
PAUSES_S: Final = (0.5, 1.0, 2.0)
# The number cannot be had by us, for whatever reason: another one may.
UNAVAILABLE: Final = frozenset({21421, 21422, 21452, 21613, 21615, 21624, 21631, 21649, 21651})
UNDER_WAY: Final = (NumberState.ORDERING, NumberState.REGISTERING, NumberState.RELEASING)


@dataclass(frozen=True)
class _Claimed:
    number_id: str
    institution_id: int
    state: NumberState
    state_since: datetime
    account: CarrierCredentials
    service_sid: str | None
    sid: str | None
    e164: str
    lease_until: datetime


def buy(
    desk: Desk,
    number_id: str,
    alternatives: Iterable[str],
    *,
    resumed: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Carry out an order: buy its number or else one of `alternatives` (E.164), and register it.

    A lost answer leaves the order to be settled later. Raises `Conflict` when none of the numbers
    can be bought and `CarrierError` when the carrier refuses; the order is taken back then.
    `resumed` first looks whether the carrier has carried it out already.
    """
    claimed = _claim(desk, number_id, NumberState.ORDERING, is_ours=not resumed)
    if claimed is None:
        return
    found = _at_the_carrier(desk, claimed) if resumed else None
    if found is None:
        claimed, found = _buy_first(desk, claimed, iter(alternatives), sleep)
    if found is not None:  # else the answer was lost: the order stays, and is settled later
        _take_delivery(desk, claimed, found)


def take_in(desk: Desk, number_id: str) -> None:
    """Fill an order with its number as the account owns it already, and set that up as ours.

    Raises `NotFound` when the account does not own it, `CarrierError`; the order is taken back.
    """
    claimed = _claim(desk, number_id, NumberState.ORDERING, is_ours=True)
    if claimed is None:
        return
    try:
        owned = desk.carrier.owned(claimed.account, claimed.e164)
        if not owned:
            raise NotFound(f"The carrier account does not own {spoken(claimed.e164)}.")
        configured = desk.carrier.configure(
            claimed.account, owned[0].sid, reference=number_id, sms_url=sms_url(desk)
        )
    except (NotFound, CarrierError):
        _take_back(desk, claimed, "the account does not own it, or could not be asked")
        raise
    _take_delivery(desk, claimed, configured)


def look_after(desk: Desk, number_id: str) -> None:
    """Take a number that is between two states one step further, if its turn has come.

    An order is settled, a registration asked about, a release carried out. Nothing is ever bought.
    """
    claimed = _claim(desk, number_id, *UNDER_WAY)
    if claimed is None:
        return
    if claimed.state is NumberState.ORDERING:
        _settle(desk, claimed)
    elif claimed.state is NumberState.REGISTERING:
        _register(desk, claimed)
    else:
        _release(desk, claimed)


def sweep(session: Session, now: datetime) -> list[Errand]:
    """Numbers between two states that nobody is at work on."""
    due = select(PhoneNumber.public_id).where(
        PhoneNumber.state.in_(UNDER_WAY),
        PhoneNumber.lease_until.is_(None) | (PhoneNumber.lease_until < now),
    )
    return [Errand("look_after_number", public_id) for public_id in session.scalars(due)]


def state_of(desk: Desk, number_id: str) -> NumberState | None:
    """A number's state; None when there is no such row (any more)."""
    with desk.db.read() as session:
        return session.scalar(select(PhoneNumber.state).where(PhoneNumber.public_id == number_id))


def is_broken_off(desk: Desk, number_id: str) -> bool:
    """Whether an order is neither bought nor in anybody's hands."""
    with desk.db.read() as session:
        number = session.scalar(select(PhoneNumber).where(PhoneNumber.public_id == number_id))
        if number is None or number.state is not NumberState.ORDERING:
            return False
        return number.lease_until is None or number.lease_until <= desk.clock.now()


def sms_url(desk: Desk) -> str:
    """Where the carrier reports our numbers' texts."""
    return f"{desk.public_url}{SMS_PATH}"


def _claim(
    desk: Desk, number_id: str, *states: NumberState, is_ours: bool = False
) -> _Claimed | None:
    """Take the lease on a number in one of `states`; None when somebody else is at work on it,
    unless the lease `is_ours` already.
    """
    now = desk.clock.now()
    with desk.db.write() as session:
        number = session.scalar(
            select(PhoneNumber)
            .where(PhoneNumber.public_id == number_id, PhoneNumber.state.in_(states))
            .with_for_update(key_share=True)
        )
        if number is None:
            return None
        if number.lease_until is not None and number.lease_until > now and not is_ours:
            return None
        number.lease_until = lease_until = now + LEASE
        account = number.carrier_account
        return _Claimed(
            number_id=number_id,
            institution_id=number.institution_id,
            state=number.state,
            state_since=number.state_since,
            account=credentials(desk, account),
            service_sid=account.messaging_service_sid,
            sid=number.carrier_sid,
            e164=number.e164,
            lease_until=lease_until,
        )


def _buy_first(
    desk: Desk, claimed: _Claimed, others: Iterator[str], sleep: Callable[[float], None]
) -> tuple[_Claimed, OwnedNumber | None]:
    """Buy the claimed number, or the first of the others that can be had."""
    while True:
        try:
            return claimed, _buy_one(desk, claimed, sleep)
        except CarrierError as error:
            if not _is_still_ours(desk, claimed):
                return claimed, None
            if error.carrier_code not in UNAVAILABLE:
                _take_back(desk, claimed, str(error))
                raise
            other = _switch(desk, claimed, others)
            if other is None:
                _take_back(desk, claimed, str(error))
                raise Conflict(
                    f"{spoken(claimed.e164)} cannot be had: {error} Search again and choose "
                    "another number."
                ) from None
            claimed = other


def _buy_one(desk: Desk, claimed: _Claimed, sleep: Callable[[float], None]) -> OwnedNumber | None:
    """Buy the claimed number; None when the answer was lost and the carrier doesn't show it yet."""
    order = NumberOrder(claimed.e164, reference=claimed.number_id, sms_url=sms_url(desk))
    for pause_s in (*PAUSES_S, None):
        try:
            return desk.carrier.buy(claimed.account, order)
        except CarrierError as error:
            if error.may_have_happened:
                return _found_after_all(desk, claimed)
            if error.permanent or pause_s is None:
                raise
            sleep(pause_s)
    raise AssertionError("the last try returns or raises")


def _is_still_ours(desk: Desk, claimed: _Claimed) -> bool:
    """Whether an order still stands and nobody took it over from us for being so slow."""
    with desk.db.read(claimed.institution_id) as session:
        number = session.scalar(_row(claimed))
        return (
            number is not None
            and number.state is NumberState.ORDERING
            and number.lease_until == claimed.lease_until
        )


def _found_after_all(desk: Desk, claimed: _Claimed) -> OwnedNumber | None:
    try:
        return _at_the_carrier(desk, claimed)
    except CarrierError:
        return None


def _at_the_carrier(desk: Desk, claimed: _Claimed) -> OwnedNumber | None:
    """Our order as the carrier has it, if it was carried out: by number and our reference."""
    owned = desk.carrier.owned(claimed.account, claimed.e164)
    return next((each for each in owned if each.reference == claimed.number_id), None)


def _switch(desk: Desk, claimed: _Claimed, others: Iterator[str]) -> _Claimed | None:
    """Turn the order to the next number that is not ours already; None when there is none."""
    lease_until = desk.clock.now() + LEASE
    for e164 in others:
        try:
            with desk.db.write(claimed.institution_id) as session:
                number = _locked(session, claimed)
                number.e164 = e164
                number.lease_until = lease_until
        except IntegrityError:
            continue  # another order has it
        return replace(claimed, e164=e164, lease_until=lease_until)
    return None


def _take_delivery(desk: Desk, claimed: _Claimed, found: OwnedNumber) -> None:
    """The carrier has handed the number over: keep that, then see to its registration."""
    now = desk.clock.now()
    with desk.db.write(claimed.institution_id) as session:
        number = session.scalar(_row(claimed).with_for_update(key_share=True))
        if number is not None and number.state is NumberState.ORDERING:
            _move(number, bought, now)
            number.e164 = found.e164  # whoever took the order over may have gone on to another
            number.carrier_sid = found.sid
            number.lease_until = now + LEASE
            audit.record(
                session,
                "number.bought",
                by=None,
                via=audit.DESK,
                outcome=audit.DONE,
                at=now,
                subject=number.public_id,
            )
    is_over = number is None or number.state is NumberState.RELEASED
    if is_over or (number is not None and number.carrier_sid not in (None, found.sid)):
        # The order was given up, released or filled otherwise while the carrier was still at
        # it: nobody would know the number.
        desk.carrier.release(claimed.account, found.sid)
        return
    _register(desk, replace(claimed, sid=found.sid, state=NumberState.REGISTERING))


def _register(desk: Desk, claimed: _Claimed) -> None:
    """Ask how far the registration is; a registered number goes into service."""
    try:
        answer = _registration(desk, claimed)
    except CarrierError as error:
        log.warning("number.registration_unknown", number=claimed.number_id, why=str(error))
        answer = Registration.PENDING
    now = desk.clock.now()
    errands: list[Errand] = []
    with desk.db.write(claimed.institution_id) as session:
        number = _locked(session, claimed)
        number.lease_until = now + CHECK_REGISTRATION_EVERY
        if number.state is not NumberState.REGISTERING:
            return
        number.is_registration_refused = answer is Registration.REFUSED
        if answer is Registration.REGISTERED:
            _move(number, registered, now)
            number.lease_until = None
            errands = left_texts.release_held(session, number)
    for errand in errands:
        desk.queue.enqueue(errand)


def _registration(desk: Desk, claimed: _Claimed) -> Registration:
    if claimed.service_sid is None or claimed.sid is None:
        return Registration.REGISTERED
    desk.carrier.join_service(claimed.account, claimed.service_sid, claimed.sid)
    return desk.carrier.registration(claimed.account, claimed.service_sid, claimed.sid)


def _settle(desk: Desk, claimed: _Claimed) -> None:
    """Find out what became of an order whose answer was lost."""
    found = _at_the_carrier(desk, claimed)
    if found is not None:
        _take_delivery(desk, claimed, found)
    elif desk.clock.now() - claimed.state_since > GIVE_UP_AFTER:
        _take_back(desk, claimed, "the carrier never carried it out")


def _release(desk: Desk, claimed: _Claimed) -> None:
    sid = claimed.sid
    if sid is None:  # ordered, and no longer wanted before we knew what became of it
        found = _at_the_carrier(desk, claimed)
        sid = found.sid if found else None
    if sid is not None:
        desk.carrier.release(claimed.account, sid)
    elif desk.clock.now() - claimed.state_since < GIVE_UP_AFTER:
        return  # the carrier may still be at the order
    now = desk.clock.now()
    with desk.db.write(claimed.institution_id) as session:
        number = _locked(session, claimed)
        if number.state is not NumberState.RELEASING:
            return
        _move(number, released, now)
        number.lease_until = None
        audit.record(
            session,
            "number.released",
            by=None,
            via=audit.DESK,
            outcome=audit.DONE,
            at=now,
            subject=number.public_id,
        )


def _take_back(desk: Desk, claimed: _Claimed, why: str) -> None:
    """The order came to nothing: its row goes, and its key may be used again."""
    with desk.db.write(claimed.institution_id) as session:
        number = session.scalar(_row(claimed).with_for_update(key_share=True))
        if number is None or number.state is not NumberState.ORDERING:
            return
        session.execute(
            update(Campaign).where(Campaign.number_id == number.id).values(number_id=None)
        )
        idempotency.forget(session, claimed.number_id)
        audit.record(
            session,
            "number.order",
            by=None,
            via=audit.DESK,
            outcome=f"{audit.REFUSED}: {why}",
            at=desk.clock.now(),
            subject=claimed.number_id,
        )
        session.delete(number)


def _row(claimed: _Claimed) -> Select[PhoneNumber]:
    return select(PhoneNumber).where(PhoneNumber.public_id == claimed.number_id)


def _locked(session: Session, claimed: _Claimed) -> PhoneNumber:
    return session.scalars(_row(claimed).with_for_update(key_share=True)).one()


def _move(
    number: PhoneNumber, step: Callable[[ProvisionedNumber], ProvisionedNumber], now: datetime
) -> None:
    """Take a number's row the step that the rules allow."""
    number.state = step(first_use.as_rule(number)).state
    number.state_since = now

"""The carrier's inventory and ours, held against each other both ways.

What can be mended without harm is mended; the rest is told to people. Numbers that this desk did
not order are never touched: the account may serve others too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from backend.db.tables import CarrierAccount, PhoneNumber
from backend.domain.errors import CarrierError
from backend.domain.phone_numbers import spoken
from backend.domain.provisioned_numbers import NumberState
from backend.services import audit, provisioning
from backend.services.carrier_accounts import credentials
from backend.services.desk import Desk
from backend.services.ports import CarrierCredentials, OwnedNumber

log = structlog.get_logger()


@dataclass(frozen=True)
class Report:
    """How many numbers were in order, and what was not, in sentences for people."""

    in_order: int
    mended: tuple[str, ...]
    reported: tuple[str, ...]


@dataclass(frozen=True)
class _Ours:
    id: str
    e164: str
    sid: str | None
    state: NumberState


def reconcile(desk: Desk) -> Report:
    """Compare every carrier account with our rows; mend what can be mended, report the rest.

    Safe to repeat and to run beside orders: what somebody is at work on is left to them. An
    account whose carrier cannot be reached is reported.
    """
    in_order, mended, reported = 0, [], []
    for account_id, institution_id, account in _accounts(desk):
        try:
            owned = desk.carrier.owned(account)
            ours = _ours(desk, account_id)  # read after theirs: what was ordered since is known
            for finding in _compare(desk, institution_id, account, ours, owned):
                in_order += finding is None
                if isinstance(finding, _Mended):
                    mended.append(finding.told)
                elif finding is not None:
                    reported.append(finding)
        except CarrierError as error:
            reported.append(f"Account {account.account_sid[:6]}…: not compared to its end. {error}")
    if mended or reported:  # the sentences may name phone numbers, which no log does
        log.warning("numbers.reconciled", mended=len(mended), reported=len(reported))
    return Report(in_order, tuple(mended), tuple(reported))


@dataclass(frozen=True)
class _Mended:
    told: str


_Finding = _Mended | str | None


def _compare(
    desk: Desk,
    institution_id: int,
    account: CarrierCredentials,
    ours: list[_Ours],
    owned: tuple[OwnedNumber, ...],
) -> Iterator[_Finding]:
    by_sid = {each.sid: each for each in owned}
    by_e164 = {each.e164: each for each in owned}
    in_force = {each.e164 for each in ours if each.state is not NumberState.RELEASED}
    known = set()
    for number in ours:
        theirs = by_sid.get(number.sid or "") or _same_number(number, by_e164)
        if theirs is not None and number.state is NumberState.RELEASED:
            theirs = None if theirs.e164 in in_force else theirs  # taken in again since
        if theirs is not None:
            known.add(theirs.sid)
        try:
            yield from _look_at(desk, institution_id, account, number, theirs)
        except CarrierError as error:
            if not error.permanent:
                raise  # the next one would fare no better
            yield f"{number.id}: left as it is. {error}"
    for theirs in owned:
        if theirs.sid not in known:
            yield (
                f"{spoken(theirs.e164)} ({theirs.sid}) is at the carrier and not on this desk. "
                "If it is yours, take it in: backend numbers adopt. Else leave it."
            )


def _same_number(number: _Ours, by_e164: dict[str, OwnedNumber]) -> OwnedNumber | None:
    """A row that lost its SID, or never had one, is found by the number itself."""
    if number.sid is not None or number.state is NumberState.RELEASED:
        return None
    return by_e164.get(number.e164)


def _look_at(
    desk: Desk,
    institution_id: int,
    account: CarrierCredentials,
    number: _Ours,
    theirs: OwnedNumber | None,
) -> Iterator[_Finding]:
    if number.state is NumberState.RELEASED:
        if theirs is not None:
            desk.carrier.release(account, theirs.sid)
            yield _Mended(f"{number.id} was released here and still at the carrier: released.")
    elif number.state in (NumberState.ORDERING, NumberState.RELEASING) or (
        number.state is NumberState.REGISTERING and theirs is not None
    ):
        provisioning.look_after(desk, number.id)
        after = provisioning.state_of(desk, number.id)
        if after is not number.state:
            yield _Mended(f"{number.id} was {number.state}: now {after or 'taken back'}.")
        else:
            yield None
    elif theirs is None and not desk.carrier.owned(account, number.e164):
        yield (
            f"{number.id} is {number.state} here but not at the carrier: texts to it are lost. "
            "Ask the carrier why, or release it here."
        )
    elif theirs is not None:
        yield from _set_right(desk, institution_id, account, number, theirs)


def _set_right(
    desk: Desk,
    institution_id: int,
    account: CarrierCredentials,
    number: _Ours,
    theirs: OwnedNumber,
) -> Iterator[_Finding]:
    """Bring what differs into line: our reference and webhook there, their SID here."""
    url = provisioning.sms_url(desk)
    wrong = []
    if theirs.reference != number.id or theirs.sms_url != url:
        desk.carrier.configure(account, theirs.sid, reference=number.id, sms_url=url)
        wrong.append("its reference or webhook at the carrier")
    if number.sid != theirs.sid:
        _keep_sid(desk, institution_id, number, theirs.sid)
        wrong.append("its SID here")
    yield _Mended(f"{number.id}: set right {' and '.join(wrong)}.") if wrong else None


def _keep_sid(desk: Desk, institution_id: int, number: _Ours, sid: str) -> None:
    now = desk.clock.now()
    with desk.db.write(institution_id) as session:
        row = session.scalars(select(PhoneNumber).where(PhoneNumber.public_id == number.id)).one()
        row.carrier_sid = sid
        audit.record(
            session,
            "number.reconciled",
            by=None,
            via=audit.DESK,
            outcome=f"{audit.DONE}: its SID was missing here",
            at=now,
            subject=number.id,
        )


def _accounts(desk: Desk) -> list[tuple[int, int, CarrierCredentials]]:
    with desk.db.read() as session:
        rows = session.scalars(select(CarrierAccount).order_by(CarrierAccount.id))
        return [(row.id, row.institution_id, credentials(desk, row)) for row in rows]


def _ours(desk: Desk, account_id: int) -> list[_Ours]:
    with desk.db.read() as session:
        rows = session.scalars(
            select(PhoneNumber)
            .where(PhoneNumber.carrier_account_id == account_id)
            .order_by(PhoneNumber.id)
        )
        return [_Ours(row.public_id, row.e164, row.carrier_sid, row.state) for row in rows]

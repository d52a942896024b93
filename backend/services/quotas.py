"""The contract's limits and what has been used of them, read live."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, distinct, func, select
from sqlalchemy.orm import Session

from backend.db.tables import (
    CampaignContact,
    ContractLimits,
    Institution,
    Office,
    PhoneNumber,
)
from backend.domain import quotas as rules
from backend.domain.errors import InvalidRequest, NotAllowed, NotFound, Problem
from backend.domain.provisioned_numbers import PROVISIONED, NumberKind, NumberState
from backend.domain.quotas import OfficeNumbers, Quota, period_start
from backend.domain.staff import Right, has_right, require
from backend.services import audit
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.staff import Who


def for_staff(desk: Desk, who: Who, via: Via) -> Quota:
    """The institution's figures, for whom may see them.

    Raises `NotAllowed` (and audits the attempt) for everyone but administrators, `NotFound`
    when no contract period covers today.
    """
    now = desk.clock.now()
    try:
        require(who.role, Right.SEE_CONTRACT_LIMITS)
    except NotAllowed:
        with desk.db.write(who.institution_id) as session:
            audit.record(session, "quota.read", by=who.id, via=via, outcome=audit.REFUSED, at=now)
        raise
    with desk.db.read(who.institution_id) as session:
        return read(session, now)


def set_limits(
    desk: Desk,
    institution_slug: str,
    starts_on: date,
    ends_on: date,
    *,
    contacts: int,
    numbers: int,
) -> None:
    """Set what an institution's contract covers in one period, both days included; a period that
    begins on the same day is replaced.

    Raises `NotFound`, `InvalidRequest` for a period that ends before it begins or overlaps another.
    """
    if ends_on < starts_on:
        raise InvalidRequest(Problem("to", "before_from", "The last day is before the first one."))
    with desk.db.write() as session:
        institution = session.scalar(
            select(Institution).where(Institution.slug == institution_slug)
        )
        if institution is None:
            raise NotFound(f"There is no institution {institution_slug}.")
        periods = session.scalars(
            select(ContractLimits).where(ContractLimits.institution_id == institution.id)
        ).all()
        same = next((each for each in periods if each.starts_on == starts_on), None)
        for each in periods:
            if each is not same and each.starts_on <= ends_on and starts_on <= each.ends_on:
                fix = f"It overlaps the period from {each.starts_on} to {each.ends_on}."
                raise InvalidRequest(Problem("from", "overlaps", fix))
        if same is None:
            same = ContractLimits(institution_id=institution.id, starts_on=starts_on)
            session.add(same)
        same.ends_on = ends_on
        same.contacts_limit = contacts
        same.numbers_limit = numbers
        audit.record(
            session,
            "limits.set",
            by=None,
            via=audit.CLI,
            outcome=f"{audit.DONE}: {contacts:,} contacts and {numbers:,} numbers "
            f"from {starts_on} to {ends_on}",
            at=desk.clock.now(),
            institution_id=institution.id,
        )


def require_numbers(session: Session, who: Who, now: datetime, wanted: int = 1) -> None:
    """Let pass an order that the contract covers.

    The contract's row stays locked until this transaction ends: whoever asks next waits, so that
    two cannot both take the last place. Raises `OverQuota`, `NotFound` (no contract period).
    """
    quota = read(session, now, lock=True)
    rules.require_numbers(quota, wanted, tell=_may_see(who))


def require_contacts(who: Who, locked: Quota, wanted: int) -> None:
    """The same for contacts that were not targeted before in this period, by figures that this
    transaction has read with `lock`. Raises `OverQuota`.
    """
    rules.require_contacts(locked, wanted, tell=_may_see(who))


def _may_see(who: Who) -> bool:
    return has_right(who.role, Right.SEE_CONTRACT_LIMITS)


def read(session: Session, now: datetime, *, lock: bool = False) -> Quota:
    """The figures of the session's institution. Raises `NotFound` without a contract period."""
    institution = session.scalars(select(Institution)).one()
    zone = ZoneInfo(institution.time_zone)
    today = now.astimezone(zone).date()
    query = select(ContractLimits).where(
        ContractLimits.starts_on <= today, ContractLimits.ends_on >= today
    )
    limits = session.scalar(query.with_for_update(key_share=True) if lock else query)
    if limits is None:
        raise NotFound("No contract period covers today, so there are no limits to show.")
    # The period is in the institution's own days; rows are in UTC.
    starts_at = period_start(limits.starts_on, zone)
    contacts_used = session.scalar(
        select(func.count(distinct(CampaignContact.contact_id))).where(
            CampaignContact.targeted_at >= starts_at
        )
    )
    by_office, reserved = _numbers(session)
    return Quota(
        starts_on=limits.starts_on,
        ends_on=limits.ends_on,
        contacts_limit=limits.contacts_limit,
        contacts_used=contacts_used or 0,
        numbers_limit=limits.numbers_limit,
        numbers_used=sum(office.reusable + office.single_use for office in by_office),
        numbers_reserved=reserved,
        by_office=by_office,
    )


def _numbers(session: Session) -> tuple[tuple[OfficeNumbers, ...], int]:
    """Provisioned numbers by office, and how many are on order.

    In one query: an order becomes provisioned without the contract's lock, and between two queries
    it could be counted by neither.
    """

    def those(fits: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((fits, 1), else_=0)), 0)

    is_provisioned = PhoneNumber.state.in_(PROVISIONED)
    rows = session.execute(
        select(
            Office.name,
            those(is_provisioned & (PhoneNumber.kind == NumberKind.REUSABLE)),
            those(is_provisioned & (PhoneNumber.kind == NumberKind.SINGLE_USE)),
            those(PhoneNumber.state == NumberState.ORDERING),
        )
        .outerjoin(PhoneNumber, PhoneNumber.created_by_office_id == Office.id)
        .group_by(Office.id, Office.name)
        .order_by(Office.name)
    ).all()
    by_office = tuple(OfficeNumbers(name, reusable, single) for name, reusable, single, _ in rows)
    return by_office, sum(ordered for *_, ordered in rows)

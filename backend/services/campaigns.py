"""Campaigns: an office texts many contacts from one number, and then hears their answers.

Drafting, changing and reading them; they start and end in `campaign_life`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.db import tables
from backend.db.tables import CampaignContact, ContactImport, PhoneNumber
from backend.domain.campaigns import (
    CampaignState,
    fault_of_number,
    faults_of_words,
    require_draft,
)
from backend.domain.contacts_csv import one_line
from backend.domain.conversations import Responder
from backend.domain.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NumbersError,
    Problem,
    unknown_cursor,
)
from backend.domain.provisioned_numbers import NumberKind, NumberState
from backend.domain.staff import Right, has_right, require
from backend.domain.words import clean
from backend.services import audit, first_use, idempotency, offices, ordering
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.ordering import Wish
from backend.services.staff import Who


@dataclass(frozen=True)
class CampaignNumber:
    """The number of a campaign."""

    id: str
    phone_number: str
    kind: NumberKind
    state: NumberState


@dataclass(frozen=True)
class Counts:
    """How many contacts a campaign has, how many of them count as targeted, have an opening
    message (sent or on its way), and were skipped.
    """

    contacts: int
    targeted: int
    opened: int
    skipped: int


@dataclass(frozen=True)
class Campaign:
    """A campaign. `number` None is a draft that has none yet."""

    id: str
    name: str
    office: str
    inbox: str
    number: CampaignNumber | None
    responder: Responder
    opening_text: str
    state: CampaignState
    counts: Counts
    created_at: datetime
    activated_at: datetime | None
    archived_at: datetime | None


@dataclass(frozen=True)
class CampaignPage:
    """Some campaigns, oldest first; `next` is the cursor of those after them, None at the end."""

    campaigns: Sequence[Campaign]
    next: str | None


@dataclass(frozen=True)
class NewCampaign:
    """A campaign to draft. Office and inbox are ids or names, without an inbox it is the office's
    first; `number_id` is an existing number's public id.
    """

    office: str
    name: str
    responder: Responder
    opening_text: str = ""
    inbox: str | None = None
    number_id: str | None = None


@dataclass(frozen=True)
class Changes:
    """What to change of a draft; what is None stays."""

    name: str | None = None
    responder: Responder | None = None
    opening_text: str | None = None
    inbox: str | None = None
    number_id: str | None = None


def create(desk: Desk, who: Who, new: NewCampaign, via: Via, *, key: str | None = None) -> Campaign:
    """Draft a campaign; the same request under the same key gets the same campaign.

    Raises `NotAllowed`, `InvalidRequest` with every fault, and `Conflict` when the key belongs to
    another request.
    """
    with audit.refusals(desk, who, via, "campaign.create"):
        require(who.role, Right.RUN_CAMPAIGNS)
        made = desk.db.transact(
            lambda session: _draft_once(desk, session, who, new, via, key), who.institution_id
        )
    return read(desk, who, made)


def create_with_number(
    desk: Desk, who: Who, new: NewCampaign, wish: Wish, via: Via, *, key: str | None = None
) -> Campaign:
    """Draft a campaign and order a single-use number for it: both, or neither.

    Raises as `create` and `order_number` do. An order whose answer was lost keeps the campaign;
    the number's state tells.
    """
    campaign = create(desk, who, new, via, key=key)
    if campaign.number is not None:
        return campaign  # this request came before
    try:
        return order_number(desk, who, campaign.id, wish, via)
    except NumbersError:
        if _discard(desk, who, campaign.id):
            raise
        return read(desk, who, campaign.id)  # the same request at the same moment was quicker


def order_number(desk: Desk, who: Who, campaign_id: str, wish: Wish, via: Via) -> Campaign:
    """Order a single-use number for a draft that has no number; it is there already while it is
    being bought.

    Raises `NotAllowed`, `NotFound`, `InvalidRequest`, `OverQuota`, `Conflict`, `CarrierError`.
    """
    with audit.refusals(desk, who, via, "campaign.order_number", campaign_id):
        require(who.role, Right.RUN_CAMPAIGNS)
        with desk.db.read(who.institution_id) as session:
            campaign = found(session, who, campaign_id)
            require_draft(campaign.state, "order its number")
            if campaign.number_id is not None:
                raise Conflict("The campaign has a number already.")
    ordering.order_single_use(desk, who, campaign, wish, via)
    return read(desk, who, campaign_id)


def listed(desk: Desk, who: Who, *, after: str | None, limit: int) -> CampaignPage:
    """The campaigns that a staff member may see, archived ones too, page by page.

    `after` is the id of the last one seen. Raises `InvalidRequest` for one that is not theirs.
    """
    with desk.db.read(who.institution_id) as session:
        query = seen_by(who).order_by(tables.Campaign.id).limit(limit + 1)
        if after is not None:
            last = session.scalar(seen_by(who).where(tables.Campaign.public_id == after))
            if last is None:
                raise unknown_cursor()
            query = query.where(tables.Campaign.id > last.id)
        rows = session.scalars(query).all()
        page = _shown(session, rows[:limit])
        return CampaignPage(page, page[-1].id if len(rows) > limit else None)


def read(desk: Desk, who: Who, campaign_id: str) -> Campaign:
    """One campaign. Raises `NotFound` where there is none that this person may see."""
    with desk.db.read(who.institution_id) as session:
        return _shown(session, [found(session, who, campaign_id)])[0]


def edit(desk: Desk, who: Who, campaign_id: str, changes: Changes, via: Via) -> Campaign:
    """Change a draft.

    Raises `NotAllowed`, `NotFound`, `InvalidRequest` with every fault, and `Conflict` when it is
    no draft any more.
    """
    with audit.refusals(desk, who, via, "campaign.edit", campaign_id):
        require(who.role, Right.RUN_CAMPAIGNS)
    with desk.db.write(who.institution_id) as session:
        campaign = found(session, who, campaign_id, lock=True)
        require_draft(campaign.state, "change it")
        _change(session, campaign, changes)
        record(session, desk, who, via, "campaign.edit", campaign)
    return read(desk, who, campaign_id)


def found(session: Session, who: Who, campaign_id: str, *, lock: bool = False) -> tables.Campaign:
    """The campaign of that id among those this person may see. Raises `NotFound`."""
    query = seen_by(who).where(tables.Campaign.public_id == campaign_id)
    campaign = session.scalar(query.with_for_update(key_share=True) if lock else query)
    if campaign is None:
        raise NotFound("There is no such campaign among those you may see.")
    return campaign


def is_seen(session: Session, who: Who, campaign: int) -> bool:
    """Whether a person may see the campaign of this row number."""
    return session.scalar(seen_by(who).where(tables.Campaign.id == campaign)) is not None


def _draft_once(
    desk: Desk, session: Session, who: Who, new: NewCampaign, via: Via, key: str | None
) -> str:
    """The public id of the draft that this request makes, or made before."""
    print_ = idempotency.fingerprint(who, "create a campaign", asdict(new))
    made = idempotency.made_by(session, key, print_)
    if made is None:
        made = _draft(desk, session, who, new, via).public_id
        idempotency.keep(session, key, print_, made, desk.clock.now())
    return made


def _draft(desk: Desk, session: Session, who: Who, new: NewCampaign, via: Via) -> tables.Campaign:
    name, opening_text = one_line(new.name), clean(new.opening_text).strip()
    problems = list(faults_of_words(name, opening_text))
    office = _own_office(session, who, new.office)
    if office is None:
        problems.append(offices.unknown_office(session, new.office, "office"))
        raise InvalidRequest(*problems)
    inbox = offices.find_inbox(session, office, new.inbox)
    if inbox is None:
        problems.append(offices.unknown_inbox(session, office, new.inbox, "inbox"))
    number, fault = _chosen(session, new.number_id, office.id)
    problems += [fault] if fault else []
    if problems or inbox is None:
        raise InvalidRequest(*problems)
    campaign = tables.Campaign(
        office_id=office.id,
        inbox_id=inbox.id,
        number_id=number.id if number else None,
        name=name,
        opening_text=opening_text,
        state=CampaignState.DRAFT,
        responder=new.responder,
        created_at=desk.clock.now(),
    )
    session.add(campaign)
    session.flush()
    record(session, desk, who, via, "campaign.create", campaign)
    return campaign


def _discard(desk: Desk, who: Who, campaign_id: str) -> bool:
    """Whether a draft has got no number. It is taken back then, unless somebody has begun to bring
    contacts into it meanwhile.
    """
    with desk.db.write(who.institution_id) as session:
        campaign = found(session, who, campaign_id, lock=True)
        if campaign.number_id is not None:
            return False
        imports = select(ContactImport.id).where(ContactImport.campaign_id == campaign.id)
        if session.scalar(imports.limit(1)) is None:
            idempotency.forget(session, campaign_id)
            session.delete(campaign)
        return True


def _own_office(session: Session, who: Who, written: str) -> tables.Office | None:
    """The named office. Raises `NotAllowed` for one that is not the person's own."""
    office = offices.find(session, written)
    is_own = office is None or office.id == who.office_id
    if not is_own and not has_right(who.role, Right.SEE_EVERY_OFFICE):
        raise NotAllowed(
            f"You can run campaigns of your own office, {who.office_name}. An administrator can "
            "run those of every office."
        )
    return office


def _chosen(
    session: Session, number_id: str | None, office_id: int, campaign: int | None = None
) -> tuple[PhoneNumber | None, Problem | None]:
    """The number that a campaign (its row number, if it has one) chooses, or why it cannot."""
    if number_id is None:
        return None, None
    # Locked, so that two campaigns cannot both find a single-use number free.
    number = session.scalar(
        select(PhoneNumber)
        .where(PhoneNumber.public_id == number_id)
        .with_for_update(key_share=True)
    )
    if number is None:
        fix = "There is no such number here. Choose one from your list of numbers."
        return None, Problem("number", "unknown_number", fix)
    others = select(tables.Campaign.id).where(
        tables.Campaign.number_id == number.id, tables.Campaign.id != (campaign or 0)
    )
    is_taken = session.scalar(others.limit(1)) is not None
    rule = first_use.as_rule(number)
    return number, fault_of_number(rule, office_id, is_of_another_campaign=is_taken)


def _change(session: Session, campaign: tables.Campaign, changes: Changes) -> None:
    if changes.name is not None:
        campaign.name = one_line(changes.name)
    if changes.opening_text is not None:
        campaign.opening_text = clean(changes.opening_text).strip()
    if changes.responder is not None:
        campaign.responder = changes.responder
    problems = list(faults_of_words(campaign.name, campaign.opening_text))
    if changes.inbox is not None:
        inbox = offices.find_inbox(session, campaign.office, changes.inbox)
        if inbox is None:
            problems.append(offices.unknown_inbox(session, campaign.office, changes.inbox, "inbox"))
        else:
            campaign.inbox = inbox
    problems += _change_number(session, campaign, changes.number_id)
    if problems:
        raise InvalidRequest(*problems)


def _change_number(
    session: Session, campaign: tables.Campaign, number_id: str | None
) -> list[Problem]:
    present = campaign.number
    if number_id is None or (present is not None and present.public_id == number_id):
        return []
    if present is not None and present.kind is NumberKind.SINGLE_USE:
        raise Conflict(
            "A single-use number was bought for this campaign. Archive the campaign to give the "
            "number back, and make a new one with another number."
        )
    number, fault = _chosen(session, number_id, campaign.office_id, campaign.id)
    if fault is None:
        campaign.number = number
    return [fault] if fault else []


def seen_by(who: Who) -> Select[tables.Campaign]:
    """The campaigns that a staff member may see, archived ones too."""
    query = select(tables.Campaign)
    if not has_right(who.role, Right.SEE_EVERY_OFFICE):
        query = query.where(tables.Campaign.office_id == who.office_id)
    return query


def _shown(session: Session, rows: Sequence[tables.Campaign]) -> list[Campaign]:
    counts = _counts(session, [row.id for row in rows])
    return [
        Campaign(
            id=row.public_id,
            name=row.name,
            office=row.office.name,
            inbox=row.inbox.name,
            number=_shown_number(row.number) if row.number else None,
            responder=row.responder,
            opening_text=row.opening_text,
            state=row.state,
            counts=counts.get(row.id, Counts(0, 0, 0, 0)),
            created_at=row.created_at,
            activated_at=row.activated_at,
            archived_at=row.archived_at,
        )
        for row in rows
    ]


def _shown_number(number: PhoneNumber) -> CampaignNumber:
    return CampaignNumber(number.public_id, number.e164, number.kind, number.state)


def _counts(session: Session, campaign_ids: list[int]) -> dict[int, Counts]:
    def those_with(column: InstrumentedAttribute[Any]) -> ColumnElement[int]:
        return func.sum(case((column.is_not(None), 1), else_=0))

    rows = session.execute(
        select(
            CampaignContact.campaign_id,
            func.count(CampaignContact.id),
            those_with(CampaignContact.targeted_at),
            those_with(CampaignContact.message_id),
            those_with(CampaignContact.skipped),
        )
        .where(CampaignContact.campaign_id.in_(campaign_ids))
        .group_by(CampaignContact.campaign_id)
    )
    return {campaign_id: Counts(*(int(count) for count in each)) for campaign_id, *each in rows}


def record(
    session: Session, desk: Desk, who: Who, via: Via, action: str, campaign: tables.Campaign
) -> None:
    audit.record(
        session,
        action,
        by=who.id,
        via=via,
        outcome=audit.DONE,
        at=desk.clock.now(),
        subject=campaign.public_id,
    )

"""Campaigns: an office texts many contacts from one number, and then hears their answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, distinct, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.db import tables
from backend.db.tables import (
    Author,
    CampaignContact,
    Contact,
    ContactImport,
    Conversation,
    ImportState,
    Message,
    ParticipantKind,
    PhoneNumber,
)
from backend.db.upserts import insert_into
from backend.domain import provisioned_numbers
from backend.domain.campaigns import (
    WHY_SKIPPED,
    CampaignState,
    Readiness,
    Skipped,
    fault_of_number,
    faults_of_words,
    require_draft,
    require_ready,
)
from backend.domain.contacts_csv import ExportedContact, export_csv, one_line
from backend.domain.conversations import Responder
from backend.domain.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NumbersError,
    Problem,
)
from backend.domain.messages import FAILED, HELD
from backend.domain.provisioned_numbers import FirstUse, NumberKind, NumberState, Use
from backend.domain.quotas import Quota, period_start
from backend.domain.staff import Right, has_right, require
from backend.domain.words import clean
from backend.services import (
    audit,
    first_use,
    idempotency,
    offices,
    ordering,
    outbound,
    quotas,
    routing,
)
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.ordering import Wish
from backend.services.ports import Errand
from backend.services.staff import Who

# Opening messages that may be on their way at once. The queue is everybody's: a confirmation of
# STOP waits behind these few and no more.
MOST_UNDER_WAY: Final = 200
NEXT_BATCH_S: Final = 5.0
NOT_HANDED_OVER: Final = ("pending", HELD)


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


@dataclass(frozen=True)
class ContactLine:
    """A contact of a campaign. `state` is `waiting`, `skipped`, or how far the opening message is
    (`held`, `sent`, `delivered`, …); `why` is the reason where it did not arrive.
    """

    id: str
    phone_number: str
    name: str | None
    language: str | None
    state: str
    why: str | None


@dataclass(frozen=True)
class ContactPage:
    """Some contacts of a campaign; `next` is the cursor of those after them, None at the end."""

    contacts: Sequence[ContactLine]
    next: str | None


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
        query = _seen_by(who).order_by(tables.Campaign.id).limit(limit + 1)
        if after is not None:
            last = session.scalar(_seen_by(who).where(tables.Campaign.public_id == after))
            if last is None:
                raise _unknown_cursor()
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
        _record(session, desk, who, via, "campaign.edit", campaign)
    return read(desk, who, campaign_id)


def activate(desk: Desk, who: Who, campaign_id: str, via: Via) -> Campaign:
    """Start a campaign: its contacts are targeted, its number is used, its opening message goes
    out through the queue. One that is active already stays as it is.

    Raises `NotAllowed`, `NotFound`, `InvalidRequest` with everything that is missing, `OverQuota`
    when the contract covers fewer contacts, `Conflict` (archived, or another campaign is active
    on the number).
    """
    with audit.refusals(desk, who, via, "campaign.activate", campaign_id):
        require(who.role, Right.RUN_CAMPAIGNS)
        # Should another campaign become active on the number at the same moment, the index lets
        # one of them pass; the other tries again and is told.
        desk.db.transact(
            lambda session: _activate(session, desk, who, campaign_id, via), who.institution_id
        )
    desk.queue.enqueue(Errand("start_campaign", campaign_id))
    return read(desk, who, campaign_id)


def archive(desk: Desk, who: Who, campaign_id: str, via: Via) -> Campaign:
    """End a campaign for good: what was not handed to the carrier is not sent, a single-use number
    goes back to the carrier, a reusable one stays. One that is archived already stays as it is.

    Raises `NotAllowed`, `NotFound`.
    """
    with audit.refusals(desk, who, via, "campaign.archive", campaign_id):
        require(who.role, Right.RUN_CAMPAIGNS)
    errands = desk.db.transact(
        lambda session: _archive(session, desk, who, campaign_id, via), who.institution_id
    )
    for errand in errands:
        desk.queue.enqueue(errand)
    return read(desk, who, campaign_id)


def contacts(
    desk: Desk, who: Who, campaign_id: str, *, after: str | None, limit: int
) -> ContactPage:
    """The contacts of a campaign in the order they came, page by page, with what came of each.

    `after` is the id of the last one seen. Raises `NotFound`, `InvalidRequest`.
    """
    with desk.db.read(who.institution_id) as session:
        campaign = found(session, who, campaign_id)
        query = _contact_rows(campaign).limit(limit + 1)
        if after is not None:
            last = session.scalar(
                select(CampaignContact.id)
                .join(Contact, Contact.id == CampaignContact.contact_id)
                .where(CampaignContact.campaign_id == campaign.id, Contact.public_id == after)
            )
            if last is None:
                raise _unknown_cursor()
            query = query.where(CampaignContact.id > last)
        lines = [_line(*row) for row in session.execute(query)]
        return ContactPage(lines[:limit], lines[limit - 1].id if len(lines) > limit else None)


def export_contacts(desk: Desk, who: Who, campaign_id: str, via: Via) -> bytes:
    """A campaign's contacts as a CSV file, which can be imported again.

    Raises `NotAllowed`, `NotFound`.
    """
    with audit.refusals(desk, who, via, "contacts.export", campaign_id):
        require(who.role, Right.RUN_CAMPAIGNS)
    with desk.db.write(who.institution_id) as session:
        campaign = found(session, who, campaign_id)
        _record(session, desk, who, via, "contacts.export", campaign)
    with desk.db.read(who.institution_id) as session:
        lines = (_line(*row) for row in session.execute(_contact_rows(campaign)))
        return export_csv(
            ExportedContact(line.phone_number, line.name, line.language, line.state)
            for line in lines
        )


def start(desk: Desk, campaign_id: str) -> None:
    """Write the opening message to the next contacts of an active campaign, and queue its sending.

    At most 200 are on their way at once; the rest follows as these go out. Safe to run at any
    time and in several workers: the campaign's row is locked, and each contact keeps its message.
    """
    errands = desk.db.transact(lambda session: _open_next(session, campaign_id, desk.clock.now()))
    for errand in errands:
        desk.queue.enqueue(errand)
    if errands:
        desk.queue.enqueue(Errand("start_campaign", campaign_id), delay_s=NEXT_BATCH_S)


def sweep(session: Session) -> list[Errand]:
    """Active campaigns with contacts that nobody has written to yet."""
    left = select(CampaignContact.campaign_id).where(_is_waiting())
    # One without an opening message (from before there were any) has nothing to send.
    active = select(tables.Campaign.public_id).where(
        tables.Campaign.state == CampaignState.ACTIVE,
        tables.Campaign.opening_text != "",
        tables.Campaign.id.in_(left),
    )
    return [Errand("start_campaign", public_id) for public_id in session.scalars(active)]


def found(session: Session, who: Who, campaign_id: str, *, lock: bool = False) -> tables.Campaign:
    """The campaign of that id among those this person may see. Raises `NotFound`."""
    query = _seen_by(who).where(tables.Campaign.public_id == campaign_id)
    campaign = session.scalar(query.with_for_update(key_share=True) if lock else query)
    if campaign is None:
        raise NotFound("There is no such campaign among those you may see.")
    return campaign


def is_seen(session: Session, who: Who, campaign: int) -> bool:
    """Whether a person may see the campaign of this row number."""
    return session.scalar(_seen_by(who).where(tables.Campaign.id == campaign)) is not None


def targeted_among(session: Session, contact_ids: Sequence[int], quota: Quota) -> int:
    """How many of these contacts (row numbers) were targeted in the contract period already."""
    query = select(func.count(distinct(CampaignContact.contact_id))).where(
        CampaignContact.contact_id.in_(contact_ids),
        CampaignContact.targeted_at >= _start_of(session, quota),
    )
    return session.scalar(query) or 0


def _newly_targeted(session: Session, campaign: tables.Campaign, quota: Quota) -> int:
    """How many of a campaign's contacts were not targeted in this contract period yet."""
    # As a list to look up in: as a condition on each row it takes PostgreSQL minutes until it has
    # counted what a large import has just added.
    targeted = select(CampaignContact.contact_id).where(
        CampaignContact.targeted_at >= _start_of(session, quota)
    )
    query = select(func.count(CampaignContact.id)).where(
        CampaignContact.campaign_id == campaign.id, CampaignContact.contact_id.not_in(targeted)
    )
    return session.scalar(query) or 0


def _start_of(session: Session, quota: Quota) -> datetime:
    zone = session.scalars(select(tables.Institution.time_zone)).one()
    return period_start(quota.starts_on, ZoneInfo(zone))


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
    _record(session, desk, who, via, "campaign.create", campaign)
    return campaign


def _discard(desk: Desk, who: Who, campaign_id: str) -> bool:
    """Take back a draft that has got no number; whether that was so."""
    with desk.db.write(who.institution_id) as session:
        campaign = found(session, who, campaign_id, lock=True)
        if campaign.number_id is not None:
            return False
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


def _activate(session: Session, desk: Desk, who: Who, campaign_id: str, via: Via) -> None:
    now = desk.clock.now()
    # The contract before the campaign and the number, here as in ordering, so that nobody waits
    # for somebody who waits for them.
    quota = quotas.read(session, now, lock=True)
    campaign = found(session, who, campaign_id, lock=True)
    if campaign.state is CampaignState.ACTIVE:
        return
    number = _locked_number(session, campaign)
    require_ready(_readiness(session, campaign, number))
    assert number is not None  # or it would not be ready
    active = routing.active_campaign(session, number)
    rule = provisioned_numbers.started(
        first_use.as_rule(number, active),
        campaign.name,
        FirstUse(Use.CAMPAIGN, now, campaign.public_id),
    )
    wanted = _newly_targeted(session, campaign, quota)
    quotas.require_contacts(session, who, now, wanted)
    first_use.keep(number, rule)
    session.execute(
        update(CampaignContact)
        .where(CampaignContact.campaign_id == campaign.id, CampaignContact.targeted_at.is_(None))
        .values(targeted_at=now)
        .execution_options(synchronize_session=False)
    )
    campaign.state = CampaignState.ACTIVE
    campaign.activated_at = now
    _record(session, desk, who, via, "campaign.activate", campaign)


def _locked_number(session: Session, campaign: tables.Campaign) -> PhoneNumber | None:
    if campaign.number_id is None:
        return None
    return session.scalars(
        select(PhoneNumber)
        .where(PhoneNumber.id == campaign.number_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _readiness(
    session: Session, campaign: tables.Campaign, number: PhoneNumber | None
) -> Readiness:
    importing = select(ContactImport.id).where(
        ContactImport.campaign_id == campaign.id, ContactImport.state != ImportState.DONE
    )
    imported = select(func.count(CampaignContact.id)).where(
        CampaignContact.campaign_id == campaign.id
    )
    return Readiness(
        state=campaign.state,
        opening_text=campaign.opening_text,
        contacts=session.scalar(imported) or 0,
        office=campaign.office_id,
        number_office=number.office_id if number else None,
        is_importing=session.scalar(importing.limit(1)) is not None,
    )


def _archive(session: Session, desk: Desk, who: Who, campaign_id: str, via: Via) -> list[Errand]:
    campaign = found(session, who, campaign_id, lock=True)
    if campaign.state is CampaignState.ARCHIVED:
        return []
    now = desk.clock.now()
    session.execute(
        update(Message)
        .where(Message.campaign_id == campaign.id, Message.status.in_(NOT_HANDED_OVER))
        .values(status="canceled", error_reason=outbound.CAMPAIGN_ARCHIVED, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    campaign.state = CampaignState.ARCHIVED
    campaign.archived_at = now
    _record(session, desk, who, via, "campaign.archive", campaign)
    number = _locked_number(session, campaign)
    return _give_back(number, now) if number is not None else []


def _give_back(number: PhoneNumber, now: datetime) -> list[Errand]:
    """What archiving its campaign means for a number."""
    rule = provisioned_numbers.archived(first_use.as_rule(number))
    if rule.state is number.state:
        return []
    if number.state is not NumberState.ORDERING:
        number.lease_until = None  # an order stays in the hands of who is buying it
    number.state = rule.state
    number.state_since = now
    return [Errand("look_after_number", number.public_id)]


def _open_next(session: Session, campaign_id: str, now: datetime) -> list[Errand]:
    """Write to as many contacts as there is room for; whoever has opted out is skipped."""
    campaign = session.scalar(
        select(tables.Campaign)
        .where(
            tables.Campaign.public_id == campaign_id,
            tables.Campaign.state == CampaignState.ACTIVE,
            tables.Campaign.opening_text != "",
        )
        .with_for_update(key_share=True)
    )
    if campaign is None or campaign.number is None:
        return []
    number = campaign.number
    errands: list[Errand] = []
    room = MOST_UNDER_WAY - _under_way(session, campaign)
    while room > len(errands):
        batch = session.scalars(
            select(CampaignContact)
            .where(CampaignContact.campaign_id == campaign.id, _is_waiting())
            .order_by(CampaignContact.id)
            .limit(room - len(errands))
        ).all()
        if not batch:
            break
        errands += _open(session, campaign, number, batch, now)
        session.flush()
    return errands


def _open(
    session: Session,
    campaign: tables.Campaign,
    number: PhoneNumber,
    batch: Sequence[CampaignContact],
    now: datetime,
) -> list[Errand]:
    contact_ids = [row.contact_id for row in batch]
    opted_out = routing.opted_out_among(
        session, contact_ids, office_id=number.office_id, number_id=number.id
    )
    wanted = [row for row in batch if row.contact_id not in opted_out]
    talks = _conversations(session, number, [row.contact_id for row in wanted], now)
    for row in batch:
        if row.contact_id in opted_out:
            row.skipped = Skipped.OPTED_OUT
    errands = [
        outbound.queue_text(
            session,
            talks[row.contact_id],
            None,
            campaign.opening_text,
            Author.CAMPAIGN,
            now,
            campaign=campaign,
        )
        for row in wanted
    ]
    written = select(Message.public_id, Message.id).where(
        Message.public_id.in_([errand.row_id for errand in errands])
    )
    message_ids = dict(row for row in session.execute(written))
    for row, errand in zip(wanted, errands, strict=True):
        row.message_id = message_ids[errand.row_id]
    return errands


def _conversations(
    session: Session, number: PhoneNumber, contact_ids: Iterable[int], now: datetime
) -> dict[int, Conversation]:
    """A conversation of each contact with this number, found or made."""
    ids = list(contact_ids)
    if not ids:
        return {}
    made = [
        {
            "institution_id": number.institution_id,
            "channel": "sms",
            "participant_kind": ParticipantKind.CONTACT,
            "office_id": number.office_id,
            "contact_id": contact_id,
            "number_id": number.id,
            "created_at": now,
            "last_message_at": now,
        }
        for contact_id in ids
    ]
    session.execute(insert_into(session, Conversation).on_conflict_do_nothing(), made)
    rows = session.scalars(
        select(Conversation).where(
            Conversation.number_id == number.id, Conversation.contact_id.in_(ids)
        )
    )
    return {row.contact_id: row for row in rows if row.contact_id is not None}


def _under_way(session: Session, campaign: tables.Campaign) -> int:
    query = select(func.count(Message.id)).where(
        Message.campaign_id == campaign.id, Message.status.in_((*NOT_HANDED_OVER, "sending"))
    )
    return session.scalar(query) or 0


def _is_waiting() -> ColumnElement[bool]:
    return (
        CampaignContact.targeted_at.is_not(None)
        & CampaignContact.message_id.is_(None)
        & CampaignContact.skipped.is_(None)
    )


def _seen_by(who: Who) -> Select[tables.Campaign]:
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


def _contact_rows(campaign: tables.Campaign) -> Select[CampaignContact, Contact, Message | None]:
    return (
        select(CampaignContact, Contact, Message)
        .join(Contact, Contact.id == CampaignContact.contact_id)
        .outerjoin(Message, Message.id == CampaignContact.message_id)
        .where(CampaignContact.campaign_id == campaign.id)
        .order_by(CampaignContact.id)
    )


def _line(row: CampaignContact, contact: Contact, message: Message | None) -> ContactLine:
    state, why = "waiting", None
    if row.skipped is not None:
        state, why = "skipped", WHY_SKIPPED[row.skipped]
    elif message is not None:
        state = message.status
        why = message.error_reason if state in FAILED | {HELD} else None
    return ContactLine(contact.public_id, contact.e164, contact.name, contact.language, state, why)


def _record(
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


def _unknown_cursor() -> InvalidRequest:
    fix = "Start again without a cursor: this one leads nowhere."
    return InvalidRequest(Problem("after", "unknown_cursor", fix))

"""Contacts come into a campaign from a CSV file: looked at first, then brought in batch by batch.

The file waits in its row, and the row says how far the import has come, so that it goes on after a
crash where it stopped. The same file again adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.db.tables import Campaign, CampaignContact, Contact, ContactImport, ImportState
from backend.db.upserts import insert_into
from backend.domain.campaigns import CampaignState, require_draft
from backend.domain.contacts_csv import ContactRow, RowFault, Sheet, parse
from backend.domain.errors import NotFound
from backend.domain.quotas import Quota
from backend.domain.staff import Right, has_right, require
from backend.services import audit, campaign_contacts, campaigns, contacts, quotas, routing
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.ports import Errand
from backend.services.staff import Who

BATCH: Final = 2_000
# Longer than a batch takes, so that a lease runs out only when its holder is dead.
LEASE: Final = timedelta(seconds=60)
# Younger ones are still in the hands of whoever started them.
SWEEP_AFTER: Final = timedelta(seconds=20)


@dataclass(frozen=True)
class Report:
    """What importing a file would do; nothing is stored.

    Of the `good` rows `new` are added to the campaign, `already_there` are in it; `opted_out` will
    get no text; `newly_targeted` have not been targeted in this contract period yet, of which
    `contacts_left` more are covered (None for who may not see the contract limits). `problems` are
    the first 1,000 of the `bad` rows.
    """

    rows: int
    good: int
    bad: int
    problems: Sequence[RowFault]
    new: int
    already_there: int
    opted_out: int
    newly_targeted: int
    contacts_left: int | None


@dataclass(frozen=True)
class Import:
    """An import on its way: `rows_done` of `rows_total` good rows; `problems` are the first 1,000
    of the `bad` rows, which are left out.
    """

    id: str
    campaign: str
    state: ImportState
    rows_total: int
    rows_done: int
    added: int
    already_there: int
    bad: int
    problems: Sequence[RowFault]
    created_at: datetime
    finished_at: datetime | None


def preview(desk: Desk, who: Who, campaign_id: str, content: bytes) -> Report:
    """What importing a file into a draft campaign would do.

    Raises `NotAllowed`, `NotFound`, `Conflict` (no draft), `InvalidRequest` (not such a file).
    """
    require(who.role, Right.RUN_CAMPAIGNS)
    with desk.db.read(who.institution_id) as session:
        campaign = campaigns.found(session, who, campaign_id)
        require_draft(campaign.state, "import contacts")
        sheet = parse(content)
        return _report(session, desk, who, campaign, sheet)


def start(desk: Desk, who: Who, campaign_id: str, content: bytes, via: Via) -> Import:
    """Take a file for import into a draft campaign; the worker brings it in.

    Raises as `preview` does.
    """
    taken = _take(desk, who, campaign_id, content, via)
    desk.queue.enqueue(Errand("import_contacts", taken.id))
    return taken


def bring_in(
    desk: Desk,
    who: Who,
    campaign_id: str,
    content: bytes,
    via: Via,
    *,
    on_progress: Callable[[int, int], None],
) -> Import:
    """Import a file here and now; `on_progress` is told the rows done and their total.

    Raises as `preview` does.
    """
    taken = _take(desk, who, campaign_id, content, via)
    run(desk, taken.id, on_progress=on_progress)
    return read(desk, who, taken.id)


def read(desk: Desk, who: Who, import_id: str) -> Import:
    """How far an import is. Raises `NotFound` where there is none that this person may see."""
    with desk.db.read(who.institution_id) as session:
        row = session.scalar(select(ContactImport).where(ContactImport.public_id == import_id))
        if row is None or not campaigns.is_seen(session, who, row.campaign_id):
            raise NotFound("There is no such import among those you may see.")
        return _shown(row)


def run(
    desk: Desk, import_id: str, *, on_progress: Callable[[int, int], None] = lambda *_: None
) -> None:
    """Bring an import to its end, batch by batch, from wherever it stopped.

    Each batch is one transaction that holds the import's row: several workers take turns, and none
    does a batch twice. It ends early when the campaign is no draft any more.
    """
    with desk.db.read() as session:
        row = session.scalar(select(ContactImport).where(ContactImport.public_id == import_id))
        if row is None or row.content is None:
            return
        institution_id, content = row.institution_id, row.content
    rows = parse(content).contacts
    is_under_way = True
    while is_under_way:
        is_under_way, done = desk.db.transact(
            lambda session: _do_batch(session, desk, import_id, rows),
            institution_id,
        )
        on_progress(done, len(rows))


def sweep(session: Session, now: datetime) -> list[Errand]:
    """Imports that nobody is at work on."""
    abandoned = select(ContactImport.public_id).where(
        ContactImport.state != ImportState.DONE, ContactImport.lease_until < now
    )
    return [Errand("import_contacts", public_id) for public_id in session.scalars(abandoned)]


def _take(desk: Desk, who: Who, campaign_id: str, content: bytes, via: Via) -> Import:
    now = desk.clock.now()
    with audit.refusals(desk, who, via, "contacts.import", campaign_id):
        require(who.role, Right.RUN_CAMPAIGNS)
    with desk.db.read(who.institution_id) as session:
        campaign = campaigns.found(session, who, campaign_id)
        require_draft(campaign.state, "import contacts")
    sheet = parse(content)
    with desk.db.write(who.institution_id) as session:
        campaign = campaigns.found(session, who, campaign_id, lock=True)
        require_draft(campaign.state, "import contacts")
        row = ContactImport(
            campaign_id=campaign.id,
            staff_id=who.id,
            state=ImportState.WAITING,
            content=content,
            rows_total=len(sheet.contacts),
            bad=sheet.bad,
            problems=[asdict(fault) for fault in sheet.faults],
            lease_until=now + SWEEP_AFTER,
            created_at=now,
        )
        session.add(row)
        audit.record(
            session,
            "contacts.import",
            by=who.id,
            via=via,
            outcome=f"{audit.DONE}: {len(sheet.contacts):,} rows taken, {sheet.bad:,} left out",
            at=now,
            subject=campaign.public_id,
        )
        session.flush()
        return _shown(row)


def _do_batch(
    session: Session, desk: Desk, import_id: str, rows: Sequence[ContactRow]
) -> tuple[bool, int]:
    """Bring in the next batch; whether there is more to do, and how many rows are done."""
    now = desk.clock.now()
    row = session.scalars(
        select(ContactImport)
        .where(ContactImport.public_id == import_id)
        .with_for_update(key_share=True)
    ).one()
    if row.state is ImportState.DONE:
        return False, row.rows_done
    campaign = session.scalars(
        select(Campaign).where(Campaign.id == row.campaign_id).with_for_update(key_share=True)
    ).one()
    batch = rows[row.rows_done : row.rows_done + BATCH]
    if campaign.state is not CampaignState.DRAFT:
        batch = ()  # archived meanwhile
    if batch:
        contacts.recognise(session, desk.cipher, [each.phone for each in batch])
        added = _add(session, campaign, batch, now)
        row.state = ImportState.RUNNING
        row.lease_until = now + LEASE
        row.rows_done += len(batch)
        row.added += added
        row.already_there += len(batch) - added
    is_under_way = bool(batch) and row.rows_done < len(rows)
    if not is_under_way:
        row.state = ImportState.DONE
        row.content = None
        row.lease_until = None
        row.finished_at = now
    return is_under_way, row.rows_done


def _add(session: Session, campaign: Campaign, batch: Sequence[ContactRow], now: datetime) -> int:
    """Make the contacts of a batch known and the campaign's; returns how many are new to it."""
    known = insert_into(session, Contact)
    upsert = known.on_conflict_do_update(
        index_elements=["institution_id", "e164"],
        set_={
            "name": func.coalesce(known.excluded.name, Contact.name),
            "language": func.coalesce(known.excluded.language, Contact.language),
        },
    )
    contact_ids = session.scalars(
        upsert.returning(Contact.id),
        # In one order everywhere, so that two imports at once never wait for each other.
        [
            {
                "institution_id": campaign.institution_id,
                "e164": contact.phone,
                "name": contact.name,
                "language": contact.language,
                "created_at": now,
            }
            for contact in sorted(batch, key=lambda contact: contact.phone)
        ],
    ).all()
    added = session.scalars(
        insert_into(session, CampaignContact)
        .on_conflict_do_nothing()
        .returning(CampaignContact.id),
        [
            {
                "institution_id": campaign.institution_id,
                "campaign_id": campaign.id,
                "contact_id": contact_id,
            }
            for contact_id in contact_ids
        ],
    ).all()
    return len(added)


def _report(session: Session, desk: Desk, who: Who, campaign: Campaign, sheet: Sheet) -> Report:
    quota = _quota(session, desk)
    already_there = opted_out = targeted = 0
    for known in _known(session, desk, sheet):
        ids = list(known)
        mine = (CampaignContact.contact_id.in_(ids), CampaignContact.campaign_id == campaign.id)
        already_there += session.scalar(select(func.count(CampaignContact.id)).where(*mine)) or 0
        opted_out += len(
            routing.opted_out_among(
                session, ids, office_id=campaign.office_id, number_id=campaign.number_id
            )
        )
        if quota is not None:
            targeted += campaign_contacts.targeted_among(session, ids, quota)
    may_see = has_right(who.role, Right.SEE_CONTRACT_LIMITS)
    return Report(
        rows=sheet.rows,
        good=len(sheet.contacts),
        bad=sheet.bad,
        problems=tuple(sheet.faults),
        new=len(sheet.contacts) - already_there,
        already_there=already_there,
        opted_out=opted_out,
        newly_targeted=len(sheet.contacts) - targeted,
        contacts_left=(
            max(quota.contacts_limit - quota.contacts_used, 0) if quota and may_see else None
        ),
    )


def _quota(session: Session, desk: Desk) -> Quota | None:
    try:
        return quotas.read(session, desk.clock.now())
    except NotFound:
        return None


def _known(session: Session, desk: Desk, sheet: Sheet) -> Iterator[Sequence[int]]:
    """The row numbers of the file's contacts that are known already, batch by batch."""
    for batch in batched(sheet.contacts, BATCH):
        written = contacts.as_written(session, desk.cipher, [contact.phone for contact in batch])
        yield session.scalars(select(Contact.id).where(Contact.e164.in_(written))).all()


def _shown(row: ContactImport) -> Import:
    return Import(
        id=row.public_id,
        campaign=row.campaign.public_id,
        state=row.state,
        rows_total=row.rows_total,
        rows_done=row.rows_done,
        added=row.added,
        already_there=row.already_there,
        bad=row.bad,
        problems=tuple(RowFault(**fault) for fault in row.problems),
        created_at=row.created_at,
        finished_at=row.finished_at,
    )

"""An office's settings: opening hours, holidays, away notes, who is on call, canned replies.

What students are told of the hours (`Office.hours`) is written from the opening hours whenever
they change, so that the two never contradict each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.db.tables import CannedReply, Office, OfficeHoliday, OfficeHours, OnCallContact
from backend.domain import edits, office_settings
from backend.domain.errors import InvalidRequest, NotAllowed, NotFound, Problem
from backend.domain.office_settings import (
    AWAY_TEXTS,
    WEEKDAYS,
    Canned,
    Holiday,
    OfficeSettings,
    OnCall,
    Span,
    as_us_number,
    told,
)
from backend.domain.staff import Right, has_right, require
from backend.domain.words import clean
from backend.services import audit
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.institution_settings import by_language
from backend.services.staff import Who

ACTION = "office.settings"


@dataclass(frozen=True)
class OfficeRun:
    """An office and its settings; `hours_told` is what students are told of its hours."""

    id: str
    name: str
    time_zone: str
    hours_told: str | None
    settings: OfficeSettings


@dataclass(frozen=True)
class OfficeToRun:
    """An office whose settings a person may change."""

    id: str
    name: str


def run_by(desk: Desk, who: Who) -> tuple[OfficeToRun, ...]:
    """The offices whose settings this person may change, by name."""
    if not has_right(who.role, Right.RUN_OFFICE):
        return ()
    query = select(Office).order_by(Office.name)
    if not has_right(who.role, Right.SEE_EVERY_OFFICE):
        query = query.where(Office.id == who.office_id)
    with desk.db.read(who.institution_id) as session:
        return tuple(OfficeToRun(row.public_id, row.name) for row in session.scalars(query))


def read(desk: Desk, who: Who, office_id: str) -> OfficeRun:
    """An office's settings, by its public id. Raises `NotAllowed`, `NotFound`."""
    with desk.db.read(who.institution_id) as session:
        return _run(session, _found(session, who, office_id))


def change(
    desk: Desk,
    who: Who,
    office_id: str,
    changes: Mapping[str, Any],
    via: Via,
    *,
    seen: OfficeSettings | None = None,
) -> OfficeRun:
    """Change some of an office's settings (field of `OfficeSettings` to its new value), all or
    none; a list is replaced as a whole, and canned replies keep their ids.

    `seen` is what the person had before them: what is still the same is no change, and what
    somebody else has changed since is not overwritten unseen. Raises `NotAllowed`, `NotFound`,
    `InvalidRequest` with every fault.
    """
    with audit.refusals(desk, who, via, ACTION, office_id):
        return desk.db.transact(
            lambda session: _change(session, desk, who, office_id, changes, via, seen),
            who.institution_id,
        )


def _change(
    session: Session,
    desk: Desk,
    who: Who,
    office_id: str,
    changes: Mapping[str, Any],
    via: Via,
    seen: OfficeSettings | None,
) -> OfficeRun:
    office = _found(session, who, office_id)
    session.refresh(office, with_for_update={"key_share": True})
    before = _settings(session, office)
    kept = {field: _kept(field, value) for field, value in changes.items()}
    after = edits.merged(before, kept, seen)
    problems = tuple(office_settings.faults(after))
    if problems:
        raise InvalidRequest(*problems)
    if after != before:
        _keep(session, office, before, after)
        session.flush()
        audit.record(
            session,
            ACTION,
            by=who.id,
            via=via,
            outcome=f"{audit.DONE}: {edits.told(before, after)}",
            at=desk.clock.now(),
            subject=office.public_id,
        )
    return _run(session, office)


def _found(session: Session, who: Who, office_id: str) -> Office:
    require(who.role, Right.RUN_OFFICE)
    office = session.scalar(select(Office).where(Office.public_id == office_id))
    if office is None:
        raise NotFound("There is no such office here.")
    if office.id != who.office_id and not has_right(who.role, Right.SEE_EVERY_OFFICE):
        raise NotAllowed(
            f"You can change how your own office works, {who.office_name}. An administrator can "
            "change every office."
        )
    return office


def _run(session: Session, office: Office) -> OfficeRun:
    settings = _settings(session, office)
    return OfficeRun(office.public_id, office.name, office.time_zone, office.hours, settings)


def _settings(session: Session, office: Office) -> OfficeSettings:
    hours = session.scalars(
        select(OfficeHours)
        .where(OfficeHours.office_id == office.id)
        .order_by(OfficeHours.weekday, OfficeHours.opens)
    ).all()
    texts = office.away_texts or {}
    return OfficeSettings(
        hours=tuple(
            tuple(Span(row.opens, row.closes) for row in hours if row.weekday == weekday)
            for weekday in range(len(WEEKDAYS))
        ),
        holidays=tuple(
            Holiday(row.day, row.name)
            for row in session.scalars(
                select(OfficeHoliday)
                .where(OfficeHoliday.office_id == office.id)
                .order_by(OfficeHoliday.day)
            )
        ),
        away_text_en=texts.get("en"),
        away_text_es=texts.get("es"),
        on_call=tuple(OnCall(row.name, row.e164) for row in _on_call(session, office)),
        canned_replies=tuple(
            Canned(row.public_id, row.title, row.body) for row in _canned(session, office)
        ),
    )


def _on_call(session: Session, office: Office) -> list[OnCallContact]:
    query = select(OnCallContact).where(OnCallContact.office_id == office.id)
    return list(session.scalars(query.order_by(OnCallContact.id)))


def _canned(session: Session, office: Office) -> list[CannedReply]:
    query = select(CannedReply).where(CannedReply.office_id == office.id)
    return list(session.scalars(query.order_by(CannedReply.id)))


def _kept(field: str, value: Any) -> Any:
    """A value as it is kept: cleaned, in its order, numbers as E.164."""
    if field == "hours":
        return tuple(tuple(sorted(spans)) for spans in value)
    if field == "holidays":
        return tuple(sorted(Holiday(each.day, _line(each.name)) for each in value))
    if field in AWAY_TEXTS:
        return None if value is None else clean(value).strip()
    if field == "on_call":
        return tuple(
            OnCall(_line(each.name), as_us_number(each.phone_number) or each.phone_number)
            for each in value
        )
    return tuple(Canned(each.id, _line(each.title), clean(each.body).strip()) for each in value)


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _keep(session: Session, office: Office, before: OfficeSettings, after: OfficeSettings) -> None:
    if after.hours != before.hours:
        _keep_hours(session, office, after)
    if after.holidays != before.holidays:
        session.execute(delete(OfficeHoliday).where(OfficeHoliday.office_id == office.id))
        session.add_all(
            OfficeHoliday(office_id=office.id, day=each.day, name=each.name)
            for each in after.holidays
        )
    office.away_texts = by_language(after.away_text_en, after.away_text_es)
    if after.on_call != before.on_call:
        _keep_on_call(session, office, after)
    if after.canned_replies != before.canned_replies:
        _keep_canned(session, office, after)


def _keep_hours(session: Session, office: Office, after: OfficeSettings) -> None:
    session.execute(delete(OfficeHours).where(OfficeHours.office_id == office.id))
    session.add_all(
        OfficeHours(office_id=office.id, weekday=weekday, opens=span.opens, closes=span.closes)
        for weekday, spans in enumerate(after.hours)
        for span in spans
    )
    office.hours = told(after.hours)


def _keep_on_call(session: Session, office: Office, after: OfficeSettings) -> None:
    rows = {row.e164: row for row in _on_call(session, office)}
    for person in after.on_call:
        row = rows.pop(person.phone_number, None)
        if row is None:
            session.add(
                OnCallContact(office_id=office.id, name=person.name, e164=person.phone_number)
            )
        else:
            row.name = person.name
    for row in rows.values():
        session.delete(row)


def _keep_canned(session: Session, office: Office, after: OfficeSettings) -> None:
    rows = {row.public_id: row for row in _canned(session, office)}
    _require_known(after.canned_replies, rows)
    kept = {reply.id for reply in after.canned_replies}
    for public_id, row in rows.items():
        if public_id not in kept:
            session.delete(row)
        else:  # titles are unique, also for a moment: two replies may swap theirs
            row.title = public_id
    session.flush()
    for reply in after.canned_replies:
        row = rows[reply.id] if reply.id else CannedReply(office_id=office.id)
        row.title, row.body = reply.title, reply.body
        session.add(row)


def _require_known(replies: Sequence[Canned], known: Collection[str]) -> None:
    problems = [
        Problem(
            f"canned_replies.{place}.id",
            "unknown_reply",
            "There is no such reply here, or somebody has deleted it. Leave the id out for a new "
            "one.",
        )
        for place, reply in enumerate(replies)
        if reply.id is not None and reply.id not in known
    ]
    if problems:
        raise InvalidRequest(*problems)

"""Who did, or tried to do, what. The words that asked are referenced, never copied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.db.tables import AuditEvent
from backend.domain.errors import NotAllowed, OverQuota, unknown_cursor
from backend.domain.staff import Right, require
from backend.services.desk import Desk
from backend.services.staff import Who

MOST_LISTED: Final = 200
DONE: Final = "done"
REFUSED: Final = "refused"
_ID: Final = re.compile(r"[a-z]{3}_[0-9a-f]{20}")


@dataclass(frozen=True)
class Via:
    """How a request came in: `web`, `slack`, `sms`, `api`, `cli`, or `desk` (the desk by
    itself), and the public id of the message that asked, if one did.
    """

    channel: str
    message: str | None = None


DESK: Final = Via("desk")
CLI: Final = Via("cli")
WEB: Final = Via("web")


def record(
    session: Session,
    action: str,
    *,
    by: int | None,
    via: Via,
    outcome: str,
    at: datetime,
    subject: str | None = None,
    institution_id: int | None = None,
) -> None:
    """Add one line to the audit of the session's institution, or of the one that is named.

    `action` is `thing.verb`, `by` the staff member's row number (None is the desk itself),
    `subject` the public id of what it was done to. `outcome` begins with `done` or `refused`,
    and may say what came of it; never anybody's words or number.
    """
    session.add(
        AuditEvent(
            institution_id=institution_id,
            staff_id=by,
            channel=via.channel,
            message=via.message,
            action=action,
            subject=subject,
            outcome=outcome,
            at=at,
        )
    )


@dataclass(frozen=True)
class AuditLine:
    """Who did what, when, through which channel. `who` None is the desk itself; `message` is the
    id of the words that asked, which may have been deleted since.
    """

    id: str
    at: datetime
    who: str | None
    channel: str
    action: str
    subject: str | None
    outcome: str
    message: str | None


@dataclass(frozen=True)
class AuditPage:
    """Some lines, latest first; `next` is the cursor of those before them, None at the end."""

    lines: tuple[AuditLine, ...]
    next: str | None


@dataclass(frozen=True)
class Sought:
    """What lines are wanted: None is all. `since` is included, `until` is not."""

    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def listed(
    desk: Desk, who: Who, sought: Sought, via: Via, *, after: str | None = None, limit: int
) -> AuditPage:
    """The institution's audit, for administrators.

    Raises `NotAllowed` (which is on record then), `InvalidRequest` for an unknown cursor.
    """
    with refusals(desk, who, via, "audit.read"):
        require(who.role, Right.SEE_AUDIT)
    with desk.db.read(who.institution_id) as session:
        query = _matching(sought).order_by(AuditEvent.id.desc()).limit(limit + 1)
        if after is not None:
            last = session.scalar(select(AuditEvent.id).where(AuditEvent.public_id == after))
            if last is None:
                raise unknown_cursor()
            query = query.where(AuditEvent.id < last)
        rows = session.scalars(query).all()
        lines = tuple(_line(row) for row in rows[:limit])
        return AuditPage(lines, lines[-1].id if len(rows) > limit else None)


def _matching(sought: Sought) -> Select[AuditEvent]:
    query = select(AuditEvent)
    if sought.action is not None:
        query = query.where(AuditEvent.action == sought.action)
    if sought.subject is not None:
        query = query.where(AuditEvent.subject == sought.subject)
    if sought.since is not None:
        query = query.where(AuditEvent.at >= sought.since)
    if sought.until is not None:
        query = query.where(AuditEvent.at < sought.until)
    return query


def _line(row: AuditEvent) -> AuditLine:
    return AuditLine(
        id=row.public_id,
        at=row.at,
        who=row.staff.name if row.staff else None,
        channel=row.channel,
        action=row.action,
        subject=row.subject,
        outcome=row.outcome,
        message=row.message,
    )


def as_id(sent: str | None) -> str | None:
    """What somebody sent as an id, if it has an id's form: nothing else is kept."""
    return sent if _ID.fullmatch(sent or "") else None


@contextmanager
def refusals(
    desk: Desk, who: Who, via: Via, action: str, subject: str | None = None
) -> Iterator[None]:
    """Put on record that somebody was refused for want of a right or of room in the contract.

    `subject` is what they sent as an id: anything else is not kept.
    """
    try:
        yield
    except (NotAllowed, OverQuota) as refusal:
        with desk.db.write(who.institution_id) as session:
            record(
                session,
                action,
                by=who.id,
                via=via,
                outcome=f"{REFUSED}: {refusal}",
                at=desk.clock.now(),
                subject=as_id(subject),
            )
        raise

"""Who did, or tried to do, what. The words that asked are referenced, never copied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from backend.db.tables import AuditEvent

DONE: Final = "done"
REFUSED: Final = "refused"


@dataclass(frozen=True)
class Via:
    """How a request came in: `web`, `slack`, `sms`, `api`, `cli`, or `worker` (the desk by
    itself), and the public id of the message that asked, if one did.
    """

    channel: str
    message: str | None = None


WORKER: Final = Via("worker")
CLI: Final = Via("cli")


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

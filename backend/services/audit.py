"""Who did, or tried to do, what. The words that asked are referenced, never copied."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from backend.db.tables import AuditEvent


def record(
    session: Session,
    *,
    action: str,
    outcome: str,
    channel: str,
    at: datetime,
    staff_id: int | None,
    message_id: int | None = None,
) -> None:
    """Add one line to the audit of the session's institution."""
    session.add(
        AuditEvent(
            action=action,
            outcome=outcome,
            channel=channel,
            at=at,
            staff_id=staff_id,
            message_id=message_id,
        )
    )

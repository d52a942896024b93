"""Conversations' rows: those that a person may see, one of them, and who did what with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.db.tables import Conversation, ParticipantKind
from backend.domain.errors import NotFound
from backend.domain.staff import Right, has_right
from backend.services import audit
from backend.services.audit import Via
from backend.services.staff import Who


def visible(who: Who) -> Select[Conversation]:
    """Students' conversations; and those that staff have passed on, for administrators."""
    with_students = Conversation.participant_kind == ParticipantKind.CONTACT
    if has_right(who.role, Right.SEE_EVERY_OFFICE):
        return select(Conversation).where(with_students | Conversation.inbox_id.is_not(None))
    return select(Conversation).where(with_students, Conversation.office_id == who.office_id)


def found(session: Session, who: Who, public_id: str) -> Conversation:
    """A conversation's row. Raises `NotFound` where there is none that this person may see."""
    row = session.scalar(visible(who).where(Conversation.public_id == public_id))
    if row is None:
        raise NotFound("There is no such conversation in your office.")
    return row


def locked(session: Session, who: Who, public_id: str) -> Conversation:
    """The same, as it is and stays until this transaction ends: a text that comes in at this
    moment waits for that.
    """
    row = found(session, who, public_id)
    session.refresh(row, with_for_update={"key_share": True})
    return row


def is_resolved(row: Conversation) -> bool:
    """Whether somebody closed it, and no text that came later has opened it again."""
    return (
        row.resolved_at is not None
        and row.last_message_at <= row.resolved_at
        and not row.needs_attention
    )


def record(
    session: Session,
    who: Who,
    via: Via,
    action: str,
    row: Conversation,
    at: datetime,
    what: str | None = None,
) -> None:
    """Put on record what this person did with a conversation; `what` came of it, in ids."""
    audit.record(
        session,
        f"conversation.{action}",
        by=who.id,
        via=via,
        outcome=f"{audit.DONE}: {what}" if what else audit.DONE,
        at=at,
        subject=row.public_id,
    )

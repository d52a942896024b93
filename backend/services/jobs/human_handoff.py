"""Pass a staff member's conversation on to the institution's administrators."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Conversation, Inbox, Office, StaffMember
from backend.domain.conversations import Reason
from backend.domain.errors import Conflict
from backend.domain.staff import Role
from backend.services import audit, inbox
from backend.services.desk import Desk
from backend.services.jobs.job import Asker, Choice, Done, Facts, Field
from backend.services.staff import Who


class HumanHandoff:
    """Puts the conversation where administrators find it; the assistant goes on answering."""

    name = "human_handoff"
    action = "conversation.hand_over"
    fields: tuple[Field, ...] = ()

    def require(self, session: Session, desk: Desk, who: Who) -> None:
        """Everybody may ask for a person."""

    def describe(
        self, session: Session, desk: Desk, who: Who, known: Mapping[str, Choice]
    ) -> tuple[Facts, Facts]:
        """to: the administrators' names."""
        names = session.scalars(
            select(StaffMember.name)
            .where(
                StaffMember.role == Role.ADMINISTRATOR,
                StaffMember.is_active,
                StaffMember.id != who.id,
            )
            .order_by(StaffMember.name)
        ).all()
        if not names:
            raise Conflict(
                f"You are the only administrator of {who.institution_name}, so there is nobody "
                "here to pass this on to.",
                why="only_administrator",
                institution=who.institution_name,
            )
        return {"to": list(names)}, {}

    def carry_out(
        self, session: Session, desk: Desk, asker: Asker, request: Mapping[str, str]
    ) -> Done:
        """The facts again, inbox: where the conversation is, and its id."""
        facts, _ = self.describe(session, desk, asker.who, {})
        now = desk.clock.now()
        conversation = session.scalars(
            select(Conversation).where(Conversation.id == asker.conversation_id)
        ).one()
        target = _inbox_for(session, asker.who)
        inbox.put(session, conversation, target, Reason.STAFF_ASKED, now)
        audit.record(
            session,
            self.action,
            by=asker.who.id,
            via=asker.via,
            outcome=audit.DONE,
            at=now,
            subject=conversation.public_id,
        )
        receipt = {**facts, "inbox": target.name, "conversation": conversation.public_id}
        return Done(receipt)


def _inbox_for(session: Session, who: Who) -> Inbox:
    """The first inbox of the asker's office, else of any: administrators see them all."""
    rows = session.scalars(select(Inbox).join(Office).order_by(Inbox.id)).all()
    if not rows:
        sentence = "Your institution has no inbox yet, so there is nowhere to pass this on to."
        raise Conflict(sentence, why="nowhere_to_pass")
    return next((row for row in rows if row.office_id == who.office_id), rows[0])

"""Texts that were left: by a worker that died, or because their number was not in service yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.db.tables import Conversation, Message, PhoneNumber
from backend.domain.messages import HELD, WAITING
from backend.domain.provisioned_numbers import NumberState, why_held
from backend.services import outbound, pacing
from backend.services.ports import Errand

# A sweep comes every few seconds; what it leaves, the next one takes up.
SOME: Final = 500
# Younger rows are still in the hands of whoever queued them.
SWEEP_AFTER: Final = timedelta(seconds=10)
NOT_YET: Final = tuple(state for state in NumberState if why_held(state))


def sweep(session: Session, now: datetime) -> list[Errand]:
    """Texts whose errand a crash dropped; those caught in mid-sending become unconfirmed, and
    those that were held although their number had come into service meanwhile are let go.
    """
    for message in session.scalars(
        select(Message)
        .where(Message.status == "sending", Message.lease_until < now)
        .order_by(Message.id)
        .limit(SOME)
        .with_for_update(key_share=True)
    ):
        # Whether the carrier took it is unknown; sending it again could text twice.
        message.status = "unconfirmed"
        message.lease_until = None
        message.error_reason = "The desk stopped while handing it to the carrier."
        outbound.show_failure(session, message, now)
    held = (
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(PhoneNumber, PhoneNumber.id == Conversation.number_id)
        .where(Message.status == HELD, PhoneNumber.state.not_in(NOT_YET))
        .order_by(Message.id)
        .limit(SOME)
    )
    let_go = [_let_go(message) for message in session.scalars(held)]
    session.flush()
    waiting = (
        select(Message.public_id)
        .where(
            Message.status == "pending",
            func.coalesce(Message.not_before, Message.created_at) < now - SWEEP_AFTER,
            (Message.lease_until.is_(None)) | (Message.lease_until < now),
        )
        .order_by(Message.id)
        .limit(SOME)
    )
    lost = [Errand("send", public_id) for public_id in session.scalars(waiting)]
    return list(dict.fromkeys([*let_go, *lost, *pacing.sweep(session, now)]))


def release_held(session: Session, number: PhoneNumber) -> list[Errand]:
    """Let the texts go that waited for this number; returns errands to queue once committed."""
    held = (
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.status == HELD, Conversation.number_id == number.id)
        .order_by(Message.id)
    )
    return [_let_go(message) for message in session.scalars(held)]


def _let_go(message: Message) -> Errand:
    message.status = "pending" if message.not_before is None else WAITING
    message.error_reason = None
    return outbound.errand_of(message)

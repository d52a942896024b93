"""The assistant answers a student's texts, one at a time and in their order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Conversation, Turn, TurnState
from backend.domain.conversations import Reason, is_too_late_for_assistant
from backend.domain.errors import BotUnavailable
from backend.domain.sms import frugal
from backend.services import inbox, outbound, routing, timeline, turns
from backend.services.desk import Desk
from backend.services.ports import BotAnswer, BotTurn, Errand

log = structlog.get_logger()

TRY_AGAIN_AFTER_S = 5
BUSY_RETRY_S = 2


class _Nothing(Enum):
    TO_DO = "nothing to do"
    BUSY = "another turn of this conversation is running"
    PASSED_ON = "a person answers instead"


@dataclass(frozen=True)
class _Work:
    turn_id: int
    institution_id: int
    bot_turn: BotTurn


def answer(desk: Desk, conversation_id: str) -> None:
    """Answer every waiting text of a conversation, oldest first.

    While the assistant cannot be reached its turn waits and is tried again; after 10 minutes
    the conversation goes to the inbox instead.
    """
    while True:
        work = _claim(desk, conversation_id)
        if work is _Nothing.TO_DO:
            return
        if work is _Nothing.BUSY:
            desk.queue.enqueue(Errand("answer", conversation_id), delay_s=BUSY_RETRY_S)
            return
        if isinstance(work, _Work) and not _run(desk, work):
            desk.queue.enqueue(Errand("answer", conversation_id), delay_s=TRY_AGAIN_AFTER_S)
            return


def sweep(session: Session, now: datetime) -> list[Errand]:
    """Students' turns that nobody works on, to be queued again."""
    abandoned = turns.abandoned(session, now, of_staff=False)
    for turn in abandoned:
        turns.put_back(turn, now)
    return [Errand("answer", turn.conversation.public_id) for turn in abandoned]


def _claim(desk: Desk, conversation_id: str) -> _Work | _Nothing:
    now = desk.clock.now()
    with desk.db.write() as session:
        conversation = session.scalar(
            select(Conversation).where(Conversation.public_id == conversation_id)
        )
        if conversation is None:
            return _Nothing.TO_DO
        if turns.is_busy(session, conversation, now):
            return _Nothing.BUSY
        turn = session.scalar(
            select(Turn)
            .where(Turn.conversation_id == conversation.id, Turn.state == TurnState.WAITING)
            .order_by(Turn.id)
            .limit(1)
        )
        if turn is None:
            return _Nothing.TO_DO
        reason = _why_not_the_assistant(session, turn, now)
        if reason is not None:
            _pass_on(session, turn, reason, now)
            return _Nothing.PASSED_ON
        return _Work(turn.id, turn.institution_id, turns.start(session, turn, now))


def _why_not_the_assistant(session: Session, turn: Turn, now: datetime) -> Reason | None:
    if turn.conversation.with_person:
        return Reason.WITH_A_PERSON
    if routing.is_opted_out(session, turn.conversation):
        return Reason.OPTED_OUT
    if is_too_late_for_assistant(turn.message.created_at, now):
        return Reason.TOO_LATE
    return None


def _pass_on(
    session: Session, turn: Turn, reason: Reason, now: datetime, answered: BotAnswer | None = None
) -> None:
    turns.close(session, turn, TurnState.PASSED_ON, now, answered)
    _put_in_inbox(session, turn, reason, now)


def _put_in_inbox(session: Session, turn: Turn, reason: Reason, now: datetime) -> None:
    number, _contact = routing.texting(turn.conversation)
    target = routing.inbox_of(session, number)
    inbox.put(session, turn.conversation, target, reason, now, message=turn.message)


def _run(desk: Desk, work: _Work) -> bool:
    """Have the assistant answer and store its reply; False when it could not be reached."""
    try:
        answered = desk.bot.answer(work.bot_turn)
    except BotUnavailable as error:
        log.warning("turn.put_back", message=work.bot_turn.message_id, why=str(error))
        answered = None
    now = desk.clock.now()
    errand = None
    with desk.db.write(work.institution_id) as session:
        turn = turns.locked(session, work.turn_id)
        if turn.state is not TurnState.RUNNING:
            return True  # the sweep took it over
        if answered is None:
            turns.put_back(turn, now)
            return False
        errand = _store_answer(session, turn, answered, now)
    if errand is not None:
        desk.queue.enqueue(errand)
    return True


def _store_answer(
    session: Session, turn: Turn, answered: BotAnswer, now: datetime
) -> Errand | None:
    conversation = turn.conversation
    reason = _why_not_the_assistant(session, turn, now)
    if reason is not None:
        _pass_on(session, turn, reason, now, answered)
        return None
    # A staff answer never reaches a student, whatever the assistant says.
    replies = [reply for reply in answered.replies if reply.audience in ("student", "everyone")]
    is_dropped = len(replies) < len(answered.replies)
    turns.close(session, turn, TurnState.ANSWERED, now, answered)
    _number, contact = routing.texting(conversation)
    contact.language = answered.language
    if is_dropped:
        timeline.note(
            session,
            conversation,
            kind="dropped",
            reason="An answer meant for staff was not sent to the student.",
            at=now,
            message=turn.message,
        )
    if is_dropped or not replies or any(reply.hand_off for reply in replies):
        conversation.with_person = True
        _put_in_inbox(session, turn, Reason.ASSISTANT_PASSED_ON, now)
    if not replies:
        return None
    body = frugal("\n".join(reply.text for reply in replies))
    return outbound.queue_text(session, conversation, turn.message, body, Author.ASSISTANT, now)

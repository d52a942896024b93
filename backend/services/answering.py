"""The assistant answers a student's texts, one at a time and in their order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from urllib.parse import urlsplit

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Conversation, Message, Turn, TurnState
from backend.domain.assistant_failures import MOST_IN_ROW, PERSON, in_row, wish_for_a_person
from backend.domain.assistant_texts import (
    Composed,
    Introduction,
    compose,
    introduces,
    passed_on,
    without_internal_links,
)
from backend.domain.conversations import Reason, is_too_late_for_assistant
from backend.domain.errors import BotUnavailable
from backend.domain.numbered_choices import chosen, no_such
from backend.domain.plain_yes import is_plain_yes
from backend.domain.words import folded
from backend.services import away_notes, outbound, review, routing, student_choices, timeline, turns
from backend.services.desk import Desk
from backend.services.hand_over import hand_over, put_in_inbox
from backend.services.introductions import must_introduce
from backend.services.ports import BotAnswer, BotTurn, Button, Errand, Language

log = structlog.get_logger()

TRY_AGAIN_AFTER_S = 5
BUSY_RETRY_S = 2
MOST_CHOICES = 5
STAFF_ONLY = "An answer meant for staff was not sent to the student."
INTERNAL_LINK = "A link that is not for students was left out of the answer."
TOO_LONG = "The answer was too long for a text, so what did not fit was left out."


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
        if isinstance(work, Errand):
            desk.queue.enqueue(work)
        if isinstance(work, _Work) and not _run(desk, work):
            desk.queue.enqueue(Errand("answer", conversation_id), delay_s=TRY_AGAIN_AFTER_S)
            return
        away_notes.follow_hand_over(desk, conversation_id)


def sweep(session: Session, now: datetime) -> list[Errand]:
    """Students' turns that nobody works on, to be queued again."""
    abandoned = turns.abandoned(session, now, of_staff=False)
    for turn in abandoned:
        turns.put_back(turn, now)
    return [Errand("answer", turn.conversation.public_id) for turn in abandoned]


def _claim(desk: Desk, conversation_id: str) -> _Work | Errand | _Nothing:
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
        errand = _choose(session, turn, now)
        if errand is not None:
            return errand
        return _Work(turn.id, turn.institution_id, turns.start(session, turn, now))


def _why_not_the_assistant(session: Session, turn: Turn, now: datetime) -> Reason | None:
    if turn.conversation.with_person:
        return Reason.WITH_A_PERSON
    if routing.is_opted_out(session, turn.conversation):
        return Reason.OPTED_OUT
    if is_too_late_for_assistant(turn.message.created_at, now):
        return Reason.TOO_LATE
    if _has_person_answered(session, turn):
        return Reason.PERSON_ANSWERED
    return None


def _has_person_answered(session: Session, turn: Turn) -> bool:
    later = select(Message.id).where(
        Message.conversation_id == turn.conversation_id,
        Message.id > turn.message_id,
        Message.author == Author.STAFF,
    )
    return session.scalar(later.limit(1)) is not None


def _pass_on(
    session: Session, turn: Turn, reason: Reason, now: datetime, answered: BotAnswer | None = None
) -> None:
    turns.close(session, turn, TurnState.PASSED_ON, now, answered)
    if reason is Reason.PERSON_ANSWERED:
        _note(session, turn, "answered", reason, now)
    else:
        put_in_inbox(session, turn, reason, now)


def _choose(session: Session, turn: Turn, now: datetime) -> Errand | None:
    """Take a reply as the choice or the wish for a person that it is, like a pressed button; a
    number that was not among the choices is answered here, with the choices once more.
    """
    message = turn.message
    choices = student_choices.open_to(session, message)
    titles = tuple(choice.title for choice in choices)
    place = chosen(message.body, titles) if choices else None
    if place is None and len(choices) == 1 and is_plain_yes(message.body):
        place = 1
    if place is None:
        _take_as_wish_for_a_person(turn)
        return None
    if 1 <= place <= len(choices):
        turn.payload = choices[place - 1].payload
        message.details = {**message.details, student_choices.CHOSE: titles[place - 1]}
        return None
    language = turns.language(turn.conversation)
    composed = compose(no_such(place, language), language, titles=titles)
    if composed is None or not composed.has_choices:
        return None
    turns.close(session, turn, TurnState.ANSWERED, now)
    if turn.conversation.failures_in_row >= MOST_IN_ROW:
        hand_over(session, turn, Reason.FAILED_TWICE, now)
        composed, choices = _composed_giving_up(turn, language), ()
    else:
        turn.conversation.failures_in_row += 1
    return _queue(session, turn, composed, choices, now)


def _composed_giving_up(turn: Turn, language: Language) -> Composed:
    composed = compose(passed_on(turn.conversation.office.name, language), language)
    assert composed is not None, "these are our own words"
    return composed


def _take_as_wish_for_a_person(turn: Turn) -> None:
    language = wish_for_a_person(folded(turn.message.body))
    turn.payload = None if language is None else PERSON
    _number, contact = routing.texting(turn.conversation)
    if language == "es" or (language and contact.language is None):
        contact.language = language


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
        if turn is None or turn.state is not TurnState.RUNNING:
            return True  # the sweep took it over
        if answered is None:
            turns.put_back(turn, now)
            return False
        errand = _store_answer(desk, session, turn, answered, now)
    if errand is not None:
        desk.queue.enqueue(errand)
    return True


def _store_answer(
    desk: Desk, session: Session, turn: Turn, answered: BotAnswer, now: datetime
) -> Errand | None:
    conversation = turn.conversation
    reason = _why_not_the_assistant(session, turn, now)
    if reason is not None:
        _pass_on(session, turn, reason, now, answered)
        return None
    turns.close(session, turn, TurnState.ANSWERED, now, answered)
    _number, contact = routing.texting(conversation)
    contact.language = answered.language
    answer = _for_student(desk, session, turn, answered, now)
    has_failed = answered.intent in review.UNANSWERED
    conversation.failures_in_row = in_row(
        conversation.failures_in_row, has_failed=has_failed, intent=answered.intent
    )
    gives_up = has_failed and conversation.failures_in_row >= MOST_IN_ROW
    if gives_up:
        hand_over(session, turn, Reason.FAILED_TWICE, now)
        answer = _giving_up(turn, answered.language)
    elif answer.wants_person:
        hand_over(session, turn, Reason.ASSISTANT_PASSED_ON, now)
        answer = replace(answer, choices=())
    is_new = must_introduce(session, turn)
    says = _composed(session, turn, answer, is_new, answered.language, now)
    if says is None:
        if not answer.wants_person:
            hand_over(session, turn, Reason.ASSISTANT_PASSED_ON, now)
        answer = _giving_up(turn, answered.language)
        says = _composed(session, turn, answer, is_new, answered.language, now)
    if says is None:
        return None
    if is_new:
        conversation.introduced_at = now
    return _queue(session, turn, says, answer.choices, now)


@dataclass(frozen=True)
class _ForStudent:
    """What of an answer a student may read; a person must see to it when a part is not for them."""

    text: str
    choices: tuple[Button, ...] = ()
    wants_person: bool = False


def _for_student(
    desk: Desk, session: Session, turn: Turn, answered: BotAnswer, now: datetime
) -> _ForStudent:
    # A staff answer never reaches a student, whatever the assistant says.
    replies = [reply for reply in answered.replies if reply.audience in ("student", "everyone")]
    whole = "\n".join(reply.text for reply in replies)
    text = without_internal_links(whole, urlsplit(desk.public_url).hostname or "")
    is_dropped = len(replies) < len(answered.replies) or not text
    if len(replies) < len(answered.replies):
        _note(session, turn, "dropped", STAFF_ONLY, now)
    if text != whole.strip():
        _note(session, turn, "link", INTERNAL_LINK, now)
    return _ForStudent(
        text=text,
        choices=tuple(button for reply in replies for button in reply.buttons)[:MOST_CHOICES],
        wants_person=is_dropped or any(reply.hand_off for reply in replies),
    )


def _giving_up(turn: Turn, language: Language) -> _ForStudent:
    return _ForStudent(passed_on(turn.conversation.office.name, language), wants_person=True)


def _composed(
    session: Session,
    turn: Turn,
    answer: _ForStudent,
    is_new: bool,
    language: Language,
    now: datetime,
) -> Composed | None:
    """The answer as a text, with who speaks where that must be said; None without words."""
    office = turn.conversation.office.name
    introduction = None
    if is_new and not introduces(answer.text, office):
        has_person = answer.wants_person or PERSON in (each.payload for each in answer.choices)
        introduction = Introduction(
            office, turn.conversation.institution.name, offers_person=not has_person
        )
    titles = tuple(choice.title for choice in answer.choices)
    composed = compose(answer.text, language, titles=titles, introduction=introduction)
    if answer.text and (composed is None or composed.is_shortened):
        _note(session, turn, "shortened", TOO_LONG, now)
    return composed if answer.text else None


def _queue(
    session: Session, turn: Turn, says: Composed, choices: tuple[Button, ...], now: datetime
) -> Errand:
    text = outbound.written(
        session, turn.conversation, turn.message, says.text, Author.ASSISTANT, now
    )
    if says.has_choices:
        student_choices.keep(session, text, choices)
    return outbound.errand_of(text)


def _note(session: Session, turn: Turn, kind: str, reason: str, now: datetime) -> None:
    timeline.note(
        session, turn.conversation, kind=kind, reason=reason, at=now, message=turn.message
    )

"""A staff member talks with the assistant: one message, one answer, at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import (
    AuditEvent,
    Author,
    Conversation,
    Message,
    ParticipantKind,
    ReplyButton,
    StaffMember,
    Turn,
    TurnState,
)
from backend.domain.errors import BotUnavailable, Conflict, InvalidRequest, NotFound, Problem
from backend.domain.words import clean
from backend.services import audit, turns
from backend.services.desk import Desk
from backend.services.ports import BotReply, BotTurn, Button, Language
from backend.services.staff import Who
from backend.services.what_was_said import (
    TRY_AGAIN,
    TRY_AGAIN_TITLE,
    has_hidden,
    pressed,
    typed,
    with_earlier_tries,
)

log = structlog.get_logger()

LONGEST_MESSAGE = 20_000
CHANNEL = "web"
WAIT_FOR_EARLIER_TURN = timedelta(seconds=10)
# `reference` is the id of the message, which the logs carry.
FAILED_TEXT: Final[dict[Language, str]] = {
    "en": (
        "Sorry, I could not answer that just now, and nothing was done. Please try again in a "
        "moment. If it happens again, give your administrator this reference: {reference}."
    ),
    "es": (
        "Lo siento, no pude responder en este momento y no se hizo nada. Inténtelo de nuevo en un "
        "momento. Si vuelve a ocurrir, dé a su administrador esta referencia: {reference}."
    ),
}
LOST_TEXT: Final[dict[Language, str]] = {
    "en": (
        "Sorry, what you asked for was done, but I could not tell you the outcome just now. Try "
        "again to see it: nothing is done twice. If that does not help, give your administrator "
        "this reference: {reference}."
    ),
    "es": (
        "Lo siento, lo que pidió se hizo, pero no pude mostrarle el resultado en este momento. "
        "Inténtelo de nuevo para verlo: nada se hace dos veces. Si no ayuda, dé a su "
        "administrador esta referencia: {reference}."
    ),
}
HIDDEN_TEXT: Final[dict[Language, str]] = {
    "en": (
        "I hid what looks like a PIN, account or ID number in your message before it was kept. "
        "This chat never needs PINs, account numbers or documents; for a port request, a "
        "Numberdesk administrator can say where they go."
    ),
    "es": (
        "Oculté lo que parece un PIN o un número de cuenta o de identidad en su mensaje antes de "
        "guardarlo. En este chat nunca hacen falta PIN, números de cuenta ni documentos; para una "
        "portabilidad, un administrador de Numberdesk puede decir adónde van."
    ),
}


@dataclass(frozen=True)
class ShownButton:
    """A button as the browser gets it: an opaque id, good in this conversation only."""

    title: str
    payload: str


@dataclass(frozen=True)
class ShownReply:
    """A reply as the browser gets it."""

    text: str
    buttons: tuple[ShownButton, ...]
    link: dict[str, str] | None
    source: dict[str, str] | None


@dataclass(frozen=True)
class ChatAnswer:
    """The assistant's answer to one message, which was kept as `said`; `intent` is None when it
    could not answer.
    """

    conversation: str
    said: str
    replies: tuple[ShownReply, ...]
    intent: str | None
    confidence: float | None


@dataclass(frozen=True)
class ChatLine:
    """One message of a conversation, for showing it again."""

    id: str
    author: Author
    text: str
    buttons: tuple[ShownButton, ...]
    link: dict[str, str] | None
    source: dict[str, str] | None
    at: datetime


def ask(
    desk: Desk,
    who: Who,
    *,
    text: str = "",
    conversation: str | None = None,
    button: str | None = None,
    message_id: str | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> ChatAnswer:
    """Put a message (or a pressed button) to the assistant and return what it says.

    A `message_id` seen before in the conversation returns the replies recorded for it. When
    the assistant cannot answer, the reply says so and offers to try again; nothing runs later.
    PINs, account numbers and the like are hidden in `text` before anything keeps or reads it.
    Raises `InvalidRequest`, `NotFound` (a conversation or button that is not theirs),
    `Conflict` (the message before is still being answered).
    """
    words = clean(text).strip()
    if button is None and not words:
        raise InvalidRequest(Problem("text", "missing", "Write a message, or press a button."))
    if len(words) > LONGEST_MESSAGE:
        raise InvalidRequest(
            Problem("text", "too_long", f"Keep a message under {LONGEST_MESSAGE:,} characters.")
        )
    turn_id, is_new = _receive(desk, who, words, conversation, button, message_id)
    if is_new:
        bot_turn = _claim(desk, who, turn_id, sleep)
        if bot_turn is not None:
            _run(desk, who, turn_id, bot_turn)
    return _recorded(desk, who, turn_id)


def latest_conversation(desk: Desk, who: Who) -> str | None:
    """The id of the staff member's latest web conversation."""
    with desk.db.read(who.institution_id) as session:
        return session.scalar(
            select(Conversation.public_id)
            .where(Conversation.staff_id == who.id, Conversation.channel == CHANNEL)
            .order_by(Conversation.id.desc())
            .limit(1)
        )


def lines(desk: Desk, who: Who, conversation: str, most: int = 100) -> tuple[ChatLine, ...]:
    """The last messages of a staff member's own conversation, oldest first."""
    with desk.db.read(who.institution_id) as session:
        own = _own_conversation(session, who, conversation)
        newest_first = session.scalars(
            select(Message)
            .where(Message.conversation_id == own.id)
            .order_by(Message.id.desc())
            .limit(most)
        )
        return tuple(
            ChatLine(
                id=message.public_id,
                author=message.author,
                at=message.created_at,
                **vars(_shown(session, message)),
            )
            for message in reversed(newest_first.all())
        )


def _receive(
    desk: Desk,
    who: Who,
    words: str,
    conversation: str | None,
    button: str | None,
    message_id: str | None,
) -> tuple[int, bool]:
    now = desk.clock.now()
    with desk.db.write(who.institution_id) as session:
        # One message of a person at a time, so that the second of two equal ones finds the first.
        session.execute(
            select(StaffMember.id).where(StaffMember.id == who.id).with_for_update(key_share=True)
        )
        own = _own_conversation(session, who, conversation) if conversation else None
        seen = message_id and _seen(session, who, message_id, own)
        if seen:
            return seen, False
        own = own or _open_conversation(session, who, now)
        if button is not None:
            said = pressed(session, who, own, button)
        else:
            said = typed(session, own, words)
        message = Message(
            conversation_id=own.id,
            author=Author.STAFF,
            body=said.text,
            details=said.details,
            sender_message_id=message_id,
            status="received",
            created_at=now,
        )
        session.add(message)
        session.flush()
        turn = Turn(
            conversation_id=own.id,
            message_id=message.id,
            staff_id=who.id,
            state=TurnState.WAITING,
            payload=said.payload,
            created_at=now,
        )
        session.add(turn)
        own.last_message_at = now
        session.flush()
        return turn.id, True


def _seen(
    session: Session, who: Who, message_id: str, conversation: Conversation | None
) -> int | None:
    # The first message of a conversation does not know its id when it is sent again.
    query = (
        select(Turn.id)
        .join(Turn.message)
        .where(Turn.staff_id == who.id, Message.sender_message_id == message_id)
        .order_by(Turn.id.desc())
        .limit(1)
    )
    if conversation is not None:
        query = query.where(Turn.conversation_id == conversation.id)
    return session.scalar(query)


def _own_conversation(session: Session, who: Who, public_id: str) -> Conversation:
    own = session.scalar(
        select(Conversation).where(
            Conversation.public_id == public_id, Conversation.staff_id == who.id
        )
    )
    if own is None:
        raise NotFound("There is no such conversation of yours. Leave it out to start a new one.")
    return own


def _open_conversation(session: Session, who: Who, now: datetime) -> Conversation:
    opened = Conversation(
        channel=CHANNEL,
        participant_kind=ParticipantKind.STAFF,
        office_id=who.office_id,
        staff_id=who.id,
        created_at=now,
        last_message_at=now,
    )
    session.add(opened)
    session.flush()
    return opened


def _claim(desk: Desk, who: Who, turn_id: int, sleep: Callable[[float], None]) -> BotTurn | None:
    """Start the turn once the one before it is over; give it up when that takes too long."""
    while True:
        now = desk.clock.now()
        with desk.db.write(who.institution_id) as session:
            turn = turns.locked(session, turn_id)
            if turn is None or turn.state is not TurnState.WAITING:
                return None
            if now - turn.created_at > WAIT_FOR_EARLIER_TURN:
                _fail(session, turn, now)
                return None
            if not turns.is_busy(session, turn.conversation, now):
                return turns.start(session, turn, now)
        sleep(0.1)


def _run(desk: Desk, who: Who, turn_id: int, bot_turn: BotTurn) -> None:
    try:
        answer = desk.bot.answer(bot_turn)
    except BotUnavailable as error:
        log.warning("turn.failed", message=bot_turn.message_id, why=str(error))
        answer = None
    now = desk.clock.now()
    with desk.db.write(who.institution_id) as session:
        turn = turns.locked(session, turn_id)
        if turn is None or turn.state is not TurnState.RUNNING:
            return  # the sweep gave this turn up while the assistant was thinking
        if answer is None:
            _fail(session, turn, now)
            return
        turns.close(session, turn, TurnState.ANSWERED, now, answer)
        _say(session, turn, answer.replies, answer.language, now)


def sweep(session: Session, now: datetime) -> None:
    """Close staff turns that nobody works on any more, saying so in the conversation."""
    for turn in turns.abandoned(session, now, of_staff=True):
        _fail(session, turn, now)


def _fail(session: Session, turn: Turn, now: datetime) -> None:
    turns.close(session, turn, TurnState.FAILED, now)
    language = turns.language_with(session, turn.conversation)
    words = (LOST_TEXT if _did_something(session, turn) else FAILED_TEXT)[language]
    sorry = BotReply(
        text=words.format(reference=turn.message.public_id),
        buttons=(Button(TRY_AGAIN_TITLE[language], TRY_AGAIN),),
    )
    _say(session, turn, (sorry,), language, now)


def _did_something(session: Session, turn: Turn) -> bool:
    """Whether something was done on the turn's behalf, or on that of the turns it repeats,
    although the answer was lost.
    """
    *_, first = tries = list(with_earlier_tries(session, turn.message))
    done = select(AuditEvent.id).where(
        AuditEvent.institution_id == turn.institution_id,
        AuditEvent.at >= first.created_at,
        AuditEvent.message.in_([message.public_id for message in tries]),
        AuditEvent.outcome.startswith(audit.DONE),
    )
    return session.scalar(done.limit(1)) is not None


def _say(
    session: Session, turn: Turn, replies: Iterable[BotReply], language: Language, now: datetime
) -> None:
    """Record an answer, in its language; first of all that something was hidden, if it was."""
    hidden = (BotReply(HIDDEN_TEXT[language]),) if has_hidden(turn.message) else ()
    for reply in (*hidden, *replies):
        _add_reply(session, turn, reply, language, now)


def _add_reply(
    session: Session, turn: Turn, reply: BotReply, language: Language, now: datetime
) -> None:
    message = Message(
        institution_id=turn.institution_id,
        conversation_id=turn.conversation_id,
        reply_to_id=turn.message_id,
        author=Author.ASSISTANT,
        body=reply.text,
        details={
            "link": vars(reply.link) if reply.link else None,
            "source": vars(reply.source) if reply.source else None,
            "language": language,
        },
        status="delivered",
        created_at=now,
    )
    session.add(message)
    session.flush()
    session.add_all(
        ReplyButton(
            institution_id=turn.institution_id,
            conversation_id=turn.conversation_id,
            staff_id=turn.staff_id,
            message_id=message.id,
            title=button.title,
            payload=button.payload,
        )
        for button in reply.buttons
    )
    turn.conversation.last_message_at = now


def _recorded(desk: Desk, who: Who, turn_id: int) -> ChatAnswer:
    with desk.db.read(who.institution_id) as session:
        turn = session.scalars(select(Turn).where(Turn.id == turn_id)).one()
        if turn.state in (TurnState.WAITING, TurnState.RUNNING):
            raise Conflict("I am still answering that message. Ask again in a moment.")
        replies = session.scalars(
            select(Message).where(Message.reply_to_id == turn.message_id).order_by(Message.id)
        )
        return ChatAnswer(
            conversation=turn.conversation.public_id,
            said=turn.message.body,
            replies=tuple(_shown(session, message) for message in replies),
            intent=turn.intent,
            confidence=turn.confidence,
        )


def _shown(session: Session, message: Message) -> ShownReply:
    buttons = session.scalars(
        select(ReplyButton).where(ReplyButton.message_id == message.id).order_by(ReplyButton.id)
    )
    return ShownReply(
        text=message.body,
        buttons=tuple(ShownButton(button.title, button.public_id) for button in buttons),
        link=message.details.get("link"),
        source=message.details.get("source"),
    )

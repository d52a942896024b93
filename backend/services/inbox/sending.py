"""What an agent writes to a student, or to a colleague who passed their chat on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Conversation, Message, StaffMember
from backend.domain.errors import Conflict, InvalidRequest, Problem
from backend.domain.media import faults as faults_of_media
from backend.domain.messages import KEPT_BACK
from backend.domain.phone_numbers import spoken
from backend.domain.provisioned_numbers import (
    REGISTRATION_REFUSED,
    NumberState,
    why_held,
    why_never,
)
from backend.domain.sms import LONGEST_TEXT
from backend.domain.words import clean
from backend.services import idempotency, outbound, ownership, routing
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.inbox import lines, rows
from backend.services.ports import Errand
from backend.services.staff import Who


@dataclass(frozen=True)
class Written:
    """What came of writing: the conversation and the message, by id; `waits` says why it does
    not leave at once, None when it does.
    """

    conversation: str
    message: str
    waits: str | None


def reply(
    desk: Desk,
    who: Who,
    conversation: str,
    body: str,
    via: Via,
    *,
    media: Sequence[str] = (),
    seen: str | None = None,
    key: str | None = None,
) -> Written:
    """Answer a student, or a colleague who passed their chat on; the conversation is this
    person's from here on, and the assistant silent.

    `media` are https addresses of pictures; `seen` is the id of the last message they had before
    their eyes: what came after it still waits for a person. The same request with the same `key`
    is carried out once. Raises `NotFound`, `InvalidRequest`, `Conflict` with the reason why
    nothing can be sent.
    """
    asked = {"conversation": conversation, "body": body, "media": list(media)}
    print_ = idempotency.fingerprint(who, "conversation.reply", asked)

    def write(session: Session) -> tuple[Written, list[Errand]]:
        row = rows.locked(session, who, conversation)
        made = idempotency.made_by(session, key, print_)
        if made is not None:
            return written_before(session, made), []
        text, pictures = checked(body, media)
        require_reachable(session, row)
        if pictures and row.number is None:
            fix = "Pictures can be sent by text only."
            raise InvalidRequest(Problem("media", "only_by_text", fix))
        now = desk.clock.now()
        has_unseen = _has_unseen(session, row, seen)
        message, errands = say(session, row, who, text, pictures, now)
        row.needs_attention = row.is_urgent or has_unseen
        idempotency.keep(session, key, print_, message.public_id, now)
        rows.record(session, who, via, "reply", row, now, message.public_id)
        return written(message), errands

    done, errands = desk.db.transact(write, who.institution_id)
    for errand in errands:
        desk.queue.enqueue(errand)
    return done


def say(
    session: Session,
    row: Conversation,
    who: Who,
    text: str,
    pictures: Sequence[str],
    now: datetime,
    *,
    starts: bool = False,
) -> tuple[Message, list[Errand]]:
    """Write a message of this person's, which makes the conversation theirs; returns it with the
    errands to queue once committed. One that `starts` a conversation waits for its turn.
    """
    agent = session.get_one(StaffMember, who.id)
    did = "began it" if starts else "replied"
    ownership.take(session, row, agent, now, f"{who.name} {did}. The assistant stays quiet.")
    if row.number is None:
        return _say_in_chat(session, row, who, text, now), []
    message = outbound.written(
        *(session, row, None, text, Author.STAFF, now),
        staff_id=who.id,
        media=pictures,
        starts=starts,
    )
    return message, [outbound.errand_of(message)]


def checked(body: str, media: Sequence[str]) -> tuple[str, list[str]]:
    """The words and pictures as they are sent. Raises `InvalidRequest` with every fault."""
    text, pictures = clean(body).strip(), [each.strip() for each in media if each.strip()]
    problems = [*_faults_of_text(text, pictures), *faults_of_media(pictures)]
    if problems:
        raise InvalidRequest(*problems)
    return text, pictures


def require_reachable(session: Session, row: Conversation) -> None:
    """Only a conversation whose other side can be written to; else `Conflict` with the reason."""
    refusal = why_no_reply(session, row)
    if refusal is not None:
        raise Conflict(refusal)


def why_no_reply(session: Session, row: Conversation) -> str | None:
    """Why nothing can be written to this conversation's other side; None when it can."""
    if row.number is None or row.contact is None:
        return None
    if row.contact.erased_at is not None:
        return "The student’s data was deleted, and their phone number with it."
    if why_never(row.number.state) is not None:
        return f"{spoken(row.number.e164)} was given back, so nothing can be sent from it."
    if routing.is_opted_out(session, row):
        return (
            "The student has opted out of texts from this number. They can text START to it to "
            "get texts again."
        )
    return None


def why_replies_wait(row: Conversation) -> str | None:
    """Why what is written will not leave yet: its number is not registered; None otherwise."""
    if row.number is None:
        return None
    if row.number.is_registration_refused and row.number.state is NumberState.REGISTERING:
        return REGISTRATION_REFUSED
    return why_held(row.number.state)


def written(message: Message) -> Written:
    """A message that was written, as who wrote it is told."""
    row = message.conversation
    reason = message.error_reason if message.status in KEPT_BACK else None
    return Written(row.public_id, message.public_id, reason or why_replies_wait(row))


def written_before(session: Session, message_id: str) -> Written:
    """What the same request made when it came before."""
    return written(_message(session, message_id))


def _message(session: Session, public_id: str) -> Message:
    return session.scalars(select(Message).where(Message.public_id == public_id)).one()


def _say_in_chat(
    session: Session, row: Conversation, who: Who, text: str, now: datetime
) -> Message:
    """A line in a colleague's chat with the assistant, where they find it with its answers."""
    message = Message(
        institution_id=row.institution_id,
        conversation_id=row.id,
        staff_id=who.id,
        author=Author.SYSTEM,
        body=f"{who.name} writes:\n\n{text}",
        status="delivered",
        created_at=now,
    )
    session.add(message)
    session.flush()
    row.last_message_at = now
    return message


def _has_unseen(session: Session, row: Conversation, seen: str | None) -> bool:
    """Whether the other side wrote after the message that the agent saw last; without one the
    agent has seen all, and with one that this conversation does not have, nothing.
    """
    if seen is None:
        return False
    last_seen = select(Message.id).where(
        Message.conversation_id == row.id, Message.public_id == seen
    )
    later = select(Message.id).where(
        Message.conversation_id == row.id,
        lines.written_by_them(),
        Message.id > func.coalesce(last_seen.scalar_subquery(), 0),
    )
    return session.scalar(later.limit(1)) is not None


def _faults_of_text(text: str, pictures: Sequence[str]) -> list[Problem]:
    if not any(each.isprintable() and not each.isspace() for each in text) and not pictures:
        return [Problem("body", "missing", "Write something first.")]
    if len(text) > LONGEST_TEXT:
        fix = f"Shorten it to {LONGEST_TEXT:,} characters: it has {len(text):,}."
        return [Problem("body", "too_long", fix)]
    return []

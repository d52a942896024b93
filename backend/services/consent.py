"""Consent at work: a student's words about getting texts are honoured before anything else reads
them, asked about when they are unclear, and kept as evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import (
    Author,
    ConsentEvent,
    Conversation,
    Message,
    OptOutHandledBy,
)
from backend.domain.consent import (
    ConsentKind,
    ConsentScope,
    Keyword,
    is_known_to_twilio,
    is_spanish,
    keyword,
    may_ask,
    scope_of,
    yes_still_counts,
)
from backend.domain.opt_out_words import Plainly, read_plain_words
from backend.domain.plain_yes import is_plain_yes
from backend.domain.provisioned_numbers import NumberKind
from backend.services import outbound, routing, timeline, turns
from backend.services.ports import Errand, Language

FROM_WHOM: Final[dict[ConsentScope, dict[Language, str]]] = {
    ConsentScope.NUMBER: {"en": "this number", "es": "este teléfono"},
    ConsentScope.OFFICE: {"en": "{office} at {institution}", "es": "{office}, {institution}"},
    ConsentScope.INSTITUTION: {"en": "{institution}", "es": "{institution}"},
}
CONFIRMATIONS: Final[dict[Keyword, dict[Language, str]]] = {
    Keyword.STOP: {
        "en": "You will get no more texts from {whom}. Reply START to get them again.",
        "es": "Ya no le enviaremos mensajes de {whom}. Responda START para recibirlos otra vez.",
    },
    Keyword.START: {
        "en": "You will get texts from {whom} again. Reply STOP to end, HELP for help.",
        "es": "Le enviaremos otra vez mensajes de {whom}. Responda STOP para terminar.",
    },
    Keyword.HELP: {
        "en": "This is {office} at {institution}. Text your question. Reply STOP to end texts.",
        "es": "Somos {office}, {institution}. Escriba su pregunta. STOP para terminar.",
    },
}
# Worded so that neither a yes nor a no can mean both.
# How the timeline begins what a text asked for, before the rule.
WANTED: Final = {
    Keyword.STOP: "The student wants no more texts.",
    Keyword.START: "The student wants texts again.",
    Keyword.HELP: None,
}

QUESTION: Final[dict[Language, str]] = {
    "en": "Should we stop texting you from {whom}? Reply STOP to end texts. "
    "If not, just go on: a person will see your message.",
    "es": "¿Dejamos de escribirle desde {whom}? Responda STOP para terminar. "
    "Si no, siga escribiendo: una persona lo va a leer.",
}
ASKED: Final = "The student's words may mean that they want no more texts."
YES_TO_QUESTION: Final = "We had asked whether to end texts, and the answer was yes."
PLAIN_WORDS: Final = "The message asks in plain words for no more texts."


@dataclass(frozen=True)
class Request:
    """What a text asks of us about consent, by which rule, and whether the carrier has already
    confirmed it to the student.
    """

    word: Keyword
    rule: str
    is_confirmed: bool
    language: Language


def word_of(body: str, opt_out_type: str | None, *, is_opted_out: bool) -> Keyword | None:
    """The keyword that a text is, by the carrier's own reading where it gives one."""
    if opt_out_type and opt_out_type.lower() in set(Keyword):
        return Keyword(opt_out_type.lower())
    return keyword(body, is_opted_out=is_opted_out)


def ends_texts(body: str, opt_out_type: str | None) -> bool:
    """Whether a text clearly ends texts, whatever was said before it."""
    word = word_of(body, opt_out_type, is_opted_out=False)
    plain = read_plain_words(body) if word is None else None
    return word is Keyword.STOP or (plain is not None and plain.outcome is Plainly.STOP)


@dataclass(frozen=True)
class Taken:
    """What became of a text about consent: the errands to queue, and whether it is `unclear`, so
    that a person must see it.
    """

    errands: tuple[Errand, ...]
    unclear: bool = False


def take(
    session: Session,
    conversation: Conversation,
    message: Message,
    opt_out_type: str | None,
    now: datetime,
) -> Taken | None:
    """Honour what a text says about consent; None when it says nothing that settles it.

    `opt_out_type` is Twilio's OptOutType (STOP, START or HELP), there only with Advanced
    Opt-Out: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
    """
    already = routing.opt_outs_here(session, conversation)
    request = _request(
        session, conversation, message, opt_out_type, now, is_opted_out=bool(already)
    )
    if request is not None:
        errands = _honour(session, conversation, message, request, now, already)
        # Nothing answers HELP of someone who has opted out, so a person must see it.
        return None if request.word is Keyword.HELP and already else Taken(tuple(errands))
    reading = None if already else read_plain_words(message.body)
    if reading is None:
        return None
    if not may_ask(conversation.asked_to_stop_at, now):
        return Taken((), unclear=True)
    language: Language = "es" if reading.is_spanish else turns.language(conversation)
    conversation.asked_to_stop_at = now
    reason = f"{ASKED} We have asked."
    timeline.note(
        session, conversation, kind="consent.asked", reason=reason, at=now, message=message
    )
    body = _worded(QUESTION[language], conversation, _scope(conversation), language)
    question = outbound.written(session, conversation, message, body, Author.SYSTEM, now)
    return Taken((outbound.unless_opted_out(question),), unclear=True)


def _request(
    session: Session,
    conversation: Conversation,
    message: Message,
    opt_out_type: str | None,
    now: datetime,
    *,
    is_opted_out: bool,
) -> Request | None:
    """What a text asks: an answer to our question first, then the carrier's own reading where it
    gives one, then ours.
    """
    body = message.body
    usual = turns.language(conversation)
    language: Language = "es" if is_spanish(body) else usual
    if is_plain_yes(body) and (
        _was_just_asked(session, conversation, message, now)
        or _has_just_said_yes(session, conversation, now)
    ):
        return Request(Keyword.STOP, YES_TO_QUESTION, is_confirmed=False, language=language)
    if opt_out_type and opt_out_type.lower() in set(Keyword):
        word = Keyword(opt_out_type.lower())
        rule = f"The carrier reported OptOutType {word.upper()}."
        return Request(word, rule, is_confirmed=True, language=language)
    found = keyword(body, is_opted_out=is_opted_out)
    if found is not None:
        handled_by = routing.texting(conversation)[0].carrier_account.opt_out_handled_by
        is_confirmed = handled_by is OptOutHandledBy.TWILIO and is_known_to_twilio(body)
        rule = f"The whole message was a keyword for {found.upper()}."
        return Request(found, rule, is_confirmed, language)
    plain = read_plain_words(body)
    if plain is not None and plain.outcome is Plainly.STOP:
        language = "es" if plain.is_spanish else usual
        return Request(Keyword.STOP, PLAIN_WORDS, is_confirmed=False, language=language)
    return None


def _was_just_asked(
    session: Session, conversation: Conversation, message: Message, now: datetime
) -> bool:
    """Whether our question is the last thing that was said before, and not long ago."""
    asked_at = conversation.asked_to_stop_at
    if asked_at is None or not yes_still_counts(asked_at, now):
        return False
    last = session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.id < message.id)
        .order_by(Message.id.desc())
        .limit(1)
    )
    return last is not None and last.author is Author.SYSTEM and last.created_at == asked_at


def _has_just_said_yes(session: Session, conversation: Conversation, now: datetime) -> bool:
    """Whether the contact's last word on consent was yes to our question, and not long ago: a
    second yes means the same, and not that texts are wanted again.
    """
    asked_at = conversation.asked_to_stop_at
    if asked_at is None or not yes_still_counts(asked_at, now):
        return False
    last_rule = session.scalar(
        select(ConsentEvent.rule)
        .where(ConsentEvent.contact_id == conversation.contact_id)
        .order_by(ConsentEvent.id.desc())
        .limit(1)
    )
    return last_rule == YES_TO_QUESTION


def _honour(
    session: Session,
    conversation: Conversation,
    message: Message,
    request: Request,
    now: datetime,
    already: frozenset[ConsentScope],
) -> list[Errand]:
    """Record what the text asks for and confirm it once; returns errands to queue.

    Nothing is sent when the carrier confirms such words itself, nor to who had opted out
    already: a second confirmation would itself be an unwanted text.
    """
    word = request.word
    scopes = frozenset({_scope(conversation)})
    if word is Keyword.START and already:
        scopes = already
    if word is not Keyword.HELP:
        _record(session, conversation, message, request, scopes)
    timeline.note(
        session,
        conversation,
        kind=f"consent.{word}",
        reason=" ".join(filter(None, (WANTED[word], request.rule))),
        at=now,
        message=message,
    )
    is_unwanted = bool(already) and word is not Keyword.START
    if request.is_confirmed or is_unwanted or not _stands(session, conversation, word):
        return []
    scope = max(scopes, key=list(ConsentScope).index)
    body = _worded(CONFIRMATIONS[word][request.language], conversation, scope, request.language)
    confirmation = outbound.written(session, conversation, message, body, Author.SYSTEM, now)
    return [outbound.errand_of(confirmation)]


def _stands(session: Session, conversation: Conversation, word: Keyword) -> bool:
    """Whether it is so now: one that was fetched late may have been taken back meanwhile."""
    session.flush()
    is_opted_out = routing.is_opted_out(session, conversation)
    return word is Keyword.HELP or is_opted_out is (word is Keyword.STOP)


def _scope(conversation: Conversation) -> ConsentScope:
    number, _contact = routing.texting(conversation)
    is_single_use = number.kind is NumberKind.SINGLE_USE
    return scope_of(conversation.institution.opt_out_scope, is_single_use=is_single_use)


def _worded(text: str, conversation: Conversation, scope: ConsentScope, language: Language) -> str:
    number, _contact = routing.texting(conversation)
    names = {"office": number.office.name, "institution": conversation.institution.name}
    return text.format(whom=FROM_WHOM[scope][language].format(**names), **names)


def _record(
    session: Session,
    conversation: Conversation,
    message: Message,
    request: Request,
    scopes: frozenset[ConsentScope],
) -> None:
    """Keep the evidence, as of when the student wrote: a text may have been fetched late."""
    number, contact = routing.texting(conversation)
    scope_ids = {
        ConsentScope.NUMBER: number.id,
        ConsentScope.OFFICE: number.office_id,
        ConsentScope.INSTITUTION: number.institution_id,
    }
    for scope in sorted(scopes):
        session.add(
            ConsentEvent(
                institution_id=conversation.institution_id,
                contact_id=contact.id,
                message_id=message.id,
                kind=ConsentKind.OPT_OUT if request.word is Keyword.STOP else ConsentKind.OPT_IN,
                scope=scope,
                scope_id=scope_ids[scope],
                rule=request.rule,
                at=message.created_at,
            )
        )

"""Consent at work: STOP, START and HELP are honoured before anything else reads the text."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import (
    Author,
    ConsentEvent,
    Conversation,
    Message,
    OptOutHandledBy,
    PhoneNumber,
)
from backend.domain.consent import Consent, ConsentKind, ConsentScope, Keyword, is_spanish, keyword
from backend.domain.consent import is_opted_out as reaches
from backend.services import outbound, turns
from backend.services.ports import Language

CONFIRMATIONS: dict[Keyword, dict[Language, str]] = {
    Keyword.STOP: {
        "en": "You will get no more texts from this number. Reply START to get them again.",
        "es": "No recibirá más mensajes de este número. Responda START para recibirlos.",
    },
    Keyword.START: {
        "en": "You will get texts from this number again. Reply STOP to end, HELP for help.",
        "es": "Recibirá otra vez mensajes de este número. Responda STOP para terminar.",
    },
    Keyword.HELP: {
        "en": "This is {office} at {institution}. Text your question. Reply STOP to end texts.",
        "es": "Somos {office}, {institution}. Escriba su pregunta. STOP para terminar.",
    },
}


def is_opted_out(session: Session, conversation: Conversation) -> bool:
    """Whether the contact has ended texts that reach from this conversation's number."""
    events = session.scalars(
        select(ConsentEvent)
        .where(ConsentEvent.contact_id == conversation.contact_id)
        .order_by(ConsentEvent.id)
    )
    number = conversation.number
    if number is None:
        return False
    return reaches(
        (Consent(event.kind, event.scope, event.scope_id, event.at) for event in events),
        number_id=number.id,
        office_id=number.office_id,
        institution_id=number.institution_id,
    )


def keyword_of(body: str, opt_out_type: str | None, *, is_opted_out: bool) -> Keyword | None:
    """The keyword a text is, by the carrier's own reading where it gives one.

    `opt_out_type` is Twilio's OptOutType (STOP, START or HELP), there only with Advanced
    Opt-Out: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
    """
    if opt_out_type and opt_out_type.lower() in set(Keyword):
        return Keyword(opt_out_type.lower())
    return keyword(body, is_opted_out=is_opted_out)


def honour(
    session: Session,
    conversation: Conversation,
    message: Message,
    word: Keyword,
    now: datetime,
    *,
    is_opted_out: bool,
    carrier_confirmed: bool,
) -> list[tuple[str, str]]:
    """Record what the keyword asks for and confirm it once; returns errands to queue.

    Nothing is sent when the carrier confirms such words itself, nor to who had opted out
    already: a second confirmation would itself be an unwanted text.
    """
    number = conversation.number
    if number is None:
        raise ValueError("keywords are honoured in texting conversations only")
    if word is not Keyword.HELP:
        _record(session, conversation, number, message, word, now)
    outbound.note(
        session, conversation, kind=f"consent.{word}", reason=_rule(word), at=now, message=message
    )
    handled_by = number.carrier_account.opt_out_handled_by
    is_unwanted = is_opted_out and word is not Keyword.START
    if carrier_confirmed or handled_by is OptOutHandledBy.TWILIO or is_unwanted:
        return []
    language: Language = "es" if is_spanish(message.body) else turns.language(conversation)
    body = CONFIRMATIONS[word][language].format(
        office=conversation.office.name, institution=conversation.institution.name
    )
    return [outbound.queue_text(session, conversation, message, body, Author.SYSTEM, now)]


def _rule(word: Keyword) -> str:
    return f"The whole message was the keyword {word.upper()}."


def _record(
    session: Session,
    conversation: Conversation,
    number: PhoneNumber,
    message: Message,
    word: Keyword,
    now: datetime,
) -> None:
    scope = conversation.institution.opt_out_scope
    scope_ids = {
        ConsentScope.NUMBER: number.id,
        ConsentScope.OFFICE: number.office_id,
        ConsentScope.INSTITUTION: number.institution_id,
    }
    # Asking for texts again lifts every opt-out that reaches this number.
    scopes = [scope] if word is Keyword.STOP else list(ConsentScope)
    for each in scopes:
        session.add(
            ConsentEvent(
                institution_id=conversation.institution_id,
                contact_id=conversation.contact_id,
                message_id=message.id,
                kind=ConsentKind.OPT_OUT if word is Keyword.STOP else ConsentKind.OPT_IN,
                scope=each,
                scope_id=scope_ids[each],
                rule=_rule(word),
                at=now,
            )
        )

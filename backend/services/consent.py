"""Consent at work: STOP, START and HELP are honoured before anything else reads the text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backend.db.tables import (
    Author,
    ConsentEvent,
    Conversation,
    Message,
    OptOutHandledBy,
    PhoneNumber,
)
from backend.domain.consent import (
    ConsentKind,
    ConsentScope,
    Keyword,
    is_known_to_twilio,
    is_spanish,
    keyword,
)
from backend.services import outbound, routing, timeline, turns
from backend.services.ports import Errand, Language

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


@dataclass(frozen=True)
class Request:
    """What a text asks of us about consent, by which rule, and whether the carrier has already
    confirmed it to the student.
    """

    word: Keyword
    rule: str
    is_confirmed: bool


def request_of(body: str, opt_out_type: str | None, *, is_opted_out: bool) -> Request | None:
    """What a text asks, by the carrier's own reading where it gives one.

    `opt_out_type` is Twilio's OptOutType (STOP, START or HELP), there only with Advanced
    Opt-Out: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
    """
    if opt_out_type and opt_out_type.lower() in set(Keyword):
        word = Keyword(opt_out_type.lower())
        return Request(word, f"The carrier reported OptOutType {word.upper()}.", is_confirmed=True)
    found = keyword(body, is_opted_out=is_opted_out)
    if found is None:
        return None
    rule = f"The whole message was a keyword for {found.upper()}."
    return Request(found, rule, is_confirmed=False)


def honour(
    session: Session,
    conversation: Conversation,
    message: Message,
    request: Request,
    now: datetime,
    *,
    is_opted_out: bool,
) -> list[Errand]:
    """Record what the text asks for and confirm it once; returns errands to queue.

    Nothing is sent when the carrier confirms such words itself, nor to who had opted out
    already: a second confirmation would itself be an unwanted text.
    """
    number, _contact = routing.texting(conversation)
    word = request.word
    if word is not Keyword.HELP:
        _record(session, conversation, number, message, request, now)
    timeline.note(
        session, conversation, kind=f"consent.{word}", reason=request.rule, at=now, message=message
    )
    handled_by = number.carrier_account.opt_out_handled_by
    carrier_confirms = handled_by is OptOutHandledBy.TWILIO and is_known_to_twilio(message.body)
    is_unwanted = is_opted_out and word is not Keyword.START
    if request.is_confirmed or carrier_confirms or is_unwanted:
        return []
    language: Language = "es" if is_spanish(message.body) else turns.language(conversation)
    body = CONFIRMATIONS[word][language].format(
        office=conversation.office.name, institution=conversation.institution.name
    )
    return [outbound.queue_text(session, conversation, message, body, Author.SYSTEM, now)]


def _record(
    session: Session,
    conversation: Conversation,
    number: PhoneNumber,
    message: Message,
    request: Request,
    now: datetime,
) -> None:
    scope = conversation.institution.opt_out_scope
    scope_ids = {
        ConsentScope.NUMBER: number.id,
        ConsentScope.OFFICE: number.office_id,
        ConsentScope.INSTITUTION: number.institution_id,
    }
    # Asking for texts again lifts every opt-out that reaches this number.
    scopes = [scope] if request.word is Keyword.STOP else list(ConsentScope)
    for each in scopes:
        session.add(
            ConsentEvent(
                institution_id=conversation.institution_id,
                contact_id=conversation.contact_id,
                message_id=message.id,
                kind=ConsentKind.OPT_OUT if request.word is Keyword.STOP else ConsentKind.OPT_IN,
                scope=each,
                scope_id=scope_ids[each],
                rule=request.rule,
                at=now,
            )
        )

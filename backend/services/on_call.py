"""Who is on call is told by text that a student needs a person now.

An alert names the office and links to the conversation; it holds nothing of the student's, since
it lies on a locked phone's screen. It goes out as any text, from the number that was texted or
another one in service, to the person on call as a contact: so their STOP is kept as anybody's,
but alerts are the desk's own word (`Author.SYSTEM`) and still go, and when the carrier refuses
one, that stands on the student's conversation and the next people are told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import (
    Author,
    Conversation,
    ConversationEvent,
    Message,
    OnCallContact,
    PhoneNumber,
)
from backend.domain.messages import FAILED
from backend.domain.provisioned_numbers import NumberState
from backend.domain.sms import frugal
from backend.services import contacts, outbound, routing, timeline
from backend.services.desk import Desk
from backend.services.ports import Errand, Language

# More crisis texts of one student in this time call nobody again.
CALLED_EVERY: Final = timedelta(minutes=15)
# What a person on call writes back within this time goes to people, not to the assistant.
WRITES_BACK_WITHIN: Final = timedelta(hours=24)
# How long it matters that an alert did not arrive.
FOLLOWED_FOR: Final = timedelta(hours=1)

# On the student's conversation: somebody was told, an alert failed, nobody could be told, nobody
# reacted.
TOLD: Final = "on_call"
NOT_ARRIVED: Final = "on_call.failed"
NOBODY: Final = "on_call.nobody"
UNHEEDED: Final = "on_call.unheeded"
NO_REACTION: Final = "Nobody has seen to it for 15 minutes, so everybody on call is told again."
# On the conversation with the person on call.
ALERT: Final = "on_call.alert"

ALERTS: Final[dict[Language, str]] = {
    "en": "Urgent: a student who texted {office} may be in danger and needs a person now: {link}",
    "es": (
        "Urgente: un estudiante que habla con {office} puede estar en peligro y necesita a una "
        "persona ahora: {link}"
    ),
}


def tell(
    session: Session,
    desk: Desk,
    number: PhoneNumber,
    conversation: Conversation,
    now: datetime,
    *,
    at_once: bool = True,
) -> list[Errand]:
    """Text everybody who is on call for a conversation's office, or for any office when there is
    nobody; returns errands to queue once committed. That nobody can be told is on the timeline.

    Unless `at_once`, not again within fifteen minutes.
    """
    before = timeline.last(session, conversation, TOLD, NOBODY)
    if not at_once and before is not None and now - before.at < CALLED_EVERY:
        return []
    people = _on_call_for(session, conversation)
    return _alert(session, desk, number, conversation, people, now)


def writes_back(session: Session, conversation: Conversation, now: datetime) -> bool:
    """Whether a conversation is with a person on call who was told of a crisis today."""
    alert = timeline.last(session, conversation, ALERT)
    return alert is not None and now - alert.at < WRITES_BACK_WITHIN


def follow(desk: Desk) -> None:
    """See to alerts that did not arrive: say so where the student's conversation is, and when
    none of them did, tell the people on call of the other offices. Alerts to which nobody has
    reacted for a quarter of an hour are told again, to everybody. Part of the sweep.
    """
    now = desk.clock.now()
    with desk.db.read() as session:
        urgent = session.scalars(
            select(Conversation).where(
                Conversation.is_urgent, Conversation.last_message_at > now - FOLLOWED_FOR
            )
        )
        lost = [
            (conversation.institution_id, conversation.id)
            for conversation in urgent.all()
            if _not_arrived(session, conversation, _alerts_of(session, conversation, now))
            or _is_unheeded(session, conversation, now)
        ]
    for institution_id, conversation_id in lost:
        follow_one = partial(_follow, desk=desk, conversation_id=conversation_id)
        for errand in desk.db.transact(follow_one, institution_id):
            desk.queue.enqueue(errand)


def _follow(session: Session, desk: Desk, conversation_id: int) -> list[Errand]:
    now = desk.clock.now()
    conversation = session.scalars(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .with_for_update(key_share=True)
    ).one()
    alerts = _alerts_of(session, conversation, now)
    lost = _not_arrived(session, conversation, alerts)
    for alert in lost:
        why = alert.error_reason or "the carrier gave no reason."
        said = f"A text to a person on call did not arrive: {why}"
        timeline.note(session, conversation, kind=NOT_ARRIVED, reason=said, at=now, message=alert)
    number, _contact = routing.texting(conversation)
    if _is_unheeded(session, conversation, now):
        timeline.note(session, conversation, kind=UNHEEDED, reason=NO_REACTION, at=now)
        everybody = _once(_everybody(session, conversation))
        return _alert(session, desk, number, conversation, everybody, now)
    if not lost or any(alert.status not in FAILED for alert in alerts):
        return []
    told = {routing.texting(alert.conversation)[1].e164 for alert in alerts}
    others = [one for one in _everybody(session, conversation) if one.e164 not in told]
    return _alert(session, desk, number, conversation, _once(others), now)


def _alert(
    session: Session,
    desk: Desk,
    number: PhoneNumber,
    conversation: Conversation,
    people: Sequence[OnCallContact],
    now: datetime,
) -> list[Errand]:
    sender = _able_to_send(session, number)
    if not people or sender is None:
        why = "no number is in service to text from" if people else "nobody else is on call"
        timeline.note(
            session,
            conversation,
            kind=NOBODY,
            reason=f"Nobody could be told by text: {why}. Look at it now.",
            at=now,
        )
        return []
    language: Language = "es" if conversation.institution.language == "es" else "en"
    link = f"{desk.public_url}/inbox/{conversation.public_id}"
    body = frugal(ALERTS[language].format(office=conversation.office.name, link=link), most=1)
    errands = []
    for person in people:
        contact = contacts.find_or_make(session, desk.cipher, person.e164, now)
        own = contacts.conversation_with(session, sender, contact, now)
        alert = outbound.written(session, own, None, body, Author.SYSTEM, now)
        said = f"{person.name}, who is on call, was told by text."
        timeline.note(session, conversation, kind=TOLD, reason=said, at=now, message=alert)
        said = f"{person.name} is on call and was told of an urgent conversation."
        timeline.note(session, own, kind=ALERT, reason=said, at=now, message=alert)
        errands.append(outbound.errand_of(alert))
    return errands


def _on_call_for(session: Session, conversation: Conversation) -> list[OnCallContact]:
    everybody = _everybody(session, conversation)
    of_office = [one for one in everybody if one.office_id == conversation.office_id]
    return of_office or _once(everybody)


def _everybody(session: Session, conversation: Conversation) -> list[OnCallContact]:
    """Everyone who is on call but the one whose own conversation it is."""
    _number, contact = routing.texting(conversation)
    people = select(OnCallContact).where(OnCallContact.e164 != contact.e164)
    return list(session.scalars(people.order_by(OnCallContact.id)))


def _once(people: Collection[OnCallContact]) -> list[OnCallContact]:
    """Each phone once, who may be on call for several offices."""
    return list({person.e164: person for person in people}.values())


def _able_to_send(session: Session, number: PhoneNumber) -> PhoneNumber | None:
    """The number itself, or the nearest that can send at once: of its office first, and rather one
    that was used already and so does not lose its way to another office.
    """
    if number.state is NumberState.ACTIVE:
        return number
    return session.scalar(
        select(PhoneNumber)
        .where(PhoneNumber.state == NumberState.ACTIVE)
        .order_by(
            PhoneNumber.office_id != number.office_id,
            PhoneNumber.first_used_at.is_(None),
            PhoneNumber.id,
        )
        .limit(1)
    )


def _alerts_of(session: Session, conversation: Conversation, now: datetime) -> Sequence[Message]:
    alerts = (
        select(Message)
        .join(ConversationEvent, ConversationEvent.message_id == Message.id)
        .where(
            ConversationEvent.conversation_id == conversation.id,
            ConversationEvent.kind == TOLD,
            Message.created_at > now - FOLLOWED_FOR,
        )
    )
    return session.scalars(alerts).all()


def _is_unheeded(session: Session, conversation: Conversation, now: datetime) -> bool:
    """Whether people were told, and none has done anything about it for a quarter of an hour:
    neither in the student's conversation nor by writing back.
    """
    alerts = _alerts_of(session, conversation, now)
    if not any(alert.status not in FAILED for alert in alerts):
        return False
    if now - max(alert.created_at for alert in alerts) < CALLED_EVERY:
        return False
    first = min(alert.created_at for alert in alerts)
    seen_to = conversation.last_person_at
    if seen_to is not None and seen_to >= first:
        return False
    done = select(ConversationEvent.id).where(
        ConversationEvent.conversation_id == conversation.id,
        ConversationEvent.staff_id.is_not(None),
        ConversationEvent.at >= first,
    )
    written_back = select(Message.id).where(
        Message.conversation_id.in_([alert.conversation_id for alert in alerts]),
        Message.author == Author.CONTACT,
        Message.created_at >= first,
    )
    return session.scalar(done.union_all(written_back).limit(1)) is None


def _not_arrived(
    session: Session, conversation: Conversation, alerts: Sequence[Message]
) -> list[Message]:
    """Those alerts whose failing is not on the timeline yet."""
    noted = session.scalars(timeline.of_kind(conversation, NOT_ARRIVED)).all()
    seen = {line.message_id for line in noted}
    return [alert for alert in alerts if alert.status in FAILED and alert.id not in seen]

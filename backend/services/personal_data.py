"""One contact's data: all that is kept, for whoever asks for it; and its deletion.

Two things outlive a deletion: that the contract counted the contact, and the consent, which goes
on working (`services/contacts.py`): a person who has opted out must not be texted again because we
have forgotten who they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import DeclarativeBase, Session

from backend.db.tables import (
    AuditEvent,
    Campaign,
    CampaignContact,
    ConsentEvent,
    Contact,
    Conversation,
    ConversationEvent,
    Message,
    ParticipantKind,
    PhoneNumber,
    ReplyButton,
    StaffMember,
    Turn,
    UnansweredQuestion,
    UnroutedText,
)
from backend.domain.campaigns import Skipped
from backend.domain.errors import BotUnavailable, NotFound
from backend.domain.phone_numbers import spoken, to_e164
from backend.domain.staff import Right, require
from backend.services import audit, contacts, removal, turns
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.staff import Who

Json = dict[str, Any]

SOME: Final = 200
# After this long no turn is running that was at the deletion.
TURNS_END: Final = 2 * turns.LEASE
# On record, it also tells which texts must not be fetched again.
DELETION: Final = "contact.delete"
NO_SUCH_CONTACT: Final = "There is no such contact at your institution."


@dataclass(frozen=True)
class Summary:
    """What is kept of a contact, in figures. `phone_number` is as people write it, None once the
    data was deleted (`erased_at`).
    """

    id: str
    name: str | None
    phone_number: str | None
    since: datetime
    erased_at: datetime | None
    conversations: int
    messages: int
    campaigns: int
    consent_events: int
    unrouted_texts: int


@dataclass(frozen=True)
class Deleted:
    """What a deletion took out. `is_forgotten` is false while the assistant could not be reached:
    its memory of these conversations is deleted as soon as it can be (`forget_the_deleted`).
    """

    conversations: int
    messages: int
    unrouted_texts: int
    is_forgotten: bool


def by_number(desk: Desk, who: Who, phone_number: str) -> str:
    """The id of the contact with this number, written in any way, who may have been erased.

    Raises `NotAllowed`, `NotFound`, `InvalidRequest`.
    """
    require(who.role, Right.SEE_PERSONAL_DATA)
    e164 = to_e164(phone_number)
    with desk.db.write(who.institution_id) as session:
        if _unrouted_from(session, e164):
            # Who has only texted numbers that are not ours is no contact yet.
            return contacts.find_or_make(session, desk.cipher, e164, desk.clock.now()).public_id
        written = contacts.as_written(session, desk.cipher, [e164])
        found = session.scalar(select(Contact.public_id).where(Contact.e164.in_(written)))
        if found is None:
            raise NotFound("Nothing is kept about this number.")
        return found


def of_conversation(desk: Desk, who: Who, conversation: str) -> str:
    """The id of the contact of a conversation. Raises `NotAllowed`, `NotFound`."""
    require(who.role, Right.SEE_PERSONAL_DATA)
    with desk.db.read(who.institution_id) as session:
        found = session.scalar(
            select(Contact.public_id)
            .join(Conversation, Conversation.contact_id == Contact.id)
            .where(Conversation.public_id == conversation)
        )
        if found is None:
            raise NotFound(NO_SUCH_CONTACT)
        return found


def summary(desk: Desk, who: Who, contact_id: str) -> Summary:
    """What is kept of a contact, in figures. Raises `NotAllowed`, `NotFound`."""
    require(who.role, Right.SEE_PERSONAL_DATA)
    with desk.db.read(who.institution_id) as session:
        contact = _found(session, contact_id)

        def count(table: type[DeclarativeBase], *those: Any) -> int:
            return session.scalar(select(func.count()).select_from(table).where(*those)) or 0

        return Summary(
            id=contact.public_id,
            name=contact.name,
            phone_number=None if contact.erased_at else spoken(contact.e164),
            since=contact.created_at,
            erased_at=contact.erased_at,
            conversations=count(Conversation, Conversation.contact_id == contact.id),
            messages=count(Message, Message.conversation_id.in_(_conversation_ids(contact))),
            campaigns=count(CampaignContact, CampaignContact.contact_id == contact.id),
            consent_events=count(ConsentEvent, ConsentEvent.contact_id == contact.id),
            unrouted_texts=count(UnroutedText, UnroutedText.from_number == contact.e164),
        )


def export(desk: Desk, who: Who, contact_id: str, via: Via) -> Json:
    """All that is kept of a contact, for JSON. On record; raises `NotAllowed`, `NotFound`."""
    with audit.refusals(desk, who, via, "contact.export", contact_id):
        require(who.role, Right.SEE_PERSONAL_DATA)
    with desk.db.write(who.institution_id) as session:
        contact = _found(session, contact_id)
        audit.record(
            session,
            "contact.export",
            by=who.id,
            via=via,
            outcome=audit.DONE,
            at=desk.clock.now(),
            subject=contact.public_id,
        )
    with desk.db.read(who.institution_id) as session:
        return _everything(session, _found(session, contact_id), desk.clock.now())


def erase(desk: Desk, who: Who, contact_id: str, via: Via) -> Deleted:
    """Delete a contact's data: what was written either way, the timeline, the assistant's notes and
    memory of it, campaigns that have not started, texts to numbers that are not ours.

    Nothing holds it up: what waits to be sent is not sent, an answer under way is dropped. What
    the carrier keeps stays with the carrier. On record; raises `NotAllowed`, `NotFound`.
    """
    with audit.refusals(desk, who, via, DELETION, contact_id):
        require(who.role, Right.SEE_PERSONAL_DATA)
    deleted = desk.db.transact(
        lambda session: _erase(session, desk, who, contact_id, via), who.institution_id
    )
    return Deleted(*deleted, is_forgotten=forget_the_deleted(desk))


def was_erased_since(session: Session, contact: Contact, moment: datetime) -> bool:
    """Whether a contact's data was deleted at a moment or after it. What is on record tells, also
    of one who has texted again since.
    """
    deletion = select(AuditEvent.id).where(
        AuditEvent.subject == contact.public_id,
        AuditEvent.action == DELETION,
        AuditEvent.outcome.startswith(audit.DONE),
        AuditEvent.at >= moment,
    )
    return session.scalar(deletion.limit(1)) is not None


def forget_the_deleted(desk: Desk) -> bool:
    """Have the assistant forget the conversations of contacts who were erased; whether it has.

    A deletion leaves a conversation behind without number, contact or anything said: the note
    that this is still to be done, which outlives a crash. It goes once no answer that was under
    way at the deletion can be any more. Safe to run at any time.
    """
    now = desk.clock.now()
    with desk.db.read() as session:
        waiting = session.execute(
            select(Conversation.id, Conversation.public_id, Conversation.resolved_at).where(
                Conversation.channel == "sms",
                Conversation.participant_kind == ParticipantKind.VISITOR,
                Conversation.contact_id.is_(None),
            )
        ).all()
    for some in batched(waiting, SOME):
        try:
            desk.bot.forget([public_id for _, public_id, _ in some])
        except BotUnavailable:
            return False
        over = [row_id for row_id, _, since in some if since is None or since < now - TURNS_END]
        with desk.db.write() as session:
            removal.remove_conversations(session, over)
    return True


def _found(session: Session, contact_id: str, *, lock: bool = False) -> Contact:
    query = select(Contact).where(Contact.public_id == contact_id)
    contact = session.scalar(query.with_for_update() if lock else query)
    if contact is None:
        raise NotFound(NO_SUCH_CONTACT)
    return contact


def _conversation_ids(contact: Contact) -> Any:
    return select(Conversation.id).where(Conversation.contact_id == contact.id)


def _unrouted_from(session: Session, e164: str) -> Sequence[UnroutedText]:
    mine = select(UnroutedText).where(UnroutedText.from_number == e164).order_by(UnroutedText.id)
    return session.scalars(mine).all()


def _erase(
    session: Session, desk: Desk, who: Who, contact_id: str, via: Via
) -> tuple[int, int, int]:
    now = desk.clock.now()
    contact = _found(session, contact_id, lock=True)
    conversations = session.scalars(
        select(Conversation).where(Conversation.contact_id == contact.id).with_for_update()
    ).all()
    conversation_ids = [conversation.id for conversation in conversations]
    message_ids = session.scalars(
        select(Message.id).where(Message.conversation_id.in_(conversation_ids))
    ).all()
    for some in batched(message_ids, SOME):
        removal.remove_messages(session, some)
    removal.remove_notes(session, conversation_ids)
    for conversation in conversations:
        _leave_for_forgetting(conversation, now)
    # What a campaign has targeted counts in the contract; what waits in a draft does not.
    for membership in session.scalars(
        select(CampaignContact).where(CampaignContact.contact_id == contact.id)
    ):
        if membership.targeted_at is None:
            session.delete(membership)
        else:
            membership.skipped = membership.skipped or Skipped.DELETED
    unrouted = _unrouted_from(session, contact.e164)
    session.execute(
        delete(UnroutedText).where(UnroutedText.id.in_([text.id for text in unrouted])),
        execution_options={"synchronize_session": False},
    )
    if contact.erased_at is None:
        contacts.erase(session, desk.cipher, contact, now)
    audit.record(
        session,
        DELETION,
        by=who.id,
        via=via,
        outcome=f"{audit.DONE}: {len(message_ids):,} messages in {len(conversations):,} "
        "conversations",
        at=now,
        subject=contact.public_id,
    )
    return len(conversations), len(message_ids), len(unrouted)


def _leave_for_forgetting(conversation: Conversation, now: datetime) -> None:
    conversation.participant_kind = ParticipantKind.VISITOR
    conversation.contact_id = None
    conversation.number_id = None
    conversation.inbox_id = None
    conversation.taken_by_id = None
    conversation.with_person = False
    conversation.needs_attention = False
    conversation.is_urgent = False
    conversation.resolved_at = now


def _everything(session: Session, contact: Contact, now: datetime) -> Json:
    def all_of(table: type[DeclarativeBase], *those: Any) -> Sequence[Any]:
        return session.scalars(select(table).where(*those).order_by(table.__table__.c.id)).all()

    conversations = all_of(Conversation, Conversation.contact_id == contact.id)
    return {
        "exported_at": _moment(now),
        "contact": {
            "id": contact.public_id,
            "phone_number": None if contact.erased_at else contact.e164,
            "name": contact.name,
            "language": contact.language,
            "since": _moment(contact.created_at),
            "deleted_at": _moment(contact.erased_at),
        },
        "conversations": [_conversation(session, each, all_of) for each in conversations],
        "campaigns": [
            _membership(session, each)
            for each in all_of(CampaignContact, CampaignContact.contact_id == contact.id)
        ],
        "consent": [
            _consent(session, each)
            for each in all_of(ConsentEvent, ConsentEvent.contact_id == contact.id)
        ],
        "texts_to_numbers_that_are_not_ours": [
            {
                "to": text.to_number,
                "text": text.body,
                "carrier_id": text.carrier_sid,
                "at": _moment(text.received_at),
            }
            for text in _unrouted_from(session, contact.e164)
        ],
        "on_record": [
            {"at": _moment(line.at), "action": line.action, "outcome": line.outcome}
            for line in all_of(AuditEvent, AuditEvent.subject == contact.public_id)
        ],
    }


def _conversation(session: Session, conversation: Conversation, all_of: Any) -> Json:
    messages = all_of(Message, Message.conversation_id == conversation.id)
    public_ids = {message.id: message.public_id for message in messages}
    number = conversation.number
    return {
        "id": conversation.public_id,
        "channel": conversation.channel,
        "office": conversation.office.name,
        "number": number.e164 if number else None,
        "with_person": conversation.with_person,
        "needs_attention": conversation.needs_attention,
        "urgent": conversation.is_urgent,
        "taken_by": _name(conversation.taken_by),
        "started_at": _moment(conversation.created_at),
        "resolved_at": _moment(conversation.resolved_at),
        "messages": [_message(message, public_ids) for message in messages],
        "timeline": [
            _event(session, event, public_ids)
            for event in all_of(
                ConversationEvent, ConversationEvent.conversation_id == conversation.id
            )
        ],
        "what_the_assistant_made_of_it": [
            _turn(turn, public_ids)
            for turn in all_of(Turn, Turn.conversation_id == conversation.id)
        ],
        "questions_it_could_not_answer": [
            {
                "message": public_ids.get(question.message_id),
                "nearest": question.nearest,
                "at": _moment(question.created_at),
            }
            for question in all_of(
                UnansweredQuestion, UnansweredQuestion.message_id.in_(public_ids)
            )
        ],
        "choices_offered": [
            {"message": public_ids.get(button.message_id), "title": button.title}
            for button in all_of(ReplyButton, ReplyButton.conversation_id == conversation.id)
        ],
    }


def _message(message: Message, public_ids: Mapping[int, str]) -> Json:
    return {
        "id": message.public_id,
        "at": _moment(message.created_at),
        "from": message.author.value,
        "staff_member": _name(message.staff),
        "text": message.body,
        "media": message.media,
        "details": message.details,
        "answers": public_ids.get(message.reply_to_id) if message.reply_to_id else None,
        "status": message.status,
        "why": message.error_reason,
        "carrier_id": message.carrier_sid,
    }


def _event(session: Session, event: ConversationEvent, public_ids: Mapping[int, str]) -> Json:
    staff = session.get(StaffMember, event.staff_id) if event.staff_id else None
    return {
        "at": _moment(event.at),
        "kind": event.kind,
        "text": event.reason,
        "message": public_ids.get(event.message_id) if event.message_id else None,
        "staff_member": _name(staff),
    }


def _turn(turn: Turn, public_ids: Mapping[int, str]) -> Json:
    return {
        "message": public_ids.get(turn.message_id),
        "state": turn.state.value,
        "pressed": turn.payload,
        "intent": turn.intent,
        "confidence": turn.confidence,
    }


def _membership(session: Session, membership: CampaignContact) -> Json:
    campaign = session.get_one(Campaign, membership.campaign_id)
    message = session.get(Message, membership.message_id) if membership.message_id else None
    return {
        "campaign": campaign.name,
        "office": campaign.office.name,
        "targeted_at": _moment(membership.targeted_at),
        "message": message.public_id if message else None,
        "skipped": membership.skipped.value if membership.skipped else None,
    }


def _consent(session: Session, event: ConsentEvent) -> Json:
    message = session.get(Message, event.message_id) if event.message_id else None
    reaches = event.scope.value
    if reaches == "number":
        number = session.get(PhoneNumber, event.scope_id)
        reaches = number.e164 if number else reaches
    return {
        "at": _moment(event.at),
        "kind": event.kind.value,
        "reaches": reaches,
        "rule": event.rule,
        "message": message.public_id if message else None,
    }


def _name(member: StaffMember | None) -> str | None:
    return member.name if member else None


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

"""Messages, conversations and contacts are taken out with everything that hangs on them.

Two use cases do so: what is past its time (`retention`), and one contact's data (`personal_data`).
What a campaign did to a contact stays as a line without a message, since the contract counts it;
evidence of consent stays without the message that it came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import CursorResult, Delete, Update, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.db.tables import (
    CampaignContact,
    ConsentEvent,
    Contact,
    Conversation,
    ConversationEvent,
    ConversationRead,
    Message,
    Plan,
    ReplyButton,
    Turn,
    UnansweredQuestion,
)
from backend.domain.campaigns import Skipped

# Every column that points at a row that is taken out; a test holds this against the tables.
POINTERS: Final[frozenset[InstrumentedAttribute[Any]]] = frozenset(
    {
        CampaignContact.contact_id,
        CampaignContact.message_id,
        ConsentEvent.contact_id,
        ConsentEvent.message_id,
        Conversation.contact_id,
        ConversationEvent.conversation_id,
        ConversationEvent.message_id,
        ConversationRead.conversation_id,
        Message.conversation_id,
        Message.reply_to_id,
        Plan.conversation_id,
        Plan.shown_turn_id,
        ReplyButton.conversation_id,
        ReplyButton.message_id,
        Turn.conversation_id,
        Turn.message_id,
        UnansweredQuestion.message_id,
    }
)


def remove_messages(session: Session, message_ids: Sequence[int]) -> int:
    """Take messages out (row numbers, some hundreds), with the turns, plans, buttons and questions
    that came of them; how many. Events that they brought about stay.
    """
    turns = select(Turn.id).where(Turn.message_id.in_(message_ids))
    _run(session, delete(Plan).where(Plan.shown_turn_id.in_(turns)))
    _run(session, delete(Turn).where(Turn.message_id.in_(message_ids)))
    _run(session, delete(ReplyButton).where(ReplyButton.message_id.in_(message_ids)))
    _run(session, delete(UnansweredQuestion).where(UnansweredQuestion.message_id.in_(message_ids)))
    for pointer in (ConversationEvent, ConsentEvent):
        _run(
            session,
            update(pointer).where(pointer.message_id.in_(message_ids)).values(message_id=None),
        )
    _run(
        session,
        update(CampaignContact)
        .where(CampaignContact.message_id.in_(message_ids))
        # Without a reason it would wait for its text, and get it once more.
        .values(message_id=None, skipped=Skipped.DELETED),
    )
    _run(
        session,
        update(Message).where(Message.reply_to_id.in_(message_ids)).values(reply_to_id=None),
    )
    return _run(session, delete(Message).where(Message.id.in_(message_ids)))


def remove_notes(session: Session, conversation_ids: Sequence[int]) -> None:
    """Take out what conversations (row numbers) hold besides messages."""
    for hanging in (ReplyButton, Plan, ConversationEvent, ConversationRead):
        _run(session, delete(hanging).where(hanging.conversation_id.in_(conversation_ids)))


def remove_conversations(session: Session, conversation_ids: Sequence[int]) -> int:
    """Take out conversations (row numbers) that have no messages left; how many."""
    remove_notes(session, conversation_ids)
    return _run(session, delete(Conversation).where(Conversation.id.in_(conversation_ids)))


def remove_contacts(session: Session, contact_ids: Sequence[int]) -> int:
    """Take out contacts (row numbers) that nothing points at any more; how many."""
    return _run(session, delete(Contact).where(Contact.id.in_(contact_ids)))


def _run(session: Session, statement: Delete | Update) -> int:
    """How many rows it found."""
    done: CursorResult[Any] = session.execute(  # type: ignore[assignment]  # as of a bulk statement
        statement, execution_options={"synchronize_session": False}
    )
    return done.rowcount

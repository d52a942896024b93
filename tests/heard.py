"""What people wrote in a test, and their numbers: taken out of the test's database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from backend.db.session import Database
from backend.db.tables import (
    Contact,
    ConversationEvent,
    Message,
    OnCallContact,
    PhoneNumber,
    UnroutedText,
)
from backend.domain.errors import NumbersError
from tests.written import WRITTEN


def take_note(db: Database) -> None:
    """Have none of it in anything that is written (`tests/written.py`)."""
    words = (
        select(Message.body).distinct(),
        select(UnroutedText.body),
        select(ConversationEvent.reason).where(ConversationEvent.kind == "note"),
        select(Contact.name).where(Contact.name.is_not(None)),
    )
    numbers = (
        select(Contact.e164),
        select(UnroutedText.from_number),
        select(OnCallContact.e164),
        select(PhoneNumber.e164),
    )
    try:
        with db.read() as session:
            WRITTEN.heard(
                (each or "" for query in words for each in session.scalars(query)),
                (each for query in numbers for each in session.scalars(query)),
            )
    except (SQLAlchemyError, NumbersError):
        return  # a test of a database that is broken or away

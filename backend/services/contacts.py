"""Students as contacts, and the conversation of each with a number: found, or made once.

Of a contact who was erased only a keyed hash of the number is left (`hash_of`), so that their
opt-out goes on working. When the number comes up again the row gets it back.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Contact, Conversation, Institution, ParticipantKind, PhoneNumber
from backend.services.ports import Cipher

KEY_BYTES: Final = 32
HASH_DIGITS: Final = 32


def find_or_make(session: Session, cipher: Cipher, e164: str, now: datetime) -> Contact:
    """The institution's contact with this phone number (E.164), who may have been erased."""
    mine = select(Contact).where(Contact.e164 == e164)
    contact = session.scalar(mine)
    if contact is None and recognise(session, cipher, [e164]):
        contact = session.scalar(mine)
    if contact is None:
        contact = Contact(e164=e164, created_at=now)
        session.add(contact)
        session.flush()
    return contact


def recognise(session: Session, cipher: Cipher, numbers: Sequence[str]) -> int:
    """Give erased contacts their number back whose numbers (E.164) come up again; how many.

    At most some thousands of numbers at a time.
    """
    numbers_by_hash = _hashes(session, cipher, numbers)
    if not numbers_by_hash:
        return 0
    erased = session.scalars(select(Contact).where(Contact.e164.in_(numbers_by_hash))).all()
    for contact in erased:
        contact.e164 = numbers_by_hash[contact.e164]
        contact.erased_at = None
    session.flush()
    return len(erased)


def as_written(session: Session, cipher: Cipher, numbers: Sequence[str]) -> list[str]:
    """All that may stand in `Contact.e164` for these numbers (E.164): themselves, and hashes."""
    return [*numbers, *_hashes(session, cipher, numbers)]


def erase(session: Session, cipher: Cipher, contact: Contact, now: datetime) -> None:
    """Leave of a contact nothing but what recognises the number when it comes up again."""
    contact.e164 = hash_of(_key_to_erase_with(session, cipher), contact.e164)
    contact.name = None
    contact.language = None
    contact.erased_at = now


def hash_of(key: bytes, e164: str) -> str:
    """What stands for an erased contact's number: HMAC-SHA-256 under a key of the institution.

    There are few enough phone numbers to try them all, so a hash without a key would hide none.
    """
    return f"erased:{hmac.new(key, e164.encode(), 'sha256').hexdigest()[:HASH_DIGITS]}"


def conversation_with(
    session: Session, number: PhoneNumber, contact: Contact, now: datetime
) -> Conversation:
    """The conversation of a contact with a number; a new one belongs to the number's office."""
    conversation = session.scalar(
        select(Conversation).where(
            Conversation.number_id == number.id, Conversation.contact_id == contact.id
        )
    )
    if conversation is None:
        conversation = Conversation(
            institution_id=number.institution_id,
            channel="sms",
            participant_kind=ParticipantKind.CONTACT,
            office_id=number.office_id,
            contact_id=contact.id,
            number_id=number.id,
            created_at=now,
            last_message_at=now,
        )
        session.add(conversation)
        session.flush()
    return conversation


def _hashes(session: Session, cipher: Cipher, numbers: Sequence[str]) -> dict[str, str]:
    """The numbers by their hashes; {} where nobody was ever erased."""
    sealed = session.scalars(select(Institution.contact_key_sealed)).one()
    if sealed is None:
        return {}
    key = bytes.fromhex(cipher.decrypt(sealed))
    return {hash_of(key, number): number for number in numbers}


def _key_to_erase_with(session: Session, cipher: Cipher) -> bytes:
    """The institution's key, made at the first erasure."""
    institution = session.scalars(select(Institution).with_for_update(key_share=True)).one()
    if institution.contact_key_sealed is None:
        institution.contact_key_sealed = cipher.encrypt(secrets.token_hex(KEY_BYTES))
        session.flush()
    return bytes.fromhex(cipher.decrypt(institution.contact_key_sealed))

"""Opt-outs that the carrier tells of: it refuses a text because its reader has ended them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from backend.db.tables import Author, ConsentEvent, Message
from backend.domain.consent import ConsentKind, ConsentScope
from backend.services import routing, timeline

HAS_OPTED_OUT: Final = 21610
RULE: Final = "The carrier refused a text with 21610: the person has opted out of this number."


def is_no_surprise(message: Message) -> bool:
    """Whether a refused text is nothing that a person must see to: an opening message to someone
    who has opted out, or our own word about it.
    """
    return message.error_code == HAS_OPTED_OUT and message.author in (
        Author.CAMPAIGN,
        Author.SYSTEM,
    )


def record(session: Session, message: Message, now: datetime, *, refused_at: datetime) -> None:
    """Keep the opt-out that a refused text tells of, if there is one and we did not know. It
    counts from `refused_at`: one that is heard of late undoes no START that came meanwhile.

    It reaches this one number, whatever the institution's setting: the carrier tells of no more,
    and a mistake of its must not mute everyone.
    """
    if message.error_code != HAS_OPTED_OUT:
        return
    conversation = message.conversation
    if routing.is_opted_out(session, conversation):
        return
    number, contact = routing.texting(conversation)
    session.add(
        ConsentEvent(
            institution_id=conversation.institution_id,
            contact_id=contact.id,
            message_id=message.id,
            kind=ConsentKind.OPT_OUT,
            scope=ConsentScope.NUMBER,
            scope_id=number.id,
            rule=RULE,
            at=refused_at,
        )
    )
    timeline.note(session, conversation, kind="consent.stop", reason=RULE, at=now, message=message)

"""How much goes to and fro in a conversation, and what is still answered by itself.

Whatever comes is stored. What follows of it is bounded, and looking costs the same for the
first text and for the ten thousandth: only the latest rows are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import Author, Conversation, Message, Turn
from backend.domain.consent import Keyword
from backend.domain.conversations import Reason
from backend.domain.loops import (
    FLOOD,
    LOOKS_BACK,
    Exchanged,
    counted,
    flood_line,
    is_flood,
    is_machine,
    ours_within,
)
from backend.services import on_call, timeline

CAP_WITHIN: Final = timedelta(hours=1)
FLOOD_KIND: Final = "flood"


@dataclass(frozen=True)
class Traffic:
    """What the latest texts of a conversation say: why the assistant stays silent (None: it may
    write), whether there is a flood, and whether fixed answers have had their share of the hour.
    """

    silenced: Reason | None
    is_flood: bool
    has_had_its_share: bool

    def reads_consent(self, word: Keyword | None, *, opted_out: bool, by_carrier: bool) -> bool:
        """Whether a text is read for what it says about consent; `word` is the keyword that it is.

        In a flood only what still changes something: the first wish for no more texts, and a
        START that the carrier has carried out. What only asks for an answer (HELP, START of
        someone who gets texts) isn't answered beyond the hour's share.
        """
        if opted_out and self.is_flood:
            return word is Keyword.START and by_carrier
        asks_only = word is Keyword.HELP or (word is Keyword.START and not opted_out)
        return not (asks_only and (self.is_flood or self.has_had_its_share))


def seen(session: Session, conversation: Conversation, now: datetime) -> Traffic:
    """Look at a conversation whose last text has just been stored."""
    latest = _latest(session, conversation)
    cap = conversation.institution.replies_per_hour
    has_had_its_share = ours_within(latest, now, CAP_WITHIN) >= cap
    flood = is_flood(latest, now)
    silenced = None
    if on_call.writes_back(session, conversation, now):
        silenced = Reason.ON_CALL
    elif flood or is_machine(latest):
        silenced = Reason.LOOP
    elif has_had_its_share or _turns_reach(session, conversation, cap, now):
        silenced = Reason.TOO_MANY_REPLIES
    return Traffic(silenced, flood, has_had_its_share)


def note_flood(
    session: Session, conversation: Conversation, message: Message, now: datetime
) -> None:
    """Say in the inbox how many texts have come: one line that counts on, for an hour."""
    conversation.needs_attention = True
    line = timeline.last(session, conversation, FLOOD_KIND)
    if line is not None and now - line.at < CAP_WITHIN:
        line.reason = flood_line(counted(line.reason) + 1)
        return
    timeline.note(
        session,
        conversation,
        kind=FLOOD_KIND,
        reason=flood_line(FLOOD),
        at=now,
        message=message,
    )


def _latest(session: Session, conversation: Conversation) -> list[Exchanged]:
    rows = session.execute(
        select(Message.created_at, Message.body, Message.author)
        .where(Message.conversation_id == conversation.id)
        .order_by(Message.id.desc())
        .limit(LOOKS_BACK)
    )
    return [Exchanged(at, body, _is_ours(author)) for at, body, author in rows]


def _is_ours(author: Author) -> bool | None:
    return None if author is Author.STAFF else author is not Author.CONTACT


def _turns_reach(session: Session, conversation: Conversation, cap: int, now: datetime) -> bool:
    """Whether the assistant was asked as often within the hour as it may answer."""
    if cap < 1:
        return True
    last_that_may = session.scalar(
        select(Turn.created_at)
        .where(Turn.conversation_id == conversation.id)
        .order_by(Turn.id.desc())
        .offset(cap - 1)
        .limit(1)
    )
    return last_that_may is not None and now - last_that_may < CAP_WITHIN

"""After the storm: what the desk has, held against what the carrier had."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median, quantiles

from sqlalchemy import select

from backend.app import Workshop
from backend.db.tables import (
    Author,
    Conversation,
    ConversationEvent,
    Message,
    PhoneNumber,
    UnroutedText,
)
from backend.services.text_reconcile import FOUND, SENT_AGAIN
from tests.chaos.storm import Log, Phones, account_of, under_way

NEVER_LEFT = frozenset({"failed", "canceled"})


@dataclass
class Count:
    """The figures of a storm; `faults` are sentences about what must not be, for people."""

    texts: int = 0
    senders: int = 0
    numbers: int = 0
    posts: int = 0
    dropped: int = 0
    stored: int = 0
    fetched: int = 0
    answered: int = 0
    to_inbox: int = 0
    consent: int = 0
    given_up: int = 0
    replies: int = 0
    aimed: int = 0
    in_window: int = 0
    sent_again: int = 0
    copies: int = 0
    median_s: float = 0
    slowest_s: float = 0
    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0
    faults: list[str] = field(default_factory=list)

    def table(self) -> str:
        """The figures as a Markdown table."""
        kills = ", ".join(f"{name} {times}" for name, times in sorted(self.kills.items()))
        rows = {
            "students' texts (distinct MessageSids)": f"{self.texts:,}",
            "from senders, to numbers": f"{self.senders:,}, {self.numbers:,}",
            "webhooks posted, repeats and second tries included": f"{self.posts:,}",
            "texts whose webhook was never answered": f"{self.dropped:,}",
            "texts stored": f"{self.stored:,}",
            "of these fetched from the carrier's list": f"{self.fetched:,}",
            "answered": f"{self.answered:,}",
            "in the inbox, with a reason": f"{self.to_inbox:,}",
            "about consent, to which nothing is said": f"{self.consent:,}",
            "whose answer was given up, shown to a person": f"{self.given_up:,}",
            "our texts at the carrier": f"{self.replies:,}",
            "the worker was killed while it was sending": f"{self.aimed:,}",
            "accepted there, our commit lost: found on its list, not by a report": (
                f"{self.in_window:,}"
            ),
            "never arrived there: sent again": f"{self.sent_again:,}",
            "there twice": f"{self.copies:,}",
            "from text to answer, median and 95th percentile": (
                f"{self.median_s:.1f} s, {self.slowest_s:.1f} s"
            ),
            "programs killed": f"{self.kills.total()} ({kills})",
            "seconds": f"{self.seconds:.0f}",
        }
        lines = ["| what | how many |", "|---|---|"]
        lines += [f"| {what} | {how_many} |" for what, how_many in rows.items()]
        return "\n".join(lines)


def count(workshop: Workshop, phones: Phones, log: Log, seconds: float) -> Count:
    """Everything counted, and every promise checked."""
    carried = phones.texts_in(
        account_of(workshop), datetime(2000, 1, 1, tzinfo=UTC), datetime.now(UTC)
    )
    told = Count(
        posts=log.posts.total(),
        dropped=len(log.dropped),
        kills=log.kills,
        aimed=log.in_window,
        seconds=seconds,
    )
    received = {text.sid: text for text in carried if text.direction == "inbound"}
    numbers = {text.to_number for text in received.values()}
    sent = {
        text.sid: text
        for text in carried
        if text.direction == "outbound" and text.from_number in numbers
    }
    told.texts, told.replies = len(received), len(sent)
    told.senders = len({text.from_number for text in received.values()})
    told.numbers = len(numbers)
    with workshop.desk.db.read() as session:
        messages = session.scalars(
            select(Message)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .join(PhoneNumber, PhoneNumber.id == Conversation.number_id)
            .where(PhoneNumber.e164.in_(numbers))
            .order_by(Message.id)
        ).all()
        events = session.scalars(select(ConversationEvent)).all()
        waiting = set(session.scalars(select(Conversation.id).where(Conversation.needs_attention)))
        unrouted = session.scalars(select(UnroutedText.carrier_sid)).all()
    texts = [message for message in messages if message.author is Author.CONTACT]
    ours = [message for message in messages if message.author is not Author.CONTACT]

    stored = Counter(message.carrier_sid for message in texts)
    told.stored = len(stored)
    told.fetched = sum(
        message.created_at == received[message.carrier_sid or ""].at
        for message in texts
        if message.carrier_sid in received
    )
    missing = set(received) - set(stored)
    told.faults += [f"{len(missing)} texts are not stored."] if missing else []
    more_than_once = [sid for sid, times in stored.items() if times > 1]
    told.faults += [f"{len(more_than_once)} texts are stored twice."] if more_than_once else []
    told.faults += [f"{len(unrouted)} texts found no number."] if unrouted else []

    _look_at_outcomes(told, texts, ours, events, waiting)
    _look_at_the_carrier(told, ours, events, set(sent))
    waits = sorted(
        (sent[reply.carrier_sid].at - received[asked.carrier_sid].at).total_seconds()
        for asked, reply in _pairs(texts, ours)
        if reply.carrier_sid in sent and asked.carrier_sid in received
    )
    if len(waits) > 1:
        told.median_s, told.slowest_s = median(waits), quantiles(waits, n=20)[-1]
    left = under_way(workshop)
    told.faults += [f"{left} turns or texts are still under way."] if left else []
    return told


def _look_at_outcomes(
    told: Count,
    texts: list[Message],
    ours: list[Message],
    events: Sequence[ConversationEvent],
    waiting: set[int],
) -> None:
    """Each text is answered once, or in the inbox with a reason, or about consent."""
    replies: dict[int, list[Message]] = defaultdict(list)
    for message in ours:
        if message.reply_to_id is not None:
            replies[message.reply_to_id].append(message)
    kinds: dict[int, set[str]] = defaultdict(set)
    decisions: dict[int, list[ConversationEvent]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.id):
        if event.message_id is not None:
            kinds[event.message_id].add(event.kind)
            if event.kind in ("inbox", "assistant"):
                decisions[event.conversation_id].append(event)
    twice = forgotten = 0
    for text in texts:
        left = [reply for reply in replies[text.id] if reply.status not in NEVER_LEFT]
        twice += sum(reply.author is Author.ASSISTANT for reply in left) > 1
        if left:
            told.answered += 1
        elif "inbox" in kinds[text.id] or (
            text.conversation_id in waiting and _last_decision(decisions, text) == "inbox"
        ):
            told.to_inbox += 1
        elif any(kind.startswith("consent") for kind in kinds[text.id]):
            told.consent += 1
        elif replies[text.id]:
            told.given_up += 1
        else:
            forgotten += 1
    told.faults += [f"{twice} texts have two answers."] if twice else []
    told.faults += [f"{forgotten} texts have no answer and no reason."] if forgotten else []


def _last_decision(decisions: dict[int, list[ConversationEvent]], text: Message) -> str | None:
    """What was decided about this text: where it is the same as before it is not noted again."""
    kinds = [
        event.kind
        for event in decisions[text.conversation_id]
        if event.message_id is not None and event.message_id <= text.id
    ]
    return kinds[-1] if kinds else None


def _look_at_the_carrier(
    told: Count, ours: list[Message], events: Sequence[ConversationEvent], sent: set[str]
) -> None:
    """Every text that left is one of ours, and every one of ours that left is there."""
    known = {message.carrier_sid for message in ours if message.carrier_sid is not None}
    told.copies = len(sent - known)
    told.in_window = sum(event.reason == FOUND for event in events)
    told.sent_again = sum(event.reason == SENT_AGAIN for event in events)
    noted = sum(event.kind == "copy" for event in events)
    if told.copies != noted:
        told.faults.append(f"{told.copies} texts are at the carrier twice, {noted} were noted.")
    if told.copies > told.kills["worker"]:
        told.faults.append(f"{told.copies} texts are at the carrier twice: more than the window.")
    phantoms = known - sent
    told.faults += [f"{len(phantoms)} texts never left."] if phantoms else []
    unsent = [
        message for message in ours if not message.carrier_sid and message.status not in NEVER_LEFT
    ]
    told.faults += [f"{len(unsent)} texts were not handed over."] if unsent else []


def _pairs(texts: list[Message], ours: list[Message]) -> list[tuple[Message, Message]]:
    """Each answer of the assistant with the text that it answers."""
    asked = {text.id: text for text in texts}
    return [
        (asked[reply.reply_to_id], reply)
        for reply in ours
        if reply.author is Author.ASSISTANT and reply.reply_to_id in asked
    ]

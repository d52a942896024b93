"""Where Rasa keeps conversations: its SQL store, discreet, and as quick after 500 turns as after 5.

The turn token travels in a message's metadata so that actions can use it. The turn is over when
the tracker is saved, and the token is left out: secrets do not belong in trackers.

Rasa reads a session's whole history for every turn, twice. Here the latest turns of the latest
conversations stay in memory with what was set before them, and only new events are written. The
database remains the record: memory is used only while nothing else has written to it since.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, SESSION_START_METADATA_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

TOKEN = "turn_token"
# Conversations whose latest turns stay in memory, and how many turns of each: once there are
# more than the most, all but the fewest are dropped.
_CONVERSATIONS = 512
_MOST_TURNS, _FEWEST_TURNS = 3, 1
# Seconds that everybody's turns wait for another program to let go of the SQLite file.
_LOCKED_SECONDS = 1.0
# Pages of SQLite's log (4 kB each) before they are moved into the file, which one turn waits for.
_PAGES_KEPT_AHEAD = 4000
# On the tracker: what was stored when it was handed out (Stored).
_STORED = "stored"
# The id of no event: a tracker with it never passes for all there is.
_NOT_ALONE = -1


class MessageHeard(SQLTrackerStore.Base):
    """A message id that a conversation has heard, so that a repeated one is found at once."""

    __tablename__ = "messages_heard"

    conversation = sa.Column(sa.String(255), primary_key=True)
    message_id = sa.Column(sa.String(255), primary_key=True)


@dataclass(frozen=True)
class Recent:
    """A conversation's latest events, and the id of the last event that was in the database."""

    last_id: int
    events: list[Event]


@dataclass(frozen=True)
class Stored:
    """How many of a tracker's events were in the database, and the id of its last one there."""

    events: int = 0
    last_id: int = 0


class DiscreetTrackerStore(SQLTrackerStore):
    """Rasa's SQL tracker store that forgets turn tokens and remembers the latest turns."""

    engine: sa.engine.Engine

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._recent: OrderedDict[str, Recent] = OrderedDict()
        if self.engine.dialect.name == "sqlite":
            self.engine = _kept_open(self.engine.url)
            self.sessionmaker.configure(bind=self.engine)
        # Rasa logs that it could not make the tables, and goes on; here that ends the start.
        self.Base.metadata.create_all(self.engine)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation's latest turns; None for an unknown one."""
        recent = self._recent.get(sender_id)
        with self.engine.connect() as connection:
            last_id = _last_id(connection, sender_id)
        if recent is None or recent.last_id != last_id:
            tracker = await super().retrieve(sender_id)
            if tracker is None:
                return None
            recent = self._remember(sender_id, list(tracker.events), last_id)
        tracker = self._tracker(sender_id, recent.events)
        setattr(tracker, _STORED, Stored(len(recent.events), last_id))
        return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Every turn of all sessions; None for an unknown conversation."""
        tracker: DialogueStateTracker | None = await super().retrieve_full_tracker(conversation_id)
        if tracker is not None:
            with self.engine.connect() as connection:
                last_id = _last_id(connection, conversation_id)
            setattr(tracker, _STORED, Stored(len(tracker.events), last_id))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that are new since the tracker was handed out, without tokens."""
        events = list(tracker.events)
        stored = getattr(tracker, _STORED, Stored())
        new = events[stored.events :]
        for event in new:
            forget_token(event)
        await self.stream_events(tracker)
        with self.engine.begin() as connection:
            is_alone = _last_id(connection, tracker.sender_id) == stored.last_id
            if new:
                connection.execute(_INSERT_EVENTS, list(_rows(tracker.sender_id, new)))
            for message_id in _message_ids(new):
                heard = {"conversation": tracker.sender_id, "message_id": message_id}
                connection.execute(_INSERT_HEARD, heard)
            last_id = _last_id(connection, tracker.sender_id)
        if is_alone:
            setattr(tracker, _STORED, Stored(len(events), last_id))
            self._remember(tracker.sender_id, events, last_id)
        else:  # another program wrote too, and what it wrote is in the database only
            setattr(tracker, _STORED, Stored(len(events), _NOT_ALONE))
            self._recent.pop(tracker.sender_id, None)

    def has_heard(self, conversation: str, message_id: str) -> bool:
        """Whether a message id was stored in any session of a conversation."""
        with self.session_scope() as session:
            return session.get(MessageHeard, (conversation, message_id)) is not None

    def _remember(self, sender_id: str, events: list[Event], last_id: int) -> Recent:
        recent = Recent(last_id, self._latest(sender_id, events))
        self._recent[sender_id] = recent
        self._recent.move_to_end(sender_id)
        if len(self._recent) > _CONVERSATIONS:
            self._recent.popitem(last=False)
        return recent

    def _latest(self, sender_id: str, events: list[Event]) -> list[Event]:
        """The latest turns' events, after events that set what was set before them."""
        heard = [at for at, event in enumerate(events) if isinstance(event, UserUttered)]
        if len(heard) <= _MOST_TURNS:
            return events
        start = heard[-_FEWEST_TURNS]
        return [*self._state_after(sender_id, events[:start]), *events[start:]]

    def _state_after(self, sender_id: str, events: list[Event]) -> Iterator[Event]:
        before = self._tracker(sender_id, events)
        for name, slot in before.slots.items():
            if slot.value != slot.initial_value:
                yield SlotSet(name, slot.value)
        if before.active_loop_name:
            yield ActiveLoop(before.active_loop_name)
        yield ActionExecuted(ACTION_LISTEN_NAME)

    def _tracker(self, sender_id: str, events: list[Event]) -> DialogueStateTracker:
        slots = self.domain.slots if self.domain else None
        return DialogueStateTracker.from_events(sender_id, events, slots)


def forget_token(event: Event) -> None:
    """Take the token out of a message's metadata and the copies Rasa makes of it: in what was
    parsed, and in what a session's start keeps.
    """
    if isinstance(event, UserUttered):
        event.metadata = _without_token(event.metadata)
        if "metadata" in event.parse_data:
            event.parse_data["metadata"] = _without_token(event.parse_data["metadata"])
    elif isinstance(event, SlotSet) and event.key == SESSION_START_METADATA_SLOT:
        event.value = _without_token(event.value)


def _without_token(metadata: Any) -> Any:
    if not isinstance(metadata, dict):
        return metadata
    return {name: value for name, value in metadata.items() if name != TOKEN}


def _rows(sender_id: str, events: list[Event]) -> Iterator[dict[str, Any]]:
    for event in events:
        data = event.as_dict()
        yield {
            "sender_id": sender_id,
            "type_name": event.type_name,
            "timestamp": data.get("timestamp"),
            "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
            "action_name": data.get("name"),
            "data": json.dumps(data),
        }


# Made once: SQLAlchemy 1.4 takes half a millisecond a turn to put such small questions together.
_INSERT_EVENTS = sa.insert(DiscreetTrackerStore.SQLEvent)
_ASK_LAST_ID = sa.text("SELECT max(id) FROM events WHERE sender_id = :sender_id")
# A turn may be tried twice: a message id is inserted unless it is there.
_INSERT_HEARD = sa.text(
    "INSERT INTO messages_heard (conversation, message_id) SELECT :conversation, :message_id"
    " WHERE NOT EXISTS (SELECT 1 FROM messages_heard"
    " WHERE conversation = :conversation AND message_id = :message_id)"
)


def _last_id(connection: sa.engine.Connection, sender_id: str) -> int:
    """The id of a conversation's last event in the database; 0 without any."""
    return connection.execute(_ASK_LAST_ID, {"sender_id": sender_id}).scalar() or 0


def _message_ids(events: list[Event]) -> Iterator[str]:
    for event in events:
        if isinstance(event, UserUttered) and event.message_id:
            yield event.message_id


def _kept_open(url: sa.engine.URL) -> sa.engine.Engine:
    """An engine for SQLite that keeps its connection: SQLAlchemy 1.4 opens a file anew for each
    transaction, and the last one to close it tidies the log up, for a millisecond or two.

    The backend owns the record: a conversation may lose its last turn with the power.
    """
    engine = sa.create_engine(
        url,
        poolclass=sa.pool.QueuePool,
        connect_args={"check_same_thread": False, "timeout": _LOCKED_SECONDS},
        hide_parameters=True,  # what people write stays out of errors, and so out of logs
    )
    sa.event.listen(engine, "connect", _write_ahead)
    return engine


def _write_ahead(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint={_PAGES_KEPT_AHEAD}")

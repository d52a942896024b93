"""Where Rasa keeps conversations: its SQL store, discreet, and as quick after 500 turns as after 5.

The turn token travels in a message's metadata so that actions can use it. The turn is over when
the tracker is saved, and the token is left out: secrets do not belong in trackers.

Rasa reads a session's whole history for every turn, twice. Here the latest turns of the latest
conversations stay in memory with what was set before them, and only new events are written. The
database remains the record: memory is used only while nothing else has written to it since.

A conversation never ends, so what is kept of it is bounded: its latest turns, before them what was
set until then (slots, the job in hand), and the ids of the messages it has heard last. One that
nobody has spoken in for long is deleted when Rasa starts.
"""

from __future__ import annotations

import json
import logging
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, SESSION_START_METADATA_SLOT
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger(__name__)

TOKEN = "turn_token"
# Conversations whose latest turns stay in memory, and how many turns of each: once there are
# more than the most, all but the fewest are dropped.
_CONVERSATIONS = 512
_MOST_TURNS, _FEWEST_TURNS = 3, 1
# How many turns of a conversation the database holds: once there are more than the most, all but
# the fewest are dropped, which one turn in eleven waits a millisecond for.
_MOST_STORED, _FEWEST_STORED = 60, 50
# How many message ids a conversation remembers. The backend keeps what it got for each, and asks
# again only for what it has just lost.
_MOST_HEARD = 1000
# Days without a word after which a conversation is deleted.
_IDLE_DAYS = 90
# Seconds that everybody's turns wait for another program to let go of the SQLite file.
_LOCKED_SECONDS = 1.0
# Pages of SQLite's log (4 kB each) before they are moved into the file, which one turn waits for.
_PAGES_KEPT_AHEAD = 4000
# On the tracker: what was stored when it was handed out (Stored).
_STORED = "stored"
# The id of no event: a tracker with it never passes for all there is.
_NOT_ALONE = -1


class MessageHeard(SQLTrackerStore.Base):
    """A message id that a conversation has heard, so that a repeated one is found at once, also
    once its turn is kept no longer; the latest has the highest ``id``.
    """

    __tablename__ = "heard_messages"
    __table_args__ = (sa.UniqueConstraint("conversation", "message_id"),)

    id = sa.Column(sa.Integer, primary_key=True)
    conversation = sa.Column(sa.String(255), nullable=False)
    message_id = sa.Column(sa.String(255), nullable=False)


@dataclass(frozen=True)
class Recent:
    """A conversation's latest events, and of the database the last event's id and the turns."""

    last_id: int
    turns: int
    events: list[Event]


@dataclass(frozen=True)
class Stored:
    """How many of a tracker's events were in the database, the id of its last one there, and how
    many turns of the conversation that were.
    """

    events: int = 0
    last_id: int = 0
    turns: int = 0


class DiscreetTrackerStore(SQLTrackerStore):
    """Rasa's SQL tracker store that forgets turn tokens and remembers the latest turns."""

    engine: sa.engine.Engine

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._recent: OrderedDict[str, Recent] = OrderedDict()
        if self.engine.dialect.name == "sqlite":
            self.engine = _kept_open(self.engine.url)
            self.sessionmaker.configure(bind=self.engine)
        else:
            self.engine.hide_parameters = True  # as in _kept_open
        # Rasa logs that it could not make the tables, and goes on; here that ends the start.
        self.Base.metadata.create_all(self.engine)
        self.delete_idle()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation's latest turns; None for an unknown one."""
        recent = self._recent.get(sender_id)
        with self.engine.connect() as connection:
            last_id = _last_id(connection, sender_id)
            if not last_id:
                return None
            if recent is None or recent.last_id != last_id:
                recent = self._remember(sender_id, self._read(connection, sender_id, last_id))
        tracker = self._tracker(sender_id, recent.events)
        setattr(tracker, _STORED, Stored(len(recent.events), last_id, recent.turns))
        return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Every turn that is kept, of all sessions; None for an unknown conversation."""
        tracker: DialogueStateTracker | None = await super().retrieve_full_tracker(conversation_id)
        if tracker is not None:
            with self.engine.connect() as connection:
                last_id = _last_id(connection, conversation_id)
            events = tracker.events
            setattr(tracker, _STORED, Stored(len(events), last_id, _count_turns(events)))
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
            turns = self._pruned(tracker.sender_id, stored.turns + _count_turns(new))
            setattr(tracker, _STORED, Stored(len(events), last_id, turns))
            self._remember(tracker.sender_id, Recent(last_id, turns, events))
        else:  # another program wrote too, and what it wrote is in the database only
            setattr(tracker, _STORED, Stored(len(events), _NOT_ALONE))
            self._recent.pop(tracker.sender_id, None)

    def has_heard(self, conversation: str, message_id: str) -> bool:
        """Whether a message id is among the last that a conversation has heard, kept or not."""
        asked = {"conversation": conversation, "message_id": message_id}
        with self.engine.connect() as connection:
            return connection.execute(_ASK_HEARD, asked).first() is not None

    def has_any(self, conversation: str) -> bool:
        """Whether anything of a conversation is kept."""
        with self.engine.connect() as connection:
            return _has_any(connection, conversation)

    def forget(self, conversation: str) -> bool:
        """Delete all that is kept of a conversation, in memory too; whether there was anything."""
        self._recent.pop(conversation, None)
        which = {"conversation": conversation}
        with self.engine.begin() as connection:
            had_any = _has_any(connection, conversation)
            connection.execute(_DELETE_ALL_SAID, which)
            connection.execute(_DELETE_ALL_HEARD, which)
        return had_any

    def delete_idle(self, days: float = _IDLE_DAYS) -> None:
        """Delete the conversations in which nobody has said a word for so many days."""
        with self.engine.begin() as connection:
            connection.execute(_DELETE_IDLE, {"before": time.time() - days * 24 * 3600})
            connection.execute(_DELETE_HEARD_BY_NOBODY)

    def _read(self, connection: sa.engine.Connection, sender_id: str, last_id: int) -> Recent:
        """What memory would hold of a conversation, out of the database.

        Of what came before the latest turns only that is read which may have set something. No
        action here takes a message back, which would need the whole.
        """
        turns = _turn_ids(connection, sender_id)
        since = turns[_FEWEST_TURNS - 1] if len(turns) > _MOST_TURNS else 0
        found = connection.execute(_ASK_LATEST, {"sender_id": sender_id, "since": since}).all()
        latest = _events(data for event_id, data in found if event_id >= since)
        if since:
            before = _events(data for event_id, data in found if event_id < since)
            latest = [*self._state_after(sender_id, before), *latest]
        return Recent(last_id, len(turns), latest)

    def _remember(self, sender_id: str, recent: Recent) -> Recent:
        recent = replace(recent, events=self._latest(sender_id, recent.events))
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
        at = events[-1].timestamp if events else None
        for name, slot in before.slots.items():
            if slot.value != slot.initial_value:
                yield SlotSet(name, slot.value, at)
        if before.active_loop_name:
            yield ActiveLoop(before.active_loop_name, at)
        yield ActionExecuted(ACTION_LISTEN_NAME, timestamp=at)

    def _pruned(self, sender_id: str, turns: int) -> int:
        """Drop the turns that are too many; how many are left.

        The turn that was just saved is not lost over it: where it can't be done, the next will.
        """
        if turns <= _MOST_STORED:
            return turns
        try:
            with self.engine.begin() as connection:
                self._prune(connection, sender_id)
        except SQLAlchemyError as fault:
            logger.warning("old turns stay for now: %s", type(fault).__name__)
            return turns
        return _FEWEST_STORED

    def _prune(self, connection: sa.engine.Connection, sender_id: str) -> None:
        """Put what the old turns had set into their place, under the last of their ids: whoever
        reads the conversation, Rasa's own store too, finds it before the turns that are kept.
        """
        first_kept = _turn_ids(connection, sender_id)[_FEWEST_STORED - 1]
        which = {"sender_id": sender_id, "first_kept": first_kept}
        old = connection.execute(_ASK_BEFORE, which).all()
        state = list(self._state_after(sender_id, _events(data for _, data in old)))
        ids = [event_id for event_id, _ in old][-len(state) :]
        rows = zip(ids, _rows(sender_id, state), strict=True)
        connection.execute(_DELETE_BEFORE, which)
        connection.execute(_INSERT_EVENTS, [{"id": event_id, **row} for event_id, row in rows])
        connection.execute(_FORGET_HEARD, {"conversation": sender_id, "most": _MOST_HEARD})

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
_ASK_TURNS = sa.text(
    "SELECT id FROM events WHERE sender_id = :sender_id AND type_name = 'user' ORDER BY id DESC"
)
_ASK_LATEST = sa.text(
    "SELECT id, data FROM events WHERE sender_id = :sender_id"
    " AND (id >= :since OR type_name NOT IN ('user', 'bot', 'action')) ORDER BY id"
)
_ASK_BEFORE = sa.text(
    "SELECT id, data FROM events WHERE sender_id = :sender_id AND id < :first_kept ORDER BY id"
)
_DELETE_BEFORE = sa.text("DELETE FROM events WHERE sender_id = :sender_id AND id < :first_kept")
_DELETE_IDLE = sa.text(
    "DELETE FROM events WHERE sender_id IN"
    " (SELECT sender_id FROM events GROUP BY sender_id HAVING max(events.timestamp) < :before)"
)
_DELETE_ALL_SAID = sa.text("DELETE FROM events WHERE sender_id = :conversation")
_DELETE_ALL_HEARD = sa.text("DELETE FROM heard_messages WHERE conversation = :conversation")
_ASK_ANY = sa.text(
    "SELECT 1 FROM events WHERE sender_id = :conversation"
    " UNION ALL SELECT 1 FROM heard_messages WHERE conversation = :conversation"
)
_ASK_HEARD = sa.text(
    "SELECT 1 FROM heard_messages WHERE conversation = :conversation AND message_id = :message_id"
)
# A turn may be tried twice: a message id is inserted unless it is there.
_INSERT_HEARD = sa.text(
    "INSERT INTO heard_messages (conversation, message_id) SELECT :conversation, :message_id"
    " WHERE NOT EXISTS (SELECT 1 FROM heard_messages"
    " WHERE conversation = :conversation AND message_id = :message_id)"
)
_FORGET_HEARD = sa.text(
    "DELETE FROM heard_messages WHERE conversation = :conversation AND id <="
    " (SELECT id FROM heard_messages WHERE conversation = :conversation"
    " ORDER BY id DESC LIMIT 1 OFFSET :most)"
)
_DELETE_HEARD_BY_NOBODY = sa.text(
    "DELETE FROM heard_messages WHERE NOT EXISTS"
    " (SELECT 1 FROM events WHERE events.sender_id = heard_messages.conversation)"
)


def _last_id(connection: sa.engine.Connection, sender_id: str) -> int:
    """The id of a conversation's last event in the database; 0 without any."""
    return connection.execute(_ASK_LAST_ID, {"sender_id": sender_id}).scalar() or 0


def _has_any(connection: sa.engine.Connection, conversation: str) -> bool:
    return connection.execute(_ASK_ANY, {"conversation": conversation}).first() is not None


def _turn_ids(connection: sa.engine.Connection, sender_id: str) -> list[int]:
    """With which event each stored turn of a conversation begins, the latest first."""
    ids: list[int] = connection.execute(_ASK_TURNS, {"sender_id": sender_id}).scalars().all()
    return ids


def _events(stored: Iterable[str]) -> list[Event]:
    events: list[Event] = deserialise_events([json.loads(data) for data in stored])
    return events


def _count_turns(events: Iterable[Event]) -> int:
    return sum(isinstance(event, UserUttered) for event in events)


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
    connection.execute("PRAGMA secure_delete=ON")  # what is forgotten is overwritten in the file
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint={_PAGES_KEPT_AHEAD}")

"""The tracker store remembers little, and gives what Rasa's own would give."""

import asyncio
import gc
import json
import sqlite3
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, SESSION_START_METADATA_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_store import TOKEN, DiscreetTrackerStore

ALICE, BOB = "cnv_alice", "cnv_bob"
SECRET = "a-very-secret-token"
# What the store keeps of a conversation, once there are more than the most.
MOST_TURNS, FEWEST_TURNS = 3, 1
MOST_CONVERSATIONS = 512
# What the database keeps of a conversation, once there are more turns than the most.
MOST_STORED, FEWEST_STORED = 60, 50
MOST_HEARD = 1000
DAY = 24 * 3600
DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [greet, transfer_number]
slots:
  office: {type: text, mappings: [{type: custom}]}
  number: {type: text, mappings: [{type: custom}]}
  tries: {type: float, initial_value: 3.0, max_value: 9.0, mappings: [{type: custom}]}
forms:
  transfer_form: {required_slots: [number]}
responses:
  utter_greet: [{text: "Hello."}]
""")

Store = Callable[[], DiscreetTrackerStore]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where conversations are kept."""
    return tmp_path / "rasa.db"


@pytest.fixture
def another(database: Path) -> Store:
    """Makes one more store of the same conversations, which remembers nothing yet."""
    return lambda: DiscreetTrackerStore(domain=DOMAIN, db=str(database))


@pytest.fixture
def store(another: Store) -> DiscreetTrackerStore:
    """The store as it is served."""
    return another()


@pytest.fixture
def plain(store: DiscreetTrackerStore, database: Path) -> SQLTrackerStore:
    """Rasa's own store of the same conversations."""
    return SQLTrackerStore(domain=DOMAIN, db=str(database))


def start() -> list[Event]:
    """What a session begins with."""
    return [
        ActionExecuted("action_session_start"),
        SessionStarted(),
        ActionExecuted(ACTION_LISTEN_NAME),
    ]


def turn(number: int, *between: Event) -> list[Event]:
    """A message, what it set, and the answer to it."""
    message = UserUttered(
        f"message {number}",
        {"name": "greet", "confidence": 0.9},
        message_id=f"msg_{number}",
        metadata={"language": "en"},
    )
    return [
        message,
        *between,
        ActionExecuted("utter_greet"),
        BotUttered(f"answer {number}", {"buttons": []}),
        ActionExecuted(ACTION_LISTEN_NAME),
    ]


async def say(
    store: SQLTrackerStore, events: list[Event], conversation: str = ALICE
) -> list[Event]:
    """Add events to a conversation as a turn of Rasa's does; the events."""
    tracker = await store.get_or_create_tracker(conversation, append_action_listen=False)
    for event in events:
        tracker.update(event, DOMAIN)
    await store.save(tracker)
    return events


def rows(database: Path) -> list[tuple[Any, ...]]:
    """Every stored event, with its data as it is stored, in order."""
    with sqlite3.connect(database) as connection:
        return connection.execute(
            "SELECT sender_id, type_name, timestamp, intent_name, action_name, data"
            " FROM events ORDER BY id"
        ).fetchall()


def stored(database: Path, conversation: str = ALICE) -> list[dict[str, Any]]:
    """A conversation's events in the database, in order."""
    return [json.loads(row[-1]) for row in rows(database) if row[0] == conversation]


def as_data(events: list[Event]) -> list[dict[str, Any]]:
    """Events as they come out of a database."""
    return [json.loads(json.dumps(event.as_dict())) for event in events]


def turns_stored(database: Path, conversation: str = ALICE) -> list[str]:
    """What the person said, as far as the database knows."""
    return [one["text"] for one in stored(database, conversation) if one["event"] == "user"]


def in_a_job(number: int) -> list[Event]:
    """A turn of a job that comes and goes: every sixth turn begins it, four go on, one ends it."""
    part = number % 6
    if part == 5:
        return turn(number, SlotSet("office", None), ActiveLoop(None))
    loop = [ActiveLoop("transfer_form")] if part == 0 else []
    return turn(number, *loop, SlotSet("office", f"office {number}"))


def messages(tracker: DialogueStateTracker) -> list[str]:
    """What the person said, as far as a tracker knows."""
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def latest(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """The events of the current session's latest turns, as many as are kept at least."""
    events = tracker.applied_events()
    heard = [at for at, event in enumerate(events) if isinstance(event, UserUttered)]
    return as_data(events[heard[-FEWEST_TURNS:][0] :])


def state(tracker: DialogueStateTracker) -> dict[str, Any]:
    """What a conversation has come to."""
    return {
        "slots": tracker.current_slot_values(),
        "loop": tracker.active_loop_name,
        "message": tracker.latest_message.as_dict(),
        "action": tracker.latest_action_name,
        "answer": tracker.latest_bot_utterance.as_dict(),
        "paused": tracker.is_paused(),
    }


async def test_every_turn_ends_as_with_rasas_store(
    store: DiscreetTrackerStore, plain: SQLTrackerStore, another: Store
) -> None:
    """After each of 30 turns: the same latest turns, slots and loop as Rasa reads them, from
    memory and from the database.
    """
    await say(store, start())
    for number in range(30):
        between = [SlotSet("number", f"555-{number}")] if number % 4 == 0 else []
        loop = [ActiveLoop("transfer_form" if number % 3 else None)] if number % 5 == 0 else []
        await say(store, turn(number, *between, *loop))
        expected = await plain.retrieve(ALICE)
        for given in (await store.retrieve(ALICE), await another().retrieve(ALICE)):
            assert state(given) == state(expected)
            assert latest(given) == latest(expected)


async def test_what_is_handed_out_is_bounded_and_what_is_stored_is_whole(
    store: DiscreetTrackerStore, another: Store, database: Path
) -> None:
    """A turn never sees more than the most turns; the database holds every event once."""
    said = await say(store, start())
    handed_out = []
    for number in range(30):
        said += await say(store, turn(number, SlotSet("office", f"office {number}")))
        handed_out += [await store.retrieve(ALICE), await another().retrieve(ALICE)]
    most_events = max(len(tracker.events) for tracker in handed_out)

    assert max(len(messages(tracker)) for tracker in handed_out) == MOST_TURNS
    assert min(len(messages(tracker)) for tracker in handed_out[-20:]) == FEWEST_TURNS
    assert most_events <= MOST_TURNS * len(turn(0, SlotSet("office", ""))) + len(start()) + 2
    assert stored(database) == as_data(said)


async def test_a_store_started_anew_goes_on(
    store: DiscreetTrackerStore, another: Store, database: Path
) -> None:
    """With a fresh store for every turn, as after a restart, each event is stored once too."""
    said = await say(store, start())
    for number in range(30):
        said += await say(another(), turn(number))

    assert stored(database) == as_data(said)


@pytest.mark.parametrize("from_memory", [True, False], ids=["memory", "database"])
async def test_what_was_set_long_ago_is_still_set(
    store: DiscreetTrackerStore, plain: SQLTrackerStore, another: Store, from_memory: bool
) -> None:
    """Slots and the loop set before the kept turns stay: a slot emptied stays empty, an untouched
    one as it was at first.
    """
    await say(store, start())
    long_ago = (SlotSet("office", "Financial Aid"), SlotSet("tries", None))
    await say(store, turn(0, *long_ago, ActiveLoop("transfer_form")))
    for number in range(1, 30):
        await say(store, turn(number))
    given = await (store if from_memory else another()).retrieve(ALICE)

    assert "message 0" not in messages(given)
    assert state(given) == state(await plain.retrieve(ALICE))
    assert given.get_slot("office") == "Financial Aid"
    assert (given.get_slot("tries"), given.get_slot("number")) == (None, None)
    assert given.active_loop_name == "transfer_form"


async def test_what_was_undone_long_ago_stays_undone(store: DiscreetTrackerStore) -> None:
    """A slot reset and a loop left before the kept turns do not come back."""
    await say(store, [*start(), *turn(0, SlotSet("tries", 5.0), ActiveLoop("transfer_form"))])
    await say(store, turn(1, SlotSet("tries", 3.0), ActiveLoop(None)))
    for number in range(2, 30):
        await say(store, turn(number))
    given = await store.retrieve(ALICE)

    assert (given.get_slot("tries"), given.active_loop_name) == (3.0, None)


async def test_a_new_session_begins_as_rasas_does(
    store: DiscreetTrackerStore, plain: SQLTrackerStore, another: Store
) -> None:
    """Slots and loop of the session before are gone, also for whoever remembers its turns."""
    await say(store, start())
    await say(store, turn(0, SlotSet("office", "Financial Aid"), ActiveLoop("transfer_form")))
    await say(store, turn(1))
    before = await store.retrieve(ALICE)
    await say(store, start())
    await say(store, turn(2))
    for number in range(3, 30):
        await say(store, turn(number))
        expected = await plain.retrieve(ALICE)
        for given in (await store.retrieve(ALICE), await another().retrieve(ALICE)):
            assert state(given) == state(expected)
            assert latest(given) == latest(expected)

    assert (before.get_slot("office"), before.active_loop_name) == (
        "Financial Aid", "transfer_form",
    )  # fmt: skip
    assert (given.get_slot("office"), given.active_loop_name) == (None, None)


async def test_another_stores_turns_are_noticed(
    store: DiscreetTrackerStore, plain: SQLTrackerStore, another: Store, database: Path
) -> None:
    """Two stores that take turns each know what the other wrote."""
    stores = (store, another())
    said = await say(store, start())
    for number in range(20):
        said += await say(stores[number % 2], turn(number, SlotSet("number", f"555-{number}")))
        expected = await plain.retrieve(ALICE)
        for given in [await one.retrieve(ALICE) for one in stores]:
            assert state(given) == state(expected)
            assert latest(given) == latest(expected)

    assert stored(database) == as_data(said)


async def test_what_another_store_wrote_meanwhile_is_not_lost(
    store: DiscreetTrackerStore, plain: SQLTrackerStore, another: Store
) -> None:
    """A turn that another store wrote while ours was going on is in the conversation after it."""
    await say(store, start())
    mine = await store.retrieve(ALICE)
    await say(another(), turn(1, SlotSet("number", "theirs")))
    for number in (2, 3):  # saved twice, as Rasa does at a session's start
        for event in turn(number):
            mine.update(event, DOMAIN)
        await store.save(mine)

    given, expected = await store.retrieve(ALICE), await plain.retrieve(ALICE)

    assert messages(given) == messages(expected) == ["message 1", "message 2", "message 3"]
    assert given.get_slot("number") == "theirs"


async def test_not_every_conversation_stays_in_memory(
    store: DiscreetTrackerStore, database: Path
) -> None:
    """The latest conversations do, as many as are kept; an older one comes from the database."""
    total = MOST_CONVERSATIONS + 20
    heard = []
    for number in range(total):
        events = await say(store, turn(number), f"cnv_{number}")
        heard.append(weakref.ref(events[0]))
        del events
    gc.collect()
    remembered = [number for number, message in enumerate(heard) if message() is not None]
    first = await store.retrieve("cnv_0")

    assert remembered == list(range(total - MOST_CONVERSATIONS, total))
    assert messages(first) == ["message 0"]
    assert len(stored(database, "cnv_0")) == len(turn(0))


async def test_a_token_is_nowhere(
    store: DiscreetTrackerStore, another: Store, database: Path
) -> None:
    """Neither a message, what was parsed of it nor a session's start keeps the token, in files or
    in memory; what stands beside it stays.
    """
    metadata = {TOKEN: SECRET, "language": "es"}
    message = UserUttered(
        "where is this kept?",
        {"name": "greet"},
        parse_data={"metadata": dict(metadata)},
        message_id="msg_1",
        metadata=dict(metadata),
    )
    begun = [SlotSet(SESSION_START_METADATA_SLOT, dict(metadata)), *start()]
    await say(store, [*begun, message, ActionExecuted(ACTION_LISTEN_NAME)])
    content = b"".join(path.read_bytes() for path in database.parent.glob("rasa.db*"))

    assert b"where is this kept?" in content
    assert SECRET.encode() not in content and TOKEN.encode() not in content
    for given in (await store.retrieve(ALICE), await another().retrieve_full_tracker(ALICE)):
        assert given.latest_message.metadata == {"language": "es"}
        assert given.latest_message.parse_data["metadata"] == {"language": "es"}
        assert SECRET not in json.dumps(as_data(list(given.events)))
    assert stored(database)[0]["value"] == {"language": "es"}


async def test_a_token_may_be_missing(store: DiscreetTrackerStore, database: Path) -> None:
    """A message without metadata and an empty session start are stored as they are."""
    said = await say(
        store, [SlotSet(SESSION_START_METADATA_SLOT, None), *start(), UserUttered("hello")]
    )

    assert stored(database) == as_data(said)


async def test_a_message_is_known_in_its_conversation(
    store: DiscreetTrackerStore, another: Store
) -> None:
    """A message id is heard once it is stored, in its own conversation only, by every store."""
    before = store.has_heard(ALICE, "msg_1")
    await say(store, [*start(), *turn(1)])
    await say(store, [*start(), *turn(2)], BOB)

    assert not before
    for one in (store, another()):
        assert one.has_heard(ALICE, "msg_1") and one.has_heard(BOB, "msg_2")
        assert not one.has_heard(ALICE, "msg_2") and not one.has_heard(BOB, "msg_1")


async def test_a_message_may_be_stored_twice(
    store: DiscreetTrackerStore, another: Store, database: Path
) -> None:
    """A turn tried again is stored again, in one save, in a later one, and by another store."""
    said = await say(store, [*start(), *turn(1), *turn(1)])
    said += await say(store, turn(1))
    said += await say(another(), turn(1))

    assert store.has_heard(ALICE, "msg_1")
    assert stored(database) == as_data(said)


async def test_a_message_of_an_earlier_session_is_known(store: DiscreetTrackerStore) -> None:
    """Neither a new session nor many turns make a message unheard."""
    await say(store, [*start(), *turn(0)])
    await say(store, start())
    for number in range(1, 30):
        await say(store, turn(number))

    assert all(store.has_heard(ALICE, f"msg_{number}") for number in range(30))


async def test_of_a_full_tracker_the_new_event_is_stored(
    store: DiscreetTrackerStore, plain: SQLTrackerStore, database: Path
) -> None:
    """One event added to all sessions' events is one more event in the database."""
    said = await say(store, [*start(), *turn(0)])
    said += await say(store, start())
    for number in range(1, 30):
        said += await say(store, turn(number))
    full = await store.retrieve_full_tracker(ALICE)
    known = as_data(list(full.events))
    full.update(SlotSet("office", "Admissions"))
    await store.save(full)
    given = await store.retrieve(ALICE)

    assert known == as_data(said)
    assert stored(database) == [*known, *as_data([full.events[-1]])]
    assert state(given) == state(await plain.retrieve(ALICE))
    assert given.get_slot("office") == "Admissions"


async def test_nothing_new_is_nothing_stored(store: DiscreetTrackerStore, database: Path) -> None:
    """A tracker saved again as it was adds nothing, nor does it after its own save."""
    said = await say(store, [*start(), *turn(0)])
    tracker = await store.retrieve(ALICE)
    await store.save(tracker)
    tracker.update(SlotSet("office", "Admissions"))
    await store.save(tracker)
    await store.save(tracker)

    assert stored(database) == as_data([*said, tracker.events[-1]])


async def test_nobody_has_said_anything(store: DiscreetTrackerStore) -> None:
    """An unknown conversation is None, also beside a known one."""
    await say(store, turn(0))

    assert await store.retrieve(BOB) is None
    assert await store.retrieve_full_tracker(BOB) is None


async def test_conversations_at_once_stay_apart(
    store: DiscreetTrackerStore, database: Path
) -> None:
    """Conversations that save in turn keep their own events, each in order."""

    async def talk(conversation: str) -> list[Event]:
        said = await say(store, start(), conversation)
        for number in range(15):
            said += await say(store, turn(number), conversation)
            await asyncio.sleep(0)
        return said

    alice, bob = await asyncio.gather(talk(ALICE), talk(BOB))

    assert stored(database, ALICE) == as_data(alice)
    assert stored(database, BOB) == as_data(bob)


async def test_the_database_writes_ahead(store: DiscreetTrackerStore, database: Path) -> None:
    """The journal mode that the file has kept is WAL."""
    await say(store, start())
    with sqlite3.connect(database) as connection:
        mode = connection.execute("PRAGMA journal_mode").fetchone()

    assert mode == ("wal",)


async def test_rows_are_rasas_own(
    store: DiscreetTrackerStore, database: Path, tmp_path: Path
) -> None:
    """Each event's row is, to the letter, what Rasa's own store writes of it."""
    theirs = SQLTrackerStore(domain=DOMAIN, db=str(tmp_path / "theirs.db"))
    events = [
        SlotSet(SESSION_START_METADATA_SLOT, {"language": "en"}),
        *start(),
        *turn(0, SlotSet("office", "Officina Ñ"), ActiveLoop("transfer_form"), ActiveLoop(None)),
        UserUttered("never understood"),
        UserUttered("/greet", {"name": None, "confidence": 0.0}, [{"entity": "number"}]),
        ActionExecuted("utter_greet", policy="IntentRulePolicy", confidence=1.0),
        BotUttered(None),
    ]
    await say(store, events)
    await say(theirs, events)

    assert len(rows(database)) == len(events)
    assert rows(database) == rows(tmp_path / "theirs.db")


async def test_the_database_keeps_the_latest_turns(
    store: DiscreetTrackerStore, database: Path
) -> None:
    """However long a conversation goes on, so many turns of it are stored, none is missing
    between, and no turn of another conversation is touched.
    """
    await say(store, [*start(), *turn(0)], BOB)
    await say(store, start())
    counts = []
    for number in range(200):
        await say(store, turn(number))
        counts.append(len(turns_stored(database)))
    kept = turns_stored(database)

    assert counts[:MOST_STORED] == list(range(1, MOST_STORED + 1))
    assert set(counts[MOST_STORED:]) == set(range(FEWEST_STORED, MOST_STORED + 1))
    assert kept == [f"message {number}" for number in range(200 - len(kept), 200)]
    assert turns_stored(database, BOB) == ["message 0"]


@pytest.mark.parametrize("restarted", [False, True], ids=["serving", "restarted for every turn"])
async def test_a_job_goes_on_whatever_is_dropped(
    store: DiscreetTrackerStore, plain: SQLTrackerStore, another: Store, restarted: bool
) -> None:
    """After each turn of a long conversation with jobs: slots, loop and latest message are those
    of somebody who forgets nothing, for us and for Rasa's own store.
    """
    everything = start()
    await say(store, everything)
    for number in range(130):
        events = in_a_job(number)
        everything += await say(another() if restarted else store, events)
        expected = state(DialogueStateTracker.from_events(ALICE, everything, DOMAIN.slots))
        for one in (another() if restarted else store, plain):
            assert state(await one.retrieve(ALICE)) == expected


@pytest.mark.parametrize("from_memory", [True, False], ids=["memory", "database"])
async def test_what_was_set_in_a_dropped_turn_is_still_set(
    store: DiscreetTrackerStore, plain: SQLTrackerStore, another: Store, from_memory: bool
) -> None:
    """A slot, an emptied slot and the loop of the first turn, hundreds of turns later."""
    first = (SlotSet("office", "Financial Aid"), SlotSet("tries", None))
    await say(store, [*start(), *turn(0, *first, ActiveLoop("transfer_form"))])
    for number in range(1, 500):
        await say(store, turn(number))
    given = await (store if from_memory else another()).retrieve(ALICE)

    assert given.get_slot("office") == "Financial Aid"
    assert (given.get_slot("tries"), given.get_slot("number")) == (None, None)
    assert given.active_loop_name == "transfer_form"
    assert state(given) == state(await plain.retrieve(ALICE))


async def test_turn_500_is_handed_as_little_as_turn_5(
    store: DiscreetTrackerStore, another: Store, database: Path
) -> None:
    """What a turn sees, what a restarted store reads and what is stored do not grow."""
    await say(store, start())
    seen, read, kept = [], [], []
    for number in range(500):
        await say(store, in_a_job(number))
        seen.append(len((await store.retrieve(ALICE)).events))
        if number % 50 in (4, 5, 6, 7, 8, 9):
            read.append(len((await another().retrieve(ALICE)).events))
        kept.append(len(stored(database)))

    assert max(seen[450:]) <= max(seen[:50])
    assert max(read[-12:]) <= max(read[:12])
    assert max(kept[450:]) <= max(kept[:MOST_STORED]) + len(in_a_job(0))


async def test_what_was_undone_in_a_dropped_turn_stays_undone(
    store: DiscreetTrackerStore, another: Store
) -> None:
    """A slot reset and a loop left do not come back, nor does a job of the session before."""
    await say(store, [*start(), *turn(0, SlotSet("office", "Admissions"))])
    await say(store, [*start(), *turn(1, SlotSet("tries", 5.0), ActiveLoop("transfer_form"))])
    await say(store, turn(2, SlotSet("tries", 3.0), ActiveLoop(None)))
    for number in range(3, 130):
        await say(store, turn(number))
    for given in (await store.retrieve(ALICE), await another().retrieve(ALICE)):
        values = given.get_slot("office"), given.get_slot("tries"), given.active_loop_name

        assert values == (None, 3.0, None)


async def test_two_stores_may_drop_turns(
    store: DiscreetTrackerStore, another: Store, database: Path
) -> None:
    """Two that take turns keep as much together as one would, and the same state."""
    stores = (store, another())
    everything = await say(store, start())
    for number in range(150):
        everything += await say(stores[number % 2], in_a_job(number))
    expected = state(DialogueStateTracker.from_events(ALICE, everything, DOMAIN.slots))

    assert FEWEST_STORED <= len(turns_stored(database)) <= MOST_STORED
    assert [state(await one.retrieve(ALICE)) for one in stores] == [expected, expected]


async def test_a_conversation_of_old_is_shortened_at_its_next_turn(
    store: DiscreetTrackerStore, plain: SQLTrackerStore, database: Path
) -> None:
    """Hundreds of turns that were stored by Rasa's own store become as few as of any other."""
    everything = start()
    for number in range(300):
        everything += in_a_job(number)
    await say(plain, everything)
    everything += await say(store, turn(300))
    expected = state(DialogueStateTracker.from_events(ALICE, everything, DOMAIN.slots))

    assert len(turns_stored(database)) == FEWEST_STORED
    assert state(await store.retrieve(ALICE)) == expected


async def test_a_turn_is_not_lost_when_old_ones_cannot_be_dropped(
    store: DiscreetTrackerStore, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is stored and the log says that the old ones stay; the next turn drops them all."""
    for number in range(MOST_STORED):
        await say(store, turn(number))
    with sqlite3.connect(database) as connection:
        connection.execute(
            "CREATE TRIGGER kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    await say(store, turn(MOST_STORED))
    stuck = turns_stored(database)
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TRIGGER kept")
    await say(store, turn(MOST_STORED + 1))

    assert len(stuck) == MOST_STORED + 1 and stuck[-1] == f"message {MOST_STORED}"
    assert "old turns stay for now" in caplog.text
    assert "message" not in caplog.text
    assert len(turns_stored(database)) == FEWEST_STORED


async def test_a_full_tracker_of_a_long_conversation_can_be_saved(
    store: DiscreetTrackerStore, another: Store, database: Path
) -> None:
    """One event added to all that is kept is one more event in the database."""
    await say(store, start())
    for number in range(100):
        await say(store, in_a_job(number))
    full = await another().retrieve_full_tracker(ALICE)
    known = stored(database)
    full.update(SlotSet("number", "555-7"))
    await store.save(full)

    assert stored(database) == [*known, *as_data([full.events[-1]])]
    assert (await another().retrieve(ALICE)).get_slot("number") == "555-7"


async def test_a_message_is_known_longer_than_its_turn(
    store: DiscreetTrackerStore, another: Store, database: Path
) -> None:
    """Of a very long conversation the latest message ids are known, far more than turns are kept;
    another conversation's are not forgotten over it.
    """
    await say(store, turn(0), BOB)
    total = MOST_HEARD + 200
    for number in range(0, total, 20):
        await say(store, [event for one in range(number, number + 20) for event in turn(one)])
    known = [number for number in range(total) if store.has_heard(ALICE, f"msg_{number}")]
    with sqlite3.connect(database) as connection:
        (rows_kept,) = connection.execute("SELECT count(*) FROM heard_messages").fetchone()

    assert known == list(range(known[0], total))
    assert 0 < known[0] <= total - MOST_HEARD
    assert rows_kept <= MOST_HEARD + MOST_STORED
    assert len(turns_stored(database)) <= MOST_STORED
    assert another().has_heard(BOB, "msg_0")


async def test_an_idle_conversation_is_deleted_at_the_start(
    store: DiscreetTrackerStore, another: Store, database: Path
) -> None:
    """After 90 days without a word nothing of it is left; one day less, and all of it is."""
    await say(store, [*start(), *turn(0)])
    await say(store, [*start(), *turn(1)], BOB)
    now = time.time()
    with sqlite3.connect(database) as connection:
        for conversation, days in ((ALICE, 91), (BOB, 89)):
            connection.execute(
                "UPDATE events SET timestamp = ? WHERE sender_id = ?",
                (now - days * DAY, conversation),
            )
        connection.execute(  # a conversation is as old as its latest word
            "UPDATE events SET timestamp = 0 WHERE sender_id = ? AND type_name = 'action'", (BOB,)
        )
    after = another()

    assert stored(database) == []
    assert not after.has_heard(ALICE, "msg_0")
    assert await after.retrieve(ALICE) is None
    assert messages(await after.retrieve_full_tracker(BOB)) == ["message 1"]
    assert after.has_heard(BOB, "msg_1")

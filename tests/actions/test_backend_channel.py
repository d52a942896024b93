"""The one door into Rasa, with a real (tiny) model behind it."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import ROOT
from rasa.core.agent import Agent
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic
from test_message_text import LED_BY_A_SLASH

from bot.backend_channel import BackendChannel, answer_once, read_turn
from bot.tracker_store import DiscreetTrackerStore

SECRET = "the-door-is-locked"
KEY = {"Authorization": f"Bearer {SECRET}"}


@pytest.fixture
def agent(tiny_model: Path, tmp_path: Path) -> Agent:
    """Rasa's agent as it is served: SQL tracker store, our answers, no action server running."""
    return Agent.load(
        tiny_model,
        generator=EndpointConfig(type="bot.answers.AnswerPicker"),
        tracker_store=DiscreetTrackerStore(db=str(tmp_path / "rasa.db")),
        action_endpoint=EndpointConfig("http://127.0.0.1:9/webhook"),
    )


@pytest.fixture
def doubting(doubting_model: Path, tmp_path: Path) -> Agent:
    """The same with a model that is never sure what was meant."""
    return Agent.load(
        doubting_model,
        generator=EndpointConfig(type="bot.answers.AnswerPicker"),
        tracker_store=DiscreetTrackerStore(db=str(tmp_path / "doubting.db")),
    )


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sanic, str]]:
    """A Sanic app with our channel and nothing else, and its address.

    One for all tests: Sanic rewrites its own code when it starts, which works once a process.
    """
    app = Sanic("door", configure_logging=False)

    async def unused(message: Any) -> None:
        raise AssertionError("Rasa's own callback is not used")

    app.blueprint(BackendChannel(SECRET).blueprint(unused), url_prefix="/webhooks/backend")
    loop = asyncio.new_event_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(app, loop, listener), daemon=True)
        thread.start()
        yield app, f"http://127.0.0.1:{listener.getsockname()[1]}"
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@pytest.fixture
async def door(served: tuple[Sanic, str], agent: Agent) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the channel, with a fresh agent behind it."""
    app, url = served
    app.ctx.agent = agent
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield client


def _serve(app: Sanic, loop: asyncio.AbstractEventLoop, listener: socket.socket) -> None:
    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(app.create_server(sock=listener, return_asyncio_server=True))
    loop.run_until_complete(server.startup())
    loop.run_forever()
    server.close()
    loop.run_until_complete(server.wait_closed())


async def ask(door: httpx.AsyncClient, body: Any, **headers: str) -> httpx.Response:
    """Post a body as JSON, with the secret unless other headers are given."""
    return await door.post(
        "/webhooks/backend/turn", content=json.dumps(body), headers=headers or KEY
    )


@pytest.mark.parametrize("credentials", [None, {}, {"secret": ""}, {"secret": " "}])
def test_no_start_without_a_secret(credentials: dict[str, str] | None) -> None:
    """An empty secret is a fault at the start, not an open door."""
    with pytest.raises(RasaException, match="RASA_CHANNEL_SECRET is empty"):
        BackendChannel.from_credentials(credentials)


def test_no_start_with_a_secret_nobody_filled_in() -> None:
    """Rasa leaves a quoted ${NAME} as it stands; that is no secret."""
    with pytest.raises(RasaException):
        BackendChannel.from_credentials({"secret": "${RASA_CHANNEL_SECRET}"})


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x y", "Bearer wrong", f"Basic {SECRET}", SECRET]
)
async def test_without_the_secret_nothing_is_heard(
    door: httpx.AsyncClient, turn_body: dict[str, Any], authorization: str
) -> None:
    """A missing or wrong secret is 401, whatever the body."""
    response = await ask(door, turn_body, Authorization=authorization)

    assert response.status_code == 401


async def test_health_is_for_the_backend_and_tells_of_the_model(
    door: httpx.AsyncClient, served: tuple[Sanic, str]
) -> None:
    """Without the secret 401; ready with a model, 503 before it is loaded."""
    locked = await door.get("/webhooks/backend/")
    ready = await door.get("/webhooks/backend/", headers=KEY)
    served[0].ctx.agent = None
    loading = await door.get("/webhooks/backend/", headers=KEY)

    assert (locked.status_code, ready.status_code, loading.status_code) == (401, 200, 503)


async def test_the_turn_token_is_not_kept(
    door: httpx.AsyncClient, turn_body: dict[str, Any], tmp_path: Path
) -> None:
    """The tracker database never holds the token of a turn."""
    response = await ask(door, {**turn_body, "turn_token": "a-very-secret-token"})
    files = [path.read_bytes() for path in tmp_path.glob("rasa.db*")]

    assert response.status_code == 200
    assert files and not any(b"a-very-secret-token" in content for content in files)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", None),
        ("conversation", ""),
        ("message_id", "a b"),
        ("audience", "boss"),
        ("channel", "fax"),
        ("language", "fr"),
        ("turn_token", ""),
        ("institution", 1),
        ("office", 7),
        ("rights", "numbers"),
        ("rights", [7]),
        ("payload", "check_quota"),
        ("payload", "/check quota"),
        ("payload", ["/check_quota"]),
        ("payload", "/transfer_number {}"),
        ("payload", '/transfer_number{"office": "off_1"'),
        ("payload", '/transfer_number{"office": "off_1"} now'),
        ("payload", '/transfer_number{"office": {"id": "off_1"}}'),
        ("payload", '/transfer_number{"office": ["off_1", "off_2"]}'),
        ("payload", f'/transfer_number{{"name": "{"n" * 2000}"}}'),
        ("payload", f"/transfer_number{{{'[' * 1900}}}"),
    ],
)
async def test_a_malformed_turn_names_its_field(
    door: httpx.AsyncClient, turn_body: dict[str, Any], field: str, value: Any
) -> None:
    """A wrong field is 400 and the error begins with its name."""
    response = await ask(door, {**turn_body, field: value})

    assert response.status_code == 400
    assert response.json()["error"].startswith(f"{field}: ")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000], ids=len)
async def test_what_is_no_json_object_is_malformed(door: httpx.AsyncClient, body: bytes) -> None:
    """Broken JSON, other JSON and endless nesting are 400, never 500."""
    response = await door.post("/webhooks/backend/turn", content=body, headers=KEY)

    assert response.status_code == 400


async def test_a_turn_gets_whole_replies(
    door: httpx.AsyncClient, turn_body: dict[str, Any]
) -> None:
    """Text, audience, buttons and source come out together, with intent and language."""
    response = await ask(door, {**turn_body, "text": "farewell"})

    assert response.json() == {
        "replies": [
            {
                "text": "Bye.\n\nSource: A, “B”, modified Tue, 4 Mar.",
                "audience": "staff",
                "buttons": [{"title": "Again", "payload": "/greet"}],
                "source": {"article": "A", "section": "B", "modified": "Tue, 4 Mar"},
                "link": None,
                "hand_off": False,
            }
        ],
        "intent": {"name": "goodbye", "confidence": 1.0},
        "language": "en",
        "nearest": [],
        "replayed": False,
    }


async def test_a_button_is_taken_at_its_word(
    door: httpx.AsyncClient, turn_body: dict[str, Any]
) -> None:
    """A payload is the intent, whatever the text beside it."""
    response = await ask(door, {**turn_body, "text": "farewell", "payload": "/greet"})

    assert response.json()["intent"] == {"name": "greet", "confidence": 1.0}


@pytest.mark.parametrize(
    "named",
    [
        {"plan": "pln_1"},
        {"change": "place"},
        {"number": "num_1", "office": "off_2", "response": "inbox", "inbox": "The “front” desk"},
        {"name": 'Día de "puertas abiertas" {1}', "place": "Wichita, KS"},
        {"campaign": "a\nb\u2028c 🎓 @0.5 \\"},
    ],
    ids=lambda named: next(iter(named)),
)
@pytest.mark.parametrize("spelling", [{}, {"ensure_ascii": False}, {"indent": 1}], ids=str)
async def test_what_a_button_names_arrives(
    turn_body: dict[str, Any], named: dict[str, str], spelling: dict[str, Any]
) -> None:
    """Every entity of a payload is read by Rasa as it was put in, in the product's own domain."""
    payload = f"/create_reusable_number{json.dumps(named, **spelling)}"
    turn = read_turn(json.dumps({**turn_body, "payload": payload}).encode())
    read = YAMLStoryReader.unpack_regex_message(
        Message.build(turn.text), Domain.load(ROOT / "domain.yml")
    )

    assert read.get("intent") == {"name": "create_reusable_number", "confidence": 1.0}
    assert {one["entity"]: one["value"] for one in read.get("entities")} == named


async def test_a_turn_knows_its_message(
    door: httpx.AsyncClient, turn_body: dict[str, Any], agent: Agent
) -> None:
    """Actions find the message's id beside who asks: it is a failure's reference."""
    await ask(door, turn_body)
    tracker = await agent.tracker_store.retrieve("cnv_alice")

    assert tracker.latest_message.metadata["message_id"] == "msg_1"


@pytest.mark.parametrize("typed", LED_BY_A_SLASH, ids=ascii)
async def test_typed_slashes_trigger_no_intent(
    door: httpx.AsyncClient, turn_body: dict[str, Any], agent: Agent, typed: str
) -> None:
    """Words that look like an intent's name are understood as nothing."""
    await ask(door, {**turn_body, "text": typed.replace("check_quota", "greet")})
    tracker = await agent.tracker_store.retrieve("cnv_alice")

    assert tracker.latest_message.intent.get("name") is None


async def test_a_message_id_seen_before_is_replayed(
    door: httpx.AsyncClient, turn_body: dict[str, Any], agent: Agent
) -> None:
    """The recorded replies come again, even after other messages; the dialogue stands still."""
    first = (await ask(door, turn_body)).json()
    await ask(door, {**turn_body, "message_id": "msg_2", "text": "farewell"})
    again = (await ask(door, turn_body)).json()
    tracker = await agent.tracker_store.retrieve("cnv_alice")
    heard = [event.message_id for event in tracker.events if isinstance(event, UserUttered)]

    assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
    assert first == again
    assert heard == ["msg_1", "msg_2"]


async def test_a_message_whose_turn_is_gone_is_not_asked_again(
    door: httpx.AsyncClient, turn_body: dict[str, Any], agent: Agent
) -> None:
    """Once its replies are kept no longer, a repeated message is refused as gone, and the dialogue
    stands still; a later message is answered.
    """
    await ask(door, turn_body)
    for number in range(2, 70):
        await ask(door, {**turn_body, "message_id": f"msg_{number}"})
    before = await agent.tracker_store.retrieve_full_tracker("cnv_alice")
    again = await ask(door, turn_body)
    after = await agent.tracker_store.retrieve_full_tracker("cnv_alice")
    later = await ask(door, {**turn_body, "message_id": "msg_70"})

    assert again.status_code == 410
    assert "kept no longer" in again.json()["error"]
    assert list(after.events) == list(before.events)
    assert later.status_code == 200


async def test_two_requests_with_one_message_id_are_one_turn(
    agent: Agent, turn_body: dict[str, Any]
) -> None:
    """Sent at once, they advance the dialogue once and get the same replies."""
    turn = read_turn(json.dumps(turn_body).encode())
    answers = await asyncio.gather(*(answer_once(agent, turn) for _ in range(4)))
    tracker = await agent.tracker_store.retrieve("cnv_alice")
    heard = [event for event in tracker.events if isinstance(event, UserUttered)]

    assert len(heard) == 1
    assert sorted(answer["replayed"] for answer in answers) == [False, True, True, True]
    assert len({str(answer["replies"]) for answer in answers}) == 1


async def test_who_was_not_understood_is_asked_once(
    door: httpx.AsyncClient, served: tuple[Sanic, str], doubting: Agent, turn_body: dict[str, Any]
) -> None:
    """Buttons first, the plain words the second time; the question is replayed whole, a button
    is taken at its word, and then one may be asked again.
    """
    served[0].ctx.agent = doubting
    said = ["when is the office open?", "when do you open?", "", "where?"]
    payloads = [None, None, "/hours", None]
    turns = [
        {**turn_body, "message_id": f"msg_{number}", "text": text, "payload": payload}
        for number, (text, payload) in enumerate(zip(said, payloads, strict=True))
    ]
    answers = [(await ask(door, turn)).json() for turn in turns]
    replies = [answer["replies"][0] for answer in answers]
    again = (await ask(door, turns[0])).json()["replies"][0]

    assert [reply["text"] for reply in replies] == [
        "Which of these?", "I'm not sure.", "Eight to five.", "Which of these?",
    ]  # fmt: skip
    assert {button["payload"] for button in replies[0]["buttons"]} == {"/hours", "/place"}
    assert [answer["intent"]["name"] for answer in answers[:2]] == ["nlu_fallback"] * 2
    assert replies[1]["buttons"] == []
    assert again == replies[0]


async def test_what_was_not_understood_came_near_to_something(
    door: httpx.AsyncClient, served: tuple[Sanic, str], doubting: Agent, turn_body: dict[str, Any]
) -> None:
    """Up to three intents that it might have been, likeliest first, and neither of those that say
    nothing; none for a button, which leaves no doubt.
    """
    served[0].ctx.agent = doubting
    unsure, button = [
        (await ask(door, {**turn_body, "text": "when do you open?", **more})).json()
        for more in ({}, {"message_id": "msg_2", "payload": "/hours"})
    ]
    confidences = [one["confidence"] for one in unsure["nearest"]]

    assert [one["name"] for one in unsure["nearest"]] == ["hours", "place"]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)
    assert button["nearest"] == []


async def test_a_student_is_asked_with_choices_and_then_handed_off(
    door: httpx.AsyncClient, served: tuple[Sanic, str], doubting: Agent, turn_body: dict[str, Any]
) -> None:
    """The backend texts the buttons as numbers; where asking did not help it is not asked again."""
    served[0].ctx.agent = doubting
    student = {**turn_body, "audience": "student", "channel": "sms", "text": "what is the place?"}
    first, second = [
        (await ask(door, {**student, "message_id": f"msg_{number}"})).json()["replies"][0]
        for number in range(2)
    ]

    assert (first["text"], first["hand_off"]) == ("What do you mean?", False)
    assert [button["payload"] for button in first["buttons"]] == ["/place", "/hours"]
    assert (second["text"], second["hand_off"]) == ("A person will see this.", True)


async def test_silence_is_a_503(door: httpx.AsyncClient, turn_body: dict[str, Any]) -> None:
    """With the action server down the backend is told, again on a retry."""
    statuses = [(await ask(door, {**turn_body, "text": "quota"})).status_code for _ in range(2)]

    assert statuses == [503, 503]


async def test_a_student_never_gets_a_staff_answer(
    door: httpx.AsyncClient, turn_body: dict[str, Any]
) -> None:
    """What only staff may read is passed to a person."""
    student = {**turn_body, "audience": "student", "channel": "sms", "text": "farewell"}
    reply = (await ask(door, student)).json()["replies"][0]

    assert (reply["audience"], reply["hand_off"]) == ("student", True)
    assert reply["text"] == "A person will see this."


async def test_a_model_still_loading_is_a_503(
    door: httpx.AsyncClient, turn_body: dict[str, Any], agent: Agent
) -> None:
    """Before the model is there the door says so."""
    agent.processor = None

    response = await ask(door, turn_body)

    assert response.status_code == 503


async def about(door: httpx.AsyncClient, what: str, *conversations: str) -> list[str]:
    """What the door says of these conversations."""
    asked = {"conversations": conversations}
    response = await door.post(f"/webhooks/backend/{what}", json=asked, headers=KEY)
    assert response.status_code == 200
    return list(response.json()["conversations"])


async def test_a_conversation_can_be_forgotten(
    door: httpx.AsyncClient, turn_body: dict[str, Any], agent: Agent, tmp_path: Path
) -> None:
    """Nothing of it is left, in memory, in the tables or in the file; others stay."""
    words = "goodbye and thanks for all the fish"
    for conversation, message in (("cnv_alice", "msg_1"), ("cnv_bob", "msg_2")):
        said = {"conversation": conversation, "message_id": message, "text": f"{words} {message}"}
        await ask(door, turn_body | said)
    assert await about(door, "remembered", "cnv_alice", "cnv_bob", "cnv_nobody") == [
        "cnv_alice",
        "cnv_bob",
    ]

    assert await about(door, "forget", "cnv_alice", "cnv_nobody") == ["cnv_alice"]

    assert await about(door, "forget", "cnv_alice") == []
    assert await about(door, "remembered", "cnv_alice", "cnv_bob") == ["cnv_bob"]
    assert await agent.tracker_store.retrieve("cnv_alice") is None
    agent.tracker_store._tracker_store.engine.dispose()
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("rasa.db*"))
    assert f"{words} msg_2".encode() in kept
    assert f"{words} msg_1".encode() not in kept


async def test_a_forgotten_conversation_starts_anew(
    door: httpx.AsyncClient, turn_body: dict[str, Any]
) -> None:
    """The next message is answered, the same id too: it is heard for the first time."""
    await ask(door, turn_body)
    await about(door, "forget", turn_body["conversation"])

    assert (await ask(door, turn_body)).json()["replayed"] is False


async def test_forgetting_waits_for_the_turn(
    door: httpx.AsyncClient, turn_body: dict[str, Any], agent: Agent
) -> None:
    """A turn that is running would save what it has read: it is over before it is forgotten."""
    async with agent.lock_store.lock(turn_body["conversation"]):
        forgetting = asyncio.create_task(about(door, "forget", turn_body["conversation"]))
        await asyncio.sleep(0.2)
        assert not forgetting.done()
    assert await forgetting == []


@pytest.mark.parametrize("what", ["remembered", "forget"])
async def test_memory_is_for_the_backend_only(door: httpx.AsyncClient, what: str) -> None:
    """Without the secret nothing is told or forgotten; what is no list of ids is malformed."""
    path = f"/webhooks/backend/{what}"
    asked = {"conversations": ["cnv_alice"]}

    assert (await door.post(path, json=asked)).status_code == 401
    for wrong in ({}, {"conversations": "cnv_alice"}, {"conversations": ["a b"]}, ["cnv_alice"]):
        assert (await door.post(path, json=wrong, headers=KEY)).status_code == 400
    too_many = {"conversations": ["cnv"] * 101}
    assert (await door.post(path, json=too_many, headers=KEY)).status_code == 400

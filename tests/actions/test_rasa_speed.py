"""What is done faster than Rasa does it is done as Rasa does it."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine import loader
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from rasa.utils.endpoints import read_endpoint_config

from bot.rasa_speed import (
    DirectGraphRunner,
    UnblockingProcessor,
    resolve_by_type,
    response_validator,
    validate_action_result,
)

SAID = ["hello", "Farewell, and quota?", "nothing that it knows", ""]
# Seconds after which something that should have happened at once is taken not to happen.
PATIENCE = 10
# A stand-in for all that serving leaves out, before anything of Rasa is imported.
AS_SERVED = """
import asyncio, sys
from bot.rasa_server import NOT_SERVING
from bot.without_tensorflow import StandIns

assert not any(name.partition(".")[0] == "rasa" for name in sys.modules)
sys.meta_path.insert(0, StandIns(NOT_SERVING))
"""

Runners = tuple[ModelMetadata, DaskGraphRunner, DirectGraphRunner]


@pytest.fixture
def runners(tiny_model: Path, tmp_path: Path) -> Runners:
    """A model's metadata, and Rasa's and our runner of its graph."""
    metadata, theirs = load_runner(tiny_model, tmp_path / "theirs", DaskGraphRunner)
    _, ours = load_runner(tiny_model, tmp_path / "ours", DirectGraphRunner)
    return metadata, theirs, ours


@pytest.fixture
def processors(tiny_model: Path) -> tuple[MessageProcessor, UnblockingProcessor]:
    """Rasa's and our processor of a model's messages."""
    agent = Agent.load(tiny_model)
    ours = UnblockingProcessor(tiny_model, agent.tracker_store, agent.lock_store, agent.nlg)
    return agent.processor, ours


class Elsewhere(GraphRunner):
    """Runs a graph once something else has happened."""

    def __init__(self, real: GraphRunner, happens: Callable[[], Any]) -> None:
        self._real, self._happens = real, happens

    @classmethod
    def create(cls, *args: Any, **kwargs: Any) -> GraphRunner:
        raise AssertionError("Rasa makes none of these")

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        self._happens()
        return self._real.run(inputs, targets)


class Ranking(Elsewhere):
    """Runs a graph that ranks its messages' intents."""

    def __init__(self, real: GraphRunner, ranking: list[dict[str, Any]]) -> None:
        super().__init__(real, lambda: None)
        self._ranking = ranking

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        outputs = super().run(inputs, targets)
        for messages in outputs.values():
            messages[0].set("intent_ranking", self._ranking, add_to_output=True)
        return outputs


def load_runner(
    model: Path, folder: Path, kind: type[GraphRunner]
) -> tuple[ModelMetadata, GraphRunner]:
    """A runner of a model's graph, loaded as Rasa's processor does it."""
    folder.mkdir()
    return loader.load_predict_graph_runner(folder, model, LocalModelStorage, kind)


def heard(text: str, intent: str | None = None) -> DialogueStateTracker:
    """A conversation in which this was said, and understood as an intent or not yet."""
    events: list[Event] = [ActionExecuted(ACTION_LISTEN_NAME)]
    if intent is not None:
        events.append(UserUttered(text, {"name": intent, "confidence": 1.0}))
    return DialogueStateTracker.from_events("cnv_alice", events)


def in_a_process(code: str, *arguments: str) -> list[str]:
    """The lines that the bot's Python prints that runs some code as it is served."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AS_SERVED + code, *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "LOG_LEVEL": "CRITICAL"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("text", SAID)
def test_a_message_is_read_as_by_dask(runners: Runners, text: str) -> None:
    """Both runners give the message target the same message."""
    metadata, theirs, ours = runners
    read = [
        runner.run(
            inputs={
                PLACEHOLDER_MESSAGE: [UserMessage(text, message_id="msg_1")],
                PLACEHOLDER_TRACKER: heard(text),
            },
            targets=[metadata.nlu_target],
        )
        for runner in (theirs, ours)
    ]
    (one,), (other,) = (outputs[metadata.nlu_target] for outputs in read)

    assert list(read[0]) == list(read[1]) == [metadata.nlu_target]
    assert one == other
    assert one.as_dict() == other.as_dict()


@pytest.mark.parametrize("intent", ["greet", "goodbye", "check_quota", "unheard_of", None])
def test_an_action_is_predicted_as_by_dask(runners: Runners, intent: str | None) -> None:
    """Both runners give the prediction target the same, from a conversation and no message."""
    metadata, theirs, ours = runners
    predicted = [
        runner.run(
            inputs={PLACEHOLDER_TRACKER: heard("hello", intent)}, targets=[metadata.core_target]
        )
        for runner in (theirs, ours)
    ]
    one, other = (outputs[metadata.core_target] for outputs in predicted)

    assert list(predicted[0]) == list(predicted[1]) == [metadata.core_target]
    assert one == other
    assert vars(one) == vars(other)


def test_targets_come_together_and_again(runners: Runners) -> None:
    """Two targets at once, in either order, and a second message's own outputs."""
    metadata, theirs, ours = runners
    targets = [metadata.nlu_target, metadata.core_target]
    for text, wanted in (("hello", targets), ("farewell", targets[::-1]), ("quota", targets)):
        inputs = {
            PLACEHOLDER_MESSAGE: [UserMessage(text, message_id="msg_1")],
            PLACEHOLDER_TRACKER: heard(text, "greet"),
        }
        expected = theirs.run(inputs, wanted)

        assert ours.run(inputs, wanted) == expected
        assert list(expected) == wanted


def test_without_targets_the_graphs_own_are_run(runners: Runners) -> None:
    """Without targets to run, both runners run what the graph itself calls a target."""
    metadata, *both = runners
    for runner in both:
        runner._graph_schema.nodes[metadata.core_target].is_target = True
    one, other = (runner.run({PLACEHOLDER_TRACKER: heard("hello", "greet")}) for runner in both)

    assert list(one) == [metadata.core_target]
    assert one == other


@pytest.mark.parametrize(
    ("raised", "seen"), [(RuntimeError, GraphRunError), (ValueError, ValueError)]
)
def test_a_runtime_error_is_a_graph_run_error(
    runners: Runners, raised: type[Exception], seen: type[Exception]
) -> None:
    """A step's RuntimeError is the cause of a GraphRunError, another error is itself; as Rasa's."""
    metadata, *both = runners
    fault = raised("out of order")

    def broken(*_: Any) -> tuple[str, Any]:
        raise fault

    for runner in both:
        runner._instantiated_nodes[metadata.core_target] = broken
        with pytest.raises(seen) as found:
            runner.run({PLACEHOLDER_TRACKER: heard("hello", "greet")}, [metadata.core_target])

        assert fault in (found.value, found.value.__cause__)


def test_a_step_without_its_input_is_a_graph_run_error(runners: Runners) -> None:
    """A message target without a message fails, by Rasa's own words."""
    metadata, *both = runners
    for runner in both:
        with pytest.raises(GraphRunError, match="Missing input to run node"):
            runner.run({PLACEHOLDER_TRACKER: heard("hello")}, [metadata.nlu_target])


def test_an_input_asked_for_is_given_back(runners: Runners) -> None:
    """What is no step at all is a target for both runners."""
    _, theirs, ours = runners
    given = {PLACEHOLDER_MESSAGE: ["anything"]}

    assert ours.run(given, [PLACEHOLDER_MESSAGE]) == theirs.run(given, [PLACEHOLDER_MESSAGE])


@pytest.mark.parametrize("text", SAID)
@pytest.mark.parametrize("only_output", [True, False])
async def test_a_message_is_parsed_as_by_rasa(
    processors: tuple[MessageProcessor, UnblockingProcessor], text: str, only_output: bool
) -> None:
    """With a conversation and without one, the parsed message is the same."""
    for tracker in (None, heard(text)):
        one, other = [
            await processor.parse_message(
                UserMessage(text, message_id="msg_1", metadata={"language": "en"}),
                tracker,
                only_output_properties=only_output,
            )
            for processor in processors
        ]

        assert one == other


@pytest.mark.parametrize("length", [3, 10, 60])
async def test_a_ranking_is_no_longer_than_rasas_own(
    processors: tuple[MessageProcessor, UnblockingProcessor], length: int
) -> None:
    """A message keeps its ten likeliest intents, in their order; all else is as it was read."""
    _, ours = processors
    ranking = [{"name": f"intent_{at}", "confidence": 1 / (at + 2)} for at in range(length)]
    ours.graph_runner = Ranking(ours.graph_runner, ranking)
    parsed = await ours.parse_message(UserMessage("hello", message_id="msg_1"))

    assert parsed["intent_ranking"] == ranking[:10]
    assert (parsed["text"], parsed["intent"]["name"]) == ("hello", "greet")


async def test_the_event_loop_runs_while_a_message_is_read(
    processors: tuple[MessageProcessor, UnblockingProcessor],
) -> None:
    """A reading that can't end before another coroutine has run does end."""
    _, ours = processors
    ran = threading.Event()
    in_time: list[bool] = []
    ours.graph_runner = Elsewhere(
        ours.graph_runner, lambda: in_time.append(ran.wait(timeout=PATIENCE))
    )

    async def another() -> None:
        await asyncio.sleep(0)
        ran.set()

    parsed, _ = await asyncio.gather(ours.parse_message(UserMessage("hello")), another())

    assert in_time == [True]
    assert parsed["intent"]["name"] == "greet"


async def test_two_messages_are_read_at_once(
    processors: tuple[MessageProcessor, UnblockingProcessor],
) -> None:
    """Two readings that wait for each other both end, each with its own message."""
    _, ours = processors
    both = threading.Barrier(2)
    ours.graph_runner = Elsewhere(ours.graph_runner, lambda: both.wait(timeout=PATIENCE))

    parsed = await asyncio.gather(
        *(ours.parse_message(UserMessage(text)) for text in ("hello", "farewell"))
    )

    assert [one["intent"]["name"] for one in parsed] == ["greet", "goodbye"]


async def test_a_fault_of_reading_is_the_callers(
    processors: tuple[MessageProcessor, UnblockingProcessor],
) -> None:
    """What a thread raises is raised where the message was to be parsed."""
    _, ours = processors

    def fail() -> None:
        raise GraphRunError("out of order")

    ours.graph_runner = Elsewhere(ours.graph_runner, fail)

    with pytest.raises(GraphRunError, match="out of order"):
        await ours.parse_message(UserMessage("hello"))


def test_every_event_is_of_rasas_class() -> None:
    """By every name there is, with a default and without, our class is Rasa's."""
    names = {kind.type_name for kind in all_subclasses(Event)}

    assert {"user", "bot", "action", "slot", "active_loop", "session_started"} <= names
    for name in names:
        assert resolve_by_type(name) is Event.resolve_by_type(name)
        assert resolve_by_type(name, UserUttered) is Event.resolve_by_type(name, UserUttered)


def test_an_unknown_event_is_what_rasa_says() -> None:
    """The default, or Rasa's error without one; nothing for the name of an event long gone."""
    unknown = "never_heard_of"

    assert Event.resolve_by_type is not resolve_by_type
    assert resolve_by_type(unknown, UserUttered) is UserUttered
    assert Event.resolve_by_type(unknown, UserUttered) is UserUttered
    assert resolve_by_type("topic", UserUttered) is None
    for resolve in (resolve_by_type, Event.resolve_by_type):
        with pytest.raises(ValueError, match="Unknown event name 'never_heard_of'"):
            resolve(unknown)


def test_an_event_that_came_later_is_found() -> None:
    """A class made after the table was is Rasa's answer too."""
    assert resolve_by_type("user") is UserUttered

    class Later(UserUttered):
        type_name = "came_later"

    assert resolve_by_type("came_later") is Later


class AskedForItsSchema(RemoteAction):
    """An action of whose schema nobody may ask again."""

    @staticmethod
    def action_response_format_spec() -> dict[str, Any]:
        raise AssertionError("The schema is checked once, not with each answer.")


UTTERED = {"text": None, "buttons": [], "response": "utter_quota", "image": None, "used": "12"}
JOB = {"event": "slot", "timestamp": None, "name": "job", "value": {"name": "transfer_number"}}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"events": [], "responses": []},
        {"events": [], "responses": [UTTERED, UTTERED]},
        {"events": [JOB, {"event": "active_loop", "name": None}], "responses": [UTTERED]},
        {"events": [{"event": "restart", "timestamp": 1.5, "metadata": {}}], "more": 1},
    ],
    ids=range(5),
)
def test_a_good_answer_is_good(answer: dict[str, Any]) -> None:
    """What Rasa takes from an action ours takes too, without a look at the schema."""
    response_validator()

    assert RemoteAction("action_check_quota", None)._validate_action_result(answer)
    assert validate_action_result(AskedForItsSchema("action_check_quota", None), answer)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "fine",
        {"events": {}},
        {"events": [{}]},
        {"events": ["slot"]},
        {"events": [{"event": "slot", "name": "job"}]},
        {"events": [{"event": "slot", "name": 7, "value": None}]},
        {"events": [{**JOB, "timestamp": "now"}]},
        {"events": [{"event": "of a kind of its own"}]},
        {"responses": [UTTERED, "fine"]},
        {"responses": UTTERED},
    ],
    ids=range(12),
)
def test_a_bad_answer_is_refused_as_by_rasa(answer: Any) -> None:
    """The same exception, in the same words."""
    action = RemoteAction("action_check_quota", None)
    with pytest.raises(ValidationError) as theirs:
        action._validate_action_result(answer)
    with pytest.raises(ValidationError) as ours:
        validate_action_result(action, answer)

    assert type(ours.value) is type(theirs.value)
    assert ours.value.message == theirs.value.message
    assert "Failed to validate Action server response" in ours.value.message


def test_the_schema_is_rasas_own() -> None:
    """Answers are held against the whole of what Rasa asks of them, and nothing else."""
    assert response_validator() is response_validator()
    assert response_validator().schema == RemoteAction.action_response_format_spec()


def test_an_action_is_not_sent_the_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the product's endpoints a call holds the conversation and no answers, intents, rules."""
    monkeypatch.setenv("ACTIONS_URL", "http://127.0.0.1:5055")
    monkeypatch.setenv("RASA_TRACKER_URL", "sqlite://")
    endpoint = read_endpoint_config(str(ROOT / "endpoints.yml"), "action_endpoint")
    action = RemoteAction("action_check_quota", endpoint)
    call = action._action_call_format(heard("quota", "check_quota"), Domain.empty())

    assert endpoint.url == "http://127.0.0.1:5055/webhook"
    assert set(call) == {"next_action", "sender_id", "tracker", "version"}


async def test_an_old_conversation_goes_on(
    processors: tuple[MessageProcessor, UnblockingProcessor],
) -> None:
    """With the product's session settings a message after weeks begins no new session."""
    _, processor = processors
    tracker = heard("hello", "greet")
    tracker.events[-1].timestamp = time.time() - 30 * 24 * 3600
    expired = processor._has_session_expired(tracker)
    processor.domain.session_config = Domain.load(ROOT / "domain.yml").session_config

    assert expired
    assert not processor._has_session_expired(tracker)


def test_a_served_model_is_sped_up(tiny_model: Path) -> None:
    """Loaded as it is served, a model has our processor, our runner and frozen objects, and
    answers without what serving leaves out.
    """
    code = """
import gc, logging
import rasa.core.agent
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event
from rasa.utils.log_utils import configure_structlog
from bot.rasa_speed import resolve_by_type, speed_up, validate_action_result

async def main():
    configure_structlog(logging.CRITICAL)
    speed_up()
    agent = await rasa.core.agent.load_agent(model_path=sys.argv[1])
    print(type(agent.processor).__qualname__, type(agent.processor).__module__)
    runner = type(agent.processor.graph_runner)
    print(runner.__qualname__, runner.__module__)
    print(gc.get_freeze_count() > 0, Event.resolve_by_type is resolve_by_type)
    print(RemoteAction._validate_action_result is validate_action_result)
    print([reply["text"] for reply in await agent.handle_text("farewell")])

asyncio.run(main())
"""

    assert in_a_process(code, str(tiny_model)) == [
        "UnblockingProcessor bot.rasa_speed",
        "DirectGraphRunner bot.rasa_speed",
        "True True",
        "True",
        "['Bye.']",
    ]


def test_what_serving_leaves_out_is_stood_in_for() -> None:
    """Rasa's server is imported with stand-ins for what it needs not, whose errors are errors."""
    code = """
import rasa.core.run

found = {name: type(sys.modules[name].__spec__.loader).__module__
         for name in NOT_SERVING if name in sys.modules}
print(callable(rasa.core.run.serve_application), "sklearn" in found, "dask" in found)
print(set(found.values()))
print(issubclass(sys.modules["twilio.base.exceptions"].TwilioRestException, Exception))
"""

    assert in_a_process(code) == ["True True True", "{'bot.without_tensorflow'}", "True"]


def test_a_bad_database_is_named_while_serving(tmp_path: Path) -> None:
    """A wrong address ends in the database's own error: no stand-in is in the way of catching."""
    code = """
import rasa.core.run
from rasa.core.tracker_store import TrackerStore
from rasa.utils.endpoints import EndpointConfig

for url in sys.argv[1:]:
    try:
        store = TrackerStore.create(
            EndpointConfig(url, type="bot.tracker_store.DiscreetTrackerStore")
        )
        asyncio.run(store.retrieve("cnv_alice"))
    except Exception as error:
        while error.__cause__ is not None:
            error = error.__cause__
        print(type(error).__module__, type(error).__name__, error)
"""
    nowhere = tmp_path / "no" / "folder" / "rasa.db"

    assert in_a_process(code, "nosuch://here/rasa", f"sqlite:///{nowhere}") == [
        "sqlalchemy.exc NoSuchModuleError Can't load plugin: sqlalchemy.dialects:nosuch",
        "sqlite3 OperationalError unable to open database file",
    ]


def test_every_component_is_ours() -> None:
    """The served model names no component of Rasa's that a stand-in could be behind."""
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    named = [component["name"] for component in (*config["pipeline"], *config["policies"])]

    assert named
    assert [name for name in named if not name.startswith("bot.")] == []

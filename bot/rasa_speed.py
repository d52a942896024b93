"""Rasa's own work on every turn, done once where it never changes, and beside the event loop.

- The graph runs through Dask, which schedules a handful of steps three times a turn: run directly.
- Each stored event's class is found by walking all of them: looked up.
- Reading a message blocks the event loop: done in threads, so that two messages are read at once
  and nobody's answer waits for everybody's reading.
- An action's answer is checked against a schema of some hundred lines, and each time that schema is
  checked too, for sixteen milliseconds: it is checked once, and the answer every time.
- A model's domain is checked against Rasa's schema at every start, by parsing it in Python: it was
  checked when the model was trained.
- Python's garbage collector walks the loaded model again and again: what is there once the model
  is loaded is left out of its rounds. Memory that loading took for a moment is given back.
"""

import asyncio
import ctypes
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import rasa.core.processor
import rasa.shared.utils.common
import rasa.shared.utils.validation
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT_RANKING_KEY

# What a step is called with: each needed step's name and output.
Output = tuple[str, Any]


class DirectGraphRunner(DaskGraphRunner):
    """Runs the graph's steps one after the other, in an order worked out once per target."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans: dict[tuple[str, ...], list[tuple[str, GraphNode, list[str]]]] = {}

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """The targets' outputs by name; GraphRunError when a step fails with a RuntimeError."""
        wanted = tuple(targets or self._graph_schema.target_names)
        done: dict[str, Output] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, node, needs in self._plan(wanted):
            try:
                done[name] = node(*(done[need] for need in needs if need in done))
            except RuntimeError as error:
                raise GraphRunError("Error running runner.") from error
        return {name: done[name][1] for name in wanted}

    def _plan(self, wanted: tuple[str, ...]) -> list[tuple[str, GraphNode, list[str]]]:
        if wanted not in self._plans:
            schema = self._graph_schema.minimal_graph_schema(list(wanted))
            needs = {name: list(node.needs.values()) for name, node in schema.nodes.items()}
            self._plans[wanted] = [
                (name, self._instantiated_nodes[name], needs[name])
                for name in TopologicalSorter(needs).static_order()
                if name in needs  # what a turn starts with is needed too, and is no step
            ]
        return self._plans[wanted]


@cache
def event_classes() -> dict[str, type[Event]]:
    """Every event's class by the name it is stored under; the first of a name, as Rasa finds it."""
    found: dict[str, type[Event]] = {}
    for kind in rasa.shared.utils.common.all_subclasses(Event):
        found.setdefault(kind.type_name, kind)
    return found


_resolve_by_walking = Event.resolve_by_type


def resolve_by_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
    """Event.resolve_by_type from a table; unknown names go Rasa's own way."""
    return event_classes().get(type_name) or _resolve_by_walking(type_name, default)


@cache
def response_validator() -> Validator:
    """Rasa's schema of what an action answers, checked once, as a validator of answers."""
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    validator: Validator = kind(schema)
    return validator


_validate_with_schema = RemoteAction._validate_action_result


def validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    """True for an action's good answer; a bad one goes Rasa's own way, and is refused there."""
    return bool(response_validator().is_valid(result) or _validate_with_schema(self, result))


# Two read at once: the encoders, which take most of the time, each let other threads run.
_readers = ThreadPoolExecutor(2, thread_name_prefix="reader")


# As many intents as Rasa's own classifiers rank: all would go with the message from here on,
# into the database and with each call of an action.
_RANKED = 10


class UnblockingProcessor(MessageProcessor):
    """Rasa's message processor, reading messages beside the event loop."""

    async def parse_message(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        """What Rasa's own returns, with no more of the ranking than its likeliest intents.

        Rasa's also adds retrieval intents and asks a parser elsewhere: this bot has neither.
        """
        if tracker is None:
            tracker = DialogueStateTracker.from_events(message.sender_id, [])
        loop = asyncio.get_running_loop()
        parsed: dict[str, Any] = await loop.run_in_executor(
            _readers, self._parse_message_with_graph, message, tracker, only_output_properties
        )
        if INTENT_RANKING_KEY in parsed:
            parsed[INTENT_RANKING_KEY] = parsed[INTENT_RANKING_KEY][:_RANKED]
        return parsed


_load_agent = rasa.core.agent.load_agent


async def load_agent(*args: Any, **kwargs: Any) -> Agent:
    """Rasa's load_agent; what it loaded lives as long as the process.

    Without a model the process ends: Rasa's own would answer nothing for ever.
    """
    agent: Agent = await _load_agent(*args, **kwargs)
    if not agent.is_ready():
        sys.exit("The model could not be loaded: see above, and run `make train`.")
    gc.collect()
    gc.freeze()
    _give_back_freed_memory()
    return agent


def _give_back_freed_memory() -> None:
    """Loading leaves 100 MB of holes, which glibc keeps unless told; other systems keep less."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def trust_what_was_trained(*_: Any, **__: Any) -> None:
    """In the place of Rasa's check of YAML against its schemas, in the serving process only."""


def speed_up() -> None:
    """Put all in their places; called before a model is loaded, in a process that only serves.

    AttributeError when Rasa has moved one of the places.
    """
    _replace(rasa.shared.utils.validation, "validate_yaml_schema", trust_what_was_trained)
    _replace(rasa.core.processor, "DaskGraphRunner", DirectGraphRunner)
    _replace(rasa.core.agent, "MessageProcessor", UnblockingProcessor)
    _replace(rasa.core.agent, "load_agent", load_agent)
    _replace(Event, "resolve_by_type", staticmethod(resolve_by_type))
    _replace(RemoteAction, "_validate_action_result", validate_action_result)
    response_validator()  # nobody's first question waits for it


def _replace(owner: Any, name: str, ours: Any) -> None:
    getattr(owner, name)
    setattr(owner, name, ours)

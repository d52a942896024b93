"""The table of conversations, as its YAML files have it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
ROLES = ("administrator", "office_staff", "agent", "student")
ACTS = ("say", "press", "press_again", "forge", "wait", "stop", "start")


class BadScript(Exception):
    """A conversation that cannot be played: says where, and what is wrong."""


@dataclass(frozen=True)
class Step:
    """One turn and what must come back. README.md says what each field means."""

    say: str | None = None
    press: str | None = None
    press_again: str | None = None
    forge: str | None = None
    wait: str | None = None
    stop: str | None = None
    start: str | None = None
    who: str | None = None
    to: str | None = None
    of: str | None = None
    same_conversation: bool = False
    replay: bool = False
    refused: int | None = None
    hears: tuple[str, ...] = ()
    not_hears: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    no_buttons: bool = False
    silent: bool = False
    intent: str | None = None

    @property
    def is_turn(self) -> bool:
        """Whether a person does it."""
        return self.wait is None and self.stop is None and self.start is None


@dataclass(frozen=True)
class Conversation:
    """One conversation: what there is before, its turns, and what must be so afterwards."""

    name: str
    who: str
    turns: tuple[Step, ...]
    group: str
    job: str | None = None
    minimum: int | None = None
    hostile: bool = False
    given: tuple[dict[str, Any], ...] = ()
    then: tuple[dict[str, Any], ...] = ()

    @property
    def turns_used(self) -> int:
        """How many turns the person needs in it."""
        return sum(step.is_turn for step in self.turns)


@dataclass
class _Reader:
    file: Path
    at: str = field(default="")

    def conversation(self, told: dict[str, Any]) -> Conversation:
        self.at = str(told.get("name", "(no name)"))
        self._check(told, Conversation, {"group"})
        if told.get("who") not in ROLES or not told.get("turns"):
            raise self._fault("needs `who` (one of the roles) and `turns`")
        steps = tuple(self._step(step) for step in told["turns"])
        rest = {name: told[name] for name in ("job", "minimum", "hostile") if name in told}
        return Conversation(
            name=told["name"],
            who=told["who"],
            turns=steps,
            group=self.file.stem,
            given=tuple(told.get("given", ())),
            then=tuple(told.get("then", ())),
            **rest,
        )

    def _step(self, told: dict[str, Any]) -> Step:
        told = {("not_hears" if name == "not" else name): told[name] for name in told}
        self._check(told, Step, set())
        if sum(name in told for name in ACTS) != 1:
            raise self._fault(f"a turn is one of {', '.join(ACTS)}: {told}")
        for name in ("hears", "not_hears", "buttons"):
            if name in told:
                words = told[name]
                told[name] = tuple(map(str, words if isinstance(words, list) else [words]))
        for name in ACTS:
            if name in told:
                told[name] = str(told[name])
        return Step(**told)

    def _check(self, told: dict[str, Any], shape: type, besides: set[str]) -> None:
        unknown = set(told) - {one.name for one in fields(shape)} | set(told) & besides
        if unknown:
            raise self._fault(f"has nothing called {', '.join(sorted(unknown))}")

    def _fault(self, words: str) -> BadScript:
        return BadScript(f"{self.file.name}, “{self.at}”: {words}")


def read_table(folder: Path = FOLDER) -> list[Conversation]:
    """Every conversation of the folder's files. Raises `BadScript`."""
    table = []
    for file in sorted(folder.glob("*.yml")):
        reader = _Reader(file)
        table += [reader.conversation(told) for told in yaml.safe_load(file.read_text()) or ()]
    names = [conversation.name for conversation in table]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise BadScript(f"These names stand there twice: {', '.join(twice)}")
    return table

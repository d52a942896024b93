"""What a job is to the conversation: its fields, how a message is read for them, its words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from actions.jobs.hearing import Heard, Said

Facts = Mapping[str, Any]
# An answer's name, and what it is filled with.
Words = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """One of the jobs, by the name of its intent.

    `fields` are what may be changed, in the order they are offered. `read` takes what a message
    says for any of them, `answer` what it says for the one that was asked (None: nothing). A field
    that `depends` on another is forgotten when that changes. `plan` and `receipt` word the
    backend's facts in a language.
    """

    name: str
    fields: tuple[str, ...]
    read: Callable[[Heard], Said]
    answer: Callable[[Heard, str], str | None]
    plan: Callable[[Facts, str], Words]
    receipt: Callable[[Facts, str], Words]
    depends: Mapping[str, str] = field(default_factory=dict)
    # Whether "don't" may be how it is asked for: "don't let the assistant answer".
    takes_dont: bool = False
    # Jobs that people seem to ask for when they change a detail of this one.
    sounds_like: frozenset[str] = frozenset()

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

    `fields` are what may be changed, in the order they are offered, each with what typed words say
    for it where just that was asked (None: nothing). `read` takes what a message says for any of
    them. A field that `depends` on another is forgotten when that changes. `plan` and `receipt`
    word the backend's facts in a language. `guessed` are the fields that words may be for of which
    only the backend knows what they name, the likeliest first. `undo` is what to say to this job to
    take back what a receipt tells; None where nothing does.
    """

    name: str
    fields: Mapping[str, Callable[[Heard], str | None]]
    read: Callable[[Heard], Said]
    plan: Callable[[Facts, str], Words]
    receipt: Callable[[Facts, str], Words]
    depends: Mapping[str, str] = field(default_factory=dict)
    guessed: tuple[str, ...] = ()
    undo: Callable[[Facts], Said] | None = None
    # Whether "don't" may be how it is asked for: "don't let the assistant answer".
    takes_dont: bool = False
    # Jobs that people seem to ask for when they change a detail of this one.
    sounds_like: frozenset[str] = frozenset()

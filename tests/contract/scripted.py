"""A pretend Twilio that says what it was told to: for answers that no other server gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.contract.serving import QuietHandler, serving


@dataclass(frozen=True)
class Answer:
    """An HTTP status and the JSON that goes with it."""

    status: int
    content: dict[str, object] = field(default_factory=dict)


def refusal(status: int, code: int) -> Answer:
    """Twilio's way to say no: https://www.twilio.com/docs/usage/twilios-response#exceptions"""
    return Answer(status, {"status": status, "code": code, "message": "No.", "more_info": ""})


@dataclass
class Script:
    """`asked` are the methods and paths that came in, queries included."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@contextmanager
def following(*answers: Answer) -> Iterator[Script]:
    """Run a server that gives `answers` in turn."""
    script = Script()
    left = list(answers)

    class Handler(QuietHandler):
        def respond(self) -> None:
            self.body()
            script.asked.append(f"{self.command} {self.path}")
            given = left.pop(0)
            self.answer(given.status, json.dumps(given.content).encode(), "application/json")

    with serving(Handler) as script.url:
        yield script

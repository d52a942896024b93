"""A web server for webhooks on this machine that remembers what it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from tests.contract.serving import QuietHandler, serving


@dataclass(frozen=True)
class Webhook:
    """One webhook as it arrived: path, form in order, signature."""

    path: str
    form: list[tuple[str, str]]
    signature: str

    def __getitem__(self, name: str) -> str:
        return dict(self.form)[name]


@dataclass
class Receiver:
    """`answers` are HTTP statuses given in turn, 200 when none is left; 0 hangs up instead."""

    url: str = ""
    received: list[Webhook] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver on a free port of 127.0.0.1."""
    receiver = Receiver()

    class Handler(QuietHandler):
        def respond(self) -> None:
            form = parse_qsl(self.body().decode(), keep_blank_values=True)
            signature = self.headers["X-Twilio-Signature"]
            receiver.received.append(Webhook(self.path, form, signature))
            status = receiver.answers.pop(0) if receiver.answers else 200
            if status == 0:
                self.close_connection = True
                return
            self.answer(status)

    with serving(Handler) as receiver.url:
        yield receiver

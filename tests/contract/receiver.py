"""A web server for webhooks on this machine that remembers what it was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


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

    url: str
    received: list[Webhook] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = parse_qsl(body, keep_blank_values=True)
            signature = self.headers["X-Twilio-Signature"]
            receiver.received.append(Webhook(self.path, form, signature))
            status = receiver.answers.pop(0) if receiver.answers else 200
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: pytest's output is for tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()

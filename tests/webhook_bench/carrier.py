"""Twilio's part for both sides: webhooks posted at a pace that a server sets, and, for stock
Rasa, an API that takes its replies, so that nothing leaves the machine.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

from backend.adapters.twilio_signature import sign

PATIENCE_S = 60


@dataclass(frozen=True)
class Door:
    """Where a side takes webhooks: its port on loopback, and the path; the URL that is signed
    stands before the path. `number` is the one that is texted, `question` what it is asked: one
    that the side answers without another program's help where it can.
    """

    port: int
    path: str
    signed_url: str
    account_sid: str
    auth_token: str
    number: str
    question: str


@dataclass(frozen=True)
class Acknowledged:
    """A webhook that was answered well: who texted, when it was posted (the clock's time, seconds),
    and how long the answer took.
    """

    sender: str
    posted_at: float
    seconds: float


def webhook(door: Door, number: int) -> tuple[str, bytes]:
    """The sender and the whole HTTP request of a new text, each from another phone."""
    sender = f"+1620{2_000_000 + number}"
    sid = f"SM{secrets.token_hex(16)}"
    form = [
        ("ToCountry", "US"),
        ("MessageSid", sid),
        ("SmsSid", sid),
        ("SmsMessageSid", sid),
        ("AccountSid", door.account_sid),
        ("From", sender),
        ("To", door.number),
        ("Body", f"{door.question} I am number {number}"),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("ApiVersion", "2010-04-01"),
    ]
    body = urlencode(form).encode()
    head = (
        f"POST {door.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {sign(door.auth_token, door.signed_url + door.path, form)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return sender, head.encode() + body


def post(
    door: Door, texts: Sequence[tuple[str, bytes]], at_once: int, within_s: float
) -> tuple[list[Acknowledged], float]:
    """Post texts over so many kept-alive connections, each the next as soon as the last was
    answered; stops after `within_s`. Returns what was acknowledged, and the seconds it all took.

    Raises `AssertionError` for an answer that is none of 200 and 204.
    """
    waiting = iter(texts)
    lock, done = threading.Lock(), list[Acknowledged]()
    faults: list[Exception] = []
    until = time.monotonic() + within_s

    def work() -> None:
        try:
            with _connection(door.port) as ask:
                while time.monotonic() < until and not faults:
                    with lock:
                        text = next(waiting, None)
                    if text is None:
                        return
                    posted_at, begun = time.time(), time.perf_counter()
                    status = ask(text[1])
                    seconds = time.perf_counter() - begun
                    assert status in (200, 204), f"the webhook was answered {status}"
                    done.append(Acknowledged(text[0], posted_at, seconds))
        except (AssertionError, OSError) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise AssertionError(f"{len(done)} webhooks in: {faults[0]!r}")
    return done, time.perf_counter() - begun


@contextmanager
def _connection(port: int) -> Iterator[Callable[[bytes], int]]:
    """A function that posts a request and gives the status, on one connection that is opened
    again where the server has closed it.
    """
    sock: socket.socket | None = None

    def ask(request: bytes) -> int:
        nonlocal sock
        sock = sock or socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        sock.sendall(request)
        status, closes = _answer(sock)
        if closes:
            sock.close()
            sock = None
        return status

    try:
        yield ask
    finally:
        if sock is not None:
            sock.close()


def _answer(sock: socket.socket) -> tuple[int, bool]:
    """An answer's status, and whether the server closes the connection after it."""
    read = b""
    while b"\r\n\r\n" not in read:
        part = sock.recv(65_536)
        if not part:
            raise ConnectionResetError("the server hung up")
        read += part
    head, _, body = read.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(
        (int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += sock.recv(65_536)
    return int(head.split(b" ", 2)[1]), b"connection: close" in lines


class TextsTaken:
    """When each phone was first texted, by the clock's time."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    def take(self, to_number: str) -> None:
        """A text for a phone."""
        self.at.setdefault(to_number, time.time())


@contextmanager
def twilio_api(taken: TextsTaken) -> Iterator[int]:
    """Something that takes messages as Twilio's API does, and says so; gives its port."""

    class Api(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            taken.take(form["To"][0])
            body = json.dumps({"sid": f"SM{secrets.token_hex(16)}", "status": "queued"}).encode()
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

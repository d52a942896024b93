"""Stands between the backend and Rasa, and takes the time of each turn at Rasa's door.

A turn's token is known to the backend alone, so turns with actions can only be asked through it;
what Rasa, the actions and the backend's answers to them take of such a turn is seen here.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.bench.client import content_length

_TURN = b"POST /webhooks/backend/turn "


@dataclass(frozen=True)
class Heard:
    """One turn at Rasa's door: the seconds it took there, and what Rasa answered."""

    seconds: float
    answer: dict[str, Any]


@dataclass
class Relay:
    """Passes requests on to the Rasa on ``port``, which may be changed between two turns."""

    port: int
    turns: list[Heard] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one connection's requests until its caller hangs up."""
        try:
            while True:
                writer.write(await self._passed_on(await _read_message(reader)))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _passed_on(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        begun = time.perf_counter()
        writer.write(request)
        answer = await _read_message(reader)
        seconds = time.perf_counter() - begun
        writer.close()
        if request.startswith(_TURN):
            self.turns.append(Heard(seconds, _json(answer)))
        return answer


@asynccontextmanager
async def relaying(listen_on: int, port: int) -> AsyncIterator[Relay]:
    """A relay on a port of this machine, to another one."""
    relay = Relay(port)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", listen_on)
    try:
        yield relay
    finally:
        server.close()


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message, head and body; asyncio.IncompleteReadError when there is none."""
    head = await reader.readuntil(b"\r\n\r\n")
    return head + await reader.readexactly(content_length(head, without=0))


def _json(answer: bytes) -> dict[str, Any]:
    try:
        content = json.loads(answer.partition(b"\r\n\r\n")[2])
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}

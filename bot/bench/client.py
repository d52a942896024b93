"""A client that costs next to nothing: JSON over one kept-alive HTTP/1.1 connection.

httpx takes about a millisecond for each request, which would be a good part of a fast turn.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

# Seconds that one answer may take.
_PATIENCE = 60


class NoAnswer(Exception):
    """The server answered with another status than 200."""


class Connection:
    """One open connection to a server on loopback."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def post(self, path: str, headers: dict[str, str], body: Any) -> Any:
        """The JSON that a POST of JSON gets; NoAnswer, asyncio.TimeoutError, ConnectionError."""
        return await self._ask(_request("POST", path, headers, json.dumps(body).encode()))

    async def get(self, path: str) -> Any:
        """The JSON that a GET gets; fails as a POST does."""
        return await self._ask(_request("GET", path, {}, b""))

    async def _ask(self, request: bytes) -> Any:
        self._writer.write(request)
        try:
            status, content = await asyncio.wait_for(self._read(), _PATIENCE)
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("The server hung up.") from None
        if status != 200:
            raise NoAnswer(f"{status}: {content[:200]!r}")
        return json.loads(content)

    async def _read(self) -> tuple[int, bytes]:
        head = await self._reader.readuntil(b"\r\n\r\n")
        return _status(head), await self._reader.readexactly(content_length(head))


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """A connection to a port of this machine, closed at the end; ConnectionError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


def _request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _status(head: bytes) -> int:
    return int(head.split(b" ", 2)[1])


def content_length(head: bytes, without: int | None = None) -> int:
    """How long the body is that follows a head; ``without`` where the head does not say, or
    ConnectionError.
    """
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    if without is None:
        raise ConnectionError("The answer does not say how long it is.")
    return without

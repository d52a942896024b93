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
        self._writer.write(_request(path, headers, json.dumps(body).encode()))
        try:
            status, content = await asyncio.wait_for(self._read(), _PATIENCE)
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("The server hung up.") from None
        if status != 200:
            raise NoAnswer(f"{status}: {content[:200]!r}")
        return json.loads(content)

    async def _read(self) -> tuple[int, bytes]:
        head = await self._reader.readuntil(b"\r\n\r\n")
        return _status(head), await self._reader.readexactly(_content_length(head))


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """A connection to a port of this machine, closed at the end; ConnectionError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


def _request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _status(head: bytes) -> int:
    return int(head.split(b" ", 2)[1])


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise ConnectionError("The answer does not say how long it is.")

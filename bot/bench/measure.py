"""One round of one side: a fresh process, started, asked, and ended."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bot.bench.client import Connection, NoAnswer, connected
from bot.bench.processes import Failed, Process, cpu_seconds, last_words, memory_mb, started
from bot.bench.sides import Side

# Seconds a side may take from its start to the first answer, and between two looks.
_READY_WITHIN, _LOOK = 300, 0.01
# Turns after the start that nobody measures.
WARM_UP = 20
# Turns of one conversation when its length is not the question.
CONVERSATION = 10


@dataclass(frozen=True)
class Size:
    """How many turns each part of a round has."""

    sequential: int = 1000
    at_once: int = 32
    turns_at_once: int = 15
    long: int = 500
    again: int = 200

    @property
    def texts(self) -> int:
        """How many texts a round needs."""
        at_once = self.at_once * self.turns_at_once
        return 1 + WARM_UP + self.sequential + at_once + self.long + self.again


@dataclass(frozen=True)
class Turn:
    """How long one turn took, in seconds, and whether it was answered."""

    seconds: float
    answered: bool


@dataclass(frozen=True)
class Round:
    """What one side did in one round; the turns stand in the order of their texts.

    ``cpu_s`` is the processor time of the sequential turns, ``memory_mb`` is held after them.
    """

    start_s: float
    sequential: list[Turn]
    cpu_s: float | None
    memory_mb: float
    at_once: list[Turn]
    at_once_s: float
    long: list[Turn]
    new: list[Turn]
    again: list[Turn]


async def run_round(side: Side, texts: Sequence[str], size: Size, log: Path) -> Round:
    """Start the side on these texts (``size.texts`` of them), take every figure, end it.

    Raises Failed, with the last words of the side.
    """
    begun = time.perf_counter()
    with _running(side, log) as process:
        return await _round(side, process, iter(texts), size, begun)


async def start_once(side: Side, text: str, log: Path) -> None:
    """Start the side until it answers, and end it: its files are then compiled and at hand."""
    with _running(side, log) as process:
        await _until_answered(side, process, text, time.perf_counter())


@contextmanager
def _running(side: Side, log: Path) -> Iterator[Process]:
    with started(side.command, side.folder, side.environment, log) as process:
        try:
            yield process
        except (asyncio.TimeoutError, ConnectionError, Failed) as fault:
            raise Failed(f"{side.name}: {fault!r}\n{last_words(log)}") from fault


async def _round(
    side: Side, process: Process, texts: Iterator[str], size: Size, begun: float
) -> Round:
    start_s = await _until_answered(side, process, next(texts), begun)
    await _one_by_one(side, "warm", list(islice(texts, WARM_UP)))
    before = cpu_seconds(process.pid)
    sequential = await _one_by_one(side, "one", list(islice(texts, size.sequential)))
    after = cpu_seconds(process.pid)
    cpu_s = None if before is None or after is None else after - before
    memory = memory_mb(process.pid)
    many = list(islice(texts, size.at_once * size.turns_at_once))
    at_once, at_once_s = await _at_once(side, many, size.at_once)
    long = await _one_by_one(side, "long", list(islice(texts, size.long)), size.long)
    repeated = list(islice(texts, size.again))
    new = await _one_by_one(side, "new", repeated)
    again = await _one_by_one(side, "again", repeated)
    return Round(start_s, sequential, cpu_s, memory, at_once, at_once_s, long, new, again)


async def _until_answered(side: Side, process: Process, text: str, begun: float) -> float:
    """Seconds from the process's start to its first answer; Failed when it ends or takes long."""
    while time.perf_counter() - begun < _READY_WITHIN:
        if process.poll() is not None:
            raise Failed("ended at its start")
        try:
            async with connected(side.port) as connection:
                await _ask(side, connection, "first", text)
                return time.perf_counter() - begun
        except ConnectionError:
            await asyncio.sleep(_LOOK)
    raise Failed(f"did not answer within {_READY_WITHIN} s")


async def _one_by_one(
    side: Side, name: str, texts: Sequence[str], turns_each: int = CONVERSATION
) -> list[Turn]:
    """One text after the other; a new conversation after so many turns."""
    async with connected(side.port) as connection:
        return [
            await _ask(side, connection, f"{name}_{number // turns_each}", text)
            for number, text in enumerate(texts)
        ]


async def _at_once(
    side: Side, texts: Sequence[str], conversations: int
) -> tuple[list[Turn], float]:
    """So many conversations at once until all texts are asked, and the seconds that took.

    Each takes the next text as soon as it was answered, so that none idles while others wait.
    """
    waiting = iter(enumerate(texts))
    turns: dict[int, Turn] = {}

    async def converse(name: str) -> None:
        async with connected(side.port) as connection:
            for number, text in waiting:
                turns[number] = await _ask(side, connection, name, text)

    begun = time.perf_counter()
    await asyncio.gather(*(converse(f"busy_{number}") for number in range(conversations)))
    seconds = time.perf_counter() - begun
    return [turns[number] for number in range(len(texts))], seconds


async def _ask(side: Side, connection: Connection, conversation: str, text: str) -> Turn:
    body = side.door.body(conversation, text)
    begun = time.perf_counter()
    try:
        answer = await connection.post(side.door.path, side.door.headers, body)
    except NoAnswer:
        return Turn(time.perf_counter() - begun, answered=False)
    seconds = time.perf_counter() - begun
    return Turn(seconds, answered=bool(side.door.said(answer)))

"""`python -m tests.webhook_bench`: measures, prints, writes docs/benchmark-webhooks.md."""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from bot import markdown
from bot.bench import machine
from bot.bench.processes import Failed
from tests.databases import running_postgresql
from tests.running import ROOT
from tests.webhook_bench import sides
from tests.webhook_bench.carrier import Acknowledged, Door, TextsTaken, post, twilio_api, webhook

SQLITE, POSTGRESQL, STOCK = "ours, SQLite", "ours, PostgreSQL", "stock Rasa"
OURS = (SQLITE, POSTGRESQL)
WARM_UP = 40
_numbers = count()

MEASURES = {
    "ack_p50_ms": "acknowledgement p50, ms",
    "ack_p99_ms": "acknowledgement p99, ms",
    "busy_p50_ms": "p50, 16 at once, ms",
    "busy_p99_ms": "p99, 16 at once, ms",
    "per_s": "webhooks a second, sustained",
    "memory_mb": "memory afterwards, MB",
    "reply_p50_ms": "webhook to reply sent, p50, ms",
    "reply_p99_ms": "webhook to reply sent, p99, ms",
}
MORE_IS_BETTER = ("per_s",)
type Values = dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class Size:
    """How many webhooks each part of a round has, and the seconds that it may take at most."""

    one_by_one: int = 400
    at_once: int = 3_000
    connections: int = 16
    replies: int = 60
    within_s: float = 60


def main() -> int:
    """Run so many rounds; the exit status is 1 when something did not work."""
    parser = argparse.ArgumentParser(prog="make bench FLAGS=--webhooks")
    parser.add_argument("--webhooks", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few webhooks; writes no page")
    parser.add_argument("--stock-model", type=Path, help="another than the one kept in var/bench/")
    asked = parser.parse_args()
    size = Size(100, 300, 16, 15, 20) if asked.quick else Size()
    load = machine.load()
    values: Values = {}
    try:
        model = (asked.stock_model or sides.kept_model()).resolve()
        for number in range(asked.rounds):
            print(f"Round {number + 1} of {asked.rounds} …", flush=True)
            for side, figures in one_round(size, model).items():
                for name, value in figures.items():
                    values.setdefault(side, {}).setdefault(name, []).append(value)
    except (Failed, AssertionError) as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    _write(values, size, asked.rounds, load, with_page=not asked.quick)
    print(table(values))
    return 0


def one_round(size: Size, model: Path) -> dict[str, dict[str, float]]:
    """Every side once, one after the other, each on a fresh folder and database."""
    figures: dict[str, dict[str, float]] = {}
    with running_postgresql() as server:
        sides.make_durable(server)
        for side in OURS:
            figures[side] = {}
            for place, part in enumerate((_acknowledge, _reply)):
                with ExitStack() as stack:
                    folder = Path(stack.enter_context(_folder()))
                    more = {}
                    if side == POSTGRESQL:
                        more["DATABASE_URL"] = server.create(f"bench{place}")
                        stack.callback(server.drop, f"bench{place}")
                    figures[side] |= part(size, folder, more)
    with _folder() as folder:
        figures[STOCK] = _stock(size, Path(folder), model)
    return figures


def _acknowledge(size: Size, folder: Path, settings: dict[str, str]) -> dict[str, float]:
    with sides.listening(folder, **settings) as (_desk, running):
        return _acknowledged(running, size)


def _acknowledged(running: sides.Running, size: Size) -> dict[str, float]:
    door = running.door
    post(door, _texts(door, WARM_UP), 1, size.within_s)
    one_by_one, _ = post(door, _texts(door, size.one_by_one), 1, size.within_s)
    at_once, took = post(door, _texts(door, size.at_once), size.connections, size.within_s)
    return {
        "ack_p50_ms": percentile(_ms(one_by_one), 0.5),
        "ack_p99_ms": percentile(_ms(one_by_one), 0.99),
        "busy_p50_ms": percentile(_ms(at_once), 0.5),
        "busy_p99_ms": percentile(_ms(at_once), 0.99),
        "per_s": len(at_once) / took,
        "memory_mb": running.memory_mb,
    }


def _reply(size: Size, folder: Path, settings: dict[str, str]) -> dict[str, float]:
    with sides.answering(folder, **settings) as (workshop, running):
        door, waits = running.door, list[float]()
        for number in range(10 + size.replies):
            (one,), _ = post(door, _texts(door, 1), 1, size.within_s)
            replied = sides.reply_times(workshop, door.number, [one.sender])
            if one.sender not in replied:
                raise Failed("A text was not answered.")
            if number >= 10:  # the first ones warm up
                waits.append((replied[one.sender] - one.posted_at) * 1_000)
    return _replied(waits)


def _stock(size: Size, folder: Path, model: Path) -> dict[str, float]:
    taken = TextsTaken()
    with twilio_api(taken) as port, sides.stock(folder, model, port) as running:
        figures = _acknowledged(running, size)
        texts = _texts(running.door, size.replies)
        done, _ = post(running.door, texts, 1, size.within_s)
        replied = sides.stock_reply_times(taken, [each.sender for each in done])
        if len(replied) < len(done):
            left = len(done) - len(replied)
            raise Failed(f"Stock Rasa left {left} of {len(done)} texts unanswered.")
        waits = [(replied[each.sender] - each.posted_at) * 1_000 for each in done]
    return figures | _replied(waits)


def _replied(waits: Sequence[float]) -> dict[str, float]:
    return {"reply_p50_ms": percentile(waits, 0.5), "reply_p99_ms": percentile(waits, 0.99)}


def _texts(door: Door, many: int) -> list[tuple[str, bytes]]:
    return [webhook(door, next(_numbers)) for _ in range(many)]


def _ms(done: Sequence[Acknowledged]) -> list[float]:
    return [each.seconds * 1_000 for each in done]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that a share of all does not exceed (nearest rank)."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def table(values: Values) -> str:
    """Medians of the rounds, in brackets the lowest and the highest; ratios round by round."""
    head = ["", SQLITE, POSTGRESQL, STOCK, "better than stock: SQLite", "PostgreSQL"]
    lines = []
    for name, label in MEASURES.items():
        stock = values[STOCK][name]
        ratios = [
            [a / b if name in MORE_IS_BETTER else b / a for a, b in zip(own, stock, strict=True)]
            for own in (values[side][name] for side in OURS)
        ]
        cells = [_spread(values[side][name]) for side in (*OURS, STOCK)]
        lines.append([label, *cells, *(f"{statistics.median(each):.1f} ×" for each in ratios)])
    return markdown.table(head, lines)


def _spread(rounds: Sequence[float]) -> str:
    digits = 0 if statistics.median(rounds) >= 100 else 1
    median, low, high = (
        f"{value:,.{digits}f}" for value in (statistics.median(rounds), min(rounds), max(rounds))
    )
    return median if low == high else f"{median} ({low}–{high})"


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="numberdesk-bench-")


def _write(values: Values, size: Size, rounds: int, load: float, *, with_page: bool) -> None:
    kept = ROOT / "var" / "bench-webhooks.json"
    kept.parent.mkdir(exist_ok=True)
    everything = {"machine": machine.describe(), "load": load, "size": asdict(size)}
    kept.write_text(json.dumps(everything | {"values": values}, indent=1) + "\n")
    if with_page:
        text = page(values, size, rounds, load)
        (ROOT / "docs" / "benchmark-webhooks.md").write_text(text, encoding="utf-8")


def page(values: Values, size: Size, rounds: int, load: float) -> str:
    """docs/benchmark-webhooks.md."""
    spread = (
        "One round."
        if rounds == 1
        else (
            f"Medians of {rounds} rounds, in brackets the lowest and the highest; ratios are taken "
            "round by round."
        )
    )
    return markdown.page(
        "# Texts coming in, beside stock Rasa's Twilio channel",
        "Written by `make bench FLAGS=--webhooks`: signed webhooks, as Twilio posts them, to our "
        "public listener (one process) on SQLite and on PostgreSQL, and to stock Rasa 3.6.21's own "
        f"TwilioInput (one process), in one run. {spread} Machine: {machine.describe()}; its load "
        f"at the start: {load:.1f}.",
        table(values),
        "The two acknowledge different things. Ours has checked the signature and committed the "
        "text to disk when it answers, and the reply is the worker's; a text that repeats is "
        "known, and whatever dies afterwards, nothing is lost. Stock Rasa checks no signature and "
        "answers the webhook when the whole turn is done and its reply was handed to Twilio: "
        "Twilio waits 15 seconds for that, and what fails on the way is lost.",
        "## How",
        markdown.bullets(
            f"A round: each side started on a fresh folder; {WARM_UP} webhooks that nobody "
            f"measures; {size.one_by_one} one after the other; {size.at_once:,} over "
            f"{size.connections} kept-alive connections (or as many as go in "
            f"{size.within_s:.0f} seconds); the memory it then holds. Each text comes from "
            "another phone and is new.",
            "While acknowledging is measured our worker rests: what it would do waits in the "
            "queue. SQLite runs as in the product (WAL, full synchronisation), PostgreSQL with "
            "its own defaults (fsync on) on a Unix socket.",
            f"Webhook to reply sent: {size.replies} texts, one after the other, with everything "
            "running (worker, Rasa, action server, sandbox carrier); until the carrier took the "
            "reply. Ours is asked for its office's hours, which an action answers; stock Rasa a "
            "question that needs no action. Of stock Rasa, until its reply arrives at a stand-in "
            "for Twilio's API on this machine.",
            "Stock Rasa's model is the one that `make bench` trained on our data; its "
            "conversations are in memory, its default.",
        ),
    )


if __name__ == "__main__":
    sys.exit(main())

"""Turns with actions, measured in the whole product: rounds, a long conversation, a restart."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.bench import machine
from bot.bench.client import NoAnswer, connected
from bot.bench.figures import percentile
from bot.bench.processes import Failed
from bot.bench.product import OURS, STOCK, Product, running_product
from bot.bench.projects import examples_of, uttered_intents
from bot.bench.staff import FAQ, KINDS, QUOTA, Said, Script, Staff, Took
from bot.bench.summary import EDGE, Unusable
from bot.settings import ROOT

Figures = dict[str, float]

# Turns after a start that nobody measures, by kinds: each at least this often.
_WARM_UP = 4
# Share of a kind's turns that may be answered otherwise than was meant.
_MAY_BE_OTHERWISE = 0.34


@dataclass(frozen=True)
class StaffSize:
    """Of one round: so many of each kind of turn, and so many turns of one conversation."""

    each: int = 40
    long: int = 500


@dataclass(frozen=True)
class StaffOutcome:
    """What a run gave: of each figure the value of each round; and the machine's load before."""

    load: float
    values: dict[str, list[float]]


@dataclass(frozen=True)
class Round:
    """One round's turns: of both Rasas in turns, of one long conversation, after a restart.

    ``after_restart`` are the first turns of a conversation of five turns and of the long one.
    """

    ours: Sequence[Took]
    stock: Sequence[Took]
    long: Sequence[Took]
    after_restart: tuple[Took, Took]


async def run_with_staff(rounds: int, size: StaffSize, seed: int, folder: Path) -> StaffOutcome:
    """Start the product and take every figure. Raises Failed, Unusable."""
    load = machine.load()
    script = Script.of(examples_of(ROOT), uttered_intents(ROOT), seed)
    figures: list[Figures] = []
    async with running_product(folder) as product:
        with product.rasa(STOCK):
            await product.wait_for(STOCK)
            for number in range(rounds):
                print(f"Round {number + 1} in the chat …", flush=True)
                figures.append(summarise(await _round(product, script, size)))
    return StaffOutcome(load, {key: [one[key] for one in figures] for key in figures[0]})


async def _round(product: Product, script: Script, size: StaffSize) -> Round:
    async with _with_our_rasa(product) as staff:
        for name in (OURS, STOCK):
            product.speak_to(name)
            await _talk(staff, script, _WARM_UP)
        ours, stock = await _in_turns(product, staff, script, size.each)
        product.speak_to(OURS)
        took, long = await staff.converse(_long(script, size.long))
        # Each eleventh turn drops old ones, which is not what comes after a restart: past it.
        await staff.converse(script.plain(), long)
        _, short = await staff.converse(_long(script, 5))
    async with _with_our_rasa(product) as staff:
        await _talk(staff, script, _WARM_UP)
        first = dict([await _ask_once(staff, script, one) for one in _shuffled(short, long)])
    return Round(ours, stock, took, (first[short], first[long]))


@asynccontextmanager
async def _with_our_rasa(product: Product) -> AsyncIterator[Staff]:
    """Somebody in the chat, with our Rasa just started; Failed, with the programs' last words."""
    with product.rasa(OURS):
        await product.wait_for(OURS)
        try:
            async with connected(product.port) as connection:
                yield Staff(connection, product.token, product.relay)
        except (NoAnswer, ConnectionError, asyncio.TimeoutError) as fault:
            raise Failed(f"{fault!r}\n{product.last_words()}") from fault


async def _talk(staff: Staff, script: Script, times: int) -> list[Took]:
    """Each kind of turn so often, a new conversation each time."""
    return [turn for _ in range(times) for turn in (await staff.converse(script.everything()))[0]]


async def _in_turns(
    product: Product, staff: Staff, script: Script, each: int
) -> tuple[list[Took], list[Took]]:
    """Ours all kinds, and beside it Rasa's own check the plain ones; who goes first changes."""
    took: dict[str, list[Took]] = {OURS: [], STOCK: []}
    for number in range(each):
        said = {OURS: script.everything(), STOCK: script.plain()}
        for name in (OURS, STOCK) if number % 2 == 0 else (STOCK, OURS):
            product.speak_to(name)
            took[name] += (await staff.converse(said[name]))[0]
    return took[OURS], took[STOCK]


def _long(script: Script, turns: int) -> list[Said]:
    """A conversation that goes on with questions, actions and jobs, in which a job is open."""
    said: list[Said] = []
    while len(said) < turns:
        said += [*script.plain(), *script.job()]
    return said[:turns]


async def _ask_once(staff: Staff, script: Script, conversation: str) -> tuple[str, Took]:
    (turn,), _ = await staff.converse([Said(FAQ, next(script.faq))], conversation)
    return conversation, turn


def _shuffled(*conversations: str) -> list[str]:
    return random.sample(conversations, len(conversations))


def summarise(one: Round) -> Figures:
    """A round's figures, in milliseconds; Unusable when too many turns were not as meant."""
    figures: Figures = {}
    for kind in KINDS:
        for where, seconds in _of_kind(one.ours, kind).items():
            figures[f"{where}_{kind}_p50"] = percentile(seconds, 0.5)
            figures[f"{where}_{kind}_p99"] = percentile(seconds, 0.99)
            over = figures[f"{where}_{kind}_p50"] / figures[f"{where}_{FAQ}_p50"]
            figures[f"{where}_{kind}_over_faq"] = over
    for where, seconds in _of_kind(one.stock, QUOTA).items():
        figures[f"{where}_stock_p50"] = percentile(seconds, 0.5)
        times = figures[f"{where}_stock_p50"] / figures[f"{where}_{QUOTA}_p50"]
        figures[f"{where}_times_faster"] = times
    return {**figures, **_long_figures(one.long), **_restart_figures(*one.after_restart)}


def _of_kind(turns: Iterable[Took], kind: str) -> dict[str, list[float]]:
    """A kind's times in milliseconds, at the door and in the chat."""
    meant = _meant([turn for turn in turns if turn.kind == kind], kind)
    return {
        "door": [turn.door * 1000 for turn in meant],
        "chat": [turn.chat * 1000 for turn in meant],
    }


def _meant(turns: Sequence[Took], kind: str) -> list[Took]:
    """The turns that were answered as was meant; Unusable when too few were."""
    meant = [turn for turn in turns if turn.counts]
    if len(meant) < len(turns) * (1 - _MAY_BE_OTHERWISE) or not meant:
        raise Unusable(f"{len(turns) - len(meant)} of {len(turns)} turns were no {kind!r} turns.")
    return meant


def _long_figures(turns: Sequence[Took]) -> Figures:
    """The first turns of a long conversation beside its last, all of them; in its last, too, jobs
    begin and are interrupted.
    """
    for kind in {turn.kind for turn in turns} & set(KINDS):
        _meant([turn for turn in turns[-2 * EDGE :] if turn.kind == kind], kind)
    figures = {}
    for where in ("door", "chat"):
        times = [getattr(turn, where) * 1000 for turn in turns]
        first, last = percentile(times[:EDGE], 0.5), percentile(times[-EDGE:], 0.5)
        figures[f"{where}_long_first"], figures[f"{where}_long_last"] = first, last
        figures[f"{where}_long_growth"] = last / first
    return figures


def _restart_figures(short: Took, long: Took) -> Mapping[str, float]:
    return {"door_restart_short": short.door * 1000, "door_restart_long": long.door * 1000}

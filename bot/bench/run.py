"""One run: projects, models, rounds, figures."""

import asyncio
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bot.bench import machine, sides
from bot.bench.document import About
from bot.bench.measure import Size, run_round, start_once
from bot.bench.models import Note, is_comparable, read_note, told, trained_stock
from bot.bench.processes import free_port
from bot.bench.projects import copy_ours, examples_of, make_stock, uttered_intents
from bot.bench.report import gathered
from bot.bench.sides import Side
from bot.bench.summary import Figures, summarise
from bot.bench.texts import never_repeating

STOCK_ENVIRONMENT = Path("bot") / ".stock-venv"
KEPT_MODELS = Path("var") / "bench"


@dataclass(frozen=True)
class Plan:
    """What a run does; ``examples``: at most so many of each block of the training data."""

    rounds: int
    size: Size
    seed: int
    examples: int | None
    stock_model: Path | None
    stories: bool
    our_trainings: int


@dataclass(frozen=True)
class Projects:
    """Where a run's projects are, and the phrases its texts are made of."""

    ours: Path
    stock: Path
    examples: int
    intents: int
    phrases: list[str]


@dataclass(frozen=True)
class Outcome:
    """What a run gave: by side and measure the value of each round."""

    about: About
    values: dict[str, dict[str, list[float]]]


def run(plan: Plan, root: Path, folder: Path) -> Outcome:
    """Do all of a plan inside a folder. Raises Failed, Unusable."""
    load = machine.load()
    if plan.stock_model is not None:
        read_note(plan.stock_model)  # a wrong path is told before anything takes long
    python = sides.stock_python(root / STOCK_ENVIRONMENT)
    projects = _make_projects(plan, root, folder, sides.packages_of(python))
    our_model, our_seconds = _train_ours(plan, projects, folder)
    stock_model, note = _stock_model(plan, projects, python, root, folder)
    texts = never_repeating(projects.phrases, plan.seed)
    made = _Makers(our_model, python, stock_model, folder)
    _start_each(made, texts, folder)
    rounds = [_round(number, made, texts, plan.size, folder) for number in range(plan.rounds)]
    values = gathered(rounds)
    values["ours"]["training_s"] = our_seconds
    if is_comparable(note, projects.examples):
        values["stock"]["training_s"] = [note.training_s]
    return Outcome(_about(plan, projects, note, load), values)


def _make_projects(plan: Plan, root: Path, folder: Path, packages: Path) -> Projects:
    ours = copy_ours(root, folder / "project-ours", plan.examples)
    stock = make_stock(ours, folder / "project-stock", packages, plan.stories)
    found = examples_of(ours)
    uttered = uttered_intents(ours)
    return Projects(
        ours=ours,
        stock=stock,
        examples=sum(len(texts) for texts in found.values()),
        intents=len(found),
        phrases=[text for intent in sorted(uttered & set(found)) for text in found[intent]],
    )


def _train_ours(plan: Plan, projects: Projects, folder: Path) -> tuple[Path, list[float]]:
    model, seconds = folder / "ours.tar.gz", []
    for number in range(plan.our_trainings):
        _tell(f"Training ours ({number + 1} of {plan.our_trainings}) …")
        model.unlink(missing_ok=True)
        seconds.append(sides.train_ours(projects.ours, model, folder / "our-training.log"))
        _tell(f"  {seconds[-1]:.0f} s")
    return model, seconds


def _stock_model(
    plan: Plan, projects: Projects, python: Path, root: Path, folder: Path
) -> tuple[Path, Note]:
    if plan.stock_model is not None:
        return plan.stock_model, read_note(plan.stock_model)
    _tell(f"Training stock Rasa on {projects.examples:,} examples (can take more than an hour) …")
    model, note = trained_stock(
        python, projects.stock, projects.examples, root / KEPT_MODELS, folder / "stock-training.log"
    )
    _tell(f"  {note.training_s:.0f} s; kept: {model.relative_to(root)}")
    return model, note


@dataclass(frozen=True)
class _Makers:
    """Models and folders out of which each round's sides are made, on fresh ports."""

    our_model: Path
    stock_python: Path
    stock_model: Path
    folder: Path

    def sides(self, number: int) -> list[Side]:
        """The sides of a round in their order: who goes first changes each time."""
        ours = sides.ours(self.our_model, self._room("ours", number), free_port())
        stock = sides.stock(
            self.stock_python, self.stock_model, self._room("stock", number), free_port()
        )
        deployed = sides.deployed(self.our_model, self._room("deployed", number), free_port())
        return [ours, stock, deployed] if number % 2 == 0 else [stock, ours, deployed]

    def _room(self, name: str, number: int) -> Path:
        room = self.folder / f"{name}-{number}"
        room.mkdir()
        return room


def _start_each(makers: _Makers, texts: Iterator[str], folder: Path) -> None:
    """Each side once, unmeasured: what is compiled at the first start is not in a round."""
    _tell("Starting each side once …")
    for side in makers.sides(-1):
        asyncio.run(start_once(side, next(texts), folder / f"{side.name}-once.log"))


def _round(
    number: int, makers: _Makers, texts: Iterator[str], size: Size, folder: Path
) -> dict[str, Figures]:
    """One round of every side on the same fresh texts, one side after the other."""
    fresh = list(islice(texts, size.texts))
    done = {}
    for side in makers.sides(number):
        _tell(f"Round {number + 1}: {side.name} …")
        log = folder / f"{side.name}-{number}.log"
        done[side.name] = asyncio.run(run_round(side, fresh, size, log))
    figures = summarise(done)
    for name, values in figures.items():
        _tell(_one_line(name, values))
    return figures


def _one_line(name: str, figures: Mapping[str, float]) -> str:
    return (
        f"  {name:8}  start {figures['start_s']:.1f} s, turn p50 {figures['turn_p50_ms']:.1f} "
        f"p99 {figures['turn_p99_ms']:.1f} ms, {figures['memory_mb']:.0f} MB, "
        f"{figures['busy_turns_per_s']:.0f} turns/s at once, grows × {figures['long_growth']:.2f}"
    )


def _about(plan: Plan, projects: Projects, note: Note, load: float) -> About:
    reused = plan.stock_model is not None
    return About(
        machine=machine.describe(),
        load=load,
        examples=projects.examples,
        intents=projects.intents,
        rounds=plan.rounds,
        stories=plan.stories,
        stock_training=told(note, projects.examples) if reused else "",
    )


def any_seed() -> int:
    """A seed for texts that no earlier run had."""
    return random.SystemRandom().randrange(10**9)


def _tell(line: str) -> None:
    print(line, flush=True)

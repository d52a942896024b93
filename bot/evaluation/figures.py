"""All figures of one evaluation, and the file that keeps them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.evaluation.confusions import Confusion
from bot.evaluation.examination import Examination
from bot.evaluation.languages import Told
from bot.evaluation.reliability import Bin
from bot.evaluation.scores import Cell, Score
from bot.evaluation.sharpness import Quick, Sharpness

# Different texts, at most: enough for a 99th percentile that is not one text's.
TIMED_TEXTS = 500


@dataclass(frozen=True)
class Noisy:
    """The exam with letter noise; every phrase is in it ``draws`` times, spoilt anew."""

    share: float
    draws: int
    examination: Examination


@dataclass(frozen=True)
class Timing:
    """Milliseconds: half of the texts take at most ``median``, all but one in 100 ``p99``."""

    component: str
    median: float
    p99: float


@dataclass(frozen=True)
class Figures:
    """``examples`` by language; ``new``: the exam without phrases that are also examples.

    ``banking77``: percent right for each draw; empty when it was never measured.
    """

    examples: Mapping[str, int]
    intents: int
    bands: Mapping[str, float]
    exam: Examination
    new: tuple[Cell, ...]
    noise: tuple[Noisy, ...]
    cross_validation: Examination
    sharpness: Sharpness
    quick: Quick
    languages: tuple[Told, ...]
    banking77: tuple[float, ...]
    latency: tuple[Timing, ...]

    @property
    def passes(self) -> tuple[Noisy, ...]:
        """The exam as it stands, and with more and more noise."""
        return (Noisy(0.0, 1, self.exam), *self.noise)


def to_json(figures: Figures) -> str:
    """The figures as they are kept: a line for each number, so that a change shows as one."""
    return json.dumps(asdict(figures), indent=1) + "\n"


def from_json(text: str) -> Figures:
    """Read back what ``to_json`` wrote; KeyError or ValueError for anything else."""
    kept = json.loads(text)
    return Figures(
        examples=kept["examples"],
        intents=kept["intents"],
        bands=kept["bands"],
        exam=_examination(kept["exam"]),
        new=_cells(kept["new"]),
        noise=tuple(
            Noisy(one["share"], one["draws"], _examination(one["examination"]))
            for one in kept["noise"]
        ),
        cross_validation=_examination(kept["cross_validation"]),
        sharpness=Sharpness(**kept["sharpness"]),
        quick=Quick(kept["quick"]["percent"], Sharpness(**kept["quick"]["sharpness"])),
        languages=tuple(Told(**one) for one in kept["languages"]),
        banking77=tuple(kept["banking77"]),
        latency=tuple(Timing(**one) for one in kept["latency"]),
    )


def to_keep(measured: Figures, kept: Figures | None) -> Figures:
    """What the page shows after a run.

    BANKING77's last figures stay when it wasn't measured. Where nothing but milliseconds changed,
    all stays: they differ by machine and hour and say nothing about the data.
    """
    if kept is None:
        return measured
    if not measured.banking77:
        measured = replace(measured, banking77=kept.banking77)
    same = replace(measured, latency=kept.latency) == kept and _timed(measured) == _timed(kept)
    return kept if same else measured


def _timed(figures: Figures) -> list[str]:
    return [timing.component for timing in figures.latency]


def _examination(kept: Mapping[str, Any]) -> Examination:
    return Examination(
        _cells(kept["cells"]),
        tuple(Bin(**one) for one in kept["bins"]),
        tuple(Confusion(**one) for one in kept["confusions"]),
    )


def _cells(kept: Sequence[Mapping[str, Any]]) -> tuple[Cell, ...]:
    return tuple(Cell(one["group"], one["language"], Score(**one["score"])) for one in kept)

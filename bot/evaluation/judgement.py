"""The figures that something is asked of, and what is asked (thresholds.yml). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.evaluation.faults import Unreadable
from bot.evaluation.figures import Figures
from bot.evaluation.scores import Score, in_scope, interval, out_of_scope, total

THRESHOLDS = Path(__file__).parent / "thresholds.yml"
# The share of spoilt letters that thresholds speak of.
JUDGED_NOISE = 0.1
LABELS = {
    "exam_right_en": "in scope, English: right",
    "exam_right_es": "in scope, Spanish: right",
    "exam_rejected": "out of scope: rejected",
    "exam_wrong": "wrong, of all",
    "exam_calibration_error": "calibration error",
    "noise_right": "letter noise: right",
    "noise_wrong": "letter noise: wrong, of all",
    "cross_validation_right_en": "cross-validation, English: right",
    "cross_validation_right_es": "cross-validation, Spanish: right",
    "cross_validation_wrong": "cross-validation: wrong, of all",
    "language_wrong": "language told: wrongly",
    "banking77": "BANKING77, 10 examples an intent: right",
}


@dataclass(frozen=True)
class Value:
    """A figure in percent; ``between``: its 95 % interval, where phrases are independent."""

    percent: float
    between: tuple[float, float] | None = None


@dataclass(frozen=True)
class Threshold:
    """What is asked of a figure; ``least`` or ``most`` is None."""

    figure: str
    least: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"

    def is_met(self, value: float) -> bool:
        """Whether a figure's percent keeps it."""
        above = self.least is None or value >= self.least
        return above and (self.most is None or value <= self.most)


def values_of(figures: Figures) -> dict[str, Value]:
    """Every figure of LABELS that was measured, by name."""
    exam, validation = figures.exam.cells, figures.cross_validation.cells
    outside = out_of_scope(exam)
    values = {
        "exam_right_en": _right(in_scope(exam, ["en"])),
        "exam_right_es": _right(in_scope(exam, ["es"])),
        "exam_rejected": _value(outside.rejected, outside.phrases),
        "exam_wrong": _wrong(total(exam)),
        "exam_calibration_error": Value(figures.exam.calibration_error),
        "cross_validation_right_en": _right(in_scope(validation, ["en"])),
        "cross_validation_right_es": _right(in_scope(validation, ["es"])),
        "cross_validation_wrong": _wrong(total(validation)),
        "language_wrong": _value(
            sum(one.wrong for one in figures.languages),
            sum(one.phrases for one in figures.languages),
        ),
        **_noisy(figures),
    }
    if figures.banking77:
        values["banking77"] = Value(sum(figures.banking77) / len(figures.banking77))
    return {name: value for name, value in values.items() if value is not None}


def read_thresholds(path: Path = THRESHOLDS) -> list[Threshold]:
    """The file's thresholds; Unreadable for a figure there is none of and for what is no number."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or set(content) != {"at_least", "at_most"}:
        raise Unreadable(f"{path.name} must hold at_least and at_most.")
    for name, bound in [*content["at_least"].items(), *content["at_most"].items()]:
        _check(path.name, name, bound)
    least = [Threshold(name, least=bound) for name, bound in content["at_least"].items()]
    return least + [Threshold(name, most=bound) for name, bound in content["at_most"].items()]


def failures(values: Mapping[str, Value], thresholds: Sequence[Threshold]) -> list[str]:
    """A line for each figure that misses its threshold; one not measured is not judged."""
    return [
        f"{asked.figure} ({LABELS[asked.figure]}) is {value.percent:.2f} %, asked {asked}"
        for asked in thresholds
        if (value := values.get(asked.figure)) and not asked.is_met(value.percent)
    ]


def not_judged(values: Mapping[str, Value], thresholds: Sequence[Threshold]) -> list[str]:
    """Names of figures with a threshold that were not measured."""
    return [asked.figure for asked in thresholds if asked.figure not in values]


def _noisy(figures: Figures) -> dict[str, Value | None]:
    """Spoilt copies of one phrase are not independent: no interval."""
    for noisy in figures.noise:
        if noisy.share == JUDGED_NOISE:
            cells = noisy.examination.cells
            inside, everything = in_scope(cells), total(cells)
            right, wrong = inside.percent(inside.right), everything.percent(everything.wrong)
            return {
                "noise_right": Value(right) if inside.phrases else None,
                "noise_wrong": Value(wrong),
            }
    return {}


def _right(score: Score) -> Value | None:
    return _value(score.right, score.phrases)


def _wrong(score: Score) -> Value | None:
    return _value(score.wrong, score.phrases)


def _value(count: int, of: int) -> Value | None:
    return Value(100 * count / of, interval(count, of)) if of else None


def _check(file: str, name: str, bound: object) -> None:
    if name not in LABELS:
        raise Unreadable(f"{file}: there is no figure {name!r}.")
    if not isinstance(bound, int | float) or isinstance(bound, bool):
        raise Unreadable(f"{file}: {name} must be a number of percent, not {bound!r}.")

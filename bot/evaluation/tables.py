"""The figures as Markdown tables. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot import markdown
from bot.evaluation.confusions import Confusion
from bot.evaluation.figures import Figures, Timing
from bot.evaluation.judgement import LABELS, Threshold, Value
from bot.evaluation.languages import Told
from bot.evaluation.phrases import IN_SCOPE_GROUPS, LANGUAGES, OUT_OF_SCOPE_GROUPS
from bot.evaluation.reliability import BINS, Bin
from bot.evaluation.scores import Cell, Score, in_scope, out_of_scope, total

_NOTHING = "–"


def judged(values: Mapping[str, Value], thresholds: Sequence[Threshold]) -> str:
    """Every figure that something can be asked of, and what is asked."""
    asked = {threshold.figure: threshold for threshold in thresholds}
    lines = []
    for name, label in LABELS.items():
        value, threshold = values.get(name), asked.get(name)
        met = _NOTHING
        if value and threshold:
            met = "yes" if threshold.is_met(value.percent) else "**no**"
        lines.append([label, *_value(value), str(threshold or _NOTHING), met])
    return markdown.table(["%", "measured", "95 % interval", "asked", "met"], lines)


def inside(cells: Iterable[Cell]) -> str:
    """In-scope phrases by group and language, and together; empty without any."""
    outcomes = ["right", "asked back", "right one offered", "turned away", "wrong"]
    lines = [[name, *_inside(score)] for name, score in _named(cells, IN_SCOPE_GROUPS)]
    return markdown.table(["in scope, %", "phrases", *outcomes], lines) if lines else ""


def outside(cells: Iterable[Cell]) -> str:
    """Out-of-scope phrases by group and language, and together; empty without any."""
    outcomes = ["rejected", "of them asked back", "wrong"]
    lines = [[name, *_outside(score)] for name, score in _named(cells, OUT_OF_SCOPE_GROUPS)]
    return markdown.table(["out of scope, %", "phrases", *outcomes], lines) if lines else ""


def noise(figures: Figures) -> str:
    """The exam as it stands, and with more and more letters spoilt."""
    lines = []
    for noisy in figures.passes:
        cells = noisy.examination.cells
        outer, everything = out_of_scope(cells), total(cells)
        lines.append(
            [
                f"{100 * noisy.share:.0f} %",
                f"{everything.phrases:,}",
                *(_right(in_scope(cells, [code])) for code in LANGUAGES),
                _right(in_scope(cells)),
                _percent(outer, outer.rejected),
                _percent(everything, everything.wrong),
            ]
        )
    names = [f"right, {name}" for name in LANGUAGES.values()]
    return markdown.table(
        ["letters spoilt", "phrases", *names, "right", "rejected", "wrong, of all"], lines
    )


def reliability(figures: Figures) -> str:
    """By confidence: answers, and the percent of them that are right."""
    sets = {"exam": figures.exam.bins, "cross-validation": figures.cross_validation.bins}
    head = ["confidence, %"]
    for name in sets:
        head += [f"{name}: answers", "confidence", "right"]
    lines = []
    for at in range(BINS):
        line = [f"{100 * at // BINS}–{100 * (at + 1) // BINS}"]
        for bins in sets.values():
            line += _bin(bins[at])
        lines.append(line)
    return markdown.table(head, lines)


def calibration(figures: Figures) -> str:
    """The calibration errors, as part of a sentence."""
    exam, validation = figures.exam, figures.cross_validation
    return (
        f"{exam.calibration_error:.1f} % in the exam, "
        f"{validation.calibration_error:.1f} % in cross-validation"
    )


def languages(told: Sequence[Told]) -> str:
    """How often the language is told, rightly and wrongly."""
    lines = [
        [
            LANGUAGES[one.language],
            f"{one.phrases:,}",
            *(f"{100 * count / one.phrases:.1f}" for count in (one.right, one.not_told, one.wrong)),
        ]
        for one in told
        if one.phrases
    ]
    return markdown.table(["language, %", "phrases", "right", "not told", "wrong"], lines)


def confusions(pairs: Sequence[Confusion]) -> str:
    """The most frequent pairs."""
    lines = [
        [f"`{pair.intent}`", f"`{pair.taken_for}`", str(pair.count), str(pair.answered)]
        for pair in pairs
    ]
    return markdown.table(["intent", "taken for", "times", "answered so"], lines, names=2)


def latency(timings: Sequence[Timing]) -> str:
    """Milliseconds by component."""
    lines = [[one.component, _milliseconds(one.median), _milliseconds(one.p99)] for one in timings]
    return markdown.table(["ms", "median", "p99"], lines)


def _named(cells: Iterable[Cell], groups: Sequence[str]) -> list[tuple[str, Score]]:
    """The groups' scores with their names, and then the sums; what has no phrases is left out."""
    chosen = [cell for cell in cells if cell.group in groups]
    named = [(f"{cell.group}, {LANGUAGES[cell.language]}", cell.score) for cell in chosen]
    named += [
        (f"**all, {name}**", total(chosen, groups, [code])) for code, name in LANGUAGES.items()
    ]
    named.append(("**all**", total(chosen)))
    return [(name, score) for name, score in named if score.phrases]


def _value(value: Value | None) -> tuple[str, str]:
    if value is None:
        return "not measured", _NOTHING
    between = "–".join(f"{bound:.1f}" for bound in value.between) if value.between else _NOTHING
    return f"{value.percent:.1f}", between


def _inside(score: Score) -> list[str]:
    offered = f"{score.offered} of {score.asked}" if score.asked else _NOTHING
    return [
        f"{score.phrases:,}",
        _right(score),
        _percent(score, score.asked),
        offered,
        _percent(score, score.turned_away),
        _percent(score, score.wrong),
    ]


def _outside(score: Score) -> list[str]:
    counts = (score.rejected, score.asked, score.wrong)
    return [f"{score.phrases:,}", *(_percent(score, count) for count in counts)]


def _right(score: Score) -> str:
    return _percent(score, score.right)


def _percent(score: Score, count: int) -> str:
    return f"{score.percent(count):.1f}" if score.phrases else _NOTHING


def _bin(each: Bin) -> list[str]:
    if not each.answers:
        return ["0", _NOTHING, _NOTHING]
    return [
        f"{each.answers:,}",
        f"{100 * each.confidence:.0f}",
        f"{100 * each.right / each.answers:.0f}",
    ]


def _milliseconds(value: float) -> str:
    """One decimal below 10 ms, none above: more would only tell of the machine's hour."""
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"

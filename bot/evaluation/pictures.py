"""The plots of docs/evaluation.md: SVG that is the same whenever the figures are the same.

They have a white ground of their own, so that they read alike on GitHub's light and dark pages.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from bot.evaluation.figures import Figures
from bot.evaluation.phrases import IN_SCOPE_GROUPS, LANGUAGES
from bot.evaluation.reliability import Bin
from bot.evaluation.scores import Cell, in_scope, interval, out_of_scope, total

# Apart for colour-blind eyes and in grey (Okabe & Ito 2008).
_GREEN, _YELLOW, _GREY, _RED, _BLUE = "#009e73", "#f0c419", "#b4b9c0", "#d55e00", "#0072b2"
_INK = "#24292f"
_STYLE = {
    "svg.hashsalt": "numberdesk",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": "#8c959f",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": "#d8dee4",
    "legend.frameon": False,
    "figure.facecolor": "white",
}


def pictures(figures: Figures) -> dict[str, bytes]:
    """File names with their SVG."""
    drawn: dict[str, Callable[[Any, Figures], None]] = {
        "evaluation-groups.svg": _groups,
        "evaluation-noise.svg": _noise,
        "evaluation-reliability.svg": _reliability,
        "evaluation-latency.svg": _latency,
    }
    return {name: _svg(draw, figures) for name, draw in drawn.items()}


def _svg(draw: Callable[[Any, Figures], None], figures: Figures) -> bytes:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 3.6))
        draw(figure, figures)
        written = io.BytesIO()
        figure.savefig(
            written,
            format="svg",
            bbox_inches="tight",
            pad_inches=0.15,
            metadata={"Date": None, "Creator": "make evaluate"},
        )
    # Matplotlib ends lines of paths with a blank.
    return b"\n".join(line.rstrip() for line in written.getvalue().splitlines()) + b"\n"


def _groups(figure: Any, figures: Figures) -> None:
    """A bar for each group and language of the exam, cut by what became of its phrases."""
    cells = figures.exam.cells
    figure.set_size_inches(7.2, 0.9 + 0.27 * len(cells))
    axes = figure.subplots()
    names = [f"{cell.group}, {LANGUAGES[cell.language]}" for cell in cells]
    left = [0.0] * len(cells)
    for label, colour, widths in _outcomes(cells):
        axes.barh(names, widths, left=left, color=colour, label=label, height=0.72)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of the exam's phrases")
    axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncol=4)


def _outcomes(cells: tuple[Cell, ...]) -> list[tuple[str, str, list[float]]]:
    """Label, colour and a width in percent for each cell; out of scope, turned away is right."""
    inside = [cell.group in IN_SCOPE_GROUPS for cell in cells]
    scores = [cell.score for cell in cells]
    good = [
        one.right if known else one.turned_away for one, known in zip(scores, inside, strict=True)
    ]
    away = [one.turned_away if known else 0 for one, known in zip(scores, inside, strict=True)]
    kinds = [
        ("right (out of scope: turned away)", _GREEN, good),
        ("asked back", _YELLOW, [one.asked for one in scores]),
        ("turned away", _GREY, away),
        ("wrong", _RED, [one.wrong for one in scores]),
    ]
    return [
        (label, colour, [one.percent(count) for one, count in zip(scores, counts, strict=True)])
        for label, colour, counts in kinds
    ]


def _noise(figure: Any, figures: Figures) -> None:
    """Right, rejected and wrong over the share of spoilt letters."""
    shares = [100 * noisy.share for noisy in figures.passes]
    passes = [noisy.examination.cells for noisy in figures.passes]
    axes = figure.subplots()
    for (code, language), style in zip(LANGUAGES.items(), ("-", "--"), strict=True):
        scores = [in_scope(cells, [code]) for cells in passes]
        right = [score.percent(score.right) for score in scores]
        axes.plot(shares, right, style, color=_GREEN, marker="o", label=f"right, {language}")
    outside = [out_of_scope(cells) for cells in passes]
    rejected = [score.percent(score.rejected) for score in outside]
    axes.plot(shares, rejected, color=_BLUE, marker="s", label="out of scope: rejected")
    everything = [total(cells) for cells in passes]
    wrong = [score.percent(score.wrong) for score in everything]
    axes.plot(shares, wrong, color=_RED, marker="v", label="wrong, of all")
    axes.set_xticks(shares)
    axes.set_ylim(0, 101)
    axes.set_xlabel("% of the letters spoilt")
    axes.set_ylabel("%")
    axes.grid(axis="y")
    axes.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncol=4)


def _reliability(figure: Any, figures: Figures) -> None:
    """The share of right answers over their confidence; the bands are shaded."""
    figure.set_size_inches(5.4, 4.6)
    axes = figure.subplots()
    unsure, sure = (100 * figures.bands[name] for name in ("unsure", "sure"))
    for start, end, shade, label in (
        (0, unsure, "#eaeef2", "unsure"),
        (unsure, sure, "#fbf0c4", "asks back"),
        (sure, 100, "#dff3ec", "answers"),
    ):
        axes.axvspan(start, end, color=shade, linewidth=0, zorder=0)
        axes.text((start + end) / 2, 2, label, ha="center")
    axes.plot([0, 100], [0, 100], color="#8c959f", linewidth=1, label="as it should be")
    _line(axes, figures.cross_validation.bins, _BLUE, "s", "cross-validation")
    _line(axes, figures.exam.bins, _RED, "o", "exam")
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_xlabel("confidence, %")
    axes.set_ylabel("right answers, %")
    axes.legend(loc="upper left")


def _line(axes: Any, bins: tuple[Bin, ...], colour: str, marker: str, label: str) -> None:
    """Bins as points, the more answers the larger, with their 95 % intervals."""
    filled = [each for each in bins if each.answers]
    if not filled:
        return
    x = [100 * each.confidence for each in filled]
    y = [100 * each.right / each.answers for each in filled]
    most = max(each.answers for each in filled)
    sizes = [20 + 130 * each.answers / most for each in filled]
    between = [interval(each.right, each.answers) for each in filled]
    axes.vlines(x, *zip(*between, strict=True), color=colour, alpha=0.4)
    axes.plot(x, y, color=colour, linewidth=1)
    axes.scatter(
        x, y, s=sizes, color=colour, marker=marker, alpha=0.75, label=label, zorder=3, clip_on=False
    )


def _latency(figure: Any, figures: Figures) -> None:
    """Median and 99th percentile of each component."""
    figure.set_size_inches(7.2, 2.9)
    axes = figure.subplots()
    names = [one.component for one in figures.latency]
    axes.barh(names, [one.p99 for one in figures.latency], color="#9ecbe6", height=0.7, label="p99")
    axes.barh(
        names, [one.median for one in figures.latency], color=_BLUE, height=0.4, label="median"
    )
    axes.invert_yaxis()
    axes.set_xlabel("ms for one text")
    axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncol=2)

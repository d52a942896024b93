"""The figures as a table of medians and ratios: on the terminal, and as docs/benchmark.md. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot import markdown
from bot.bench.figures import Spread, ratios

# By side ("ours", "stock", "deployed") and measure: a value for each round.
Values = Mapping[str, Mapping[str, Sequence[float]]]

_MET = {True: "yes", False: "no", None: "–"}


@dataclass(frozen=True)
class Measure:
    """One line of the table, and what was asked of it.

    ``judged`` says of what: "stock / ours" (so many times faster or smaller), "ours / stock", or
    "ours" alone. ``at_least`` and ``at_most`` are the bounds; none: nothing was asked.
    """

    key: str
    label: str
    digits: int
    judged: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def asked(self) -> str:
        """The bound in a few characters; a dash when nothing was asked."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return "–" if self.at_most is None else f"≤ {self.at_most:g}"

    def is_met(self, judged: float) -> bool | None:
        """Whether a figure keeps the bound; None when there is none."""
        if self.at_least is not None:
            return judged >= self.at_least
        return None if self.at_most is None else judged <= self.at_most


MEASURES = (
    Measure("turn_p50_ms", "turn p50, ms", 1, "stock / ours", at_least=3),
    Measure("turn_p99_ms", "turn p99, ms", 1, "stock / ours", at_least=2.5),
    Measure("turn_cpu_ms", "processor time of a turn, ms", 1, "stock / ours"),
    Measure("start_s", "cold start to the first answer, s", 1, "stock / ours", at_least=10),
    Measure("training_s", "training the whole bot, s", 0, "stock / ours", at_least=10),
    Measure("memory_mb", "memory after these turns, MB", 0, "ours / stock", at_most=0.4),
    Measure("busy_turns_per_s", "turns per second, 32 at once", 0, "ours / stock", at_least=3),
    Measure("busy_p50_ms", "turn p50, 32 at once, ms", 0, "stock / ours"),
    Measure("busy_p99_ms", "turn p99, 32 at once, ms", 0, "stock / ours"),
    Measure("busy_p99_over_p50", "p99 over p50, 32 at once", 1, "ours", at_most=4),
    Measure("long_first_ms", "turns 1–50 of a conversation, p50, ms", 1, "stock / ours"),
    Measure("long_last_ms", "its last 50 turns, p50, ms", 1, "stock / ours"),
    Measure("long_growth", "last 50 turns over the first", 2, "ours", at_most=1.2),
)
# What a cache adds is told apart: benchmark texts never repeat otherwise.
CACHE = (
    Measure("new_p50_ms", "a text for the first time, p50, ms", 1, "stock / ours"),
    Measure("again_p50_ms", "the same text again, p50, ms", 1, "stock / ours"),
    Measure("again_times_faster", "times faster again", 2, "ours"),
)


@dataclass(frozen=True)
class Row:
    """One measure of two sides; spreads over the rounds."""

    measure: Measure
    ours: Spread
    stock: Spread
    judged: Spread

    def cells(self) -> list[str]:
        """Label, ours, stock, what is judged, what was asked, whether it is met."""
        measure = self.measure
        return [
            measure.label,
            spread_text(self.ours, measure.digits),
            spread_text(self.stock, measure.digits),
            f"{spread_text(self.judged, 2)} {measure.judged}",
            measure.asked,
            _MET[measure.is_met(self.judged.median)],
        ]


def rows(measures: Sequence[Measure], values: Values) -> list[Row]:
    """A row for each measure that both "ours" and "stock" have."""
    both = values["ours"].keys() & values["stock"].keys()
    return [_row(measure, values) for measure in measures if measure.key in both]


def gathered(
    rounds: Sequence[Mapping[str, Mapping[str, float]]],
) -> dict[str, dict[str, list[float]]]:
    """Rounds of sides of figures, turned around: sides of measures of a value for each round."""
    return {
        side: {key: [one[side][key] for one in rounds] for key in figures}
        for side, figures in rounds[0].items()
    }


def comparison(measures: Sequence[Measure], values: Values) -> str:
    """The table of ours beside stock."""
    head = ["", "ours", "stock Rasa", "ratio", "asked", "met"]
    return markdown.table(head, [row.cells() for row in rows(measures, values)], len(head))


def alone(measures: Sequence[Measure], values: Mapping[str, Sequence[float]]) -> str:
    """The table of one side: every measure that it has, and what was asked of a side alone."""
    lines = [
        _alone_cells(measure, Spread.of(values[measure.key]))
        for measure in measures
        if measure.key in values
    ]
    head = ["", "ours as deployed", "asked", "met"]
    return markdown.table(head, lines, len(head))


def _alone_cells(measure: Measure, spread: Spread) -> list[str]:
    figures = [measure.label, spread_text(spread, measure.digits)]
    if measure.judged != "ours":
        return [*figures, "–", "–"]
    return [*figures, measure.asked, _MET[measure.is_met(spread.median)]]


def spread_text(spread: Spread, digits: int) -> str:
    """``median (low–high)``; the median alone when there was one round."""
    median, low, high = (
        f"{value:,.{digits}f}" for value in (spread.median, spread.low, spread.high)
    )
    return median if low == high else f"{median} ({low}–{high})"


def _row(measure: Measure, values: Values) -> Row:
    ours, stock = values["ours"][measure.key], values["stock"][measure.key]
    judged = {
        "stock / ours": lambda: ratios(stock, ours),
        "ours / stock": lambda: ratios(ours, stock),
        "ours": lambda: list(ours),
    }[measure.judged]()
    return Row(measure, Spread.of(ours), Spread.of(stock), Spread.of(judged))

"""Figures out of timings: percentiles, medians, ratios. Pure."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that a ``share`` (0 to 1) of all values does not exceed (nearest rank).

    ValueError when there are no values.
    """
    if not values:
        raise ValueError("No values: no percentile.")
    return float(np.quantile(values, share, method="inverted_cdf"))


@dataclass(frozen=True)
class Spread:
    """What several rounds gave: the median of them, the lowest and the highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """ValueError when there are no values."""
        if not values:
            raise ValueError("No values: no spread.")
        return cls(statistics.median(values), min(values), max(values))


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Round by round one side over the other; a side measured once stands against every round.

    ValueError when both were measured several times, and not equally often.
    """
    rounds = max(len(over), len(under))
    return [a / b for a, b in zip(_spread(over, rounds), _spread(under, rounds), strict=True)]


def _spread(values: Sequence[float], rounds: int) -> Sequence[float]:
    return list(values) * rounds if len(values) == 1 else values

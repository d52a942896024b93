"""Whether a share p of the answers given with confidence p is right. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Answers of about the same confidence: how many, how many right, their mean confidence."""

    answers: int
    right: int
    confidence: float


def bins_of(answers: Iterable[tuple[float, bool]]) -> tuple[Bin, ...]:
    """Ten bins of equal width from 0 to 1, empty ones too; an answer is (confidence, is right)."""
    kept: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in answers:
        kept[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    return tuple(_bin(each) for each in kept)


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error in percent (Guo et al. 2017).

    It is the mean over all answers of the distance between their bin's share of right ones and
    its confidence; 0 without answers.
    """
    distances = sum(abs(each.right - each.confidence * each.answers) for each in bins)
    return 100 * distances / max(sum(each.answers for each in bins), 1)


def _bin(answers: Sequence[tuple[float, bool]]) -> Bin:
    mean = sum(confidence for confidence, _ in answers) / max(len(answers), 1)
    return Bin(len(answers), sum(right for _, right in answers), round(mean, 3))

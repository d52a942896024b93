"""Which intents are taken for which others: names and numbers, never phrases. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Confusion:
    """``count`` phrases of an intent were likeliest another; ``answered`` of them at once."""

    intent: str
    taken_for: str
    count: int
    answered: int


def confusions_of(readings: Iterable[tuple[str, str, bool]]) -> tuple[Confusion, ...]:
    """The pairs, most frequent first; a reading is (true intent, likeliest one, answered at once).

    Readings that are right are passed over.
    """
    counts: Counter[tuple[str, str]] = Counter()
    answered: Counter[tuple[str, str]] = Counter()
    for intent, likeliest, at_once in readings:
        if likeliest != intent:
            counts[intent, likeliest] += 1
            answered[intent, likeliest] += at_once
    ordered = sorted(counts, key=lambda pair: (-counts[pair], -answered[pair], pair))
    return tuple(Confusion(*pair, counts[pair], answered[pair]) for pair in ordered)

"""Stratified folds: each part of the examples has its share of every kind. Pure."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Hashable, Sequence

FOLDS = 4


def fold_of_each(kinds: Sequence[Hashable], folds: int = FOLDS, seed: int = 0) -> list[int]:
    """For each example the fold (0 to ``folds`` - 1) that it is tested in.

    Examples of one kind are shuffled and dealt out in turn, so their numbers in two folds differ
    by one at most.
    """
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for at, kind in enumerate(kinds):
        alike[kind].append(at)
    chance = random.Random(seed)
    fold = [0] * len(kinds)
    dealt = 0
    for places in alike.values():
        chance.shuffle(places)
        for at in places:
            fold[at] = dealt % folds
            dealt += 1
    return fold

"""How well a list of words finds what it is for, on the labelled phrases beside this file.

A file's columns: `expected` (its label), `language`, `set` and `text`. Who tunes a list looks at
the phrases of `tuned` only; `held_out` tells how it does on what it was not made for.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Phrase:
    """A labelled phrase."""

    expected: str
    language: str
    set: str
    text: str


@dataclass(frozen=True)
class Figures:
    """How often a label was rightly given, wrongly given, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of what was given the label that has it; 1 when nothing was."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of what has the label that was given it; 1 when nothing has."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def phrases(name: str, of_set: str | None = None) -> list[Phrase]:
    """The phrases of a list, such as "crisis"; of one set, or of both."""
    file = Path(__file__).with_name(f"{name}.tsv")
    with file.open(encoding="utf-8", newline="") as rows:
        read = [Phrase(**row) for row in csv.DictReader(rows, delimiter="\t", quoting=3)]
    return [phrase for phrase in read if of_set in (None, phrase.set)]


def share_noticed(
    of: Sequence[Phrase], label: str, read: Callable[[str], str], *, as_any_of: Collection[str]
) -> float:
    """The share of what has the label that `read` gives any of these; 1 when nothing has."""
    given = [read(phrase.text) in as_any_of for phrase in of if phrase.expected == label]
    return sum(given) / len(given) if given else 1.0


def figures(of: Sequence[Phrase], label: str, read: Callable[[str], str]) -> Figures:
    """How well `read`, which gives a text its label, does for one label."""
    given = [(phrase.expected == label, read(phrase.text) == label) for phrase in of]
    return Figures(
        right=given.count((True, True)),
        wrong=given.count((False, True)),
        missed=given.count((True, False)),
    )

"""What became of each phrase, counted by group and language. Pure.

*Right*: in scope, and answered at once with its own intent. *Asked back*: "did you mean …", with
two or three choices. *Turned away*: understood as out of scope, or as nothing at all. *Wrong*:
answered at once with an intent that it does not have. An out-of-scope phrase is *rejected* when
it is turned away or asked back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields

from scipy.stats import binomtest

from bot.evaluation.phrases import (
    GROUPS,
    IN_SCOPE_GROUPS,
    LANGUAGES,
    OUT_OF_SCOPE_GROUPS,
    Phrase,
)
from bot.nlu.certainty import FALLBACK, Decision
from bot.nlu.understanding import OUT_OF_SCOPE


@dataclass(frozen=True)
class Score:
    """Numbers of phrases: right + asked + turned_away + wrong = phrases.

    ``offered``: asked back, the true intent among the choices.
    """

    phrases: int = 0
    right: int = 0
    asked: int = 0
    offered: int = 0
    turned_away: int = 0
    wrong: int = 0

    @property
    def rejected(self) -> int:
        """Phrases not answered at once."""
        return self.asked + self.turned_away

    def __add__(self, other: Score) -> Score:
        names = [field.name for field in fields(self)]
        return Score(*(getattr(self, name) + getattr(other, name) for name in names))

    def percent(self, count: int) -> float:
        """A number of these phrases in percent of all of them; none of none is 0."""
        return 100 * count / self.phrases if self.phrases else 0.0


@dataclass(frozen=True)
class Cell:
    """The score of one group's phrases in one language."""

    group: str
    language: str
    score: Score


def score_of(phrase: Phrase, decision: Decision) -> Score:
    """One phrase's score."""
    if decision.intent == FALLBACK and decision.choices:
        return Score(1, asked=1, offered=int(phrase.intent in decision.choices))
    if decision.intent in (FALLBACK, OUT_OF_SCOPE):
        return Score(1, turned_away=1)
    if decision.intent == phrase.intent:
        return Score(1, right=1)
    return Score(1, wrong=1)


def cells_of(phrases: Sequence[Phrase], decisions: Sequence[Decision]) -> tuple[Cell, ...]:
    """A cell for each group and language that has phrases, in the order of the groups."""
    scores: dict[tuple[str, str], Score] = {}
    for phrase, decision in zip(phrases, decisions, strict=True):
        key = phrase.group, phrase.language
        scores[key] = scores.get(key, Score()) + score_of(phrase, decision)
    return tuple(
        Cell(group, language, scores[group, language])
        for group in GROUPS
        for language in LANGUAGES
        if (group, language) in scores
    )


def total(
    cells: Iterable[Cell], groups: Collection[str] = GROUPS, languages: Collection[str] = LANGUAGES
) -> Score:
    """The sum over some groups and languages."""
    chosen = (cell for cell in cells if cell.group in groups and cell.language in languages)
    return sum((cell.score for cell in chosen), Score())


def in_scope(cells: Iterable[Cell], languages: Collection[str] = LANGUAGES) -> Score:
    """The sum over the phrases that have an intent."""
    return total(cells, IN_SCOPE_GROUPS, languages)


def out_of_scope(cells: Iterable[Cell], languages: Collection[str] = LANGUAGES) -> Score:
    """The sum over the phrases that have none."""
    return total(cells, OUT_OF_SCOPE_GROUPS, languages)


def interval(count: int, of: int) -> tuple[float, float]:
    """Between which percentages the true share lies, 95 times of 100 (Wilson 1927)."""
    low, high = binomtest(count, of).proportion_ci(method="wilson")
    return 100 * float(low), 100 * float(high)

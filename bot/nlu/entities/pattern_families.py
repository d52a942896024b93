"""Families of patterns: how dates and durations are written, and when they are worth a try."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from bot.nlu.entities.date_meanings import Meaning
from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.mention import Kind

# What may stand right before and right after a date or duration that begins or ends with a number.
START, END = r"(?<![\w$€£#%.,/:-])", r"(?![\w%]|[/:-]\d|[.,]\d)"
NOT_EVERY = r"(?<!every )(?<!each )(?<!per )(?<!cada )"


@dataclass(frozen=True)
class Family:
    """Patterns that can match only where one of the words occurs, or the number is found.

    They are compiled when first needed: together they take longer than a start should.
    """

    words: frozenset[str]
    written: tuple[tuple[Kind, str, Meaning], ...]
    number: str | None

    def may_match(self, text: FoldedText) -> bool:
        """Whether it is worth the time to try."""
        if not self.words.isdisjoint(text.vocabulary):
            return True
        if self.number is None or not text.has_digits:
            return False
        return re.search(self.number, text.folded) is not None

    @cached_property
    def patterns(self) -> list[tuple[Kind, re.Pattern[str], Meaning]]:
        """What each matches is of a kind and has a meaning."""
        return [(kind, re.compile(pattern), meaning) for kind, pattern, meaning in self.written]


def family(
    words: Iterable[str], *written: tuple[Kind, str, Meaning], number: str | None = None
) -> Family:
    """The family of the patterns; of an expression its last word is looked for."""
    return Family(frozenset(word.split()[-1] for word in words), written, number)


def any_of(names: Iterable[str]) -> str:
    """A pattern of any of the names, the longest first."""
    return "|".join(sorted(names, key=len, reverse=True))

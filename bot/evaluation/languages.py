"""How often the language of a phrase is told, and told rightly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.evaluation.phrases import LANGUAGES, Phrase


@dataclass(frozen=True)
class Told:
    """Phrases of one language: told rightly, not told (the conversation's counts), told wrongly."""

    language: str
    phrases: int
    right: int
    not_told: int
    wrong: int


def told_languages(
    phrases: Sequence[Phrase], language_of: Callable[[str], str | None]
) -> tuple[Told, ...]:
    """By language, of the phrases in scope: the others hold all the world's."""
    told = []
    for language in LANGUAGES:
        found = [language_of(one.text) for one in phrases if one.language == language]
        right, not_told = found.count(language), found.count(None)
        wrong = len(found) - right - not_told
        told.append(Told(language, len(found), right, not_told, wrong))
    return tuple(told)

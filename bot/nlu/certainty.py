"""When to answer, when to ask back, when to say that one isn't sure.

Three bands of the likeliest intent's confidence: from ``sure`` on it is answered; from ``unsure``
on the person is asked which of two or three intents was meant; below, nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.nlu.understanding import OUT_OF_SCOPE

# The classifier's own name for nothing-of-these, which Rasa and the contracts know.
FALLBACK = "nlu_fallback"
_FEWEST_CHOICES, _MOST_CHOICES = 2, 3
# Nobody who has to ask was about to be greeted: small talk is answered or not, never offered.
TALK = frozenset(
    {"greet", "goodbye", "thanks", "bot_challenge", "affirm", "deny", "cancel", "undo"}
)
NEVER_OFFERED = TALK | {OUT_OF_SCOPE}


@dataclass(frozen=True)
class Bands:
    """Confidences, 0 to 1: ``sure`` ≥ ``unsure``; ``choice`` is the least of a third choice."""

    sure: float
    unsure: float
    choice: float

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Bands:
        """As config.yml says, which names each."""
        return cls(*(float(config[name]) for name in ("sure", "unsure", "choice")))

    def decide(self, ranking: Sequence[tuple[str, float]]) -> Decision:
        """What to do about a ranking, likeliest first; an empty one is nothing-of-these."""
        if not ranking or ranking[0][1] < self.unsure:
            return Decision(FALLBACK, ())
        name, confidence = ranking[0]
        if confidence >= self.sure:
            return Decision(name, ())
        return Decision(FALLBACK, self._choices(ranking))

    def _choices(self, ranking: Sequence[tuple[str, float]]) -> tuple[str, ...]:
        likely = [(name, share) for name, share in ranking if name not in NEVER_OFFERED]
        chosen = [name for name, _ in likely[:_FEWEST_CHOICES]]
        chosen += [
            name for name, share in likely[_FEWEST_CHOICES:_MOST_CHOICES] if share >= self.choice
        ]
        return tuple(chosen)


@dataclass(frozen=True)
class Decision:
    """The intent to act on, and the intents to offer when it is ``nlu_fallback``."""

    intent: str
    choices: tuple[str, ...]

"""BANKING77 with 10 examples an intent: the same components on other people's public data.

Casanueva et al. 2020, "Efficient Intent Detection with Dual Sentence Encoders": 77 intents of a
bank's customers. Three draws of training examples, one test set; the measure is their mean.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from bot.evaluation.faults import Unreadable
from bot.evaluation.served import as_served
from bot.nlu.encoders import SentenceEncoders
from bot.nlu.intent_model import Temper
from bot.nlu.understanding import Understanding

_DRAWS = ("b77_10_0.json", "b77_10_1.json", "b77_10_2.json")
_TEST = "b77_eval.json"


def banking77(
    folder: Path, temper: Temper, encoders: SentenceEncoders, say: Callable[[str], None]
) -> tuple[float, ...]:
    """Percent of the test set whose likeliest intent is right, for each draw; Unreadable."""
    tests = labelled(folder / _TEST)
    rights = []
    for name in _DRAWS:
        say(f"BANKING77, {name} …")
        texts, labels = zip(*labelled(folder / name), strict=True)
        understanding = Understanding.fit([*texts], [*labels], encoders, temper)
        right = sum(
            as_served(understanding, text, encoders).intent == label for text, label in tests
        )
        rights.append(round(100 * right / len(tests), 2))
    return tuple(rights)


def labelled(path: Path) -> list[tuple[str, str]]:
    """A file's texts with their labels in small letters, which the files write differently."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        pairs = [(str(text), str(label).lower()) for text, label in rows]
    except (OSError, ValueError, TypeError) as fault:
        raise Unreadable(f"{path} is no list of [text, label]: {fault}") from None
    if not pairs:
        raise Unreadable(f"{path} is empty.")
    return pairs

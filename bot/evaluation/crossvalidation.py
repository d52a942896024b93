"""Cross-validation: each example read by a model that learned from the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.evaluation.examination import Examination, examined
from bot.evaluation.examples import Settings
from bot.evaluation.folds import FOLDS, fold_of_each
from bot.evaluation.phrases import Phrase
from bot.evaluation.sharpness import Sharpness, measured_sharpness
from bot.nlu.encoders import SentenceEncoders
from bot.nlu.intent_model import Floats
from bot.nlu.understanding import Reading, Understanding


@dataclass(frozen=True)
class CrossValidation:
    """Readings of each example, and their shares (examples, intents) with intents by name."""

    readings: list[Reading]
    shares: Floats
    intents: list[str]


def cross_validated(
    examples: Sequence[Phrase],
    settings: Settings,
    encoders: SentenceEncoders,
    say: Callable[[str], None],
) -> CrossValidation:
    """Fit a model for each fold and let it read the fold; ``say`` is told of each."""
    intents = sorted({example.intent for example in examples})
    folds = np.array(fold_of_each([(one.intent, one.language) for one in examples]))
    readings: list[Reading] = [Reading((), "")] * len(examples)
    shares = np.zeros((len(examples), len(intents)), dtype=np.float32)
    for fold in range(FOLDS):
        say(f"Cross-validation, fold {fold + 1} of {FOLDS} …")
        learned = [examples[at] for at in np.flatnonzero(folds != fold)]
        held_out = np.flatnonzero(folds == fold)
        understanding = fitted(learned, settings, encoders)
        read = understanding.read([examples[at].text for at in held_out], encoders)
        for at, reading in zip(held_out, read, strict=True):
            readings[at] = reading
        columns = [intents.index(intent) for intent in understanding.model.intents]
        shares[held_out[:, None], columns] = _shares_as_read(understanding, read, encoders)
    return CrossValidation(readings, shares, intents)


def fitted(
    examples: Sequence[Phrase], settings: Settings, encoders: SentenceEncoders
) -> Understanding:
    """A model learned from examples under the settings."""
    texts, intents = [one.text for one in examples], [one.intent for one in examples]
    return Understanding.fit(texts, intents, encoders, settings.sharpness)


def told(
    examples: Sequence[Phrase], found: CrossValidation, settings: Settings
) -> tuple[Examination, Sharpness]:
    """What a cross-validation says. Readings without an intent have no confidence to sharpen."""
    read = np.array([bool(reading.ranking) for reading in found.readings])
    true = np.array([found.intents.index(example.intent) for example in examples])
    sharpness = measured_sharpness(found.shares[read], true[read], settings.sharpness)
    return examined(examples, found.readings, settings.bands), sharpness


def _shares_as_read(
    understanding: Understanding, readings: list[Reading], encoders: SentenceEncoders
) -> Floats:
    """Shares of all intents; a Reading keeps the ten likeliest."""
    texts = [reading.text for reading in readings]
    return understanding.model.shares(texts, encoders.encode(texts))

"""Cross-validation: each example read by a model that learned from the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.evaluation.examples import Settings
from bot.evaluation.folds import FOLDS, fold_of_each
from bot.evaluation.phrases import Phrase
from bot.evaluation.sharpness import Quick, Sharpness, measured_sharpness
from bot.nlu.encoders import SentenceEncoders
from bot.nlu.understanding import Reading, Understanding


@dataclass(frozen=True)
class CrossValidation:
    """A reading of each example, and what it says about the exponents of the confidences."""

    readings: list[Reading]
    sharpness: Sharpness
    quick: Quick


def cross_validated(
    examples: Sequence[Phrase],
    settings: Settings,
    encoders: SentenceEncoders,
    say: Callable[[str], None],
) -> CrossValidation:
    """Fit a model for each fold and let it read the fold; ``say`` is told of each."""
    intents = sorted({example.intent for example in examples})
    true = np.array([intents.index(example.intent) for example in examples])
    folds = np.array(fold_of_each([(one.intent, one.language) for one in examples]))
    encoders.encode([example.text for example in examples])
    readings: list[Reading] = [Reading((), "")] * len(examples)
    quick, careful = (np.zeros((len(examples), len(intents)), np.float32) for _ in range(2))
    for fold in range(FOLDS):
        say(f"Cross-validation, fold {fold + 1} of {FOLDS} …")
        learned = [examples[at] for at in np.flatnonzero(folds != fold)]
        held_out = np.flatnonzero(folds == fold)
        understanding = fitted(learned, settings, encoders)
        model = understanding.model
        for at in held_out:
            readings[at] = understanding.read(examples[at].text, encoders)
        as_read = [readings[at].text for at in held_out]
        columns = [intents.index(intent) for intent in model.intents]
        quick[held_out[:, None], columns] = model.quick_shares(as_read, encoders)
        careful[held_out[:, None], columns] = model.careful_shares(as_read, encoders)
    # Readings without an intent have no confidence to sharpen.
    read = np.array([bool(reading.ranking) for reading in readings])
    settled = quick.max(axis=1) >= settings.temper.quick_enough
    left = read & ~settled
    return CrossValidation(
        readings,
        measured_sharpness(careful[left], true[left], settings.temper.sharpness),
        Quick(
            round(100 * float(settled[read].mean()), 1),
            measured_sharpness(quick[read], true[read], settings.temper.quick_sharpness),
        ),
    )


def fitted(
    examples: Sequence[Phrase], settings: Settings, encoders: SentenceEncoders
) -> Understanding:
    """A model learned from examples under the settings."""
    texts, intents = [one.text for one in examples], [one.intent for one in examples]
    return Understanding.fit(texts, intents, encoders, settings.temper)

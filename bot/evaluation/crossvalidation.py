"""Cross-validation: each example read by a model that learned from the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold

from bot.evaluation.examples import Settings
from bot.evaluation.phrases import Phrase
from bot.evaluation.served import as_served, language_told
from bot.evaluation.sharpness import Quick, Sharpness, measured_sharpness
from bot.nlu.encoders import SentenceEncoders
from bot.nlu.intent_model import Floats, Temper
from bot.nlu.understanding import Reading, Understanding, is_read_carefully

FOLDS = 4

_Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class CrossValidation:
    """A reading of each example, and what it says about the exponents of the confidences."""

    readings: list[Reading]
    sharpness: Sharpness
    quick: Quick


@dataclass(frozen=True)
class _HeldOut:
    """An example as a model reads it that learned without it; a share for each intent.

    ``carefully``: whether the other heads are asked where the quick one is unsure.
    """

    reading: Reading
    carefully: bool
    quick: Floats
    careful: Floats


def cross_validated(
    examples: Sequence[Phrase],
    settings: Settings,
    encoders: SentenceEncoders,
    say: Callable[[str], None],
) -> CrossValidation:
    """Fit a model for each fold and let it read the fold; ``say`` is told of each."""
    encoders.encode([example.text for example in examples])
    intents = sorted({example.intent for example in examples})
    read: dict[int, _HeldOut] = {}
    for number, (learned, held_out) in enumerate(_folds(examples), start=1):
        say(f"Cross-validation, fold {number} of {FOLDS} …")
        understanding = fitted([examples[at] for at in learned], settings, encoders)
        texts = [examples[at].text for at in held_out]
        read.update(zip(held_out, _read(texts, understanding, intents, encoders), strict=True))
    ordered = [read[at] for at in range(len(examples))]
    true = np.array([intents.index(example.intent) for example in examples])
    sharpness, quick = _exponents(ordered, true, settings.temper)
    return CrossValidation([one.reading for one in ordered], sharpness, quick)


def fitted(
    examples: Sequence[Phrase], settings: Settings, encoders: SentenceEncoders
) -> Understanding:
    """A model learned from examples under the settings."""
    texts, intents = [one.text for one in examples], [one.intent for one in examples]
    return Understanding.fit(texts, intents, encoders, settings.temper)


def _folds(examples: Sequence[Phrase]) -> Iterator[tuple[_Places, _Places]]:
    """What to learn from and what to read, each part with its share of intents and languages."""
    kinds = [f"{one.intent} {one.language}" for one in examples]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    yield from folds.split(kinds, kinds)


def _read(
    texts: Sequence[str],
    understanding: Understanding,
    intents: Sequence[str],
    encoders: SentenceEncoders,
) -> list[_HeldOut]:
    """One fold; an intent that the model did not learn has no share."""
    model = understanding.model
    readings = [as_served(understanding, text, encoders) for text in texts]
    as_read = [reading.text for reading in readings]
    columns = [intents.index(intent) for intent in model.intents]
    quick, careful = (np.zeros((len(texts), len(intents)), np.float32) for _ in range(2))
    quick[:, columns] = model.quick_shares(as_read, encoders)
    careful[:, columns] = model.careful_shares(as_read, encoders)
    carefully = [is_read_carefully(language_told(text)) for text in texts]
    return [_HeldOut(*one) for one in zip(readings, carefully, quick, careful, strict=True)]


def _exponents(
    held_out: Sequence[_HeldOut], true: _Places, temper: Temper
) -> tuple[Sharpness, Quick]:
    """Of the other heads, where the quick one is not sure enough, and of the quick head."""
    # Readings without an intent have no confidence to sharpen.
    ranked = np.array([bool(one.reading.ranking) for one in held_out])
    quick = np.array([one.quick for one in held_out])[ranked]
    careful = np.array([one.careful for one in held_out])[ranked]
    true = true[ranked]
    carefully = np.array([one.carefully for one in held_out])[ranked]
    left = carefully & (quick.max(axis=1) < temper.quick_enough)
    return (
        measured_sharpness(careful[left], true[left], temper.sharpness),
        Quick(
            round(100 * float(1 - left.mean()), 1),
            measured_sharpness(quick, true, temper.quick_sharpness),
        ),
    )

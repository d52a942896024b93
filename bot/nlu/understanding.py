"""What a text means, with a confidence: the trained whole behind the Rasa component.

A text is read as it stands. With a word nobody knows, or where that reading is unsure, it is also
read with its spelling repaired, and the surer reading counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.nlu.encoders import SentenceEncoders
from bot.nlu.intent_model import Floats, IntentModel, name_as_example
from bot.nlu.spelling import Spelling

# The intent of everything that is none of the others; its name says nothing about its examples.
OUT_OF_SCOPE = "out_of_scope"
_RANKED = 10
# A confidence that needs no second reading where every word is known.
_SURE = 0.5
# A confidence that makes a repaired text count although it seemed out of scope as it was typed.
_CONVINCING = 0.75


@dataclass(frozen=True)
class Reading:
    """A text's intents, likeliest first, and the text as it was understood.

    ``ranking`` is empty for a text without a letter or digit; its shares are of all intents and
    sum to at most 1.
    """

    ranking: tuple[tuple[str, float], ...]
    text: str

    @property
    def intent(self) -> str | None:
        """The likeliest intent."""
        return self.ranking[0][0] if self.ranking else None

    @property
    def confidence(self) -> float:
        """The likeliest intent's share, 0 to 1."""
        return self.ranking[0][1] if self.ranking else 0.0


@dataclass(frozen=True)
class Understanding:
    """The trained model and the spelling of its examples."""

    model: IntentModel
    spelling: Spelling

    @classmethod
    def fit(
        cls,
        texts: list[str],
        intents: list[str],
        encoders: SentenceEncoders,
        sharpness: float = 1.0,
    ) -> Understanding:
        """Learn from examples; ValueError with fewer than two intents.

        ``sharpness``: see IntentModel.
        """
        names = sorted(set(intents) - {OUT_OF_SCOPE})
        all_texts = texts + [name_as_example(name) for name in names]
        vectors = encoders.encode(all_texts)
        model = IntentModel.fit(all_texts, vectors, intents + names, sharpness)
        return cls(model, Spelling.fit(texts))

    def read(self, texts: list[str], encoders: SentenceEncoders) -> list[Reading]:
        """A Reading of each text, in order."""
        wordy = [text for text in texts if any(char.isalnum() for char in text)]
        read = iter(self._read_words(wordy, encoders) if wordy else ())
        return [
            next(read) if any(char.isalnum() for char in text) else Reading((), text)
            for text in texts
        ]

    def save(self, folder: Path) -> None:
        """Write the model's and the spelling's files into a folder."""
        self.model.save(folder)
        self.spelling.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Understanding:
        """Read back what ``save`` wrote."""
        return cls(IntentModel.load(folder), Spelling.load(folder))

    def _read_words(self, texts: list[str], encoders: SentenceEncoders) -> list[Reading]:
        shares = self._shares(texts, encoders)
        as_read = list(texts)
        repaired = {
            at: self.spelling.repaired(texts[at])
            for at in range(len(texts))
            if shares[at].max() < _SURE or self.spelling.doubts(texts[at])
        }
        changed = [at for at, text in repaired.items() if text.lower() != texts[at].lower()]
        if changed:
            second = self._shares([repaired[at] for at in changed], encoders)
            for at, row in zip(changed, second, strict=True):
                if self._says_more(row, shares[at], self.spelling.doubts(texts[at])):
                    shares[at], as_read[at] = row, repaired[at]
        return [self._reading(row, text) for row, text in zip(shares, as_read, strict=True)]

    def _says_more(self, repaired: Floats, typed: Floats, doubtful: bool) -> bool:
        """Whether the repaired reading counts: the surer one does. But words nobody knows look
        foreign, so a doubtful text that seems out of scope may still mean what its repair says.
        """
        seems_foreign = self.model.intents[typed.argmax()] == OUT_OF_SCOPE
        makes_sense = self.model.intents[repaired.argmax()] != OUT_OF_SCOPE
        if doubtful and seems_foreign and makes_sense and repaired.max() >= _CONVINCING:
            return True
        return bool(repaired.max() > typed.max())

    def _shares(self, texts: list[str], encoders: SentenceEncoders) -> Floats:
        return self.model.shares(texts, encoders.encode(texts))

    def _reading(self, row: Floats, text: str) -> Reading:
        order = np.argsort(-row, kind="stable")[:_RANKED]
        return Reading(tuple((self.model.intents[at], float(row[at])) for at in order), text)

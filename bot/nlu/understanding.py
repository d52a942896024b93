"""What a text means, with a confidence: the trained whole behind the Rasa component.

The quick head reads a text as it stands, and with a word nobody knows, or where it is unsure, also
with its spelling repaired. The surer reading counts, unless the text seemed foreign only for its
spelling. Where the quick head isn't sure enough of it, the other heads read it again, unless it is
Spanish.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.message_text import legible
from bot.nlu.encoders import SentenceEncoders
from bot.nlu.intent_model import Floats, IntentModel, Temper, name_as_example
from bot.nlu.spelling import Spelling, words_of

# The intent of everything that is none of the others; its name says nothing about its examples.
OUT_OF_SCOPE = "out_of_scope"
_RANKED = 10
# A confidence of the quick head that asks for a second reading although every word is known.
_UNSURE = 0.5
# One of a meaning in scope that asks for none although a word is unknown.
_CLEAR = 0.95
# A confidence that makes a repaired text count although it seemed out of scope as it was typed.
_CONVINCING = 0.75
_NAME_WORDS = 2
# Characters of a text that is repaired: in a longer one a word decides little.
_LONGEST_REPAIRED = 250


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
        temper: Temper,
    ) -> Understanding:
        """Learn from examples; ValueError with fewer than two intents."""
        names = sorted(set(intents) - {OUT_OF_SCOPE})
        all_texts = texts + [name_as_example(name) for name in names]
        vectors = encoders.encode(all_texts)
        model = IntentModel.fit(all_texts, vectors, intents + names, temper)
        return cls(model, Spelling.fit(texts))

    def read(self, text: str, language: str | None, encoders: SentenceEncoders) -> Reading:
        """What a text means, as it was typed or with its spelling repaired.

        ``language``: "en", "es", or None where nobody can tell.
        """
        text = legible(text)
        if not any(char.isalnum() for char in text):
            return Reading((), text)
        texts, shares = [text], self.model.quick_shares([text], encoders)
        best = 0
        if self._may_be_misspelt(text, shares[0]) and (repaired := self._repaired(text)):
            texts.append(repaired)
            shares = np.vstack([shares, self.model.quick_shares([repaired], encoders)])
            best = self._better(text, shares)
        row = shares[best]
        if row.max() < self.model.temper.quick_enough and is_read_carefully(language):
            (row,) = self.model.careful_shares([texts[best]], encoders)
        return self._reading(row, texts[best])

    def save(self, folder: Path) -> None:
        """Write the model's and the spelling's files into a folder."""
        self.model.save(folder)
        self.spelling.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Understanding:
        """Read back what ``save`` wrote."""
        return cls(IntentModel.load(folder), Spelling.load(folder))

    def _may_be_misspelt(self, text: str, shares: Floats) -> bool:
        """Whether a second reading may say more: not where the first is clear about something."""
        confidence = shares.max()
        if confidence >= _CLEAR and self.model.intents[shares.argmax()] != OUT_OF_SCOPE:
            return False
        return bool(confidence < _UNSURE) or self.spelling.doubts(text)

    def _repaired(self, text: str) -> str | None:
        """The text with its spelling repaired; None if that makes no other."""
        if len(text) > _LONGEST_REPAIRED:
            return None
        repaired = self.spelling.repaired(text)
        return repaired if repaired.lower() != text.lower() else None

    def _better(self, text: str, shares: Floats) -> int:
        """0 for the reading as typed, 1 for the repaired one: the surer counts. But words nobody
        knows look foreign, so a doubtful text that seems out of scope may still mean what its
        repair says; not a word or two, though, which may be a name.
        """
        typed, repaired = shares
        seems_foreign = self.model.intents[typed.argmax()] == OUT_OF_SCOPE
        makes_sense = self.model.intents[repaired.argmax()] != OUT_OF_SCOPE
        only_misspelt = len(words_of(text)) > _NAME_WORDS and self.spelling.doubts(text)
        if seems_foreign and makes_sense and only_misspelt and repaired.max() >= _CONVINCING:
            return 1
        return int(repaired.max() > typed.max())

    def _reading(self, row: Floats, text: str) -> Reading:
        order = np.argsort(-row, kind="stable")[:_RANKED]
        return Reading(tuple((self.model.intents[at], float(row[at])) for at in order), text)


def is_read_carefully(language: str | None) -> bool:
    """Whether the other heads are asked about a text in a language, where the quick one is unsure:
    MiniLM, which they take besides USE, knows English only.
    """
    return language != "es"

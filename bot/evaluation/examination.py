"""Some phrases, read and decided upon, as figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.evaluation.confusions import Confusion, confusions_of
from bot.evaluation.phrases import Phrase
from bot.evaluation.reliability import Bin, bins_of, calibration_error
from bot.evaluation.scores import Cell, cells_of
from bot.nlu.certainty import FALLBACK, Bands
from bot.nlu.understanding import Reading

_MOST_CONFUSIONS = 20


@dataclass(frozen=True)
class Examination:
    """Everything told about one set of phrases; of the confusions the most frequent."""

    cells: tuple[Cell, ...]
    bins: tuple[Bin, ...]
    confusions: tuple[Confusion, ...]

    @property
    def calibration_error(self) -> float:
        """The expected calibration error in percent."""
        return calibration_error(self.bins)


def examined(phrases: Sequence[Phrase], readings: Sequence[Reading], bands: Bands) -> Examination:
    """The figures of some phrases, from a reading of each.

    A reading without an intent (a text without a letter) is turned away; it is no answer with a
    confidence and confuses nothing.
    """
    decisions = [bands.decide(reading.ranking) for reading in readings]
    answers = [
        (phrase, reading, decision.intent != FALLBACK)
        for phrase, reading, decision in zip(phrases, readings, decisions, strict=True)
        if reading.intent
    ]
    return Examination(
        cells_of(phrases, decisions),
        bins_of(
            (reading.confidence, reading.intent == phrase.intent) for phrase, reading, _ in answers
        ),
        confusions_of(
            (phrase.intent, str(reading.intent), at_once) for phrase, reading, at_once in answers
        )[:_MOST_CONFUSIONS],
    )

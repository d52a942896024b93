"""How long each component takes with one text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from rasa.shared.nlu.training_data.message import Message

from bot.evaluation.figures import TIMED_TEXTS, Timing
from bot.evaluation.noise import with_noise
from bot.evaluation.served import as_served, language_told
from bot.nlu.certainty import Bands
from bot.nlu.encoders import Encoder, SentenceEncoders
from bot.nlu.entity_finder import EntityFinder
from bot.nlu.understanding import Understanding

_WARM_UP = "a first text, which takes longer"


def latencies(
    texts: Iterable[str],
    understanding: Understanding,
    bands: Bands,
    pair: tuple[Encoder, Encoder],
    noise: float,
) -> tuple[Timing, ...]:
    """One text at a time, each text once, so that no memory helps; ``pair``: USE and MiniLM."""
    chosen = spread(sorted(set(texts)), TIMED_TEXTS)
    use, minilm = pair
    read, fresh, noisy = (SentenceEncoders.remembering(use, minilm) for _ in range(3))
    model, spelling = understanding.model, understanding.spelling
    finder = EntityFinder.create({}, None, None, None)

    def find_entities(text: str) -> None:
        finder.process([Message.build(text)])

    def parse(text: str, encoders: SentenceEncoders) -> None:
        bands.decide(as_served(understanding, text, encoders).ranking)
        find_entities(text)

    read.encode(chosen)  # the heads are timed with the vectors at hand
    return (
        _timing("language", language_told, chosen),
        _timing("encoder USE", lambda text: use.encode([text]), chosen),
        _timing("encoder MiniLM", lambda text: minilm.encode([text]), chosen),
        _timing("quick head", lambda text: model.quick_shares([text], read), chosen),
        _timing("other heads", lambda text: model.careful_shares([text], read), chosen),
        _timing("spelling", spelling.repaired, chosen),
        _timing("entities", find_entities, chosen),
        _timing("whole", lambda text: parse(text, fresh), chosen),
        _timing(
            "whole, with letter noise",
            lambda text: parse(text, noisy),
            [with_noise(text, noise) for text in chosen],
        ),
    )


def spread(texts: Sequence[str], most: int) -> list[str]:
    """At most so many of the texts, taken evenly from first to last."""
    if len(texts) <= most:
        return list(texts)
    return [texts[at * len(texts) // most] for at in range(most)]


def _timing(name: str, call: Callable[[str], Any], texts: Sequence[str]) -> Timing:
    call(_WARM_UP)
    took = []
    for text in texts:
        started = time.perf_counter()
        call(text)
        took.append(1000 * (time.perf_counter() - started))
    median, p99 = np.quantile(took, [0.5, 0.99], method="inverted_cdf")
    return Timing(name, round(float(median), 1), round(float(p99), 1))

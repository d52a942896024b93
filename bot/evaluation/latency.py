"""How long each component takes with one text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from rasa.shared.nlu.training_data.message import Message

from bot.evaluation.figures import TIMED_TEXTS, Timing
from bot.evaluation.noise import with_noise
from bot.nlu.certainty import Bands
from bot.nlu.encoders import RememberingEncoder, SentenceEncoders
from bot.nlu.entity_finder import EntityFinder
from bot.nlu.language import language_of, warm_detector
from bot.nlu.understanding import Understanding

_WARM_UP = "a first text, which takes longer"


def latencies(
    texts: Iterable[str],
    understanding: Understanding,
    bands: Bands,
    bare: SentenceEncoders,
    noise: float,
) -> tuple[Timing, ...]:
    """One text at a time, each text once; ``bare``: the encoders without a memory of texts."""
    chosen = spread(sorted(set(texts)), TIMED_TEXTS)
    read = SentenceEncoders(RememberingEncoder(bare.use), RememberingEncoder(bare.minilm))
    model, spelling, detector = understanding.model, understanding.spelling, warm_detector()
    finder = EntityFinder.create({}, None, None, None)

    def find_entities(text: str) -> None:
        finder.process([Message.build(text)])

    def parse(text: str) -> None:
        language_of(text, detector)
        bands.decide(understanding.read(text, bare).ranking)
        find_entities(text)

    read.encode(chosen)  # the heads are timed with the vectors at hand
    return (
        _timing("language", lambda text: language_of(text, detector), chosen),
        _timing("encoder USE", lambda text: bare.use.encode([text]), chosen),
        _timing("encoder MiniLM", lambda text: bare.minilm.encode([text]), chosen),
        _timing("quick head", lambda text: model.quick_shares([text], read), chosen),
        _timing("other heads", lambda text: model.careful_shares([text], read), chosen),
        _timing("spelling", spelling.repaired, chosen),
        _timing("entities", find_entities, chosen),
        _timing("whole", parse, chosen),
        _timing("whole, with letter noise", parse, [with_noise(text, noise) for text in chosen]),
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
    median, p99 = np.percentile(took, [50, 99])
    return Timing(name, round(float(median), 1), round(float(p99), 1))

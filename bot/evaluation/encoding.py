"""Encoders that encode each text once, however many models learn from it."""

from __future__ import annotations

import numpy as np

from bot.nlu.encoders import Encoder, Rows, SentenceEncoders, Vectors, normalised


class RememberingEncoders(SentenceEncoders):
    """SentenceEncoders with a memory of every text, at 3.6 kB each."""

    def __init__(self, use: Encoder, minilm: Encoder) -> None:
        super().__init__(use, minilm)
        self._pairs: dict[str, tuple[Rows, Rows]] = {}

    def encode(self, texts: list[str]) -> Vectors:
        """Both encoders' vectors of each text.

        New texts are encoded together, as SentenceEncoders would: MiniLM's 8-bit arithmetic
        makes vectors depend a little on the texts beside them.
        """
        new = [text for text in texts if normalised(text) not in self._pairs]
        if new:
            vectors = super().encode(new)
            for text, use, minilm in zip(new, vectors.use, vectors.minilm, strict=True):
                self._pairs[normalised(text)] = use, minilm
        pairs = [self._pairs[normalised(text)] for text in texts]
        return Vectors(*(np.stack(rows) for rows in zip(*pairs, strict=True)))

"""A text's letters and words as weighted features: tf-idf of n-grams, each text's of length 1.

The weighting is scikit-learn's (TfidfVectorizer with sublinear tf and smoothed idf; letter n-grams
as its ``char_wb``). It is counted here because one short text goes through scikit-learn's checks in
0.7 ms and through this in 0.1 ms, and because serving then needs no scikit-learn.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+|\?")
_LETTER_SIZES = (2, 3, 4)


@dataclass(frozen=True)
class Features:
    """One text's features: their columns, int (n,), and weights, float32 (n,)."""

    columns: Any
    weights: Floats


@dataclass(frozen=True)
class Grams:
    """The n-grams that training has seen: the column of each and its weight, idf (columns,)."""

    split: Callable[[str], list[str]]
    columns: dict[str, int]
    idf: Floats

    @classmethod
    def fit(cls, texts: list[str], split: Callable[[str], list[str]], seen: int) -> Grams:
        """Every n-gram that stands in at least ``seen`` of the texts."""
        found = Counter(gram for text in texts for gram in set(split(text)))
        kept = sorted(gram for gram, count in found.items() if count >= seen)
        counts = np.array([found[gram] for gram in kept], dtype=np.float64)
        idf = np.log((1 + len(texts)) / (1 + counts)) + 1
        return cls(split, {gram: at for at, gram in enumerate(kept)}, idf.astype(np.float32))

    def features(self, text: str) -> Features:
        """A text's known n-grams; without any, no features."""
        counts = Counter(self.columns[gram] for gram in self.split(text) if gram in self.columns)
        columns = np.fromiter(counts, dtype=np.int64, count=len(counts))
        often = np.fromiter((1 + math.log(n) for n in counts.values()), np.float32, len(counts))
        weights = often * self.idf[columns]
        length = float(np.sqrt(weights @ weights)) or 1.0
        return Features(columns, weights / np.float32(length))

    def rows(self, texts: Iterable[str]) -> Any:
        """The features of many texts as one sparse matrix, (texts, columns)."""
        from scipy.sparse import csr_matrix

        every = [self.features(text) for text in texts]
        ends = np.cumsum([0] + [len(one.columns) for one in every])
        weights = np.concatenate([one.weights for one in every])
        columns = np.concatenate([one.columns for one in every])
        return csr_matrix((weights, columns, ends), shape=(len(every), len(self.idf)))


def letter_grams(text: str) -> list[str]:
    """Two to four letters in a row within each word and the spaces around it; digits are alike."""
    grams = []
    for word in _plain(text).split():
        padded = f" {word} "
        for size in _LETTER_SIZES:
            if size >= len(padded):
                grams.append(padded)
                break
            grams += [padded[at : at + size] for at in range(len(padded) - size + 1)]
    return grams


def word_grams(text: str) -> list[str]:
    """Words and pairs of neighbours; a question mark is a word."""
    words = _WORD.findall(_plain(text))
    return words + [" ".join(pair) for pair in itertools.pairwise(words)]


def _plain(text: str) -> str:
    return _DIGIT.sub("0", text.lower())

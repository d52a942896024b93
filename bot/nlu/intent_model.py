"""Which intent a text has: a quick head first, and where it is unsure two more.

*Quick*: a linear support vector machine, one intent against the rest (Fan et al. 2008, LIBLINEAR),
on USE's vector and on tf-idf of letter n-grams and words; its margins become shares by softmax.
Where it is unsure, MiniLM reads the text too, for *margins*, the same on both vectors, and
*network*, one hidden layer on the two vectors alone; the mean of these two counts. An exponent
sharpens or flattens shares, so that of answers given with confidence p a share p is right
(temperature scaling, Guo et al. 2017). Weights are kept as npz and json, never as pickle.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.nlu.encoders import Rows, SentenceEncoders, Vectors, normalised
from bot.nlu.lexical import Features, Grams, letter_grams, word_grams

Floats = npt.NDArray[np.float32]

_ARRAYS = "intents.npz"
_NAMES = "intents.json"
_HEADS = ("quick", "margins", "network")
# How much each kind of feature weighs beside USE's vector; every kind has length 1 before.
_MINILM_SHARE, _LETTERS_SHARE, _WORDS_SHARE = 1.6, 0.9, 0.9
# Letter n-grams seen in one example only say little; words may say much.
_LETTERS_SEEN, _WORDS_SEEN = 2, 1
# Inverse strength of the margins' regularisation.
_MARGINS_C = 1.0
# Margins lie between about -1.5 and 1.5: how steeply softmax tells them apart.
_MARGINS_STEEPNESS = 3.0
_HIDDEN_UNITS = 512
_NETWORK_ALPHA = 0.1
_BATCH = 128
# Rounds over the examples are this, divided by the root of their number: 15 over 10,800 examples.
_NETWORK_ROUNDS = 1560
# Inputs of length 1 are small steps for a network that starts with weights near 0.
_NETWORK_SCALE = 2.0
# First part of an intent's name that says what kind it is, not what it means.
_KINDS = ("faq_", "student_", "office_")


@dataclass(frozen=True)
class Temper:
    """How shares become confidences; ``make evaluate`` measures the two exponents.

    ``quick_enough``: from this confidence on the quick head's word counts.
    """

    sharpness: float
    quick_sharpness: float
    quick_enough: float

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Temper:
        """As config.yml says, which names each."""
        return cls(**{field.name: float(config[field.name]) for field in fields(cls)})


@dataclass(frozen=True)
class Words:
    """Some texts' known letter n-grams and words, one Features a text each."""

    letters: list[Features]
    words: list[Features]


@dataclass(frozen=True)
class Margins:
    """A linear head: coefficients by kind of feature, (features, intents), and intercepts."""

    vectors: Floats
    letters: npt.NDArray[np.float16]
    words: npt.NDArray[np.float16]
    intercepts: Floats

    def shares(self, vectors: Rows, words: Words) -> Floats:
        """Array (texts, intents); each row sums to 1."""
        margins = vectors @ self.vectors + self.intercepts
        for row, ours, others in zip(margins, words.letters, words.words, strict=True):
            row += ours.weights @ self.letters[ours.columns]
            row += others.weights @ self.words[others.columns]
        return _softmax(_MARGINS_STEEPNESS * margins)


@dataclass(frozen=True)
class Network:
    """A head with one hidden layer of rectified units on both vectors side by side."""

    hidden: Floats
    hidden_biases: Floats
    out: Floats
    out_biases: Floats

    def shares(self, vectors: Rows) -> Floats:
        """Array (texts, intents); each row sums to 1."""
        hidden = np.maximum(_NETWORK_SCALE * vectors @ self.hidden + self.hidden_biases, 0)
        return _softmax(hidden @ self.out + self.out_biases)


@dataclass(frozen=True)
class IntentModel:
    """Everything training finds; ``intents`` names the columns of every array of shares."""

    intents: list[str]
    letters: Grams
    words: Grams
    quick: Margins
    margins: Margins
    network: Network
    temper: Temper

    @classmethod
    def fit(
        cls, texts: list[str], vectors: Vectors, intents: list[str], temper: Temper
    ) -> IntentModel:
        """Fit the heads on examples of at least two intents; ValueError with fewer."""
        names = sorted(set(intents))
        if len(names) < 2:
            raise ValueError("An intent classifier needs examples of at least two intents.")
        plain = [normalised(text) for text in texts]
        letters = Grams.fit(plain, letter_grams, _LETTERS_SEEN)
        words = Grams.fit(plain, word_grams, _WORDS_SEEN)
        rows = letters.rows(plain), words.rows(plain)
        both = _side_by_side(vectors.use, vectors.minilm)
        quick = _fit_margins(vectors.use, *rows, intents)
        margins = _fit_margins(both, *rows, intents)
        return cls(names, letters, words, quick, margins, _fit_network(both, intents), temper)

    def quick_shares(self, texts: list[str], encoders: SentenceEncoders) -> Floats:
        """Array (texts, intents) of the quick head's confidences; each row sums to 1."""
        shares = self.quick.shares(encoders.use.encode(texts), self._words_of(texts))
        return _sharpened(shares, self.temper.quick_sharpness)

    def careful_shares(self, texts: list[str], encoders: SentenceEncoders) -> Floats:
        """The same of the other two heads, which take both encoders."""
        both = _side_by_side(encoders.use.encode(texts), encoders.minilm.encode(texts))
        by_margins = self.margins.shares(both, self._words_of(texts))
        return _sharpened((by_margins + self.network.shares(both)) / 2, self.temper.sharpness)

    def _words_of(self, texts: list[str]) -> Words:
        plain = [normalised(text) for text in texts]
        return Words(
            [self.letters.features(text) for text in plain],
            [self.words.features(text) for text in plain],
        )

    def save(self, folder: Path) -> None:
        """Write intents.npz and intents.json into a folder."""
        arrays = {
            f"{head}_{name}": array
            for head in _HEADS
            for name, array in vars(getattr(self, head)).items()
        }
        np.savez(folder / _ARRAYS, letters_idf=self.letters.idf, words_idf=self.words.idf, **arrays)
        names = {
            "intents": self.intents,
            "letters": self.letters.columns,
            "words": self.words.columns,
            "temper": asdict(self.temper),
        }
        (folder / _NAMES).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read back what ``save`` wrote; arrays and names only, nothing that could run."""
        names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as file:
            arrays = dict(file)
        return cls(
            names["intents"],
            Grams(letter_grams, names["letters"], arrays["letters_idf"]),
            Grams(word_grams, names["words"], arrays["words_idf"]),
            Margins(**_part(arrays, "quick_")),
            Margins(**_part(arrays, "margins_")),
            Network(**_part(arrays, "network_")),
            Temper(**names["temper"]),
        )


def name_as_example(intent: str) -> str:
    """An intent's name in words ("faq_req_csr": "req csr"): it tells what the examples mean."""
    kind = next((kind for kind in _KINDS if intent.startswith(kind)), "")
    return intent.removeprefix(kind).replace("_", " ")


def _side_by_side(use: Rows, minilm: Rows) -> Rows:
    return np.hstack([use, np.float32(_MINILM_SHARE) * minilm])


def _fit_margins(vectors: Rows, letters: Any, words: Any, intents: list[str]) -> Margins:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.svm import LinearSVC

    kinds = [
        (csr_matrix(vectors), 1.0),
        (letters, _LETTERS_SHARE),
        (words, _WORDS_SHARE),
    ]
    features = hstack([share * rows for rows, share in kinds]).tocsr()
    machine = LinearSVC(C=_MARGINS_C, random_state=0).fit(features, intents)
    ends = np.cumsum([rows.shape[1] for rows, _ in kinds])[:-1]
    parts = np.split(_a_row_each(machine.coef_).T.astype(np.float32), ends)
    # One text's few features are rows of these: each row must lie together in memory.
    of_vectors, of_letters, of_words = (
        np.ascontiguousarray(share * part) for (_, share), part in zip(kinds, parts, strict=True)
    )
    intercepts = _a_row_each(machine.intercept_[:, None])[:, 0].astype(np.float32)
    # Half precision for the two that are large: 15 MB less, and no answer changes.
    halves = of_letters.astype(np.float16), of_words.astype(np.float16)
    return Margins(of_vectors, *halves, intercepts)


def _fit_network(vectors: Rows, intents: list[str]) -> Network:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    batch = min(_BATCH, len(intents))
    rounds = round(_NETWORK_ROUNDS / len(intents) ** 0.5)
    learner = MLPClassifier(
        (_HIDDEN_UNITS,), alpha=_NETWORK_ALPHA, batch_size=batch, max_iter=rounds, random_state=0
    )
    with warnings.catch_warnings():
        # It is meant to stop before it has learned the examples by heart.
        warnings.simplefilter("ignore", ConvergenceWarning)
        learner.fit(_NETWORK_SCALE * vectors, intents)
    hidden, out = (array.astype(np.float32) for array in learner.coefs_)
    hidden_biases, out_biases = (array.astype(np.float32) for array in learner.intercepts_)
    return Network(hidden, hidden_biases, *_a_column_each(out, out_biases))


def _a_row_each(weights: Any) -> Any:
    """Two intents share one row in scikit-learn (the second's); give the first its own."""
    return np.vstack([-weights / 2, weights / 2]) if len(weights) == 1 else weights


def _a_column_each(out: Floats, biases: Floats) -> tuple[Floats, Floats]:
    """The same for the network's outputs, whose one column's sigmoid is this softmax."""
    if out.shape[1] > 1:
        return out, biases
    return np.hstack([-out / 2, out / 2]), np.concatenate([-biases / 2, biases / 2])


def _sharpened(shares: Floats, exponent: float) -> Floats:
    return _softmax(exponent * np.log(np.maximum(shares, 1e-12)))


def _softmax(scores: Any) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def _part(arrays: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }

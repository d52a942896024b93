"""Rasa classifier: two logistic regressions on sentence vectors, their probabilities averaged.

Head 1 reads USE's vector, head 2 MiniLM's and letter n-grams (2 to 4 within words, tf-idf).
Weights are kept as npz and json, never as pickle.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.nlu.sentence_encoder import SentenceEncoder, sentence_vector

Floats = npt.NDArray[np.float64]

_WEIGHTS = "weights.npz"
_NAMES = "names.json"
_RANKED = 10
# How the second head weighs the sentence against the letters.
_MINILM_SHARE, _LETTERS_SHARE = 1.2, 0.8


def _weights_of(intents: list[str]) -> dict[str, float]:
    """A frequent intent's example weighs less, by the square root of how much too frequent it is.

    Half-way between weighing examples alike and weighing intents alike ("balanced"), under which
    the many kinds of out-of-scope messages count too little: `make train` data, 4-fold
    cross-validation.
    """
    counts = Counter(intents)
    mean = len(intents) / len(counts)
    return {intent: (mean / count) ** 0.5 for intent, count in counts.items()}


@dataclass(frozen=True)
class Head:
    """One logistic regression: coefficients (intents, features) and intercepts (intents,)."""

    coefficients: Floats
    intercepts: Floats

    @classmethod
    def fitted(cls, features: Any, intents: list[str], strictness: float) -> Head:
        """Fit on features (examples, features)."""
        regression = LogisticRegression(
            C=strictness, class_weight=_weights_of(intents), max_iter=2000, random_state=0
        ).fit(features, intents)
        return cls(_a_row_each(regression.coef_), _a_row_each(regression.intercept_[:, None])[:, 0])

    def probabilities(self, features: Any) -> Floats:
        """Array (messages, intents); each row sums to 1."""
        scores = np.asarray(features @ self.coefficients.T) + self.intercepts
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Floats = powers / powers.sum(axis=1, keepdims=True)
        return shares


@dataclass(frozen=True)
class Weights:
    """Everything training finds: the intents' names in order, both heads, the letter n-grams."""

    intents: list[str]
    use_head: Head
    letters_head: Head
    letters: TfidfVectorizer

    def save(self, folder: Path) -> None:
        """Write weights.npz and names.json into a folder."""
        np.savez_compressed(
            folder / _WEIGHTS,
            use_coefficients=self.use_head.coefficients.astype(np.float32),
            use_intercepts=self.use_head.intercepts,
            letters_coefficients=self.letters_head.coefficients.astype(np.float32),
            letters_intercepts=self.letters_head.intercepts,
            letters_idf=self.letters.idf_,
        )
        grams = {gram: int(column) for gram, column in self.letters.vocabulary_.items()}
        names = {"intents": self.intents, "letters": grams}
        (folder / _NAMES).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Weights:
        """Read back what ``save`` wrote; arrays only, nothing that could run."""
        names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        letters = _letters_vectorizer(names["letters"])
        with np.load(folder / _WEIGHTS, allow_pickle=False) as arrays:
            letters.idf_ = arrays["letters_idf"]
            return cls(
                intents=names["intents"],
                use_head=Head(arrays["use_coefficients"], arrays["use_intercepts"]),
                letters_head=Head(arrays["letters_coefficients"], arrays["letters_intercepts"]),
                letters=letters,
            )


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LateFusedClassifier(IntentClassifier, GraphComponent):
    """Sets ``intent`` and ``intent_ranking``; a text without a letter or digit gets no intent."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        weights: Weights | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._weights = weights

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``C``: inverse regularisation strength of both heads."""
        return {"C": 20.0}

    @classmethod
    def required_components(cls) -> list[type]:
        """The encoder has to come first."""
        return [SentenceEncoder]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """This file's hash: Rasa's training cache looks at configuration and data only."""
        return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LateFusedClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LateFusedClassifier:
        """The trained classifier; a model without weights is an error, not an empty classifier."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, Weights.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit both heads on the examples that have an intent, and store the weights."""
        examples = [
            one for one in training_data.intent_examples if one.get(TEXT) and one.get(INTENT)
        ]
        self._weights = fit(examples, float(self._config["C"]))
        with self._model_storage.write_to(self._resource) as folder:
            self._weights.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples keep their own intents; no later component reads predicted ones."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Rank the intents of each message."""
        for message in messages:
            ranking = self._ranking(message)
            best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set(INTENT, best, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        if self._weights is None or not any(char.isalnum() for char in message.get(TEXT) or ""):
            return []
        shares = probabilities([message], self._weights)[0]
        order = np.argsort(-shares, kind="stable")[:_RANKED]
        return [
            {"name": self._weights.intents[at], "confidence": float(shares[at])} for at in order
        ]


def fit(examples: list[Message], strictness: float) -> Weights:
    """Weights fitted on encoded examples of at least two intents; ValueError with fewer."""
    intents = [str(one.get(INTENT)) for one in examples]
    letters = _letters_vectorizer(None).fit([str(one.get(TEXT)) for one in examples])
    return Weights(
        intents=sorted(set(intents)),
        use_head=Head.fitted(_use_features(examples), intents, strictness),
        letters_head=Head.fitted(_letters_features(examples, letters), intents, strictness),
        letters=letters,
    )


def probabilities(messages: list[Message], weights: Weights) -> Floats:
    """Array (messages, intents): the mean of what the two heads say."""
    by_use = weights.use_head.probabilities(_use_features(messages))
    by_letters = weights.letters_head.probabilities(_letters_features(messages, weights.letters))
    mean: Floats = (by_use + by_letters) / 2
    return mean


def _use_features(messages: list[Message]) -> Floats:
    return np.vstack([sentence_vector(one, "use") for one in messages])


def _letters_features(messages: list[Message], letters: TfidfVectorizer) -> Any:
    sentences = np.vstack([sentence_vector(one, "minilm") for one in messages])
    grams = letters.transform([str(one.get(TEXT)) for one in messages])
    return hstack([csr_matrix(_MINILM_SHARE * sentences), _LETTERS_SHARE * grams]).tocsr()


def _letters_vectorizer(vocabulary: dict[str, int] | None) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, vocabulary=vocabulary
    )


def _a_row_each(weights: Floats) -> Floats:
    """Two intents share one row in scikit-learn (the second's); give the first its own."""
    return np.vstack([-weights / 2, weights / 2]) if len(weights) == 1 else weights

"""Rasa component: the intent of a message, or what to ask back (bot.nlu.understanding)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.certainty import Bands
from bot.nlu.encoders import installed_versions, warm_encoders
from bot.nlu.intent_model import Temper
from bot.nlu.language import LANGUAGE
from bot.nlu.understanding import Reading, Understanding

# Intents to offer when unsure, in the parse result beside ``intent``.
CHOICES = "choices"
# How a later component may have a part of the message read: (text, language) to a Reading. It goes
# with the message because components know no others; it is no part of the parse result.
READ_ALONE = "read_alone"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentReader(IntentClassifier, GraphComponent):
    """Sets ``intent``, ``intent_ranking`` and ``choices``; see Bands for when it is unsure.

    A text without a letter or digit is ``nlu_fallback``.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        understanding: Understanding | None = None,
    ) -> None:
        self._bands, self._temper = Bands.of(config), Temper.of(config)
        self._model_storage = model_storage
        self._resource = resource
        self._understanding = understanding
        self._encoders = warm_encoders()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Rasa's training cache looks at configuration and data only: add code and weights."""
        files = sorted(Path(__file__).parent.glob("*.py"))
        code = b"".join(file.read_bytes() for file in files)
        return f"{hashlib.sha256(code).hexdigest()} {installed_versions()}"

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentReader:
        """An untrained reader."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentReader:
        """The trained reader; a model without weights is an error, not an empty reader."""
        with model_storage.read_from(resource) as folder:
            understanding = Understanding.load(folder)
        return cls(config, model_storage, resource, understanding)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that have an intent, and store what was learned."""
        examples = [
            (str(one.get(TEXT)), str(one.get(INTENT)))
            for one in training_data.intent_examples
            if one.get(TEXT) and one.get(INTENT)
        ]
        self._understanding = Understanding.fit(
            [text for text, _ in examples],
            [intent for _, intent in examples],
            self._encoders,
            self._temper,
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._understanding.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples keep their own intents; no later component reads predicted ones."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Read each message's text and decide about it."""
        for message in messages:
            text = str(message.get(TEXT) or "")
            self._decide(message, self.read(text, message.get(LANGUAGE)))
            message.set(READ_ALONE, self.read)
        return messages

    def read(self, text: str, language: str | None) -> Reading:
        """What a text means by itself; ``language`` is "en", "es" or None."""
        if self._understanding is None:
            raise ValueError("An untrained IntentReader was asked for a message's intent.")
        return self._understanding.read(text, language, self._encoders)

    def _decide(self, message: Message, reading: Reading) -> None:
        decision = self._bands.decide(reading.ranking)
        likeliest, ranking = in_rasas_words(reading)
        message.set(INTENT, {**likeliest, "name": decision.intent}, add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        message.set(CHOICES, list(decision.choices), add_to_output=True)


def in_rasas_words(reading: Reading) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The likeliest intent and the ranking, as Rasa's parse result has them."""
    ranking = [{"name": name, "confidence": share} for name, share in reading.ranking]
    return {"name": reading.intent, "confidence": reading.confidence}, ranking

"""Rasa featurizer: each message gets both encoders' sentence vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.encoders import Encoder, installed_versions, warm_encoders


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds one dense sentence feature per encoder, its origin the encoder's name.

    Shapes: ``use`` (1, 512), ``minilm`` (1, 384).
    """

    def __init__(self, config: dict[str, Any], encoders: tuple[Encoder, ...]) -> None:
        super().__init__(self.__class__.__name__, {**self.get_default_config(), **config})
        self._encoders = encoders

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Load and warm the encoders here, so that the first message doesn't wait for them."""
        return cls(config, warm_encoders())

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """There is nothing to configure."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Other encoder versions are other vectors: Rasa's training cache has to know."""
        return installed_versions()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the vectors to messages that have text; an empty text is encoded like any other."""
        spoken = [message for message in messages if message.get(TEXT) is not None]
        if not spoken:
            return messages
        texts = [str(message.get(TEXT)) for message in spoken]
        for encoder in self._encoders:
            for message, vector in zip(spoken, encoder.encode(texts), strict=True):
                message.add_features(_sentence_feature(vector, encoder.name))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The same for all training examples, in one go."""
        self.process(training_data.training_examples)
        return training_data


def sentence_vector(message: Message, origin: str) -> Any:
    """The vector an encoder left on a message, shape (dimensions,); KeyError when there is none."""
    for feature in message.features:
        if feature.origin == origin:
            return feature.features[0]
    raise KeyError(f"no sentence feature from {origin!r}: is SentenceEncoder in the pipeline?")


def _sentence_feature(vector: Any, origin: str) -> Features:
    return Features(np.atleast_2d(vector), FEATURE_TYPE_SENTENCE, TEXT, origin)

"""Rasa component: the language a message is written in, English or Spanish."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from lingua import IsoCode639_1, Language, LanguageDetector, LanguageDetectorBuilder
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

# Below this certainty (lingua's, 0 to 1) the text doesn't say: "Is this real?" has 0.78.
_CERTAIN = 0.8
_DEFAULT = "en"
# First words that are plain to a person and not to letter statistics ("hola" has 0.66).
_TELLING = {"hola": "es", "hello": "en", "hi": "en", "hey": "en"}
_SPANISH_ONLY = re.compile(r"[¿¡ñáéíóú]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class LanguageOfMessage(GraphComponent):
    """Sets ``language`` ("en" or "es") on the message and in the parse result."""

    def __init__(self, detector: LanguageDetector) -> None:
        self._detector = detector

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageOfMessage:
        """With the detector loaded and warm."""
        return cls(warm_detector())

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Another version may tell languages otherwise."""
        return version("lingua-language-detector")

    def process(self, messages: list[Message]) -> list[Message]:
        """The text's language where it is certain, else the person's known one, else English."""
        for message in messages:
            metadata = message.get("metadata") or {}
            known = metadata.get("language") or _DEFAULT
            language = language_of(str(message.get(TEXT) or ""), self._detector) or known
            message.set("language", language, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing is learned from examples' languages."""
        return training_data


def language_of(text: str, detector: LanguageDetector) -> str | None:
    """ "en", "es", or None when a text is too short or too mixed to tell."""
    words = _WORD.findall(text.lower())
    if not words:
        return None
    if words[0] in _TELLING:
        return _TELLING[words[0]]
    if _SPANISH_ONLY.search(text) and len(words) == 1:
        return "es"
    # Half a surrogate pair is nothing the detector takes.
    whole = text.encode("utf-8", "replace").decode()
    best = detector.compute_language_confidence_values(whole)[0]
    if best.value < _CERTAIN:
        return None
    return "es" if best.language.iso_code_639_1 == IsoCode639_1.ES else "en"


@lru_cache(maxsize=1)
def warm_detector() -> LanguageDetector:
    """The detector for English and Spanish, its letter statistics loaded, once a process."""
    languages = (Language.ENGLISH, Language.SPANISH)
    detector = LanguageDetectorBuilder.from_languages(*languages).build()
    detector.compute_language_confidence_values("¿Me pueden ayudar? Can you help me?")
    return detector

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

from bot.nlu.entities.wordlists import words_of

# What a message's language is kept under, in the parse result too.
LANGUAGE = "language"

# Below this certainty (lingua's, 0 to 1) letters don't say: "Is this real?" has 0.78.
# Of one word more is asked, or "ok" would be English (0.89) in a Spanish conversation.
_CERTAIN, _CERTAIN_OF_A_WORD = 0.8, 0.95
# One word that is plain to a person and not to letter statistics ("hola" has 0.66).
_TELLING = {"hola": "es", "hello": "en", "hi": "en", "hey": "en"}
_SPANISH_MARKS = re.compile(r"[¿¡]")
_SPANISH_LETTERS = re.compile(r"[ñáéíóúü]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
# Little words give a language away where the long ones are borrowed ("unauthorized signature q
# es"). Left out are those that both languages have ("no", "me", "he", "son").
_SPANISH = words_of(
    """
    que qué es en un una al por para con cómo como cuál cual quién quien dónde donde cuándo cuanto
    cuánto mi mis su se lo le les nos este esta eso esto ese está están soy eres tengo tiene puedo
    puede quiero necesito pero porque si sí muy más otro otra también ustedes usted tú sobre desde
    hasta sin hay hola gracias favor buenos buenas buen q pa porfa hago crea cree cambia cambie
    pasa pase mueve mueva transfiere transfiera
    """
)
# Half as telling: they begin the names of American towns too (El Paso, Las Vegas).
_SPANISH_ARTICLES = words_of("el la los las de del")
_ENGLISH = words_of(
    """
    the i do does did is are was were be been am what which who how when where why can could will
    would should may my your our their its this that these those it they we you she of to for from
    with and or but not have has had if so about there an in on at by u r ur im whats
    """
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class LanguageOfMessage(GraphComponent):
    """Sets ``language`` ("en", "es", or None) on the message and in the parse result."""

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
        """The text's language where it can be told, else None."""
        for message in messages:
            language = language_of(str(message.get(TEXT) or ""), self._detector)
            message.set(LANGUAGE, language, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing is learned from examples' languages."""
        return training_data


def language_of(text: str, detector: LanguageDetector) -> str | None:
    """ "en", "es", or None when a text is too short or too mixed to tell."""
    words = _WORD.findall(text.lower())
    if not words:
        return None
    if _SPANISH_MARKS.search(text):
        return "es"
    if len(words) == 1 and (words[0] in _TELLING or _SPANISH_LETTERS.search(text)):
        return _TELLING.get(words[0], "es")
    certain = _CERTAIN if len(words) > 1 else _CERTAIN_OF_A_WORD
    return _by_little_words(words) or _by_letters(text, detector, certain)


def _by_little_words(words: list[str]) -> str | None:
    spanish = sum(word in _SPANISH for word in words)
    articles = sum(word in _SPANISH_ARTICLES for word in words)
    english = sum(word in _ENGLISH for word in words)
    if spanish and spanish + articles / 2 > 2 * english:
        return "es"
    return "en" if english > 2 * (spanish + articles) else None


def _by_letters(text: str, detector: LanguageDetector, certain: float) -> str | None:
    # Half a surrogate pair is nothing the detector takes.
    whole = text.encode("utf-8", "replace").decode()
    best = detector.compute_language_confidence_values(whole)[0]
    if best.value < certain:
        return None
    return "es" if best.language.iso_code_639_1 == IsoCode639_1.ES else "en"


@lru_cache(maxsize=1)
def warm_detector() -> LanguageDetector:
    """The detector for English and Spanish, its letter statistics loaded, once a process."""
    languages = (Language.ENGLISH, Language.SPANISH)
    detector = LanguageDetectorBuilder.from_languages(*languages).build()
    detector.compute_language_confidence_values("¿Me pueden ayudar? Can you help me?")
    return detector

"""Understanding: encoders, language, classifier; without a server."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.encoders import warm_encoders
from bot.nlu.intent_classifier import LateFusedClassifier, Weights, fit, probabilities
from bot.nlu.language import LanguageOfMessage, language_of, warm_detector
from bot.nlu.sentence_encoder import SentenceEncoder, sentence_vector

EXAMPLES = {
    "transfer": ["can I transfer a number?", "move a number to another office", "transferir"],
    "time": ["how long does porting take?", "when will the port finish", "cuánto tarda"],
    "greet": ["hello", "hi there", "hola"],
}


def encoded(*texts: str, **more: Any) -> list[Message]:
    """Messages with both encoders' vectors."""
    messages = [Message({"text": text, **more}) for text in texts]
    return SentenceEncoder({}, warm_encoders()).process(messages)


@pytest.fixture(scope="module")
def weights() -> Weights:
    """A classifier of three intents."""
    examples = [
        message for intent, texts in EXAMPLES.items() for message in encoded(*texts, intent=intent)
    ]
    return fit(examples, strictness=20.0)


def test_vectors_have_unit_length() -> None:
    """Each encoder's vector has its size and length 1, also for an empty or a very long text."""
    messages = encoded("can I transfer a number?", "", "word " * 2000)
    shapes = {
        (name, sentence_vector(one, name).shape) for one in messages for name in ("use", "minilm")
    }
    lengths = [np.linalg.norm(sentence_vector(one, "minilm")) for one in messages]

    assert shapes == {("use", (512,)), ("minilm", (384,))}
    assert lengths == pytest.approx([1, 1, 1], abs=1e-5)


def test_spanish_lies_near_its_english() -> None:
    """The multilingual encoder puts a question near its translation, far from another."""
    english, spanish, other = (
        sentence_vector(one, "use")
        for one in encoded("how long does it take?", "¿cuánto tiempo tarda?", "buy a blue car")
    )

    assert english @ spanish > english @ other + 0.2


def test_a_text_alone_and_among_others_has_the_same_vector() -> None:
    """Padding in a batch does not change a sentence (int8 arithmetic allows small steps)."""
    alone = sentence_vector(encoded("hello")[0], "minilm")
    among = sentence_vector(
        encoded("hello", "a much longer sentence than the other one")[0], "minilm"
    )

    assert alone @ among > 0.97


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Can I transfer a reusable number to another office?", "en"),
        ("¿Puedo transferir un número a otra oficina?", "es"),
        ("cuanto tarda la portabilidad", "es"),
        ("hola", "es"),
        ("sí", "es"),
        ("hello", "en"),
        ("quota", None),
        ("no", None),
        ("12345", None),
        ("", None),
        ("👍", None),
    ],
)
def test_language_is_told_only_when_it_can_be(text: str, language: str | None) -> None:
    """Words that both languages could have say nothing."""
    assert language_of(text, warm_detector()) == language


@pytest.mark.parametrize(("known", "language"), [("es", "es"), ("en", "en"), (None, "en")])
def test_a_short_text_is_in_the_known_language(known: str | None, language: str) -> None:
    """The person's own language decides where the text does not."""
    message = Message({"text": "ok no", "metadata": {"language": known}})
    LanguageOfMessage(warm_detector()).process([message])

    assert message.as_dict(only_output_properties=True)["language"] == language


def test_both_languages_are_understood(weights: Weights) -> None:
    """Close wordings, English and Spanish, find their intent."""
    texts = ["could I move a number to an other office", "cuánto tiempo tarda la portabilidad?"]
    shares = probabilities(encoded(*texts), weights)

    assert [weights.intents[at] for at in shares.argmax(axis=1)] == ["transfer", "time"]
    assert shares.sum(axis=1) == pytest.approx([1, 1])


def test_weights_survive_the_disk(weights: Weights, tmp_path: Path) -> None:
    """What is read back says the same, and no file is a pickle."""
    weights.save(tmp_path)
    messages = encoded("hello", "how long?")

    assert probabilities(messages, Weights.load(tmp_path)) == pytest.approx(
        probabilities(messages, weights), abs=1e-4
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["names.json", "weights.npz"]


@pytest.mark.parametrize("text", ["", "   ", "?!", "👍"])
def test_a_text_without_words_has_no_intent(weights: Weights, text: str) -> None:
    """Nothing is guessed from nothing."""
    messages = encoded(text)
    LateFusedClassifier({}, None, None, weights).process(messages)

    assert messages[0].get("intent") == {"name": None, "confidence": 0.0}


def test_two_intents_are_enough() -> None:
    """scikit-learn keeps one row for two intents; both still get their share."""
    examples = encoded("hello", "hi", intent="greet") + encoded("bye", "farewell", intent="bye")
    weights = fit(examples, strictness=20.0)
    shares = probabilities(encoded("hello there"), weights)[0]

    assert weights.intents == ["bye", "greet"]
    assert shares[1] > 0.5

"""Understanding: language, encoders, spelling, intents, certainty and the component; no server."""

import json
import math
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.message import Message
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.certainty import FALLBACK, NEVER_OFFERED, Bands
from bot.nlu.encoders import (
    PACKAGES,
    Encoder,
    RememberingEncoder,
    Rows,
    SentenceEncoders,
    installed_versions,
    normalised,
    warm_encoders,
)
from bot.nlu.intent_model import IntentModel, Temper, name_as_example
from bot.nlu.intent_reader import IntentReader
from bot.nlu.language import LanguageOfMessage, language_of, warm_detector
from bot.nlu.lexical import Grams, letter_grams, word_grams
from bot.nlu.spelling import Spelling
from bot.nlu.understanding import OUT_OF_SCOPE, Understanding

EXAMPLES = {
    "transfer": [
        "can I transfer a number?",
        "move a number to another office",
        "transfer this number to admissions",
        "can another office have the number",
        "¿puedo transferir un número a otra oficina?",
        "puedo pasar un número a otra oficina",
    ],
    "time": [
        "how long does porting take?",
        "how long does a port take",
        "when will the port finish",
        "how many weeks is porting",
        "¿cuánto tarda la portabilidad?",
        "cuánto tarda una portabilidad",
    ],
    "faq_hours": [
        "when is the office open",
        "what are the office hours",
        "are you open on friday",
        "what time do you close",
        "¿cuál es el horario de la oficina?",
        "la oficina abre los viernes o no abre",
    ],
    "greet": ["hello", "hi there", "good morning", "hey", "hola", "hola a todos"],
    OUT_OF_SCOPE: [
        "what is the capital of france",
        "write me a poem",
        "how do I cook rice",
        "play some music",
        "tell me a joke about cats",
        "cuál es la capital de francia",
    ],
}
TEMPER = Temper(sharpness=1.4, quick_sharpness=1.6, quick_enough=0.9)
CONFIG = {"sure": 0.55, "unsure": 0.25, "choice": 0.1, **vars(TEMPER)}
PAIRS = [(text, intent) for intent, texts in EXAMPLES.items() for text in texts]

# What nobody expects to be asked; each is read without a fault.
HARD = {
    "empty": "",
    "spaces": " \t\u00a0\u3000",
    "long": "how long does porting take? " * 715,
    "long-misspelt": "hwo lnog deos protnig tkae " * 740,
    "long-word": "a" * 20_000,
    "long-number": "1" * 20_000,
    "long-blank": "\n" * 20_000 + "hello",
    "emoji": "👍🏽👩‍👩‍👧🎉",
    "arabic": "كم من الوقت يستغرق نقل الرقم؟",
    "hebrew": "\u202eכמה זמן זה לוקח?\u202c",
    "chinese": "转移号码需要多长时间",
    "thai": "ใช้เวลานานเท่าไหร่" * 100,
    "zero-width": "how\u200blong\u200ddoes\ufeffporting\u2060take",
    "only-zero-width": "\u200b\u200d\ufeff",
    "mixed-scripts": "Hоw lоng does портинг take 番号?",
    "bold": "𝐡𝐨𝐰 𝐥𝐨𝐧𝐠 𝐝𝐨𝐞𝐬 𝐢𝐭 𝐭𝐚𝐤𝐞",
    "control": "\x00how\x07 long\x1b[31m does it take\x7f\x85",
    "url": "https://example.edu/a?b=c&d=%20#e",
    "code": "def f(x):\n    return {x: [1, 2]}  # how long",
    "html": "<script>alert('hello')</script>",
    "sql": "'; DROP TABLE users; -- \" OR 1=1",
    "braces": "{office_name} {0} %s ${HOME}",
    "combining": "h\u0338\u0321\u0359o\u0335\u0322w" * 500,
    "only-combining": "\u0301" * 50,
    "decomposed": "¿cua\u0301nto tarda la portabilidad?",
    "grows-in-small-letters": "İ" * 5_000,
    "ligature": "\ufdfa" * 5_000,
    "superscript": "²",
    "surrogates": "how \ud800 long \udfff does it take",
    "only-surrogate": "\ud83d",
    "not-a-character": "\uffff\ufffe hello \U0010ffff",
    "apostrophes": "'tis 'n' o'c'l'o'c'k'",
    "slash": "/greet",
}


class CountingEncoder:
    """An encoder that lists what it read; without a real one inside, vectors are made of a text's
    length.
    """

    def __init__(self, inside: Encoder | None = None) -> None:
        self.inside = inside
        self.dimensions = inside.dimensions if inside else 2
        self.read: list[str] = []

    def encode(self, texts: list[str]) -> Rows:
        self.read += texts
        if self.inside:
            return self.inside.encode(texts)
        return np.array([[len(text), 1] for text in texts], dtype=np.float32).reshape(-1, 2)


@pytest.fixture(scope="module")
def encoders() -> SentenceEncoders:
    """The two real encoders."""
    return warm_encoders()


@pytest.fixture(scope="module")
def understanding(encoders: SentenceEncoders) -> Understanding:
    """Thirty examples of five intents, learned."""
    texts, intents = zip(*PAIRS, strict=True)
    return Understanding.fit(list(texts), list(intents), encoders, TEMPER)


@pytest.fixture(scope="module")
def spelling(understanding: Understanding) -> Spelling:
    """The words of those examples."""
    return understanding.spelling


@pytest.fixture
def reader(understanding: Understanding) -> IntentReader:
    """The component as Rasa would load it, with the bands' defaults."""
    return IntentReader(CONFIG, None, None, understanding)


@pytest.fixture
def doubter(understanding: Understanding) -> IntentReader:
    """A component that is never sure and never without a guess."""
    return IntentReader({**CONFIG, "sure": 1.1, "unsure": 0.0}, None, None, understanding)


def small_model(encoders: SentenceEncoders, *pairs: tuple[str, str]) -> IntentModel:
    """A model of a few texts and their intents."""
    texts, intents = [text for text, _ in pairs], [intent for _, intent in pairs]
    return IntentModel.fit(texts, encoders.encode(texts), intents, TEMPER)


# --- language ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("unauthorized signature q significa", "es"),
        ("¿unauthorized signature?", "es"),
        ("requirements para el port", "es"),
        ("hey qué tal", "es"),
        ("hello buen dia", "es"),
        ("thanks mi amor", "es"),
        ("is there one for El Paso?", "en"),
        ("is this real?", "en"),
        ("Los Angeles", None),
        ("ok", None),
        ("grax", None),
        ("where is Peña Hall", "en"),
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


@pytest.mark.parametrize(("text", "language"), [("¿y eso?", "es"), ("why?", "en"), ("no", None)])
def test_the_component_says_what_it_can_tell(text: str, language: str | None) -> None:
    """None where the text says nothing: the answer follows the conversation then."""
    message = Message({"text": text})
    LanguageOfMessage(warm_detector()).process([message])

    assert message.as_dict(only_output_properties=True).get("language") == language


# --- encoders ---------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 7, 8, 20])
def test_vectors_have_unit_length(encoders: SentenceEncoders, count: int) -> None:
    """A row of each encoder's size and of length 1 for every text, however many."""
    hard = ["can I transfer a number?", "", "word " * 4000, "👍", "\ud800 x", "番号", "1"]
    texts = [f"{hard[at % 7]}{at // 7 or ''}" for at in range(count)]
    vectors = encoders.encode(texts)

    assert (vectors.use.shape, vectors.minilm.shape) == ((count, 512), (count, 384))
    assert np.linalg.norm(vectors.use, axis=1) == pytest.approx(np.ones(count), abs=1e-5)
    assert np.linalg.norm(vectors.minilm, axis=1) == pytest.approx(np.ones(count), abs=1e-5)


def test_spanish_lies_near_its_english(encoders: SentenceEncoders) -> None:
    """The multilingual encoder puts a question near its translation, far from another."""
    english, spanish, other = encoders.encode(
        ["how long does it take?", "¿cuánto tiempo tarda?", "buy a blue car"]
    ).use

    assert english @ spanish > english @ other + 0.2


def test_a_text_alone_and_among_others_has_the_same_vector(encoders: SentenceEncoders) -> None:
    """What stands beside a text says nothing about it."""
    texts = ["hello", *(f"a much longer sentence than the other one, no. {n}" for n in range(20))]
    alone, among = encoders.encode(texts[:1]), encoders.encode(texts)

    assert np.array_equal(alone.use[0], among.use[0])
    assert np.array_equal(alone.minilm[0], among.minilm[0])


@pytest.mark.parametrize(
    "hidden",
    ["how lo​ng does por­ting take?", "𝐡𝐨𝐰 𝐥𝐨𝐧𝐠 𝐝𝐨𝐞𝐬 𝐩𝐨𝐫𝐭𝐢𝐧𝐠 𝐭𝐚𝐤𝐞?", "‮how long does porting take?"],
)
def test_what_nobody_sees_changes_nothing(
    understanding: Understanding, encoders: SentenceEncoders, hidden: str
) -> None:
    """Format characters and letters in other shapes are read as they look."""
    plain = understanding.read("how long does porting take?", None, encoders)

    assert understanding.read(hidden, None, encoders) == plain


def test_many_texts_keep_their_order(encoders: SentenceEncoders) -> None:
    """They come back as they were given."""
    texts = [text for text, _ in PAIRS] * 2
    vectors = encoders.encode(texts)
    nearest = (vectors.use @ vectors.use[: len(PAIRS)].T).argmax(axis=1)

    assert list(nearest) == [*range(len(PAIRS))] * 2


def test_small_and_capital_letters_are_alike(encoders: SentenceEncoders) -> None:
    """So are one space and many."""
    small, capital = (
        encoders.encode([text]) for text in ("¿cuánto tarda?", "  ¿CUÁNTO \n TARDA? ")
    )

    assert np.array_equal(small.use, capital.use)
    assert np.array_equal(small.minilm, capital.minilm)


def test_a_text_seen_before_is_remembered() -> None:
    """It is read once, in whatever dress it comes, alone and among new ones."""
    counting = CountingEncoder()
    encoder = RememberingEncoder(counting)
    for texts in (["Hello  There"], ["hello there "], ["bye", "HELLO THERE", "bye"]):
        encoder.encode(texts)

    assert counting.read == ["hello there", "bye"]


def test_the_memory_is_bounded() -> None:
    """The texts seen longest ago are forgotten; what is used again stays."""
    counting = CountingEncoder()
    encoder = RememberingEncoder(counting, remembered=100)
    encoder.encode(["first"])
    for number in range(200):
        encoder.encode([f"text {number}", "again"])
    encoder.encode(["first", "again", "text 199"])

    assert [counting.read.count(text) for text in ("first", "again", "text 199")] == [2, 1, 1]


def test_training_leaves_the_memory_alone() -> None:
    """More texts at once than are remembered do not push out what people asked."""
    counting = CountingEncoder()
    encoder = RememberingEncoder(counting, remembered=10)
    encoder.encode(["asked"])
    encoder.encode([f"example {number}" for number in range(11)])
    encoder.encode(["asked"])

    assert counting.read.count("asked") == 1


def test_threads_share_the_memory() -> None:
    """Several at once get each text's own vectors, and the memory takes no harm."""
    encoder = RememberingEncoder(CountingEncoder(), remembered=20)
    texts = ["a" * (1 + at % 50) for at in range(2000)]
    with ThreadPoolExecutor(8) as threads:
        rows = list(threads.map(lambda text: encoder.encode([text]), texts))

    assert [row[0, 0] for row in rows] == [len(text) for text in texts]


def test_a_very_long_text_is_read_from_its_beginning() -> None:
    """20,000 characters cost no more than a few hundred."""
    counting = CountingEncoder()
    RememberingEncoder(counting).encode(["İ word " * 3000])

    assert len(counting.read[0]) <= 600
    assert normalised("word " * 4000).startswith("word word word")


def test_the_versions_of_the_weights_are_known() -> None:
    """Each package that the vectors come from is named with its version."""
    said = dict(part.split("=") for part in installed_versions().split())

    assert tuple(said) == PACKAGES
    assert all(said.values())


# --- spelling ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("can I trasnfer a nubmer?", "can I transfer a number?"),
        ("how lnog does prot take", "how long does port take"),
        ("when will the prot finish", "when will the port finish"),
        ("wat are teh ofice huors", "what are the office hours"),
        ("cuanto trada la portabilidda", "cuánto tarda la portabilidad"),
        ("puedo transfrir un numero a otra oficna", "puedo transferir un número a otra oficina"),
        ("HOW LNOG DOES PORTING TAKE", "HOW long DOES PORTING TAKE"),
    ],
)
def test_typing_errors_are_repaired(spelling: Spelling, typed: str, meant: str) -> None:
    """In both languages, by the words around; only changed words become small."""
    assert spelling.repaired(typed) == meant


@pytest.mark.parametrize("text", [text for text, _ in PAIRS])
def test_examples_are_spelt_right(spelling: Spelling, text: str) -> None:
    """What was learned is not changed."""
    assert spelling.repaired(text) == text


@pytest.mark.parametrize(
    "text", ["does Johnson have the number", "George likes music", "London is the capital", "form"]
)
def test_words_of_the_dictionary_are_kept(spelling: Spelling, text: str) -> None:
    """Names and words that no example has are words all the same."""
    assert spelling.repaired(text) == text


@pytest.mark.parametrize(
    "text", ["", " ", "12345", "👍 ?!", "(316) 555-0123", "番号", "_", "'", "a" * 20_000]
)
def test_a_text_without_words_is_not_changed(spelling: Spelling, text: str) -> None:
    """Digits, signs, other scripts and endless strings of letters stay."""
    assert spelling.repaired(text) == text


def test_what_stands_between_the_words_is_kept(spelling: Spelling) -> None:
    """Spaces, punctuation, phone numbers and line ends are where they were."""
    typed = "  Trasnfer (316) 555-0123,\n\n“nubmer”\t→ +1-785-555-0199!!  …ofice; no. 7\u200b"
    meant = spelling.repaired(typed)
    between = re.compile(r"[^\W\d_]+")

    assert between.split(meant) == between.split(typed)
    assert between.findall(meant) == ["transfer", "number", "office", "no"]


def test_a_very_long_text_is_repaired_at_its_beginning(spelling: Spelling) -> None:
    """The first words are read, the rest is left as it stands: time is bounded."""
    text = "can I trasnfer a nubmer " * 850
    meant = spelling.repaired(text)

    assert meant.startswith("can I transfer a number " * 10)
    assert meant.endswith("can I trasnfer a nubmer " * 800)


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ("can I trasnfer it", True),
        ("CAN I TRANSFER", False),
        ("it's me", False),
        ("316-555-0123 👍", False),
        ("a" * 31, False),
        ("", False),
        ("can I trasnfer it " + "to the office " * 2 + "now please", True),
        ("can I trasnfer it " + "to the office " * 3, False),
    ],
)
def test_an_unknown_word_raises_doubts(spelling: Spelling, text: str, doubts: bool) -> None:
    """A word of no example and no dictionary; numbers and endless strings are no words, and one
    word of more than twelve changes little.
    """
    assert spelling.doubts(text) is doubts


def test_spelling_survives_the_disk(spelling: Spelling, tmp_path: Path) -> None:
    """What is read back is what was learned, and knows the same repairs."""
    spelling.save(tmp_path)
    loaded = Spelling.load(tmp_path)

    assert loaded == spelling
    assert loaded.repaired("how lnog does prot take") == "how long does port take"


def test_nothing_learned_changes_nothing() -> None:
    """Without examples there is nothing to mistake a word for."""
    assert Spelling.fit([]).repaired("how lnog") == "how lnog"


# --- words and letters ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("split", "seen", "settings"),
    [
        (letter_grams, 2, {"analyzer": "char_wb", "ngram_range": (2, 4)}),
        (word_grams, 1, {"ngram_range": (1, 2), "token_pattern": r"\w+|\?"}),
    ],
    ids=["letters", "words"],
)
def test_features_weigh_as_in_scikit_learn(
    split: Callable[[str], list[str]], seen: int, settings: dict[str, Any]
) -> None:
    """The same n-grams in the same columns with the same weights, for known and new texts."""
    texts = [text for text, _ in PAIRS]
    new = ["how long, how long does it take?", "I", "", "番号 zzz", "¿Cuánto   tarda?"]
    grams = Grams.fit(texts, split, seen)
    theirs = TfidfVectorizer(sublinear_tf=True, min_df=seen, dtype=np.float32, **settings)
    theirs.fit(texts)

    assert grams.columns == theirs.vocabulary_
    assert grams.rows(texts + new).toarray() == pytest.approx(
        theirs.transform(texts + new).toarray(), abs=1e-6
    )


@pytest.mark.parametrize("split", [letter_grams, word_grams])
def test_digits_are_alike(split: Callable[[str], list[str]]) -> None:
    """Which number is meant says nothing about what is asked; so do capitals."""
    assert split("Call 316-555-0123") == split("call 785-555-0199")


# --- intents ----------------------------------------------------------------------------


def test_both_languages_are_understood(
    understanding: Understanding, encoders: SentenceEncoders
) -> None:
    """Close wordings, English and Spanish, find their intent; shares sum to 1."""
    texts = [
        "could I move a number to an other office",
        "puedo mover el número a otra oficina",
        "how many weeks does it take to port",
        "cuánto tiempo tarda la portabilidad?",
        "write a joke",
    ]
    model = understanding.model
    for shares in (model.quick_shares(texts, encoders), model.careful_shares(texts, encoders)):
        found = [model.intents[at] for at in shares.argmax(axis=1)]

        assert found == ["transfer", "transfer", "time", "time", OUT_OF_SCOPE]
        assert shares.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-5)
        assert shares.min() >= 0


def test_the_model_survives_the_disk(
    understanding: Understanding, encoders: SentenceEncoders, tmp_path: Path
) -> None:
    """What is read back says the same, and no file is a pickle or holds one."""
    understanding.save(tmp_path)
    texts = ["hello", "how long?", "番号", "trasnfer the nubmer", "?!"]
    again = Understanding.load(tmp_path)

    assert {path.suffix for path in tmp_path.iterdir()} == {".npz", ".json"}
    for path in tmp_path.glob("*.npz"):
        with np.load(path, allow_pickle=False) as arrays:
            assert {array.dtype.kind for array in dict(arrays).values()} == {"f"}
    assert again.model.temper == understanding.model.temper
    for text in texts:
        ours, theirs = understanding.read(text, None, encoders), again.read(text, None, encoders)
        assert ours.text == theirs.text
        assert dict(theirs.ranking) == pytest.approx(dict(ours.ranking), abs=1e-5)


def test_a_pickle_is_not_read(understanding: Understanding, tmp_path: Path) -> None:
    """Arrays that hold objects, which could run code when read, are refused."""
    understanding.save(tmp_path)
    file = next(tmp_path.glob("*.npz"))
    with np.load(file) as arrays:
        changed = {**arrays, "letters_idf": np.array([Path("runs"), None], dtype=object)}
    np.savez(file, **changed)

    with pytest.raises(ValueError, match="pickle"):
        Understanding.load(tmp_path)


def test_two_intents_are_enough(encoders: SentenceEncoders) -> None:
    """scikit-learn keeps one row for two intents; both still get their share."""
    pairs = [("hello", "greet"), ("hi there", "greet"), ("bye", "bye"), ("farewell", "bye")]
    model = small_model(encoders, *pairs * 32)
    texts = ["hello there", "bye bye"]

    assert model.intents == ["bye", "greet"]
    for shares in (model.quick_shares(texts, encoders), model.careful_shares(texts, encoders)):
        assert shares[0, 1] > 0.75 and shares[1, 0] > 0.75
        assert shares.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)


@pytest.mark.parametrize("texts", [[], ["hello"], ["hello"] * 9])
def test_one_intent_is_too_few(encoders: SentenceEncoders, texts: list[str]) -> None:
    """With nothing to tell apart, training says so."""
    with pytest.raises(ValueError, match="at least two intents"):
        Understanding.fit(texts, ["greet"] * len(texts), encoders, TEMPER)


def test_the_same_examples_make_the_same_model(encoders: SentenceEncoders) -> None:
    """Chance has a fixed seed: who trains again gets the same shares."""
    texts, intents = ["hello", "bye", "how long", "thanks"] * 32, ["a", "b", "c", "d"] * 32
    vectors = encoders.encode(texts)
    one, two = (IntentModel.fit(texts, vectors, intents, TEMPER) for _ in range(2))

    assert np.array_equal(one.quick_shares(texts, encoders), two.quick_shares(texts, encoders))
    assert np.array_equal(one.careful_shares(texts, encoders), two.careful_shares(texts, encoders))


def test_sharpness_changes_how_sure_not_what(
    understanding: Understanding, encoders: SentenceEncoders
) -> None:
    """The exponent parts the shares or draws them together and keeps their order."""
    texts = ["can I move it on friday?", "hello, how long?", "música"]
    blunt, sharp = (
        replace(
            understanding.model,
            temper=replace(TEMPER, sharpness=sharpness, quick_sharpness=sharpness),
        )
        for sharpness in (0.5, 2.0)
    )

    for pair in (
        (blunt.quick_shares(texts, encoders), sharp.quick_shares(texts, encoders)),
        (blunt.careful_shares(texts, encoders), sharp.careful_shares(texts, encoders)),
    ):
        assert (pair[1].max(axis=1) > pair[0].max(axis=1)).all()
        assert np.array_equal(pair[1].argsort(axis=1), pair[0].argsort(axis=1))


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        ("faq_req_csr", "req csr"),
        ("student_office_hours", "office hours"),
        ("office_fafsa_code", "fafsa code"),
        ("check_quota", "check quota"),
    ],
)
def test_an_intents_name_is_an_example(intent: str, words: str) -> None:
    """Its words without the kind."""
    assert name_as_example(intent) == words


# --- the whole --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "understood", "intent"),
    [
        ("can I mvoe a nubmer", "can I move a number", "transfer"),
        ("How lnog does prting tkae", "How long does porting take", "time"),
        ("cuanot tadra la portabilidda", "cuánto tarda la portabilidad", "time"),
        ("wat are the ofice huors", "what are the office hours", "faq_hours"),
    ],
)
def test_a_misspelt_text_is_read_as_meant(
    understanding: Understanding,
    encoders: SentenceEncoders,
    typed: str,
    understood: str,
    intent: str,
) -> None:
    """The reading says what was understood."""
    reading = understanding.read(typed, None, encoders)

    assert (reading.text, reading.intent) == (understood, intent)
    assert reading.confidence == reading.ranking[0][1] > 0.5


@pytest.mark.parametrize(
    ("typed", "repaired"),
    [
        ("how long does Thora take", "how long does hola take"),
        ("write me a poeme about sports", "write me a poem about port"),
    ],
)
def test_the_surer_reading_counts(
    understanding: Understanding, encoders: SentenceEncoders, typed: str, repaired: str
) -> None:
    """A repair that makes the meaning less clear is not taken."""
    reading = understanding.read(typed, None, encoders)

    assert understanding.spelling.doubts(typed)
    assert understanding.spelling.repaired(typed) == repaired
    assert reading.text == typed


@pytest.mark.parametrize("typed", ["Mary", "Karen Wright", "Pekin", "np", "hos", "Alice Lopez"])
def test_a_name_is_not_a_misspelt_word(spelling: Spelling, typed: str) -> None:
    """Where no words around it speak for another, a word stays."""
    assert spelling.repaired(typed) == typed


@pytest.mark.parametrize("typed", ["huors", "trasnfer", "ofice huors", "portabilidda"])
def test_a_few_words_are_still_repaired(spelling: Spelling, typed: str) -> None:
    """One slip in a long word has one meaning."""
    assert spelling.repaired(typed) != typed


@pytest.mark.parametrize("text", ["", "   ", "?!", "👍", "\u200b", "\u0301", "\ud800"])
def test_a_text_without_words_has_no_intent(
    understanding: Understanding, encoders: SentenceEncoders, text: str
) -> None:
    """Nothing is guessed from nothing."""
    reading = understanding.read(text, None, encoders)

    assert (reading.ranking, reading.intent, reading.confidence) == ((), None, 0.0)


def test_a_ranking_is_in_order(understanding: Understanding, encoders: SentenceEncoders) -> None:
    """Every intent once, the likeliest first, shares of all."""
    reading = understanding.read("can I move it on friday?", None, encoders)
    names, shares = zip(*reading.ranking, strict=True)

    assert sorted(names) == sorted(EXAMPLES)
    assert list(shares) == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(("enough", "careful"), [(0.0, []), (1.1, ["how long does porting take?"])])
def test_the_second_encoder_is_asked_only_in_doubt(
    understanding: Understanding, encoders: SentenceEncoders, enough: float, careful: list[str]
) -> None:
    """Where the quick reading is enough, the other one is not made."""
    counting = CountingEncoder(encoders.minilm)
    temper = replace(TEMPER, quick_enough=enough)
    doubter = replace(understanding, model=replace(understanding.model, temper=temper))
    pair = SentenceEncoders(encoders.use, counting)
    reading = doubter.read("how long does porting take?", None, pair)

    assert reading.intent == "time"
    assert counting.read == careful


def test_the_second_encoder_is_not_asked_about_spanish(
    understanding: Understanding, encoders: SentenceEncoders
) -> None:
    """It knows English only, and what it says of Spanish makes more readings wrong than right."""
    counting = CountingEncoder(encoders.minilm)
    temper = replace(TEMPER, quick_enough=1.1)
    doubter = replace(understanding, model=replace(understanding.model, temper=temper))
    reading = doubter.read("¿cuánto tarda?", "es", SentenceEncoders(encoders.use, counting))

    assert reading.intent == "time"
    assert counting.read == []


# --- certainty --------------------------------------------------------------------------

BANDS = Bands(sure=0.55, unsure=0.25, choice=0.1)


@pytest.mark.parametrize(
    ("ranking", "intent", "choices"),
    [
        ((), FALLBACK, ()),
        ((("a", 1.0),), "a", ()),
        ((("a", 0.55), ("b", 0.45)), "a", ()),
        ((("a", 0.549), ("b", 0.4), ("c", 0.05)), FALLBACK, ("a", "b")),
        ((("a", 0.4), ("b", 0.3), ("c", 0.1), ("d", 0.1)), FALLBACK, ("a", "b", "c")),
        ((("a", 0.4), ("b", 0.3), ("c", 0.099)), FALLBACK, ("a", "b")),
        ((("a", 0.25), ("b", 0.02)), FALLBACK, ("a", "b")),
        ((("a", 0.249), ("b", 0.2), ("c", 0.2)), FALLBACK, ()),
        ((("out_of_scope", 0.9), ("a", 0.1)), "out_of_scope", ()),
        ((("out_of_scope", 0.5), ("a", 0.3), ("b", 0.2)), FALLBACK, ("a", "b")),
        ((("a", 0.4), ("out_of_scope", 0.3), ("b", 0.2), ("c", 0.1)), FALLBACK, ("a", "b", "c")),
        ((("a", 0.4), ("b", 0.3), ("out_of_scope", 0.2), ("c", 0.09)), FALLBACK, ("a", "b")),
        ((("out_of_scope", 0.2), ("a", 0.2)), FALLBACK, ()),
        ((("affirm", 0.5), ("a", 0.2), ("greet", 0.15), ("b", 0.1)), FALLBACK, ("a", "b")),
    ],
)
def test_confidence_decides(
    ranking: tuple[tuple[str, float], ...], intent: str, choices: tuple[str, ...]
) -> None:
    """Sure: the intent; less: two or three to choose from, no small talk; little: nothing."""
    decision = BANDS.decide(ranking)

    assert (decision.intent, decision.choices) == (intent, choices)


# --- the component ----------------------------------------------------------------------


def test_a_message_gets_intent_ranking_and_choices(reader: IntentReader) -> None:
    """All three stand in the parse result, as JSON can hold them."""
    (message,) = reader.process([Message({"text": "how long does porting take?"})])
    parsed = json.loads(json.dumps(message.as_dict(only_output_properties=True)))

    assert parsed["intent"]["name"] == "time"
    assert parsed["intent"]["confidence"] > 0.55
    assert parsed["intent_ranking"][0] == parsed["intent"]
    assert parsed["choices"] == []


def test_an_unsure_reader_offers_choices(doubter: IntentReader) -> None:
    """The intent is nlu_fallback, the likeliest intents are offered."""
    (message,) = doubter.process([Message({"text": "can I move the office?"})])
    ranked = [
        one["name"] for one in message.get("intent_ranking") if one["name"] not in NEVER_OFFERED
    ]

    assert message.get("intent")["name"] == FALLBACK
    assert message.get("intent")["confidence"] == message.get("intent_ranking")[0]["confidence"]
    assert len(message.get("choices")) in (2, 3)
    assert message.get("choices") == ranked[: len(message.get("choices"))]


def test_a_doubtful_reader_never_offers_out_of_scope(doubter: IntentReader) -> None:
    """A question that is none of ours has no name to choose."""
    (message,) = doubter.process([Message({"text": "what is the capital of france"})])

    assert message.get("intent_ranking")[0]["name"] == OUT_OF_SCOPE
    assert OUT_OF_SCOPE not in message.get("choices")


@pytest.mark.parametrize("data", [{"text": ""}, {"text": "👍"}, {"text": None}, {}])
def test_nothing_said_is_nlu_fallback(doubter: IntentReader, data: dict[str, str | None]) -> None:
    """Without a letter or digit nothing is guessed and nothing offered."""
    (message,) = doubter.process([Message(data)])

    assert message.get("intent") == {"name": FALLBACK, "confidence": 0.0}
    assert (message.get("intent_ranking"), message.get("choices")) == ([], [])


def test_an_untrained_reader_is_a_fault() -> None:
    """Before training nothing is decided, and nobody may think that it was."""
    with pytest.raises(ValueError, match="untrained"):
        IntentReader(CONFIG, None, None).process([Message({"text": "hello"})])


async def test_rasa_trains_and_loads_the_reader(doubting_model: Path) -> None:
    """What Rasa's own training stored is read back with its configuration, beside the language."""
    parsed = await Agent.load(doubting_model).parse_message("¿a qué hora abren?")

    assert parsed["intent_ranking"][0]["name"] == "hours"
    assert parsed["intent"]["name"] == FALLBACK
    assert parsed["choices"][0] == "hours"
    assert parsed["language"] == "es"


def test_the_fingerprint_tells_of_code_and_weights() -> None:
    """Rasa's cache never keeps a component that other code or other encoders made."""
    code, _, versions = IntentReader.fingerprint_addon({}).partition(" ")

    assert re.fullmatch(r"[0-9a-f]{64}", code)
    assert versions == installed_versions()


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_hard_input_is_read_without_a_fault(reader: IntentReader, text: str) -> None:
    """Whatever is typed has a language, an intent or nlu_fallback, and honest numbers."""
    messages = LanguageOfMessage(warm_detector()).process([Message({"text": text})])
    (message,) = reader.process(messages)
    shares = [one["confidence"] for one in message.get("intent_ranking")]

    assert message.get("language") in ("en", "es", None)
    assert message.get("intent")["name"] in {*EXAMPLES, FALLBACK}
    assert all(math.isfinite(share) and 0 <= share <= 1 for share in shares)
    assert message.get("text") == text


def test_hard_input_is_read_all_at_once(reader: IntentReader) -> None:
    """One hard text does not spoil its neighbours."""
    hard = [text for text in HARD.values() if len(text) < 200]
    messages = [Message({"text": text}) for text in (*hard, "hello")]
    reader.process(messages)

    assert messages[-1].get("intent")["name"] == "greet"
    assert all(message.get("intent") for message in messages)

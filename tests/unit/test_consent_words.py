"""Words about getting texts: what is taken, what is asked about, and what means something else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.consent import (
    ASK_AGAIN_AFTER,
    HELP_WORDS,
    START_WORDS,
    STOP_WORDS,
    TWILIO_WORDS,
    YES_COUNTS_FOR,
    Consent,
    ConsentKind,
    ConsentScope,
    Keyword,
    is_known_to_twilio,
    is_spanish,
    keyword,
    may_ask,
    opted_out_scopes,
    scope_of,
    yes_still_counts,
)
from backend.domain.crisis import is_crisis
from backend.domain.opt_out_words import Plainly, read_plain_words
from backend.domain.sms import segments
from backend.services.consent import CONFIRMATIONS, FROM_WHOM, QUESTION
from tests.phrases.figures import figures, phrases, share_noticed
from tests.phrases.readers import consent

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TAKEN_OR_ASKED = ("stop", "unclear")
STOPS = [phrase.text for phrase in phrases("consent", "tuned") if phrase.expected == "stop"]
OTHERS = [phrase.text for phrase in phrases("consent", "tuned") if phrase.expected == "none"]
NAMES = {"office": "Financial Aid", "institution": "Northern College"}


def test_no_tuned_opt_out_is_missed() -> None:
    """Of the phrases it was made with every opt-out is taken or asked about, 94 in 100 are taken,
    and nothing else is.
    """
    tuned = phrases("consent", "tuned")
    found = figures(tuned, "stop", consent)

    assert share_noticed(tuned, "stop", consent, as_any_of=TAKEN_OR_ASKED) == 1.0
    assert found.recall >= 0.94 and found.precision == 1.0
    assert share_noticed(tuned, "unclear", consent, as_any_of=TAKEN_OR_ASKED) == 1.0


@pytest.mark.parametrize("language", ["en", "es"])
def test_opt_outs_it_was_not_made_with_are_found(language: str) -> None:
    """Of the held-out ones 90 in 100 are taken or asked about, 85 are taken; and of what is taken
    97 in 100 were meant.
    """
    held_out = [one for one in phrases("consent", "held_out") if one.language == language]
    found = figures(held_out, "stop", consent)

    assert share_noticed(held_out, "stop", consent, as_any_of=TAKEN_OR_ASKED) >= 0.9
    assert found.recall >= 0.85 and found.precision >= 0.97


@pytest.mark.parametrize("of_set", ["tuned", "held_out"])
def test_daily_life_is_left_alone(of_set: str) -> None:
    """No text about anything else ends texts, and at most 3 in 100 are asked about."""
    of = phrases("consent", of_set)

    assert share_noticed(of, "none", consent, as_any_of=("stop", "start")) == 0.0
    assert share_noticed(of, "none", consent, as_any_of=("unclear",)) <= 0.03


@pytest.mark.parametrize("label", ["start", "help"])
def test_start_and_help_are_keywords(label: str) -> None:
    """All of them are found and nothing else is taken for one."""
    found = figures(phrases("consent"), label, consent)

    assert (found.recall, found.precision) == (1.0, 1.0)


def test_there_are_enough_phrases() -> None:
    """300 at least, a quarter held out, hard ones that are about something else, none twice."""
    every = phrases("consent")
    texts = [phrase.text for phrase in every]

    assert len(every) >= 300 and len(phrases("consent", "held_out")) * 4 >= len(every)
    assert sum(phrase.expected == "none" for phrase in every) >= 200
    assert sum(phrase.language == "es" for phrase in every) >= 120
    assert len(set(texts)) == len(texts)


@given(
    st.sampled_from(sorted(STOP_WORDS)),
    st.sampled_from([str, str.upper, str.title, str.swapcase]),
    st.lists(st.sampled_from(" .!?\"'“”…*_-()\n\u200b\u200d\ufe0f\u00a0🛑🙏"), max_size=5),
    st.lists(st.sampled_from(" .!?\"'“”…*_-()\n\u200b\u200d\ufe0f\u00a0🛑🙏"), max_size=5),
    st.integers(0, 20),
)
def test_dress_hides_no_keyword(
    word: str, dressed: object, before: list[str], after: list[str], split_at: int
) -> None:
    """Case, marks, emoji, and invisible characters even within the word make no difference."""
    within = f"{word[:split_at]}\u200b{word[split_at:]}"
    text = "".join(before) + dressed(within) + "".join(after)  # type: ignore[operator]

    assert keyword(text, is_opted_out=False) is Keyword.STOP


@given(st.sampled_from(sorted(STOP_WORDS | START_WORDS | HELP_WORDS)))
def test_full_width_letters_are_letters(word: str) -> None:
    """`ＳＴＯＰ` is STOP."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in word.upper())

    assert keyword(wide, is_opted_out=False) is keyword(word, is_opted_out=False) is not None


@given(
    st.sampled_from(STOPS),
    st.sampled_from([str, str.upper, lambda text: f"  {text} 🙏", lambda text: f"{text}!!"]),
    st.sampled_from(["", "hi, ", "please ", "ok. ", "Hello! ", "oiga, ", "wrong number. "]),
    st.sampled_from(["", ", thanks", ". bye", "\nsent from my iPhone", " gracias", " please"]),
)
def test_courtesy_hides_no_opt_out(text: str, dressed: object, before: str, after: str) -> None:
    """What stands politely around a request for no more texts leaves it one, or asked about."""
    assert consent(f"{before}{dressed(text)}{after}") in TAKEN_OR_ASKED  # type: ignore[operator]


@given(st.sampled_from(OTHERS), st.sampled_from(["hi, ", "please: ", "One question. ", "hola, "]))
def test_courtesy_makes_no_opt_out(text: str, before: str) -> None:
    """Nor does it turn anything else into one."""
    assert consent(before + text) != "stop"


@given(st.text(max_size=1_700))
def test_any_text_can_be_read(text: str) -> None:
    """Whatever comes in is read."""
    assert consent(text) in {"stop", "unclear", "start", "help", "none"}


@given(st.lists(st.sampled_from(STOPS + OTHERS), min_size=1, max_size=60))
def test_one_clear_request_is_enough(texts: list[str]) -> None:
    """A long text that asks for it somewhere in a sentence of its own is taken or asked about."""
    plain = any(consent(text) == "stop" and len(text.split()) > 1 for text in texts)

    assert not plain or consent(". ".join(texts)) in TAKEN_OR_ASKED


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        *((text, Plainly.STOP) for text in ("fuck you stop", "stop bitch", "fuck you. stop it")),
        ("st0p", Plainly.STOP),
        *((text, Plainly.UNCLEAR) for text in ("stop 2", "2 stop", "bórrenme", "elimíname")),
        *((text, None) for text in ("bus stop 5", "I am at stop 2 now", "send stop signs")),
    ],
)
def test_in_anger_or_beside_a_choice(text: str, outcome: Plainly | None) -> None:
    """With swearing, with a choice's number beside it."""
    reading = read_plain_words(text)

    assert (reading and reading.outcome) == outcome


@pytest.mark.parametrize("text", ["reply stop", "Text STOP.", "“STOP to end”"])
def test_our_instruction_word_for_word(text: str) -> None:
    """As a whole message it is what it tells of; quoted among other words it is not."""
    assert keyword(text, is_opted_out=False) is Keyword.STOP
    assert read_plain_words(f"Liked “Welcome to us. {text}”") is None


def test_no_keyword_is_a_crisis() -> None:
    """The words for consent reach consent."""
    assert not [word for word in STOP_WORDS | START_WORDS | HELP_WORDS if is_crisis(word)]


def test_the_law_s_and_the_carriers_words_are_keywords() -> None:
    """47 CFR 64.1200(a)(10) and Twilio's default handling: every word, alone."""
    by_law = ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe")

    assert {keyword(word, is_opted_out=False) for word in by_law} == {Keyword.STOP}
    assert all(keyword(word, is_opted_out=True) is not None for word in TWILIO_WORDS)


@pytest.mark.parametrize(
    ("text", "known"),
    [("STOP", True), (" stop. ", True), ("stop please", False), ("parar", False), ("alto", False)],
)
def test_twilio_confirms_single_words_only(text: str, known: bool) -> None:
    """What its default handling does not know is for us to confirm."""
    assert is_known_to_twilio(text) is known


@pytest.mark.parametrize(
    ("text", "outcome", "spanish"),
    [
        ("please stop texting me", Plainly.STOP, False),
        ("no me escriban más", Plainly.STOP, True),
        ("how do I unsubscribe", Plainly.UNCLEAR, False),
        ("¿cómo me doy de baja?", Plainly.UNCLEAR, True),
        ("alto, por favor", Plainly.STOP, True),
        ("No soy Maria", Plainly.UNCLEAR, True),
    ],
)
def test_the_language_of_plain_words(text: str, outcome: Plainly, spanish: bool) -> None:
    """The student is answered in the language of the words."""
    reading = read_plain_words(text)

    assert reading is not None
    assert (reading.outcome, reading.is_spanish) == (outcome, spanish)


def test_the_language_of_keywords() -> None:
    """Words such as ALTO are Spanish; STOP is everybody's."""
    assert is_spanish("¡Alto!") and is_spanish("empezar por favor") and not is_spanish("STOP")


def test_yes_is_a_start_only_for_who_has_opted_out() -> None:
    """From anyone else it is an answer."""
    assert keyword("Yes, please", is_opted_out=True) is Keyword.START
    assert keyword("Yes, please", is_opted_out=False) is None


def test_the_question_is_asked_once_in_a_while() -> None:
    """At most every twelve hours, and a yes counts as long."""
    assert may_ask(None, NOON)
    assert not may_ask(NOON, NOON + ASK_AGAIN_AFTER - timedelta(seconds=1))
    assert may_ask(NOON, NOON + ASK_AGAIN_AFTER)
    assert yes_still_counts(NOON, NOON + YES_COUNTS_FOR - timedelta(seconds=1))
    assert not yes_still_counts(NOON, NOON + YES_COUNTS_FOR)


def test_an_opt_out_from_a_single_use_number_reaches_the_office() -> None:
    """The number is given back, and the office's next one would text the same student."""
    assert scope_of(ConsentScope.NUMBER, is_single_use=True) is ConsentScope.OFFICE
    assert scope_of(ConsentScope.NUMBER, is_single_use=False) is ConsentScope.NUMBER
    assert scope_of(ConsentScope.INSTITUTION, is_single_use=True) is ConsentScope.INSTITUTION


KIND_AND_SCOPE = st.tuples(st.sampled_from(ConsentKind), st.sampled_from(ConsentScope))


@given(st.lists(st.tuples(KIND_AND_SCOPE, st.integers(1, 3)), max_size=12))
def test_the_latest_event_of_each_scope_counts(
    told: list[tuple[tuple[ConsentKind, ConsentScope], int]],
) -> None:
    """Whatever came before, in any order of rows."""
    events = [
        Consent(kind, scope, scope_id, NOON + timedelta(minutes=minute))
        for minute, ((kind, scope), scope_id) in enumerate(told)
    ]
    expected = set()
    for scope, own_id in ((ConsentScope.NUMBER, 1), (ConsentScope.OFFICE, 2)):
        mine = [event for event in events if (event.scope, event.scope_id) == (scope, own_id)]
        if mine and mine[-1].kind is ConsentKind.OPT_OUT:
            expected.add(scope)
    wide = [event for event in events if event.scope is ConsentScope.INSTITUTION]
    wide = [event for event in wide if event.scope_id == 3]
    if wide and wide[-1].kind is ConsentKind.OPT_OUT:
        expected.add(ConsentScope.INSTITUTION)

    for order in (events, events[::-1]):
        assert opted_out_scopes(order, number_id=1, office_id=2, institution_id=3) == expected


@pytest.mark.parametrize("scope", ConsentScope)
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_we_say_is_cheap(scope: ConsentScope, language: str) -> None:
    """Confirmations and the question stay in the cheap alphabet, two segments at most."""
    whom = FROM_WHOM[scope][language].format(**NAMES)  # type: ignore[index]
    said = [*(each[language] for each in CONFIRMATIONS.values()), QUESTION[language]]  # type: ignore[index]

    for text in said:
        counted = segments(text.format(whom=whom, **NAMES))
        assert counted.encoding == "GSM-7" and counted.count <= 2

"""The crisis list: what it finds on labelled phrases, whatever marks and spelling they come in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.crisis import SAFETY_TEXTS, is_crisis, language_of
from backend.domain.sms import segments
from tests.phrases.figures import Phrase, figures, phrases
from tests.phrases.readers import crisis

IN_CRISIS = [phrase for phrase in phrases("crisis", "tuned") if phrase.expected == "crisis"]


def test_no_tuned_phrase_is_missed() -> None:
    """A missed one is worse than one too many: of the phrases it was made with it misses none,
    and of those that it takes 95 in 100 are meant.
    """
    found = figures(phrases("crisis", "tuned"), "crisis", crisis)

    assert found.recall == 1.0
    assert found.precision >= 0.95


def test_phrases_it_was_not_made_with_are_found() -> None:
    """Of the held-out phrases it finds 95 in 100 at least, in either language, and takes few that
    are not meant.
    """
    for language in ("en", "es"):
        held_out = [one for one in phrases("crisis", "held_out") if one.language == language]
        found = figures(held_out, "crisis", crisis)

        assert found.recall >= 0.95
        assert found.precision >= 0.9


def test_there_are_enough_phrases() -> None:
    """150 at least, a third of them held out; hard ones that are not meant; none twice."""
    every = phrases("crisis")
    texts = [phrase.text for phrase in every]

    assert len(every) >= 150 and len(phrases("crisis", "held_out")) * 3 >= len(every) * 0.95
    assert sum(phrase.expected == "other" for phrase in every) >= 100
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    "text",
    [
        *("i want to diee", "iwanttodie", "i want to d i e", "k.m.s.", "k m s", "endmylife"),
        *("wanna off myself", "murder myself", "theres no point living"),
        *("quiero matarmee", "me quiero matarr", "me boy a matar", "nokiero vivir"),
        *("me kiero kitar la vida", "me quiero aser daño", "me estoy cortando"),
    ],
)
def test_typed_in_a_hurry(text: str) -> None:
    """A letter too many, words run together or torn apart, and how it sounds."""
    assert is_crisis(text) and is_crisis(f"hola, {text} bye")


@pytest.mark.parametrize(
    "text",
    [
        *("is there any reason live chat is down", "no point living on campus", "my acer died"),
        *("me estoy cortando el pelo", "can I drop off myself the form?", "see you, bee off"),
    ],
)
def test_what_sounds_like_it(text: str) -> None:
    """These are about something else."""
    assert not is_crisis(text)


@given(
    st.sampled_from(IN_CRISIS),
    st.sampled_from([str, str.upper, str.title, lambda text: f"  {text}!!! 😭", str.swapcase]),
    st.sampled_from(["", "hi, ", "STOP. ", "oye ", "pls help "]),
    st.sampled_from(["", " bye", ". hola", " lol", "\nsent from my iPhone"]),
)
def test_dress_and_neighbours_hide_nothing(
    phrase: Phrase, dressed: Callable[[str], str], before: str, after: str
) -> None:
    """Capitals, marks, emoji and what stands around a phrase do not hide it."""
    text = dressed(phrase.text)

    assert is_crisis(f"{before}{text}. {after}")


@given(st.text(max_size=2_000))
def test_any_text_can_be_read(text: str) -> None:
    """Whatever comes in is read, and quickly."""
    assert is_crisis(text) in (True, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I want to die", "en"),
        ("quiero morirme", "es"),
        ("pienso en el suicidio", "es"),
        ("thinking about suicide", "en"),
        ("when do you open", None),
    ],
)
def test_the_language_of_danger(text: str, expected: str | None) -> None:
    """The safety text is in the language in which the student wrote."""
    assert language_of(text) == expected


@pytest.mark.parametrize("text", SAFETY_TEXTS.values())
def test_the_safety_texts_fit(text: str) -> None:
    """The built-in ones are two cheap segments at most, and name 988."""
    needed = segments(text)

    assert needed.encoding == "GSM-7" and needed.count <= 2 and "988" in text

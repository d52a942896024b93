"""What the assistant texts: who it is, in two segments, sentences whole, links public."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.assistant_failures import in_row, wish_for_a_person
from backend.domain.assistant_texts import (
    Introduction,
    compose,
    introduces,
    passed_on,
    without_internal_links,
)
from backend.domain.links import has_internal
from backend.domain.numbered_choices import chosen, listed, number_said
from backend.domain.sms import frugal, segments
from backend.domain.words import folded

OFFICE = Introduction("Financial Aid", "Demo State University")
LONG = Introduction("Office of Student Success West", "Wheatland State University Ark")
TITLES = ("office hours", "is this a scam", "talk to a person")
OWN = "desk.school.edu"


def test_the_assistant_says_whose_it_is_and_offers_a_person() -> None:
    """All of it where there is room."""
    composed = compose("We open at 9.", "en", introduction=OFFICE)

    assert composed is not None
    assert composed.text == (
        "This is the automated assistant of Financial Aid at Demo State University. "
        "We open at 9. Reply PERSON to reach a person."
    )


@pytest.mark.parametrize(
    ("language", "words"), [("en", "automated assistant"), ("es", "asistente virtual")]
)
def test_the_introduction_stays_in_gsm_7(language: str, words: str) -> None:
    """It does not double the price of the answer it comes with."""
    composed = compose("Ok.", language, introduction=LONG)

    assert composed is not None and words in composed.text
    assert segments(composed.text).encoding == "GSM-7"


def test_a_fact_without_a_full_stop_is_told_on_a_line_of_its_own() -> None:
    """Hours, a place or a link do not run into the offer of a person."""
    composed = compose("Hours: 9 am to 4 pm", "en", introduction=OFFICE)

    assert composed is not None
    assert composed.text.endswith("Hours: 9 am to 4 pm\nReply PERSON to reach a person.")


def test_the_offer_goes_first_then_words_of_the_introduction() -> None:
    """The answer stays whole as long as anything else can go."""
    answers = [f"{'x' * length}." for length in (150, 235, 250, 270)]
    texts = [compose(answer, "en", introduction=OFFICE) for answer in answers]
    said = [composed.text if composed else "" for composed in texts]

    assert all(answer in text for answer, text in zip(answers, said, strict=True))
    assert ["PERSON" in text for text in said] == [True, False, False, False]
    assert ["Demo State" in text for text in said] == [True, False, False, False]
    assert ["Financial Aid" in text for text in said] == [True, True, True, False]


def test_an_answer_ends_at_a_sentence() -> None:
    """What does not fit is left out from the end; "8 a.m. to 5" is no end."""
    first = "We are open from 8 a.m. to 5 p.m. on most days, and we are glad to see you there."
    composed = compose(" ".join([first, f"More {'more ' * 60}.", "Last one."]), "en")

    assert composed is not None
    assert (composed.text, composed.is_shortened) == (first, True)


def test_nothing_is_said_where_not_one_sentence_fits() -> None:
    """Half a sentence is worse than a person."""
    assert compose(f"{'word ' * 80}end.", "en") is None


def test_choices_that_do_not_fit_are_not_shown() -> None:
    """Then no number means anything."""
    composed = compose(f"{'x' * 299}.", "en", titles=TITLES)

    assert composed is not None
    assert (composed.has_choices, "1)" in composed.text) == (False, False)


SENTENCES = st.lists(
    st.builds(
        lambda words, end: " ".join(words).capitalize() + end,
        st.lists(st.text("abcdefghijñáé", min_size=3, max_size=12), min_size=1, max_size=25),
        st.sampled_from(".!?"),
    ),
    min_size=1,
    max_size=8,
)


@given(
    SENTENCES,
    st.sampled_from(["en", "es"]),
    st.sampled_from([None, OFFICE, LONG]),
    st.lists(st.text("abcdefgh ñ", min_size=1, max_size=30), max_size=5),
)
def test_no_text_is_longer_than_two_segments(
    sentences: list[str], language: str, introduction: Introduction | None, titles: list[str]
) -> None:
    """Whatever is to be said: two segments, whole sentences, the introduction in some form."""
    answer = " ".join(sentences)
    composed = compose(answer, language, titles=tuple(titles), introduction=introduction)
    if composed is None:
        assert segments(frugal(sentences[0])).count > 2 or introduction is not None
        return

    assert segments(composed.text).count <= 2
    assert folded(sentences[0]) in folded(composed.text)
    assert introduction is None or any(
        words in composed.text for words in ("automated assistant", "asistente virtual")
    )
    if not composed.is_shortened:
        assert folded(answer) in folded(composed.text)
    elif not titles and introduction is None:
        beginnings = [" ".join(sentences[:end]) for end in range(1, len(sentences))]
        assert folded(composed.text) in map(folded, beginnings)


@pytest.mark.parametrize(
    ("answer", "itself"),
    [
        ("Hi! This is the automated assistant of Financial Aid.", True),
        ("Soy el asistente automático de FINANCIAL AID.", True),
        ("I'm an automated assistant.", False),
        ("Financial Aid hours: 9 to 4", False),
    ],
)
def test_an_answer_that_says_it_is_not_said_twice(answer: str, itself: bool) -> None:
    """Whose assistant it is must be in it."""
    assert introduces(answer, "Financial Aid") is itself


@pytest.mark.parametrize("language", ["en", "es"])
def test_giving_up_costs_little(language: str) -> None:
    """The sentence about a person fits with the whole introduction, in GSM-7."""
    composed = compose(passed_on(LONG.office, language), language, introduction=LONG)

    assert composed is not None and not composed.is_shortened
    assert segments(composed.text).encoding == "GSM-7"


# --- choices ------------------------------------------------------------------------------


def test_choices_have_numbers() -> None:
    """A list, or one line where there is but one."""
    assert listed(TITLES, "en") == (
        "Reply 1, 2 or 3:\n1) office hours\n2) is this a scam\n3) talk to a person"
    )
    assert listed(("hablar con una persona",), "es") == "Responda 1: hablar con una persona."


@pytest.mark.parametrize(
    "text",
    [
        *("2", "2.", "#2", " 2 ", "(2)", "2)", "2!", "two", "TWO", "dos", "Dos.", "opción 2"),
        *("option 2", "number two", "número 2", "the second one", "The 2nd", "la segunda"),
        *("el segundo", "la 2", "2 please", "la dos por favor", "2️⃣", "２", "I want 2"),
        *("quiero la 2", "is this a scam", "Is this a scam?", "2) is this a scam", "2da"),
    ],
)
def test_a_number_is_understood(text: str) -> None:
    """In digits, words, both languages, or by the words of the choice."""
    assert chosen(text, TITLES) == 2


@pytest.mark.parametrize(
    "text",
    [
        *("", "2 and 3", "at 2 pm", "2:30", "2.5", "I have 2 kids", "two people", "12345", "316"),
        *("second semester", "no", "one moment", "uno de ellos", "/student_office_hours", "yes"),
        *("the office", "una pregunta"),
    ],
)
def test_other_words_are_no_choice(text: str) -> None:
    """They are for the assistant to understand."""
    assert chosen(text, TITLES) is None


@pytest.mark.parametrize(("text", "said"), [("7", 7), ("0", 0), ("number 9", 9), ("12", 12)])
def test_a_number_beyond_the_choices_is_told(text: str, said: int) -> None:
    """It is an attempt to choose, which deserves an answer of its own."""
    assert chosen(text, TITLES) == number_said(text) == said


@given(st.integers(1, 9), st.sampled_from(["{}", "#{}", "{}.", "({})", "option {}", "la {}"]))
def test_every_way_means_its_number(number: int, way: str) -> None:
    """No number is mistaken for another."""
    assert number_said(way.format(number)) == number


@given(st.text())
def test_any_text_can_be_asked(text: str) -> None:
    """Nothing that somebody types breaks it, and nothing typed is a payload."""
    place = chosen(text, TITLES)

    assert place is None or 0 <= place <= 99


# --- a person, failures, links --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("PERSON", "en"),
        ("agent please", "en"),
        ("Real person!", "en"),
        ("persona", "es"),
        ("Humano", "es"),
        ("una persona por favor", "es"),
        ("is this a person", None),
        ("personal loan", None),
        ("please", None),
        ("", None),
    ],
)
def test_a_word_for_a_person_is_enough(text: str, language: str | None) -> None:
    """Only as the whole message; sentences are for the assistant to understand."""
    assert wish_for_a_person(folded(text)) == language


def test_two_failures_in_a_row_count() -> None:
    """Help in between starts anew; "hello?" and "yes" neither help nor fail."""
    count = 0
    for intent, has_failed, wanted in [
        ("nlu_fallback", True, 1),
        ("greet", False, 1),
        ("affirm", False, 1),
        ("student_office_hours", False, 0),
        ("out_of_scope", True, 1),
        ("out_of_scope", True, 2),
    ]:
        count = in_row(count, has_failed=has_failed, intent=intent)
        assert count == wanted


@pytest.mark.parametrize(
    "link",
    [
        *("http://localhost:8000/chat", "http://127.0.0.1/inbox", "https://[::1]/x", "localhost"),
        *("127.0.0.1:8000/numbers", "https://desk.school.edu/campaigns", "/numbers/num_1"),
        *("http://10.0.0.7/x", "http://intranet/x", "http://files.internal/x", "../campaigns"),
        *("https://DESK.school.edu:443/x", "https://me@desk.school.edu/", "ftp://school.edu/x"),
        *("http://192.168.1.4/", "file:///etc/hosts", "https://desk.school.edu./x"),
    ],
)
def test_internal_links_are_known(link: str) -> None:
    """The desk's own pages, this machine, private networks, paths without a host."""
    assert has_internal(f"See {link} for more", OWN)
    assert without_internal_links(f"We open at nine. See {link} please. Bye all.", OWN) == (
        "We open at nine. Bye all."
    )
    assert without_internal_links(f"See {link}", OWN) == ""


@pytest.mark.parametrize(
    "text",
    [
        "The web page of Financial Aid: https://demo-state.example/financial-aid",
        "See www.school.edu/aid or https://school.edu/a?b=c#d.",
        "Open 24/7 and/or by phone: (316) 555-0120, 9am/5pm",
        "",
    ],
)
def test_public_links_stay(text: str) -> None:
    """An office's web page is what a student may need."""
    assert without_internal_links(text, OWN) == text

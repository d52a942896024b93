"""Who texts is a person, or a machine that answers us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.loops import (
    FLOOD,
    Exchanged,
    counted,
    flood_line,
    is_flood,
    is_machine,
    ours_within,
)

NOON = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
IPHONE = (
    "I'm driving with Do Not Disturb While Driving turned on. "
    "I'll see your message when I get to where I'm going."
)


def talk(*said: tuple[int, str, str]) -> list[Exchanged]:
    """A conversation, newest first, of (seconds after noon, who, words); who is "we", "staff" or
    "they".
    """
    who: dict[str, bool | None] = {"we": True, "they": False, "staff": None}
    lines = [Exchanged(NOON + timedelta(seconds=at), body, who[by]) for at, by, body in said]
    return lines[::-1]


@pytest.mark.parametrize(
    "body",
    [
        *("Automatic reply: I am out of the office until Monday.", "Auto-Reply: thanks", IPHONE),
        *("[Automated message] We got it", "This is an automated response.", "Autoreply"),
        *("Respuesta automática: estoy fuera de la oficina", "I am driving right now."),
        *("This number is not monitored.", "Estoy manejando ahora, le escribo luego"),
        *("Sorry, I can't talk right now.", "I am not receiving notifications. Reply urgent."),
    ],
)
def test_auto_replies_are_known_by_their_words(body: str) -> None:
    """The usual wordings, soon after a text of ours."""
    assert is_machine(talk((0, "we", "Hello"), (20, "they", body)))


@pytest.mark.parametrize(
    "said",
    [
        ((0, "they", IPHONE),),  # nothing of ours before it
        ((0, "we", "Hello"), (3_000, "they", "I'm driving with my mom, call you later")),
        ((0, "we", "Hello"), (9, "they", "Is this an automatic reply?")),
        ((0, "we", "Hello"), (9, "they", "I got an automatic reply from you")),
        ((0, "we", "Hi"), (9, "they", "ok"), (10, "we", "Hi"), (30, "they", "ok")),
        ((0, "they", "hello??"), (60, "they", "hello??"), (90, "they", "hello??")),
        (
            *((0, "they", "When is the deadline for FAFSA?"), (5, "we", "March 1.")),
            *((1_200, "they", "When is the deadline for FAFSA?"), (1_205, "we", "March 1.")),
            (2_400, "they", "When is the deadline for FAFSA?"),
        ),
    ],
)
def test_people_are_not_taken_for_machines(said: tuple[tuple[int, str, str], ...]) -> None:
    """Who writes "ok" twice, asks again later, or speaks of auto-replies is a person."""
    assert not is_machine(talk(*said))


def test_the_same_sentence_again_and_again_is_a_machine() -> None:
    """Three times the same sentence within ten minutes, whatever its case and marks."""
    said = [(0, "they", "Thanks for reaching out to us!"), (5, "we", "Hi.")]
    said += [(60, "they", "THANKS for reaching out to us"), (65, "we", "Hi.")]

    assert not is_machine(talk(*said[:3]))
    assert is_machine(talk(*said, (120, "they", "thanks for reaching out to us!!")))
    assert not is_machine(talk(*said, (120, "they", "something else entirely")))


def test_short_replies_may_be_the_same_more_often() -> None:
    """Somebody who chooses "2" from one list after another is a person; not six times."""
    said = [
        each for n in range(5) for each in ((n * 40, "we", f"{n}?"), (n * 40 + 20, "they", "2"))
    ]

    assert not is_machine(talk(*said))
    assert is_machine(talk(*said, (200, "we", "5?"), (220, "they", "2")))


def test_answers_that_come_at_once_each_time_are_a_machines() -> None:
    """Eight different texts, each two seconds after ours: nobody reads and types like that. One
    that took its time makes it a person.
    """
    said = [
        each
        for n in range(8)
        for each in ((n * 30, "we", "Your turn"), (n * 30 + 2, "they", f"reply number {n}"))
    ]
    slow = [(at + 20 if at == 92 else at, by, body) for at, by, body in said]

    assert is_machine(talk(*said))
    assert not is_machine(talk(*slow))
    assert not is_machine(talk(*said[2:]))


def test_a_flood_is_twenty_in_a_minute() -> None:
    """Nobody types so fast; nineteen, or twenty in two minutes, are no flood."""
    twenty = talk(*((n * 3, "they", f"text {n}") for n in range(FLOOD)))
    slower = talk(*((n * 6, "they", f"text {n}") for n in range(FLOOD)))

    assert is_flood(twenty, twenty[0].at)
    assert not is_flood(twenty[:-1], twenty[0].at)
    assert not is_flood(slower, slower[0].at)


@given(st.integers(FLOOD, 10**7))
def test_a_flood_line_tells_how_many(texts: int) -> None:
    """What the line says can be read back, so that it can count on."""
    assert counted(flood_line(texts)) == texts


@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.sampled_from([True, False, None]), st.text(max_size=30)),
        max_size=30,
    ),
    st.text(max_size=200),
)
def test_any_conversation_can_be_judged(
    before: list[tuple[int, bool | None, str]], last: str
) -> None:
    """Whatever was written: judging never fails, and what we sent is counted."""
    rows = [Exchanged(NOON + timedelta(seconds=at), body, ours) for at, ours, body in before]
    rows.insert(0, Exchanged(NOON + timedelta(seconds=600), last, False))

    assert is_machine(rows) in (True, False)
    assert ours_within(rows, rows[0].at, timedelta(hours=1)) == sum(
        ours is True for _a, ours, _b in before
    )


@given(st.text(max_size=40), st.text(max_size=40))
def test_two_of_the_same_are_never_a_loop(body: str, answer: str) -> None:
    """However fast and whatever they say: the same text twice is a person's, unless it is worded
    as an auto-reply, which needs a text of ours before it.
    """
    twice = [Exchanged(NOON + timedelta(seconds=9), body, False), Exchanged(NOON, body, False)]

    assert not is_machine(twice)

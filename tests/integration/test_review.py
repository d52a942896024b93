"""What the assistant had no answer to is kept for people to review."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from backend.db.tables import Message, Turn, UnansweredQuestion
from backend.services import review, staff_chat
from backend.services.ports import Nearest
from tests.integration.conftest import World


def kept(world: World) -> list[tuple[str, str, list[dict[str, object]]]]:
    """The questions for review: channel, words, what they were near to."""
    with world.desk.db.read() as session:
        rows = session.scalars(select(UnansweredQuestion).order_by(UnansweredQuestion.id))
        return [(row.channel, row.message.body, row.nearest) for row in rows]


@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope"])
def test_question_of_staff_without_an_answer_is_kept(world: World, intent: str) -> None:
    """The row points at the message and tells which intents were near."""
    world.bot.intent = intent
    world.bot.nearest = (Nearest("faq_port_time", 0.41), Nearest("check_port_status", 0.3))
    staff_chat.ask(world.desk, world.bob, text="port it moon?")

    assert kept(world) == [
        (
            "web",
            "port it moon?",
            [
                {"name": "faq_port_time", "confidence": 0.41},
                {"name": "check_port_status", "confidence": 0.3},
            ],
        )
    ]


def test_question_of_a_student_without_an_answer_is_kept(world: World) -> None:
    """Texts count like chat, also when they are handed to a person."""
    world.bot.intent, world.bot.replies = "nlu_fallback", ()
    world.receive("SM1", "blargh")
    world.queue.work()

    assert kept(world) == [("sms", "blargh", [])]


def test_answered_and_failed_questions_are_not_kept(world: World) -> None:
    """A question that was understood is not for review, nor one that nobody could look at."""
    first = staff_chat.ask(world.desk, world.bob, text="can I transfer?")
    world.bot.intent, world.bot.is_up = "nlu_fallback", False
    staff_chat.ask(world.desk, world.bob, text="hm", conversation=first.conversation)

    assert kept(world) == []


def test_questions_are_listed_for_review(world: World) -> None:
    """The latest first, with the intent that came nearest."""
    world.bot.intent = "nlu_fallback"
    world.bot.nearest = (Nearest("faq_port_time", 0.41),)
    staff_chat.ask(world.desk, world.bob, text="port it moon?")
    world.bot.nearest = ()
    staff_chat.ask(world.desk, world.zoe, text="hm")
    listed = review.latest(world.desk, 10)

    assert [(one.institution, one.words, one.nearest) for one in listed] == [
        ("western", "hm", None),
        ("northern", "port it moon?", "faq_port_time"),
    ]


def test_question_repeated_by_its_sender_is_kept_once(world: World) -> None:
    """A message sent again is answered from the record and not kept twice."""
    world.bot.intent = "nlu_fallback"
    for _ in range(2):
        staff_chat.ask(world.desk, world.bob, text="hm", message_id="m1")

    assert len(kept(world)) == 1


def test_code_in_a_question_is_hidden_in_review_too(world: World) -> None:
    """Who reviews a question never reads a PIN."""
    world.bot.intent = "out_of_scope"
    staff_chat.ask(world.desk, world.bob, text="my PIN is 4821")

    assert kept(world)[0][1] == "my PIN is ••••"


def test_question_goes_with_its_message(world: World) -> None:
    """Once the words are deleted, nothing of them is left for review."""
    world.bot.intent, world.bot.replies = "out_of_scope", ()
    staff_chat.ask(world.desk, world.bob, text="hm")
    with world.desk.db.write() as session:
        session.execute(delete(Turn))
        session.execute(delete(Message))

    assert kept(world) == []

"""An office's name is looked up among those that the asker may see."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from backend.services import offices, staff_chat
from backend.services.ports import BotTurn
from tests.integration.conftest import World


def name_of(found: offices.Meant) -> str | None:
    """The match's name."""
    return found.match.name if found.match else None


@pytest.mark.parametrize(
    ("person", "mention", "office"),
    [
        ("alice", "fin aid", "Financial Aid"),
        ("alice", "the registrar", "Registrar"),
        ("bob", "finacial aid office", "Financial Aid"),
        ("bob", "the registrar", None),
        ("carol", "registro", None),
        ("zoe", "becas", "Financial Aid"),
    ],
)
def test_only_offices_one_may_see_are_meant(
    world: World, person: str, mention: str, office: str | None
) -> None:
    """An administrator's are all of the institution, everyone else's is their own."""
    found = offices.meant_office(world.desk, getattr(world, person), mention)

    assert name_of(found) == office
    assert found.candidates == ()


def test_an_office_is_the_institutions_own(world: World) -> None:
    """The same name at two institutions: each gets its own."""
    northern = offices.meant_office(world.desk, world.alice, "registrar").match
    western = offices.meant_office(world.desk, world.zoe, "registrar").match

    assert northern and western and northern.id != western.id
    assert northern.id.startswith("off_")


def test_inboxes_are_meant_likewise(world: World) -> None:
    """An inbox by its name, or by its office's; of one's own offices only."""
    found = offices.meant_inbox(world.desk, world.carol, "fin aid inbox")

    assert name_of(found) == "Financial Aid inbox"
    assert found.match and found.match.id.startswith("inb_")
    assert offices.meant_inbox(world.desk, world.carol, "registrar").match is None


def ask(internal: Flask, world: World, path: str, json: object) -> list[TestResponse]:
    """Have the assistant's turn ask; the list gets the response."""
    answers: list[TestResponse] = []
    client = internal.test_client()

    def act(turn: BotTurn) -> None:
        headers = {"Authorization": f"Bearer {turn.turn_token}"}
        answers.append(client.post(path, headers=headers, json=json))

    world.bot.while_thinking = act
    return answers


@pytest.mark.parametrize(
    ("path", "mention", "match"),
    [
        ("/internal/meant-office", "fin aid", "Financial Aid"),
        ("/internal/meant-office", "law school", None),
        ("/internal/meant-inbox", "becas", "Financial Aid inbox"),
    ],
)
def test_an_action_asks_in_the_turns_name(
    world: World, internal: Flask, path: str, mention: str, match: str | None
) -> None:
    """The turn token decides whose offices are looked through."""
    answers = ask(internal, world, path, {"mention": mention})
    staff_chat.ask(world.desk, world.bob, text=f"move it to {mention}")
    (response,) = answers
    found = response.json

    assert found is not None
    assert (found["match"] or {}).get("name") == match
    assert found["candidates"] == []


@pytest.mark.parametrize("json", [{}, {"mention": None}, {"mention": 5}, ["x"], "x"])
def test_a_question_without_a_mention_is_refused(
    world: World, internal: Flask, json: object
) -> None:
    """What is missing is said."""
    answers = ask(internal, world, "/internal/meant-office", json)
    staff_chat.ask(world.desk, world.bob, text="hi")

    assert [answer.status_code for answer in answers] == [422]


def test_students_name_no_offices(world: World, internal: Flask) -> None:
    """A student's turn looks through no office's names."""
    answers = ask(internal, world, "/internal/meant-office", {"mention": "registrar"})
    world.receive("SM1", "the registrar please")
    world.queue.work()

    assert [answer.status_code for answer in answers] == [403]


def test_without_a_turn_there_is_nothing(world: World, internal: Flask) -> None:
    """No token, no names."""
    client = internal.test_client()
    response = client.post("/internal/meant-office", json={"mention": "registrar"})

    assert response.status_code == 401

"""A staff member asks in web chat, and the assistant can do no more than they can."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.db.tables import AuditEvent, Conversation, StaffMember, Turn, TurnState
from backend.domain.errors import Conflict, InvalidRequest, NotFound
from backend.services import staff, staff_chat
from backend.services.ports import BotReply, BotTurn, Button, Source
from backend.services.sweep import sweep
from tests.integration.conftest import World


def ask_as_action(internal: Flask, world: World, path: str = "/internal/quota") -> list[object]:
    """Have the assistant's turn ask the internal listener; the list gets the response."""
    answers: list[object] = []
    client = internal.test_client()

    def act(turn: BotTurn) -> None:
        headers = {"Authorization": f"Bearer {turn.turn_token}"}
        answers.append(client.get(path, headers=headers))

    world.bot.while_thinking = act
    return answers


def test_answer_comes_with_its_source_and_buttons(world: World) -> None:
    """Replies keep their source, and their buttons become opaque ids."""
    source = Source("Reusable phone numbers", "Can I transfer?", "Tue, 4 Mar")
    world.bot.replies = (
        BotReply("Yes.", "staff", buttons=(Button("Quota", "/check_quota"),), source=source),
    )
    answer = staff_chat.ask(world.desk, world.bob, text="can I transfer a number?")
    (reply,) = answer.replies

    assert reply.source == vars(source)
    assert reply.buttons[0].payload.startswith("btn_")
    assert (answer.intent, answer.confidence) == ("faq_transfer_number", 0.9)


def test_pressed_button_reaches_the_assistant_as_its_payload(world: World) -> None:
    """The browser sends an id; only the backend knows what it stands for."""
    world.bot.replies = (BotReply("Hi", "staff", buttons=(Button("Quota", "/check_quota"),)),)
    first = staff_chat.ask(world.desk, world.bob, text="hello")
    button = first.replies[0].buttons[0].payload
    staff_chat.ask(world.desk, world.bob, conversation=first.conversation, button=button)

    assert world.bot.asked[0].payload is None
    assert (world.bot.asked[1].payload, world.bot.asked[1].text) == ("/check_quota", "Quota")


@pytest.mark.parametrize("thief", ["carol", "zoe"])
def test_button_and_conversation_of_someone_else_are_not_found(world: World, thief: str) -> None:
    """A conversation and its buttons belong to one person."""
    world.bot.replies = (BotReply("Hi", "staff", buttons=(Button("Quota", "/check_quota"),)),)
    first = staff_chat.ask(world.desk, world.bob, text="hello")
    other = getattr(world, thief)
    own = staff_chat.ask(world.desk, other, text="hello")

    with pytest.raises(NotFound):
        staff_chat.ask(world.desk, other, conversation=first.conversation, text="hello")
    with pytest.raises(NotFound):
        staff_chat.ask(
            world.desk,
            other,
            conversation=own.conversation,
            button=first.replies[0].buttons[0].payload,
        )


def test_message_id_seen_before_gets_the_recorded_replies(world: World) -> None:
    """The same message id is answered from the record, and the assistant is not asked again."""
    first = staff_chat.ask(world.desk, world.bob, text="hello", message_id="m1")
    again = staff_chat.ask(
        world.desk, world.bob, text="hello", message_id="m1", conversation=first.conversation
    )

    assert again == first and len(world.bot.asked) == 1


def test_first_message_repeated_without_its_conversation_is_seen_before(world: World) -> None:
    """A retry of the very first message does not know its conversation yet, and still counts."""
    first = staff_chat.ask(world.desk, world.bob, text="hello", message_id="m1")
    again = staff_chat.ask(world.desk, world.bob, text="hello", message_id="m1")

    assert again == first and len(world.bot.asked) == 1


def test_failure_is_spoken_and_offers_to_try_again(world: World) -> None:
    """With Rasa down the person is told; nothing runs later; the button asks the same again."""
    world.bot.is_up = False
    failed = staff_chat.ask(world.desk, world.bob, text="can I transfer a number?")
    (reply,) = failed.replies
    world.clock.pass_time(minutes=3)
    world.bot.is_up = True
    sweep(world.desk)
    world.queue.run_next_delayed()

    assert failed.intent is None and "nothing was done" in reply.text
    assert len(world.bot.asked) == 1

    (button,) = reply.buttons
    answer = staff_chat.ask(
        world.desk, world.bob, conversation=failed.conversation, button=button.payload
    )

    assert button.title == "Try again"
    assert answer.replies[0].text == "Yes, you may."
    assert world.bot.asked[1].text == "can I transfer a number?"


def test_abandoned_staff_turn_is_closed_and_never_run(world: World) -> None:
    """A turn whose server died is told as failed; the question is not answered by surprise."""

    class ServerDies(Exception):
        pass

    def die(_turn: BotTurn) -> None:
        raise ServerDies

    world.bot.while_thinking = die
    with pytest.raises(ServerDies):
        staff_chat.ask(world.desk, world.bob, text="hello")
    world.clock.pass_time(seconds=61)
    sweep(world.desk)
    with world.desk.db.read() as session:
        conversation = session.scalars(select(Conversation.public_id)).one()
    *_, last = staff_chat.lines(world.desk, world.bob, conversation)

    assert "nothing was done" in last.text and len(world.bot.asked) == 1


def test_second_message_waits_for_the_first_and_gives_up(world: World) -> None:
    """One turn at a time: a message that has waited too long is told so, not run later."""
    first = staff_chat.ask(world.desk, world.bob, text="hello")
    said: list[str] = []

    def ask_meanwhile(_turn: BotTurn) -> None:
        world.bot.while_thinking = lambda _turn: None
        second = staff_chat.ask(
            world.desk,
            world.bob,
            text="and another thing",
            conversation=first.conversation,
            sleep=lambda seconds: world.clock.pass_time(seconds=seconds),
        )
        said.append(second.replies[0].text)

    world.bot.while_thinking = ask_meanwhile
    staff_chat.ask(world.desk, world.bob, text="hi", conversation=first.conversation)

    assert "nothing was done" in said[0]
    assert [turn.text for turn in world.bot.asked] == ["hello", "hi"]


def test_same_message_while_it_is_being_answered_is_a_conflict(world: World) -> None:
    """A retry that overtakes the first try is asked to wait, not answered twice."""
    conversation = staff_chat.ask(world.desk, world.bob, text="hello").conversation

    def retry(_turn: BotTurn) -> None:
        world.bot.while_thinking = lambda _turn: None
        with pytest.raises(Conflict):
            staff_chat.ask(
                world.desk, world.bob, text="hi", message_id="m2", conversation=conversation
            )

    world.bot.while_thinking = retry
    staff_chat.ask(world.desk, world.bob, text="hi", message_id="m2", conversation=conversation)

    assert len(world.bot.asked) == 2


@pytest.mark.parametrize("text", ["", "   ", "\0", "\u0007"])
def test_nothing_to_say_is_refused_in_words(world: World, text: str) -> None:
    """An empty message says what to do."""
    with pytest.raises(InvalidRequest, match="Write a message"):
        staff_chat.ask(world.desk, world.bob, text=text)


def test_turn_token_speaks_for_an_administrator(world: World, internal: Flask) -> None:
    """During the turn of an administrator the quota is readable, from the database."""
    answers = ask_as_action(internal, world)
    staff_chat.ask(world.desk, world.alice, text="what's our quota?")
    (response,) = answers

    assert response.json["numbers"] == {"limit": 10, "used": 2, "reserved": 0}  # type: ignore[attr-defined]
    assert response.json["by_office"][0] == {  # type: ignore[attr-defined]
        "office": "Financial Aid",
        "reusable": 2,
        "single_use": 0,
    }


@pytest.mark.parametrize("person", ["bob", "carol"])
def test_quota_is_refused_to_anyone_else_by_rule(
    world: World, internal: Flask, person: str
) -> None:
    """Office staff and agents get the rule, and the attempt is audited."""
    answers = ask_as_action(internal, world)
    staff_chat.ask(world.desk, getattr(world, person), text="what's our quota?")
    (response,) = answers

    assert response.status_code == 403  # type: ignore[attr-defined]
    assert response.json["detail"] == "Only Administrators can see the contract limits."  # type: ignore[attr-defined]
    with world.desk.db.read() as session:
        event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.outcome, event.channel) == ("quota.read", "refused", "web")
    assert event.message is not None and event.message.startswith("msg_")


def test_rights_are_looked_up_on_every_call(world: World, internal: Flask) -> None:
    """An administrator who lost the role while the turn runs gets nothing more."""
    answers: list[int] = []
    client = internal.test_client()

    def act(turn: BotTurn) -> None:
        headers = {"Authorization": f"Bearer {turn.turn_token}"}
        answers.append(client.get("/internal/quota", headers=headers).status_code)
        with world.desk.db.write() as session:
            member = session.get_one(StaffMember, world.alice.id)
            member.is_active = False
        answers.append(client.get("/internal/quota", headers=headers).status_code)

    world.bot.while_thinking = act
    staff_chat.ask(world.desk, world.alice, text="quota?")

    assert answers == [200, 401]


def test_turn_token_dies_with_its_turn(world: World, internal: Flask) -> None:
    """After the reply is recorded the token opens nothing."""
    staff_chat.ask(world.desk, world.alice, text="quota?")
    headers = {"Authorization": f"Bearer {world.bot.asked[0].turn_token}"}
    response = internal.test_client().get("/internal/quota", headers=headers)

    assert response.status_code == 401 and response.json["code"] == "turn_closed"  # type: ignore[index]


def test_turn_token_dies_after_sixty_seconds(world: World, internal: Flask) -> None:
    """A turn that takes longer loses its token."""
    client = internal.test_client()
    codes: list[int] = []

    def act(turn: BotTurn) -> None:
        world.clock.pass_time(seconds=60)
        headers = {"Authorization": f"Bearer {turn.turn_token}"}
        codes.append(client.get("/internal/quota", headers=headers).status_code)

    world.bot.while_thinking = act
    staff_chat.ask(world.desk, world.alice, text="quota?")

    assert codes == [401]


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer x", "Basic YTpi", "Bearer \u00e9"])
def test_internal_listener_takes_turn_tokens_only(internal: Flask, header: str | None) -> None:
    """No token, a made-up one, another scheme: 401."""
    headers = {"Authorization": header.encode("utf-8").decode("latin-1")} if header else {}
    response = internal.test_client().get("/internal/quota", headers=headers)

    assert response.status_code == 401


def test_access_token_opens_nothing_on_the_internal_listener(world: World, internal: Flask) -> None:
    """A bearer token of the API is no turn token."""
    token = staff.create_access_token(world.desk, "alice@northern.example", timedelta(days=1))
    headers = {"Authorization": f"Bearer {token}"}

    assert internal.test_client().get("/internal/quota", headers=headers).status_code == 401


def test_turn_token_opens_nothing_on_the_public_listener(
    world: World, browser: FlaskClient
) -> None:
    """The action server's token is of no use to the world."""
    codes: list[int] = []

    def act(turn: BotTurn) -> None:
        headers = {"Authorization": f"Bearer {turn.turn_token}"}
        codes.append(browser.get("/api/v1/quota", headers=headers).status_code)
        codes.append(browser.get("/internal/quota", headers=headers).status_code)

    world.bot.while_thinking = act
    staff_chat.ask(world.desk, world.alice, text="quota?")

    assert codes == [401, 404]


def test_token_is_kept_as_a_hash_only(world: World) -> None:
    """The database never holds a turn token that works."""
    seen: list[bool] = []

    def look(turn: BotTurn) -> None:
        with world.desk.db.read() as session:
            row = session.scalars(select(Turn)).one()
            seen.append(row.state is TurnState.RUNNING and row.token_hash != turn.turn_token)

    world.bot.while_thinking = look
    staff_chat.ask(world.desk, world.alice, text="quota?")

    assert seen == [True]

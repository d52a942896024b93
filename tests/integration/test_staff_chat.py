"""A staff member asks in web chat, and the assistant can do no more than they can."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.db.tables import AuditEvent, Conversation, StaffMember, Turn, TurnState
from backend.domain.errors import Conflict, InvalidRequest, NotFound, TurnClosed
from backend.services import audit, staff, staff_chat
from backend.services.audit import Via
from backend.services.ports import BotReply, BotTurn, Button, Source
from backend.services.sweep import sweep
from backend.services.turns import Speaker, speaker
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


def token_refusals(world: World) -> list[AuditEvent]:
    """The lines about refused turn tokens, of every institution."""
    with world.desk.db.read() as session:
        query = select(AuditEvent).where(AuditEvent.action == "turn.token")
        return list(session.scalars(query.order_by(AuditEvent.id)))


def only_turn(world: World) -> Turn:
    """The one turn there is."""
    with world.desk.db.read() as session:
        return session.scalars(select(Turn)).one()


def test_speaker_says_by_what_turn_a_request_comes(world: World) -> None:
    """A job can tell a pressed button from typed words, and which conversation it is in."""
    world.bot.replies = (BotReply("Hi", "staff", buttons=(Button("Quota", "/check_quota"),)),)
    speakers: list[Speaker] = []
    world.bot.while_thinking = lambda turn: speakers.append(speaker(world.desk, turn.turn_token))
    first = staff_chat.ask(world.desk, world.bob, text="hello")
    button = first.replies[0].buttons[0].payload
    staff_chat.ask(world.desk, world.bob, conversation=first.conversation, button=button)
    typed, pressed = speakers

    assert (typed.payload, pressed.payload) == (None, "/check_quota")
    assert typed.conversation_id == pressed.conversation_id and typed.turn_id < pressed.turn_id


def test_token_of_a_closed_turn_is_on_record_with_its_turn(world: World) -> None:
    """Who keeps a token for later is refused, and it is known whose turn and words it was."""
    staff_chat.ask(world.desk, world.alice, text="quota?")
    with pytest.raises(TurnClosed):
        speaker(world.desk, world.bot.asked[0].turn_token)
    (line,) = token_refusals(world)

    assert (line.staff_id, line.channel) == (world.alice.id, "web")
    assert line.outcome == "refused: the token of a turn that was over was shown"
    assert line.subject == only_turn(world).public_id
    assert line.message == world.bot.asked[0].message_id
    assert line.institution_id == world.alice.institution_id


def test_token_that_ran_out_of_time_is_on_record(world: World) -> None:
    """A turn that took too long is refused as such."""

    def act(turn: BotTurn) -> None:
        world.clock.pass_time(seconds=60)
        with pytest.raises(TurnClosed):
            speaker(world.desk, turn.turn_token)

    world.bot.while_thinking = act
    staff_chat.ask(world.desk, world.alice, text="quota?")
    (line,) = token_refusals(world)

    assert "run out of time" in line.outcome and line.staff_id == world.alice.id


def test_token_of_a_student_is_on_record_as_nobodys(world: World) -> None:
    """A student is no staff member: the line names the text, and no person."""
    world.receive("SM1", "hello")
    world.queue.work()
    with pytest.raises(TurnClosed):
        speaker(world.desk, world.bot.asked[0].turn_token)
    (line,) = token_refusals(world)

    assert (line.staff_id, line.channel) == (None, "sms")
    assert line.message == world.bot.asked[0].message_id


def test_made_up_token_is_on_record_for_every_institution(world: World) -> None:
    """Nobody knows for whom a forged token was meant, so each sees that one was shown."""
    with pytest.raises(TurnClosed):
        speaker(world.desk, "made-up-token")
    lines = token_refusals(world)

    assert {line.institution_id for line in lines} == {
        world.alice.institution_id,
        world.zoe.institution_id,
    }
    assert all(line.outcome == "refused: an unknown turn token was shown" for line in lines)
    assert all(
        (line.staff_id, line.channel, line.subject) == (None, "desk", None) for line in lines
    )
    assert not any("made-up-token" in str(vars(line)) for line in lines)


def test_no_token_at_all_is_not_on_record(world: World) -> None:
    """A request without a token claims nothing: it is refused and that is all."""
    with pytest.raises(TurnClosed):
        speaker(world.desk, "")

    assert token_refusals(world) == []


def test_pin_is_hidden_before_anything_keeps_or_reads_it(world: World) -> None:
    """Database and assistant get the mask, and the first reply says so."""
    answer = staff_chat.ask(world.desk, world.bob, text="Port 316-555-0123, the PIN is 4821")
    asked, said = staff_chat.lines(world.desk, world.bob, answer.conversation)[:2]

    assert world.bot.asked[0].text == asked.text == "Port 316-555-0123, the PIN is ••••"
    assert answer.said == asked.text
    assert said.text == answer.replies[0].text == staff_chat.HIDDEN_TEXT["en"]
    assert answer.replies[1].text == "Yes, you may."


def test_pin_in_spanish_is_answered_in_spanish(world: World) -> None:
    """The note is in the language of the answer."""
    world.bot.language = "es"
    answer = staff_chat.ask(world.desk, world.bob, text="el PIN es 4821")

    assert answer.replies[0].text == staff_chat.HIDDEN_TEXT["es"]


def test_nothing_is_said_of_hiding_when_nothing_was(world: World) -> None:
    """A phone number is no secret."""
    answer = staff_chat.ask(world.desk, world.bob, text="Can I transfer 316-555-0123?")

    assert world.bot.asked[0].text == "Can I transfer 316-555-0123?"
    assert [reply.text for reply in answer.replies] == ["Yes, you may."]


def test_failure_names_the_message_and_still_says_that_a_pin_was_hidden(world: World) -> None:
    """The reference is what the logs carry; trying again does not say the note once more."""
    world.bot.is_up = False
    failed = staff_chat.ask(world.desk, world.bob, text="my PIN is 4821")
    world.bot.is_up = True
    again = staff_chat.ask(
        world.desk, world.bob, text="try again", conversation=failed.conversation
    )

    assert failed.replies[0].text == staff_chat.HIDDEN_TEXT["en"]
    assert world.bot.asked[0].message_id in failed.replies[1].text
    assert world.bot.asked[1].text == "my PIN is ••••" and len(again.replies) == 1


@pytest.mark.parametrize("words", ["try again", "Again!", "retry, please", "Inténtelo de nuevo."])
def test_words_repeat_what_failed_just_as_the_button_does(world: World, words: str) -> None:
    """Right after a failure "try again" puts the same text and payload."""
    world.bot.replies = (BotReply("Hi", "staff", buttons=(Button("Quota", "/check_quota"),)),)
    first = staff_chat.ask(world.desk, world.bob, text="hello")
    world.bot.is_up = False
    button = first.replies[0].buttons[0].payload
    staff_chat.ask(world.desk, world.bob, conversation=first.conversation, button=button)
    world.bot.is_up = True
    staff_chat.ask(world.desk, world.bob, conversation=first.conversation, text=words)

    assert (world.bot.asked[2].text, world.bot.asked[2].payload) == ("Quota", "/check_quota")


def test_words_press_the_button_that_offers_to_try_again(world: World) -> None:
    """Where an answer of the assistant's offers it, "try again" is that button."""
    payload = '/affirm{"plan": "pln_1"}'
    world.bot.replies = (BotReply("Not now.", "staff", buttons=(Button("Try again", payload),)),)
    first = staff_chat.ask(world.desk, world.bob, text="yes")
    staff_chat.ask(world.desk, world.bob, conversation=first.conversation, text="again, please")
    world.bot.replies = (BotReply("Done.", "staff"),)
    staff_chat.ask(world.desk, world.bob, conversation=first.conversation, text="try again")
    staff_chat.ask(world.desk, world.bob, conversation=first.conversation, text="try again")

    assert [turn.payload for turn in world.bot.asked] == [None, payload, payload, None]


def test_try_again_is_a_message_like_any_other_when_nothing_failed(world: World) -> None:
    """Without a failure just before, the assistant gets the words."""
    world.bot.is_up = False
    failed = staff_chat.ask(world.desk, world.bob, text="one")
    world.bot.is_up = True
    own = {"conversation": failed.conversation}
    staff_chat.ask(world.desk, world.bob, text="something else", **own)
    staff_chat.ask(world.desk, world.bob, text="try again", **own)
    staff_chat.ask(world.desk, world.bob, text="try again", conversation=None)

    assert [turn.text for turn in world.bot.asked[1:]] == [
        "something else",
        "try again",
        "try again",
    ]


def test_failure_is_spoken_in_the_language_of_the_conversation(world: World) -> None:
    """Whoever was answered in Spanish is told in Spanish, and so is Rasa on the next turn."""
    world.bot.language = "es"
    first = staff_chat.ask(world.desk, world.bob, text="hola")
    world.bot.is_up = False
    failed = staff_chat.ask(world.desk, world.bob, text="ok", conversation=first.conversation)
    (reply,) = failed.replies

    assert "no se hizo nada" in reply.text and reply.buttons[0].title == "Intentar de nuevo"
    assert [turn.language for turn in world.bot.asked] == ["en", "es"]


def test_lost_answer_does_not_claim_that_nothing_was_done(world: World) -> None:
    """When the desk acted on the turn and only the answer was lost, the person is told that."""

    def act_then_die(turn: BotTurn) -> None:
        with world.desk.db.write(world.bob.institution_id) as session:
            audit.record(
                session,
                "number.transfer",
                by=world.bob.id,
                via=Via("web", turn.message_id),
                outcome=audit.DONE,
                at=world.clock.now(),
            )
        world.bot.is_up = False

    world.bot.while_thinking = act_then_die
    failed = staff_chat.ask(world.desk, world.bob, text="yes")

    assert "was done" in failed.replies[0].text and "nothing was done" not in failed.replies[0].text
    assert failed.replies[0].buttons[0].title == "Try again"


@pytest.mark.parametrize(
    ("person", "rights"),
    [
        ("alice", ("numbers", "campaigns", "limits")),
        ("bob", ("numbers", "campaigns")),
        ("carol", ()),
    ],
)
def test_the_assistant_hears_which_buttons_are_worth_showing(
    world: World, person: str, rights: tuple[str, ...]
) -> None:
    """Names only, which give nothing: the backend looks the rights up at each call."""
    staff_chat.ask(world.desk, getattr(world, person), text="hello")

    assert world.bot.asked[-1].rights == rights


@pytest.mark.parametrize("retries", [1, 2])
def test_what_was_done_stays_done_however_often_the_answer_is_lost(
    world: World, retries: int
) -> None:
    """The retry did nothing itself, but what it repeats did: that is what the person is told."""

    def act_then_die(turn: BotTurn) -> None:
        with world.desk.db.write(world.bob.institution_id) as session:
            audit.record(
                session,
                "number.transfer",
                by=world.bob.id,
                via=Via("web", turn.message_id),
                outcome=audit.DONE,
                at=world.clock.now(),
            )
        world.bot.is_up = False
        world.bot.while_thinking = lambda _turn: None

    world.bot.while_thinking = act_then_die
    failed = staff_chat.ask(world.desk, world.bob, text="yes")
    own = failed.conversation
    for _ in range(retries):
        world.clock.pass_time(seconds=5)
        button = failed.replies[0].buttons[0].payload
        failed = staff_chat.ask(world.desk, world.bob, conversation=own, button=button)
    other = staff_chat.ask(world.desk, world.bob, conversation=own, text="another thing")

    assert "what you asked for was done" in failed.replies[0].text
    assert "nothing was done" in other.replies[0].text

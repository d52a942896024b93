"""A student in danger: a safety text, the urgent inbox, and who is on call, whatever else is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from backend.db.tables import (
    Author,
    ConsentEvent,
    Contact,
    Conversation,
    ConversationEvent,
    Institution,
    Message,
    Office,
    OfficeHours,
    OnCallContact,
    PhoneNumber,
    StaffMember,
)
from backend.domain.carrier_refusals import reason_of, refused
from backend.domain.conversations import Reason
from backend.domain.crisis import SAFETY_TEXTS
from backend.domain.provisioned_numbers import NumberState
from backend.services import inbound, inbox, ownership
from backend.services.audit import WEB
from backend.services.inbound import IncomingText, Receipt
from backend.services.on_call import NO_REACTION
from backend.services.ports import BotReply
from backend.services.sweep import sweep
from tests.integration.campaigning import set_state
from tests.integration.conftest import STUDENT, World

DANA, EVAN, FAY = "+13165550301", "+13165550302", "+13165550303"
OURS = "Financial Aid"


@pytest.fixture
def on_call(world: World) -> None:
    """Dana and Evan are on call for Financial Aid, Fay for the Registrar."""
    put_on_call(world, (OURS, "Dana", DANA), (OURS, "Evan", EVAN), ("Registrar", "Fay", FAY))


def put_on_call(world: World, *people: tuple[str, str, str]) -> None:
    """Put people on call: office, name, phone."""
    with world.desk.db.write(world.alice.institution_id) as session:
        for office, name, e164 in people:
            office_id = session.scalars(select(Office.id).where(Office.name == office)).one()
            session.add(OnCallContact(office_id=office_id, name=name, e164=e164))


def students(world: World) -> Conversation:
    """The student's conversation."""
    with world.desk.db.read() as session:
        return session.scalars(
            select(Conversation)
            .join(Contact, Contact.id == Conversation.contact_id)
            .where(Contact.e164 == STUDENT)
        ).one()


def texted(world: World, phone: str) -> list[str]:
    """The bodies of what a phone was sent."""
    return [text.body for text in world.carrier.sent if text.to_number == phone]


def lines(world: World) -> list[str]:
    """The student's conversation's timeline."""
    with world.desk.db.read() as session:
        return list(
            session.scalars(
                select(ConversationEvent.reason)
                .where(ConversationEvent.conversation_id == students(world).id)
                .order_by(ConversationEvent.id)
            )
        )


def test_a_crisis_calls_people(world: World, on_call: None) -> None:
    """The safety text goes out, the conversation is urgent and at the top, the office's people on
    call are texted with the link and nothing of the student's; the assistant is not asked.
    """
    world.receive("SM0", "when do you open?", to=world.inbox_number)
    world.receive("SM1", "i wanna kill myself")
    world.queue.work()
    row = students_urgent(world)

    assert texted(world, STUDENT)[-1] == SAFETY_TEXTS["en"]
    for phone in (DANA, EVAN):
        (alert,) = texted(world, phone)
        assert f"https://desk.example/inbox/{row.public_id}" in alert and OURS in alert
        assert "kill" not in alert and STUDENT[-4:] not in alert
    assert texted(world, FAY) == [] and world.bot.asked == []
    first = inbox.listing(world.desk, world.alice).lines[0]
    assert first.is_urgent and first.id == row.public_id


def test_two_who_are_told_at_once_are_two_lines(world: World, on_call: None) -> None:
    """Each line of the timeline has a key of its own, by which a page keeps it up to date."""
    world.receive("SM1", "i wanna kill myself")
    world.queue.work()
    talk = students_urgent(world).public_id

    timeline = inbox.thread(world.desk, world.alice, talk).timeline
    assert sum("who is on call, was told" in entry.text for entry in timeline) == 2
    assert len({entry.key for entry in timeline}) == len(timeline)


def students_urgent(world: World) -> Conversation:
    """The urgent conversation."""
    with world.desk.db.read() as session:
        return session.scalars(select(Conversation).where(Conversation.is_urgent)).one()


@pytest.mark.parametrize("first", ["muted", "taken", "closed", "opted out", "loop", "capped"])
def test_it_works_whatever_else_is(world: World, on_call: None, first: str) -> None:
    """With a person, out of hours, after an opt-out, in a loop, over the cap."""
    if first == "muted":
        world.bot.replies = (BotReply("A person…", audience="student", hand_off=True),)
        world.receive("SM1", "hello")
        world.queue.work()
    if first == "taken":
        world.receive("SM1", "hello")
        with world.desk.db.write(world.alice.institution_id) as session:
            carol = session.get_one(StaffMember, world.carol.id)
            row = session.scalars(select(Conversation)).one()
            ownership.take(session, row, carol, world.clock.now(), "Carol took it.")
    if first == "closed":
        with world.desk.db.write(world.alice.institution_id) as session:
            for office in session.scalars(select(Office)):
                session.add(
                    OfficeHours(office_id=office.id, weekday=2, opens="09:00", closes="10:00")
                )
    if first == "opted out":
        world.receive("SM1", "STOP")
    if first == "loop":
        for number in range(4):
            world.receive(f"SM1{number}", "Thank you for your message, we are closed.")
    if first == "capped":
        for number in range(12):
            world.receive(f"SM1{number}", f"question number {number}")
    world.queue.work()
    world.receive("SM99", "I want to die")
    world.receive("SM100", "are you there?")
    world.queue.work()

    assert texted(world, STUDENT)[-1] == SAFETY_TEXTS["en"]
    assert len(texted(world, DANA)) == 1 and students(world).is_urgent
    assert not any("closed now" in body for body in texted(world, STUDENT))


@pytest.mark.parametrize(
    "body",
    [
        "stop, I want to die",
        "please stop texting me i want to kill myself",
        "no me escriban más, me voy a matar",
        "STOP. I am going to end my life",
    ],
)
def test_it_is_never_an_opt_out(world: World, body: str) -> None:
    """Words of danger are answered and call a person; nothing is recorded about consent."""
    world.receive("SM1", body)
    world.queue.work()

    with world.desk.db.read() as session:
        assert session.scalars(select(ConsentEvent)).all() == []
    assert "988" in texted(world, STUDENT)[0] and students(world).is_urgent


def test_what_the_carrier_did_is_on_record_as_well(world: World) -> None:
    """Where the carrier itself has taken it as STOP, both are true, and both are done."""
    world.receive("SM1", "stop i want to die", opt_out_type="STOP")
    world.queue.work()

    with world.desk.db.read() as session:
        assert len(session.scalars(select(ConsentEvent)).all()) == 1
    assert texted(world, STUDENT) == [SAFETY_TEXTS["en"]] and students(world).is_urgent


def test_stop_alone_is_no_crisis(world: World, on_call: None) -> None:
    """A keyword calls nobody."""
    world.receive("SM1", "STOP")
    world.queue.work()

    assert not students(world).is_urgent and texted(world, DANA) == []


def test_the_institutions_own_words(world: World) -> None:
    """The configured safety text of the language in which the student wrote."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(update(Institution).values(safety_texts={"es": "Llame al 988."}))
    world.receive("SM1", "quiero morirme")
    world.clock.pass_time(minutes=6)
    world.receive("SM2", "i want to die")
    world.queue.work()

    assert texted(world, STUDENT) == ["Llame al 988.", SAFETY_TEXTS["en"]]


def test_many_crisis_texts_flood_nobody(world: World, on_call: None) -> None:
    """The safety text once in five minutes, the people on call once in fifteen; but at once
    again after somebody has handed the conversation back.
    """
    for number in range(16):  # one a minute
        world.receive(f"SM{number}", f"i want to die {number}")
        world.queue.work()
        world.clock.pass_time(minutes=1)
    assert len(texted(world, STUDENT)) == 4 and len(texted(world, DANA)) == 2

    inbox.hand_back(world.desk, world.carol, students(world).public_id)
    world.receive("SM99", "i want to die")
    world.queue.work()
    assert len(texted(world, STUDENT)) == 5 and len(texted(world, DANA)) == 3
    assert len(lines(world)) < 20


def test_nobody_of_the_office_on_call(world: World) -> None:
    """Then the other offices' people are told, each phone once."""
    put_on_call(world, ("Registrar", "Fay", FAY))
    world.receive("SM1", "kms")
    world.queue.work()

    assert len(texted(world, FAY)) == 1 and any("Fay" in line for line in lines(world))


def test_nobody_on_call_at_all(world: World) -> None:
    """The timeline says that nobody could be told, and it is at the top of the inbox."""
    world.receive("SM1", "kms")
    world.queue.work()

    assert any("Nobody could be told by text" in line for line in lines(world))
    assert inbox.listing(world.desk, world.alice).lines[0].is_urgent


def test_people_of_another_institution_are_not_told(world: World, on_call: None) -> None:
    """Western's student calls nobody of Northern's."""
    text = IncomingText("SM1", STUDENT, world.western_number, "i want to die")
    inbound.receive(world.desk, world.zoe.institution_id, text)
    world.queue.work()

    assert {sent.to_number for sent in world.carrier.sent} == {STUDENT}


def test_the_alert_comes_from_a_number_in_service(world: World, on_call: None) -> None:
    """While the texted number waits for its registration another one of ours sends it."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(
            update(PhoneNumber)
            .where(PhoneNumber.e164 == world.assistant_number)
            .values(state=NumberState.REGISTERING)
        )
    world.receive("SM1", "I want to die")
    world.queue.work()

    alert = next(text for text in world.carrier.sent if text.to_number == DANA)
    assert alert.from_number == world.inbox_number


def test_an_alert_that_does_not_arrive_is_told_and_others_are_called(world: World) -> None:
    """The student's conversation says why, and the other offices' people are told; once."""
    put_on_call(world, (OURS, "Dana", DANA), ("Registrar", "Fay", FAY))
    world.receive("SM1", "I want to die")
    world.carrier.refusal = refused(30003)
    world.queue.work()
    world.carrier.refusal = None
    for _ in range(3):
        world.clock.pass_time(minutes=1)
        sweep(world.desk)
        world.queue.work()

    failed = [line for line in lines(world) if "on call did not arrive" in line]
    assert len(failed) == 1 and (reason_of(30003) or "?") in failed[0]
    assert len(texted(world, FAY)) == 1


def test_an_alert_that_nobody_heeds_is_told_again_to_everybody(world: World, on_call: None) -> None:
    """Every quarter of an hour, for an hour, with the reason; the other offices' people too."""
    world.receive("SM1", "I want to die")
    for minute in range(120):
        world.queue.work()
        sweep(world.desk)
        if minute == 14:
            assert len(texted(world, DANA)) == 1
        world.clock.pass_time(minutes=1)

    assert len(texted(world, DANA)) == 4 and len(texted(world, FAY)) == 3
    assert lines(world).count(NO_REACTION) == 3 and students(world).is_urgent


@pytest.mark.parametrize("how", ["take", "note", "hand back", "reply", "write back"])
def test_who_sees_to_it_is_told_no_more(world: World, on_call: None, how: str) -> None:
    """Anything that a person does about it counts; that one of them read it does not."""
    world.receive("SM0", "hello", to=world.assistant_number)
    talk = students(world).public_id
    inbox.take(world.desk, world.carol, talk, WEB)
    world.clock.pass_time(minutes=1)
    world.receive("SM1", "I want to die")
    world.queue.work()
    world.clock.pass_time(minutes=5)
    if how == "take":
        inbox.take(world.desk, world.bob, talk, WEB)
    elif how == "note":
        inbox.note(world.desk, world.carol, talk, "I am calling them.", WEB)
    elif how == "hand back":
        inbox.hand_back(world.desk, world.carol, talk)
    elif how == "reply":
        inbox.reply(world.desk, world.carol, talk, "I am here.", WEB)
    else:
        from_dana = IncomingText("SM2", DANA, world.assistant_number, "I have it")
        inbound.receive(world.desk, world.alice.institution_id, from_dana)
    for _ in range(40):
        sweep(world.desk)
        world.queue.work()
        world.clock.pass_time(minutes=1)

    assert len(texted(world, DANA)) == 1 and texted(world, FAY) == []


def test_who_is_on_call_may_write_back(world: World, on_call: None) -> None:
    """Their answer goes to people and not to the assistant; after a day they are anybody."""
    world.receive("SM1", "I want to die")
    world.queue.work()
    from_dana = IncomingText("SM2", DANA, world.assistant_number, "on my way")

    inbound.receive(world.desk, world.alice.institution_id, from_dana)
    world.queue.work()
    assert world.bot.asked == [] and len(texted(world, DANA)) == 1

    world.clock.pass_time(hours=25)
    later = replace(from_dana, message_sid="SM3")
    inbound.receive(world.desk, world.alice.institution_id, later)
    world.queue.work()
    assert len(world.bot.asked) == 1


def test_stop_of_who_is_on_call(world: World, on_call: None) -> None:
    """It is kept as anybody's, and the next alert still goes: it is the desk's own word."""
    world.receive("SM1", "I want to die")
    world.queue.work()
    stop = IncomingText("SM2", DANA, world.assistant_number, "STOP")
    inbound.receive(world.desk, world.alice.institution_id, stop)
    world.clock.pass_time(minutes=16)
    world.receive("SM3", "I want to die")
    world.queue.work()

    with world.desk.db.read() as session:
        assert len(session.scalars(select(ConsentEvent)).all()) == 1
    assert sum("Urgent" in body for body in texted(world, DANA)) == 2


def test_who_is_on_call_is_not_called_to_themselves(world: World) -> None:
    """A person on call who is in danger calls the others."""
    put_on_call(world, (OURS, "The student", STUDENT), ("Registrar", "Fay", FAY))
    world.receive("SM1", "I want to die")
    world.queue.work()

    assert texted(world, STUDENT) == [SAFETY_TEXTS["en"]] and len(texted(world, FAY)) == 1


def test_a_safety_text_that_the_carrier_refuses_shows(world: World) -> None:
    """After an opt-out at the carrier it cannot be delivered; that is seen, with the reason."""
    world.receive("SM1", "STOP")
    world.queue.work()
    world.receive("SM2", "I want to die")
    world.carrier.refusal = refused(21610)
    world.queue.work()

    with world.desk.db.read() as session:
        safety = session.scalars(
            select(Message).where(Message.author == Author.SYSTEM).order_by(Message.id.desc())
        ).first()
    assert safety is not None and safety.status == "failed"
    assert safety.error_reason == str(refused(21610)) and students(world).needs_attention


@pytest.mark.parametrize("state", [NumberState.RELEASING, NumberState.RELEASED])
def test_a_safety_text_from_a_number_that_is_given_back(world: World, state: NumberState) -> None:
    """It is tried as long as the carrier may still have the number; after that it shows."""
    world.receive("SM1", "I want to die")
    set_state(world, world.assistant_number, state)
    world.queue.work()

    is_tried = state is NumberState.RELEASING
    assert texted(world, STUDENT) == ([SAFETY_TEXTS["en"]] if is_tried else [])
    assert any("not delivered" in line for line in lines(world)) is not is_tried


def test_words_of_danger_to_a_number_that_was_given_back(world: World, on_call: None) -> None:
    """They may have been on their way at that moment, so people are called all the same."""
    world.receive("SM1", "Hello")
    set_state(world, world.assistant_number, NumberState.RELEASED)

    assert world.receive("SM2", "Thanks, bye") is Receipt.UNROUTED
    assert world.receive("SM3", "I want to die") is Receipt.STORED
    world.queue.work()

    assert students(world).is_urgent and len(texted(world, DANA)) == 1


def test_a_reply_on_its_way_is_stopped(world: World) -> None:
    """What the assistant had written before the words of danger is not sent after them."""
    world.receive("SM1", "hello")
    world.queue.tasks["answer"](students(world).public_id)
    world.receive("SM2", "I want to die")
    world.queue.work()

    assert texted(world, STUDENT) == [SAFETY_TEXTS["en"]]
    assert any(line.startswith(Reason.CRISIS) for line in lines(world))


def test_an_answer_written_at_that_moment_is_stopped(world: World) -> None:
    """The words of danger came first, and were stored after the answer to an earlier text."""
    world.receive("SM1", "hello")
    came_at = world.clock.now()
    world.clock.pass_time(seconds=1)
    world.queue.tasks["answer"](students(world).public_id)
    world.clock.moment = came_at
    world.receive("SM2", "I want to die")
    world.queue.work()

    assert texted(world, STUDENT) == [SAFETY_TEXTS["en"]]

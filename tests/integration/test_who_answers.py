"""Who answers a student's text, in the fixed order, each decision with its reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from backend.db.tables import (
    Author,
    Campaign,
    ConsentEvent,
    Conversation,
    ConversationEvent,
    Institution,
    Message,
    Office,
    OfficeHoliday,
    OfficeHours,
    PhoneNumber,
    StaffMember,
    Turn,
)
from backend.domain.campaigns import CampaignState
from backend.domain.conversations import Answerer, Reason, Responder, who_answers
from backend.services import inbox, ownership
from backend.services.ports import BotReply
from backend.services.sweep import sweep
from tests.integration.conftest import World, on_sqlite_only

HAND_OFF = (BotReply("A person will see this.", audience="student", hand_off=True),)


def change(world: World, work: Callable[[Session], object]) -> None:
    """Change rows of Northern's."""
    with world.desk.db.write(world.alice.institution_id) as session:
        work(session)


def conversation(world: World) -> Conversation:
    """The one texting conversation there is."""
    with world.desk.db.read() as session:
        return session.scalars(select(Conversation)).one()


def lines(world: World, *kinds: str) -> list[str]:
    """The timeline's reasons, oldest first; of some kinds if any are named."""
    with world.desk.db.read() as session:
        events = session.scalars(select(ConversationEvent).order_by(ConversationEvent.id))
        return [event.reason for event in events if not kinds or event.kind in kinds]


def sent(world: World) -> list[str]:
    """The bodies of what went to the carrier."""
    return [text.body for text in world.carrier.sent]


def take(world: World, session: Session) -> None:
    """Carol takes the conversation."""
    row = session.scalars(select(Conversation)).one()
    carol = session.get_one(StaffMember, world.carol.id)
    ownership.take(session, row, carol, world.clock.now(), "Carol took it.")


def open_on_weekdays(session: Session) -> None:
    """Every office is open from Monday to Friday, 9 to 4."""
    for office in session.scalars(select(Office)):
        for day in range(5):
            session.add(
                OfficeHours(office_id=office.id, weekday=day, opens="09:00", closes="16:00")
            )


@given(
    in_crisis=st.booleans(),
    opted_out=st.booleans(),
    taken=st.booleans(),
    with_a_person=st.booleans(),
    has_words=st.booleans(),
    campaign=st.sampled_from([None, *Responder]),
    unsolicited=st.sampled_from(list(Responder)),
    silenced=st.sampled_from([None, Reason.LOOP, Reason.TOO_MANY_REPLIES, Reason.ON_CALL]),
)
def test_the_order_is_fixed(
    in_crisis: bool,
    opted_out: bool,
    taken: bool,
    with_a_person: bool,
    has_words: bool,
    campaign: Responder | None,
    unsolicited: Responder,
    silenced: Reason | None,
) -> None:
    """In every combination the first rule that applies decides."""
    inbox_, assistant = Responder.INBOX, Responder.ASSISTANT
    chosen = campaign or unsolicited
    by_number = Reason.CAMPAIGN if campaign else Reason.UNSOLICITED
    rules = (
        (in_crisis, Answerer(inbox_, Reason.CRISIS)),
        (opted_out, Answerer(inbox_, Reason.OPTED_OUT)),
        (taken, Answerer(inbox_, Reason.TAKEN)),
        (with_a_person, Answerer(inbox_, Reason.WITH_A_PERSON)),
        (chosen is inbox_, Answerer(inbox_, by_number)),
        (not has_words, Answerer(inbox_, Reason.MEDIA_ONLY)),
        (silenced is not None, Answerer(inbox_, silenced or Reason.LOOP)),
        (True, Answerer(assistant, by_number)),
    )

    assert who_answers(
        in_crisis=in_crisis,
        opted_out=opted_out,
        taken=taken,
        with_a_person=with_a_person,
        has_words=has_words,
        campaign=campaign,
        unsolicited=unsolicited,
        silenced=silenced,
    ) == next(answerer for applies, answerer in rules if applies)


def test_each_decision_is_told_once(world: World) -> None:
    """The reason is on the timeline when the assistant answers too, and again when it changes, but
    not once more for every text.
    """
    for number in range(3):
        world.receive(f"SM{number}", f"question {number}")
    change(world, lambda session: take(world, session))
    for number in range(3, 6):
        world.receive(f"SM{number}", f"question {number}")
    world.receive("SM6", "STOP")
    world.receive("SM7", "are you there")
    world.receive("SM8", "hello")

    told = lines(world, "assistant", "inbox", "taken")
    assert told == [
        f"{Reason.UNSOLICITED} The assistant answers.",
        "Carol took it.",
        f"{Reason.TAKEN} It is in the inbox “Financial Aid inbox”.",
        f"{Reason.OPTED_OUT} It is in the inbox “Financial Aid inbox”.",
    ]


def test_a_reaction_to_our_text_is_no_question(world: World) -> None:
    """It is shown and changes nothing, though our text names STOP; one to other words is read."""
    world.receive("SM1", "help")
    world.queue.work()
    (help_text,) = [text.body for text in world.carrier.sent]
    for place in range(3):
        world.receive(f"SM2{place}", f"Loved “{help_text}”")
    world.queue.work()

    assert "STOP" in help_text and len(world.carrier.sent) == 1 and world.bot.asked == []
    with world.desk.db.read() as session:
        (talk,) = session.scalars(select(Conversation))
        told = select(ConversationEvent).where(ConversationEvent.kind == "reaction")
        assert not talk.needs_attention and len(session.scalars(told).all()) == 1

    world.receive("SM3", "Loved “I want to die”")
    with world.desk.db.read() as session:
        assert session.scalars(select(Conversation.is_urgent)).one()


def test_a_running_campaign_decides_before_the_number(world: World) -> None:
    """The active campaign's behaviour wins over the number's own, with its reason."""

    def run_campaign(session: Session) -> None:
        number = session.scalars(
            select(PhoneNumber).where(PhoneNumber.e164 == world.assistant_number)
        ).one()
        session.add(
            Campaign(
                office_id=number.office_id,
                number_id=number.id,
                inbox_id=number.unsolicited_inbox_id,
                name="Spring aid",
                state=CampaignState.ACTIVE,
                responder=Responder.INBOX,
                created_at=world.clock.now(),
            )
        )

    change(world, run_campaign)
    world.receive("SM1", "hello")

    assert lines(world, "inbox")[0].startswith(Reason.CAMPAIGN)
    assert conversation(world).needs_attention


def test_who_has_opted_out_is_seen_and_not_answered(world: World) -> None:
    """No automatic reply, and in the inbox; also when the office is closed."""
    change(world, open_on_weekdays)
    world.clock.pass_time(hours=12)
    world.receive("SM1", "STOP")
    world.queue.work()
    before = len(sent(world))
    world.receive("SM2", "when do you open?")
    world.queue.work()

    assert len(sent(world)) == before and world.bot.asked == []
    assert conversation(world).needs_attention


def test_a_taken_conversation_is_checked_when_sending(world: World) -> None:
    """What the assistant had written before an agent took it is not sent any more."""
    world.receive("SM1", "hello")
    world.queue.tasks["answer"](conversation(world).public_id)
    change(world, lambda session: take(world, session))
    world.queue.work()

    assert sent(world) == []
    with world.desk.db.read() as session:
        reply = session.scalars(select(Message).where(Message.author == Author.ASSISTANT)).one()
        assert reply.status == "canceled" and "took the conversation" in (reply.error_reason or "")


def test_who_took_it_while_an_answer_was_written_is_not_talked_over(world: World) -> None:
    """Carol pressed first, and her request waited for the row until the answer was stored."""
    world.receive("SM1", "hello")
    pressed_at = world.clock.now()
    world.clock.pass_time(seconds=1)
    world.queue.tasks["answer"](conversation(world).public_id)
    world.clock.moment = pressed_at
    change(world, lambda session: take(world, session))
    world.queue.work()

    assert sent(world) == []


def test_the_words_that_hand_over_are_sent(world: World) -> None:
    """The assistant's own hand-over does not cancel the sentence that tells of it."""
    world.bot.replies = HAND_OFF
    world.receive("SM1", "what about my cat")
    world.queue.work()

    assert any("A person will see this." in body for body in sent(world))
    assert conversation(world).with_person


def test_a_text_opens_a_resolved_conversation(world: World) -> None:
    """The next text opens it, and it is answered as its number is set."""
    world.receive("SM1", "hello", to=world.inbox_number)
    change(
        world,
        lambda session: ownership.resolve(
            session,
            session.scalars(select(Conversation)).one(),
            world.clock.now(),
            "Carol resolved it.",
            world.carol.id,
        ),
    )
    world.receive("SM2", "one more thing", to=world.inbox_number)
    row = conversation(world)

    assert row.resolved_at is None and row.needs_attention
    assert len(lines(world, "inbox")) == 2


# ---- the office is closed


def test_away_note_once_a_day(world: World) -> None:
    """Out of hours a text for people gets the away note, once for each of the office's days."""
    change(world, open_on_weekdays)
    world.receive("SM1", "open?", to=world.inbox_number)
    world.queue.work()
    assert sent(world) == []

    world.clock.pass_time(hours=8)  # Monday evening
    for number in range(2, 5):
        world.receive(f"SM{number}", f"hello {number}", to=world.inbox_number)
    world.queue.work()
    assert sent(world) == [
        "Financial Aid is closed now and opens again tomorrow at 9 am. "
        "A person will read your message then."
    ]
    assert conversation(world).away_note_on == date(2026, 11, 23)

    world.clock.pass_time(hours=9)  # after midnight there
    world.receive("SM5", "hello?", to=world.inbox_number)
    world.queue.work()
    assert len(sent(world)) == 2 and "today at 9 am" in sent(world)[1]
    assert "is closed until it opens today at 9 am" in lines(world, "away")[1]


@pytest.mark.parametrize("first", ["open?", "too many texts"])
def test_what_has_not_left_before_stop_does_not_leave_after_it(world: World, first: str) -> None:
    """The away note, and the question whether texts should end: STOP has answered both."""
    change(world, open_on_weekdays)
    world.clock.pass_time(hours=8)
    world.receive("SM1", first, to=world.inbox_number)
    world.receive("SM2", "STOP", to=world.inbox_number)
    world.queue.work()

    assert len(sent(world)) == 1 and "START" in sent(world)[0]
    with world.desk.db.read() as session:
        left = session.scalars(select(Message.error_reason).where(Message.status == "canceled"))
        assert set(left) == {"The student opted out before it was sent."}


def test_away_note_in_the_offices_own_words(world: World) -> None:
    """An office's own text is sent as it is, in the student's language."""

    def own_words(session: Session) -> None:
        open_on_weekdays(session)
        session.execute(update(Institution).values(language="es"))
        for office in session.scalars(select(Office)):
            office.away_texts = {"es": "Cerrado. Volvemos pronto."}
            session.add(OfficeHoliday(office_id=office.id, day=date(2026, 11, 23), name="Fiesta"))

    change(world, own_words)
    world.receive("SM1", "hola", to=world.inbox_number)
    world.queue.work()

    assert sent(world) == ["Cerrado. Volvemos pronto."]
    with world.desk.db.read() as session:
        note = session.scalars(select(Message).where(Message.author == Author.SYSTEM)).one()
        assert note.status == "queued"


def test_away_note_after_the_assistant_hands_over(world: World) -> None:
    """Closed, the assistant still answers; only when it passes somebody on is the note sent."""
    change(world, open_on_weekdays)
    world.clock.pass_time(hours=8)
    world.receive("SM1", "who is this?")
    world.queue.work()
    assert len(sent(world)) == 1

    world.bot.replies = HAND_OFF
    world.receive("SM2", "what about my cat")
    world.queue.work()
    world.receive("SM3", "hello?")
    world.queue.work()

    assert [body for body in sent(world) if "is closed now" in body] == sent(world)[2:]
    assert len(sent(world)) == 3


def test_no_away_note_while_an_agent_is_there_all_the_same(world: World) -> None:
    """Who writes with an agent after hours is not told that nobody is there; an hour later, yes."""
    change(world, open_on_weekdays)
    world.clock.pass_time(hours=8)
    world.receive("SM1", "hello")
    world.queue.work()
    change(world, lambda session: take(world, session))
    world.receive("SM2", "thank you for writing so late")
    world.queue.work()
    assert not any("is closed now" in body for body in sent(world))

    world.clock.pass_time(hours=1)
    world.receive("SM3", "are you still there?")
    world.queue.work()
    assert "is closed now" in sent(world)[-1]


def test_away_note_for_unclear_words_that_were_asked_about_before(world: World) -> None:
    """We ask once in twelve hours; after that the note is all that answers out of hours."""
    change(world, open_on_weekdays)
    world.receive("SM1", "too many texts")
    world.clock.pass_time(hours=8)
    world.receive("SM2", "how do I unsubscribe")
    world.queue.work()

    assert [("Should we stop" in body, "is closed now" in body) for body in sent(world)] == [
        (True, False),
        (False, True),
    ]


def test_no_away_note_where_hours_are_not_set(world: World) -> None:
    """An office without hours never closes."""
    world.clock.pass_time(hours=12)
    world.receive("SM1", "hello", to=world.inbox_number)
    world.queue.work()

    assert sent(world) == []


# ---- back to the assistant


def test_idle_conversations_go_back(world: World) -> None:
    """After the set time without a word the assistant answers again; what waits goes on waiting."""
    world.bot.replies = HAND_OFF
    world.receive("SM1", "what about my cat")
    world.queue.work()
    change(world, lambda session: take(world, session))
    world.clock.pass_time(hours=23, minutes=59)
    sweep(world.desk)
    assert conversation(world).with_person

    world.clock.pass_time(minutes=1)
    sweep(world.desk)
    row = conversation(world)
    assert not row.with_person and row.taken_by_id is None and row.needs_attention
    assert "Nobody has written for 24 hours" in lines(world, "handed_back")[0]
    world.receive("SM2", "who is this?")
    world.queue.work()
    assert len(world.bot.asked) == 2


@pytest.mark.parametrize("why", ["urgent", "never", "just wrote"])
def test_what_does_not_go_back_by_time(world: World, why: str) -> None:
    """Not one in a crisis, not where the institution says never, not while a person is at it."""
    world.receive("SM1", "I want to die" if why == "urgent" else "hello")
    change(world, lambda session: take(world, session))
    if why == "never":
        change(
            world,
            lambda session: session.execute(update(Institution).values(hand_back_after_hours=None)),
        )
    world.clock.pass_time(hours=30)
    if why == "just wrote":
        change(world, lambda session: take(world, session))
    sweep(world.desk)

    assert conversation(world).with_person


# ---- bounded, whatever comes


def test_the_assistants_replies_are_capped(world: World) -> None:
    """Ten an hour to one student from one number; then people, and the hour after it answers."""
    for number in range(13):
        world.receive(f"SM{number}", f"a different question, number {number}")
        world.queue.work()
        world.clock.pass_time(seconds=61)
    assert len(sent(world)) == 10 and len(world.bot.asked) == 10
    assert lines(world, "inbox")[-1].startswith(Reason.TOO_MANY_REPLIES)
    assert conversation(world).needs_attention and not conversation(world).with_person

    world.clock.pass_time(hours=1)
    world.receive("SM99", "may I ask again?")
    world.queue.work()
    assert len(sent(world)) == 11


def test_the_cap_is_the_institutions(world: World) -> None:
    """It is a setting; and HELP has its share of it, while START is always honoured."""
    change(world, lambda session: session.execute(update(Institution).values(replies_per_hour=2)))
    for number in range(4):
        world.receive(f"SM{number}", "HELP")
        world.queue.work()
    assert len(sent(world)) == 2

    world.receive("SM5", "STOP")
    world.receive("SM6", "START")
    world.queue.work()
    with world.desk.db.read() as session:
        assert len(session.scalars(select(ConsentEvent)).all()) == 2


def test_two_machines_do_not_talk_all_night(world: World) -> None:
    """An auto-reply is recognised, not answered, and seen by people."""
    world.receive("SM1", "when is the deadline?")
    world.queue.work()
    for number in range(2, 6):
        world.clock.pass_time(seconds=2)
        world.receive(f"SM{number}", "Automatic reply: I am out of the office until Monday.")
        world.queue.work()

    assert len(sent(world)) == 1 and len(world.bot.asked) == 1
    assert [line for line in lines(world, "inbox") if line.startswith(Reason.LOOP)] == [
        f"{Reason.LOOP} It is in the inbox “Financial Aid inbox”."
    ]


def test_a_machine_gets_no_away_note(world: World) -> None:
    """What was recognised as a machine after midnight gets no note for the new day."""
    change(world, open_on_weekdays)
    world.clock.pass_time(hours=13, minutes=55)
    for number in range(3):
        world.receive(f"SM{number}", "Thank you for contacting us today!", to=world.inbox_number)
        world.clock.pass_time(minutes=3)
    world.queue.work()

    assert len(sent(world)) == 1 and conversation(world).away_note_on == date(2026, 11, 23)


@pytest.mark.parametrize("body", ["hello {n}", "HELP", "STOP", "I want to die", "same every time"])
def test_a_flood_is_bounded_and_visible(world: World, body: str) -> None:
    """Many texts from one phone within a minute: all are stored; what follows is a handful,
    and one line tells how many came.
    """
    change(world, open_on_weekdays)
    world.clock.pass_time(hours=8)
    for number in range(90):
        world.receive(f"SM{number}", body.format(n=number))
        world.clock.pass_time(seconds=0.5)
    world.queue.work()

    with world.desk.db.read() as session:
        stored = session.scalar(
            select(func.count(Message.id)).where(Message.author == Author.CONTACT)
        )
        turns = session.scalar(select(func.count(Turn.id))) or 0
        evidence = session.scalar(select(func.count(ConsentEvent.id))) or 0
        events = session.scalar(select(func.count(ConversationEvent.id))) or 0
    assert stored == 90
    assert turns <= 10 and evidence <= 20 and events <= 50
    assert len(sent(world)) <= 12
    (line,) = lines(world, "flood")
    assert line.startswith("90 texts have come from this phone")
    assert conversation(world).needs_attention


@on_sqlite_only
def test_the_work_for_a_text_stays_the_same(world: World) -> None:
    """A text costs about the same after ten thousand as after thirty."""

    def quickest(first: int) -> float:
        took = []
        for number in range(first, first + 15):
            began = time.perf_counter()
            world.receive(f"SM{number}", f"text number {number}")
            took.append(time.perf_counter() - began)
        return min(took)

    def flood(session: Session) -> None:
        row = session.scalars(select(Conversation)).one()
        session.add_all(
            Message(
                conversation_id=row.id,
                author=Author.CONTACT,
                body=f"text {number}",
                carrier_sid=f"SMf{number}",
                status="received",
                created_at=world.clock.now(),
            )
            for number in range(10_000)
        )

    quickest(0)
    early = quickest(15)
    change(world, flood)
    late = quickest(30)

    assert late < 4 * early


def test_a_person_on_their_own_is_no_flood(world: World) -> None:
    """A student who writes in many short texts is answered as usual."""
    for number in range(8):
        world.receive(f"SM{number}", f"and another thing {number}")
        world.clock.pass_time(seconds=4)
    world.queue.work()

    assert len(world.bot.asked) == 8 and lines(world, "flood") == []


def test_agents_see_it_all_in_the_inbox(world: World) -> None:
    """What was decided stands in the thread that an agent reads."""
    world.receive("SM1", "hello", to=world.inbox_number)
    thread = inbox.thread(world.desk, world.carol, conversation(world).public_id)

    assert any(Reason.UNSOLICITED in entry.text for entry in thread.timeline)

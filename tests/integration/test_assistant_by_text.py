"""The assistant by text: it says what it is, offers choices, and knows when to call a person."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from backend.db.tables import (
    Author,
    Conversation,
    ConversationEvent,
    Message,
    Office,
    ReplyButton,
    StaffMember,
    Turn,
    UnansweredQuestion,
)
from backend.domain.sms import segments
from backend.services import answering, outbound, ownership
from backend.services.ports import BotReply, Button, Language, Nearest
from tests.integration.conftest import STUDENT, World

HOURS = BotReply("Open from 9 to 4.", audience="everyone")
UNSURE = BotReply(
    "I'm not sure what you mean.",
    audience="student",
    buttons=(
        Button("office hours", "/student_office_hours"),
        Button("is this a scam", "/student_is_this_real"),
        Button("talk to a person", "/human_handoff"),
    ),
)
PERSON = BotReply("A person will see it.", audience="student", hand_off=True)
INTRODUCTION = "This is the automated assistant of Financial Aid at Northern College."


class Texts:
    """A student who texts the assistant's number, and what comes back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = 0

    def say(self, words: str) -> str | None:
        """Text and wait; returns what the desk texted back, None when it kept silent."""
        self.count += 1
        before = len(self.world.carrier.sent)
        self.world.receive(f"SM{self.count}", words)
        self.world.queue.work()
        came = self.world.carrier.sent[before:]
        assert len(came) <= 1
        return came[0].body if came else None

    def assistant_says(
        self, *replies: BotReply, intent: str = "student_office_hours", language: Language = "en"
    ) -> None:
        """What the assistant makes of everything from here on."""
        self.world.bot.replies, self.world.bot.intent = replies, intent
        self.world.bot.language = language

    @property
    def asked(self) -> list[tuple[str, str | None]]:
        """What reached the assistant: words and payload."""
        return [(turn.text, turn.payload) for turn in self.world.bot.asked]

    @property
    def conversation(self) -> Conversation:
        """The one texting conversation."""
        with self.world.desk.db.read() as session:
            return session.scalars(select(Conversation)).one()

    def notes(self, kind: str) -> list[str]:
        """The timeline's lines of a kind."""
        with self.world.desk.db.read() as session:
            query = select(ConversationEvent.reason).where(ConversationEvent.kind == kind)
            return list(session.scalars(query.order_by(ConversationEvent.id)))


@pytest.fixture
def texts(world: World) -> Texts:
    """A student and an assistant that knows the hours."""
    texts = Texts(world)
    texts.assistant_says(HOURS)
    return texts


# --- who speaks -----------------------------------------------------------------------------


def test_the_first_answer_says_it_is_an_assistant(texts: Texts) -> None:
    """Whose, and how to reach a person; once."""
    assert texts.say("when are you open?") == (
        f"{INTRODUCTION} Open from 9 to 4. Reply PERSON to reach a person."
    )
    assert texts.say("and tomorrow?") == "Open from 9 to 4."


def test_it_is_said_in_the_students_language(texts: Texts) -> None:
    """The one of the answer, not the institution's."""
    texts.assistant_says(BotReply("Abrimos a las 9.", audience="student"), language="es")

    said = texts.say("¿a qué hora abren?")

    assert said == (
        "Le responde el asistente virtual de Financial Aid, Northern College. Abrimos a las 9. "
        "Responda PERSONA para hablar con alguien."
    )


def test_an_answer_that_says_it_itself_is_enough(texts: Texts) -> None:
    """Nobody is told twice in one text, nor in the next."""
    greeting = "Hi! This is the automated assistant of Financial Aid. What would you like to know?"
    texts.assistant_says(BotReply(greeting, audience="student"))

    assert texts.say("hi") == greeting
    assert texts.say("hi again") == greeting
    texts.assistant_says(HOURS)
    assert texts.say("open?") == "Open from 9 to 4."


def test_after_a_long_silence_it_is_said_again(texts: Texts) -> None:
    """Thirty days, from either side's last text."""
    texts.say("when are you open?")
    texts.world.clock.pass_time(days=30)
    assert texts.say("and today?") == "Open from 9 to 4."
    texts.world.clock.pass_time(days=30, seconds=1)

    assert (texts.say("still?") or "").startswith(INTRODUCTION)


def test_after_a_person_has_written_it_is_said_again(texts: Texts) -> None:
    """Otherwise the student would take the assistant for that person."""
    texts.say("when are you open?")
    with texts.world.desk.db.write() as session:
        row = session.scalars(select(Conversation)).one()
        session.add(
            Message(
                institution_id=row.institution_id,
                conversation_id=row.id,
                author=Author.STAFF,
                body="Carol here: come at 9.",
                status="delivered",
                created_at=texts.world.clock.now(),
            )
        )

    assert (texts.say("thanks, and friday?") or "").startswith(INTRODUCTION)


def test_what_never_left_has_told_nobody(texts: Texts) -> None:
    """The text that introduced the assistant was canceled: the next one does it."""
    texts.world.receive("SM-a", "hello")
    texts.world.queue.tasks["answer"](texts.conversation.public_id)
    with texts.world.desk.db.write() as session:
        text = session.scalars(select(Message).where(Message.author == Author.ASSISTANT)).one()
        text.status = "canceled"
    texts.world.queue.notes.clear()

    assert (texts.say("hello?") or "").startswith(INTRODUCTION)


# --- two segments ---------------------------------------------------------------------------


def test_a_long_answer_ends_at_a_sentence(texts: Texts) -> None:
    """Which is on the timeline."""
    texts.assistant_says(BotReply(f"First. {'Word ' * 60}.", audience="student"))

    said = texts.say("when are you open?")

    assert said is not None and "First." in said and "Word" not in said
    assert len(texts.notes("shortened")) == 1


def test_an_answer_that_cannot_be_texted_calls_a_person(texts: Texts) -> None:
    """The student is told so, and nothing is cut."""
    texts.assistant_says(BotReply("word " * 100, audience="student"))

    assert "A person in Financial Aid will answer you" in (texts.say("hours?") or "")
    assert texts.conversation.with_person and texts.conversation.needs_attention


# --- choices --------------------------------------------------------------------------------


def test_buttons_are_numbers(texts: Texts) -> None:
    """What a browser would show as buttons is a list, and nothing in it is a payload."""
    texts.say("hi")
    texts.assistant_says(UNSURE, intent="nlu_fallback")

    assert texts.say("scam hours") == (
        "I'm not sure what you mean.\n"
        "Reply 1, 2 or 3:\n1) office hours\n2) is this a scam\n3) talk to a person"
    )


@pytest.mark.parametrize("reply", ["2", "#2", "two", "la segunda", "is this a scam"])
def test_a_number_is_its_button(texts: Texts, reply: str) -> None:
    """It reaches the assistant as the button's payload, and shows what it meant."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.assistant_says(HOURS)
    texts.say(reply)

    assert texts.asked[-1] == (reply, "/student_is_this_real")
    with texts.world.desk.db.read() as session:
        message = session.scalars(select(Message).where(Message.body == reply)).one()
        assert message.details == {"chose": "is this a scam"}


def test_a_number_without_choices_is_words(texts: Texts) -> None:
    """Nothing was offered."""
    texts.say("2")

    assert texts.asked == [("2", None)]


def test_choices_close_with_the_next_answer(texts: Texts) -> None:
    """A number after another text answers that text."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.assistant_says(HOURS)
    texts.say("when are you open")
    texts.say("2")

    assert texts.asked[-1] == ("2", None)


def test_choices_close_after_a_day(texts: Texts) -> None:
    """Then a number is more likely about something else."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.world.clock.pass_time(days=1, seconds=1)
    texts.assistant_says(HOURS)
    texts.say("2")

    assert texts.asked[-1] == ("2", None)


def test_choices_that_never_came_mean_nothing(texts: Texts) -> None:
    """The carrier did not deliver them: the number answers something else."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    with texts.world.desk.db.write() as session:
        text = session.scalars(select(Message).where(Message.author == Author.ASSISTANT)).one()
        text.status = "undelivered"
    texts.assistant_says(HOURS)
    texts.say("2")

    assert texts.asked[-1] == ("2", None)


def test_choices_close_with_stop(texts: Texts) -> None:
    """STOP is STOP; START does not open them again."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.say("STOP")
    assert texts.say("2") is None
    texts.say("START")
    texts.assistant_says(HOURS)
    texts.say("2")

    assert texts.asked[1:] == [("2", None)]


def test_a_number_beyond_the_choices_shows_them_again(texts: Texts) -> None:
    """The assistant is not asked, and the choices stay open."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    said = texts.say("7")
    texts.assistant_says(HOURS)
    texts.say("1")

    assert said == (
        "I don't have a number 7.\n"
        "Reply 1, 2 or 3:\n1) office hours\n2) is this a scam\n3) talk to a person"
    )
    assert texts.asked == [("hm", None), ("1", "/student_office_hours")]
    assert not texts.conversation.with_person


def test_a_number_beyond_the_choices_again_and_again_calls_a_person(texts: Texts) -> None:
    """Showing the same choices for ever helps nobody."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.say("7")
    said = texts.say("8")

    assert said is not None and "1)" not in said
    assert texts.conversation.with_person
    assert texts.asked == [("hm", None)]


def test_yes_is_none_of_several(texts: Texts) -> None:
    """It is for the assistant to understand, which asks which."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.say("yes please")

    assert texts.asked[-1] == ("yes please", None)


def test_one_choice_takes_a_yes(texts: Texts) -> None:
    """There is only one thing it can mean."""
    one = BotReply("I don't know.", audience="student", buttons=UNSURE.buttons[2:])
    texts.assistant_says(one, intent="nlu_fallback")
    texts.say("hm")
    texts.assistant_says(PERSON, intent="human_handoff")
    texts.say("yes please")

    assert texts.asked[-1] == ("yes please", "/human_handoff")


def test_a_number_means_the_choices_that_were_seen(texts: Texts) -> None:
    """Words and a number sent together: the answer to the words comes after the number."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.assistant_says(HOURS)
    texts.world.receive("SM-a", "hold on")
    texts.world.receive("SM-b", "1")
    texts.world.queue.work()

    assert texts.asked[-2:] == [("hold on", None), ("1", "/student_office_hours")]


@pytest.mark.parametrize("typed", ["/human_handoff", "/student_office_hours", "／human_handoff"])
def test_a_typed_payload_is_words(texts: Texts, typed: str) -> None:
    """With choices open or not: only a stored button has a payload."""
    texts.say(typed)
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.say(typed)

    assert [payload for _words, payload in texts.asked] == [None, None, None]


def test_choices_without_room_mean_nothing(texts: Texts) -> None:
    """What was not shown cannot be chosen."""
    long = BotReply(f"{'x' * 290}.", audience="student", buttons=UNSURE.buttons)
    texts.say("hi")
    texts.assistant_says(long)
    texts.say("hm")
    texts.say("2")

    assert texts.asked[-1] == ("2", None)
    with texts.world.desk.db.read() as session:
        assert session.scalars(select(ReplyButton)).all() == []


# --- a person -------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["PERSON", "agent", "humano", "Una persona, por favor"])
def test_a_word_for_a_person_is_the_button(texts: Texts, word: str) -> None:
    """Whatever the assistant would have made of the word."""
    texts.assistant_says(PERSON, intent="human_handoff")
    texts.say(word)

    assert texts.asked == [(word, "/human_handoff")]
    assert texts.conversation.with_person and texts.conversation.needs_attention


def test_a_word_for_a_person_tells_the_language(texts: Texts) -> None:
    """Of who has not been answered yet; a Spanish word also later."""
    texts.assistant_says(PERSON, intent="human_handoff")
    texts.world.bot.language = None
    texts.say("Persona")

    assert texts.world.bot.asked[0].language == "es"


def test_the_first_failure_offers_a_person(texts: Texts) -> None:
    """Nobody is bothered yet, and the assistant goes on answering."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")

    assert "3) talk to a person" in (texts.say("hm") or "")
    assert not texts.conversation.with_person and not texts.conversation.needs_attention


@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope"])
def test_the_second_failure_in_a_row_calls_one(texts: Texts, intent: str) -> None:
    """The student is told, the inbox has it with the reason, and the assistant is silent."""
    texts.assistant_says(UNSURE, intent=intent)
    texts.say("hm")
    told = texts.say("hm hm")

    assert told == (
        "I can't answer that, so I passed it on. A person in Financial Aid will answer you here."
    )
    assert texts.say("hello?") is None
    assert texts.conversation.with_person
    assert any("could not help twice" in reason for reason in texts.notes("inbox"))


def test_help_in_between_starts_anew(texts: Texts) -> None:
    """Two failures that are not in a row call nobody."""
    for intent in ("nlu_fallback", "student_office_hours", "nlu_fallback"):
        texts.assistant_says(UNSURE if intent == "nlu_fallback" else HOURS, intent=intent)
        texts.say("hm")

    assert not texts.conversation.with_person


def test_after_a_person_the_count_starts_anew(texts: Texts) -> None:
    """Handed back, the assistant may fail once again before it gives up."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.say("hm hm")
    with texts.world.desk.db.write() as session:
        row = session.scalars(select(Conversation)).one()
        ownership.hand_back(session, row, texts.world.clock.now(), "Carol gave it back.")

    assert "1) office hours" in (texts.say("hm again") or "")


def test_the_agent_gets_a_summary(texts: Texts) -> None:
    """What was asked, in order, and what was understood, how surely; the student never sees it."""
    texts.say("when are you open?")
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.world.bot.nearest = (Nearest("student_office_phone", 0.41),)
    texts.say("the thing\nfor my loan")
    texts.world.bot.nearest = ()
    texts.say("LOAN")
    (summary,) = texts.notes("summary")

    assert summary.splitlines() == [
        "What the student asked the assistant:",
        "1. “when are you open?” (understood as office hours, 90% sure)",
        "2. “the thing for my loan” (not understood; nearest: office phone, 41%)",
        "3. “LOAN” (not understood)",
    ]
    assert not any("nearest" in text.body for text in texts.world.carrier.sent)


def test_a_request_for_a_person_has_a_summary_too(texts: Texts) -> None:
    """The agent need not ask again."""
    texts.say("when are you open?")
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.assistant_says(PERSON, intent="human_handoff")
    texts.say("3")
    summary = texts.notes("summary")[0].splitlines()

    assert summary[1].startswith("1. “when are you open?”")
    assert (
        summary[3] == "3. “3” for “talk to a person” (understood as asking for a person, 90% sure)"
    )


@pytest.mark.parametrize("reply", [PERSON, UNSURE])
def test_a_person_is_offered_once(texts: Texts, reply: BotReply) -> None:
    """Not beside a choice that is one, nor to whom a person will answer."""
    texts.assistant_says(reply)
    said = texts.say("hm")

    assert said is not None and said.startswith(INTRODUCTION) and "PERSON" not in said


def test_an_empty_answer_calls_a_person(texts: Texts) -> None:
    """The student is told, instead of waiting for nothing."""
    texts.assistant_says()

    assert "A person in Financial Aid will answer you" in (texts.say("hm") or "")
    assert texts.conversation.with_person


def test_handing_over_shows_no_choices(texts: Texts) -> None:
    """The assistant will not be there to understand a number."""
    last = BotReply("A person will see it.", "student", buttons=UNSURE.buttons, hand_off=True)
    texts.assistant_says(last)

    assert "1)" not in (texts.say("hm") or "")


# --- links, order, review -------------------------------------------------------------------


@pytest.mark.parametrize("link", ["https://desk.example/inbox", "http://127.0.0.1:8000", "/quota"])
def test_no_internal_link_is_sent(texts: Texts, link: str) -> None:
    """The sentence with it is left out, which is on the timeline."""
    texts.say("hi")
    texts.assistant_says(BotReply(f"Open from 9 to 4. See {link} for more.", "everyone"))

    assert texts.say("hours?") == "Open from 9 to 4."
    assert len(texts.notes("link")) == 1


def test_an_answer_that_is_but_an_internal_link_calls_a_person(texts: Texts) -> None:
    """Nothing of it is left to say."""
    texts.assistant_says(BotReply("http://localhost/quota", "everyone"))

    assert "localhost" not in (texts.say("hours?") or "") and texts.conversation.with_person


def test_an_offices_web_page_is_sent(texts: Texts) -> None:
    """It is what the student asked for."""
    page = "The web page of Financial Aid: https://northern.example/aid"
    texts.assistant_says(BotReply(page, "everyone"))

    assert page in (texts.say("website?") or "")


def test_a_burst_gets_its_answers_in_order(texts: Texts) -> None:
    """One for each text, the first with the introduction."""
    for number in range(3):
        texts.world.receive(f"SM-{number}", f"text {number}")
    texts.world.queue.work()
    with texts.world.desk.db.read() as session:
        rows = session.scalars(
            select(Message).where(Message.author == Author.ASSISTANT).order_by(Message.id)
        ).all()
        answered = [session.get_one(Message, row.reply_to_id).body for row in rows]

    assert answered == ["text 0", "text 1", "text 2"]
    assert [text.body.startswith(INTRODUCTION) for text in texts.world.carrier.sent] == [
        True,
        False,
        False,
    ]


def test_an_answer_waits_for_the_one_before_it(texts: Texts) -> None:
    """The carrier gets them in order, even when it was busy for the first."""
    world = texts.world
    world.receive("SM-a", "one")
    world.receive("SM-b", "two")
    world.queue.tasks["answer"](texts.conversation.public_id)
    first, second = (errand for errand, _delay in world.queue.notes if errand.task == "send")
    world.queue.notes.clear()
    outbound.send(world.desk, second.row_id)
    assert world.carrier.sent == []
    outbound.send(world.desk, first.row_id)
    world.queue.run_next_delayed()
    world.queue.work()

    assert [text.body.startswith(INTRODUCTION) for text in world.carrier.sent] == [True, False]


def test_an_answer_that_is_stuck_holds_nobody_up(texts: Texts) -> None:
    """After a minute the next one goes all the same."""
    world = texts.world
    world.receive("SM-a", "one")
    world.receive("SM-b", "two")
    world.queue.tasks["answer"](texts.conversation.public_id)
    _first, second = (errand for errand, _delay in world.queue.notes if errand.task == "send")
    world.clock.pass_time(seconds=61)
    outbound.send(world.desk, second.row_id)

    assert len(world.carrier.sent) == 1


def test_a_turn_that_is_tried_again_keeps_its_choice(texts: Texts) -> None:
    """The assistant was away when the number came."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.world.bot.is_up = False
    texts.say("2")
    texts.world.bot.is_up = True
    texts.world.queue.run_next_delayed()
    texts.world.queue.work()

    assert texts.asked[-1] == ("2", "/student_is_this_real")


def test_a_takeover_before_the_number_wins(texts: Texts) -> None:
    """What a student writes to a person is no button."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.world.receive("SM-a", "7")
    with texts.world.desk.db.write() as session:
        session.scalars(select(Conversation)).one().with_person = True
    answering.answer(texts.world.desk, texts.conversation.public_id)
    texts.world.queue.work()

    assert len(texts.world.carrier.sent) == 1


def test_what_was_not_understood_is_kept_for_review(texts: Texts) -> None:
    """With the channel and what it came nearest to; what was chosen by number is not."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.world.bot.nearest = (Nearest("student_office_hours", 0.41),)
    texts.say("the thing")
    texts.say("7")
    with texts.world.desk.db.read() as session:
        rows = session.scalars(select(UnansweredQuestion)).all()
        kept = [(row.channel, row.message.body, row.nearest) for row in rows]

    assert kept == [("sms", "the thing", [{"name": "student_office_hours", "confidence": 0.41}])]


def test_a_summary_begins_after_the_person(texts: Texts) -> None:
    """What an agent has seen to is not told again."""
    texts.say("when are you open?")
    texts.world.clock.pass_time(minutes=1)
    with texts.world.desk.db.write() as session:
        row = session.scalars(select(Conversation)).one()
        carol = session.scalars(
            select(StaffMember).where(StaffMember.id == texts.world.carol.id)
        ).one()
        ownership.take(session, row, carol, texts.world.clock.now(), "Carol took it.")
        ownership.hand_back(session, row, texts.world.clock.now(), "Carol gave it back.")
    texts.world.clock.pass_time(minutes=1)
    texts.assistant_says(PERSON, intent="human_handoff")
    texts.say("let me talk to somebody")

    assert "when are you open" not in texts.notes("summary")[0]


def test_an_office_with_a_long_name_still_fits(texts: Texts) -> None:
    """The introduction gives way, the answer does not."""
    with texts.world.desk.db.write() as session:
        for office in session.scalars(select(Office)):
            office.name = f"{office.name} {'and Scholarships ' * 6}".strip()
    answer = f"{'x' * 200}."
    texts.assistant_says(BotReply(answer, audience="student"))
    said = texts.say("hours?")

    assert said is not None and answer in said and "automated assistant" in said
    assert segments(said).count <= 2


def test_student_turns_speak_for_nobody(texts: Texts) -> None:
    """A chosen number gives no more rights than words do."""
    texts.assistant_says(UNSURE, intent="nlu_fallback")
    texts.say("hm")
    texts.say("1")
    with texts.world.desk.db.read() as session:
        assert {turn.staff_id for turn in session.scalars(select(Turn))} == {None}
    assert {turn.audience for turn in texts.world.bot.asked} == {"student"}
    assert STUDENT in {text.to_number for text in texts.world.carrier.sent}

"""A student texts: stored first, answered once, from the number that was texted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from backend.db.tables import (
    Author,
    CarrierAccount,
    ConsentEvent,
    Contact,
    Conversation,
    ConversationEvent,
    Message,
    OptOutHandledBy,
    Turn,
    TurnState,
    UnroutedText,
)
from backend.domain.errors import CarrierError
from backend.services import answering, inbox, outbound
from backend.services.inbound import Receipt
from backend.services.ports import AcceptedText, BotReply
from backend.services.sweep import sweep
from tests.integration.conftest import STUDENT, World


def sent(world: World) -> list[tuple[str, str, str]]:
    """What went to the carrier: from, to, body."""
    return [(text.from_number, text.to_number, text.body) for text in world.carrier.sent]


def conversation(world: World) -> Conversation:
    """The one texting conversation there is."""
    with world.desk.db.read() as session:
        return session.scalars(select(Conversation)).one()


def timeline(world: World) -> str:
    """Every reason on the timeline."""
    with world.desk.db.read() as session:
        return "\n".join(session.scalars(select(ConversationEvent.reason)))


def test_assistant_answers_from_the_number_texted(world: World) -> None:
    """One text gets one reply, from the number that was texted to the phone that texted."""
    world.receive("SM1", "who is this?")
    world.queue.work()

    ((number, phone, body),) = sent(world)
    assert (number, phone) == (world.assistant_number, STUDENT) and "Yes, you may." in body
    assert world.bot.asked[0].audience == "student"


def test_text_is_stored_before_anything_is_queued(world: World) -> None:
    """A text whose queue note is lost is found and answered by the sweep."""
    world.receive("SM1", "hello")
    world.queue.notes.clear()
    world.clock.pass_time(seconds=30)
    sweep(world.desk)
    world.queue.work()

    assert len(sent(world)) == 1


def test_repeated_webhook_is_stored_and_answered_once(world: World) -> None:
    """The same MessageSid again changes nothing."""
    first = world.receive("SM1", "hello")
    again = world.receive("SM1", "hello")
    world.queue.work()

    assert (first, again) == (Receipt.STORED, Receipt.SEEN_BEFORE)
    assert len(sent(world)) == 1


def test_unknown_number_is_kept_and_not_answered(world: World) -> None:
    """A text to a number that is not ours is kept as it came, once."""
    for _ in range(2):
        world.receive("SM1", "hello?", to="+19995550100")
    world.queue.work()

    with world.desk.db.read() as session:
        assert session.scalars(select(UnroutedText.body)).all() == ["hello?"]
    assert sent(world) == []


def test_number_of_another_institution_is_unknown_here(world: World) -> None:
    """An account's webhook reaches its own institution's numbers only."""
    receipt = world.receive("SM1", "hello", to=world.western_number)

    assert receipt is Receipt.UNROUTED


def test_inbox_number_waits_for_a_person(world: World) -> None:
    """Where the number's setting says inbox, the text is in the office's inbox, unanswered."""
    world.receive("SM1", "help me please", to=world.inbox_number)
    world.queue.work()
    (line,) = inbox.listing(world.desk, world.bob).lines

    assert line.last_text == "help me please" and line.inbox == "Financial Aid inbox"
    assert sent(world) == [] and world.bot.asked == []


def test_unsure_assistant_hands_over_and_stays_silent(world: World) -> None:
    """A reply that hands off goes out, and the next text goes to the person, not the bot."""
    world.bot.replies = (BotReply("A person will see this.", audience="student", hand_off=True),)
    world.receive("SM1", "what about my cat")
    world.queue.work()
    world.receive("SM2", "hello?")
    world.queue.work()

    assert len(world.bot.asked) == 1 and len(sent(world)) == 1
    assert conversation(world).needs_attention


def test_hand_back_lets_the_assistant_answer_again(world: World) -> None:
    """After a person marks the conversation as done, the number's settings apply again."""
    world.bot.replies = (BotReply("A person will see this.", audience="student", hand_off=True),)
    world.receive("SM1", "what about my cat")
    world.queue.work()
    inbox.hand_back(world.desk, world.carol, conversation(world).public_id)
    world.receive("SM2", "who is this")
    world.queue.work()

    assert len(world.bot.asked) == 2


@pytest.mark.parametrize("audience", ["staff", None])
def test_staff_answer_never_reaches_a_student(world: World, audience: str | None) -> None:
    """A reply for staff, or for nobody named, is dropped and a person is called instead."""
    world.bot.replies = (BotReply("Contract Limits …", audience=audience),)  # type: ignore[arg-type]
    world.receive("SM1", "how many numbers do you have")
    world.queue.work()
    ((_from, _to, body),) = sent(world)

    assert "A person in Financial Aid will answer you" in body and "Contract" not in body
    assert conversation(world).needs_attention
    assert "meant for staff" in timeline(world)


def test_rasa_down_then_back_within_ten_minutes(world: World) -> None:
    """A text that comes while the assistant is down is answered when it is back."""
    world.bot.is_up = False
    world.receive("SM1", "hello")
    world.queue.work()
    world.clock.pass_time(minutes=9)
    world.bot.is_up = True
    world.queue.run_next_delayed()
    world.queue.work()

    assert len(sent(world)) == 1


def test_rasa_down_for_longer_goes_to_the_inbox(world: World) -> None:
    """After 10 minutes a person answers, and the assistant does not."""
    world.bot.is_up = False
    world.receive("SM1", "hello")
    world.queue.work()
    world.clock.pass_time(minutes=10, seconds=1)
    world.bot.is_up = True
    world.queue.run_next_delayed()
    world.queue.work()

    assert sent(world) == []
    assert "within 10 minutes" in timeline(world) and conversation(world).needs_attention


def test_takeover_while_the_assistant_thinks_wins(world: World) -> None:
    """Ownership is checked again when the reply is stored: a person who took over is not
    talked over.
    """

    def take_over(_turn: object) -> None:
        with world.desk.db.write() as session:
            session.scalars(select(Conversation)).one().with_person = True

    world.bot.while_thinking = take_over
    world.receive("SM1", "hello")
    world.queue.work()

    assert sent(world) == []


def test_texts_are_answered_in_their_order(world: World) -> None:
    """Several texts in a row are answered one after another, oldest first."""
    for number in range(3):
        world.receive(f"SM{number}", f"text {number}")
    world.queue.work()

    assert [turn.text for turn in world.bot.asked] == ["text 0", "text 1", "text 2"]


def test_one_turn_at_a_time_in_a_conversation(world: World) -> None:
    """A second worker finds the conversation busy and comes back later."""

    def second_worker(_turn: object) -> None:
        world.bot.while_thinking = lambda _turn: None
        answering.answer(world.desk, conversation(world).public_id)

    world.receive("SM1", "one")
    world.receive("SM2", "two")
    world.bot.while_thinking = second_worker
    world.queue.work()

    assert [turn.text for turn in world.bot.asked] == ["one", "two"]
    assert any(delay > 0 for _errand, delay in world.queue.notes)


def test_crashed_turn_is_taken_up_again(world: World) -> None:
    """A turn whose worker died is answered after its lease has run out, under the same id."""

    class WorkerDies(Exception):
        pass

    def die(_turn: object) -> None:
        raise WorkerDies

    world.receive("SM1", "hello")
    world.bot.while_thinking = die
    with pytest.raises(WorkerDies):
        world.queue.work()
    world.bot.while_thinking = lambda _turn: None
    world.clock.pass_time(seconds=61)
    sweep(world.desk)
    world.queue.work()

    first, second = world.bot.asked
    assert first.message_id == second.message_id and first.turn_token != second.turn_token
    assert len(sent(world)) == 1


def test_picture_without_words_goes_to_a_person(world: World) -> None:
    """An empty body with media is a message, and the assistant is not asked to read it."""
    world.receive("SM1", "", media=("https://media.example/1",))
    world.queue.work()

    assert conversation(world).needs_attention and world.bot.asked == []


def test_stop_is_honoured_before_the_assistant(world: World) -> None:
    """STOP ends texts, is confirmed once, and is kept as evidence."""
    world.receive("SM1", " Stop! ")
    world.receive("SM2", "STOP")
    world.receive("SM3", "are you there?")
    world.queue.work()

    assert [body for _from, _to, body in sent(world)] == [
        "You will get no more texts from this number. Reply START to get them again."
    ]
    assert world.bot.asked == []
    with world.desk.db.read() as session:
        event = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id)).first()
        assert event is not None and event.rule == "The whole message was a keyword for STOP."


def test_stop_between_answer_and_sending_wins(world: World) -> None:
    """An assistant's reply that still waits to be sent is dropped when the student opts out."""
    world.receive("SM1", "hello")
    world.queue.tasks["answer"](conversation(world).public_id)
    world.receive("SM2", "STOP")
    world.queue.work()

    assert [body for _from, _to, body in sent(world)] == [
        "You will get no more texts from this number. Reply START to get them again."
    ]


def test_start_brings_texts_back(world: World) -> None:
    """After START the assistant answers again; YES does the same for who had opted out."""
    for sid, body in (("SM1", "STOP"), ("SM2", "START"), ("SM3", "STOP"), ("SM4", "Yes")):
        world.receive(sid, body)
    world.receive("SM5", "who is this")
    world.queue.work()

    assert len(world.bot.asked) == 1


def test_yes_is_an_answer_for_who_has_not_opted_out(world: World) -> None:
    """YES reaches the assistant when there is nothing to opt in to."""
    world.receive("SM1", "yes")
    world.queue.work()

    assert len(world.bot.asked) == 1


def test_keyword_inside_a_sentence_is_no_keyword(world: World) -> None:
    """ "We have got to STOP this bill" is a message."""
    world.receive("SM1", "We have got to STOP this bill")
    world.queue.work()

    assert len(world.bot.asked) == 1


def test_help_says_who_we_are(world: World) -> None:
    """HELP is answered by the desk itself."""
    world.receive("SM1", "HELP")
    world.queue.work()

    assert "Financial Aid at Northern College" in sent(world)[0][2]
    assert world.bot.asked == []


def test_spanish_keyword_is_confirmed_in_spanish(world: World) -> None:
    """ALTO is honoured and confirmed in its own language."""
    world.receive("SM1", "alto")
    world.queue.work()

    assert sent(world)[0][2].startswith("Ya no le enviaremos")


@pytest.mark.parametrize("word", ["STOP", "START", "HELP"])
def test_carrier_that_confirms_itself_is_not_echoed(world: World, word: str) -> None:
    """Under `opt_out_handled_by: twilio` such words are recorded and never answered."""
    with world.desk.db.write() as session:
        for account in session.scalars(select(CarrierAccount)):
            account.opt_out_handled_by = OptOutHandledBy.TWILIO
    world.receive("SM1", word)
    world.queue.work()

    assert sent(world) == [] and world.bot.asked == []
    assert word in timeline(world)


def test_words_the_carrier_does_not_know_are_confirmed_by_us(world: World) -> None:
    """Twilio's own handling is English: PARAR would otherwise be confirmed by nobody."""
    with world.desk.db.write() as session:
        for account in session.scalars(select(CarrierAccount)):
            account.opt_out_handled_by = OptOutHandledBy.TWILIO
    world.receive("SM1", "parar")
    world.queue.work()

    assert len(sent(world)) == 1


def test_report_about_a_students_own_text_is_ignored(world: World) -> None:
    """A delivery report cannot change what a student wrote."""
    world.receive("SM1", "hello")
    with world.desk.db.read() as session:
        text = session.scalars(select(Message)).one()
    outbound.report_status(
        world.desk,
        world.alice.institution_id,
        message_id=text.public_id,
        message_sid="SM1",
        status="failed",
        error_code=30003,
    )

    with world.desk.db.read() as session:
        assert session.scalars(select(Message.status)).one() == "received"


def test_opt_out_type_is_honoured_and_not_confirmed_again(world: World) -> None:
    """With Advanced Opt-Out Twilio names the word and has confirmed it already."""
    world.receive("SM1", "arret", opt_out_type="STOP")
    world.receive("SM2", "hello")
    world.queue.work()

    assert sent(world) == [] and world.bot.asked == []
    assert "The carrier reported OptOutType STOP." in timeline(world)


def test_opt_out_reaches_one_number_by_default(world: World) -> None:
    """STOP to one number does not silence the institution's other numbers."""
    world.receive("SM1", "STOP", to=world.inbox_number)
    world.receive("SM2", "hello")
    world.queue.work()

    assert len(world.bot.asked) == 1


@pytest.mark.parametrize("body", ["I want to kill myself", "me quiero morir, quiero morirme"])
def test_crisis_reaches_a_person_even_when_opted_out(world: World, body: str) -> None:
    """Crisis words go to the top of the inbox with a safety text, whatever else is set."""
    world.receive("SM1", "STOP")
    world.receive("SM2", body)
    world.queue.work()
    (line,) = inbox.listing(world.desk, world.alice).lines

    assert line.is_urgent and "988" in sent(world)[-1][2]
    assert world.bot.asked == []


def test_permanent_refusal_stops_and_shows(world: World) -> None:
    """What can never be delivered is not tried again and calls a person."""
    world.carrier.refusal = CarrierError(
        "The number is a landline.", carrier_code=30006, permanent=True
    )
    world.receive("SM1", "hello")
    world.queue.work()

    assert world.queue.notes == []
    assert "landline" in timeline(world) and conversation(world).needs_attention


def test_refusal_that_was_not_processed_is_tried_again(world: World) -> None:
    """Twilio's 20429 is safe to retry, later, and then goes out once, without a trace of it."""
    world.carrier.refusal = CarrierError("Too many requests.", carrier_code=20429)
    world.receive("SM1", "hello")
    world.queue.work()
    delays = [delay for _errand, delay in world.queue.notes]
    world.carrier.refusal = None
    world.queue.run_next_delayed()
    timeline = inbox.thread(world.desk, world.alice, conversation(world).public_id).timeline
    *_, last = (entry for entry in timeline if entry.status)

    assert 2.0 <= delays[0] < 2.5 and len(delays) == len(sent(world)) == 1
    assert (last.status, last.why) == ("queued", None)


def test_sweep_leaves_a_text_alone_until_its_pause_is_over(world: World) -> None:
    """The growing pauses hold although the sweep passes by; a lost errand is found after them."""
    world.carrier.refusal = CarrierError("Too many requests.", carrier_code=20429)
    world.receive("SM1", "hello")
    world.queue.work()
    world.queue.notes.clear()
    sweep(world.desk)
    early = list(world.queue.notes)
    world.clock.pass_time(seconds=30)
    sweep(world.desk)

    assert early == [] and [errand.task for errand, _ in world.queue.notes] == ["send"]


def test_crash_in_mid_sending_is_shown_and_not_repeated(world: World) -> None:
    """A text that was being handed over when the worker died may have left: a person looks."""

    class WorkerDies(Exception):
        pass

    def die(*_arguments: object) -> AcceptedText:
        raise WorkerDies

    world.receive("SM1", "hello")
    take, world.carrier.send = world.carrier.send, die  # type: ignore[method-assign]
    with pytest.raises(WorkerDies):
        world.queue.work()
    world.carrier.send = take  # type: ignore[method-assign]
    world.clock.pass_time(seconds=outbound.LEASE.total_seconds() + 1)
    sweep(world.desk)
    world.queue.work()

    assert sent(world) == [] and "cannot tell whether" in timeline(world)


def test_lost_answer_is_not_sent_again(world: World) -> None:
    """When the carrier may have sent it, nobody is texted twice; the doubt shows."""
    world.carrier.refusal = CarrierError("No answer in time.", may_have_happened=True)
    world.receive("SM1", "hello")
    world.queue.work()
    world.carrier.refusal = None
    world.clock.pass_time(minutes=5)
    sweep(world.desk)
    world.queue.run_next_delayed()

    with world.desk.db.read() as session:
        status = session.scalar(select(Message.status).where(Message.author == Author.ASSISTANT))
    assert status == "unconfirmed" and sent(world) == []


def test_status_moves_forward_only(world: World) -> None:
    """A late `sent` after `delivered` changes nothing, and neither does another account."""
    world.receive("SM1", "hello")
    world.queue.work()

    def report(status: str, institution_id: int) -> str:
        with world.desk.db.read() as session:
            query = select(Message).where(Message.author == Author.ASSISTANT)
            message = session.scalars(query).one()
        outbound.report_status(
            world.desk,
            institution_id,
            message_id=message.public_id,
            message_sid="SM" + "9" * 32,
            status=status,
            error_code=None,
        )
        with world.desk.db.read() as session:
            return session.scalars(query).one().status

    assert report("delivered", world.zoe.institution_id) == "queued"
    assert report("delivered", world.alice.institution_id) == "delivered"
    assert report("sent", world.alice.institution_id) == "delivered"


def test_two_numbers_are_two_conversations_with_one_contact(world: World) -> None:
    """One phone that texts two numbers is one contact in two conversations."""
    world.receive("SM1", "hello")
    world.receive("SM2", "hello", to=world.inbox_number)

    with world.desk.db.read() as session:
        assert session.scalar(select(func.count(Contact.id))) == 1
        assert session.scalar(select(func.count(Conversation.id))) == 2


def test_closed_turn_keeps_what_was_understood(world: World) -> None:
    """The turn remembers the intent and how sure the assistant was."""
    world.receive("SM1", "hello")
    world.queue.work()

    with world.desk.db.read() as session:
        turn = session.scalars(select(Turn)).one()
    assert (turn.state, turn.intent) == (TurnState.ANSWERED, "faq_transfer_number")
    assert turn.lease_until is None and turn.closed_at == world.clock.now()
    assert turn.closed_at - turn.created_at < timedelta(seconds=1)

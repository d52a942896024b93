"""What agents do in the inbox: see, take, assign, reply, note, hand back, resolve, begin."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.db.tables import (
    AuditEvent,
    Author,
    CannedReply,
    Contact,
    Conversation,
    Message,
    PhoneNumber,
    StaffMember,
)
from backend.domain.conversations import Reason
from backend.domain.errors import CarrierError, Conflict, InvalidRequest, NotFound
from backend.domain.provisioned_numbers import NumberState, Use
from backend.domain.staff import Role
from backend.services import inbound, inbox, numbers, outbound, staff, staff_chat
from backend.services.audit import WEB
from backend.services.inbox import FirstText, InboxLine, View
from backend.services.ports import BotReply, BotTurn, Button
from backend.services.staff import Who
from tests.integration.campaigning import a_single_use_number, number_id, set_state
from tests.integration.conftest import PASSWORD_HASH, STUDENT, World

OTHER_STUDENT = "+13165550142"
THIRD_STUDENT = "+16205550188"


def dan(world: World) -> Who:
    """A second agent of Financial Aid."""
    return hired(world, "Dan", Role.AGENT, world.carol.office_id)


def rita(world: World) -> Who:
    """An agent of the Registrar's."""
    return hired(world, "Rita", Role.AGENT, world.alice.office_id)


def hired(world: World, name: str, role: Role, office_id: int) -> Who:
    """A new member of Northern's staff."""
    with world.desk.db.write(world.alice.institution_id) as session:
        member = StaffMember(
            office_id=office_id,
            email=f"{name.lower()}@northern.example",
            name=name,
            role=role,
            password_hash=PASSWORD_HASH,
        )
        session.add(member)
        session.flush()
        return staff.who(member)


def texted(
    world: World,
    body: str = "Can I still apply?",
    sid: str = "SM1",
    student: str = STUDENT,
    to: str | None = None,
) -> str:
    """Have a student text the number that people answer; returns the conversation's id."""
    text = replace(world.text(sid, body, to or world.inbox_number), from_number=student)
    inbound.receive(world.desk, world.alice.institution_id, text)
    with world.desk.db.read(world.alice.institution_id) as session:
        return session.scalars(
            select(Conversation.public_id)
            .join(Contact, Contact.id == Conversation.contact_id)
            .join(PhoneNumber, PhoneNumber.id == Conversation.number_id)
            .where(Contact.e164 == student, PhoneNumber.e164 == text.to_number)
        ).one()


def line(world: World, who: Who, conversation: str) -> InboxLine:
    """A conversation as this person sees it."""
    return inbox.read(world.desk, who, conversation)


def seen(world: World, who: Who, view: View = View.ATTENTION, **more: str) -> list[str]:
    """The ids of the conversations that this person finds."""
    return [each.id for each in inbox.listing(world.desk, who, view, **more).lines]  # type: ignore[arg-type]


def bodies_sent(world: World) -> list[str]:
    """What went to the carrier."""
    return [text.body for text in world.carrier.sent]


def told(world: World, conversation: str, who: Who | None = None) -> list[str]:
    """The conversation's timeline in words."""
    timeline = inbox.thread(world.desk, who or world.carol, conversation).timeline
    return [entry.text for entry in timeline]


def audited(world: World) -> list[tuple[str, str]]:
    """What is on record: action and outcome."""
    with world.desk.db.read(world.alice.institution_id) as session:
        rows = session.execute(select(AuditEvent.action, AuditEvent.outcome))
        return [(action, outcome) for action, outcome in rows]


def opt_out(world: World) -> None:
    """The student texts STOP to the number that people answer."""
    world.receive("SM-stop", "STOP", to=world.inbox_number)
    world.queue.work()


def passed_on(world: World, conversation: str) -> None:
    """Put a staff member's chat into an inbox, as their confirmed request does."""
    with world.desk.db.write(world.alice.institution_id) as session:
        row = session.scalars(
            select(Conversation).where(Conversation.public_id == conversation)
        ).one()
        target = session.scalars(
            select(PhoneNumber).where(PhoneNumber.e164 == world.inbox_number)
        ).one()
        inbox.put(session, row, target.unsolicited_inbox, Reason.STAFF_ASKED, world.clock.now())


# --- replying ------------------------------------------------------------------------------------


def test_a_reply_goes_to_the_student_and_is_the_agents(world: World) -> None:
    """It leaves from the number that was texted, is signed with the agent in the timeline, and
    the conversation is theirs and waits no longer.
    """
    talk = texted(world)
    written = inbox.reply(world.desk, world.carol, talk, " Yes, until Friday. ", WEB)
    world.queue.work()

    (sent,) = world.carrier.sent
    assert (sent.from_number, sent.to_number) == (world.inbox_number, STUDENT)
    assert sent.body == "Yes, until Friday." and written.waits is None
    after = line(world, world.carol, talk)
    assert (after.taken_by, after.is_mine, after.with_person) == ("Carol", True, True)
    assert not after.needs_attention and seen(world, world.carol) == []
    (entry,) = [
        each
        for each in inbox.thread(world.desk, world.bob, talk).timeline
        if each.author is Author.STAFF
    ]
    assert (entry.by, entry.status, entry.id) == ("Carol", "queued", written.message)
    assert "Carol replied. The assistant stays quiet." in told(world, talk)
    assert ("conversation.reply", f"done: {written.message}") in audited(world)


def test_a_reply_silences_the_assistant(world: World) -> None:
    """What the student texts next waits for the agent, at a number that the assistant answers."""
    talk = texted(world, to=world.assistant_number)
    world.queue.work()
    inbox.reply(world.desk, world.carol, talk, "Hello, Carol here.", WEB)
    world.queue.work()
    texted(world, "Thanks! And by mail?", "SM2", to=world.assistant_number)
    world.queue.work()

    assert len(world.bot.asked) == 1
    assert seen(world, world.carol) == [talk]


@pytest.mark.parametrize("hands_back", [True, False])
def test_a_question_that_a_person_answered_is_not_answered_again(
    world: World, hands_back: bool
) -> None:
    """Not even when the agent, while the assistant thinks, replies and hands back."""
    world.receive("SM1", "When is the deadline?")

    def meanwhile(_turn: BotTurn) -> None:
        (talk,) = seen(world, world.carol, View.ALL)
        if hands_back:
            inbox.reply(world.desk, world.carol, talk, "It is May 1.", WEB)
        else:
            inbox.take(world.desk, world.carol, talk, WEB)
        inbox.hand_back(world.desk, world.carol, talk)

    world.bot.while_thinking = meanwhile
    world.queue.work()

    (said,) = bodies_sent(world)
    assert (said == "It is May 1.") is hands_back


def test_replies_of_two_agents_are_both_kept(world: World) -> None:
    """Written at the same moment, both reach the student; the conversation is one's of the two."""
    talk = texted(world)
    second = dan(world)
    start = threading.Barrier(2)

    def write(who: Who, body: str) -> None:
        start.wait()
        inbox.reply(world.desk, who, talk, body, WEB)

    writers = [
        threading.Thread(target=write, args=(world.carol, "Yes.")),
        threading.Thread(target=write, args=(second, "Until Friday.")),
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    world.queue.work()

    assert sorted(bodies_sent(world)) == ["Until Friday.", "Yes."]
    assert line(world, world.carol, talk).taken_by in ("Carol", "Dan")


def test_the_same_form_sent_twice_sends_one_text(world: World) -> None:
    """A second press of the button finds what the first has done; another key is another text."""
    talk = texted(world)

    def send(key: str) -> str:
        return inbox.reply(world.desk, world.carol, talk, "Yes.", WEB, key=key).message

    first, again, other = send("a"), send("a"), send("b")
    world.queue.work()

    assert first == again != other
    assert bodies_sent(world) == ["Yes.", "Yes."]


def test_a_text_that_came_while_one_was_typing_still_waits(world: World) -> None:
    """What the agent had not seen when the reply was sent keeps the conversation in the list."""
    talk = texted(world)
    before = inbox.thread(world.desk, world.carol, talk).latest
    texted(world, "And where?", "SM2")
    inbox.reply(world.desk, world.carol, talk, "Until Friday.", WEB, seen=before)
    assert seen(world, world.carol) == [talk]

    latest = inbox.thread(world.desk, world.carol, talk).latest
    inbox.reply(world.desk, world.carol, talk, "At the desk.", WEB, seen=latest)
    assert seen(world, world.carol) == []


def test_who_saw_something_else_has_seen_nothing(world: World) -> None:
    """The last message before them was of another conversation, or is deleted."""
    talk = texted(world)
    inbox.reply(world.desk, world.carol, talk, "Yes.", WEB, seen="msg_of_another")

    assert seen(world, world.carol) == [talk]


@pytest.mark.parametrize(
    ("body", "media", "field", "words"),
    [
        (" \n ", (), "body", "Write something first"),
        ("\u200b\ufeff", (), "body", "Write something first"),
        ("x" * 1_601, (), "body", "it has 1,601"),
        ("Look", ("http://example.org/a.png",), "media", "https://"),
        ("Look", ("https://example.org/a.png",) * 11, "media", "at most 10"),
    ],
)
def test_what_cannot_be_sent_is_said(
    world: World, body: str, media: tuple[str, ...], field: str, words: str
) -> None:
    """Empty, too long, or pictures that are none: refused with the reason, and nothing is sent."""
    talk = texted(world)
    with pytest.raises(InvalidRequest, match=words) as refused:
        inbox.reply(world.desk, world.carol, talk, body, WEB, media=media)
    world.queue.work()

    assert [problem.field for problem in refused.value.problems] == [field]
    assert world.carrier.sent == [] and seen(world, world.carol) == [talk]


def test_the_longest_reply_and_pictures_without_words_go(world: World) -> None:
    """1,600 characters are not too many, and a picture needs no words."""
    talk = texted(world)
    inbox.reply(world.desk, world.carol, talk, "x" * 1_600, WEB)
    picture = "https://example.org/map.png"
    inbox.reply(world.desk, world.carol, talk, "", WEB, media=[picture, " "])
    world.queue.work()

    assert [len(body) for body in bodies_sent(world)] == [1_600, 0]
    assert world.carrier.sent[1].media == (picture,)


def test_nobody_writes_to_who_opted_out(world: World) -> None:
    """The reason and the way back are said before anything is written."""
    talk = texted(world)
    opt_out(world)
    confirmations = len(world.carrier.sent)
    with pytest.raises(Conflict, match="text START"):
        inbox.reply(world.desk, world.carol, talk, "Yes.", WEB)
    with pytest.raises(Conflict, match="text START"):
        begin(world, world.carol, to=STUDENT, number=number_id(world, world.inbox_number))
    world.queue.work()

    reason = inbox.thread(world.desk, world.carol, talk).why_no_reply
    assert reason is not None and "opted out" in reason
    assert len(world.carrier.sent) == confirmations


def test_nothing_is_sent_from_a_number_given_back(world: World) -> None:
    """The conversation stays to be read; the reason is said."""
    talk = texted(world)
    set_state(world, world.inbox_number, NumberState.RELEASED)

    with pytest.raises(Conflict, match="was given back"):
        inbox.reply(world.desk, world.carol, talk, "Yes.", WEB)


def test_a_reply_from_a_number_being_registered_waits_and_says_so(world: World) -> None:
    """It is kept, held with the reason, and the agent is told at once."""
    talk = texted(world)
    set_state(world, world.inbox_number, NumberState.REGISTERING)
    written = inbox.reply(world.desk, world.carol, talk, "Yes.", WEB)
    world.queue.work()

    assert written.waits is not None and "10DLC" in written.waits
    thread = inbox.thread(world.desk, world.carol, talk)
    (entry,) = [each for each in thread.timeline if each.author is Author.STAFF]
    assert entry.status == "held" and entry.why is not None and "10DLC" in entry.why
    assert thread.why_replies_wait == written.waits


@pytest.mark.parametrize(
    ("code", "words"), [(30007, "filtered the text as unwanted"), (30034, "not registered")]
)
def test_a_carriers_reason_stands_with_the_message(world: World, code: int, words: str) -> None:
    """Delivery goes wrong: the state and the carrier's reason in words, and it needs attention."""
    talk = texted(world)
    written = inbox.reply(world.desk, world.carol, talk, "Yes.", WEB)
    world.queue.work()
    outbound.report_status(
        world.desk,
        world.alice.institution_id,
        message_id=written.message,
        message_sid="SM00",
        status="undelivered",
        error_code=code,
    )

    (entry,) = [
        each
        for each in inbox.thread(world.desk, world.carol, talk).timeline
        if each.id == written.message
    ]
    assert entry.status == "undelivered" and entry.why is not None and words in entry.why
    assert line(world, world.carol, talk).needs_attention


def test_a_refusal_of_the_carrier_is_shown(world: World) -> None:
    """What the carrier refused at once shows like what it could not deliver."""
    talk = texted(world)
    world.carrier.refusal = CarrierError("The carrier knows better.", permanent=True)
    inbox.reply(world.desk, world.carol, talk, "Yes.", WEB)
    world.queue.work()

    entries = inbox.thread(world.desk, world.carol, talk).timeline
    assert [(each.status, each.why) for each in entries if each.author is Author.STAFF] == [
        ("failed", "The carrier knows better.")
    ]


def test_a_colleague_who_passed_their_chat_on_reads_the_reply_there(world: World) -> None:
    """An administrator's words stand in the staff chat, under their name; no picture goes there."""
    talk = staff_chat.ask(world.desk, world.bob, text="I need a person").conversation
    passed_on(world, talk)
    assert seen(world, world.alice) == [talk]
    with pytest.raises(InvalidRequest, match="by text only"):
        inbox.reply(world.desk, world.alice, talk, "Hi", WEB, media=["https://example.org/a.png"])
    inbox.reply(world.desk, world.alice, talk, "I’ll call you.", WEB)
    world.queue.work()

    *_, last = staff_chat.lines(world.desk, world.bob, talk)
    assert last.text == "Alice writes:\n\nI’ll call you." and last.author is not Author.STAFF
    assert seen(world, world.alice) == [] and world.carrier.sent == []


# --- whose it is ---------------------------------------------------------------------------------


def test_taking_silences_and_keeps_it_in_the_list(world: World) -> None:
    """Nobody has answered yet: it still needs attention, and is the taker's."""
    talk = texted(world)
    inbox.take(world.desk, world.carol, talk, WEB)
    inbox.take(world.desk, world.carol, talk, WEB)

    after = line(world, world.carol, talk)
    assert after.taken_by == "Carol" and after.needs_attention and after.with_person
    assert seen(world, world.carol, View.MINE) == [talk]
    assert seen(world, world.bob, View.MINE) == []
    assert audited(world).count(("conversation.take", "done")) == 1


def test_an_agent_assigns_to_a_colleague_of_the_office_or_an_administrator(world: World) -> None:
    """By id or e-mail, and each time it is that person's."""
    talk = texted(world)
    second = dan(world)
    for colleague, name in (
        (second.public_id, "Dan"),
        ("BOB@northern.example", "Bob"),
        (world.alice.public_id, "Alice"),
    ):
        inbox.assign(world.desk, world.carol, talk, colleague, WEB)
        assert line(world, world.carol, talk).taken_by == name

    assert "Carol assigned it to Dan." in told(world, talk)
    names = [each.name for each in inbox.colleagues(world.desk, world.carol, talk)]
    assert names == ["Alice", "Bob", "Dan"]


def test_it_is_assigned_to_nobody_who_may_not_see_it(world: World) -> None:
    """Another office's agent, another institution's people, who has left, and nobody at all."""
    talk = texted(world)
    stranger, gone = rita(world), dan(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        session.get_one(StaffMember, gone.id).is_active = False
    for colleague in (stranger.public_id, world.zoe.public_id, gone.public_id, "nobody"):
        with pytest.raises(InvalidRequest, match="Choose a colleague"):
            inbox.assign(world.desk, world.carol, talk, colleague, WEB)

    assert line(world, world.carol, talk).taken_by is None


def test_another_offices_agent_finds_nothing(world: World) -> None:
    """Every action says the same as of a conversation that is not there."""
    talk = texted(world)
    stranger = rita(world)
    desk = world.desk
    actions: list[Callable[[str], object]] = [
        lambda id_: inbox.thread(desk, stranger, id_),
        lambda id_: inbox.read(desk, stranger, id_),
        lambda id_: inbox.reply(desk, stranger, id_, "Hi", WEB),
        lambda id_: inbox.take(desk, stranger, id_, WEB),
        lambda id_: inbox.assign(desk, stranger, id_, world.alice.public_id, WEB),
        lambda id_: inbox.hand_back(desk, stranger, id_, WEB),
        lambda id_: inbox.resolve(desk, stranger, id_, WEB),
        lambda id_: inbox.note(desk, stranger, id_, "Hm", WEB),
        lambda id_: inbox.mark_read(desk, stranger, id_, "msg_x"),
        lambda id_: inbox.colleagues(desk, stranger, id_),
        lambda id_: inbox.ready_replies(desk, stranger, id_),
    ]
    for act in actions:
        answers = set()
        for conversation in (talk, "cnv_none"):
            with pytest.raises(NotFound) as refused:
                act(conversation)
            answers.add(str(refused.value))
        assert len(answers) == 1

    assert seen(world, stranger, View.ALL) == []
    assert seen(world, stranger, View.ALL, search="apply") == []
    assert inbox.unread_count(desk, stranger) == 0
    assert line(world, world.carol, talk).taken_by is None


def test_handed_back_the_assistant_answers_again(world: World) -> None:
    """At a number that the assistant answers, the next text is its again."""
    talk = texted(world, to=world.assistant_number)
    inbox.take(world.desk, world.carol, talk, WEB)
    inbox.hand_back(world.desk, world.carol, talk, WEB)
    inbox.hand_back(world.desk, world.carol, talk, WEB)
    world.queue.work()
    before = len(world.bot.asked)
    texted(world, "And now?", "SM2", to=world.assistant_number)
    world.queue.work()

    assert len(world.bot.asked) == before + 1
    after = line(world, world.carol, talk)
    assert not (after.needs_attention or after.with_person or after.taken_by)
    assert audited(world).count(("conversation.hand_back", "done")) == 1


@pytest.mark.parametrize("act", [inbox.hand_back, inbox.resolve])
def test_a_text_that_came_as_it_was_closed_still_waits(
    world: World, act: Callable[..., None]
) -> None:
    """What nobody has seen is not taken off the inbox with the rest; once seen, it is."""
    talk = texted(world)
    inbox.take(world.desk, world.carol, talk, WEB)
    latest = inbox.thread(world.desk, world.carol, talk).latest or ""
    inbox.mark_read(world.desk, world.carol, talk, latest)
    texted(world, "One more thing", "SM2")
    act(world.desk, world.carol, talk, WEB)
    row = line(world, world.carol, talk)

    assert row.needs_attention and not row.is_resolved and row.taken_by is None
    assert "still waits for a person" in told(world, talk)[-1]

    latest = inbox.thread(world.desk, world.carol, talk).latest or ""
    inbox.mark_read(world.desk, world.carol, talk, latest)
    act(world.desk, world.carol, talk, WEB)
    assert not line(world, world.carol, talk).needs_attention


def test_a_resolved_conversation_is_opened_by_the_next_text(world: World) -> None:
    """Until then it is out of the way, marked in the list of all."""
    talk = texted(world)
    inbox.take(world.desk, world.carol, talk, WEB)
    inbox.resolve(world.desk, world.carol, talk, WEB)
    inbox.resolve(world.desk, world.carol, talk, WEB)

    assert line(world, world.carol, talk).is_resolved
    assert seen(world, world.carol) == seen(world, world.carol, View.MINE) == []
    assert seen(world, world.carol, View.ALL) == [talk]
    assert audited(world).count(("conversation.resolve", "done")) == 1

    world.clock.pass_time(minutes=1)
    texted(world, "One more thing", "SM2")

    assert not line(world, world.carol, talk).is_resolved
    assert seen(world, world.carol) == [talk]


def test_taking_opens_a_resolved_conversation(world: World) -> None:
    """So that it can be resolved again, and the assistant is not silent for good."""
    talk = texted(world)
    for _ in range(2):
        inbox.resolve(world.desk, world.carol, talk, WEB)
        assert line(world, world.carol, talk).is_resolved
        assert not line(world, world.carol, talk).with_person

        inbox.take(world.desk, world.carol, talk, WEB)
        assert not line(world, world.carol, talk).is_resolved


def test_replying_opens_a_resolved_conversation(world: World) -> None:
    """The clock may stand still meanwhile."""
    talk = texted(world)
    inbox.resolve(world.desk, world.carol, talk, WEB)
    inbox.reply(world.desk, world.carol, talk, "One more thing.", WEB)

    assert not line(world, world.carol, talk).is_resolved


def test_a_crisis_stays_at_the_top_until_somebody_closes_it(world: World) -> None:
    """Urgent goes before later texts, and a reply alone does not take it off the list."""
    urgent = texted(world, "I want to kill myself")
    world.clock.pass_time(minutes=5)
    later = texted(world, "Hello", "SM2", OTHER_STUDENT)
    assert seen(world, world.carol) == [urgent, later]
    top = line(world, world.carol, urgent)
    assert (top.last_text, top.last_author) == ("I want to kill myself", Author.CONTACT)

    inbox.reply(world.desk, world.carol, urgent, "I am here. Can I call you?", WEB)
    assert seen(world, world.carol) == [urgent, later]

    inbox.resolve(world.desk, world.carol, urgent, WEB)
    assert seen(world, world.carol) == [later]
    assert not line(world, world.carol, urgent).is_urgent


# --- notes and canned replies --------------------------------------------------------------------


def test_a_note_is_for_colleagues_only(world: World) -> None:
    """It stands in the timeline with its writer, once for each key; nothing is sent."""
    talk = texted(world)
    for _ in range(2):
        inbox.note(world.desk, world.carol, talk, "Called her mother.", WEB, key="n")
    world.queue.work()

    notes = [
        each for each in inbox.thread(world.desk, world.bob, talk).timeline if each.kind == "note"
    ]
    assert [(each.text, each.by) for each in notes] == [("Called her mother.", "Carol")]
    assert world.carrier.sent == [] and seen(world, world.carol) == [talk]
    assert not any("mother" in outcome for _, outcome in audited(world))
    for words, fault in ((" ", "Write something"), ("x" * 2_001, "it has 2,001")):
        with pytest.raises(InvalidRequest, match=fault):
            inbox.note(world.desk, world.carol, talk, words, WEB)


def test_canned_replies_are_the_offices_and_filled_in(world: World) -> None:
    """The student's name and the office's stand in them; another office's are not offered."""
    talk = texted(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        session.scalars(select(Contact)).one().name = "Maria"
        for office, title, body in (
            (world.carol.office_id, "Welcome", "Hi {name}, {office} here. {day}"),
            (world.alice.office_id, "Grades", "Your grades are in."),
        ):
            session.add(CannedReply(office_id=office, title=title, body=body))

    ready = inbox.ready_replies(world.desk, world.carol, talk)

    assert [(each.title, each.body) for each in ready] == [
        ("Welcome", "Hi Maria, Financial Aid here. {day}")
    ]


# --- what is in the list -------------------------------------------------------------------------


def test_unread_is_what_came_after_ones_own_mark(world: World) -> None:
    """Each agent has a mark of their own, which never goes back; only the other side's count."""
    talk = texted(world)
    first = inbox.thread(world.desk, world.carol, talk).latest
    texted(world, "Hello?", "SM2")
    latest = inbox.thread(world.desk, world.carol, talk).latest
    assert first and latest
    assert line(world, world.carol, talk).is_unread
    assert inbox.unread_count(world.desk, world.carol) == 1

    inbox.mark_read(world.desk, world.carol, talk, latest)
    inbox.mark_read(world.desk, world.carol, talk, first)

    assert not line(world, world.carol, talk).is_unread
    assert inbox.unread_count(world.desk, world.carol) == 0
    assert line(world, world.bob, talk).is_unread
    inbox.reply(world.desk, world.bob, talk, "Yes.", WEB)
    assert not line(world, world.carol, talk).is_unread
    with pytest.raises(InvalidRequest, match="no such message"):
        inbox.mark_read(world.desk, world.carol, talk, "msg_none")


def test_what_was_read_in_one_conversation_is_not_read_in_another(world: World) -> None:
    """A mark counts for its own conversation only, whatever else the agent has read since."""
    talks = [texted(world, sid=f"SM{n}", student=f"+1316555017{n}") for n in range(3)]
    for talk in (talks[0], talks[2]):
        latest = inbox.thread(world.desk, world.carol, talk).latest
        assert latest
        inbox.mark_read(world.desk, world.carol, talk, latest)

    lines = inbox.listing(world.desk, world.carol, View.ALL).lines

    assert {each.id for each in lines if each.is_unread} == {talks[1]}
    assert inbox.unread_count(world.desk, world.carol) == 1


def test_what_nobody_waits_for_is_not_counted_as_unread(world: World) -> None:
    """What the assistant has answered is unread, but nothing to hurry for."""
    talk = texted(world, to=world.assistant_number)
    world.queue.work()

    assert line(world, world.carol, talk).is_unread
    assert inbox.unread_count(world.desk, world.carol) == 0


@pytest.mark.parametrize(
    ("search", "is_found"),
    [
        ("maría", True),
        ("MARÍA", True),
        ("lópez", True),
        ("(316) 555-0199", True),
        ("316.555.0199", True),
        ("+1 316 555 0199", True),
        ("5550199", True),
        ("٣١٦٥٥٥٠١٩٩", True),
        ("transcript", True),
        ("TRANSCRIPT for 50%", True),
        ("50% off", False),
        ("trans_ript", False),
        ("%", True),
        ("\\", False),
        ("555-0142", False),
        ("nothing of the kind", False),
    ],
)
def test_a_conversation_is_found_by_name_number_or_words(
    world: World, search: str, *, is_found: bool
) -> None:
    """Names and words in any case, numbers in any spelling; signs of SQL are only signs."""
    talk = texted(world, "I need a transcript for 50% of it")
    with world.desk.db.write(world.alice.institution_id) as session:
        session.scalars(select(Contact)).one().name = "María López"
    texted(world, "hello", "SM2", THIRD_STUDENT)

    assert (talk in seen(world, world.carol, View.ALL, search=search)) is is_found
    if not is_found:
        assert seen(world, world.carol, View.ALL, search=search) == []


def test_words_of_long_ago_are_not_sought(world: World) -> None:
    """A search reads a year of texts; the student's number still finds the conversation."""
    talk = texted(world, "my transcript")
    world.clock.moment += timedelta(days=366)

    assert seen(world, world.carol, View.ALL, search="transcript") == []
    assert seen(world, world.carol, View.ALL, search="5550199") == [talk]


def test_pages_follow_one_another_without_gap_or_repeat(world: World) -> None:
    """Urgent ones first, then the latest; at one and the same moment too."""
    talks = [texted(world, f"Text {n}", f"SM{n}", f"+1316555{n:04d}") for n in range(100, 107)]
    with world.desk.db.write(world.alice.institution_id) as session:
        for row in session.scalars(select(Conversation)):
            row.is_urgent = row.public_id in talks[2:4]
    expected = seen(world, world.carol)
    pages: list[str] = []
    after: str | None = None
    while True:
        page = inbox.listing(world.desk, world.carol, after=after, limit=3)
        pages += [each.id for each in page.lines]
        after = page.next
        if after is None:
            break

    assert pages == expected == [*talks[3:1:-1], *talks[:3:-1], talks[1], talks[0]]
    with pytest.raises(InvalidRequest, match="cursor"):
        inbox.listing(world.desk, world.carol, after="cnv_none")


def test_the_assistants_trail_stands_beside_the_students_words(world: World) -> None:
    """What it understood, how sure it was, and what came of it."""
    world.bot.intent = "student_office_hours"
    world.bot.replies = (BotReply("We are open from 9.", audience="everyone"),)
    talk = texted(world, "When are you open?", to=world.assistant_number)
    waiting = inbox.thread(world.desk, world.carol, talk).timeline[0].trail
    world.queue.work()
    answered = inbox.thread(world.desk, world.carol, talk).timeline[0].trail

    assert waiting is not None and waiting.intent is None and "yet to read" in waiting.outcome
    assert answered is not None
    assert (answered.intent, answered.confidence) == ("office hours", 0.9)
    assert answered.outcome == "The assistant answered." and answered.chose is None


def test_what_a_number_chose_stands_in_the_trail(world: World) -> None:
    """Who reads “2” is told what it stood for."""
    buttons = (Button("office hours", "/student_office_hours"), Button("a person", "/person"))
    world.bot.replies = (BotReply("Which one?", audience="student", buttons=buttons),)
    talk = texted(world, "hm", to=world.assistant_number)
    world.queue.work()
    texted(world, "2", "SM2", to=world.assistant_number)
    world.queue.work()

    entries = inbox.thread(world.desk, world.carol, talk).timeline
    chose = {entry.text: entry.trail.chose for entry in entries if entry.trail}
    assert chose == {"hm": None, "2": "a person"}


def test_a_long_conversation_comes_in_parts(world: World) -> None:
    """The last 100 messages first; what was before comes before them, and no message twice."""
    talk = texted(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        row = session.scalars(select(Conversation)).one()
        for number in range(150):
            session.add(
                Message(
                    conversation_id=row.id,
                    author=Author.CONTACT,
                    body=f"Text {number}",
                    status="received",
                    created_at=world.clock.now() + timedelta(seconds=number + 1),
                )
            )
            session.flush()

    last = inbox.thread(world.desk, world.carol, talk)
    first = inbox.thread(world.desk, world.carol, talk, before=last.earlier)
    texts = [
        [each.text for each in part.timeline if each.author is not None] for part in (first, last)
    ]

    assert texts[1] == [f"Text {number}" for number in range(50, 150)]
    assert texts[0] == ["Can I still apply?", *(f"Text {number}" for number in range(50))]
    assert first.earlier is None
    events = [each for part in (first, last) for each in part.timeline if each.author is None]
    assert len(events) == 1
    with pytest.raises(InvalidRequest, match="cursor"):
        inbox.thread(world.desk, world.carol, talk, before="msg_none")


# --- beginning -----------------------------------------------------------------------------------


def begin(
    world: World, who: Who, to: str = "(316) 555-0142", key: str | None = None, **more: object
) -> inbox.Written:
    """Text a student first, from the assistant's number."""
    first = {
        "number": number_id(world, world.assistant_number),
        "to": to,
        "body": "Your form is missing.",
        **more,
    }
    return inbox.start(world.desk, who, FirstText(**first), WEB, key=key)  # type: ignore[arg-type]


def test_an_agent_texts_a_student_first(world: World) -> None:
    """The text goes out, the conversation is the agent's, and the number stays with its office."""
    number = number_id(world, world.assistant_number)
    written = begin(world, world.carol, name="Ben")
    world.queue.work()

    (sent,) = world.carrier.sent
    assert (sent.from_number, sent.to_number) == (world.assistant_number, OTHER_STUDENT)
    after = line(world, world.carol, written.conversation)
    assert (after.contact, after.taken_by, after.needs_attention) == ("Ben", "Carol", False)
    used = numbers.read(world.desk, world.bob, number).first_use
    assert used is not None
    assert (used.how, used.reference) == (Use.ONE_TO_ONE, written.conversation)
    with pytest.raises(Conflict, match="in a 1:1 conversation"):
        numbers.transfer(world.desk, world.alice, number, "Registrar", WEB)
    assert ("conversation.start", f"done: {written.message}") in audited(world)


def test_the_answer_comes_to_who_began(world: World) -> None:
    """The assistant does not answer in between."""
    written = begin(world, world.carol)
    world.queue.work()
    talk = texted(world, "Which form?", "SM1", OTHER_STUDENT, world.assistant_number)
    world.queue.work()

    assert talk == written.conversation and world.bot.asked == []
    assert seen(world, world.carol) == [talk]


def test_beginning_twice_with_one_key_texts_once(world: World) -> None:
    """And with another key goes on in the same conversation."""
    first, again, other = (begin(world, world.carol, key=key) for key in ("a", "a", "b"))
    world.queue.work()
    while (delay_s := world.queue.delay_of("let_texts_go")) is not None:
        world.clock.pass_time(seconds=delay_s)
        world.queue.run("let_texts_go")

    assert first == again and other.message != first.message
    assert other.conversation == first.conversation
    assert len(world.carrier.sent) == 2


def test_at_night_the_first_text_waits_for_the_morning(world: World) -> None:
    """The agent is told until when; a reply to who has just texted goes at once."""
    world.clock.pass_time(hours=12)  # 10 pm in Kansas
    written = begin(world, world.carol)
    talk = texted(world)
    inbox.reply(world.desk, world.carol, talk, "Good evening.", WEB)
    world.queue.work()

    assert written.waits is not None and "8 am" in written.waits
    assert bodies_sent(world) == ["Good evening."]


def test_every_fault_of_a_beginning_is_said_at_once(world: World) -> None:
    """Number, recipient and words, each with what to do."""
    with pytest.raises(InvalidRequest) as refused:
        begin(world, world.carol, to="twelve", number="num_none", body=" ")

    assert [problem.field for problem in refused.value.problems] == ["number", "to", "body"]
    assert seen(world, world.carol, View.ALL) == []


def test_a_number_of_ones_own_is_not_texted(world: World) -> None:
    """Two of the desk's own numbers would talk with each other without end."""
    with pytest.raises(InvalidRequest, match="your own institution"):
        begin(world, world.carol, to=world.inbox_number)


def test_only_ones_own_reusable_numbers_in_service_begin(world: World) -> None:
    """Not another office's, not a single-use one, not one that was given back."""
    own = {each.phone_number for each in inbox.numbers_to_write_from(world.desk, world.carol)}
    assert own == {"(316) 555-0021", "(316) 555-0022"}
    assert inbox.numbers_to_write_from(world.desk, rita(world)) == ()
    with pytest.raises(InvalidRequest, match="Choose one of your office"):
        begin(world, staff.by_email(world.desk, "rita@northern.example"))
    with pytest.raises(Conflict, match="serves its campaign alone"):
        begin(world, world.carol, number=a_single_use_number(world))
    set_state(world, world.assistant_number, NumberState.RELEASING)
    with pytest.raises(Conflict, match="on its way back"):
        begin(world, world.carol)

    assert len(inbox.numbers_to_write_from(world.desk, world.carol)) == 1
    assert seen(world, world.carol, View.ALL) == []


def test_students_whom_the_office_knows_are_found(world: World) -> None:
    """By name or number, and texted by their id; another office's agent finds none of them."""
    texted(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        session.scalars(select(Contact)).one().name = "Maria"
    (known,) = inbox.known_students(world.desk, world.carol, "mar")
    stranger = rita(world)

    assert (known.name, known.phone_number) == ("Maria", "+13165550199")
    assert inbox.known_students(world.desk, world.carol, "555-0199") == (known,)
    assert inbox.known_students(world.desk, stranger, "mar") == ()
    assert inbox.known_students(world.desk, world.carol, " ") == ()
    begin(world, world.carol, to=known.id)
    world.queue.work()
    assert [text.to_number for text in world.carrier.sent] == [STUDENT]
    with world.desk.db.write(world.alice.institution_id) as session:
        session.scalars(
            select(PhoneNumber).where(PhoneNumber.e164 == world.inbox_number)
        ).one().office_id = stranger.office_id
    with pytest.raises(InvalidRequest, match="no such student"):
        begin(world, stranger, to=known.id, number=number_id(world, world.inbox_number))


def test_a_name_has_an_end(world: World) -> None:
    """A student's name is bounded on every way in."""
    with pytest.raises(InvalidRequest, match="at most 100 characters"):
        begin(world, world.carol, name="N" * 101)

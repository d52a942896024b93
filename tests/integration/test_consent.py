"""A student ends texts, in whatever words: honoured, confirmed once, asked about when unclear, and
kept as evidence that administrators can take along.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backend.adapters.twilio import TwilioCarrier
from backend.app import public_app
from backend.db.tables import (
    Author,
    CarrierAccount,
    ConsentEvent,
    Conversation,
    Institution,
    Message,
    OptOutHandledBy,
    PhoneNumber,
)
from backend.domain.consent import ConsentKind, ConsentScope
from backend.domain.errors import CarrierError, InvalidRequest, NotAllowed
from backend.domain.provisioned_numbers import NumberState
from backend.services import campaign_life, consent_evidence, inbound, inbox, outbound, routing
from backend.services.audit import WEB
from backend.services.consent import PLAIN_WORDS, YES_TO_QUESTION
from backend.services.inbound import IncomingText, Receipt
from tests.integration.browsing import DESK, sign_in
from tests.integration.campaigning import (
    a_single_use_number,
    audited,
    draft,
    number_row,
    openings,
    phone,
    running,
    sent_to,
    set_state,
)
from tests.integration.conftest import STUDENT, World, workshop_of
from tests.integration.test_api import bearer
from tests.integration.test_texting import conversation, sent, timeline
from tests.integration.test_webhooks import form, post

CONFIRMED = "You will get no more texts from this number. Reply START to get them again."


@pytest.fixture
def twilio(world: World, tmp_path: Path) -> FlaskClient:
    """The public application with Twilio's real signature check."""
    return public_app(workshop_of(world, tmp_path, carrier=TwilioCarrier())).test_client()


def events(world: World) -> list[tuple[ConsentKind, ConsentScope, str]]:
    """The evidence: what, how far, by which rule."""
    with world.desk.db.read() as session:
        rows = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id))
        return [(row.kind, row.scope, row.rule) for row in rows]


def bodies(world: World) -> list[str]:
    """What the student was sent."""
    return [body for _from, to, body in sent(world) if to == STUDENT]


def set_scope(world: World, scope: ConsentScope) -> None:
    """Have opt-outs reach as far."""
    with world.desk.db.write() as session:
        session.execute(update(Institution).values(opt_out_scope=scope))


def leave_it_to_twilio(world: World) -> None:
    """Twilio confirms its own words."""
    with world.desk.db.write() as session:
        session.execute(update(CarrierAccount).values(opt_out_handled_by=OptOutHandledBy.TWILIO))


def is_opted_out(world: World, number: str) -> bool:
    """Whether the student gets no texts from a number."""
    with world.desk.db.read(world.alice.institution_id) as session:
        row = session.scalars(
            select(Conversation)
            .join(PhoneNumber, PhoneNumber.id == Conversation.number_id)
            .where(PhoneNumber.e164 == number)
            .order_by(Conversation.id.desc())
        ).first()
        assert row is not None
        return routing.is_opted_out(session, row)


def receive_from(world: World, text: IncomingText, e164: str) -> None:
    """Have another student's text taken in."""
    inbound.receive(world.desk, world.alice.institution_id, replace(text, from_number=e164))


def let_all_go(world: World) -> None:
    """Have what waits for its turn sent."""
    world.queue.work()
    for _ in range(5):
        world.clock.pass_time(minutes=1)
        world.queue.run_next_delayed()


def refuse(world: World, code: int) -> None:
    """Have the carrier refuse every text for good."""
    reason = "The person has opted out of texts from this number."
    world.carrier.refusal = CarrierError(reason, carrier_code=code, permanent=True)


def report(world: World, status: str, code: int) -> None:
    """Have the carrier report on the last text that was sent."""
    with world.desk.db.read() as session:
        text = session.scalars(
            select(Message).where(Message.author != Author.CONTACT).order_by(Message.id.desc())
        ).first()
    assert text is not None
    outbound.report_status(
        world.desk,
        world.alice.institution_id,
        message_id=text.public_id,
        message_sid=text.carrier_sid or "SM" + "9" * 32,
        status=status,
        error_code=code,
    )


def buy_again(world: World, e164: str) -> int:
    """Give a number back and buy the same digits for another office; returns the new row's id."""
    with world.desk.db.write(world.alice.institution_id) as session:
        old = session.scalars(select(PhoneNumber).where(PhoneNumber.e164 == e164)).one()
        old.state = NumberState.RELEASED
        session.flush()
        new = PhoneNumber(
            office_id=world.alice.office_id,
            created_by_office_id=world.alice.office_id,
            carrier_account_id=old.carrier_account_id,
            e164=e164,
            name="Again",
            kind=old.kind,
            state=NumberState.ACTIVE,
            unsolicited_response=old.unsolicited_response,
            unsolicited_inbox_id=old.unsolicited_inbox_id,
            created_at=world.clock.now(),
            state_since=world.clock.now(),
        )
        session.add(new)
        session.flush()
        return new.id


@pytest.mark.parametrize(
    "body",
    ["CANCEL", "End", "quit.", "revoke", "Opt out", "“STOP”", "ＳＴＯＰ", "s\u200btop", "baja"],
)
def test_a_keyword_by_sms_is_an_opt_out_and_nothing_else(
    world: World, twilio: FlaskClient, body: str
) -> None:
    """CANCEL is no "cancel this form": it comes in through the webhook and never gets to Rasa."""
    assert post(twilio, form(world, Body=body)).status_code == 200
    world.queue.work()

    assert [(kind, scope) for kind, scope, _ in events(world)] == [
        (ConsentKind.OPT_OUT, ConsentScope.NUMBER)
    ]
    assert len(bodies(world)) == 1 and world.bot.asked == []


@pytest.mark.parametrize(
    ("body", "confirmed"),
    [
        ("please stop texting me", CONFIRMED),
        ("Wrong number, stop", CONFIRMED),
        (
            "no me escriban más",
            "Ya no le enviaremos mensajes de este teléfono. "
            "Responda START para recibirlos otra vez.",
        ),
    ],
)
def test_plain_words_are_an_opt_out(world: World, body: str, confirmed: str) -> None:
    """They count as STOP does, are confirmed once and at once, and call nobody."""
    world.receive("SM1", body)
    delays = [delay for _errand, delay in world.queue.notes]
    world.queue.work()

    assert bodies(world) == [confirmed] and delays == [0]
    assert events(world) == [(ConsentKind.OPT_OUT, ConsentScope.NUMBER, PLAIN_WORDS)]
    assert PLAIN_WORDS in timeline(world) and not conversation(world).needs_attention
    assert world.bot.asked == []


@pytest.mark.parametrize(
    "body", ["please stop by the office", "can I cancel my housing application"]
)
def test_the_same_words_about_something_else_are_answered(world: World, body: str) -> None:
    """They go to the assistant, and nothing is recorded."""
    world.receive("SM1", body)
    world.queue.work()

    assert len(world.bot.asked) == 1 and events(world) == []


def test_unclear_words_are_asked_about_and_seen_by_a_person(world: World) -> None:
    """We ask once in twelve hours; the words are in the inbox, and the assistant is still on."""
    for sid, body in (("SM1", "how do I unsubscribe"), ("SM2", "too many texts")):
        world.receive(sid, body)
    world.queue.work()
    early, row = bodies(world), conversation(world)
    world.clock.pass_time(hours=12)
    world.receive("SM3", "too many texts")
    world.receive("SM4", "what are your hours")
    world.queue.work()

    assert len(early) == 1 and early[0].startswith("Should we stop texting you from this number?")
    assert row.needs_attention and not row.with_person
    assert sum(body == early[0] for body in bodies(world)) == 2
    assert [turn.text for turn in world.bot.asked] == ["what are your hours"]
    assert events(world) == []


def test_the_question_is_in_the_student_s_language(world: World) -> None:
    """Spanish words are asked about in Spanish."""
    world.receive("SM1", "ya basta")
    world.queue.work()

    assert bodies(world)[0].startswith("¿Dejamos de escribirle desde este teléfono?")


@pytest.mark.parametrize(
    ("body", "is_yes", "confirmed"),
    [
        ("Yes", True, CONFIRMED),
        ("sí", True, "Ya no le enviaremos mensajes de este teléfono."),
        ("no", False, CONFIRMED),
    ],
)
def test_a_yes_right_after_the_question_is_an_opt_out(
    world: World, body: str, is_yes: bool, confirmed: str
) -> None:
    """With its own rule, confirmed in the language of the yes; a no goes on as usual."""
    world.receive("SM1", "too many texts")
    world.receive("SM2", body)
    world.queue.work()

    expected = [(ConsentKind.OPT_OUT, ConsentScope.NUMBER, YES_TO_QUESTION)] if is_yes else []
    assert events(world) == expected
    assert any(text.startswith(confirmed) for text in bodies(world)) is is_yes
    assert len(world.bot.asked) == (0 if is_yes else 1)


def test_a_second_yes_means_the_same(world: World) -> None:
    """It does not bring the texts back that the first has ended; START does."""
    world.receive("SM1", "too many texts")
    world.receive("SM2", "yes")
    world.clock.pass_time(seconds=3)
    world.receive("SM3", "Yes")
    world.queue.work()

    assert {kind for kind, _scope, _rule in events(world)} == {ConsentKind.OPT_OUT}
    assert bodies(world).count(CONFIRMED) == 1
    world.receive("SM4", "START")
    assert events(world)[-1][0] is ConsentKind.OPT_IN


@pytest.mark.parametrize("pause", [timedelta(hours=12), None])
def test_a_yes_to_something_else_is_none(world: World, pause: timedelta | None) -> None:
    """Too late, or after something else was said, it is an answer like any other."""
    world.receive("SM1", "too many texts")
    if pause is None:
        world.receive("SM2", "what are your hours")
        world.queue.work()
    else:
        world.clock.moment += pause
    world.receive("SM3", "yes")
    world.queue.work()

    assert events(world) == [] and world.bot.asked[-1].text == "yes"


def test_a_crisis_is_never_an_opt_out(world: World) -> None:
    """Words of danger call a person, also beside a wish for no more texts."""
    world.receive("SM1", "Stop texting me. I want to kill myself")
    world.queue.work()

    assert events(world) == [] and conversation(world).is_urgent
    assert "988" in bodies(world)[0]


@pytest.mark.parametrize(
    ("scope", "stopped", "started"),
    [
        (ConsentScope.NUMBER, "from this number.", "from this number again."),
        (
            ConsentScope.OFFICE,
            "from Financial Aid at Northern College.",
            "from Financial Aid at Northern College again.",
        ),
        (ConsentScope.INSTITUTION, "from Northern College.", "from Northern College again."),
    ],
)
def test_the_confirmation_says_how_far_it_reaches(
    world: World, scope: ConsentScope, stopped: str, started: str
) -> None:
    """The words fit the institution's setting, and the setting is what holds."""
    set_scope(world, scope)
    world.receive("SM1", "hello", to=world.inbox_number)
    world.receive("SM2", "STOP")
    world.queue.work()
    reaches_other = is_opted_out(world, world.inbox_number)
    world.receive("SM3", "START")
    world.queue.work()

    first, second = bodies(world)
    assert stopped in first and started in second
    assert reaches_other is (scope is not ConsentScope.NUMBER)
    assert not is_opted_out(world, world.inbox_number)


def test_start_to_another_number_lifts_what_reaches_that_number(world: World) -> None:
    """The office's opt-out is lifted from any of its numbers; a number's own only from itself."""
    world.receive("SM1", "STOP")
    set_scope(world, ConsentScope.OFFICE)
    world.receive("SM2", "STOP", to=world.inbox_number)
    both = [is_opted_out(world, each) for each in (world.assistant_number, world.inbox_number)]
    world.receive("SM3", "START", to=world.inbox_number)
    after = [is_opted_out(world, each) for each in (world.assistant_number, world.inbox_number)]
    world.receive("SM4", "START")

    assert (both, after) == ([True, True], [True, False])
    assert not is_opted_out(world, world.assistant_number)


@pytest.mark.parametrize("body", ["STOP", "please stop texting me"])
def test_an_end_of_texts_to_a_number_that_was_given_back(world: World, body: str) -> None:
    """It may have been on its way at that moment, and counts for the office's next number."""
    number = "+13165550077"
    a_single_use_number(world)
    world.receive("SM1", "Hello", number)
    set_state(world, number, NumberState.RELEASED)
    stranger = replace(world.text("SM2", body, number), from_number="+13165550178")

    assert inbound.receive(world.desk, world.alice.institution_id, stranger) is Receipt.UNROUTED
    assert world.receive("SM3", body, number) is Receipt.STORED
    world.receive("SM4", "Hello", world.assistant_number)

    with world.desk.db.read(world.alice.institution_id) as session:
        talks = session.scalars(select(Conversation)).all()
        assert all(routing.is_opted_out(session, talk) for talk in talks) and len(talks) == 2


def test_an_opt_out_outlives_a_single_use_number(world: World) -> None:
    """It counts for the office: its next campaign does not text this student from another one."""
    first = draft(world, students=range(2), number=a_single_use_number(world))
    campaign_life.activate(world.desk, world.bob, first.id, WEB)
    let_all_go(world)
    receive_from(world, world.text("SM1", "STOP", to="+13165550077"), phone(1))
    world.queue.work()
    campaign_life.archive(world.desk, world.bob, first.id, WEB)
    world.queue.work()
    texted_before = sent_to(world)
    again = a_single_use_number(world, e164="+13165550078")
    running(world, students=range(2), number=again)
    let_all_go(world)

    assert [scope for _kind, scope, _rule in events(world)] == [ConsentScope.OFFICE]
    assert texted_before == [phone(0), phone(1)]
    assert sent_to(world) == [*texted_before, phone(0)]
    assert "from Financial Aid at Northern College." in sent(world)[2][2]


def test_a_number_that_is_bought_again_keeps_its_opt_outs(world: World) -> None:
    """A new row for the same digits, even of another office, is the number that was told STOP."""
    world.receive("SM1", "STOP")
    world.queue.work()
    again = buy_again(world, world.assistant_number)
    world.receive("SM2", "hello")
    world.queue.work()
    still = is_opted_out(world, world.assistant_number)
    world.receive("SM3", "START")

    assert number_row(world, world.assistant_number).id == again
    assert still and world.bot.asked == [] and bodies(world) == [CONFIRMED]
    assert not is_opted_out(world, world.assistant_number)


def test_help_from_someone_who_opted_out_is_seen_by_a_person(world: World) -> None:
    """Nothing is sent by itself, and somebody sees it."""
    world.receive("SM1", "STOP")
    world.receive("SM2", "HELP")
    world.queue.work()

    assert bodies(world) == [CONFIRMED] and conversation(world).needs_attention


@pytest.mark.parametrize("body", ["stop please", "Please stop texting me", "no more texts"])
def test_what_twilio_does_not_know_is_confirmed_by_us(world: World, body: str) -> None:
    """Its default handling takes single words; of anything else nobody but us would tell."""
    leave_it_to_twilio(world)
    world.receive("SM1", body)
    world.queue.work()

    assert bodies(world) == [CONFIRMED]


def test_an_opt_out_that_came_late_does_not_undo_a_start(world: World) -> None:
    """A STOP that was fetched after the START that followed it is evidence and no more."""
    asked_at = world.clock.now()
    world.clock.pass_time(minutes=30)
    world.receive("SM1", "START")
    world.receive("SM2", "STOP", received_at=asked_at)
    world.queue.work()

    assert not is_opted_out(world, world.assistant_number)
    assert len(events(world)) == 2 and CONFIRMED not in bodies(world)


def test_an_opening_that_waits_is_canceled_by_plain_words(world: World) -> None:
    """What was written before and not yet sent is looked at again."""
    made = draft(world)
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    while not openings(world):
        errand, _delay = world.queue.notes.pop(0)
        world.queue.tasks[errand.task](errand.row_id)
    held_back, world.queue.notes = world.queue.notes, []
    receive_from(world, world.text("SM1", "take me off your list"), phone(1))
    world.queue.notes += held_back
    world.queue.work()
    let_all_go(world)

    assert phone(1) not in sent_to(world)
    assert ("canceled", "The student opted out before it was sent.") in openings(world)


@pytest.mark.parametrize("by_report", [False, True])
def test_21610_records_the_opt_out_for_this_number_only(world: World, by_report: bool) -> None:
    """Whether the carrier refuses at once or reports it later: once, visibly, for one number."""
    set_scope(world, ConsentScope.INSTITUTION)
    world.receive("SM1", "hi", to=world.inbox_number)
    world.receive("SM2", "hello")
    if not by_report:
        refuse(world, 21610)
    world.queue.work()
    if by_report:
        report(world, "failed", 21610)
        report(world, "failed", 21610)

    assert [(kind, scope) for kind, scope, _ in events(world)] == [
        (ConsentKind.OPT_OUT, ConsentScope.NUMBER)
    ]
    assert is_opted_out(world, world.assistant_number)
    assert not is_opted_out(world, world.inbox_number)
    assert "refused a text with 21610" in timeline(world)
    with world.desk.db.read() as session:
        last = session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert last is not None and last.error_reason is not None
        assert "opted out" in last.error_reason and last.conversation.needs_attention


def test_other_refusals_are_no_opt_out(world: World) -> None:
    """A landline has not opted out."""
    refuse(world, 30006)
    world.receive("SM1", "hello")
    world.queue.work()

    assert events(world) == []


def test_an_opening_refused_with_21610_calls_nobody(world: World) -> None:
    """Of a thousand recipients some have opted out at the carrier: that is nothing to see to."""
    refuse(world, 21610)
    running(world, students=range(2))
    with world.desk.db.read() as session:
        waiting = session.scalars(select(Conversation).where(Conversation.needs_attention)).all()

    assert waiting == [] and len(events(world)) == 2


def test_a_refused_confirmation_is_no_second_opt_out(world: World) -> None:
    """Twilio had confirmed STOP itself and refuses ours: nothing more to record or to see to."""
    refuse(world, 21610)
    world.receive("SM1", "STOP")
    world.queue.work()

    assert len(events(world)) == 1 and not conversation(world).needs_attention


def test_the_evidence_names_message_time_and_rule(world: World) -> None:
    """Latest first, by pages, of everyone or of one phone number, however it is written."""
    world.receive("SM1", "STOP")
    receive_from(world, world.text("SM2", "please stop texting me"), phone(7))
    world.receive("SM3", "START")
    every = consent_evidence.listed(world.desk, world.alice, WEB, limit=2)
    rest = consent_evidence.listed(world.desk, world.alice, WEB, after=every.next, limit=2)
    of_one = consent_evidence.listed(world.desk, world.alice, WEB, phone="(316) 555-0199", limit=9)

    assert [(event.place, event.event) for event in every.events] == [
        (3, "opt_in"),
        (2, "opt_out"),
    ]
    assert every.next == "2" and rest.next is None
    (first,) = rest.events
    assert (first.phone, first.message, first.message_by) == (STUDENT, "STOP", Author.CONTACT)
    assert first.applies_to == "(316) 555-0021" and first.scope == "number"
    assert first.at == first.message_at == world.clock.now()
    assert [event.place for event in of_one.events] == [3, 1]


@pytest.mark.parametrize(("field", "value"), [("phone", "12"), ("after", "x"), ("after", "-1")])
def test_a_bad_question_about_evidence_is_told(world: World, field: str, value: str) -> None:
    """What is no phone number or cursor is said so."""
    with pytest.raises(InvalidRequest):
        consent_evidence.listed(world.desk, world.alice, WEB, limit=2, **{field: value})


def test_only_administrators_see_the_evidence(world: World, browser: FlaskClient) -> None:
    """Others are told the rule, and it is on record."""
    world.receive("SM1", "STOP")
    with pytest.raises(NotAllowed):
        consent_evidence.export(world.desk, world.bob, WEB)
    sign_in(browser, "bob@northern.example")
    page = browser.get("/consent", base_url=DESK)
    file = browser.get("/consent.csv", base_url=DESK)

    assert (page.status_code, file.status_code) == (403, 403)
    assert "Only Administrators" in page.text and "0199" not in page.text
    assert len(audited(world, "consent.export")) == 2


def test_the_evidence_is_a_page_and_a_file(world: World, browser: FlaskClient) -> None:
    """The page shows words and rule, the file the same; taking it is audited, without numbers."""
    world.receive("SM1", "stop texting me <b>now</b>, please stop texting me")
    sign_in(browser, "alice@northern.example")
    page = browser.get("/consent", base_url=DESK)
    settings = browser.get("/settings", base_url=DESK)
    none = browser.get("/consent?phone=316-555-0123", base_url=DESK)
    bad = browser.get("/consent?phone=hello", base_url=DESK)
    file = browser.get("/consent.csv?phone=316-555-0199", base_url=DESK)
    (row,) = csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff")))

    assert "(316) 555-0199" in page.text and "&lt;b&gt;now" in page.text
    assert PLAIN_WORDS in page.text and "Download" in page.text
    assert 'href="/audit" aria-current="page"' in page.text
    assert 'href="/consent"' in settings.text
    assert "Nothing is on record for that phone number" in none.text
    assert bad.status_code == 422 and 'role="alert"' in bad.text
    assert row["place"] == "1"
    assert row["phone"] == "(316) 555-0199" and row["event"] == "opt_out"
    assert row["rule"] == PLAIN_WORDS and row["at"] == world.clock.now().isoformat()
    assert file.headers["Content-Disposition"] == "attachment; filename=consent.csv"
    ((who, channel, subject, outcome),) = audited(world, "consent.export")
    assert (who, channel, subject) == (world.alice.id, "web", None)
    assert outcome == "done: 1 events of one phone number"


@pytest.mark.parametrize("body", ["=1+1 stop texting me", "@stop texting me", "-stop texting me"])
def test_no_exported_word_is_a_formula(world: World, body: str) -> None:
    """A student's words cannot run in the administrator's spreadsheet."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(update(Institution).values(name="=HYPERLINK(1)"))
    set_scope(world, ConsentScope.INSTITUTION)
    world.receive("SM1", body)
    world.receive("SM2", "STOP")
    text = consent_evidence.export(world.desk, world.alice, WEB).decode().removeprefix("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]

    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_the_evidence_in_the_api(world: World, browser: FlaskClient) -> None:
    """As JSON and as a file, with the scope for conversations, for one's own institution."""
    world.receive("SM1", "STOP")
    own = bearer(world, "alice@northern.example")
    listed = browser.get("/api/v1/consent-events?phone=3165550199", headers=own)
    file = browser.get("/api/v1/consent-events.csv", headers=own)
    foreign = bearer(world, "alice@western.example")
    theirs = browser.get("/api/v1/consent-events", headers=foreign)
    not_theirs = browser.get("/api/v1/consent-events.csv", headers=foreign)

    assert listed.json is not None and theirs.json is not None
    (event,) = listed.json["events"]
    assert (event["event"], event["message"], event["phone"]) == ("opt_out", "STOP", STUDENT)
    assert file.mimetype == "text/csv" and "STOP" in file.text
    assert theirs.json["events"] == [] and "STOP" not in not_theirs.text


def test_an_agent_s_inbox_shows_the_rule(world: World) -> None:
    """The timeline says what the student wants, and what counted."""
    world.receive("SM1", "leave me alone")
    thread = inbox.thread(world.desk, world.carol, conversation(world).public_id)

    said = f"The student wants no more texts. {PLAIN_WORDS}"
    assert said in [entry.text for entry in thread.timeline]

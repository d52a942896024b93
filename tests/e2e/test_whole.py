"""The whole product over real HTTP: every program running, and some of them killed."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import select

from backend.app import Workshop
from backend.db.tables import CarrierAccount, Conversation
from backend.services.carrier_accounts import credentials
from backend.services.demo import CAMPAIGN_NUMBER, NUMBERS
from tests.running import RunningDesk, running_desk

FINANCIAL_AID, ADMISSIONS = NUMBERS[0][0], NUMBERS[1][0]
CAMPAIGN = CAMPAIGN_NUMBER[0]
PATIENCE_S = 30
ASSISTANT_TIMEOUT_S = 15  # of a turn, in backend/adapters/rasa.py


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A desk of this module's own, since its tests stop parts of it."""
    with running_desk(tmp_path_factory.mktemp("whole")) as desk:
        yield desk


@pytest.fixture(scope="module")
def workshop(running: RunningDesk) -> Iterator[Workshop]:
    """A hand on the running desk's rows and sandbox carrier."""
    opened = running.workshop()
    yield opened
    opened.desk.db.close()


@pytest.fixture(scope="module")
def alice(running: RunningDesk) -> Iterator[httpx.Client]:
    """The administrator, over the API."""
    with running.client("administrator") as client:
        yield client


def text(workshop: Workshop, student: str, number: str, body: str) -> None:
    """A student texts, through the sandbox carrier's signed webhook."""
    with workshop.desk.db.read() as session:
        account = credentials(workshop.desk, session.scalars(select(CarrierAccount)).one())
    assert workshop.sandbox is not None
    workshop.sandbox.receive(account, student, number, body)


def phone(workshop: Workshop, student: str, number: str) -> list[str]:
    """What the student's phone has received."""
    assert workshop.sandbox is not None
    return [
        message.body
        for message in workshop.sandbox.messages(student, number)
        if message.direction == "outbound"
    ]


def wait_for_reply(workshop: Workshop, student: str, number: str, count: int = 1) -> list[str]:
    """The replies, once there are so many; fails when they do not come."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        replies = phone(workshop, student, number)
        if len(replies) >= count:
            return replies
        time.sleep(0.1)
    raise AssertionError(f"no reply within {PATIENCE_S} s")


def say(client: httpx.Client, words: str) -> dict[str, object]:
    """One turn of web chat."""
    body: dict[str, object] = client.post("/api/v1/chat", json={"text": words}).json()
    return body


def words_of(answer: dict[str, object]) -> str:
    """All replies of an answer."""
    replies = answer["replies"]
    assert isinstance(replies, list)
    return "\n".join(reply["text"] for reply in replies)


def test_staff_question_gets_the_sourced_answer(alice: httpx.Client) -> None:
    """An FAQ is answered by Rasa with its source."""
    answer = say(alice, "Can I transfer a reusable number to another office?")

    assert answer["intent"]["name"] == "faq_transfer_number"  # type: ignore[index]
    assert "Setting up a reusable phone number FAQs" in words_of(answer)


def test_administrator_gets_live_figures(alice: httpx.Client) -> None:
    """The quota comes through action server, internal listener and database."""
    live = alice.get("/api/v1/quota").json()
    said = words_of(say(alice, "what's our quota?"))

    assert f"{live['contacts']['used']:,}" in said and f"{live['contacts']['limit']:,}" in said
    assert all(office["office"] in said for office in live["by_office"])


@pytest.mark.parametrize("role", ["office_staff", "agent"])
def test_others_are_refused_by_the_rule(running: RunningDesk, role: str) -> None:
    """Anyone else is told politely who may see the limits."""
    with running.client(role) as client:
        said = words_of(say(client, "what's our quota?"))

    assert "Only Administrators" in said


@pytest.mark.parametrize(
    "typed",
    ["/check_quota", " \u200b/check_quota", "／check_quota", "\u2060\u00a0/faq_port_time{}"],
)
def test_typed_slash_triggers_nothing(alice: httpx.Client, typed: str) -> None:
    """Text that looks like Rasa's own commands is text."""
    answer = say(alice, typed)

    assert answer["intent"] is not None
    assert answer["intent"]["confidence"] != 1.0  # type: ignore[index]


def test_student_gets_a_student_answer(workshop: Workshop) -> None:
    """A student who texts is answered from the number texted, in at most two segments."""
    text(workshop, "+13165550180", FINANCIAL_AID, "is this really my school?")
    (reply,) = wait_for_reply(workshop, "+13165550180", FINANCIAL_AID)

    assert "Demo State University" in reply and len(reply) <= 306


def test_student_asking_in_spanish_is_answered_in_spanish(workshop: Workshop) -> None:
    """The answer follows the language of the question."""
    text(workshop, "+13165550181", FINANCIAL_AID, "¿Cuál es el horario de la oficina?")
    (reply,) = wait_for_reply(workshop, "+13165550181", FINANCIAL_AID)

    assert re.search(r"\b(horario|abierta|abierto|abre)\b", reply, re.I)


def test_student_never_hears_of_the_institutions_internals(workshop: Workshop) -> None:
    """A staff question by SMS is passed to a person, not answered."""
    text(workshop, "+13165550182", FINANCIAL_AID, "How many provisioned phone numbers do I have?")
    replies = wait_for_reply(workshop, "+13165550182", FINANCIAL_AID)

    assert not re.search(r"Contract Limits|Twilio|quota|provisioned", " ".join(replies), re.I)


def test_active_campaign_answers_although_the_number_says_inbox(workshop: Workshop) -> None:
    """While a campaign is active its behaviour wins."""
    text(workshop, "+16205550150", CAMPAIGN, "who is this?")

    assert wait_for_reply(workshop, "+16205550150", CAMPAIGN)


def test_inbox_number_calls_a_person(workshop: Workshop) -> None:
    """A text to an inbox number waits for its office, without a reply."""
    text(workshop, "+13165550183", ADMISSIONS, "I have a question about my application")
    deadline = time.monotonic() + PATIENCE_S
    waiting: list[str] = []
    while not waiting and time.monotonic() < deadline:
        time.sleep(0.1)
        with workshop.desk.db.read() as session:
            waiting = list(
                session.scalars(
                    select(Conversation.public_id)
                    .join(Conversation.number)
                    .where(Conversation.needs_attention, Conversation.number.has(e164=ADMISSIONS))
                )
            )

    assert waiting and phone(workshop, "+13165550183", ADMISSIONS) == []


def test_stop_and_start(workshop: Workshop) -> None:
    """STOP ends texts and is confirmed once; START brings them back."""
    student = "+13165550184"
    text(workshop, student, FINANCIAL_AID, "STOP")
    stopped = wait_for_reply(workshop, student, FINANCIAL_AID)
    text(workshop, student, FINANCIAL_AID, "START")
    started = wait_for_reply(workshop, student, FINANCIAL_AID, count=2)

    assert "no more texts" in stopped[0] and "again" in started[1]


def test_more_action_turns_at_once_than_threads(alice: httpx.Client) -> None:
    """40 ask for figures at once, more than either listener has threads: all are answered."""
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: say(alice, "show me our quota"), range(40)))

    assert all("5,000" in words_of(answer) for answer in answers)


def test_private_programs_listen_on_loopback_only(running: RunningDesk) -> None:
    """Nothing of ours binds every interface."""
    ports = {
        urlsplit(running.environment[name]).port
        for name in ("PUBLIC_URL", "INTERNAL_URL", "RASA_URL", "ACTIONS_URL")
    }
    listening = {
        (int(local.split(":")[1], 16), local.split(":")[0])
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for line in Path(table).read_text().splitlines()[1:]
        for local, state in [(line.split()[1], line.split()[3])]
        if state == "0A"
    }
    ours = {(port, address) for port, address in listening if port in ports}

    assert {port for port, _ in ours} == ports
    assert {address for _, address in ours} == {"0100007F"}


def test_rasa_has_one_door_and_it_is_locked(running: RunningDesk) -> None:
    """Without the secret 401; Rasa's own API and other channels do not exist."""
    rasa = running.environment["RASA_URL"]
    unauthorised = httpx.post(f"{rasa}/webhooks/backend/turn", json={"text": "hi"})
    others = [
        httpx.post(f"{rasa}{path}", json={"sender": "x", "message": "hi"}).status_code
        for path in ("/webhooks/rest/webhook", "/model/parse", "/conversations/x/messages")
    ]

    assert unauthorised.status_code == 401 and set(others) <= {404, 405}


def test_action_server_down_is_spoken(
    running: RunningDesk, workshop: Workshop, alice: httpx.Client
) -> None:
    """Without the action server the quota fails in words, FAQs still work, a student's text
    waits and is answered once.
    """
    student = "+13165550186"
    running.stop("actions")
    try:
        text(workshop, student, FINANCIAL_AID, "When are you open?")
        failed = say(alice, "what's our quota?")
        faq = say(alice, "how long does porting take?")
        early = phone(workshop, student, FINANCIAL_AID)
    finally:
        running.start("actions")
        running.wait_until_ready()

    assert "try again" in words_of(failed).lower()
    assert "four weeks" in words_of(faq)
    assert "5,000" in words_of(say(alice, "what's our quota?"))
    assert early == [] and len(wait_for_reply(workshop, student, FINANCIAL_AID)) == 1


def test_rasa_down_keeps_students_texts_and_tells_staff(
    running: RunningDesk, workshop: Workshop, alice: httpx.Client
) -> None:
    """A text that comes while Rasa is down is answered when it is back; staff are told at once."""
    running.stop("rasa")
    try:
        text(workshop, "+13165550185", FINANCIAL_AID, "who is this?")
        failed = words_of(say(alice, "hello"))
        time.sleep(1)
        early = phone(workshop, "+13165550185", FINANCIAL_AID)
    finally:
        running.start("rasa")
        running.wait_until_ready()
    (reply,) = wait_for_reply(workshop, "+13165550185", FINANCIAL_AID)

    assert "nothing was done" in failed and early == [] and reply


def test_stop_and_crisis_do_not_wait_for_a_hanging_assistant(
    running: RunningDesk, workshop: Workshop
) -> None:
    """With Rasa frozen and questions waiting for it, fixed texts leave at once."""
    rasa = running.processes["rasa"].pid
    os.kill(rasa, signal.SIGSTOP)
    try:
        for student in range(8):
            text(workshop, f"+1316555019{student}", FINANCIAL_AID, "who is this?")
        time.sleep(1)
        text(workshop, "+13165550187", FINANCIAL_AID, "STOP")
        text(workshop, "+13165550188", FINANCIAL_AID, "I want to kill myself")
        asked_at = time.monotonic()
        stopped = wait_for_reply(workshop, "+13165550187", FINANCIAL_AID)
        safety = wait_for_reply(workshop, "+13165550188", FINANCIAL_AID)
        waited = time.monotonic() - asked_at
    finally:
        os.kill(rasa, signal.SIGCONT)

    assert "no more texts" in stopped[0] and "988" in safety[0]
    assert waited < ASSISTANT_TIMEOUT_S, "the fixed texts waited for the assistant"


def test_logs_hold_no_words_and_no_phone_numbers(running: RunningDesk) -> None:
    """What people write, and their numbers, are not in any program's output."""
    logs = running.logs()

    assert "is this really my school" not in logs and "quota?" not in logs
    assert not re.search(r"\+1\d{10}", logs)

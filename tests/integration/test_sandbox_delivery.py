"""The built-in carrier's webhooks over real HTTP: order, one retry, several deliverers, crashes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.adapters.sandbox_carrier import SandboxCarrier
from backend.adapters.twilio_signature import is_authentic
from backend.services.ports import CarrierCredentials, OutgoingText
from tests.contract.receiver import Receiver, receiving
from tests.contract.servers import closed_port

PUBLIC_URL = "https://texts.uni.edu"
CALLBACK = f"{PUBLIC_URL}/webhooks/twilio/status?conversation=cnv_1"
OFFICE = "+13165550100"
ALICE = "+13165550123"
ACCOUNT = CarrierCredentials("AC" + "a" * 32, "token")
TEXT = OutgoingText(OFFICE, ALICE, "Your file is complete.", CALLBACK)


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The time it was set to."""
        return self.time


@pytest.fixture
def app() -> Iterator[Receiver]:
    """The backend's place in this story: something that takes webhooks."""
    with receiving() as running:
        yield running


@pytest.fixture
def clock() -> SetClock:
    """A clock the test sets."""
    return SetClock()


@pytest.fixture
def sandbox(tmp_path: Path, app: Receiver, clock: SetClock) -> SandboxCarrier:
    """A carrier that delivers to `app` when told to."""
    return open_sandbox(tmp_path, app.url, clock)


def open_sandbox(folder: Path, deliver_to: str, clock: SetClock) -> SandboxCarrier:
    """The carrier on this folder's file, as each process opens it."""
    return SandboxCarrier(folder / "sandbox.db", PUBLIC_URL, deliver_to, lambda _delay: None, clock)


def failures(folder: Path) -> list[str | None]:
    """Why each webhook still in the file failed; None for one that still waits."""
    with closing(sqlite3.connect(folder / "sandbox.db")) as db:
        return [row[0] for row in db.execute("SELECT failure FROM webhooks ORDER BY id")]


def test_callbacks_arrive_in_order_and_signed_for_the_public_url(
    sandbox: SandboxCarrier, app: Receiver, tmp_path: Path
) -> None:
    """`sent`, then `delivered`, posted here but signed for where the world would post."""
    accepted = sandbox.send(ACCOUNT, TEXT)
    delivered = sandbox.deliver_due()

    assert delivered == 2
    assert [hook["MessageStatus"] for hook in app.received] == ["sent", "delivered"]
    assert {hook["MessageSid"] for hook in app.received} == {accepted.sid}
    for hook in app.received:
        assert PUBLIC_URL + hook.path == CALLBACK
        assert is_authentic(ACCOUNT, CALLBACK, hook.form, hook.signature)
    assert sandbox.messages(OFFICE, ALICE)[0].status == "delivered"
    assert failures(tmp_path) == []
    assert sandbox.deliver_due() == 0


def test_a_students_text_arrives_as_twilio_would_bring_it(
    sandbox: SandboxCarrier, app: Receiver
) -> None:
    """Emoji, plus signs and empty fields come through the form unharmed, and authentic."""
    sandbox.receive(ACCOUNT, ALICE, OFFICE, "1 + 1 & ¿sí? 🎓\n=")
    sandbox.deliver_due()

    (hook,) = app.received
    assert hook["Body"] == "1 + 1 & ¿sí? 🎓\n="
    assert is_authentic(ACCOUNT, PUBLIC_URL + hook.path, hook.form, hook.signature)


def test_a_dropped_connection_is_tried_once_more(
    sandbox: SandboxCarrier, app: Receiver, clock: SetClock, tmp_path: Path
) -> None:
    """As Twilio does: the second try, some seconds later, brings it, and order is kept."""
    app.answers = [0]
    sandbox.send(ACCOUNT, TEXT)

    assert sandbox.deliver_due() == 0
    clock.time += timedelta(seconds=16)
    assert sandbox.deliver_due() == 2
    assert [hook["MessageStatus"] for hook in app.received] == ["sent", "sent", "delivered"]
    assert failures(tmp_path) == []


def test_a_webhook_nobody_takes_is_kept_as_failed(tmp_path: Path, clock: SetClock) -> None:
    """After two tries without a connection the rows stay, with the reason, and nothing loops."""
    sandbox = open_sandbox(tmp_path, closed_port(), clock)
    sandbox.send(ACCOUNT, TEXT)

    for _ in range(4):
        assert sandbox.deliver_due() == 0
        clock.time += timedelta(seconds=16)
    assert failures(tmp_path) == ["unreachable", "unreachable"]
    assert sandbox.deliver_due() == 0


def test_a_refused_webhook_is_not_repeated(
    sandbox: SandboxCarrier, app: Receiver, tmp_path: Path
) -> None:
    """An answer is an answer: a 403 or 500 is kept as failed, and the next one goes on."""
    app.answers = [500]
    sandbox.send(ACCOUNT, TEXT)

    assert sandbox.deliver_due() == 1
    assert [hook["MessageStatus"] for hook in app.received] == ["sent", "delivered"]
    assert failures(tmp_path) == ["HTTP 500"]


def test_two_deliverers_bring_each_webhook_once(
    tmp_path: Path, app: Receiver, clock: SetClock
) -> None:
    """Workers that deliver at the same time share the work: nothing twice, nothing out of order."""
    office = open_sandbox(tmp_path, app.url, clock)
    sids = [office.send(ACCOUNT, TEXT).sid for _ in range(20)]
    workers = [open_sandbox(tmp_path, app.url, clock) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda worker: worker.deliver_due(), workers))

    arrived = [(hook["MessageSid"], hook["MessageStatus"]) for hook in app.received]
    assert sum(counts) == len(arrived) == 40
    for sid in sids:
        assert [status for of, status in arrived if of == sid] == ["sent", "delivered"]


def test_a_webhook_whose_deliverer_died_is_delivered_later(
    sandbox: SandboxCarrier, app: Receiver, clock: SetClock
) -> None:
    """A claim lasts a minute: until then others leave it alone, afterwards they deliver it."""
    sandbox.receive(ACCOUNT, ALICE, OFFICE, "Hello?")
    sandbox._claim()

    assert sandbox.deliver_due() == 0
    clock.time += timedelta(seconds=61)
    assert sandbox.deliver_due() == 1
    assert [hook["Body"] for hook in app.received] == ["Hello?"]


def test_a_later_callback_waits_for_the_one_before(
    sandbox: SandboxCarrier, app: Receiver, clock: SetClock
) -> None:
    """While one worker still posts `sent`, no other may post `delivered` of the same text."""
    sandbox.send(ACCOUNT, TEXT)
    sandbox._claim()
    other = sandbox.receive(ACCOUNT, ALICE, OFFICE, "Thanks!")

    assert sandbox.deliver_due() == 1
    assert [hook["MessageSid"] for hook in app.received] == [other]
    clock.time += timedelta(seconds=61)
    sandbox.deliver_due()
    assert [hook["MessageStatus"] for hook in app.received[1:]] == ["sent", "delivered"]


def test_delivery_outlives_a_restart(tmp_path: Path, app: Receiver, clock: SetClock) -> None:
    """What was queued before the process ended is delivered by the next one, still authentic."""
    open_sandbox(tmp_path, app.url, clock).receive(ACCOUNT, ALICE, OFFICE, "Hello?")
    delivered = open_sandbox(tmp_path, app.url, clock).deliver_due()

    (hook,) = app.received
    assert delivered == 1
    assert is_authentic(ACCOUNT, PUBLIC_URL + hook.path, hook.form, hook.signature)

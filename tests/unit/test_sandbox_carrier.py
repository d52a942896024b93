"""The built-in carrier without its webhooks' delivery: manners, memory, several processes."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.adapters.sandbox_carrier import SandboxCarrier
from backend.adapters.twilio_signature import is_authentic
from backend.domain.errors import CarrierError
from backend.services.ports import CarriedText, CarrierCredentials, OutgoingText

PUBLIC_URL = "https://texts.uni.edu"
CALLBACK = f"{PUBLIC_URL}/webhooks/twilio/status"
OFFICE = "+13165550100"
ALICE = "+13165550123"
BOB = "+13165550124"
ACCOUNT = CarrierCredentials("AC" + "a" * 32, "token")


class Ticking:
    """A clock that is a second later each time it is asked."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The next second."""
        self.time += timedelta(seconds=1)
        return self.time


@pytest.fixture
def woken() -> list[str]:
    """Filled with one word each time the carrier asks for delivery."""
    return []


@pytest.fixture
def sandbox(tmp_path: Path, woken: list[str]) -> SandboxCarrier:
    """A carrier on a file, in a folder, that do not exist yet."""
    return SandboxCarrier(
        tmp_path / "var" / "sandbox.db",
        PUBLIC_URL,
        "http://127.0.0.1:9",
        lambda _delay_s: woken.append("deliver"),
        Ticking(),
    )


def to_alice(body: str = "Your file is complete.", **changed: str) -> OutgoingText:
    """A text from the office to Alice, with some parts changed."""
    parts = {"from_number": OFFICE, "to_number": ALICE, "status_callback": CALLBACK} | changed
    return OutgoingText(body=body, **parts)


def queued(sandbox_file: Path) -> list[tuple[str, list[tuple[str, str]], str]]:
    """Path, form and signature of each webhook in the file, in order."""
    with closing(sqlite3.connect(sandbox_file)) as db:
        rows = db.execute("SELECT path, form, signature FROM webhooks ORDER BY id").fetchall()
    return [
        (path, [(name, value) for name, value in json.loads(form)], signature)
        for path, form, signature in rows
    ]


def test_a_sent_text_is_on_the_phone(sandbox: SandboxCarrier) -> None:
    """What was sent can be read on the simulated phone, with the SID the sender got."""
    accepted = sandbox.send(ACCOUNT, to_alice("¿Ya llenó la FAFSA? 🎓"))

    (text,) = sandbox.messages(ALICE, OFFICE)
    assert accepted.sid.startswith("SM")
    assert len(accepted.sid) == 34
    assert accepted.status == "queued"
    assert text == CarriedText(
        accepted.sid, OFFICE, ALICE, "¿Ya llenó la FAFSA? 🎓", "outbound", "queued", text.at
    )
    assert text.at.tzinfo is not None


def test_a_conversation_reads_oldest_first_and_alone(sandbox: SandboxCarrier) -> None:
    """Both directions of one pair, in order, and nothing of another student's."""
    sandbox.send(ACCOUNT, to_alice("Hello Alice"))
    sandbox.receive(ACCOUNT, ALICE, OFFICE, "Hi!")
    sandbox.receive(ACCOUNT, BOB, OFFICE, "It's Bob")
    sandbox.send(ACCOUNT, to_alice("How can we help?"))

    texts = sandbox.messages(OFFICE, ALICE)
    assert [(text.direction, text.body) for text in texts] == [
        ("outbound", "Hello Alice"),
        ("inbound", "Hi!"),
        ("outbound", "How can we help?"),
    ]
    assert texts == sandbox.messages(ALICE, OFFICE)


@pytest.mark.parametrize(
    ("text", "code", "permanent"),
    [
        (to_alice(to_number="+1316"), 21211, True),
        (to_alice(to_number="316-555-0123"), 21211, True),
        (to_alice(to_number="+1316555012٣"), 21211, True),
        (to_alice(to_number="+15005550001"), 21211, True),
        (to_alice(to_number="+15005550004"), 21610, True),
        (to_alice(to_number="+15005550009"), 21614, True),
        (to_alice(from_number="office"), 21212, True),
        (to_alice(from_number="+15005550007"), 21606, True),
        (to_alice(from_number="+15005550008"), 21611, False),
        (to_alice(" \n"), 21602, True),
        (to_alice("x" * 1601), 21617, True),
        (to_alice("half an emoji \ud83d"), None, True),
        (to_alice(status_callback="https://elsewhere.com/status"), 21609, True),
    ],
)
def test_refuses_what_twilio_refuses(
    sandbox: SandboxCarrier, text: OutgoingText, code: int | None, permanent: bool
) -> None:
    """Bad numbers, bodies and magic numbers get Twilio's error, and nothing is stored."""
    with pytest.raises(CarrierError) as refusal:
        sandbox.send(ACCOUNT, text)

    assert (refusal.value.carrier_code, refusal.value.permanent) == (code, permanent)
    assert sandbox.messages(text.from_number, text.to_number) == []


def test_the_longest_text_fits(sandbox: SandboxCarrier) -> None:
    """1,600 characters are allowed, emoji too."""
    sandbox.send(ACCOUNT, to_alice("🎓" * 1600))

    assert sandbox.messages(OFFICE, ALICE)[0].body == "🎓" * 1600


@pytest.mark.parametrize(
    "account",
    [CarrierCredentials("ACdemo", "token"), CarrierCredentials(ACCOUNT.account_sid, "")],
)
def test_no_proper_account_no_service(sandbox: SandboxCarrier, account: CarrierCredentials) -> None:
    """A malformed SID or an empty token is refused as wrong credentials, both ways."""
    for attempt in (
        lambda: sandbox.send(account, to_alice()),
        lambda: sandbox.receive(account, ALICE, OFFICE, "Hi"),
    ):
        with pytest.raises(CarrierError) as refusal:
            attempt()

        assert refusal.value.carrier_code == 20003


def test_a_students_text_becomes_a_signed_webhook(
    sandbox: SandboxCarrier, woken: list[str], tmp_path: Path
) -> None:
    """The queued form has Twilio's fields and a signature over the public URL."""
    sid = sandbox.receive(ACCOUNT, ALICE, OFFICE, "is this real? 🤔")

    ((path, form, signature),) = queued(tmp_path / "var" / "sandbox.db")
    fields = dict(form)
    assert path == "/webhooks/twilio/sms"
    assert is_authentic(ACCOUNT, PUBLIC_URL + path, form, signature)
    assert fields["MessageSid"] == fields["SmsSid"] == fields["SmsMessageSid"] == sid
    assert (fields["From"], fields["To"], fields["Body"]) == (ALICE, OFFICE, "is this real? 🤔")
    assert (fields["NumMedia"], fields["NumSegments"], fields["FromCountry"]) == ("0", "1", "US")
    assert woken == ["deliver"]


def test_a_picture_comes_along(sandbox: SandboxCarrier, tmp_path: Path) -> None:
    """The webhook names the pictures as Twilio does; who missed it can ask for them."""
    pictures = ("https://pictures.example/1.jpg", "https://pictures.example/2.jpg")
    sid = sandbox.receive(ACCOUNT, ALICE, OFFICE, "", pictures)

    ((_path, form, _signature),) = queued(tmp_path / "var" / "sandbox.db")
    fields = dict(form)
    assert (fields["NumMedia"], fields["MediaUrl0"], fields["MediaUrl1"]) == ("2", *pictures)
    assert sandbox.messages(OFFICE, ALICE)[0].media_count == 2
    assert sandbox.media_of(ACCOUNT, sid) == pictures


def test_a_picture_needs_no_words(sandbox: SandboxCarrier) -> None:
    """A picture alone is a text too, both ways."""
    text = OutgoingText(OFFICE, ALICE, "", CALLBACK, media=("https://pictures.example/1.jpg",))
    accepted = sandbox.send(ACCOUNT, text)

    assert sandbox.media_of(ACCOUNT, accepted.sid) == text.media


def test_an_account_sees_its_own_texts(sandbox: SandboxCarrier) -> None:
    """What another account had is not listed, by span or by pair, and its pictures are not told."""
    other = CarrierCredentials("AC" + "b" * 32, "token")
    mine = sandbox.receive(ACCOUNT, ALICE, OFFICE, "Hi")
    theirs = sandbox.receive(other, ALICE, OFFICE, "Hi")
    since, until = (datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (8, 10))

    assert [text.sid for text in sandbox.texts_in(ACCOUNT, since, until)] == [mine]
    assert [text.sid for text in sandbox.texts_between(other, ALICE, OFFICE, since)] == [theirs]
    with pytest.raises(CarrierError):
        sandbox.media_of(ACCOUNT, theirs)


def test_a_sent_text_promises_two_callbacks(
    sandbox: SandboxCarrier, woken: list[str], tmp_path: Path
) -> None:
    """`sent`, then `delivered`, each signed; none for a text that asks for none."""
    sandbox.send(ACCOUNT, to_alice())
    sandbox.send(ACCOUNT, to_alice(status_callback=""))

    callbacks = queued(tmp_path / "var" / "sandbox.db")
    assert [dict(form)["MessageStatus"] for _, form, _ in callbacks] == ["sent", "delivered"]
    assert all(
        is_authentic(ACCOUNT, PUBLIC_URL + path, form, signature)
        for path, form, signature in callbacks
    )
    assert [text.status for text in sandbox.messages(OFFICE, ALICE)] == ["queued", "delivered"]
    assert woken == ["deliver"]


def test_the_file_holds_no_token(sandbox: SandboxCarrier, tmp_path: Path) -> None:
    """Webhooks are signed when they are queued, so the auth token is stored nowhere."""
    account = CarrierCredentials(ACCOUNT.account_sid, "very-secret-token")
    sandbox.send(account, to_alice())
    sandbox.receive(account, ALICE, OFFICE, "Hi")

    kept = b"".join(file.read_bytes() for file in (tmp_path / "var").iterdir())
    assert b"very-secret-token" not in kept


def test_webhooks_stay_on_this_machine(tmp_path: Path) -> None:
    """A delivery address outside the loopback interface is refused at the start."""
    with pytest.raises(ValueError, match="this machine only"):
        SandboxCarrier(tmp_path / "s.db", PUBLIC_URL, PUBLIC_URL, lambda _delay: None, Ticking())


WRITER = """
import sys
from pathlib import Path
from tests.unit.test_sandbox_carrier import ACCOUNT, PUBLIC_URL, SandboxCarrier, Ticking, to_alice
path, name = Path(sys.argv[1]), sys.argv[2]
sandbox = SandboxCarrier(path, PUBLIC_URL, "http://127.0.0.1:9", lambda _delay: None, Ticking())
print("ready", flush=True)
sys.stdin.read()
for number in range(25):
    sandbox.send(ACCOUNT, to_alice(f"{name} {number}"))
"""


def test_processes_share_one_file(sandbox: SandboxCarrier, tmp_path: Path) -> None:
    """Four processes that start on a missing file at once lose none of their texts."""
    path = tmp_path / "var" / "sandbox.db"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "abcd"
    ]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
    for writer in writers:
        with writer:
            pass

    bodies = [text.body for text in sandbox.messages(OFFICE, ALICE)]
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    assert sorted(bodies) == sorted(f"{name} {n}" for name in "abcd" for n in range(25))
    for name in "abcd":
        assert [body for body in bodies if body[0] == name] == [f"{name} {n}" for n in range(25)]

"""Both sides, started and ended: this product on either database, and stock Rasa behind its own
Twilio channel.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
from sqlalchemy import select

from backend.app import Workshop
from backend.db.tables import CarrierAccount, PhoneNumber
from backend.domain.conversations import Responder
from backend.services.carrier_accounts import credentials
from bot.bench.processes import Failed, free_port, last_words, memory_mb, started
from tests.databases import SETTINGS, PostgresServer
from tests.running import ROOT, RunningDesk, prepared_desk
from tests.webhook_bench.carrier import Door, TextsTaken

STOCK_PYTHON = ROOT / "bot" / ".stock-venv" / "bin" / "python"
KEPT_MODELS = ROOT / "var" / "bench"
READY_WITHIN_S = 180
ANSWERED_WITHIN_S = 120
NOBODY = "http://127.0.0.1:9"
STOCK_TOKEN, STOCK_ACCOUNT, STOCK_NUMBER = (
    "a token of the benchmark",
    "AC" + "5" * 32,
    "+13165550101",
)
# Stock Rasa as it is, but for where Twilio is; should that fail, the way out leads to nobody.
STOCK_MAIN = """
import os
import sys

from twilio.rest import Client

known = Client.get_hostname
Client.get_hostname = lambda self, uri: known(self, uri).replace(
    "https://api.twilio.com", os.environ["TWILIO_HERE"], 1
)
sys.argv[0] = "rasa"
from rasa.__main__ import main

main()
"""


@dataclass
class Running:
    """A side that takes webhooks: its door, and the process that answers at it."""

    door: Door
    pid: int

    @property
    def memory_mb(self) -> float:
        """What the answering process holds, with its children."""
        return memory_mb(self.pid)


@contextmanager
def listening(folder: Path, **settings: str) -> Iterator[tuple[RunningDesk, Running]]:
    """Our public listener alone: it stores and acknowledges; what follows waits in the queue."""
    with prepared_desk(folder, **settings) as desk:
        desk.start("backend")
        _until(lambda: _is_up(f"{desk.url}/healthz"), READY_WITHIN_S, desk.logs)
        workshop = desk.workshop()
        try:
            yield desk, Running(_our_door(desk, workshop), desk.processes["backend"].pid)
        except AssertionError as fault:
            raise Failed(f"{fault}\n{desk.logs()[-3_000:]}") from fault
        finally:
            workshop.desk.db.close()


@contextmanager
def answering(folder: Path, **settings: str) -> Iterator[tuple[Workshop, Running]]:
    """The whole product: worker, Rasa, action server and the sandbox carrier with it."""
    with prepared_desk(folder, **settings) as desk:
        for name in ("internal", "actions", "rasa", "backend", "worker"):
            desk.start(name)
        desk.wait_until_ready()
        workshop = desk.workshop()
        try:
            yield workshop, Running(_our_door(desk, workshop), desk.processes["backend"].pid)
        finally:
            workshop.desk.db.close()


@contextmanager
def stock(folder: Path, model: Path, twilio_port: int) -> Iterator[Running]:
    """Stock Rasa with its TwilioInput, its conversations in memory, as it comes."""
    port, log = free_port(), folder / "stock.log"
    (folder / "credentials.yml").write_text(
        f'twilio:\n  account_sid: "{STOCK_ACCOUNT}"\n  auth_token: "{STOCK_TOKEN}"\n'
        f'  twilio_number: "{STOCK_NUMBER}"\n',
        encoding="utf-8",
    )
    (folder / "endpoints.yml").write_text("{}\n", encoding="utf-8")
    command = [
        *(str(STOCK_PYTHON), "-c", STOCK_MAIN, "run", "--quiet"),
        *("--interface", "127.0.0.1", "--port", str(port), "--model", str(model)),
        *("--credentials", "credentials.yml", "--endpoints", "endpoints.yml"),
    ]
    environment = {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "LOG_LEVEL": "WARNING",
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "TWILIO_HERE": f"http://127.0.0.1:{twilio_port}",
        "HTTPS_PROXY": NOBODY,
        "NO_PROXY": "127.0.0.1",
    }
    with started(command, folder, environment, log) as process:
        address = f"http://127.0.0.1:{port}/webhooks/twilio/"
        _until(lambda: _is_up(address), READY_WITHIN_S, lambda: last_words(log))
        door = Door(
            port=port,
            path="/webhooks/twilio/webhook",
            signed_url=f"http://127.0.0.1:{port}",
            account_sid=STOCK_ACCOUNT,
            auth_token=STOCK_TOKEN,
            number=STOCK_NUMBER,
            question="How long does porting take?",
        )
        yield Running(door, process.pid)


def kept_model() -> Path:
    """The newest of the largest stock models that `make bench` kept: the one of the most
    examples. Raises `Failed` when there is none.
    """
    models = sorted(KEPT_MODELS.glob("stock-*.tar.gz"), key=lambda path: path.stat().st_size)
    if not models:
        raise Failed("No stock model is kept in var/bench/: run `make bench FLAGS=--quick` first.")
    return models[-1]


def make_durable(server: PostgresServer) -> None:
    """Have a test server keep what it says it has kept, as a real one does."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        for setting in SETTINGS:
            connection.execute(f"ALTER SYSTEM RESET {setting.split(' ', 1)[0]}")
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)
        found = connection.execute("SHOW fsync").fetchone()
        assert found == ("on",)


def reply_times(workshop: Workshop, number: str, senders: list[str]) -> dict[str, float]:
    """When the sandbox carrier took the first reply to each sender, by the clock's time."""
    assert workshop.sandbox is not None
    found: dict[str, float] = {}
    until = time.monotonic() + ANSWERED_WITHIN_S
    while len(found) < len(senders) and time.monotonic() < until:
        time.sleep(0.2)
        for sender in senders:
            if sender not in found:
                texts = workshop.sandbox.messages(number, sender)
                sent = [text.at.timestamp() for text in texts if text.to_number == sender]
                found |= {sender: min(sent)} if sent else {}
    return found


def stock_reply_times(taken: TextsTaken, senders: list[str]) -> dict[str, float]:
    """The same of stock Rasa, which has replied before it acknowledges."""
    return {sender: taken.at[sender] for sender in senders if sender in taken.at}


def _our_door(desk: RunningDesk, workshop: Workshop) -> Door:
    with workshop.desk.db.read() as session:
        account = credentials(workshop.desk, session.scalars(select(CarrierAccount)).one())
        number = session.scalars(
            select(PhoneNumber.e164)
            .where(PhoneNumber.unsolicited_response == Responder.ASSISTANT)
            .order_by(PhoneNumber.id)
        ).first()
    assert number is not None
    return Door(
        port=int(desk.environment["PORT"]),
        path="/webhooks/twilio/sms",
        signed_url=desk.environment["PUBLIC_URL"],
        account_sid=account.account_sid,
        auth_token=account.auth_token,
        number=number,
        question="When is your office open?",
    )


def _is_up(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _until(is_so: Callable[[], bool], seconds: float, words: Callable[[], str]) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise Failed(f"not ready after {seconds:.0f} s:\n{words()}")
        time.sleep(0.2)

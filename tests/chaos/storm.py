"""Students' texts by the thousand, their webhooks as Twilio brings them, and programs that die."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
from sqlalchemy import make_url, select, update

from backend.adapters.sandbox_carrier import SandboxCarrier
from backend.adapters.twilio_signature import sign
from backend.app import Workshop
from backend.db.tables import CarrierAccount, Inbox, Message, Office, PhoneNumber, Turn, TurnState
from backend.domain.conversations import Responder
from backend.domain.provisioned_numbers import NumberKind, NumberState
from backend.services.carrier_accounts import credentials
from backend.services.catch_up import STILL_UNDER_WAY
from backend.services.ports import CarrierCredentials
from tests.running import RunningDesk

PROGRAMS = ("backend", "worker", "rasa", "actions", "internal")
ANSWER_WITHIN_S = 15
QUESTIONS = (
    "who is this?",
    "is this really my school?",
    "when are you open?",
    "Where is your office?",
    "¿Cuál es el horario de la oficina?",
    "how did you get my number?",
    "thanks!",
    "can I talk to a person",
)
# One text in so many.
RARE = {"STOP": 60, "HELP": 80, "START": 120, "I want to kill myself": 400}


@dataclass(frozen=True)
class Weather:
    """How hard it blows; as it stands here for `make chaos`.

    `per_second` texts are sent; every `kill_every_s` seconds or so one program dies, and stays
    away for up to `away_s`; `to_assistant` is the share of numbers that the assistant answers.
    Without `patient` the desk's leases are made older at the end, instead of waiting for them.
    """

    texts: int = 5_000
    senders: int = 2_500
    numbers: int = 50
    per_second: float = 8
    repeats: float = 0.1
    to_assistant: float = 0.4
    kill_every_s: float = 12
    away_s: float = 4
    settle_within_s: float = 900
    patient: bool = True
    seed: int = 20261124


@dataclass(frozen=True)
class Planned:
    """A text to be sent: when, in seconds after the start, and whether its webhook comes twice."""

    at_s: float
    sender: str
    number: str
    body: str
    is_repeated: bool


@dataclass
class Log:
    """What happened: webhooks posted, by their outcome, and programs killed; how often the worker
    was just then sending.
    """

    posts: Counter[str] = field(default_factory=Counter)
    dropped: set[str] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)
    kills: Counter[str] = field(default_factory=Counter)
    in_window: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, sid: str, outcome: str, *, arrived: bool) -> None:
        """Count a post."""
        with self.lock:
            self.posts[outcome] += 1
            if arrived:
                self.arrived.add(sid)


class Phones(SandboxCarrier):
    """The desk's sandbox carrier, which knows every text; but the webhooks of students' texts are
    kept here, to be posted as the storm likes.
    """

    def __init__(self, desk: RunningDesk, workshop: Workshop) -> None:
        super().__init__(
            workshop.settings.sandbox_file,
            desk.url,
            desk.url,
            lambda _delay: None,
            workshop.desk.clock,
        )
        self._url = desk.url
        self.kept: dict[str, tuple[str, list[tuple[str, str]], str]] = {}

    def _queue(
        self,
        db: sqlite3.Connection,
        account: CarrierCredentials,
        sid: str,
        status: str,
        url: str,
        form: list[tuple[str, str]],
    ) -> None:
        self.kept[sid] = (url, form, sign(account.auth_token, url, form))


# A storm for every test run: each program dies, some texts are dropped, nobody waits for leases.
BREEZE = Weather(
    texts=200,
    senders=100,
    per_second=10,
    kill_every_s=3,
    away_s=2,
    settle_within_s=120,
    patient=False,
)


def plan(weather: Weather, numbers: list[str]) -> list[Planned]:
    """Every text of the storm. Each student keeps to one number, and nearly each writes twice."""
    chance = random.Random(weather.seed)
    students = [f"+1785{2_000_000 + place}" for place in range(weather.senders)]
    senders = [students[place % weather.senders] for place in range(weather.texts)]
    chance.shuffle(senders)
    number_of = {student: numbers[place % len(numbers)] for place, student in enumerate(students)}
    return [
        Planned(
            at_s=place / weather.per_second,
            sender=sender,
            number=number_of[sender],
            body=_body(chance),
            is_repeated=chance.random() < weather.repeats,
        )
        for place, sender in enumerate(senders)
    ]


def _body(chance: random.Random) -> str:
    for words, one_in in RARE.items():
        if chance.randrange(one_in) == 0:
            return words
    return chance.choice(QUESTIONS)


def set_up_numbers(workshop: Workshop, weather: Weather) -> list[str]:
    """An office that never closes, with so many numbers; the first ones are the assistant's."""
    now = workshop.desk.clock.now()
    e164s = [f"+1620555{place:04}" for place in range(2_000, 2_000 + weather.numbers)]
    with workshop.desk.db.write() as session:
        account = session.scalars(select(CarrierAccount)).one()
        own = {"institution_id": account.institution_id}
        office = Office(**own, slug="storm", name="Storm Office", time_zone="America/Chicago")
        session.add(office)
        session.flush()
        inbox = Inbox(**own, office_id=office.id, name="Storm inbox")
        session.add(inbox)
        session.flush()
        for place, e164 in enumerate(e164s):
            is_assistants = place < weather.to_assistant * weather.numbers
            session.add(
                PhoneNumber(
                    **own,
                    office_id=office.id,
                    created_by_office_id=office.id,
                    carrier_account_id=account.id,
                    e164=e164,
                    name=f"Storm {place}",
                    kind=NumberKind.REUSABLE,
                    state=NumberState.ACTIVE,
                    unsolicited_response=Responder.ASSISTANT if is_assistants else Responder.INBOX,
                    unsolicited_inbox_id=inbox.id,
                    created_at=now,
                    state_since=now,
                )
            )
    return e164s


def account_of(workshop: Workshop) -> CarrierCredentials:
    """The demo's account at the sandbox carrier."""
    with workshop.desk.db.read() as session:
        return credentials(workshop.desk, session.scalars(select(CarrierAccount)).one())


def blow(desk: RunningDesk, workshop: Workshop, weather: Weather, phones: Phones) -> Log:
    """Send everything while programs die; returns when they are back and nothing is under way."""
    log = Log()
    account = account_of(workshop)
    planned = plan(weather, set_up_numbers(workshop, weather))
    with _dying(desk, workshop, weather, log):
        _send(planned, phones, account, weather, log)
    log.dropped = set(phones.kept) - log.arrived
    _calm(desk, workshop, weather, log)
    return log


def _send(
    planned: list[Planned],
    phones: Phones,
    account: CarrierCredentials,
    weather: Weather,
    log: Log,
) -> None:
    chance = random.Random(weather.seed + 1)
    start = time.monotonic()
    # No connection is kept: each webhook meets the desk as it is at that moment.
    limits = httpx.Limits(max_keepalive_connections=0)
    with (
        httpx.Client(timeout=ANSWER_WITHIN_S, trust_env=False, limits=limits) as http,
        ThreadPoolExecutor(48) as pool,
    ):

        def one(text: Planned, delays: tuple[float, float]) -> None:
            sid = phones.receive(account, text.sender, text.number, text.body)
            if text.is_repeated:
                pool.submit(_bring, http, phones, sid, delays[1], log)
            _bring(http, phones, sid, delays[0], log)

        for text in planned:
            time.sleep(max(0.0, start + text.at_s - time.monotonic()))
            pool.submit(one, text, (chance.uniform(0, 1.5), chance.uniform(0, 3)))


def _bring(http: httpx.Client, phones: Phones, sid: str, delay_s: float, log: Log) -> None:
    """Post a webhook as Twilio does: once more when there was no connection, and then no more."""
    time.sleep(delay_s)
    url, form, signature = phones.kept[sid]
    for again in (False, True):
        try:
            answer = http.post(
                url,
                content=urlencode(form),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                    "X-Twilio-Signature": signature,
                },
            )
        except (httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError):
            log.note(sid, "no connection", arrived=False)
            if not again:
                time.sleep(1)
            continue
        except httpx.TimeoutException:
            log.note(sid, "no answer in time", arrived=False)
            return
        outcome = "taken" if answer.is_success else f"HTTP {answer.status_code}"
        log.note(sid, outcome, arrived=answer.is_success)
        return


@contextmanager
def _dying(desk: RunningDesk, workshop: Workshop, weather: Weather, log: Log) -> Iterator[None]:
    """Programs die and come back, in the background; each of them once before any dies again."""
    over = threading.Event()
    chance = random.Random(weather.seed + 2)

    def kill() -> None:
        left = chance.sample(PROGRAMS, len(PROGRAMS))
        while not over.wait(weather.kill_every_s * chance.uniform(0.5, 1.5)) or left:
            left = left or chance.sample(PROGRAMS, len(PROGRAMS))
            name = left.pop()
            with _in_the_window(workshop) if name == "worker" else nullcontext(False) as is_in:
                desk.kill(name)
            log.kills[name] += 1
            log.in_window += is_in
            time.sleep(chance.uniform(0, weather.away_s))
            desk.start(name)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()


@contextmanager
def _in_the_window(workshop: Workshop) -> Iterator[bool]:
    """The worst moment for a worker: the carrier has a text, and our commit of that cannot be made.

    It lasts milliseconds; so the database is held as soon as a text is seen on its way. False if
    none is within some seconds.
    """
    is_in = False
    file = make_url(workshop.settings.database_url).database
    give_up = time.monotonic() + 5
    sending = "SELECT count(*) FROM messages WHERE status = 'sending'"
    with closing(sqlite3.connect(file or "", timeout=30, isolation_level=None)) as db:
        while time.monotonic() < give_up:
            if db.execute(sending).fetchone() == (0,):
                time.sleep(0.001)
                continue
            db.execute("BEGIN IMMEDIATE")
            if db.execute(sending).fetchone() != (0,):
                time.sleep(0.1)  # the carrier takes it meanwhile
                is_in = True
                break
            db.execute("ROLLBACK")
        yield is_in


def _calm(desk: RunningDesk, workshop: Workshop, weather: Weather, log: Log) -> None:
    """Wait until nothing is under way any more, or the time for it is over."""
    desk.wait_until_ready()
    if not weather.patient:
        time.sleep(STILL_UNDER_WAY.total_seconds())
        # Nobody holds a lease any more, since the only worker dies; so no one need wait for it.
        desk.kill("worker")
        log.kills["worker"] += 1
        now = workshop.desk.clock.now()
        with workshop.desk.db.write() as session:
            for table in (Message, Turn):
                leased = table.lease_until.is_not(None)
                session.execute(update(table).where(leased).values(lease_until=now))
        desk.start("worker")
    deadline = time.monotonic() + weather.settle_within_s
    quiet = 0
    while time.monotonic() < deadline and quiet < 3:
        time.sleep(1)
        quiet = 0 if under_way(workshop) or _missing(workshop, log) else quiet + 1


def under_way(workshop: Workshop) -> int:
    """Turns and texts that are neither done nor given up."""
    with workshop.desk.db.read() as session:
        turns = session.scalars(
            select(Turn.id).where(Turn.state.in_((TurnState.WAITING, TurnState.RUNNING)))
        )
        texts = session.scalars(
            select(Message.id).where(Message.status.in_(("pending", "sending", "unconfirmed")))
        )
        return len(turns.all()) + len(texts.all())


def _missing(workshop: Workshop, log: Log) -> int:
    with workshop.desk.db.read() as session:
        stored = set(session.scalars(select(Message.carrier_sid)))
    return len((log.dropped | log.arrived) - stored)

"""A desk on a real database, with fakes at the ports, and two institutions' people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select

from backend.adapters.encryption import FernetCipher
from backend.adapters.queue import HueyQueue
from backend.app import Workshop, internal_app, public_app
from backend.db.migrate import migrate
from backend.db.session import Database
from backend.db.tables import (
    CarrierAccount,
    ContractLimits,
    Inbox,
    Institution,
    Office,
    OptOutHandledBy,
    PhoneNumber,
    StaffMember,
)
from backend.domain.conversations import Responder
from backend.domain.provisioned_numbers import NumberKind, NumberState
from backend.domain.staff import Role
from backend.services import (
    answering,
    campaign_openings,
    contact_imports,
    inbound,
    outbound,
    pacing,
    passwords,
    provisioning,
    staff,
)
from backend.services.desk import Desk
from backend.services.inbound import IncomingText, Receipt
from backend.services.ports import Carrier
from backend.services.staff import Who
from backend.settings import Settings
from tests.databases import PostgresServer
from tests.fakes import FakeBot, FakeCarrier, FakeClock, FakeQueue
from tests.heard import take_note

PASSWORD = "correct horse battery"
PASSWORD_HASH = passwords.hashed(PASSWORD)
STUDENT = "+13165550199"
CIPHER_KEY = Fernet.generate_key().decode()
TEMPLATE = "template_desk"

# What only one of them has or refuses; every other test that needs a database runs on both.
on_sqlite_only = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_postgresql_only = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@dataclass
class World:
    """A desk with its fakes in hand, and the people on it.

    Alice is Northern's administrator, Bob its office staff, Carol its agent (both of
    Financial Aid); Zoe is the administrator of another institution, Western.
    """

    desk: Desk
    bot: FakeBot
    carrier: FakeCarrier
    clock: FakeClock
    queue: FakeQueue
    alice: Who
    bob: Who
    carol: Who
    zoe: Who
    assistant_number: str
    inbox_number: str
    western_number: str
    account_sid: str
    western_account_sid: str
    redis_url: str
    opened: list[HueyQueue] = field(default_factory=list)

    def receive(self, sid: str, body: str, to: str | None = None, **more: object) -> Receipt:
        """Have a student's text taken in."""
        text = self.text(sid, body, to, **more)
        return inbound.receive(self.desk, self.alice.institution_id, text)

    def text(self, sid: str, body: str, to: str | None = None, **more: object) -> IncomingText:
        """A student's text to the assistant's number, or to another."""
        return IncomingText(
            message_sid=sid,
            from_number=STUDENT,
            to_number=to or self.assistant_number,
            body=body,
            **more,  # type: ignore[arg-type]
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: every one that asks runs on both."""
    kind: str = request.param
    return kind


@pytest.fixture
def empty_database_url(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """A database of the test's own without any tables."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgresql")
    yield server.create("empty")
    server.drop("empty")


@pytest.fixture
def database_url(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of the test's own with every migration applied."""
    if database == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "desk.db")
        yield f"sqlite:///{tmp_path / 'desk.db'}"
        return
    server: PostgresServer = request.getfixturevalue("migrated_server")
    yield server.create("desk", TEMPLATE)
    server.drop("desk")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every migration applied, to be copied for each test."""
    file = tmp_path_factory.mktemp("template") / "desk.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_server(postgresql: PostgresServer) -> PostgresServer:
    """PostgreSQL with a database that has every migration applied, to be copied likewise."""
    migrate(postgresql.create(TEMPLATE))
    return postgresql


@pytest.fixture
def redis_url(database: str, request: pytest.FixtureRequest) -> str:
    """An emptied Redis for the queue where the database is PostgreSQL, else none: a file."""
    if database == "sqlite":
        return ""
    url: str = request.getfixturevalue("redis_server")
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh desk."""
    queue, clock, bot = FakeQueue(), FakeClock(), FakeBot()
    carrier = FakeCarrier(tmp_path, clock)
    desk = Desk(
        db=Database(database_url),
        clock=clock,
        carrier=carrier,
        bot=bot,
        queue=queue,
        cipher=FernetCipher(CIPHER_KEY),
        public_url="https://desk.example",
    )
    queue.tasks = {
        "answer": lambda row_id: answering.answer(desk, row_id),
        "send": lambda row_id: outbound.send(desk, row_id),
        "let_texts_go": lambda row_id: pacing.let_go(desk, row_id),
        "look_after_number": lambda row_id: provisioning.look_after(desk, row_id),
        "start_campaign": lambda row_id: campaign_openings.write_next(desk, row_id),
        "import_contacts": lambda row_id: contact_imports.run(desk, row_id),
    }
    northern = _institution(desk, "northern", "AC" + "1" * 32, "+1316555002")
    western = _institution(desk, "western", "AC" + "2" * 32, "+1620555010")
    world = World(
        desk=desk,
        bot=bot,
        carrier=carrier,
        clock=clock,
        queue=queue,
        alice=northern["alice"],
        bob=northern["bob"],
        carol=northern["carol"],
        zoe=western["alice"],
        assistant_number="+13165550021",
        inbox_number="+13165550022",
        western_number="+16205550101",
        account_sid="AC" + "1" * 32,
        western_account_sid="AC" + "2" * 32,
        redis_url=redis_url,
    )
    yield world
    for opened in world.opened:
        opened.close()
    take_note(desk.db)
    desk.db.close()


@pytest.fixture
def public(world: World, tmp_path: Path) -> Flask:
    """The public application on this world."""
    return public_app(workshop_of(world, tmp_path))


@pytest.fixture
def internal(world: World, tmp_path: Path) -> Flask:
    """The internal application on this world."""
    return internal_app(workshop_of(world, tmp_path))


@pytest.fixture
def browser(public: Flask) -> FlaskClient:
    """A client of the public application."""
    return public.test_client()


def workshop_of(world: World, folder: Path, carrier: Carrier | None = None) -> Workshop:
    """What the applications are made of, with another carrier if one is given."""
    settings = Settings(
        secret_key="a secret key for tests only",
        encryption_keys=Fernet.generate_key().decode(),
        rasa_channel_secret="a channel secret for tests",
        public_url="https://desk.example",
    )
    desk = replace(world.desk, carrier=carrier) if carrier else world.desk
    queue = HueyQueue(folder / "queue.db", world.redis_url)
    world.opened.append(queue)
    return Workshop(settings, desk, queue, None)


def _institution(desk: Desk, slug: str, account_sid: str, numbers_from: str) -> dict[str, Who]:
    now = desk.clock.now()
    with desk.db.write() as session:
        institution = Institution(
            slug=slug, name=f"{slug.title()} College", time_zone="America/Chicago", created_at=now
        )
        session.add(institution)
        session.flush()
        own = {"institution_id": institution.id}
        office = Office(
            **own,
            slug="financial-aid",
            name="Financial Aid",
            time_zone="America/Chicago",
            hours="Monday to Friday, 9 am to 4 pm",
        )
        registrar = Office(**own, slug="registrar", name="Registrar", time_zone="America/Chicago")
        session.add_all([office, registrar])
        session.flush()
        inbox = Inbox(**own, office_id=office.id, name="Financial Aid inbox")
        account = CarrierAccount(
            **own,
            account_sid=account_sid,
            auth_token_sealed=desk.cipher.encrypt(f"token of {slug}"),
            opt_out_handled_by=OptOutHandledBy.US,
        )
        session.add_all([inbox, account])
        session.flush()
        for last, response in (("1", Responder.ASSISTANT), ("2", Responder.INBOX)):
            session.add(
                PhoneNumber(
                    **own,
                    office_id=office.id,
                    created_by_office_id=office.id,
                    carrier_account_id=account.id,
                    e164=numbers_from + last,
                    name=f"Number {last}",
                    kind=NumberKind.REUSABLE,
                    state=NumberState.ACTIVE,
                    unsolicited_response=response,
                    unsolicited_inbox_id=inbox.id,
                    created_at=now,
                    state_since=now,
                )
            )
        session.add(
            ContractLimits(
                **own,
                starts_on=now.date().replace(month=7, day=1),
                ends_on=now.date().replace(year=now.year + 1, month=6, day=30),
                contacts_limit=1_000,
                numbers_limit=10,
            )
        )
        for name, role, where in (
            ("alice", Role.ADMINISTRATOR, registrar),
            ("bob", Role.OFFICE_STAFF, office),
            ("carol", Role.AGENT, office),
        ):
            session.add(
                StaffMember(
                    **own,
                    office_id=where.id,
                    email=f"{name}@{slug}.example",
                    name=name.title(),
                    role=role,
                    password_hash=PASSWORD_HASH,
                )
            )
        session.flush()
        return {
            member.name.lower(): staff.who(member)
            for member in session.scalars(
                select(StaffMember).where(StaffMember.institution_id == institution.id)
            )
        }

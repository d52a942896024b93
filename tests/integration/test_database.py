"""The database: migrations are the tables, and many writers at once never fail."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Barrier, BrokenBarrierError
from urllib.parse import quote

import pytest
from alembic import command
from flask.testing import FlaskClient
from sqlalchemy import MetaData, delete, func, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from backend.db.migrate import alembic_config, migrate
from backend.db.session import MOST_ATTEMPTS, Database
from backend.db.tables import (
    AuditEvent,
    CampaignContact,
    Contact,
    Conversation,
    Institution,
    Message,
    Office,
    PhoneNumber,
    Turn,
)
from backend.domain.errors import Conflict, InvalidRequest
from backend.domain.provisioned_numbers import Use
from backend.services import audit, inbound, outbound, staff, staff_chat
from tests.integration.conftest import STUDENT, World, on_postgresql_only, on_sqlite_only

AT = datetime(2026, 7, 1, 12)  # noqa: DTZ001 — as the database keeps it
FIRST_ROWS: dict[str, dict[str, object]] = {
    "institutions": {
        "public_id": "ins_1",
        "slug": "old",
        "name": "Old College",
        "time_zone": "America/Chicago",
        "language": "en",
        "opt_out_scope": "number",
        "created_at": AT,
    },
    "offices": {
        "public_id": "off_1",
        "slug": "aid",
        "name": "Aid",
        "time_zone": "America/Chicago",
    },
    "inboxes": {"public_id": "inb_1", "office_id": 1, "name": "Aid inbox"},
    "carrier_accounts": {
        "public_id": "car_1",
        "account_sid": "AC1",
        "auth_token_sealed": b"sealed",
        "opt_out_handled_by": "us",
    },
    "phone_numbers": {
        "public_id": "num_1",
        "office_id": 1,
        "carrier_account_id": 1,
        "e164": "+13165550021",
        "name": "Aid line",
        "kind": "reusable",
        "state": "active",
        "unsolicited_response": "assistant",
        "unsolicited_inbox_id": 1,
        "created_at": AT,
        "first_used_at": AT.replace(day=2),
    },
    "campaigns": {
        "public_id": "cmp_1",
        "office_id": 1,
        "number_id": 1,
        "inbox_id": 1,
        "name": "Deadlines",
        "state": "active",
        "responder": "assistant",
        "created_at": AT,
    },
    "contacts": {"public_id": "ctc_1", "e164": STUDENT, "created_at": AT},
    "campaign_contacts": {"campaign_id": 1, "contact_id": 1, "targeted_at": AT},
    "conversations": {
        "public_id": "cnv_1",
        "channel": "sms",
        "participant_kind": "contact",
        "office_id": 1,
        "contact_id": 1,
        "number_id": 1,
        "with_person": False,
        "needs_attention": False,
        "is_urgent": False,
        "created_at": AT,
        "last_message_at": AT,
    },
    "messages": {
        "public_id": "msg_1",
        "conversation_id": 1,
        "author": "contact",
        "body": "Hello",
        "media": [],
        "details": {},
        "status": "received",
        "attempts": 0,
        "created_at": AT,
    },
    "audit_events": {
        "message_id": 1,
        "channel": "sms",
        "action": "quota.read",
        "outcome": "refused",
        "at": AT,
    },
    "contract_limits": {
        "starts_on": date(2026, 7, 1),
        "ends_on": date(2027, 6, 30),
        "contacts_limit": 10,
        "numbers_limit": 2,
    },
}


@pytest.fixture
def first_tables(empty_database_url: str) -> Iterator[Database]:
    """A database as the first migration left it, with a row of everything in it."""
    command.upgrade(alembic_config(empty_database_url), "0001")
    with closing(Database(empty_database_url)) as database:
        with database.write() as session:
            tables = MetaData()
            tables.reflect(session.connection())
            for table, values in FIRST_ROWS.items():
                owner = {} if table == "institutions" else {"institution_id": 1}
                session.execute(tables.tables[table].insert().values(id=1, **owner, **values))
        yield database


def test_migrations_make_the_tables_of_the_code(empty_database_url: str) -> None:
    """Migrating an empty database gives what the mappings say; again changes nothing."""
    migrate(empty_database_url)
    migrate(empty_database_url)

    command.check(alembic_config(empty_database_url))


def test_migrations_can_be_undone(empty_database_url: str) -> None:
    """Down to nothing and up again."""
    migrate(empty_database_url)
    command.downgrade(alembic_config(empty_database_url), "base")
    migrate(empty_database_url)

    command.check(alembic_config(empty_database_url))


def test_migrations_keep_every_row_and_fill_in_what_is_new(first_tables: Database) -> None:
    """From the first tables to the latest: all is there, and what was unknown is told apart."""
    migrate(first_tables.url)

    with first_tables.read() as session:
        number = session.scalars(select(PhoneNumber)).one()
        event = session.scalars(select(AuditEvent)).one()
        message = session.scalars(select(Message)).one()
        targeted = session.scalars(select(CampaignContact)).one()
        assert (number.created_by_office_id, number.state_since) == (1, AT.replace(tzinfo=UTC))
        assert number.first_use is Use.RECEIVED_TEXT
        assert (event.message, event.action) == ("msg_1", "quota.read")
        assert event.public_id.startswith("aud_")
        assert (message.body, message.conversation.contact_id) == ("Hello", 1)
        assert (targeted.targeted_at, targeted.message_id) == (AT.replace(tzinfo=UTC), None)
    command.check(alembic_config(first_tables.url))


def test_migrations_keep_every_row_on_the_way_down(first_tables: Database) -> None:
    """Undone, the first tables hold what they held; and up again."""
    migrate(first_tables.url)
    command.downgrade(alembic_config(first_tables.url), "0001")

    with first_tables.read() as session:
        for table, values in FIRST_ROWS.items():
            columns = ", ".join(name for name in values if name not in ("media", "details"))
            row = session.execute(text(f"SELECT {columns} FROM {table}")).mappings().one()
            assert {name: str(row[name]) for name in row} == {
                name: str(_as_kept(first_tables, values[name])) for name in row
            }, table
    migrate(first_tables.url)


def _as_kept(database: Database, value: object) -> object:
    """A value as plain SQL gives it back: SQLite has no times and no booleans."""
    if database.url.startswith("sqlite"):
        if isinstance(value, datetime):
            return f"{value}.000000"
        if isinstance(value, bool):
            return int(value)
    return value


@on_sqlite_only
def test_sqlite_is_durable_and_shared(world: World) -> None:
    """WAL, full synchronisation and foreign keys are on."""
    with world.desk.db.read() as session:
        connection = session.connection()
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert pragmas == ["wal", 2, 1]


@pytest.mark.parametrize("how", ["rows", "update", "delete", "raw update", "raw delete"])
def test_the_audit_is_only_ever_added_to(world: World, how: str) -> None:
    """Neither a mapped row nor SQL of any kind changes or removes a line of the audit."""
    at = world.clock.now()
    with world.desk.db.write(world.alice.institution_id) as session:
        audit.record(session, "quota.read", by=None, via=audit.CLI, outcome="done", at=at)

    def tamper(session: Session) -> None:
        if how == "rows":
            session.scalars(select(AuditEvent)).one().outcome = "never happened"
        elif how == "update":
            session.execute(update(AuditEvent).values(outcome="never happened"))
        elif how == "delete":
            session.execute(delete(AuditEvent))
        elif how == "raw update":
            session.execute(text("UPDATE audit_events SET outcome = 'never happened'"))
        else:
            session.execute(text("DELETE FROM audit_events"))

    with (
        pytest.raises(DatabaseError, match="only ever added to"),
        world.desk.db.write(world.alice.institution_id) as session,
    ):
        tamper(session)
    with world.desk.db.read() as session:
        assert session.scalars(select(AuditEvent.outcome)).all() == ["done"]


def test_many_webhooks_at_once_are_all_stored_once(world: World) -> None:
    """Eight threads with repeats: every MessageSid once, no error."""
    texts = [world.text(f"SM{number % 40}", "hello", world.inbox_number) for number in range(80)]
    receive = partial(inbound.receive, world.desk, world.alice.institution_id)
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(receive, texts))

    with world.desk.db.read() as session:
        assert session.scalar(select(func.count(Message.id))) == 40
    assert receipts.count(inbound.Receipt.SEEN_BEFORE) == 40


def test_texts_of_new_students_at_once_are_all_stored(world: World) -> None:
    """Forty new students and one who texts ten times, to two numbers, all at the same moment."""
    numbers = (world.inbox_number, world.assistant_number)
    texts = [
        replace(
            world.text(f"SM{each}", f"text {each}", numbers[each % 2]),
            from_number=STUDENT if each < 10 else f"+1316555{each:04}",
        )
        for each in range(50)
    ]
    receive = partial(inbound.receive, world.desk, world.alice.institution_id)
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(receive, texts))

    with world.desk.db.read() as session:
        assert set(receipts) == {inbound.Receipt.STORED}
        assert session.scalar(select(func.count(Message.id))) == 50
        assert session.scalar(select(func.count(Contact.id))) == 41
        assert session.scalar(select(func.count(Conversation.id))) == 42
        used = select(func.count(PhoneNumber.id)).where(PhoneNumber.first_used_at.is_not(None))
        assert session.scalar(used) == 2


@pytest.mark.parametrize("is_first", [True, False])
def test_one_staff_message_sent_by_many_at_once_is_one(world: World, is_first: bool) -> None:
    """The same message id eight times at once, with and without a conversation: one turn."""
    conversation = None
    if not is_first:
        conversation = staff_chat.ask(world.desk, world.bob, text="hi").conversation

    def ask(_each: int) -> str:
        try:
            answer = staff_chat.ask(
                world.desk, world.bob, text="hello", message_id="m1", conversation=conversation
            )
        except Conflict:
            return "still being answered"
        return answer.conversation

    with ThreadPoolExecutor(8) as pool:
        told = set(pool.map(ask, range(8))) - {"still being answered"}

    with world.desk.db.read() as session:
        turns = select(func.count(Turn.id)).join(Turn.message)
        assert session.scalar(turns.where(Message.sender_message_id == "m1")) == 1
    assert len(told) == 1


def test_delivery_reports_at_once_only_move_forward(world: World) -> None:
    """However `sent` and `delivered` fall together, `delivered` stays."""
    world.receive("SM1", "hello")
    world.queue.work()
    with world.desk.db.read() as session:
        sent = session.scalars(select(Message).where(Message.reply_to_id.is_not(None))).one()

    def report(status: str) -> None:
        outbound.report_status(
            world.desk,
            world.alice.institution_id,
            message_id=sent.public_id,
            message_sid=sent.carrier_sid or "",
            status=status,
            error_code=None,
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(report, ["sent", "delivered"] * 8))

    with world.desk.db.read() as session:
        assert session.get_one(Message, sent.id).status == "delivered"


def test_two_that_wait_for_each_other_both_end_well(world: World) -> None:
    """Each changes first what the other changes next: one gives way and runs again."""
    meeting = Barrier(2)

    def visit(slugs: tuple[str, str]) -> None:
        def work(session: Session) -> None:
            for slug in slugs:
                visits = func.coalesce(Office.place, "").concat(slugs[0][0])
                session.execute(update(Office).where(Office.slug == slug).values(place=visits))
                with suppress(BrokenBarrierError):  # on SQLite the other has not even begun
                    meeting.wait(0.2)

        world.desk.db.transact(work, world.alice.institution_id)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(visit, [("registrar", "financial-aid"), ("financial-aid", "registrar")]))

    with world.desk.db.read(world.alice.institution_id) as session:
        visitors = [set(place or "") for place in session.scalars(select(Office.place))]
    assert visitors == [{"f", "r"}] * 2


def test_what_can_never_be_written_is_raised_in_the_end(world: World) -> None:
    """A second institution of one name is no race: the error comes out after a few tries."""
    runs: list[datetime] = []

    def work(session: Session) -> None:
        runs.append(at := world.clock.now())
        session.add(Institution(slug="northern", name="X", time_zone="UTC", created_at=at))

    with pytest.raises(IntegrityError):
        world.desk.db.transact(work)

    assert len(runs) == MOST_ATTEMPTS


@on_postgresql_only
@pytest.mark.parametrize("slug", ["with a NUL: \0", "x" * 61])
def test_what_postgresql_cannot_keep_is_refused_in_words(world: World, slug: str) -> None:
    """No NUL and nothing longer than its column: SQLite would take both."""
    at = world.clock.now()

    with pytest.raises(InvalidRequest, match="too long"), world.desk.db.write() as session:
        session.add(Institution(slug=slug, name="X", time_zone="UTC", created_at=at))


@pytest.mark.parametrize("odd", ["\0", "\ud800", "9" * 40])
def test_odd_characters_are_never_a_500(world: World, browser: FlaskClient, odd: str) -> None:
    """NUL, half a character, a huge number: wherever the API takes words."""
    token = staff.create_access_token(world.desk, "alice@northern.example", timedelta(days=1))
    headers = {"Authorization": f"Bearer {token}"}
    path = quote(odd, errors="surrogatepass")
    sent = [{"text": f"hi {odd}"}, {"text": "hi", "conversation": odd}, {"button": odd}]
    responses = [browser.post("/api/v1/chat", json=each, headers=headers) for each in sent]
    responses += [
        browser.get(f"/api/v1/numbers/{path}", headers=headers),
        browser.get(f"/api/v1/numbers?after={path}", headers=headers),
        browser.get("/api/v1/quota", headers={"Authorization": f"Bearer {path}"}),
    ]

    assert [each.status_code for each in responses if each.status_code >= 500] == []


def test_moment_without_zone_is_refused(world: World) -> None:
    """A naive time never gets in."""
    database = world.desk.db
    naive = datetime(2026, 3, 8, 2, 30)  # noqa: DTZ001 — that is the point
    with pytest.raises(StatementError, match="without a time zone"), database.write() as session:
        session.add(Institution(slug="x", name="X", time_zone="UTC", created_at=naive))

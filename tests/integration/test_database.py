"""The database: migrations are the tables, and many writers never fail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from backend.db.migrate import alembic_config, migrate
from backend.db.tables import Institution, Message
from backend.services import inbound
from tests.integration.conftest import World


def test_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    """Migrating an empty database gives what the mappings say; again changes nothing."""
    url = f"sqlite:///{tmp_path / 'new.db'}"
    migrate(url)
    migrate(url)

    command.check(alembic_config(url))


def test_migrations_can_be_undone(tmp_path: Path) -> None:
    """Down to nothing and up again."""
    url = f"sqlite:///{tmp_path / 'new.db'}"
    migrate(url)
    command.downgrade(alembic_config(url), "base")
    migrate(url)

    command.check(alembic_config(url))


def test_sqlite_is_durable_and_shared(world: World) -> None:
    """WAL, full synchronisation and foreign keys are on."""
    with world.desk.db.read() as session:
        connection = session.connection()
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert pragmas == ["wal", 2, 1]


def test_many_webhooks_at_once_are_all_stored_once(world: World) -> None:
    """Eight threads with repeats: every MessageSid once, no error."""
    texts = [world.text(f"SM{number % 40}", "hello", world.inbox_number) for number in range(80)]
    receive = partial(inbound.receive, world.desk, world.alice.institution_id)
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(receive, texts))

    with world.desk.db.read() as session:
        assert session.scalar(select(func.count(Message.id))) == 40
    assert receipts.count(inbound.Receipt.SEEN_BEFORE) == 40


def test_moment_without_zone_is_refused(world: World) -> None:
    """A naive time never gets in."""
    database = world.desk.db
    naive = datetime(2026, 3, 8, 2, 30)  # noqa: DTZ001 — that is the point
    with pytest.raises(StatementError, match="without a time zone"), database.write() as session:
        session.add(Institution(slug="x", name="X", time_zone="UTC", created_at=naive))

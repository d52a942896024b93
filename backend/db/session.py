"""Sessions on the database: SQLite in WAL by default, PostgreSQL by its URL.

A transaction says up front whether it writes, so that SQLite takes its one write lock at the
start (`BEGIN IMMEDIATE`) and never fails half-way. PostgreSQL lets many write at once: rows that a
transaction decides by are locked (`FOR NO KEY UPDATE`, which does not hinder who adds a row that
points at the locked one), and what two may create at once goes through `Database.transact`.
A session opened for an institution sees and changes that institution's rows only, whatever the
query forgets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from backend.db.tables import Institution, OwnedByInstitution
from backend.domain.errors import DatabaseBusy, InvalidRequest, Problem

BUSY_TIMEOUT_S = 15
BUSY = "The desk's database is busy or away. Nothing was changed; try again."
MOST_ATTEMPTS = 4
# PostgreSQL's serialization_failure and deadlock_detected: the transaction was sacrificed so that
# another could go on. https://www.postgresql.org/docs/current/errcodes-appendix.html
SACRIFICED = ("40001", "40P01")


class Database:
    """The engine, and the two kinds of transaction on it."""

    def __init__(self, url: str) -> None:
        """Open `url` (SQLAlchemy's form); the folder of an SQLite file is made if missing."""
        self.url = url
        self._engine = _sqlite(url) if url.startswith("sqlite") else _server(url)
        self._writing = self._engine.execution_options(sqlite_begin="IMMEDIATE")
        self._one_writer = Lock() if url.startswith("sqlite") else None

    @contextmanager
    def read(self, institution_id: int | None = None) -> Iterator[Session]:
        """A session for reading; None sees every institution (finding out who is speaking)."""
        with self._session(self._engine, institution_id) as session:
            yield session

    @contextmanager
    def write(self, institution_id: int | None = None) -> Iterator[Session]:
        """A session for one transaction, committed at the end, rolled back on any error."""
        with (
            self._turn_to_write(),
            self._session(self._writing, institution_id) as session,
            session.begin(),
        ):
            yield session

    def transact[Result](
        self, work: Callable[[Session], Result], institution_id: int | None = None
    ) -> Result:
        """What `work` returns, done in one transaction for writing.

        When another transaction was quicker to create the same row, or this one was sacrificed
        to end a deadlock, nothing of it remains and `work` runs again, and then sees what the
        other did; so it must change nothing but its session. Raises the last failure after four.
        """
        for _ in range(MOST_ATTEMPTS - 1):
            try:
                with self.write(institution_id) as session:
                    return work(session)
            except IntegrityError:
                continue
            except DatabaseBusy as busy:
                if getattr(busy.__cause__, "sqlstate", None) not in SACRIFICED:
                    raise
        with self.write(institution_id) as session:
            return work(session)

    def check(self) -> bool:
        """Whether the database answers and has its tables."""
        with self.read() as session:
            return session.scalar(select(func.count(Institution.id))) is not None

    @contextmanager
    def connect_for_migrations(self) -> Iterator[Connection]:
        """A bare connection in a writing transaction, for Alembic.

        SQLite alters a table by copying it and dropping the old one, which other tables point at;
        so foreign keys rest meanwhile, which it takes outside of a transaction only, and are
        checked at the end.
        """
        with self._writing.connect() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            if is_sqlite:
                connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                yield connection
                if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise RuntimeError("the migration would leave rows that point at nothing")
            connection.detach()  # so that no other use finds the foreign keys at rest

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        """Wait for this process's turn to write, where only one can (SQLite).

        SQLite itself lets who waits look again after pauses, and whoever is luckier goes first: of
        16 threads one may wait for seconds while the others take turns.
        """
        if self._one_writer is None:
            yield
            return
        if not self._one_writer.acquire(timeout=BUSY_TIMEOUT_S):
            raise DatabaseBusy(BUSY)
        try:
            yield
        finally:
            self._one_writer.release()

    @contextmanager
    def _session(self, engine: Engine, institution_id: int | None) -> Iterator[Session]:
        with Session(engine, expire_on_commit=False) as session:
            if institution_id is not None:
                session.info["institution_id"] = institution_id
            try:
                yield session
            except OperationalError as error:
                # The statement's values may be personal: they are left out of what is said.
                raise DatabaseBusy(BUSY) from error.orig
            except DataError as error:
                # SQLite takes these as they come.
                raise InvalidRequest(
                    Problem(
                        "",
                        "not_storable",
                        "Something in it is too long or holds characters that cannot be kept. "
                        "Shorten it, or type it anew.",
                    )
                ) from error.orig


@event.listens_for(Session, "do_orm_execute")
def _only_own_institution(state: ORMExecuteState) -> None:
    institution_id = state.session.info.get("institution_id")
    if institution_id is None or state.is_column_load or state.is_relationship_load:
        return
    state.statement = state.statement.options(
        with_loader_criteria(
            OwnedByInstitution,
            lambda table: table.institution_id == institution_id,
            include_aliases=True,
        ),
        with_loader_criteria(Institution, Institution.id == institution_id, include_aliases=True),
    )


@event.listens_for(Session, "before_flush")
def _write_only_own_institution(session: Session, *_: Any) -> None:
    institution_id = session.info.get("institution_id")
    if institution_id is None:
        return
    for row in session.new:
        if isinstance(row, OwnedByInstitution):
            if row.institution_id is None:
                row.institution_id = institution_id
            elif row.institution_id != institution_id:
                raise ValueError("a row of another institution cannot be written here")


def _server(url: str) -> Engine:
    return create_engine(
        _with_psycopg(url),
        pool_pre_ping=True,
        pool_size=20,
        max_overflow=20,
        hide_parameters=True,  # what people write stays out of errors, and so out of logs
    )


def _with_psycopg(url: str) -> str:
    """`postgresql://…` as everybody writes it, for the driver that is installed."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme == "postgresql" else url


def _sqlite(url: str) -> Engine:
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's BEGIN below is the only one
        cursor = connection.cursor()
        # What is deleted is overwritten in the file.
        for pragma in (
            *("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"),
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine

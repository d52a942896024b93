"""The sandbox carrier's memory: an SQLite file that all processes share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_VERSION: Final = 3

# Run on a new file, and on one of an earlier version, which lacks some of it.
_SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS texts (
    id INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
    from_number TEXT NOT NULL, to_number TEXT NOT NULL, body TEXT NOT NULL,
    direction TEXT NOT NULL, status TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS texts_by_pair ON texts (from_number, to_number);
CREATE INDEX IF NOT EXISTS texts_by_time ON texts (account_sid, at);
CREATE TABLE IF NOT EXISTS pictures (
    id INTEGER PRIMARY KEY, text_sid TEXT NOT NULL, url TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS pictures_by_text ON pictures (text_sid);
CREATE TABLE IF NOT EXISTS webhooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, text_sid TEXT NOT NULL, status TEXT NOT NULL,
    path TEXT NOT NULL, form TEXT NOT NULL, signature TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, leased_until REAL NOT NULL DEFAULT 0, failure TEXT
);
CREATE INDEX IF NOT EXISTS webhooks_by_text ON webhooks (text_sid, id);
CREATE TABLE IF NOT EXISTS numbers (
    id INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
    e164 TEXT NOT NULL UNIQUE, reference TEXT NOT NULL, sms_url TEXT NOT NULL,
    service_sid TEXT, joined_at REAL
);
PRAGMA user_version = {_VERSION};
COMMIT;
"""


class SandboxFile:
    """The file at `path`, made at first use, brought up to date when it is older."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection where each statement stands alone."""
        if not self._path.exists():
            _create(self._path)
        with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version < _VERSION:
                db.executescript(_SCHEMA)
            yield db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: `BEGIN IMMEDIATE`, so that waiting writers queue up and none fails."""
        with self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")


def _create(path: Path) -> None:
    """Make the file aside and link it in whole: two processes may start on a missing file.

    Switching a file to WAL (a mode the file keeps) fails when another process has it open.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent) as folder:
        fresh = Path(folder) / path.name
        with closing(sqlite3.connect(fresh)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_SCHEMA)
        with suppress(FileExistsError):
            path.hardlink_to(fresh)

"""For every test: a polite end, so that what a test started is always stopped; logs as the backend
writes them, searched at the end for people's words and numbers; and, for those that ask, one
PostgreSQL and one Redis for all of them.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from backend.adapters import logs
from tests.databases import PostgresServer, running_postgresql, running_redis
from tests.written import (
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_terminal_summary,
)

__all__ = ["pytest_runtest_logreport", "pytest_sessionfinish", "pytest_terminal_summary"]

# `timeout` and CI end a run with SIGTERM; as an interrupt it lets fixtures clean up.
signal.signal(signal.SIGTERM, signal.default_int_handler)
logs.keep_discreet()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server without databases of ours."""
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a Redis server; what earlier tests wrote may still be in it."""
    with running_redis() as url:
        yield url

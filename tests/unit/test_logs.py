"""What libraries log of errors and requests holds nobody's words."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from backend.adapters import logs
from backend.db.session import Database

WORDS = "my grandmother is called Clementine"


@pytest.fixture(autouse=True)
def discreet() -> Iterator[None]:
    """Logs as in every process of the backend."""
    make = logging.getLogRecordFactory()
    logs.keep_discreet()
    yield
    logging.setLogRecordFactory(make)


def fail() -> None:
    """As a library does that quotes what it was given."""
    raise ValueError(f"cannot read {WORDS!r}")


def test_an_error_is_logged_by_its_kind_and_place(caplog: pytest.LogCaptureFixture) -> None:
    """However a library does it: with the error beside the message, or as the message."""
    log = logging.getLogger("a.library")
    try:
        fail()
    except ValueError as failure:
        log.exception("It went %s", "wrong")
        log.error("Went wrong", exc_info=failure)
        log.error(failure)
        log.exception(failure)

    assert WORDS not in caplog.text
    assert caplog.text.count("ValueError: test_logs.py:") == 4
    assert "It went wrong [ValueError" in caplog.text


def test_a_request_is_logged_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    """gunicorn names the address with everything after the question mark."""
    log = logging.getLogger("gunicorn.error")
    try:
        fail()
    except ValueError:
        log.exception("Error handling request %s %s", "GET", "/phone/thread?student=3165550199")
    log.warning("Invalid request from ip=1.2.3.4: Invalid line: 'GET /?student=3165550199'")
    log.warning("Worker exiting")

    assert "3165550199" not in caplog.text and WORDS not in caplog.text
    assert "Error handling request" in caplog.text and "Worker exiting" in caplog.text


def test_our_own_lines_tell_an_error_likewise(capsys: pytest.CaptureFixture[str]) -> None:
    """Also where somebody logs one with structlog."""
    log = structlog.get_logger()
    try:
        fail()
    except ValueError as failure:
        log.exception("it.failed")
        log.error("it.failed", exc_info=failure)

    written = capsys.readouterr().out
    assert WORDS not in written
    assert written.count("ValueError: test_logs.py:") == 2


def test_libraries_stay_quiet_when_everything_is_asked_to_talk(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Below warnings, SQLAlchemy tells values, and HTTP clients addresses."""
    caplog.set_level(logging.DEBUG)
    for name in ("sqlalchemy.engine.Engine", "twilio.http_client", "httpx", "urllib3", "huey"):
        logging.getLogger(name).info(WORDS)
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(text("SELECT :words"), {"words": WORDS})

    assert WORDS not in caplog.text


def test_a_database_error_hides_its_values() -> None:
    """A statement that fails is told without what was to be stored."""
    database = Database("sqlite:///:memory:")
    with database.write() as session:
        session.execute(text("CREATE TABLE words (word TEXT UNIQUE)"))
        store = text("INSERT INTO words VALUES (:word)")
        session.execute(store, {"word": WORDS})
        with pytest.raises(IntegrityError) as failure:
            session.execute(store, {"word": WORDS})

    assert WORDS not in str(failure.value)
    database.close()

"""Log lines say what happened and where, never what people wrote or their numbers.

Our own lines are worded so. Libraries log errors whole, and an error's text may quote a message
(`ValueError: … 'my words'`), a row (PostgreSQL's DETAIL) or an address with what was asked for
(gunicorn's "Error handling request /phone/thread?student=…"). Here that is taken out of every line
of this process, whichever library writes it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

from backend.domain.errors import frames

# What gunicorn says about requests ends in the request itself.
_OF_REQUESTS = ("Invalid request", "Error handling request")
_SILENT = ("httpcore", "httpx", "huey", "sqlalchemy", "twilio", "urllib3")


def keep_discreet() -> None:
    """Set up the logs of this process: ids only, and of libraries warnings only."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    # By name, too: at a lower level they would tell of values, addresses and answers.
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.WARNING)
    if not isinstance(logging.getLogRecordFactory(), _Discreet):
        logging.setLogRecordFactory(_Discreet(logging.getLogRecordFactory()))
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _where_only,
            structlog.processors.LogfmtRenderer(),
        ],
        cache_logger_on_first_use=False,
    )


class _Discreet:
    """Makes log records without the text of errors and the addresses of requests."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, *arguments: Any, **named: Any) -> logging.LogRecord:
        record = self._make(*arguments, **named)
        if record.name.startswith("gunicorn"):
            for about in _OF_REQUESTS:
                if isinstance(record.msg, str) and record.msg.startswith(about):
                    record.msg, record.args = about, ()
        failure = record.exc_info[1] if record.exc_info else None
        if failure is not None:
            # An error that is logged as the message itself is its text.
            said = type(failure).__name__ if record.msg is failure else record.getMessage()
            record.msg = f"{said} [{_where(failure)}]"
            record.args = ()
            record.exc_info = None
        elif isinstance(record.msg, BaseException):
            record.msg, record.args = _where(record.msg), ()
        return record


def _where(failure: BaseException) -> str:
    return f"{type(failure).__name__}: {frames(failure)}"


def _where_only(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """structlog's own way to log an error, without its text."""
    failure = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()
    if isinstance(failure, tuple):
        failure = failure[1]
    if isinstance(failure, BaseException):
        event["failure"] = _where(failure)
    return event

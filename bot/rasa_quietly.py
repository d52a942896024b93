"""``python -m rasa`` without its libraries' deprecations: ``python -m bot.rasa_quietly``.

Filters don't help: several of those libraries reset them when they are imported. And what Rasa
takes for an error and is none here.
"""

import logging
import sys
import traceback
import warnings
from typing import Any, TextIO

_show = warnings.showwarning
# Where Rasa calls actions, and the status of an action that lets a message go.
_CALLING_ACTIONS, _REJECTED = "rasa.core.actions.action", 400
# Innermost calls that are told of an error.
_MOST_CALLS = 8


def show_for_people(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Show only what Rasa itself says to those who write its data (UserWarning)."""
    if category is UserWarning or category.__module__.startswith("rasa"):
        _show(message, category, filename, lineno, file, line)


def let_go_quietly() -> None:
    """Keep what is normal out of the log: a job's action that rejects a message, which is not for
    it, so that the message's own rule can answer. Every other failure of an action is still told.
    """
    logging.getLogger(_CALLING_ACTIONS).addFilter(_is_worth_telling)


def _is_worth_telling(_: logging.LogRecord) -> bool:
    """By the error in hand: Rasa logs a rejection's words, which may be any, while handling it."""
    return getattr(sys.exc_info()[1], "status", None) != _REJECTED


def leave_words_out() -> None:
    """Have whatever is logged of an error say its kind and where it arose, never its text, which
    may quote what people wrote: Rasa, Sanic and their libraries log errors whole.
    """
    make = logging.getLogRecordFactory()

    def discreet(*arguments: Any, **named: Any) -> logging.LogRecord:
        record = make(*arguments, **named)
        failure = record.exc_info[1] if record.exc_info else None
        if failure is not None:
            said = "an error" if record.msg is failure else record.getMessage()
            record.msg = f"{said} [{type(failure).__name__}: {_where(failure)}]"
            record.args, record.exc_info = (), None
        elif isinstance(record.msg, BaseException):
            record.msg, record.args = type(record.msg).__name__, ()
        return record

    logging.setLogRecordFactory(discreet)


def _where(failure: BaseException) -> str:
    calls = traceback.extract_tb(failure.__traceback__)[-_MOST_CALLS:]
    return " > ".join(f"{call.filename.rpartition('/')[2]}:{call.lineno}" for call in calls)


def main() -> Any:
    """Rasa's own command line, arguments and exit code untouched."""
    warnings.showwarning = show_for_people
    from rasa.__main__ import main as rasa

    return rasa()


if __name__ == "__main__":
    main()

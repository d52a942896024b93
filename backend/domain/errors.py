"""Every way the number desk says no.

NumbersError
├── TurnClosed        401  the turn a token spoke for is over
├── NotAllowed        403  the person may not do this; says which rule
├── NotFound          404  nothing by that name that this person may see
├── Conflict          409  true request, wrong moment
│   └── OverQuota     409  the contract allows no more; carries the figures
├── InvalidRequest    422  what is wrong, where, what to do; all problems at once
├── CarrierError      502  the carrier said no, or said nothing
├── BotUnavailable    503  the assistant cannot answer now
└── DatabaseBusy      503  the database is locked or away; nothing was changed

Raised in domain and services; vendor exceptions become these in adapters; mapped to HTTP
once, in `web/errors.py`.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import ClassVar


class NumbersError(Exception):
    """Base of all; `str(error)` is a sentence a person can read.

    `why` names the reason and `facts` what the sentence tells of it, where somebody may have to
    say it in other words or another language.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, sentence: str = "", *, why: str | None = None, **facts: str) -> None:
        super().__init__(sentence)
        self.why = why
        self.facts = facts


class TurnClosed(NumbersError):
    """A turn token is missing or unknown, or its turn is over."""

    status = 401
    code = "turn_closed"


class NotAllowed(NumbersError):
    """The person, as identified by the channel, has no right to this."""

    status = 403
    code = "not_allowed"


class NotFound(NumbersError):
    """Nothing by that id within what this person may see."""

    status = 404
    code = "not_found"


class Conflict(NumbersError):
    """The request is understood but clashes with the present state."""

    status = 409
    code = "conflict"


@dataclass(frozen=True)
class Figures:
    """How a contract limit stands: what it is about (`numbers`, `contacts`), and the counts."""

    what: str
    limit: int
    used: int
    reserved: int
    wanted: int


class OverQuota(Conflict):
    """The contract does not allow that many more. `figures` is None for who may not see them."""

    code = "over_quota"

    def __init__(self, what: str, figures: Figures | None) -> None:
        sentence = _over(figures) if figures else _over_without_figures(what)
        super().__init__(sentence, why="over_quota")
        self.figures = figures


def _over(figures: Figures) -> str:
    left = max(figures.limit - figures.used - figures.reserved, 0)
    reserved = f" and {figures.reserved:,} reserved" if figures.reserved else ""
    return (
        f"Your contract covers {figures.limit:,} {figures.what}: {figures.used:,} are used"
        f"{reserved}, so {left:,} are left, and this needs {figures.wanted:,}."
    )


def _over_without_figures(what: str) -> str:
    return (
        f"Your institution's contract does not cover that many more {what}. An administrator can "
        "see the contract limits."
    )


@dataclass(frozen=True)
class Problem:
    """One fault of a request: `field` is a dotted path, `fix` says what to do."""

    field: str
    code: str
    fix: str


class InvalidRequest(NumbersError):
    """The request cannot be done as written; carries every fault found."""

    status = 422
    code = "invalid_request"

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(problem.fix for problem in problems))
        self.problems = problems


def unknown_cursor() -> InvalidRequest:
    """What to say of a list's cursor (`after`) that is nothing this person may see."""
    fix = "Start again without a cursor: this one leads nowhere."
    return InvalidRequest(Problem("after", "unknown_cursor", fix))


class CarrierError(NumbersError):
    """The carrier refused or failed.

    `carrier_code` is the carrier's own error number (Twilio's list) or None when nothing came back;
    `permanent` means the same request can never succeed; `may_have_happened` means the
    carrier might have carried it out (a time-out), so it must not be sent again blindly.
    """

    status = 502
    code = "carrier_error"

    def __init__(
        self,
        message: str,
        *,
        carrier_code: int | None = None,
        permanent: bool = False,
        may_have_happened: bool = False,
    ) -> None:
        super().__init__(message)
        self.carrier_code = carrier_code
        self.permanent = permanent
        self.may_have_happened = may_have_happened


class BotUnavailable(NumbersError):
    """Rasa or its action server could not answer this turn."""

    status = 503
    code = "bot_unavailable"


class DatabaseBusy(NumbersError):
    """The database did not take the transaction; none of it happened."""

    status = 503
    code = "database_busy"


def frames(error: BaseException, most: int = 8) -> str:
    """Where an error arose, for a log: the innermost calls, without the error's own text,
    which may quote a message or a phone number.
    """
    calls = traceback.extract_tb(error.__traceback__)[-most:]
    return " > ".join(f"{call.filename.rpartition('/')[2]}:{call.lineno}" for call in calls)

"""The shape of a job: fields that are filled by what was said, and what it then does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.ports import Errand
from backend.services.staff import Who

# What of somebody's words is looked at, and how many choices fit under a question.
LONGEST_SAID: Final = 200
MOST_CHOICES: Final = 8

Facts = dict[str, Any]  # in types that JSON has


@dataclass(frozen=True)
class Choice:
    """A value of a field: what it is here (an id, a plain word), and its name for people."""

    value: str
    name: str


@dataclass(frozen=True)
class Question:
    """What is still to be asked.

    `problem` says why the words (`said`) were not enough: `unknown`, `several`, `same_office`,
    `no_inbox`, `none_available`; None where nothing was said yet. `reason` says more in a sentence.
    `choices` are what could be meant; there may be `more` of them.
    """

    field: str
    choices: tuple[Choice, ...] = ()
    problem: str | None = None
    said: str | None = None
    reason: str | None = None
    more: bool = False


@dataclass(frozen=True)
class Asked:
    """What a field is read from: the words for it ("": nothing was said), and the fields that were
    read before it. Where it is `to_be_asked` nothing may be taken for granted.
    """

    session: Session
    who: Who
    said: str
    known: Mapping[str, Choice]
    to_be_asked: bool = False

    def value(self, name: str) -> str | None:
        """The value of a field before this one; None where it is not known."""
        return self.known[name].value if name in self.known else None


# A field's value, what to ask about it, or None where it is not needed (yet).
Read = Callable[[Asked], Choice | Question | None]


@dataclass(frozen=True)
class Field:
    """One thing to know."""

    name: str
    read: Read


@dataclass(frozen=True)
class Reading:
    """What is known so far, and the question that comes next; without one the job can be planned.

    `facts` is what the plan says and does, `figures` what is worth knowing beside it and may
    change by the minute.
    """

    known: Mapping[str, Choice]
    question: Question | None = None
    facts: Facts = field(default_factory=dict)
    figures: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What came of a plan; `errands` are for the queue once the transaction has ended."""

    receipt: Facts
    errands: Sequence[Errand] = ()


class Job(Protocol):
    """A job by the name of its intent; `action` is what the audit calls it.

    `require` raises what stands in the way before anything is asked: `NotAllowed`, `OverQuota`.
    `describe` says what would be done with fields that are all known; it raises what would stand
    in the way of that.
    """

    name: str
    action: str
    fields: tuple[Field, ...]

    def require(self, session: Session, desk: Desk, who: Who) -> None:
        """Let pass who may do such a thing."""
        ...

    def describe(
        self, session: Session, desk: Desk, who: Who, known: Mapping[str, Choice]
    ) -> tuple[Facts, Facts]:
        """The plan's facts and figures."""
        ...


@dataclass(frozen=True)
class Asker:
    """Who has something done, by which message of which conversation. `payload` is what the
    pressed button stands for, None for typed words; the ids are row numbers.
    """

    who: Who
    via: Via
    conversation_id: int
    turn_id: int
    payload: str | None


class Change(Job, Protocol):
    """A job that is done within the transaction that confirms its plan."""

    def carry_out(
        self, session: Session, desk: Desk, asker: Asker, request: Mapping[str, str]
    ) -> Done:
        """Do it. Raises what stands in the way."""
        ...


class Order(Job, Protocol):
    """A job that buys: it speaks with the carrier, and is the same order under the same key."""

    def check(self, desk: Desk, who: Who, request: Mapping[str, str]) -> Question | None:
        """What the carrier cannot give, before it is promised."""
        ...

    def order(
        self, desk: Desk, asker: Asker, request: Mapping[str, str], key: str
    ) -> tuple[Facts, bool]:
        """Order it; the receipt, and whether the carrier has confirmed it."""
        ...


def read(
    job: Job,
    session: Session,
    desk: Desk,
    who: Who,
    said: Mapping[str, str],
    change: str | None = None,
) -> Reading:
    """What was said, read field by field; `change` names one that is to be asked anew.

    Raises `NotAllowed`, and what stands in the way of the job.
    """
    job.require(session, desk, who)
    known: dict[str, Choice] = {}
    questions = []
    for each in job.fields:
        anew = each.name == change
        words = "" if anew else said.get(each.name, "")[:LONGEST_SAID].strip()
        found = each.read(Asked(session, who, words, known, to_be_asked=anew))
        if isinstance(found, Choice):
            known[each.name] = found
        elif found is not None:
            questions.append(found)
    if questions:
        # What somebody wants changed, then what was said and not understood, then what is missing.
        first = min(questions, key=lambda one: (one.field != change, one.problem is None))
        return Reading(known, first)
    facts, figures = job.describe(session, desk, who, known)
    return Reading(known, None, facts, figures)


def ask(
    name: str,
    choices: Sequence[Choice],
    *,
    problem: str | None = None,
    said: str | None = None,
    reason: str | None = None,
) -> Question:
    """A question about a field, with as many choices as fit."""
    return Question(
        name,
        tuple(choices[:MOST_CHOICES]),
        problem=problem,
        said=said or None,
        reason=reason,
        more=len(choices) > MOST_CHOICES,
    )

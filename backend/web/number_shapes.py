"""Phone numbers as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from backend.domain.conversations import Responder
from backend.domain.provisioned_numbers import NumberKind, NumberState, Use
from backend.services.ordering import MOST_FOUND
from backend.web.shapes import Line, Pages, Shape

AreaCode = Annotated[str, Field(max_length=10, description="Three digits, as in 316.")]
Digits = Annotated[str, Field(max_length=20, description="2 to 10 digits; * stands for any digit.")]
ZipCode = Annotated[str, Field(max_length=10, description="A US ZIP code of five digits.")]
Name = Annotated[Line, Field(min_length=1, max_length=100)]
Named = Annotated[Line, Field(min_length=1, max_length=120, description="An id or a name.")]


class NumberPath(Shape):
    """A number's id in the address."""

    number_id: Annotated[str, Field(max_length=40, description="As in the list of numbers.")]


class AvailableIn(Shape):
    """What number is wanted; everything may be left out."""

    area_code: AreaCode | None = None
    contains: Digits | None = None
    near_zip: ZipCode | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_FOUND)] = 10


class AvailableNumberOut(Shape):
    """A number that can be ordered; places are empty where the carrier gives none."""

    phone_number: str
    city: str
    state: str


class AvailableOut(Shape):
    """Numbers that can be ordered now; somebody else may be quicker."""

    numbers: list[AvailableNumberOut]


class UnsolicitedIn(Shape):
    """Who answers texts that no campaign asked for; `inbox` is where they wait for people."""

    response: Responder
    inbox: Named | None = None


class NumberIn(Shape):
    """A reusable number to create: `phone_number` itself, or the first that fits the rest.

    `office` is an id, a short name or a name as in `/offices`.
    """

    office: Named
    name: Name
    phone_number: Annotated[str, Field(max_length=40)] | None = None
    area_code: AreaCode | None = None
    contains: Digits | None = None
    near_zip: ZipCode | None = None
    unsolicited: UnsolicitedIn


class TransferIn(Shape):
    """The office that a number moves to."""

    office: Named


class UnsolicitedOut(Shape):
    """Who answers texts that no campaign asked for, and the inbox of those for people."""

    response: Responder
    inbox: str


Utc = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(UTC))]


class FirstUseOut(Shape):
    """How and when a number was first used; `reference` is the id of that text or campaign."""

    how: Use
    at: Utc
    reference: str


class NumberOut(Shape):
    """A provisioned number; one without a first use can still move to another office.

    `explanation` says what its state means; `counts_for` is the office that created it.
    """

    id: str
    phone_number: str
    name: str
    kind: NumberKind
    state: NumberState
    state_since: datetime
    explanation: str | None
    office: str
    counts_for: str
    unsolicited: UnsolicitedOut
    campaign: str | None
    first_use: FirstUseOut | None
    created_at: datetime


class NumberPageOut(Pages):
    """Some numbers, oldest first."""

    numbers: list[NumberOut]


class StepOut(Shape):
    """One thing that is asked; `decides` is true of the one that settles it."""

    rule: str
    found: str
    decides: bool


class EffectiveOut(Shape):
    """Who would answer a new student's text right now, and why, step by step."""

    responder: Responder
    inbox: str
    steps: list[StepOut]


class NamedOut(Shape):
    """An inbox, by id and name."""

    id: str
    name: str


class OfficeOut(Shape):
    """An office with its inboxes; its id, slug and name all name it in requests."""

    id: str
    name: str
    slug: str
    inboxes: list[NamedOut]


class OfficesOut(Shape):
    """Every office of your institution."""

    offices: list[OfficeOut]

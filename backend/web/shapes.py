"""The JSON that goes in and out, as pydantic models: the API's document is made from them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from backend.domain.quotas import Quota
from backend.domain.words import clean
from backend.services.numbers import MOST_LISTED
from backend.services.staff_chat import LONGEST_MESSAGE, ChatAnswer

NOTHING_UNDERSTOOD = "nlu_fallback"


class Shape(BaseModel):
    """A shape that takes no surprises."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


# One line: no control characters, which no name holds and PostgreSQL may refuse.
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"), AfterValidator(clean)]


class ChatIn(Shape):
    """One turn: what was typed, or the id of the button that was pressed."""

    text: Annotated[str, Field(max_length=LONGEST_MESSAGE)] = ""
    conversation: Annotated[str, Field(max_length=40)] | None = None
    button: Annotated[str, Field(max_length=40)] | None = None
    message_id: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[!-~]+$")] | None = (
        None
    )


class ButtonOut(Shape):
    """A choice; send its payload back as `button`."""

    title: str
    payload: str


class SourceOut(Shape):
    """Where an answer's facts come from."""

    article: str
    section: str
    modified: str


class LinkOut(Shape):
    """A page that goes with a reply."""

    title: str
    url: str


class ReplyOut(Shape):
    """One reply."""

    text: str
    buttons: list[ButtonOut]
    link: LinkOut | None
    source: SourceOut | None


class IntentOut(Shape):
    """What the assistant understood, and how sure it is (0 to 1)."""

    name: str
    confidence: float


class ChatOut(Shape):
    """The assistant's answer; when it could not answer, `intent` is `nlu_fallback` at 0.

    `said` is the message as it was kept: PINs and account numbers are hidden in it.
    """

    conversation: str
    said: str
    replies: list[ReplyOut]
    intent: IntentOut

    @classmethod
    def of(cls, answer: ChatAnswer) -> ChatOut:
        """The answer as JSON."""
        return cls(
            conversation=answer.conversation,
            said=answer.said,
            replies=[ReplyOut.model_validate(reply) for reply in answer.replies],
            intent=IntentOut(
                name=answer.intent or NOTHING_UNDERSTOOD, confidence=answer.confidence or 0.0
            ),
        )


class ContactsOut(Shape):
    """Unique contacts targeted in the contract period."""

    limit: int
    used: int


class NumbersOut(Shape):
    """Provisioned numbers; `reserved` counts orders and open ports."""

    limit: int
    used: int
    reserved: int


class OfficeNumbersOut(Shape):
    """An office's provisioned numbers."""

    office: str
    reusable: int
    single_use: int


class PeriodOut(Shape):
    """The contract period, both days included (ISO 8601)."""

    starts_on: str
    ends_on: str


class QuotaOut(Shape):
    """Contract limits and what is used of them."""

    contacts: ContactsOut
    numbers: NumbersOut
    by_office: list[OfficeNumbersOut]
    period: PeriodOut

    @classmethod
    def of(cls, quota: Quota) -> QuotaOut:
        """The quota as JSON, the same on both listeners."""
        return cls(
            contacts=ContactsOut(limit=quota.contacts_limit, used=quota.contacts_used),
            numbers=NumbersOut(
                limit=quota.numbers_limit,
                used=quota.numbers_used,
                reserved=quota.numbers_reserved,
            ),
            by_office=[OfficeNumbersOut.model_validate(office) for office in quota.by_office],
            period=PeriodOut(
                starts_on=quota.starts_on.isoformat(), ends_on=quota.ends_on.isoformat()
            ),
        )


class PageIn(Shape):
    """Which page of a list: `after` is the `next` of the page before."""

    after: Annotated[str, Field(max_length=40)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = MOST_LISTED


class IdempotencyHeader(BaseModel):
    """A key of your own making: the same request with the same key is carried out once."""

    model_config = ConfigDict(populate_by_name=True)

    idempotency_key: Annotated[
        str | None, Field(alias="Idempotency-Key", min_length=1, max_length=200)
    ] = None


class Pages(Shape):
    """A page of a list; ask on with `after` set to `next`, until that is null."""

    next: str | None


class ProblemItem(BaseModel):
    """One fault: where, what, and what to do."""

    model_config = ConfigDict(from_attributes=True)

    field: str
    code: str
    fix: str


class FiguresOut(BaseModel):
    """How a contract limit stands."""

    what: str
    limit: int
    used: int
    reserved: int
    wanted: int


class ProblemOut(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    problems: list[ProblemItem] | None = None
    figures: FiguresOut | None = None
    carrier_code: int | None = None
    why: str | None = None
    facts: dict[str, str] | None = None

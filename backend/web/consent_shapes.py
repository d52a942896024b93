"""The evidence about consent as JSON, as pydantic models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from backend.services.consent_evidence import MOST_LISTED
from backend.web.shapes import Pages, Shape

Phone = Annotated[str, Field(max_length=40, description="A student’s, written in any way.")]


class EvidenceFileIn(Shape):
    """Whose events: everybody's, or those of one phone number."""

    phone: Phone | None = None


class EvidenceIn(EvidenceFileIn):
    """Whose events, and which of them."""

    after: Annotated[str, Field(max_length=40)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = MOST_LISTED


class EvidenceOut(Shape):
    """Somebody ended texts or brought them back: `place` counts the institution's events from 1,
    `phone` is null when the student's data was deleted, `applies_to` names the number, office or
    institution.

    The message is the student's own, or (`message_by` is not `contact`) ours that the carrier
    refused; null when it is no longer kept.
    """

    place: int
    at: datetime
    phone: str | None
    event: Literal["opt_out", "opt_in"]
    scope: Literal["number", "office", "institution"]
    applies_to: str
    rule: str
    message_id: str | None
    message_at: datetime | None
    message_by: str | None
    message: str | None


class EvidencePageOut(Pages):
    """Some events, latest first."""

    events: list[EvidenceOut]

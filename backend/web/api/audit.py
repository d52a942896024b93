"""The audit in the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from flask import Response
from pydantic import AwareDatetime, Field

from backend.domain.staff import Scope
from backend.services import audit
from backend.services.audit import MOST_LISTED, Sought
from backend.web.api.blueprint import answer, api, asker, via
from backend.web.session import desk
from backend.web.shapes import Pages, Shape

# No desk is older, and every moment in between can be told in UTC.
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]


class AuditIn(Shape):
    """Which lines; moments in ISO 8601 with their offset, as in `2026-11-01T01:30:00-05:00`."""

    action: Annotated[str, Field(max_length=60, description="As in `number.transfer`.")] | None = (
        None
    )
    subject: Annotated[str, Field(max_length=40, description="The id of a thing.")] | None = None
    since: Moment | None = None
    until: Moment | None = None
    after: Annotated[str, Field(max_length=40)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = MOST_LISTED


class AuditLineOut(Shape):
    """Who did what, when, through which channel; `who` null is the desk itself.

    `message` is the id of the words that asked.
    """

    id: str
    at: datetime
    who: str | None
    channel: str
    action: str
    subject: str | None
    outcome: str
    message: str | None


class AuditPageOut(Pages):
    """Some lines, latest first."""

    lines: list[AuditLineOut]


@api.get("/audit", summary="Who did what", responses={200: AuditPageOut})
def read_audit(query: AuditIn) -> Response:
    """Your institution's audit; administrators only."""
    page = audit.listed(
        desk(),
        asker(Scope.AUDIT_READ),
        Sought(query.action, query.subject, query.since, query.until),
        via(),
        after=query.after,
        limit=query.limit,
    )
    return answer(AuditPageOut, page)

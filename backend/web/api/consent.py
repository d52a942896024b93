"""The evidence about consent in the API."""

from __future__ import annotations

from typing import Final

from flask import Response

from backend.domain.staff import Scope
from backend.services import consent_evidence
from backend.web.api.blueprint import answer, api, asker, via
from backend.web.consent_shapes import EvidenceFileIn, EvidenceIn, EvidencePageOut
from backend.web.session import desk

CSV: Final = "text/csv"


@api.get("/consent-events", summary="Who ended texts", responses={200: EvidencePageOut})
def list_consent_events(query: EvidenceIn) -> Response:
    """Opt-outs and opt-ins with message, moment and rule; administrators only."""
    who = asker(Scope.CONVERSATIONS_READ)
    page = consent_evidence.listed(
        desk(), who, via(), phone=query.phone, after=query.after, limit=query.limit
    )
    return answer(EvidencePageOut, page)


@api.get(
    "/consent-events.csv",
    summary="Who ended texts, as a file",
    responses={200: {"description": "The file", "content": {CSV: {"schema": {"type": "string"}}}}},
)
def export_consent_events(query: EvidenceFileIn) -> Response:
    """The same as CSV, safe to open in a spreadsheet; that it was taken is in the audit."""
    who = asker(Scope.CONVERSATIONS_READ)
    content = consent_evidence.export(desk(), who, via(), phone=query.phone)
    headers = {"Content-Disposition": "attachment; filename=consent.csv"}
    return Response(content, mimetype=CSV, headers=headers)

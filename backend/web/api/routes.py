"""The JSON API under `/api/v1`: every route, for the app to register."""

from __future__ import annotations

from flask import Response, jsonify

from backend.domain.staff import Scope
from backend.services import quotas, staff_chat
from backend.web.api import audit, campaigns, consent, conversations, numbers, settings, texts
from backend.web.api.blueprint import (
    INFO,
    PREFIX,
    SECURITY_SCHEMES,
    api,
    asker,
    asker_key,
    refuse_invalid,
    via,
)
from backend.web.session import desk
from backend.web.shapes import ChatIn, ChatOut, ProblemOut, QuotaOut

__all__ = [
    "INFO",
    "PREFIX",
    "SECURITY_SCHEMES",
    "ProblemOut",
    "api",
    "asker_key",
    "audit",
    "campaigns",
    "consent",
    "conversations",
    "numbers",
    "refuse_invalid",
    "settings",
    "texts",
]


@api.post("/chat", summary="One turn with the assistant", responses={200: ChatOut})
def chat(body: ChatIn) -> Response:
    """Ask the assistant as yourself. The same `message_id` gets the recorded replies."""
    answer = staff_chat.ask(
        desk(),
        asker(Scope.CHAT),
        text=body.text,
        conversation=body.conversation,
        button=body.button,
        message_id=body.message_id,
    )
    return jsonify(ChatOut.of(answer).model_dump())


@api.get("/quota", summary="Contract limits", responses={200: QuotaOut})
def quota() -> Response:
    """Limits and use of contacts and numbers; administrators only."""
    figures = quotas.for_staff(desk(), asker(Scope.QUOTA_READ), via())
    return jsonify(QuotaOut.of(figures).model_dump())

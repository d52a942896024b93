"""The JSON API under `/api/v1`, for signed-in pages and for programs with a bearer token."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, g, jsonify, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.models.tag import Tag
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from backend.services import quotas, staff, staff_chat
from backend.services.staff import Who
from backend.web.errors import problem
from backend.web.session import SignInNeeded, bearer_token, desk, require_staff
from backend.web.shapes import ChatIn, ChatOut, ProblemOut, QuotaOut

PREFIX = "/api/v1"
INFO = Info(
    title="Numberdesk",
    version="1",
    description="Ask the assistant, and read what your institution may see.",
)
SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "From `backend tokens create --staff EMAIL`.",
    }
}
PROBLEMS: dict[str | int, Any] = {
    code: {
        "description": words,
        "content": {"application/problem+json": {"schema": ProblemOut.model_json_schema()}},
    }
    for code, words in {
        400: "The request could not be read",
        401: "Nobody is signed in",
        403: "Not allowed",
        404: "Not found, or not yours",
        409: "Not just now",
        415: "JSON is needed",
        422: "Every fault of the request at once",
        429: "Too many requests",
        503: "Not available just now",
    }.items()
}

api = APIBlueprint(
    "api",
    __name__,
    url_prefix=PREFIX,
    abp_security=[{"bearer": []}],
    abp_tags=[Tag(name="numberdesk")],
    abp_responses=cast(Any, PROBLEMS),
)


def refuse_invalid(error: ValidationError) -> Response:
    """Every fault of a body at once, each with its place."""
    if not request.is_json:
        raise UnsupportedMediaType
    if request.get_json(silent=True) is None:
        raise BadRequest
    faults = [
        {
            "field": ".".join(str(part) for part in fault["loc"]) or "body",
            "code": fault["type"],
            "fix": fault["msg"],
        }
        for fault in error.errors()
    ]
    detail = " ".join(f"{fault['field']}: {fault['fix']}." for fault in faults)
    return problem(422, "invalid_request", "Please correct this", detail, problems=faults)


def _asker() -> Who:
    if "asker" not in g:
        token = bearer_token()
        if token is None:
            g.asker = require_staff()
        else:
            g.asker = staff.by_access_token(desk(), token)
    if g.asker is None:
        raise SignInNeeded
    return cast(Who, g.asker)


def asker_key() -> str:
    """For whom requests are counted."""
    try:
        return _asker().public_id
    except SignInNeeded:
        return request.remote_addr or "unknown"


@api.post("/chat", summary="One turn with the assistant", responses={200: ChatOut})
def chat(body: ChatIn) -> Response:
    """Ask the assistant as yourself. The same `message_id` gets the recorded replies."""
    answer = staff_chat.ask(
        desk(),
        _asker(),
        text=body.text,
        conversation=body.conversation,
        button=body.button,
        message_id=body.message_id,
    )
    return jsonify(ChatOut.of(answer).model_dump())


@api.get("/quota", summary="Contract limits", responses={200: QuotaOut})
def quota() -> Response:
    """Limits and use of contacts and numbers; administrators only."""
    return jsonify(QuotaOut.of(quotas.for_staff(desk(), _asker(), channel="api")).model_dump())

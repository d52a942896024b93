"""The JSON API under `/api/v1`, for signed-in pages and for programs with a bearer token."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, g, jsonify, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.models.tag import Tag
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from backend.services import numbers, quotas, staff, staff_chat
from backend.services.audit import Via
from backend.services.staff import Who
from backend.web.errors import problem
from backend.web.session import SignInNeeded, bearer_token, desk, require_staff
from backend.web.shapes import (
    ChatIn,
    ChatOut,
    EffectiveOut,
    NumberOut,
    NumberPageOut,
    NumberPath,
    PageIn,
    ProblemOut,
    QuotaOut,
)

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
    """Every fault of a request at once, each with its place."""
    has_body = request.method != "GET"
    if has_body and not request.is_json:
        raise UnsupportedMediaType
    if has_body and request.get_json(silent=True) is None:
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
    return jsonify(QuotaOut.of(quotas.for_staff(desk(), _asker(), Via("api"))).model_dump())


@api.get("/numbers", summary="Phone numbers", responses={200: NumberPageOut})
def list_numbers(query: PageIn) -> Response:
    """Your office's numbers, or every office's for administrators; released ones too."""
    page = numbers.listed(desk(), _asker(), after=query.after, limit=query.limit)
    return jsonify(NumberPageOut.model_validate(page).model_dump(mode="json"))


@api.get("/numbers/<number_id>", summary="One phone number", responses={200: NumberOut})
def read_number(path: NumberPath) -> Response:
    """A number that you may see."""
    number = numbers.read(desk(), _asker(), path.number_id)
    return jsonify(NumberOut.model_validate(number).model_dump(mode="json"))


@api.get("/numbers/<number_id>/effective", summary="Who answers now", responses={200: EffectiveOut})
def effective(path: NumberPath) -> Response:
    """Who would answer a new student's text to the number right now, and why."""
    found = numbers.effective(desk(), _asker(), path.number_id)
    return jsonify(EffectiveOut.model_validate(found).model_dump(mode="json"))

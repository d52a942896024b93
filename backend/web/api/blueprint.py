"""The API's blueprint, and who is asking: a bearer token within its scopes, or a session."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, g, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from backend.domain.errors import NotAllowed
from backend.domain.staff import Scope
from backend.services import audit, staff
from backend.services.audit import Via
from backend.services.staff import Bearer, Who
from backend.web.errors import problem
from backend.web.session import SignInNeeded, bearer_token, desk, require_staff

PREFIX = "/api/v1"
INFO = Info(
    title="Numberdesk",
    version="1",
    description="Ask the assistant, order and set phone numbers, and run campaigns, as yourself.",
)
SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "From `backend tokens create --staff EMAIL [--scope SCOPE …]`.",
    }
}
PROBLEMS: dict[str | int, Any] = {
    code: {
        "description": words,
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
        },
    }
    for code, words in {
        400: "The request could not be read",
        401: "Nobody is signed in",
        403: "Not allowed, or not within the token's scopes",
        404: "Not found, or not yours",
        409: "Not just now: the detail says why, `figures` how a contract limit stands",
        413: "Too large",
        415: "Another media type is needed",
        422: "Every fault of the request at once",
        429: "Too many requests",
        502: "The carrier said no, or nothing",
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
    has_body = request.method not in ("GET", "HEAD", "DELETE") and error.title.endswith("In")
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


def asker(scope: Scope) -> Who:
    """Who is asking, if their token may be used for this.

    Raises `SignInNeeded`, and `NotAllowed` naming the scope that the token lacks.
    """
    bearer = _bearer()
    if bearer.scopes is not None and scope not in bearer.scopes:
        raise NotAllowed(
            f"This token may not be used for this: it lacks the scope {scope}. Ask for a token "
            f"made with --scope {scope}."
        )
    return bearer.who


def asker_key() -> str:
    """For whom requests are counted."""
    try:
        return _bearer().who.public_id
    except SignInNeeded:
        return request.remote_addr or "unknown"


def via() -> Via:
    """How this request came in, for the audit."""
    return audit.WEB if bearer_token() is None else Via("api")


def answer(shape: type[BaseModel], found: object, status: int = 200) -> Response:
    """A JSON response of this shape."""
    body = shape.model_validate(found).model_dump_json()
    return Response(body, status=status, mimetype="application/json")


def _bearer() -> Bearer:
    if "bearer" not in g:
        token = bearer_token()
        g.bearer = (
            Bearer(require_staff(), scopes=None)
            if token is None
            else staff.by_access_token(desk(), token)
        )
    if g.bearer is None:
        raise SignInNeeded
    return cast(Bearer, g.bearer)

"""Errors become HTTP here and nowhere else: problem+json (RFC 9457), or a page for browsers."""

from __future__ import annotations

from typing import Any

import structlog
from flask import (
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from backend.domain.errors import CarrierError, InvalidRequest, NumbersError, OverQuota, frames
from backend.web.session import SignInNeeded

log = structlog.get_logger()

MACHINE_PATHS = (
    "/api/",
    "/webhooks/",
    "/internal/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/phone/texts",
    "/phone/thread",
)


def problem(status: int, code: str, title: str, detail: str, **more: Any) -> Response:
    """A problem+json response; `detail` is a sentence for people."""
    body = {
        "type": f"urn:numberdesk:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def register(app: Flask) -> None:
    """Answer every error of this application in one of the two ways."""
    app.register_error_handler(NumbersError, _ours)
    app.register_error_handler(SignInNeeded, _sign_in)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(RecursionError, _unreadable)
    app.register_error_handler(UnicodeEncodeError, _unreadable)
    app.register_error_handler(Exception, _unexpected)


def _answer(status: int, code: str, title: str, detail: str, **more: Any) -> ResponseReturnValue:
    if request.path.startswith(MACHINE_PATHS) or not current_app.config["HAS_PAGES"]:
        return problem(status, code, title, detail, **more)
    page = render_template("problem.html", status=status, title=title, detail=detail)
    return page, status


def _ours(error: NumbersError) -> ResponseReturnValue:
    more: dict[str, Any] = {}
    if error.why is not None:
        more |= {"why": error.why, "facts": error.facts}
    if isinstance(error, InvalidRequest):
        more["problems"] = [vars(each) for each in error.problems]
    if isinstance(error, OverQuota) and error.figures is not None:
        more["figures"] = vars(error.figures)
    if isinstance(error, CarrierError):
        more["carrier_code"] = error.carrier_code
    return _answer(error.status, error.code, _title(error.status), str(error), **more)


def _sign_in(_error: SignInNeeded) -> ResponseReturnValue:
    if request.path.startswith(MACHINE_PATHS):
        return problem(401, "sign_in", "Sign in first", "Sign in, or send a bearer token.")
    return redirect(url_for("sign_in.form"))


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    detail = "This page is out of date. Reload it and try again."
    return _answer(400, "csrf", "Please reload the page", detail)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    details = {
        404: "There is nothing at this address.",
        405: "This address does not take that kind of request.",
        413: "That is too large.",
        415: "Send JSON as application/json, or a file of contacts as text/csv.",
        429: "Too many tries in a short time. Wait a minute and try again.",
    }
    detail = details.get(status, "The request could not be read.")
    answer = make_response(_answer(status, f"http_{status}", _title(status), detail))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _unreadable(_error: Exception) -> ResponseReturnValue:
    """JSON nested too deep, or half of a character, which no database takes."""
    return _answer(400, "http_400", _title(400), "The request could not be read.")


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error(
        "request.failed",
        path=request.path,
        failure=type(error).__name__,
        frames=frames(error),
    )
    detail = "Something went wrong on our side. It has been recorded; please try again."
    return _answer(500, "unexpected", _title(500), detail)


def _title(status: int) -> str:
    return {
        400: "Bad request",
        401: "Sign in first",
        403: "Not allowed",
        404: "Not found",
        405: "Not possible here",
        409: "Not just now",
        413: "Too large",
        415: "Another media type is needed",
        422: "Please correct this",
        429: "Slow down",
        502: "The carrier said no",
        503: "Not available just now",
    }.get(status, "Something went wrong")

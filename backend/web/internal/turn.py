"""For whom a call of the action server is: the turn token tells, and nothing else."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from backend.domain.errors import InvalidRequest, NotAllowed, Problem
from backend.services import turns
from backend.services.audit import Via
from backend.services.staff import Who
from backend.services.turns import Speaker
from backend.web.session import bearer_token, desk

blueprint = Blueprint("internal", __name__, url_prefix="/internal")


def speaker() -> Speaker:
    """The person whose turn it is. Raises `TurnClosed`."""
    return turns.speaker(desk(), bearer_token() or "")


def staff() -> tuple[Who, Via]:
    """The staff member whose turn it is. Raises `NotAllowed` for a student, `TurnClosed`."""
    asking = speaker()
    if asking.staff is None:
        raise NotAllowed("Only staff can see this.")
    return asking.staff, Via(asking.channel, asking.message)


def sent() -> dict[str, Any]:
    """The JSON object of the request. Raises `InvalidRequest`."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InvalidRequest(Problem("", "no_object", "Send a JSON object."))
    return body


def words(body: dict[str, Any], name: str) -> str | None:
    """Somebody's words in a field; None without any. Raises `InvalidRequest`."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidRequest(Problem(name, "no_words", "Send the words as they were said."))
    return value

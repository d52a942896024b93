"""What was typed into a form, and what stands beside its fields when the desk says no."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from hashlib import sha256

from flask import request

from backend.domain.conversations import Responder
from backend.domain.errors import InvalidRequest, NumbersError, Problem
from backend.domain.words import clean

LONGEST_KEY = 80


def typed(field: str) -> str:
    """A field of the form, without what no database takes; empty when it is not there."""
    return clean(request.form.get(field, "")).strip()


def chosen(field: str) -> str | None:
    """A field that may be left out: None when it is empty."""
    return typed(field) or None


def asked(name: str) -> str | None:
    """A word of the address after the question mark; None when it is not there or empty."""
    return clean(request.args.get(name, "")).strip() or None


def responder(field: str) -> Responder:
    """Who was chosen to answer. Raises `InvalidRequest` when nobody was."""
    try:
        return Responder(typed(field))
    except ValueError:
        fix = "Choose who answers: the assistant or people."
        raise InvalidRequest(Problem(field, "missing", fix)) from None


def new_key() -> str:
    """A key for a form, so that sending the form twice makes one thing."""
    return f"web_{uuid.uuid4()}"


def key() -> str | None:
    """The idempotency key of what was sent: the same form filled in otherwise has another."""
    own = typed("key")[:LONGEST_KEY]
    filled_in = sorted(item for item in request.form.items() if item[0] != "csrf_token")
    return f"{own}:{sha256(repr(filled_in).encode()).hexdigest()}" if own else None


def faults(refusal: NumbersError, fields: Collection[str]) -> dict[str, str]:
    """What to say beside each of the form's `fields`; under "" what belongs to none of them."""
    if not isinstance(refusal, InvalidRequest):
        return {"": str(refusal)}
    said: dict[str, str] = {}
    for problem in refusal.problems:
        place = problem.field if problem.field in fields else ""
        said[place] = f"{said[place]} {problem.fix}" if place in said else problem.fix
    return said

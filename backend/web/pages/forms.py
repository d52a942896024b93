"""What was typed into a form, and what stands beside its fields when the desk says no."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from hashlib import sha256
from typing import Final

from flask import request
from pydantic import TypeAdapter, ValidationError

from backend.domain.conversations import Responder
from backend.domain.edits import MEANWHILE
from backend.domain.errors import InvalidRequest, NumbersError, Problem
from backend.domain.words import clean

LONGEST_KEY = 80
LONGEST_SHOWN = 300
# The hidden field that holds what somebody had before them when they began to change it.
SEEN: Final = "seen"


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


def whole_number(field: str, *, may_be_empty: bool = False) -> int | None:
    """A number that was typed; None where the field is empty and may be.

    Raises `InvalidRequest` for anything else.
    """
    text = typed(field).replace(",", "")
    if not text and may_be_empty:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        fix = "Give a whole number" + (", or leave it empty." if may_be_empty else ".")
        raise InvalidRequest(Problem(field, "no_number", fix))
    return int(text)


def sealed(settings: object) -> str:
    """Settings (a dataclass) as text for the hidden field `SEEN`."""
    return TypeAdapter(type(settings)).dump_json(settings).decode()


def unsealed[Settings](kind: type[Settings]) -> Settings | None:
    """The settings that a form was filled in upon; None where it does not say."""
    try:
        return TypeAdapter(kind).validate_json(request.form.get(SEEN, ""))
    except ValidationError:
        return None


def is_collision(refusal: NumbersError) -> bool:
    """Whether somebody else has changed the same meanwhile."""
    return isinstance(refusal, InvalidRequest) and any(
        problem.code == MEANWHILE for problem in refusal.problems
    )


def collision(now: str) -> str:
    """What stands beside a field that somebody else has changed, `now` to what."""
    shown = now if len(now) <= LONGEST_SHOWN else f"{now[:LONGEST_SHOWN]}…"
    is_now = f"It is “{shown}” now." if shown else "It is empty now."
    return (
        f"Somebody else has changed this meanwhile. {is_now} Save again to put yours in its place."
    )

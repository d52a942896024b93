"""Idempotency keys: the same request sent twice makes one thing."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.db.tables import IdempotencyKey
from backend.domain.errors import Conflict
from backend.services.staff import Who


def fingerprint(who: Who, what: str, request: dict[str, Any]) -> str:
    """A request's SHA-256: who asks for what, in JSON."""
    told = json.dumps([who.public_id, what, request], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def made_by(session: Session, key: str | None, print_: str) -> str | None:
    """The public id of what this request made when it came before.

    Raises `Conflict` when the key came with another request, and names what that one made.
    """
    if key is None:
        return None
    row = session.scalar(select(IdempotencyKey).where(IdempotencyKey.key == key))
    if row is None:
        return None
    if row.fingerprint != print_:
        raise Conflict(
            f"The Idempotency-Key “{key}” belongs to another request, which made {row.result}. "
            "Send a new key with a new request."
        )
    return row.result


def is_used(session: Session, key: str) -> bool:
    """Whether something was made under this key, and is still there."""
    query = select(IdempotencyKey.id).where(IdempotencyKey.key == key)
    return session.scalar(query) is not None


def keep(session: Session, key: str | None, print_: str, made: str, now: datetime) -> None:
    """Remember what a request made."""
    if key is not None:
        session.add(IdempotencyKey(key=key, fingerprint=print_, result=made, created_at=now))


def forget(session: Session, made: str) -> None:
    """What a request made came to nothing: the key may be used again."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.result == made))

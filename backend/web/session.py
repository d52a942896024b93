"""Who is at the browser: the signed session cookie, looked up afresh on every request."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request, session

from backend.services import staff
from backend.services.desk import Desk
from backend.services.staff import Who


class SignInNeeded(Exception):
    """Nobody is signed in; pages lead to the sign-in, the API answers 401."""


def desk() -> Desk:
    """The desk this application works on."""
    return cast(Desk, current_app.extensions["desk"])


def bearer_token() -> str | None:
    """The request's bearer token; with one, no cookie is looked at."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def open_session(who: Who) -> None:
    """Sign a staff member in, in a session of their own."""
    session.clear()
    session["key"] = staff.open_session(desk(), who)
    session.permanent = True


def close_session() -> None:
    """Sign out, on the server too: a copied cookie ends with it."""
    key = session.get("key")
    session.clear()
    if isinstance(key, str):
        staff.close_session(desk(), key)


def current_staff() -> Who | None:
    """The signed-in staff member, with their rights as they are now."""
    if "who" not in g:
        g.who = None  # stays so if looking them up fails, and a page can still say what is wrong
        key = session.get("key")
        if isinstance(key, str):
            g.who = staff.by_session(desk(), key)
    return cast("Who | None", g.who)


def require_staff() -> Who:
    """The signed-in staff member. Raises `SignInNeeded`."""
    who = current_staff()
    if who is None:
        raise SignInNeeded
    return who

"""Signing in and out, and where the bare address leads."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from backend.domain.errors import NotAllowed
from backend.services import staff
from backend.web.session import close_session, current_staff, desk, open_session

pages = Blueprint("sign_in", __name__)


@pages.get("/")
def front_door() -> Response:
    """Lead to the chat, by way of the sign-in when needed."""
    return redirect(url_for("chat.show" if current_staff() else "sign_in.form"))


@pages.get("/sign-in")
def form() -> str | Response:
    """The sign-in form; whoever is signed in already goes on to the chat."""
    if current_staff():
        return redirect(url_for("chat.show"))
    return render_template("sign_in.html", email="", fault=None)


@pages.post("/sign-in")
def submit() -> Response | tuple[str, int]:
    """Open a session, or show the form again with what was wrong (403)."""
    email = request.form.get("email", "")
    try:
        who = staff.sign_in(desk(), email, request.form.get("password", ""))
    except NotAllowed as refusal:
        return render_template("sign_in.html", email=email, fault=str(refusal)), refusal.status
    open_session(who)
    return redirect(url_for("chat.show"), 303)


@pages.post("/sign-out")
def sign_out() -> Response:
    """End this browser's session."""
    close_session()
    return redirect(url_for("sign_in.form"), 303)

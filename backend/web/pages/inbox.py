"""The inbox: students' conversations that wait for a person."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from backend.services import inbox
from backend.web.session import desk, require_staff

pages = Blueprint("inbox", __name__)


@pages.get("/inbox")
def show_list() -> str:
    """What waits, urgent first; with `?all=1` every conversation."""
    me = require_staff()
    only_waiting = "all" not in request.args
    return render_template(
        "inbox.html",
        lines=inbox.listing(desk(), me, only_waiting=only_waiting),
        only_waiting=only_waiting,
    )


@pages.get("/inbox/<conversation>")
def show(conversation: str) -> str:
    """One conversation with everything that happened in it."""
    me = require_staff()
    return render_template("inbox_thread.html", thread=inbox.thread(desk(), me, conversation))


@pages.post("/inbox/<conversation>/hand-back")
def hand_back(conversation: str) -> Response:
    """Mark a conversation as done."""
    me = require_staff()
    inbox.hand_back(desk(), me, conversation)
    flash("Done. New texts are answered as the number or its campaign is set.")
    return redirect(url_for("inbox.show_list"), 303)

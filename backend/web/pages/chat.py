"""The chat with the assistant. The page's script talks to the API; without it, the form does."""

from __future__ import annotations

import uuid
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from backend.db.tables import Author
from backend.domain.staff import Right, has_right
from backend.services import staff_chat
from backend.services.staff import Who
from backend.services.staff_chat import ChatLine
from backend.web.session import desk, require_staff

pages = Blueprint("chat", __name__)

# What an empty chat offers, and the right it takes; None: everybody has it.
SUGGESTIONS: Final[tuple[tuple[str, Right | None], ...]] = (
    ("How long does porting take?", None),
    ("Can I transfer a reusable number to another office?", None),
    ("Which numbers do we have?", None),
    ("Create a reusable number", Right.ORDER_NUMBERS),
    ("What is our quota?", Right.SEE_CONTRACT_LIMITS),
)


@pages.get("/chat")
def show() -> str:
    """The latest conversation, or with `?new=1` a clean sheet."""
    me = require_staff()
    conversation = None if "new" in request.args else staff_chat.latest_conversation(desk(), me)
    lines = staff_chat.lines(desk(), me, conversation) if conversation else ()
    return render_template(
        "chat.html",
        conversation=conversation,
        lines=lines,
        open_from=_after_last_question(lines),
        pressed=_pressed(lines),
        suggestions=_suggestions(me),
        message_id=_new_message_id(),
        longest=staff_chat.LONGEST_MESSAGE,
    )


@pages.post("/chat")
def ask() -> Response:
    """Ask without the script: the answer is on the page this leads to."""
    me = require_staff()
    staff_chat.ask(
        desk(),
        me,
        text=request.form.get("text") or request.form.get("suggestion", ""),
        conversation=request.form.get("conversation") or None,
        button=request.form.get("button"),
        message_id=request.form.get("message_id") or None,
    )
    return redirect(url_for("chat.show", _anchor="text"), 303)


def _after_last_question(lines: tuple[ChatLine, ...]) -> int:
    """From which line on buttons can still be pressed: those under the latest answer."""
    asked = [place for place, line in enumerate(lines) if line.author is Author.STAFF]
    return asked[-1] + 1 if asked else 0


def _pressed(lines: tuple[ChatLine, ...]) -> dict[str, str]:
    """Under which lines a button was pressed, and its title: what was said next is one of them."""
    pressed, said_next = {}, ""
    for line in reversed(lines):
        if line.author is Author.STAFF:
            said_next = line.text
        elif any(button.title == said_next for button in line.buttons):
            pressed[line.id] = said_next
    return pressed


def _suggestions(me: Who) -> tuple[str, ...]:
    return tuple(
        words for words, right in SUGGESTIONS if right is None or has_right(me.role, right)
    )


def _new_message_id() -> str:
    """An id for the form's message, so that sending the form twice asks once."""
    return f"web_{uuid.uuid4()}"

"""The phone simulator: play a student who texts one of the numbers. Sandbox only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from backend.domain.sms import LONGEST_TEXT
from backend.services import simulator
from backend.services.simulator import SimulatedText
from backend.web.session import desk, require_staff

pages = Blueprint("phone", __name__)

# 555-0100 to 555-0199 are kept free for fiction: no such student exists.
PRETEND_STUDENT = "(316) 555-0199"


@pages.get("/phone")
def show() -> str:
    """The pretend phone. Raises `NotFound` with a real carrier."""
    me = require_staff()
    simulator.phone(desk())
    return render_template(
        "phone.html",
        numbers=simulator.numbers(desk(), me),
        student=PRETEND_STUDENT,
        longest=LONGEST_TEXT,
    )


@pages.post("/phone/texts")
def send() -> tuple[Response, int]:
    """Take `{number, student, body}`; 202 `{sid}`: the webhook and the reply come later."""
    me = require_staff()
    sent = request.get_json(silent=True)
    fields: dict[str, Any] = sent if isinstance(sent, dict) else {}
    number, student, body = (str(fields.get(name, "")) for name in ("number", "student", "body"))
    sid = simulator.text(desk(), me, number, student, body)
    return jsonify({"sid": sid}), 202


@pages.get("/phone/thread")
def thread() -> Response:
    """`{texts: [{sid, direction, body, status, at}]}` between `number` and `student`."""
    me = require_staff()
    number, student = request.args.get("number", ""), request.args.get("student", "")
    shown = simulator.thread(desk(), me, number, student)
    return jsonify({"texts": [_as_json(text) for text in shown]})


def _as_json(text: SimulatedText) -> dict[str, str]:
    return {
        "sid": text.sid,
        "direction": text.direction,
        "body": text.body,
        "status": text.status,
        "at": text.at.isoformat(),
    }

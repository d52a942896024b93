"""What the action server may ask, on behalf of whoever the turn token speaks for."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from backend.domain.errors import InvalidRequest, NotAllowed, Problem
from backend.services import offices, quotas, turns
from backend.services.audit import Via
from backend.services.staff import Who
from backend.services.turns import Speaker
from backend.web.session import bearer_token, desk
from backend.web.shapes import QuotaOut

blueprint = Blueprint("internal", __name__, url_prefix="/internal")


@blueprint.get("/quota")
def quota() -> Response:
    """The contract limits and what is used of them."""
    speaker = _speaker()
    if speaker.staff is None:
        raise NotAllowed("Only staff can see the contract limits.")
    figures = quotas.for_staff(desk(), speaker.staff, Via(speaker.channel, speaker.message))
    return jsonify(QuotaOut.of(figures).model_dump())


@blueprint.get("/office")
def office() -> Response:
    """The facts of the office this turn is with."""
    return jsonify(vars(offices.facts(desk(), _speaker())))


@blueprint.post("/meant-office")
def meant_office() -> Response:
    """Take `{mention}`; which office it means: `{match: {id, name} or null, candidates: [...]}`."""
    return jsonify(asdict(offices.meant_office(desk(), _staff(), _mention())))


@blueprint.post("/meant-inbox")
def meant_inbox() -> Response:
    """The same for an inbox."""
    return jsonify(asdict(offices.meant_inbox(desk(), _staff(), _mention())))


def _mention() -> str:
    sent = request.get_json(silent=True)
    mention = sent.get("mention") if isinstance(sent, dict) else None
    if not isinstance(mention, str):
        raise InvalidRequest(Problem("mention", "missing", "Send the words of the mention."))
    return mention


def _staff() -> Who:
    staff = _speaker().staff
    if staff is None:
        raise NotAllowed("Only staff can name other offices and inboxes.")
    return staff


def _speaker() -> Speaker:
    return turns.speaker(desk(), bearer_token() or "")

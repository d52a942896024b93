"""What the action server may ask, on behalf of whoever the turn token speaks for."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from backend.domain.errors import NotAllowed
from backend.services import offices, quotas, turns
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
    figures = quotas.for_staff(
        desk(), speaker.staff, channel=speaker.channel, message_id=speaker.message_id
    )
    return jsonify(QuotaOut.of(figures).model_dump())


@blueprint.get("/office")
def office() -> Response:
    """The facts of the office this turn is with."""
    return jsonify(vars(offices.facts(desk(), _speaker())))


def _speaker() -> Speaker:
    return turns.speaker(desk(), bearer_token() or "")

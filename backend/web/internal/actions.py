"""What the action server may ask, on behalf of whoever the turn token speaks for."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from backend.domain.errors import NotAllowed
from backend.services import offices, quotas, turns
from backend.services.turns import Speaker
from backend.web.errors import problem
from backend.web.session import desk
from backend.web.shapes import QuotaOut

blueprint = Blueprint("internal", __name__, url_prefix="/internal")


class TurnClosed(Exception):
    """The turn token is missing, unknown, or its turn is over."""


@blueprint.errorhandler(TurnClosed)
def _turn_closed(_error: TurnClosed) -> Response:
    return problem(401, "turn_closed", "This turn is over", "Ask again in a new message.")


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
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TurnClosed
    try:
        return turns.speaker(desk(), token)
    except NotAllowed as error:
        raise TurnClosed from error

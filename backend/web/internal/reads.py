"""What the action server may read, on behalf of whoever the turn token speaks for."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, jsonify

from backend.services import number_answers, offices, quotas
from backend.web.internal.turn import blueprint, sent, speaker, staff, words
from backend.web.session import desk
from backend.web.shapes import QuotaOut


@blueprint.get("/quota")
def quota() -> Response:
    """The contract limits and what is used of them."""
    who, via = staff()
    return jsonify(QuotaOut.of(quotas.for_staff(desk(), who, via)).model_dump())


@blueprint.get("/office")
def office() -> Response:
    """The facts of the office this turn is with."""
    return jsonify(vars(offices.facts(desk(), speaker())))


@blueprint.post("/numbers")
def numbers() -> Response:
    """Take `{office, area_code, unused}`, each may be null; the numbers, as far as they may be
    seen.
    """
    who, _ = staff()
    body = sent()
    found = number_answers.listed(
        desk(),
        who,
        words(body, "office"),
        area_code=words(body, "area_code"),
        unused=body.get("unused") is True,
    )
    return jsonify({**asdict(found), "url": "/numbers"})


@blueprint.post("/number")
def number() -> Response:
    """Take `{said}`; the number that is meant, or the ones that could be."""
    who, _ = staff()
    return jsonify(asdict(number_answers.meant(desk(), who, words(sent(), "said") or "")))

"""The action server proposes plans, and says that one was confirmed or cancelled."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify

from backend.domain.errors import InvalidRequest, Problem
from backend.services import plans
from backend.services.plans import Proposal
from backend.web.internal.turn import blueprint, sent, speaker, words
from backend.web.session import desk


@blueprint.post("/jobs/<job>")
def propose(job: str) -> Response:
    """Take `{said: {field: words}, change: field or null}`; the question or the plan."""
    body = sent()
    said = body.get("said")
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise InvalidRequest(
            Problem("said", "no_words", "Send each field's words as they were said.")
        )
    return jsonify(_shown(plans.propose(desk(), speaker(), job, said, words(body, "change"))))


@blueprint.post("/plans/<plan_id>/confirm")
def confirm(plan_id: str) -> Response:
    """What came of it: outcome, job, again, receipt, and what to show instead."""
    settled = plans.confirm(desk(), speaker(), plan_id)
    nothing: dict[str, Any] = {"known": {}, "question": None, "plan": None}
    return jsonify(
        {
            "outcome": settled.outcome,
            "job": settled.job,
            "again": settled.again,
            "receipt": settled.receipt,
            **(_shown(settled.proposal) if settled.proposal else nothing),
        }
    )


@blueprint.post("/plans/<plan_id>/withdraw")
def withdraw(plan_id: str) -> Response:
    """The person has cancelled it: `withdrawn`, or what had come of it before."""
    settled = plans.withdraw(desk(), speaker(), plan_id)
    return jsonify(
        {"outcome": settled.outcome, "job": settled.job, "receipt": settled.receipt, "again": True}
    )


def _shown(proposal: Proposal) -> dict[str, Any]:
    plan = proposal.plan
    return {
        "known": {name: asdict(found) for name, found in proposal.known.items()},
        "question": asdict(proposal.question) if proposal.question else None,
        "plan": plan and {**asdict(plan), "expires_at": plan.expires_at.isoformat()},
    }

"""The contract's limits, for administrators."""

from __future__ import annotations

from flask import Blueprint, render_template

from backend.domain.errors import NotAllowed
from backend.services import quotas
from backend.services.audit import WEB
from backend.web.session import desk, require_staff

pages = Blueprint("quota", __name__)


@pages.get("/quota")
def show() -> str | tuple[str, int]:
    """Live figures, or the rule in words for who may not see them (403)."""
    me = require_staff()
    try:
        quota = quotas.for_staff(desk(), me, WEB)
    except NotAllowed as refusal:
        return render_template("quota.html", quota=None, rule=str(refusal)), refusal.status
    return render_template("quota.html", quota=quota, rule=None)

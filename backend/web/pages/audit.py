"""The audit, for administrators."""

from __future__ import annotations

from flask import Blueprint, render_template

from backend.domain.errors import NotAllowed
from backend.services import audit
from backend.services.audit import WEB, Sought
from backend.web.pages import forms
from backend.web.session import desk, require_staff

pages = Blueprint("audit", __name__)

ON_A_PAGE = 50


@pages.get("/audit")
def show() -> str | tuple[str, int]:
    """Who did what, latest first, or the rule in words for who may not see it (403)."""
    me = require_staff()
    subject, after = forms.asked("subject"), forms.asked("after")
    sought = Sought(subject=subject)
    try:
        page = audit.listed(desk(), me, sought, WEB, after=after, limit=ON_A_PAGE)
    except NotAllowed as refusal:
        return render_template("audit.html", page=None, rule=str(refusal)), refusal.status
    return render_template("audit.html", page=page, subject=subject, is_first=after is None)

"""The evidence about consent, for administrators."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from backend.domain.errors import InvalidRequest, NotAllowed
from backend.services import consent_evidence
from backend.services.audit import WEB
from backend.web.pages import forms
from backend.web.session import desk, require_staff

pages = Blueprint("consent", __name__)

ON_A_PAGE = 50


@pages.get("/consent")
def show() -> str | tuple[str, int]:
    """Who ended texts or brought them back, latest first, of everyone or of one phone number; the
    rule in words for who may not see it (403), and what is wrong with the number (422).
    """
    me = require_staff()
    phone, after = forms.asked("phone"), forms.asked("after")
    try:
        page = consent_evidence.listed(desk(), me, WEB, phone=phone, after=after, limit=ON_A_PAGE)
    except NotAllowed as refusal:
        return render_template("consent.html", page=None, rule=str(refusal)), refusal.status
    except InvalidRequest as refusal:
        said = " ".join(problem.fix for problem in refusal.problems)
        return render_template("consent.html", page=None, wrong=said, phone=phone), refusal.status
    return render_template("consent.html", page=page, phone=phone, is_first=after is None)


@pages.get("/consent.csv")
def download() -> Response:
    """The same as a file."""
    me = require_staff()
    content = consent_evidence.export(desk(), me, WEB, phone=forms.asked("phone"))
    headers = {"Content-Disposition": "attachment; filename=consent.csv"}
    return Response(content, mimetype="text/csv", headers=headers)

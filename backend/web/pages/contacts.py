"""What is kept of one contact, for administrators: to download, or to delete."""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from backend.domain.staff import Right, has_right
from backend.services import personal_data
from backend.services.audit import WEB
from backend.web.pages import forms
from backend.web.session import current_staff, desk, require_staff

pages = Blueprint("contacts", __name__)

CONFIRMATION = "DELETE"


@pages.app_context_processor
def offered() -> dict[str, bool]:
    """The template variable `may_see_personal_data`."""
    me = current_staff()
    return {"may_see_personal_data": me is not None and has_right(me.role, Right.SEE_PERSONAL_DATA)}


@pages.get("/contacts/of/<conversation>")
def of_conversation(conversation: str) -> ResponseReturnValue:
    """The page of the contact whom a conversation is with."""
    contact = personal_data.of_conversation(desk(), require_staff(), conversation)
    return redirect(url_for("contacts.show", contact_id=contact))


@pages.get("/contacts/<contact_id>")
def show(contact_id: str) -> str:
    """What is kept, in figures."""
    return _page(contact_id)


@pages.get("/contacts/<contact_id>/data.json")
def download(contact_id: str) -> Response:
    """All that is kept, as a file."""
    data = personal_data.export(desk(), require_staff(), contact_id, WEB)
    return Response(
        json.dumps(data, ensure_ascii=False, indent=2),
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{data["contact"]["id"]}.json"'},
    )


@pages.post("/contacts/<contact_id>/delete")
def delete(contact_id: str) -> ResponseReturnValue:
    """Delete it all, once the word was typed."""
    me = require_staff()
    if forms.typed("confirmation") != CONFIRMATION:
        fault = f"Type {CONFIRMATION} in capital letters to delete this contact’s data."
        return _page(contact_id, {"confirmation": fault}), 422
    deleted = personal_data.erase(desk(), me, contact_id, WEB)
    done = "Everything is deleted, but for the consent."
    if not deleted.is_forgotten:
        done += " The assistant cannot be reached just now; it forgets them as soon as it can be."
    flash(done)
    return redirect(url_for("contacts.show", contact_id=contact_id), 303)


def _page(contact_id: str, faults: dict[str, str] | None = None) -> str:
    return render_template(
        "contact.html",
        contact=personal_data.summary(desk(), require_staff(), contact_id),
        confirmation=CONFIRMATION,
        faults=faults or {},
    )

"""Campaigns: draft, contacts from a file, start, end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from backend.domain.campaigns import LONGEST_NAME
from backend.domain.contacts_csv import MOST_BYTES
from backend.domain.errors import InvalidRequest, NotFound, NumbersError, Problem
from backend.domain.provisioned_numbers import IN_SERVICE, NumberKind
from backend.domain.sms import LONGEST_TEXT, preview
from backend.domain.staff import Right, has_right, require
from backend.services import (
    campaign_contacts,
    campaign_life,
    campaigns,
    contact_imports,
    numbers,
    pace_settings,
)
from backend.services.audit import WEB
from backend.services.campaigns import Campaign, Changes, NewCampaign
from backend.services.contact_imports import Import, Report
from backend.services.numbers import Number
from backend.services.ordering import Wish
from backend.services.staff import Who
from backend.web.pages import forms, pace
from backend.web.pages.numbers import offices_of
from backend.web.session import desk, require_staff

pages = Blueprint("campaigns", __name__)

ON_A_PAGE = 50
NEW_NUMBER = "single_use"
AREA_CODE = "number.single_use.area_code"
FIELDS = ("office", "name", "inbox", "responder", "opening_text", "number", AREA_CODE)
# A file of the longest allowed, with the rest of the form around it.
LARGEST_UPLOAD = MOST_BYTES + 100_000


@pages.get("/campaigns")
def show_list() -> str:
    """The campaigns this person may see, archived ones too."""
    me = require_staff()
    after = forms.asked("after")
    return render_template(
        "campaigns.html",
        page=campaigns.listed(desk(), me, after=after, limit=ON_A_PAGE),
        is_first=after is None,
        may_run=has_right(me.role, Right.RUN_CAMPAIGNS),
    )


@pages.get("/campaigns/new")
def new() -> str:
    """The form to draft a campaign. Raises `NotAllowed`."""
    me = require_staff()
    require(me.role, Right.RUN_CAMPAIGNS)
    return _form(me, {"responder": "inbox", "key": forms.new_key()})


@pages.post("/campaigns/new")
def create() -> Redirect | tuple[str, int]:
    """Draft a campaign, with a number of its own if one is wanted."""
    me = require_staff()
    try:
        campaign = _create(me)
    except NumbersError as refusal:
        faults = forms.faults(refusal, FIELDS)
        return _form(me, request.form, faults=faults), refusal.status
    flash("The campaign is a draft. Bring in its contacts next.")
    return _to(campaign.id)


@pages.get("/campaigns/<campaign_id>")
def show(campaign_id: str) -> str:
    """One campaign with its contacts; `?import=` follows a file on its way in."""
    return _page(require_staff(), campaign_id)


@pages.get("/campaigns/<campaign_id>/edit")
def edit_form(campaign_id: str) -> str:
    """The form to change a draft. Raises `NotAllowed`."""
    me = require_staff()
    require(me.role, Right.RUN_CAMPAIGNS)
    campaign = campaigns.read(desk(), me, campaign_id)
    return _form(me, _values_of(campaign), campaign=campaign)


@pages.post("/campaigns/<campaign_id>/edit")
def edit(campaign_id: str) -> Redirect | tuple[str, int]:
    """Change a draft, and order a number of its own if one is wanted."""
    me = require_staff()
    campaign = campaigns.read(desk(), me, campaign_id)
    try:
        _edit(me, campaign)
    except NumbersError as refusal:
        faults = forms.faults(refusal, FIELDS)
        return _form(me, request.form, campaign=campaign, faults=faults), refusal.status
    flash("Saved.")
    return _to(campaign_id)


@pages.post("/campaigns/<campaign_id>/contacts")
def bring_in_contacts(campaign_id: str) -> Redirect | str | tuple[str, int]:
    """Look at a file of contacts, or start importing it."""
    me = require_staff()
    try:
        content = _file()
        if "check" in request.form:
            report = contact_imports.preview(desk(), me, campaign_id, content)
            return _page(me, campaign_id, report=report)
        started = contact_imports.start(desk(), me, campaign_id, content, WEB)
    except NumbersError as refusal:
        faults = forms.faults(refusal, ("file",))
        return _page(me, campaign_id, faults=faults), refusal.status
    return _to(campaign_id, **{"import": started.id, "_anchor": "brought-in"})


@pages.get("/campaigns/<campaign_id>/contacts.csv")
def export_contacts(campaign_id: str) -> Response:
    """The contacts as a file that spreadsheets open."""
    content = campaign_contacts.export(desk(), require_staff(), campaign_id, WEB)
    name = {"Content-Disposition": f"attachment; filename={campaign_id}.csv"}
    return Response(content, mimetype="text/csv", headers=name)


@pages.post("/campaigns/<campaign_id>/activate")
def activate(campaign_id: str) -> Redirect | tuple[str, int]:
    """Start a campaign; what it still lacks is said on its page."""
    me = require_staff()
    try:
        campaign = campaign_life.activate(desk(), me, campaign_id, WEB)
    except NumbersError as refusal:
        return _page(me, campaign_id, faults=forms.faults(refusal, ())), refusal.status
    flash(f"“{campaign.name}” is active. Its opening message is on its way.")
    return _to(campaign_id)


@pages.post("/campaigns/<campaign_id>/pace")
def set_pace(campaign_id: str) -> Redirect | tuple[str, int]:
    """Set how fast and how much the campaign sends."""
    me = require_staff()
    try:
        pace_settings.change_campaign(
            desk(), me, campaign_id, pace.changes(), WEB, seen=pace.seen()
        )
    except NumbersError as refusal:
        faults = forms.faults(refusal, pace.FIELDS)
        return _page(me, campaign_id, faults=faults), refusal.status
    flash("Saved. It holds for what is sent from now on.")
    return _to(campaign_id)


@pages.post("/campaigns/<campaign_id>/archive")
def archive(campaign_id: str) -> Redirect | tuple[str, int]:
    """End a campaign for good."""
    me = require_staff()
    try:
        campaign = campaign_life.archive(desk(), me, campaign_id, WEB)
    except NumbersError as refusal:
        return _page(me, campaign_id, faults=forms.faults(refusal, ())), refusal.status
    flash(f"“{campaign.name}” is archived.")
    return _to(campaign_id)


def _to(campaign_id: str, **more: Any) -> Redirect:
    return redirect(url_for("campaigns.show", campaign_id=campaign_id, **more), 303)


def _create(me: Who) -> Campaign:
    number, key = forms.chosen("number"), forms.key()
    draft = NewCampaign(
        office=forms.typed("office"),
        name=forms.typed("name"),
        responder=forms.responder("responder"),
        opening_text=forms.typed("opening_text"),
        inbox=forms.chosen("inbox"),
        number_id=None if number == NEW_NUMBER else number,
    )
    if number == NEW_NUMBER:
        return campaigns.create_with_number(desk(), me, draft, _wish(), WEB, key=key)
    return campaigns.create(desk(), me, draft, WEB, key=key)


def _edit(me: Who, campaign: Campaign) -> None:
    number = forms.chosen("number")
    changes = Changes(
        name=forms.typed("name"),
        responder=forms.responder("responder"),
        opening_text=forms.typed("opening_text"),
        inbox=forms.chosen("inbox"),
        number_id=None if number == NEW_NUMBER else number,
    )
    campaigns.edit(desk(), me, campaign.id, changes, WEB)
    if number == NEW_NUMBER:
        campaigns.order_number(desk(), me, campaign.id, _wish(), WEB)


def _wish() -> Wish:
    return Wish(area_code=forms.chosen(AREA_CODE))


def _file() -> bytes:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidRequest(Problem("file", "missing", "Choose the CSV file first."))
    content: bytes = sent.read()
    return content


def _values_of(campaign: Campaign) -> dict[str, str]:
    return {
        "name": campaign.name,
        "inbox": campaign.inbox,
        "responder": campaign.responder,
        "opening_text": campaign.opening_text,
        "number": campaign.number.id if campaign.number else "",
    }


def _form(
    me: Who,
    values: Mapping[str, str],
    *,
    campaign: Campaign | None = None,
    faults: Mapping[str, str] | None = None,
) -> str:
    """The form with what was typed, for a new campaign or to change the one that is given."""
    own = [
        office for office in offices_of(me) if campaign is None or office.name == campaign.office
    ]
    to_choose = list(_reusable_numbers(me))
    return render_template(
        "campaign_form.html",
        campaign=campaign,
        offices=own,
        numbers={
            office.name: [number for number in to_choose if number.office == office.name]
            for office in own
        },
        values=values,
        faults=faults or {},
        longest_name=LONGEST_NAME,
        longest_text=LONGEST_TEXT,
        new_number=NEW_NUMBER,
        area_code=AREA_CODE,
    )


def _reusable_numbers(me: Who) -> Iterator[Number]:
    after = None
    while True:
        page = numbers.listed(desk(), me, after=after, limit=numbers.MOST_LISTED)
        for number in page.numbers:
            if number.kind is NumberKind.REUSABLE and number.state in IN_SERVICE:
                yield number
        after = page.next
        if after is None:
            return


def _page(
    me: Who,
    campaign_id: str,
    *,
    report: Report | None = None,
    faults: Mapping[str, str] | None = None,
) -> str:
    # The import first: a page that says "the file is in" then counts the contacts it brought.
    brought_in = _brought_in(me, campaign_id)
    campaign = campaigns.read(desk(), me, campaign_id)
    after = forms.asked("after")
    return render_template(
        "campaign.html",
        campaign=campaign,
        cost=preview(campaign.opening_text),
        contacts=campaign_contacts.listed(desk(), me, campaign_id, after=after, limit=ON_A_PAGE),
        is_first=after is None,
        brought_in=brought_in,
        report=report,
        faults=faults or {},
        may_run=has_right(me.role, Right.RUN_CAMPAIGNS),
        most_bytes=MOST_BYTES,
        pace=pace.form_of(
            pace_settings.of_campaign(desk(), me, campaign_id),
            pace.USUAL_OF_CAMPAIGN,
            faults or {},
        ),
    )


def _brought_in(me: Who, campaign_id: str) -> Import | None:
    """The import that the address names."""
    import_id = forms.asked("import")
    if import_id is None:
        return None
    found = contact_imports.read(desk(), me, import_id)
    if found.campaign != campaign_id:
        raise NotFound("There is no such import in this campaign.")
    return found

"""Phone numbers: which there are, ordering one, who answers it, moving it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from backend.domain.errors import NumbersError
from backend.domain.phone_numbers import spoken
from backend.domain.provisioned_numbers import HOW_USED, IN_SERVICE, NumberState
from backend.domain.staff import Right, has_right, require
from backend.services import numbers, offices, ordering, pace_settings
from backend.services.audit import WEB
from backend.services.offices import OfficeListed
from backend.services.ordering import ReusableOrder, Wish
from backend.services.ports import AvailableNumber
from backend.services.staff import Who
from backend.web.pages import forms, pace
from backend.web.session import desk, require_staff

pages = Blueprint("numbers", __name__)
pages.add_app_template_filter(spoken, "spoken")

ON_A_PAGE = 50
ORDER_FIELDS = (
    *("office", "name", "response", "unsolicited.inbox"),
    *("area_code", "contains", "near_zip", "phone_number"),
)


@pages.get("/numbers")
def show_list() -> str:
    """The numbers this person may see, released ones too."""
    me = require_staff()
    after = forms.asked("after")
    return render_template(
        "numbers.html",
        page=numbers.listed(desk(), me, after=after, limit=ON_A_PAGE),
        is_first=after is None,
        may_order=has_right(me.role, Right.ORDER_NUMBERS),
    )


@pages.get("/numbers/new")
def new() -> str:
    """The form to order a reusable number. Raises `NotAllowed`."""
    me = require_staff()
    require(me.role, Right.ORDER_NUMBERS)
    return _order_form(me, {"response": "assistant", "key": forms.new_key()})


@pages.post("/numbers/new")
def create() -> Response | str | tuple[str, int]:
    """Look for numbers, or order one; what was wrong stands beside the fields."""
    me = require_staff()
    try:
        if "look" in request.form:
            found = ordering.search(desk(), me, _wish())
            return _order_form(me, request.form, found=found)
        number = ordering.create_reusable(desk(), me, _order(), WEB, key=forms.key())
    except NumbersError as refusal:
        faults = forms.faults(refusal, ORDER_FIELDS)
        return _order_form(me, request.form, faults=faults), refusal.status
    is_bought = number.state is not NumberState.ORDERING
    words = "is yours now" if is_bought else "has been ordered"
    flash(f"{spoken(number.phone_number)} {words}.")
    return redirect(url_for("numbers.show", number_id=number.id), 303)


@pages.get("/numbers/<number_id>")
def show(number_id: str) -> str:
    """Everything that is known of one number."""
    return _page(require_staff(), number_id)


@pages.post("/numbers/<number_id>/unsolicited")
def set_unsolicited(number_id: str) -> Response | tuple[str, int]:
    """Change who answers the texts that no campaign asked for."""
    me = require_staff()
    try:
        response, inbox = forms.responder("response"), forms.chosen("inbox")
        numbers.set_unsolicited(desk(), me, number_id, response, inbox, WEB)
    except NumbersError as refusal:
        faults = forms.faults(refusal, ("response", "inbox"))
        return _page(me, number_id, faults=faults), refusal.status
    flash("Saved. New texts are answered this way from now on.")
    return redirect(url_for("numbers.show", number_id=number_id), 303)


@pages.post("/numbers/<number_id>/transfer")
def transfer(number_id: str) -> Response | tuple[str, int]:
    """Move an unused number to another office."""
    me = require_staff()
    try:
        number = numbers.transfer(desk(), me, number_id, forms.typed("office"), WEB)
    except NumbersError as refusal:
        faults = forms.faults(refusal, ("office",))
        return _page(me, number_id, faults=faults), refusal.status
    flash(f"{spoken(number.phone_number)} belongs to {number.office} now.")
    if not has_right(me.role, Right.SEE_EVERY_OFFICE):  # it has just left this person's sight
        return redirect(url_for("numbers.show_list"), 303)
    return redirect(url_for("numbers.show", number_id=number_id), 303)


@pages.post("/numbers/<number_id>/pace")
def set_pace(number_id: str) -> Response | tuple[str, int]:
    """Set how fast and how much the number sends."""
    me = require_staff()
    try:
        pace_settings.change_number(desk(), me, number_id, pace.changes(), WEB, seen=pace.seen())
    except NumbersError as refusal:
        faults = forms.faults(refusal, pace.FIELDS)
        return _page(me, number_id, faults=faults), refusal.status
    flash("Saved. It holds for what is sent from now on.")
    return redirect(url_for("numbers.show", number_id=number_id), 303)


def _wish() -> Wish:
    return Wish(
        phone_number=forms.chosen("phone_number"),
        area_code=forms.chosen("area_code"),
        contains=forms.chosen("contains"),
        near_zip=forms.chosen("near_zip"),
    )


def _order() -> ReusableOrder:
    return ReusableOrder(
        office=forms.typed("office"),
        name=forms.typed("name"),
        response=forms.responder("response"),
        inbox=forms.chosen("unsolicited.inbox"),
        wish=_wish(),
    )


def _order_form(
    me: Who,
    values: Mapping[str, str],
    *,
    found: Collection[AvailableNumber] | None = None,
    faults: Mapping[str, str] | None = None,
) -> str:
    """The form with what was typed; `found` None when nobody has looked for numbers yet."""
    return render_template(
        "numbers_new.html",
        offices=offices_of(me),
        values=values,
        found=found,
        faults=faults or {},
    )


def offices_of(me: Who) -> list[OfficeListed]:
    """The offices that this person may order numbers and run campaigns for."""
    sees_all = has_right(me.role, Right.SEE_EVERY_OFFICE)
    return [
        office for office in offices.listed(desk(), me) if sees_all or office.name == me.office_name
    ]


def _page(me: Who, number_id: str, *, faults: Mapping[str, str] | None = None) -> str:
    number = numbers.read(desk(), me, number_id)
    is_in_service = number.state in IN_SERVICE
    every_office = offices.listed(desk(), me)
    return render_template(
        "number.html",
        number=number,
        effective=numbers.effective(desk(), me, number_id) if is_in_service else None,
        how_used=HOW_USED,
        fixed=numbers.what_is_fixed(desk(), me, number_id),
        may_change=has_right(me.role, Right.CHANGE_NUMBERS),
        inboxes=[
            inbox
            for office in every_office
            if office.name == number.office
            for inbox in office.inboxes
        ],
        other_offices=[office for office in every_office if office.name != number.office],
        values=request.form,
        faults=faults or {},
        pace=pace.form_of(
            pace_settings.of_number(desk(), me, number_id),
            pace.usual_of_number(number.phone_number),
            faults or {},
        ),
    )

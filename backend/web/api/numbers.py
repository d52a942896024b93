"""Phone numbers in the API: find, order, look at, move, set."""

from __future__ import annotations

from flask import Response, url_for

from backend.domain.provisioned_numbers import NumberState
from backend.domain.staff import Scope
from backend.services import numbers, offices, ordering
from backend.services.ordering import ReusableOrder, Wish
from backend.web.api.blueprint import answer, api, asker, via
from backend.web.number_shapes import (
    AvailableIn,
    AvailableOut,
    EffectiveOut,
    NumberIn,
    NumberOut,
    NumberPageOut,
    NumberPath,
    OfficesOut,
    TransferIn,
    UnsolicitedIn,
)
from backend.web.session import desk
from backend.web.shapes import IdempotencyHeader, PageIn


@api.get("/offices", summary="Offices and their inboxes", responses={200: OfficesOut})
def list_offices() -> Response:
    """What offices and inboxes can be named in requests."""
    return answer(OfficesOut, {"offices": offices.listed(desk(), asker(Scope.NUMBERS_READ))})


@api.get("/available-numbers", summary="Numbers to choose from", responses={200: AvailableOut})
def available_numbers(query: AvailableIn) -> Response:
    """Local US numbers that can be ordered now."""
    wish = Wish(area_code=query.area_code, contains=query.contains, near_zip=query.near_zip)
    found = ordering.search(desk(), asker(Scope.NUMBERS_READ), wish, query.limit)
    return answer(
        AvailableOut,
        {
            "numbers": [
                {"phone_number": each.e164, "city": each.city, "state": each.state}
                for each in found
            ]
        },
    )


@api.get("/numbers", summary="Phone numbers", responses={200: NumberPageOut})
def list_numbers(query: PageIn) -> Response:
    """Your office's numbers, or every office's for administrators; released ones too."""
    who = asker(Scope.NUMBERS_READ)
    return answer(NumberPageOut, numbers.listed(desk(), who, after=query.after, limit=query.limit))


@api.post(
    "/numbers",
    summary="Create a reusable number",
    responses={201: NumberOut, 202: NumberOut},
)
def create_number(header: IdempotencyHeader, body: NumberIn) -> Response:
    """Buy a number for an office: this very one, or the first that fits.

    202 when the carrier has not confirmed the order yet: ask again, or send the same request with
    the same key. The same key with another request is refused (409).
    """
    number = ordering.create_reusable(
        desk(),
        asker(Scope.NUMBERS_WRITE),
        ReusableOrder(
            office=body.office,
            name=body.name,
            response=body.unsolicited.response,
            inbox=body.unsolicited.inbox,
            wish=Wish(body.phone_number, body.area_code, body.contains, body.near_zip),
        ),
        via(),
        key=header.idempotency_key,
    )
    is_ordering = number.state is NumberState.ORDERING
    response = answer(NumberOut, number, 202 if is_ordering else 201)
    response.headers["Location"] = url_for("api.read_number", number_id=number.id)
    return response


@api.get("/numbers/<number_id>", summary="One phone number", responses={200: NumberOut})
def read_number(path: NumberPath) -> Response:
    """A number that you may see."""
    return answer(NumberOut, numbers.read(desk(), asker(Scope.NUMBERS_READ), path.number_id))


@api.get("/numbers/<number_id>/effective", summary="Who answers now", responses={200: EffectiveOut})
def effective(path: NumberPath) -> Response:
    """Who would answer a new student's text to the number right now, and why."""
    who = asker(Scope.NUMBERS_READ)
    return answer(EffectiveOut, numbers.effective(desk(), who, path.number_id))


@api.post("/numbers/<number_id>/transfer", summary="Move a number", responses={200: NumberOut})
def transfer(path: NumberPath, body: TransferIn) -> Response:
    """Move a number that was never used to another office."""
    who = asker(Scope.NUMBERS_WRITE)
    return answer(NumberOut, numbers.transfer(desk(), who, path.number_id, body.office, via()))


@api.put(
    "/numbers/<number_id>/unsolicited", summary="Choose who answers", responses={200: NumberOut}
)
def unsolicited(path: NumberPath, body: UnsolicitedIn) -> Response:
    """Choose who answers texts that no campaign asked for."""
    who = asker(Scope.NUMBERS_WRITE)
    number = numbers.set_unsolicited(desk(), who, path.number_id, body.response, body.inbox, via())
    return answer(NumberOut, number)

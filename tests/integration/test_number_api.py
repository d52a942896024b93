"""Numbers over HTTP: statuses, problems, keys, scopes, limits on haste."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from backend.db.tables import AuditEvent, ContractLimits
from backend.domain.errors import CarrierError
from backend.domain.staff import Scope
from backend.services import staff
from tests.fakes import Fault
from tests.integration.browsing import DESK, csrf_of, headers, sign_in
from tests.integration.conftest import World
from tests.integration.test_api import bearer

BODY: dict[str, Any] = {
    "office": "Financial Aid",
    "name": "Front desk",
    "area_code": "316",
    "unsolicited": {"response": "assistant"},
}


@pytest.fixture
def alice(world: World) -> dict[str, str]:
    """Northern's administrator."""
    return bearer(world, "alice@northern.example")


def create(
    browser: FlaskClient, as_whom: dict[str, str], key: str | None = None, **body: object
) -> TestResponse:
    """POST a number."""
    more = {"Idempotency-Key": key} if key else {}
    return browser.post("/api/v1/numbers", json=BODY | body, headers=as_whom | more)


def problems(response: TestResponse) -> dict[str, str]:
    """Field to code."""
    assert response.content_type == "application/problem+json" and response.json is not None
    return {each["field"]: each["code"] for each in response.json["problems"]}


def test_a_number_is_created_and_found(browser: FlaskClient, alice: dict[str, str]) -> None:
    """201 with its address; the list and the quota know it."""
    created = create(browser, alice, "k1")
    found = browser.get(created.headers["Location"], headers=alice)
    quota = browser.get("/api/v1/quota", headers=alice).json

    assert created.status_code == 201 and created.json == found.json
    assert quota is not None and quota["numbers"] == {"limit": 10, "used": 3, "reserved": 0}


def test_a_key_is_honoured(browser: FlaskClient, alice: dict[str, str]) -> None:
    """The same request: the same number. Another one: 409, naming the first."""
    first = create(browser, alice, "k1").json
    again = create(browser, alice, "k1").json
    other = create(browser, alice, "k1", name="Another desk")

    assert first is not None and first == again
    assert other.status_code == 409 and first["id"] in other.json["detail"]  # type: ignore[index]


def test_an_unconfirmed_order_is_accepted(
    world: World, browser: FlaskClient, alice: dict[str, str]
) -> None:
    """202 while the carrier has not answered, with the state in words; later the same number."""
    world.carrier.faults["buy"] = [Fault(CarrierError("Lost.", may_have_happened=True))]
    open_order = create(browser, alice, "k1")
    world.clock.pass_time(minutes=2)
    finished = create(browser, alice, "k1")

    assert open_order.status_code == 202 and open_order.json is not None
    assert open_order.json["state"] == "ordering" and "bought" in open_order.json["explanation"]
    assert finished.status_code == 201 and finished.json["id"] == open_order.json["id"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"area_code": "555"}, "area_code"),
        ({"area_code": "416"}, "area_code"),
        ({"area_code": 316}, "area_code"),
        ({"office": "off_0"}, "office"),
        ({"office": ""}, "office"),
        ({"office": None}, "office"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "nul\0"}, "name"),
        ({"near_zip": "00000"}, "near_zip"),
        ({"contains": "abc"}, "contains"),
        ({"phone_number": "12"}, "phone_number"),
        ({"unsolicited": {"response": "robot"}}, "unsolicited.response"),
        ({"unsolicited": {"response": "inbox", "inbox": "Atlantis"}}, "unsolicited.inbox"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_bad_input_names_field_and_fix(
    world: World, browser: FlaskClient, alice: dict[str, str], body: dict[str, Any], field: str
) -> None:
    """422, and nothing is bought."""
    response = create(browser, alice, **body)

    assert response.status_code == 422 and field in problems(response)
    assert "buy" not in world.carrier.calls


def test_another_institutions_office_is_unknown(
    world: World, browser: FlaskClient, alice: dict[str, str]
) -> None:
    """By its id too."""
    zoe = bearer(world, "alice@western.example")
    offices = browser.get("/api/v1/offices", headers=zoe).json
    assert offices is not None
    response = create(browser, alice, office=offices["offices"][0]["id"])

    assert response.status_code == 422 and problems(response) == {"office": "unknown_office"}


def test_a_number_in_use_is_refused(
    world: World, browser: FlaskClient, alice: dict[str, str]
) -> None:
    """409: it is on this desk already."""
    response = create(browser, alice, phone_number=world.inbox_number, area_code=None)

    assert response.status_code == 409 and "already" in response.json["detail"]  # type: ignore[index]


def test_over_the_contract_the_figures_are_given(
    world: World, browser: FlaskClient, alice: dict[str, str]
) -> None:
    """409 with limit, used, reserved, wanted for an administrator; none for office staff."""
    with world.desk.db.write() as session:
        session.execute(update(ContractLimits).values(numbers_limit=2))
    told = create(browser, alice).json
    not_told = create(browser, bearer(world, "bob@northern.example")).json

    assert told is not None and told["code"] == "over_quota"
    assert told["figures"] == {"what": "numbers", "limit": 2, "used": 2, "reserved": 0, "wanted": 1}
    assert not_told is not None and "figures" not in not_told


def test_a_carrier_that_refuses_is_quoted_by_code(
    world: World, browser: FlaskClient, alice: dict[str, str]
) -> None:
    """502 with Twilio's own number."""
    refusal = CarrierError("The account is closed.", carrier_code=20003, permanent=True)
    world.carrier.faults["buy"] = [Fault(refusal)]
    response = create(browser, alice)

    assert response.status_code == 502
    assert response.json["carrier_code"] == 20003  # type: ignore[index]


def test_numbers_are_offered(browser: FlaskClient, alice: dict[str, str]) -> None:
    """By area code, by digits, near a ZIP code; one of them can then be had."""
    query = "/api/v1/available-numbers?near_zip=67260&contains=0117&limit=3"
    found = browser.get(query, headers=alice).json
    assert found is not None
    chosen = found["numbers"][0]["phone_number"]
    created = create(browser, alice, phone_number=chosen, area_code=None).json

    assert created is not None and created["phone_number"] == chosen
    assert "0117" in chosen


def test_a_number_moves_and_is_set(browser: FlaskClient, alice: dict[str, str]) -> None:
    """PUT …/unsolicited and POST …/transfer; the registrar has no inbox: said so."""
    number = create(browser, alice).json
    assert number is not None
    path = f"/api/v1/numbers/{number['id']}"
    was_set = browser.put(f"{path}/unsolicited", json={"response": "inbox"}, headers=alice)
    refused = browser.post(f"{path}/transfer", json={"office": "Registrar"}, headers=alice)

    assert was_set.json["unsolicited"]["response"] == "inbox"  # type: ignore[index]
    assert refused.status_code == 422 and problems(refused) == {"office": "no_inbox"}


def test_a_token_does_what_its_scopes_say(world: World, browser: FlaskClient) -> None:
    """A token for reading numbers reads numbers, and nothing else; the missing scope is named."""
    token = staff.create_access_token(
        world.desk, "alice@northern.example", timedelta(days=1), [Scope.NUMBERS_READ]
    )
    reader = {"Authorization": f"Bearer {token}"}
    created = create(browser, reader)

    assert browser.get("/api/v1/numbers", headers=reader).status_code == 200
    assert created.status_code == 403 and "numbers:write" in created.json["detail"]  # type: ignore[index]
    for path in ("/api/v1/quota", "/api/v1/audit", "/api/v1/campaigns"):
        assert browser.get(path, headers=reader).status_code == 403, path


def test_a_token_gives_no_more_than_its_person_has(world: World, browser: FlaskClient) -> None:
    """Carol the agent with every scope still orders nothing."""
    token = staff.create_access_token(
        world.desk, "carol@northern.example", timedelta(days=1), list(Scope)
    )

    assert create(browser, {"Authorization": f"Bearer {token}"}).status_code == 403


def test_a_revoked_token_is_worth_nothing(world: World, browser: FlaskClient) -> None:
    """From that moment on; the list shows it no more."""
    carol = bearer(world, "carol@northern.example")
    (listed,) = staff.access_tokens(world.desk)
    staff.revoke_access_token(world.desk, listed.id)

    assert browser.get("/api/v1/numbers", headers=carol).status_code == 401
    assert staff.access_tokens(world.desk) == ()


def test_haste_is_slowed_down(world: World, browser: FlaskClient) -> None:
    """More than 60 searches a minute: 429 for this person, not for another."""
    carol, bob = (bearer(world, f"{name}@northern.example") for name in ("carol", "bob"))
    path = "/api/v1/available-numbers?area_code=555"
    codes = [browser.get(path, headers=carol).status_code for _ in range(61)]

    assert codes == [403] * 60 + [429]
    assert browser.get(path, headers=bob).status_code == 422


def test_the_audit_is_for_administrators(
    world: World, browser: FlaskClient, alice: dict[str, str]
) -> None:
    """Who did what through which channel, latest first, page by page; refusals are in it."""
    number = create(browser, alice).json
    bob = browser.get("/api/v1/audit", headers=bearer(world, "bob@northern.example"))
    first = browser.get("/api/v1/audit?limit=1", headers=alice).json
    assert first is not None and number is not None
    rest = browser.get(f"/api/v1/audit?after={first['next']}", headers=alice).json
    about = browser.get(f"/api/v1/audit?subject={number['id']}", headers=alice).json

    assert bob.status_code == 403
    assert [(line["action"], line["who"]) for line in first["lines"]] == [("audit.read", "Bob")]
    assert rest is not None and [
        (line["action"], line["who"], line["channel"]) for line in rest["lines"]
    ] == [("number.bought", None, "desk"), ("number.order", "Alice", "api")]
    assert about is not None and len(about["lines"]) == 2


def test_the_page_is_a_channel_too(world: World, browser: FlaskClient) -> None:
    """The audit tells the page from the API."""
    sign_in(browser, "alice@northern.example")
    token = headers(csrf_of(browser, "/chat"))
    created = browser.post("/api/v1/numbers", json=BODY, base_url=DESK, headers=token)
    with world.desk.db.read() as session:
        channel = session.scalar(
            select(AuditEvent.channel).where(AuditEvent.action == "number.order")
        )

    assert (created.status_code, channel) == (201, "web")


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-11-01T01:30:00",  # twice that day in Chicago: which one?
        "since=2026-03-08T02:30:00",  # not that day in Chicago
        "since=2027-02-29T00:00:00Z",
        "until=yesterday",
        "since=0001-01-01T00:00:00%2B14:00",
        "limit=0",
        "after=aud_nothing",
    ],
)
def test_a_moment_must_be_one(browser: FlaskClient, alice: dict[str, str], query: str) -> None:
    """Without its offset a moment may happen twice or never; and no February 29 in 2027."""
    response = browser.get(f"/api/v1/audit?{query}", headers=alice)

    assert response.status_code == 422
    assert query.partition("=")[0] in problems(response)


def test_a_repeated_hour_is_told_apart_by_its_offset(
    world: World, browser: FlaskClient, alice: dict[str, str]
) -> None:
    """1:30 in Chicago on November 1, 2026 is two moments an hour apart."""
    create(browser, alice)
    early, late = (
        browser.get(f"/api/v1/audit?until=2026-11-01T01:30:00-0{hours}:00", headers=alice)
        for hours in (5, 6)
    )

    assert early.status_code == late.status_code == 200

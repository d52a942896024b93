"""The JSON API and the sessions: who may, who may not, and what bad input is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.db.tables import StaffMember
from backend.services import staff
from tests.integration.browsing import DESK, csrf_of, headers, sign_in
from tests.integration.conftest import World


def bearer(world: World, email: str) -> dict[str, str]:
    """Headers that speak for a staff member."""
    return {
        "Authorization": f"Bearer {staff.create_access_token(world.desk, email, timedelta(days=1))}"
    }


@pytest.fixture
def alice(world: World) -> dict[str, str]:
    """Northern's administrator."""
    return bearer(world, "alice@northern.example")


def test_chat_answers_in_the_promised_shape(browser: FlaskClient, alice: dict[str, str]) -> None:
    """The answer holds conversation, replies and intent as documented."""
    body = browser.post("/api/v1/chat", json={"text": "hello"}, headers=alice).json

    assert body is not None and body["conversation"].startswith("cnv_")
    assert body["replies"] == [
        {"text": "Yes, you may.", "buttons": [], "link": None, "source": None}
    ]
    assert body["intent"] == {"name": "faq_transfer_number", "confidence": 0.9}


def test_quota_is_for_administrators(
    world: World, browser: FlaskClient, alice: dict[str, str]
) -> None:
    """Figures for Alice, the rule for Bob."""
    allowed = browser.get("/api/v1/quota", headers=alice)
    refused = browser.get("/api/v1/quota", headers=bearer(world, "bob@northern.example"))

    assert allowed.json["numbers"] == {"limit": 10, "used": 2, "reserved": 0}  # type: ignore[index]
    assert (refused.status_code, refused.content_type) == (403, "application/problem+json")
    assert "Only Administrators" in refused.json["detail"]  # type: ignore[index]


def test_institutions_do_not_see_each_other(world: World, browser: FlaskClient) -> None:
    """Zoe's figures are Western's; Alice's conversation does not exist for her."""
    alice, zoe = (
        bearer(world, f"alice@{institution}.example") for institution in ("northern", "western")
    )
    conversation = browser.post("/api/v1/chat", json={"text": "hi"}, headers=alice).json[  # type: ignore[index]
        "conversation"
    ]
    stolen = browser.post(
        "/api/v1/chat", json={"text": "hi", "conversation": conversation}, headers=zoe
    )

    assert stolen.status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/quota", "/api/v1/chat"])
def test_nobody_gets_nothing(browser: FlaskClient, path: str) -> None:
    """Without a session or a token: 401 in problem+json."""
    response = browser.open(path, method="POST" if "chat" in path else "GET", json={"text": "x"})

    assert response.status_code == 401
    assert response.content_type == "application/problem+json"


def test_expired_and_deactivated_tokens_are_worth_nothing(
    world: World, browser: FlaskClient, alice: dict[str, str]
) -> None:
    """A token ends with its time, and with its person's account."""
    short = staff.create_access_token(world.desk, "bob@northern.example", timedelta(days=1))
    world.clock.pass_time(days=2)
    expired = browser.get("/api/v1/quota", headers={"Authorization": f"Bearer {short}"})
    with world.desk.db.write() as session:
        session.get_one(StaffMember, world.alice.id).is_active = False
    deactivated = browser.get("/api/v1/quota", headers=alice)

    assert (expired.status_code, deactivated.status_code) == (401, 401)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "text"),
        ({"text": ""}, 422, "text"),
        ({"text": 5}, 422, "text"),
        ({"text": "x", "surprise": 1}, 422, "surprise"),
        ({"text": "x" * 20_001}, 422, "text"),
        ({"text": "x", "message_id": ""}, 422, "message_id"),
    ],
)
def test_bad_body_names_its_fault(
    browser: FlaskClient, alice: dict[str, str], body: dict[str, object], status: int, field: str
) -> None:
    """Every fault has its place and what to do."""
    response = browser.post("/api/v1/chat", json=body, headers=alice)

    assert response.status_code == status
    assert response.json["problems"][0]["field"] == field  # type: ignore[index]


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"text=hello", "application/x-www-form-urlencoded", 415),
        (b"[]", "application/json", 422),
        (b"[" * 100_000, "application/json", 400),
        (b'{"text": "hi", "conversation": "\\ud800"}', "application/json", 422),
    ],
)
def test_unreadable_body_is_told_so(
    browser: FlaskClient, alice: dict[str, str], data: bytes, content_type: str, status: int
) -> None:
    """Broken JSON, other types and other shapes each have their own answer."""
    response = browser.post("/api/v1/chat", data=data, content_type=content_type, headers=alice)

    assert response.status_code == status
    assert response.content_type == "application/problem+json"


def test_nul_and_control_characters_are_left_out(
    world: World, browser: FlaskClient, alice: dict[str, str]
) -> None:
    """What no database keeps does not reach it."""
    browser.post("/api/v1/chat", json={"text": "he\0l\u0007lo"}, headers=alice)

    assert world.bot.asked[0].text == "hello"


def test_signed_in_browser_needs_the_csrf_header(world: World, browser: FlaskClient) -> None:
    """A session cookie alone changes nothing: another site could send it."""
    assert sign_in(browser, "bob@northern.example").status_code == 303
    without = browser.post("/api/v1/chat", json={"text": "hello"}, base_url="https://desk.example")

    assert without.status_code == 400 and without.json["code"] == "csrf"  # type: ignore[index]
    assert world.bot.asked == []


def test_signing_out_ends_the_session_itself(browser: FlaskClient, public: Flask) -> None:
    """A copy of the cookie is worth nothing after its browser signed out."""
    sign_in(browser, "bob@northern.example")
    copied = browser.get_cookie("numberdesk", domain="desk.example")
    browser.post("/sign-out", base_url=DESK, headers=headers(csrf_of(browser, "/chat")))
    thief = public.test_client()
    assert copied is not None
    thief.set_cookie("numberdesk", copied.value, domain="desk.example", secure=True)

    assert thief.get("/chat", base_url=DESK).status_code == 302


def test_wrong_password_does_not_tell_which_part(world: World, browser: FlaskClient) -> None:
    """An unknown e-mail and a wrong password get the same words."""
    unknown = sign_in(browser, "nobody@northern.example").text
    wrong = sign_in(browser, "bob@northern.example", "guess").text

    assert "do not go together" in unknown and "do not go together" in wrong


def test_guessing_passwords_is_slowed_down(world: World, browser: FlaskClient) -> None:
    """After ten tries in a minute the door stays shut for a while."""
    codes = [sign_in(browser, "bob@northern.example", "guess").status_code for _ in range(11)]

    assert codes == [403] * 10 + [429]


def test_the_document_describes_the_routes(browser: FlaskClient) -> None:
    """The OpenAPI document is served and names every route."""
    document = browser.get("/api/v1/openapi.json").json

    assert document is not None
    assert {"/api/v1/chat", "/api/v1/quota"} <= set(document["paths"])


def test_pages_and_api_carry_safe_headers(browser: FlaskClient) -> None:
    """No inline scripts, no framing, no caching of what is personal."""
    headers = browser.get("/sign-in").headers

    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"].lower() == "deny"
    assert headers["Cache-Control"] == "no-store"


def test_health_names_each_part(world: World, browser: FlaskClient) -> None:
    """Ready only when every part is, each by its name."""
    response = browser.get("/readyz")
    parts = {"database", "queue", "rasa", "internal", "actions"}

    assert response.status_code == 503
    assert set(response.json["parts"]) == parts  # type: ignore[index]
    assert browser.get("/healthz").status_code == 200


def test_unknown_address_is_said_in_the_right_form(browser: FlaskClient) -> None:
    """Programs get problem+json, people get a page."""
    assert browser.get("/api/v1/nothing").content_type == "application/problem+json"
    assert "text/html" in browser.get("/nothing").content_type

"""Twilio's webhooks: signed or refused, never a 500, never an unsigned effect."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from backend.adapters.twilio import TwilioCarrier
from backend.app import public_app
from backend.db.tables import Message, UnroutedText
from tests.integration.conftest import STUDENT, World, workshop_of

URL = "https://desk.example/webhooks/twilio/sms"
TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@pytest.fixture
def twilio(world: World, tmp_path: Path) -> FlaskClient:
    """The public application with Twilio's real signature check."""
    return public_app(workshop_of(world, tmp_path, carrier=TwilioCarrier())).test_client()


def form(world: World, **changes: str) -> dict[str, str]:
    """A webhook as Twilio sends it."""
    return {
        "MessageSid": "SM" + "a" * 32,
        "SmsSid": "SM" + "a" * 32,
        "AccountSid": world.account_sid,
        "From": STUDENT,
        "To": world.assistant_number,
        "Body": "hello",
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
        "AFieldOfTomorrow": "new",
        **changes,
    }


def post(
    client: FlaskClient, fields: dict[str, str], token: str = "token of northern", url: str = URL
) -> TestResponse:
    """Post a webhook signed with a token, as seen at a public address."""
    signature = RequestValidator(token).compute_signature(url, fields)
    return client.post(
        "/webhooks/twilio/sms", data=fields, headers={"X-Twilio-Signature": signature}
    )


def stored(world: World) -> list[str]:
    """The bodies kept."""
    with world.desk.db.read() as session:
        return list(session.scalars(select(Message.body).order_by(Message.id)))


def test_signed_text_is_answered_with_silence(world: World, twilio: FlaskClient) -> None:
    """A good webhook is stored and answered with empty TwiML."""
    response = post(twilio, form(world))

    assert (response.status_code, response.text, response.mimetype) == (200, TWIML, "text/xml")
    assert stored(world) == ["hello"]


def test_number_in_a_messaging_service_is_found_by_to(world: World, twilio: FlaskClient) -> None:
    """With MessagingServiceSid the number is still the one texted."""
    response = post(twilio, form(world, MessagingServiceSid="MG" + "b" * 32))

    assert response.status_code == 200 and stored(world) == ["hello"]


@pytest.mark.parametrize(
    ("token", "url"),
    [
        ("token of western", URL),
        ("token of northern", "https://evil.example/webhooks/twilio/sms"),
        ("token of northern", "http://localhost/webhooks/twilio/sms"),
    ],
)
def test_wrong_signature_has_no_effect(
    world: World, twilio: FlaskClient, token: str, url: str
) -> None:
    """Another account's token or another address: 403 and nothing stored."""
    response = post(twilio, form(world), token, url)

    assert response.status_code == 403 and stored(world) == []


def test_unsigned_or_tampered_has_no_effect(world: World, twilio: FlaskClient) -> None:
    """No signature, or fields changed after signing: 403 and nothing stored."""
    good = form(world)
    signature = RequestValidator("token of northern").compute_signature(URL, good)
    tampered = twilio.post(
        "/webhooks/twilio/sms",
        data={**good, "Body": "other"},
        headers={"X-Twilio-Signature": signature},
    )
    unsigned = twilio.post("/webhooks/twilio/sms", data=good)

    assert (tampered.status_code, unsigned.status_code) == (403, 403)
    assert unsigned.json["code"] == "not_allowed" and stored(world) == []  # type: ignore[index]


def test_unknown_account_is_refused(world: World, twilio: FlaskClient) -> None:
    """A webhook that names an account we do not know is refused."""
    response = post(twilio, form(world, AccountSid="AC" + "9" * 32))

    assert response.status_code == 403


def test_account_of_another_institution_cannot_text_our_number(
    world: World, twilio: FlaskClient
) -> None:
    """Western's account, rightly signed, reaches no number of Northern's."""
    fields = form(world, AccountSid=world.western_account_sid)
    response = post(twilio, fields, "token of western")

    assert response.status_code == 200 and stored(world) == []
    with world.desk.db.read(world.zoe.institution_id) as session:
        assert session.scalar(select(func.count(UnroutedText.id))) == 1


def test_unknown_to_is_counted(world: World, twilio: FlaskClient) -> None:
    """A text to a number that is not ours shows in the figures."""
    response = post(twilio, form(world, To="+19995550100"))
    metrics = twilio.get("/metrics").text

    assert (response.status_code, response.text) == (200, TWIML)
    assert 'numberdesk_unrouted_texts{kind="sms"} 1.0' in metrics


@pytest.mark.parametrize(
    "body",
    ["", "a" * 1600, "🎓" * 400, "nul\0byte", "\u202eright to left", "línea\r\nnueva", "\ufffd"],
)
def test_any_body_is_stored(world: World, twilio: FlaskClient, body: str) -> None:
    """Empty, long, emoji, control characters: stored, without what no database takes."""
    response = post(twilio, form(world, Body=body))

    assert response.status_code == 200
    assert stored(world) == [body.replace("\0", "").replace("\r\n", "\n")]


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_missing_field_is_named(world: World, twilio: FlaskClient, missing: str) -> None:
    """A signed webhook without a field Twilio always sends says which."""
    fields = form(world)
    del fields[missing]
    response = post(twilio, fields)

    assert response.status_code == 422
    assert response.json["problems"][0]["field"] == missing  # type: ignore[index]


def test_missing_body_is_an_empty_message(world: World, twilio: FlaskClient) -> None:
    """A webhook without Body is a message without words."""
    fields = form(world)
    del fields["Body"]

    assert post(twilio, fields).status_code == 200
    assert stored(world) == [""]


def test_replay_is_stored_once(world: World, twilio: FlaskClient) -> None:
    """The same signed webhook again is answered 200 and changes nothing."""
    codes = [post(twilio, form(world)).status_code for _ in range(3)]

    assert codes == [200, 200, 200] and stored(world) == ["hello"]


def test_bad_utf8_is_no_error_of_ours(world: World, twilio: FlaskClient) -> None:
    """Bytes that are no UTF-8 cannot carry a fitting signature: refused, not a 500."""
    data = f"AccountSid={world.account_sid}&Body=%ff%fe&From=%80&To=x&MessageSid=y".encode()
    response = twilio.post(
        "/webhooks/twilio/sms",
        data=data + b"&raw=\xff",
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": "x"},
    )

    assert response.status_code == 403


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    fields=st.dictionaries(
        st.sampled_from(
            ["MessageSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "OptOutType", "X"]
        ),
        st.text(max_size=60),
    )
)
def test_any_signed_fields_are_never_a_500(
    world: World, twilio: FlaskClient, fields: dict[str, str]
) -> None:
    """Whatever a signed form holds, the answer is 200 or a named fault."""
    sent = {"AccountSid": world.account_sid, **fields}
    response = post(twilio, sent)

    assert response.status_code in (200, 403, 422)


def test_status_callback_needs_a_signature(world: World, twilio: FlaskClient) -> None:
    """A delivery report without a signature is refused."""
    response = twilio.post("/webhooks/twilio/status?message=msg_x", data=form(world))

    assert response.status_code == 403

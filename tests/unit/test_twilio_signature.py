"""X-Twilio-Signature: what counts as signed by the carrier, and that nothing else does."""

from __future__ import annotations

import pytest

from backend.adapters.sandbox_carrier import SandboxCarrier
from backend.adapters.twilio import TwilioCarrier
from backend.adapters.twilio_signature import is_authentic, sign
from backend.services.ports import CarrierCredentials

# The worked example of https://www.twilio.com/docs/usage/security#validating-requests
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
ACCOUNT = CarrierCredentials("AC" + "1" * 32, "12345")


def test_twilios_own_example_is_authentic() -> None:
    """The signature printed in Twilio's documentation fits, and ours is the same."""

    assert is_authentic(ACCOUNT, URL, FORM, SIGNATURE)
    assert sign("12345", URL, FORM) == SIGNATURE


def test_the_order_of_the_form_does_not_matter() -> None:
    """Twilio sorts by name before it signs, so fields may arrive in any order."""

    assert is_authentic(ACCOUNT, URL, FORM[::-1], SIGNATURE)


@pytest.mark.parametrize(
    ("url", "form", "signature"),
    [
        (URL, [*FORM[:-1], ("To", "+18005551213")], SIGNATURE),
        (URL, [*FORM, ("Body", "added")], SIGNATURE),
        (URL, FORM[1:], SIGNATURE),
        (URL, [], SIGNATURE),
        (URL.replace("foo=1", "foo=2"), FORM, SIGNATURE),
        (URL.replace("https", "http"), FORM, SIGNATURE),
        (URL, FORM, SIGNATURE.swapcase()),
        (URL, FORM, SIGNATURE[:-1]),
        (URL, FORM, ""),
        (URL, FORM, "é" * len(SIGNATURE)),
    ],
)
def test_anything_changed_is_not_authentic(
    url: str, form: list[tuple[str, str]], signature: str
) -> None:
    """A changed, added or missing field, another URL, another or no signature: refused."""

    assert not is_authentic(ACCOUNT, url, form, signature)


def test_the_previous_token_still_counts_while_tokens_rotate() -> None:
    """After a rotation webhooks signed with the old token are authentic, with others not."""
    rotated = CarrierCredentials(ACCOUNT.account_sid, "new", previous_auth_token="12345")
    unrelated = CarrierCredentials(ACCOUNT.account_sid, "new", previous_auth_token="older")

    assert is_authentic(rotated, URL, FORM, SIGNATURE)
    assert is_authentic(rotated, URL, FORM, sign("new", URL, FORM))
    assert not is_authentic(unrelated, URL, FORM, SIGNATURE)


def test_an_empty_token_signs_nothing() -> None:
    """An account without a token authenticates no one, not even a signature made with "" ."""
    empty = CarrierCredentials(ACCOUNT.account_sid, "", previous_auth_token="")

    assert not is_authentic(empty, URL, FORM, sign("", URL, FORM))


def test_every_value_of_a_repeated_key_is_signed() -> None:
    """Twilio signs all values of a key that is there twice: neither may be changed or dropped."""
    form = [("MediaUrl", "b"), ("MediaUrl", "a"), ("Body", "")]
    signature = sign("12345", URL, form)

    assert is_authentic(ACCOUNT, URL, form, signature)
    assert not is_authentic(ACCOUNT, URL, form[1:], signature)
    assert not is_authentic(ACCOUNT, URL, [form[0], form[2]], signature)
    assert not is_authentic(ACCOUNT, URL, [("MediaUrl", "c"), *form[1:]], signature)


@pytest.mark.parametrize(
    ("signed", "configured"),
    [
        ("https://texts.uni.edu:443/sms", "https://texts.uni.edu/sms"),
        ("https://texts.uni.edu/sms", "https://texts.uni.edu:443/sms"),
        ("https://texts.uni.edu/sms", "https://texts.uni.edu:8443/sms"),
        ("http://texts.uni.edu:80/sms", "http://texts.uni.edu/sms"),
    ],
)
def test_a_port_in_the_url_may_be_signed_or_not(signed: str, configured: str) -> None:
    """Twilio signs https URLs sometimes with their port and sometimes without."""

    assert is_authentic(ACCOUNT, configured, FORM, sign("12345", signed, FORM))


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://uni.edu:port/sms", FORM),
        ("https://[uni.edu/sms", FORM),
        ("", FORM),
        (URL, [("Body", "\ud83d")]),
        (URL, [("\ud83d", "Body")]),
    ],
)
def test_what_cannot_be_signed_is_refused_in_silence(url: str, form: list[tuple[str, str]]) -> None:
    """Bad ports, broken URLs and half emoji are answered with no, never with an exception."""

    assert not is_authentic(ACCOUNT, url, form, SIGNATURE)


def test_a_url_signed_for_json_never_vouches_for_a_form() -> None:
    """With `bodySHA256` Twilio signs the URL alone; an empty form must not ride on that."""
    url = "https://uni.edu/sms?bodySHA256=" + "0" * 64

    assert not is_authentic(ACCOUNT, url, [], sign("12345", url, []))


def test_both_carriers_judge_by_the_same_rule() -> None:
    """`is_authentic` of the sandbox and of Twilio is this one function."""
    for carrier in (TwilioCarrier.is_authentic, SandboxCarrier.is_authentic):
        judge = carrier.__get__(object())

        assert judge(ACCOUNT, URL, FORM, SIGNATURE)
        assert not judge(ACCOUNT, URL, FORM[1:], SIGNATURE)

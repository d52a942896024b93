"""Twilio's adapter before any network: where it may talk to, and what it never says."""

from __future__ import annotations

import pytest

from backend.adapters.loopback import is_loopback
from backend.adapters.twilio import TwilioCarrier
from backend.adapters.twilio_client import LoopbackHttpClient
from backend.domain.errors import CarrierError
from backend.services.ports import CarrierCredentials, OutgoingText

TEXT = OutgoingText("+13165550100", "+13165550123", "Hello", "https://texts.uni.edu/status")


@pytest.mark.parametrize("base", ["http://127.0.0.1:4010", "http://localhost:1", "https://[::1]:2"])
def test_this_machine_is_loopback(base: str) -> None:
    """Test servers on this machine are allowed."""

    assert is_loopback(base)
    TwilioCarrier(api_base=base)


@pytest.mark.parametrize(
    "base",
    [
        "https://api.twilio.com",
        "http://127.0.0.1.example.com",
        "http://localhost@example.com",
        "http://10.0.0.7:4010",
        "ftp://127.0.0.1",
        "127.0.0.1:4010",
        "http://[::1",
        "",
    ],
)
def test_any_other_address_is_refused_at_the_start(base: str) -> None:
    """Credentials and students' numbers must not go to a server somebody configured elsewhere."""

    assert not is_loopback(base)
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        TwilioCarrier(api_base=base)


@pytest.mark.parametrize(
    "url", ["https://verify.twilio.com/v2", "https://api.twilio.com.example.com/", "https://x/"]
)
def test_a_host_without_a_test_server_is_refused(url: str) -> None:
    """With `api_base` set, nothing goes to a host that the test server does not stand for."""
    http = LoopbackHttpClient("http://127.0.0.1:9", 1)

    with pytest.raises(RuntimeError, match="No test server"):
        http.request("GET", url)


def test_missing_credentials_never_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twilio's library would send from whatever account the environment names: not here."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "0" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "of another institution")

    with pytest.raises(CarrierError, match="credentials"):
        TwilioCarrier().send(CarrierCredentials("", ""), TEXT)

"""The whole product on Twilio's own API, played by a stateful emulator that signs its webhooks."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from backend.services.demo import NUMBERS
from tests.contract.servers import emulate, require_node_programs
from tests.running import free_port, running_desk

NUMBER = NUMBERS[0][0]
STUDENT = "+13165550199"
ACCOUNT_SID, AUTH_TOKEN = "AC" + "5" * 32, "an auth token for tests only"
PATIENCE_S = 30


def test_text_in_and_answer_out_through_twilio(tmp_path: Path) -> None:
    """A text comes in by a signed webhook and the answer leaves through Twilio's Messages API."""
    require_node_programs()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (tmp_path / "emulate").mkdir()
    (tmp_path / "desk").mkdir()
    with (
        emulate(
            tmp_path / "emulate",
            ACCOUNT_SID,
            AUTH_TOKEN,
            number=NUMBER,
            sms_url=f"{url}/webhooks/twilio/sms",
        ) as twilio,
        running_desk(
            tmp_path / "desk",
            PORT=str(port),
            PUBLIC_URL=url,
            CARRIER="twilio",
            TWILIO_ACCOUNT_SID=ACCOUNT_SID,
            TWILIO_AUTH_TOKEN=AUTH_TOKEN,
            TWILIO_API_BASE=twilio,
        ) as desk,
        httpx.Client(
            base_url=twilio, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=PATIENCE_S
        ) as account,
    ):
        account.post(
            "/_twilio/simulate/inbound-message",
            data={"From": STUDENT, "To": NUMBER, "Body": "is this really my school?"},
        ).raise_for_status()
        reply = wait_for_reply(account)
        page = httpx.get(f"{desk.url}/sign-in").text
        logs = desk.logs()

    assert (reply["from"], reply["to"]) == (NUMBER, STUDENT)
    assert "Demo State University" in reply["body"]
    assert "Sandbox" not in page
    assert AUTH_TOKEN not in logs and STUDENT not in logs


def wait_for_reply(account: httpx.Client) -> dict[str, str]:
    """The text that the desk sent to the student."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        listing = account.get(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json")
        for message in listing.raise_for_status().json()["messages"]:
            if message["to"] == STUDENT:
                found: dict[str, str] = message
                return found
        time.sleep(0.2)
    raise AssertionError(f"no reply within {PATIENCE_S} s")

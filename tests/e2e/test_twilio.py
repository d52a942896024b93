"""The whole product on Twilio's own API, played by a stateful emulator that signs its webhooks."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import httpx

from tests.contract.servers import emulate, require_node_programs
from tests.ports import free_port
from tests.running import BACKEND, running_desk

OTHERS_NUMBER = "+13165550101"
NUMBER = "+13165550177"
STUDENT = "+13165550199"
ACCOUNT_SID, AUTH_TOKEN = "AC" + "5" * 32, "an auth token for tests only"
SERVICE_SID = "MG" + "6" * 32
PATIENCE_S = 30


def test_a_number_is_bought_and_answers_through_twilio(tmp_path: Path) -> None:
    """A number is bought by our API at Twilio's; a text comes in by the webhook that was set up
    with it, signed, and the answer leaves through Twilio's Messages API. Reconciling finds the
    number in order, and the one that is not ours.
    """
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
            number=OTHERS_NUMBER,
            service_sid=SERVICE_SID,
            sms_url="http://127.0.0.1:9/not-ours",
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
        desk.client("administrator") as administrator,
        httpx.Client(
            base_url=twilio, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=PATIENCE_S
        ) as account,
    ):
        created = administrator.post(
            "/api/v1/numbers",
            json={
                "office": "Financial Aid",
                "name": "Front desk",
                "phone_number": NUMBER,
                "unsolicited": {"response": "assistant"},
            },
            headers={"Idempotency-Key": "front-desk"},
        )
        account.post(
            "/_twilio/simulate/inbound-message",
            data={"From": STUDENT, "To": NUMBER, "Body": "is this really my school?"},
        ).raise_for_status()
        reply = wait_for_reply(account)
        page = httpx.get(f"{desk.url}/sign-in").text
        reconciled = subprocess.run(
            [str(BACKEND), "numbers", "reconcile"],
            cwd=desk.folder,
            env=desk.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        logs = desk.logs()

    assert (created.status_code, created.json()["state"]) == (201, "active")
    assert reconciled.returncode == 2 and "(316) 555-0101" in reconciled.stdout
    assert "1 in order, 0 mended, 1 to look at" in reconciled.stdout
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

"""The carriers under contract, each with a student's phone and a person who listens in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx
import pytest

from backend.adapters.sandbox_carrier import SandboxCarrier
from backend.adapters.twilio import TwilioCarrier
from backend.services.ports import (
    Carrier,
    CarrierCredentials,
    NumberOrder,
    OutgoingText,
    WantedNumber,
)
from tests.contract.receiver import Receiver, Webhook, receiving
from tests.contract.servers import emulate, prism, require_node_programs

OFFICE = "+13165550100"
ALICE = "+13165550123"
ACCOUNT = CarrierCredentials("AC" + "ab12" * 8, "the-office-token")
SERVICE = "MG" + "cd34" * 8
STATUS_PATH = "/webhooks/twilio/status"
# Not the usual path, so that a text which arrives there proves what was set at the carrier.
SMS_PATH = "/webhooks/twilio/sms/bought"


@dataclass(frozen=True)
class Line:
    """A carrier and the account it works for, with its messaging service `SERVICE`.

    `callback` is where it may report; `spare` tells a number that can be bought now.
    """

    carrier: Carrier
    account: CarrierCredentials
    callback: str
    spare: Callable[[], str]

    @property
    def sms_url(self) -> str:
        """Where the texts of a bought number are to arrive."""
        return self.callback.removesuffix(STATUS_PATH) + SMS_PATH

    def order(self, reference: str = "num_of_the_contract", e164: str | None = None) -> NumberOrder:
        """An order for a number, one that can be bought if none is given."""
        return NumberOrder(self.spare() if e164 is None else e164, reference, self.sms_url)

    def to_alice(self, body: str, to_number: str = ALICE) -> OutgoingText:
        """A text from the office's number."""
        return OutgoingText(OFFICE, to_number, body, self.callback)


@dataclass(frozen=True)
class RememberingLine(Line):
    """A line whose carrier keeps texts and calls back.

    `body_of` reads a sent text at the carrier by its SID; `alice_texts` has Alice text a number
    of ours and `progress` moves a sent text on: both return the webhooks that came of it.
    """

    body_of: Callable[[str], str]
    alice_texts: Callable[[str, str], list[Webhook]]
    progress: Callable[[str], list[Webhook]]


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)


def build_sandbox_line(folder: Path, receiver: Receiver) -> RememberingLine:
    """The built-in carrier, delivering in this process."""
    sandbox = SandboxCarrier(
        folder / "sandbox.db", receiver.url, receiver.url, lambda _delay: None, SystemClock()
    )

    def body_of(sid: str) -> str:
        return next(text.body for text in sandbox.messages(OFFICE, ALICE) if text.sid == sid)

    def alice_texts(to_number: str, body: str) -> list[Webhook]:
        sid = sandbox.receive(ACCOUNT, ALICE, to_number, body)
        return progress(sid)

    def progress(sid: str) -> list[Webhook]:
        sandbox.deliver_due()
        return webhooks_about(sid, receiver)

    def spare() -> str:
        return sandbox.search(ACCOUNT, WantedNumber(area_code="620"))[0].e164

    callback = receiver.url + STATUS_PATH
    return RememberingLine(sandbox, ACCOUNT, callback, spare, body_of, alice_texts, progress)


def build_emulate_line(base: str, receiver: Receiver) -> RememberingLine:
    """Twilio's adapter on `emulate`, whose simulator plays the phone."""
    auth = (ACCOUNT.account_sid, ACCOUNT.auth_token)
    messages = f"{base}/2010-04-01/Accounts/{ACCOUNT.account_sid}/Messages"

    def body_of(sid: str) -> str:
        body: str = httpx.get(f"{messages}/{sid}.json", auth=auth).raise_for_status().json()["body"]
        return body

    def simulate(what: str, form: dict[str, str]) -> str:
        answer = httpx.post(f"{base}/_twilio/simulate/{what}", data=form, auth=auth)
        sid: str = answer.raise_for_status().json()["sid"]
        return sid

    def alice_texts(to_number: str, body: str) -> list[Webhook]:
        sid = simulate("inbound-message", {"From": ALICE, "To": to_number, "Body": body})
        return webhooks_about(sid, receiver)

    def progress(sid: str) -> list[Webhook]:
        for status in ("sent", "delivered"):
            simulate("message-status", {"MessageSid": sid, "Status": status})
        return webhooks_about(sid, receiver)

    callback = receiver.url + STATUS_PATH
    carrier = TwilioCarrier(api_base=base)
    return RememberingLine(
        carrier, ACCOUNT, callback, lambda: next(_UNSOLD), body_of, alice_texts, progress
    )


# `emulate` sells any number and lives through all tests, so that each is named once.
_UNSOLD = (f"+1620555{last:04}" for last in count(100))


def webhooks_about(sid: str, receiver: Receiver) -> list[Webhook]:
    """What the receiver got about one text, in order of arrival."""
    return [webhook for webhook in receiver.received if webhook["MessageSid"] == sid]


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """Where every carrier's webhooks arrive."""
    with receiving() as running:
        yield running


@pytest.fixture(scope="session")
def prism_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prism on Twilio's own OpenAPI."""
    require_node_programs()
    with prism(tmp_path_factory.mktemp("prism")) as base:
        yield base


@pytest.fixture(scope="session")
def emulate_base(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[str]:
    """`emulate`'s Twilio, with the office's number."""
    require_node_programs()
    folder = tmp_path_factory.mktemp("emulate")
    sms_url = receiver.url + "/webhooks/twilio/sms"
    account = (ACCOUNT.account_sid, ACCOUNT.auth_token)
    with emulate(folder, *account, number=OFFICE, sms_url=sms_url, service_sid=SERVICE) as base:
        yield base


@pytest.fixture
def sandbox_line(tmp_path: Path, receiver: Receiver) -> RememberingLine:
    """The built-in carrier."""
    return build_sandbox_line(tmp_path, receiver)


@pytest.fixture
def emulate_line(emulate_base: str, receiver: Receiver) -> RememberingLine:
    """Twilio's adapter on the emulator."""
    return build_emulate_line(emulate_base, receiver)


@pytest.fixture
def prism_line(prism_base: str, receiver: Receiver) -> Line:
    """Twilio's adapter on Twilio's own description."""
    callback = receiver.url + STATUS_PATH
    return Line(TwilioCarrier(api_base=prism_base), ACCOUNT, callback, lambda: "+18089251571")


@pytest.fixture(params=["sandbox", "emulate", "prism"])
def line(request: pytest.FixtureRequest) -> Line:
    """Each carrier in turn."""
    each: Line = request.getfixturevalue(f"{request.param}_line")
    return each


@pytest.fixture(params=["sandbox", "emulate"])
def remembering_line(request: pytest.FixtureRequest) -> RememberingLine:
    """Each carrier in turn that keeps texts and calls back; Prism does neither."""
    each: RememberingLine = request.getfixturevalue(f"{request.param}_line")
    return each


@pytest.fixture(params=["sandbox", "prism"])
def searchable_line(request: pytest.FixtureRequest) -> Line:
    """Each carrier in turn that can be searched and looked up in; `emulate` can do neither."""
    each: Line = request.getfixturevalue(f"{request.param}_line")
    return each

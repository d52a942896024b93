"""Twilio as the carrier, by its own library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from backend.adapters import twilio_signature
from backend.adapters.twilio_client import TwilioClient
from backend.adapters.twilio_numbers import TwilioNumbers
from backend.domain.carrier_refusals import ASKING, SENDING, lost_answer, refused
from backend.services.ports import (
    AcceptedText,
    Carrier,
    CarrierCredentials,
    LineInfo,
    OutgoingText,
)

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


class TwilioCarrier(TwilioNumbers, Carrier):
    """Texts and numbers of Twilio; `api_base` sends every call to a test server on this machine.

    `timeout_s` limits connecting and each wait for an answer. Raises `ValueError` for an
    `api_base` that is not on the loopback interface.
    """

    def __init__(self, api_base: str | None = None, timeout_s: float = 10) -> None:
        super().__init__(TwilioClient(api_base, timeout_s))

    def send(self, account: CarrierCredentials, text: OutgoingText) -> AcceptedText:
        """See `Carrier.send`."""
        with self._twilio.calling(account, SENDING) as client:
            message = client.messages.create(
                from_=text.from_number,
                to=text.to_number,
                body=text.body,
                status_callback=text.status_callback,
            )
        if not message.sid:
            raise lost_answer(SENDING)
        return AcceptedText(message.sid, str(message.status))

    def is_authentic(
        self,
        account: CarrierCredentials,
        url: str,
        form: Sequence[tuple[str, str]],
        signature: str,
    ) -> bool:
        """See `Carrier.is_authentic`."""
        return twilio_signature.is_authentic(account, url, form, signature)

    def status(self, account: CarrierCredentials, message_sid: str) -> str:
        """See `Carrier.status`."""
        with self._twilio.calling(account, ASKING) as client:
            return str(client.messages(message_sid).fetch().status)

    def lookup(self, account: CarrierCredentials, e164: str) -> LineInfo:
        """See `Carrier.lookup`; 21421 for what is not E.164. Twilio charges for each."""
        if not _E164.fullmatch(e164):
            raise refused(21421, attempt=ASKING)
        with self._twilio.calling(account, ASKING) as client:
            found = client.lookups.v2.phone_numbers(e164).fetch(fields="line_type_intelligence")
        line = found.line_type_intelligence or {}
        return LineInfo(line.get("carrier_name"), line.get("type"))

"""Twilio as the carrier, by its own library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Final, Literal

from twilio.base import values  # type: ignore[import-untyped]  # Twilio ships no types

from backend.adapters import twilio_signature
from backend.adapters.twilio_client import TwilioClient
from backend.adapters.twilio_numbers import TwilioNumbers
from backend.domain.carrier_refusals import ASKING, SENDING, lost_answer, refused
from backend.services.ports import (
    AcceptedText,
    CarriedText,
    Carrier,
    CarrierCredentials,
    Delivery,
    LineInfo,
    OutgoingText,
)

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_LARGEST_PAGE: Final = 1000
_MOST_OF_A_PAIR: Final = 200
_MEDIA_HOST: Final = "https://api.twilio.com"
# Twilio lists by the moment of sending, latest first, in whole seconds.
_DISORDER: Final = timedelta(minutes=5)


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
                media_url=list(text.media) or values.unset,
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

    def status(self, account: CarrierCredentials, message_sid: str) -> Delivery:
        """See `Carrier.status`."""
        with self._twilio.calling(account, ASKING) as client:
            message = client.messages(message_sid).fetch()
        return Delivery(str(message.status), message.error_code)

    def texts_in(
        self, account: CarrierCredentials, since: datetime, until: datetime
    ) -> tuple[CarriedText, ...]:
        """See `Carrier.texts_in`. The span is asked of Twilio and held to once more here: its
        API description promises no more than whole days.
        """
        with self._twilio.calling(account, ASKING) as client:
            listed = client.messages.stream(
                date_sent_after=since, date_sent_before=until, page_size=_LARGEST_PAGE
            )
            texts = list(_carried_since(listed, since))
        return tuple(reversed([text for text in texts if text.at <= until]))

    def texts_between(
        self, account: CarrierCredentials, from_number: str, to_number: str, since: datetime
    ) -> tuple[CarriedText, ...]:
        """See `Carrier.texts_between`."""
        with self._twilio.calling(account, ASKING) as client:
            listed = client.messages.stream(
                from_=from_number, to=to_number, limit=_MOST_OF_A_PAIR, page_size=_MOST_OF_A_PAIR
            )
            texts = list(_carried_since(listed, since))
        pair = (from_number, to_number)
        return tuple(reversed([text for text in texts if _pair_of(text) == pair]))

    def media_of(self, account: CarrierCredentials, message_sid: str) -> tuple[str, ...]:
        """See `Carrier.media_of`."""
        with self._twilio.calling(account, ASKING) as client:
            listed = client.messages(message_sid).media.list()
        return tuple(_MEDIA_HOST + str(each.uri).removesuffix(".json") for each in listed)

    def lookup(self, account: CarrierCredentials, e164: str) -> LineInfo:
        """See `Carrier.lookup`; 21421 for what is not E.164. Twilio charges for each."""
        if not _E164.fullmatch(e164):
            raise refused(21421, attempt=ASKING)
        with self._twilio.calling(account, ASKING) as client:
            found = client.lookups.v2.phone_numbers(e164).fetch(fields="line_type_intelligence")
        line = found.line_type_intelligence or {}
        return LineInfo(line.get("carrier_name"), line.get("type"))


def _carried_since(listed: Any, since: datetime) -> Iterator[CarriedText]:
    """What Twilio lists, latest first, as far back as `since`; further pages are not asked for."""
    texts = (text for message in listed if (text := _carried(message)) is not None)
    recent = takewhile(lambda text: text.at >= since - _DISORDER, texts)
    return (text for text in recent if text.at >= since.replace(microsecond=0))


def _carried(message: Any) -> CarriedText | None:
    """None for what is no text between two numbers, or has no moment yet."""
    at = message.date_sent or message.date_created
    if not (message.sid and message.from_ and message.to and isinstance(at, datetime)):
        return None
    direction: Literal["inbound", "outbound"] = (
        "inbound" if message.direction == "inbound" else "outbound"
    )
    count = str(message.num_media or "")
    return CarriedText(
        sid=str(message.sid),
        from_number=str(message.from_),
        to_number=str(message.to),
        body=str(message.body or ""),
        direction=direction,
        status=str(message.status),
        at=at,
        error_code=message.error_code,
        media_count=int(count) if count.isdecimal() else 0,
    )


def _pair_of(text: CarriedText) -> tuple[str, str]:
    return text.from_number, text.to_number

"""Twilio's error numbers in our words: whether to try again, and why not.

https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.domain.errors import CarrierError


@dataclass(frozen=True)
class Refusal:
    """What one error number means; `permanent` as in `CarrierError`."""

    reason: str
    permanent: bool = True


_CREDENTIALS = Refusal(
    "The carrier does not accept our credentials. An administrator must enter the account's SID "
    "and auth token again."
)
_BUSY = Refusal("The carrier is busy and did not take the text.", permanent=False)
_QUEUE_FULL = Refusal("Too many texts are waiting to leave from this number.", permanent=False)

REFUSALS: Final[dict[int, Refusal]] = {
    20003: _CREDENTIALS,
    20404: Refusal("The carrier does not know this account."),
    20429: _BUSY,
    21201: Refusal("The text names no phone number to go to."),
    21211: Refusal("The phone number to text is not a valid number."),
    21212: Refusal("The phone number to send from is not a valid number."),
    21408: Refusal("Our carrier account may not text the country of this number."),
    21602: Refusal("The text is empty."),
    21603: Refusal("The text names no phone number to come from."),
    21604: Refusal("The text names no phone number to go to."),
    21606: Refusal("The phone number to send from cannot send texts from our carrier account."),
    21609: Refusal("The address for delivery reports is not valid."),
    21610: Refusal("The person has opted out of texts from this number."),
    21611: _QUEUE_FULL,
    21612: Refusal("The carrier cannot bring texts from our number to this number."),
    21614: Refusal("The phone number to text is not a mobile number."),
    21617: Refusal("The text is longer than 1,600 characters."),
    21659: Refusal("The phone number to send from is not a number of our carrier."),
    30001: _QUEUE_FULL,
    30003: Refusal("The phone could not be reached: it is off, out of range or does not exist."),
    30004: Refusal("The phone does not accept this text."),
    30005: Refusal("The phone number is not in use or its carrier does not know it."),
    30006: Refusal("The phone number is a landline or its carrier cannot be reached."),
    30007: Refusal("The carrier filtered the text as unwanted."),
    30034: Refusal("The number to send from is not registered for texting to US phones (A2P)."),
}


def reason_of(code: int) -> str:
    """What a delivery report's error number means, in a sentence."""
    listed = REFUSALS.get(code)
    return listed.reason if listed else f"The carrier reported error {code}."


def refused(code: int | None, http_status: int = 400) -> CarrierError:
    """The error for Twilio's number `code`, or for its HTTP status when the number says nothing.

    429 and 503 were not processed; any other 5xx, and 408, leave open whether the text went out.
    """
    listed = _CREDENTIALS if http_status == 401 else REFUSALS.get(code or 0)
    if listed is None and http_status in (429, 503):
        listed = _BUSY
    if listed is not None:
        return CarrierError(listed.reason, carrier_code=code, permanent=listed.permanent)
    if http_status >= 500 or http_status == 408:
        return CarrierError(
            "The carrier failed; the text may have gone out.",
            carrier_code=code,
            may_have_happened=True,
        )
    number = f"error {code}" if code else f"HTTP {http_status}"
    return CarrierError(
        f"The carrier refused the text ({number}).", carrier_code=code, permanent=True
    )


def unwritable() -> CarrierError:
    """The error for a body that is no Unicode text (half of an emoji, say): nothing was sent."""
    return CarrierError("The text has a character that cannot be sent.", permanent=True)

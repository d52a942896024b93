"""Twilio's error numbers in our words: whether to try again, and why not.

https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.domain.errors import CarrierError


@dataclass(frozen=True)
class Attempt:
    """What was asked of the carrier, in words that end a sentence.

    `not_done` is what holds when the carrier did nothing, `perhaps` when nobody knows; None for a
    mere question, which can always be asked again.
    """

    what: str
    not_done: str
    perhaps: str | None


SENDING: Final = Attempt("the text", "the text was not sent", "the text may have gone out")
BUYING: Final = Attempt("the order", "no number was bought", "the number may have been bought")
CHANGING: Final = Attempt("the change", "nothing was changed", "the number may have been changed")
RELEASING: Final = Attempt(
    "the release", "the number was not given back", "the number may have been given back"
)
ASKING: Final = Attempt("the question", "try again in a moment", None)


@dataclass(frozen=True)
class Refusal:
    """What one error number means; `permanent` as in `CarrierError`."""

    reason: str
    permanent: bool = True


_CREDENTIALS = Refusal(
    "The carrier does not accept our credentials. An administrator must enter the account's SID "
    "and auth token again."
)
_QUEUE_FULL = Refusal("Too many texts are waiting to leave from this number.", permanent=False)
_TRIAL = Refusal("The carrier account is a trial account. An administrator must upgrade it.")
_ADDRESS = Refusal("The number is only sold to an address on file in its area.")
_PAPERS = Refusal("The number is only sold with papers that the carrier has approved.")
_NO_SERVICE = Refusal(
    "The carrier does not know our messaging service. An administrator must enter its SID again."
)

REFUSALS: Final[dict[int, Refusal]] = {
    10002: _TRIAL,
    20003: _CREDENTIALS,
    20404: Refusal("The carrier does not know this account, number or text."),
    20429: Refusal("The carrier is busy.", permanent=False),
    21201: Refusal("The text names no phone number to go to."),
    21211: Refusal("The phone number to text is not a valid number."),
    21212: Refusal("The phone number to send from is not a valid number."),
    21404: _TRIAL,
    21408: Refusal("Our carrier account may not text the country of this number."),
    21421: Refusal("This is not a phone number that the carrier knows."),
    21422: Refusal("The number is taken or not for sale."),
    21452: Refusal("The carrier has no number to sell in this area code."),
    21602: Refusal("The text is empty."),
    21603: Refusal("The text names no phone number to come from."),
    21604: Refusal("The text names no phone number to go to."),
    21606: Refusal("The phone number to send from cannot send texts from our carrier account."),
    21609: Refusal("The address for delivery reports is not valid."),
    21610: Refusal("The person has opted out of texts from this number."),
    21611: _QUEUE_FULL,
    21612: Refusal("The carrier cannot bring texts from our number to this number."),
    21613: _ADDRESS,
    21614: Refusal("The phone number to text is not a mobile number."),
    21615: _ADDRESS,
    21617: Refusal("The text is longer than 1,600 characters."),
    21619: Refusal("The text has neither words nor a picture."),
    21620: Refusal("The address of a picture is not valid."),
    21623: Refusal("A text takes ten pictures at most."),
    21624: _ADDRESS,
    21631: _ADDRESS,
    21649: _PAPERS,
    21651: _PAPERS,
    21659: Refusal("The phone number to send from is not a number of our carrier."),
    21701: _NO_SERVICE,
    21705: _NO_SERVICE,
    21710: Refusal("The number is in this messaging service already."),
    21712: Refusal("The number is in another messaging service and must leave that one first."),
    21714: Refusal("Our messaging service has as many numbers as it may have."),
    30001: _QUEUE_FULL,
    30002: Refusal("The carrier has suspended our account. An administrator must ask it why."),
    30003: Refusal("The phone could not be reached: it is off, out of range or does not exist."),
    30004: Refusal("The phone does not accept this text."),
    30005: Refusal("The phone number is not in use or its carrier does not know it."),
    30006: Refusal("The phone number is a landline or its carrier cannot be reached."),
    30007: Refusal("The carrier filtered the text as unwanted."),
    30008: Refusal("The phone’s carrier did not bring the text and did not say why."),
    30009: Refusal("A part of the text was lost on its way."),
    30010: Refusal("The text would have cost more than our carrier account allows."),
    30011: Refusal("The phone’s network does not take pictures from our number."),
    30017: Refusal("The phone’s carrier was too busy to take the text in time."),
    30019: Refusal("The pictures are larger than the phone’s carrier takes."),
    30022: Refusal("Our numbers sent more at once than the mobile carriers allow (A2P)."),
    30023: Refusal("Our numbers have sent as much today as the mobile carriers allow (A2P)."),
    30024: Refusal("The phone’s carrier does not know our number yet."),
    30027: Refusal("Our numbers have sent as much today as T-Mobile allows (A2P)."),
    30032: Refusal("The toll-free number to send from is not verified for texting."),
    30033: Refusal("The carriers have suspended our registration for texting (A2P)."),
    30034: Refusal("The number to send from is not registered for texting to US phones (A2P)."),
    30035: Refusal("The number to send from is still being registered for texting (A2P)."),
    30036: Refusal("The text was not delivered within the time it was valid for."),
    30410: Refusal("The phone’s carrier did not answer in time."),
    30450: Refusal("The carrier does not bring this text, to keep people from being pestered."),
}


def reason_of(code: int) -> str:
    """What a delivery report's error number means, in a sentence."""
    listed = REFUSALS.get(code)
    return listed.reason if listed else f"The carrier reported error {code}."


def refused(code: int | None, http_status: int = 400, attempt: Attempt = SENDING) -> CarrierError:
    """The error for Twilio's number `code`, or for its HTTP status when the number says nothing.

    429 and 503 were not processed; any other 5xx, and 408, leave open whether the attempt worked.
    """
    listed = _CREDENTIALS if http_status == 401 else REFUSALS.get(code or 0)
    if code == 20429 or (listed is None and http_status in (429, 503)):
        return CarrierError(f"The carrier is busy; {attempt.not_done}.", carrier_code=code)
    if listed is not None:
        return CarrierError(listed.reason, carrier_code=code, permanent=listed.permanent)
    if http_status >= 500 or http_status == 408:
        return _unknown_outcome("The carrier failed", attempt, code)
    number = f"error {code}" if code else f"HTTP {http_status}"
    return CarrierError(
        f"The carrier refused {attempt.what} ({number}).", carrier_code=code, permanent=True
    )


def unreachable(attempt: Attempt) -> CarrierError:
    """The error for when there was no connection: nothing was asked."""
    return CarrierError(f"The carrier could not be reached; {attempt.not_done}.")


def lost_answer(attempt: Attempt) -> CarrierError:
    """The error for when the carrier was asked and no proper answer came back."""
    return _unknown_outcome("The carrier did not answer in time", attempt, None)


def unwritable() -> CarrierError:
    """The error for a body that is no Unicode text (half of an emoji, say): nothing was sent."""
    return CarrierError("The text has a character that cannot be sent.", permanent=True)


def _unknown_outcome(what_failed: str, attempt: Attempt, code: int | None) -> CarrierError:
    return CarrierError(
        f"{what_failed}; {attempt.perhaps or attempt.not_done}.",
        carrier_code=code,
        may_have_happened=attempt.perhaps is not None,
    )

"""Twilio's webhooks: authentic or refused, stored before answered, silent TwiML at once.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

from typing import Final

import structlog
from flask import Blueprint, Response, request

from backend.domain.errors import InvalidRequest, Problem
from backend.domain.media import MOST as MOST_PICTURES
from backend.domain.media import received
from backend.domain.phone_numbers import hidden
from backend.domain.words import clean
from backend.services import carrier_accounts, inbound, outbound
from backend.services.inbound import IncomingText, Receipt
from backend.services.outbound import STATUS_PATH
from backend.web.session import desk

log = structlog.get_logger()
blueprint = Blueprint("twilio", __name__)

SILENCE: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
LONGEST_FIELD: Final = 40
# Ten times what Twilio takes (1,600): whatever comes, nothing that a student wrote is cut.
LONGEST_BODY: Final = 16_000


@blueprint.post("/webhooks/twilio/sms")
def sms() -> Response:
    """A text for one of our numbers."""
    institution_id = _authentic_institution()
    text = _incoming_text()
    receipt = inbound.receive(desk(), institution_id, text)
    if receipt is Receipt.UNROUTED:
        log.warning("sms.unrouted", sid=text.message_sid, to=hidden(text.to_number))
    else:
        log.info("sms.received", receipt=receipt.value, sid=text.message_sid)
    return Response(SILENCE, mimetype="text/xml")


@blueprint.post(STATUS_PATH)
def status() -> Response:
    """How far a text that we sent has come."""
    institution_id = _authentic_institution()
    code = request.form.get("ErrorCode", "")
    outbound.report_status(
        desk(),
        institution_id,
        message_id=clean(request.args.get("message", "")),
        message_sid=_field("MessageSid"),
        status=_field("MessageStatus").lower(),
        error_code=int(code) if code.isdecimal() and len(code) < 7 else None,
    )
    return Response(status=204)


def _authentic_institution() -> int:
    # The public address is configured: behind a proxy the request's own URL is another one.
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return carrier_accounts.authenticate(
        desk(),
        account_sid=clean(request.form.get("AccountSid", "")),
        url=f"{desk().public_url}{request.path}{query}",
        form=list(request.form.items(multi=True)),
        signature=request.headers.get("X-Twilio-Signature", ""),
    )


def _incoming_text() -> IncomingText:
    """Take what is known of the form; Twilio may add fields at any time."""
    count = request.form.get("NumMedia", "0")
    pictures = min(int(count), MOST_PICTURES) if count.isdecimal() and len(count) < 4 else 0
    media = (clean(request.form.get(f"MediaUrl{place}", "")) for place in range(pictures))
    return IncomingText(
        message_sid=_field("MessageSid"),
        from_number=_field("From"),
        to_number=_field("To"),
        body=request.form.get("Body", "")[:LONGEST_BODY],
        media=received(media),
        opt_out_type=request.form.get("OptOutType"),
    )


def _field(name: str) -> str:
    value = request.form.get(name, "").strip()
    if not value:
        fix = f"Twilio always sends {name}; it is not here."
        raise InvalidRequest(Problem(name, "missing", fix))
    if len(value) > LONGEST_FIELD or not value.isprintable():
        fix = f"{name} is none of Twilio’s: at most {LONGEST_FIELD} characters that can be printed."
        raise InvalidRequest(Problem(name, "invalid", fix))
    return value

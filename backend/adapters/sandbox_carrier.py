"""The built-in carrier: a small Twilio in a file, for when there is no Twilio account.

It keeps Twilio's manners (error numbers, signed webhooks after the fact, one retry), so that what
works here works there. Texts live in an SQLite file of its own that all processes share; they
leave it only as webhooks to this machine.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import httpx
import phonenumbers

from backend.adapters import twilio_signature
from backend.adapters.loopback import is_loopback
from backend.adapters.sandbox_file import SandboxFile
from backend.adapters.sandbox_numbers import E164, SandboxNumbers, check_account, line_of
from backend.domain.carrier_refusals import ASKING, SENDING, refused, unwritable
from backend.domain.sms import LONGEST_TEXT, segments
from backend.services.ports import (
    AcceptedText,
    CarriedText,
    Carrier,
    CarrierCredentials,
    Clock,
    Delivery,
    LineInfo,
    OutgoingText,
)

INBOUND_PATH: Final = "/webhooks/twilio/sms"

# Numbers that always fail, as with Twilio's test credentials:
# https://www.twilio.com/docs/iam/test-credentials#test-sms-messages
MAGIC_TO: Final = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MAGIC_FROM: Final = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}

_LEASE_S: Final = 60
_ANSWER_WITHIN_S: Final = 15  # https://www.twilio.com/docs/usage/webhooks/webhooks-faq
_TRIES: Final = 2  # Twilio tries a webhook again once, when it could not connect
_PAUSE_S: Final = 15.0  # so that a desk that is just starting gets it at the second try

_NEXT_DUE: Final = """
SELECT id, text_sid, status, path, form, signature, tries FROM webhooks AS due
WHERE failure IS NULL AND leased_until < ? AND NOT EXISTS (
    SELECT 1 FROM webhooks AS earlier
    WHERE earlier.text_sid = due.text_sid AND earlier.id < due.id AND earlier.failure IS NULL
)
ORDER BY id LIMIT 1
"""


_TEXTS: Final = """
SELECT sid, from_number, to_number, body, direction, status, at,
    (SELECT count(*) FROM pictures WHERE text_sid = sid) FROM texts
"""


class _Webhook(NamedTuple):
    id: int
    text_sid: str
    status: str
    path: str
    form: str
    signature: str
    tries: int


class SandboxCarrier(SandboxNumbers, Carrier):
    """A carrier with no network behind it.

    `path` is its SQLite file, made at first use. `public_url` is the base every webhook is signed
    for, `deliver_to` the loopback base it is really posted to (`ValueError` for any other).
    `on_webhook` is called with a number of seconds: see that `deliver_due` runs after them.
    `registration_s` is how many seconds after a number joined a messaging service it counts as
    registered. A text need not come from a number that was bought here.
    """

    def __init__(
        self,
        path: Path,
        public_url: str,
        deliver_to: str,
        on_webhook: Callable[[float], None],
        clock: Clock,
        registration_s: float = 0,
    ) -> None:
        if not is_loopback(deliver_to):
            raise ValueError("The sandbox carrier posts webhooks to this machine only.")
        super().__init__(SandboxFile(path), clock, registration_s)
        self._public_url = public_url.rstrip("/")
        self._deliver_to = deliver_to.rstrip("/")
        self._on_webhook = on_webhook

    def send(self, account: CarrierCredentials, text: OutgoingText) -> AcceptedText:
        """Take a text for the phone simulator and queue its `sent` and `delivered` callbacks.

        Raises `CarrierError` with Twilio's number for what Twilio would refuse, and 21609 for a
        status callback outside `public_url`. An empty status callback asks for none.
        """
        check_account(account, SENDING)
        _check_numbers(text)
        _check_magic_numbers(text)
        _check_body(text.body)
        if not text.body.strip() and not text.media:
            raise refused(21602)
        callback = text.status_callback
        if callback and not callback.startswith(f"{self._public_url}/"):
            raise refused(21609)
        sid = _new_sid()
        with self._file.writing() as db:
            self._store(
                db, account, sid, text, "outbound", status="queued" if callback else "delivered"
            )
            for status in ("sent", "delivered") if callback else ():
                form = _status_form(account.account_sid, sid, text, status)
                self._queue(db, account, sid, status, callback, form)
        if callback:
            self._on_webhook(0)
        return AcceptedText(sid, "queued")

    def receive(
        self,
        account: CarrierCredentials,
        from_number: str,
        to_number: str,
        body: str,
        media: Sequence[str] = (),
    ) -> str:
        """A student texts: store it, queue the inbound webhook, return the text's SID.

        The body may be empty (a picture alone is a text too). Raises `CarrierError` 21211, 21212
        or 21617 for numbers that are not E.164 and a body over 1,600 characters.
        """
        text = OutgoingText(from_number, to_number, body, status_callback="", media=tuple(media))
        check_account(account, SENDING)
        _check_numbers(text)
        _check_body(body)
        sid = _new_sid()
        form = _inbound_form(account.account_sid, sid, text)
        with self._file.writing() as db:
            self._store(db, account, sid, text, "inbound", status="received")
            self._queue(db, account, sid, "received", self._reported_to(db, to_number), form)
        self._on_webhook(0)
        return sid

    def messages(self, number_a: str, number_b: str) -> list[CarriedText]:
        """Everything texted between two numbers, either way, oldest first."""
        with self._file.reading() as db:
            rows = db.execute(
                f"{_TEXTS} WHERE (from_number, to_number) IN (VALUES (?, ?), (?, ?)) ORDER BY id",
                (number_a, number_b, number_b, number_a),
            ).fetchall()
        return [_carried(row) for row in rows]

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
        check_account(account, ASKING)
        with self._file.reading() as db:
            row = db.execute(
                "SELECT status FROM texts WHERE sid = ? AND account_sid = ?",
                (message_sid, account.account_sid),
            ).fetchone()
        if row is None:
            raise refused(20404, attempt=ASKING)
        return Delivery(str(row[0]))

    def texts_in(
        self, account: CarrierCredentials, since: datetime, until: datetime
    ) -> tuple[CarriedText, ...]:
        """See `Carrier.texts_in`."""
        check_account(account, ASKING)
        with self._file.reading() as db:
            rows = db.execute(
                f"{_TEXTS} WHERE account_sid = ? AND at BETWEEN ? AND ? ORDER BY at, id",
                (account.account_sid, _moment(since), _moment(until)),
            ).fetchall()
        return tuple(_carried(row) for row in rows)

    def texts_between(
        self, account: CarrierCredentials, from_number: str, to_number: str, since: datetime
    ) -> tuple[CarriedText, ...]:
        """See `Carrier.texts_between`."""
        check_account(account, ASKING)
        with self._file.reading() as db:
            rows = db.execute(
                f"{_TEXTS} WHERE from_number = ? AND to_number = ? AND account_sid = ?"
                " AND at >= ? ORDER BY at DESC, id DESC LIMIT 200",
                (from_number, to_number, account.account_sid, _moment(since)),
            ).fetchall()
        return tuple(_carried(row) for row in reversed(rows))

    def media_of(self, account: CarrierCredentials, message_sid: str) -> tuple[str, ...]:
        """See `Carrier.media_of`."""
        self.status(account, message_sid)  # refuses a text that the account does not have
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT url FROM pictures WHERE text_sid = ? ORDER BY id", (message_sid,)
            ).fetchall()
        return tuple(url for (url,) in rows)

    def lookup(self, account: CarrierCredentials, e164: str) -> LineInfo:
        """See `Carrier.lookup` and `line_of`."""
        check_account(account, ASKING)
        return line_of(e164)

    def deliver_due(self) -> int:
        """Post every waiting webhook over HTTP; how many were answered with a 2xx.

        The webhooks of one text go out one after another. One that meets no connection is tried
        once more 15 s later; after that, or after any other answer than 2xx, its row stays as
        failed and the next one goes on. Several processes may deliver at once: each webhook is
        leased to one of them, and only the crash of that one gets it posted again, after a minute.
        """
        delivered = 0
        with httpx.Client(timeout=_ANSWER_WITHIN_S, trust_env=False) as http:
            while (webhook := self._claim()) is not None:
                failure = self._post(http, webhook)
                self._record(webhook, failure)
                delivered += failure is None
        return delivered

    def _claim(self) -> _Webhook | None:
        now = self._clock.now().timestamp()
        with self._file.writing() as db:
            row = db.execute(_NEXT_DUE, (now,)).fetchone()
            if row is None:
                return None
            webhook = _Webhook(*row)
            db.execute(
                "UPDATE webhooks SET tries = tries + 1, leased_until = ? WHERE id = ?",
                (now + _LEASE_S, webhook.id),
            )
            db.execute(
                "UPDATE texts SET status = ? WHERE sid = ?", (webhook.status, webhook.text_sid)
            )
        return webhook._replace(tries=webhook.tries + 1)

    def _post(self, http: httpx.Client, webhook: _Webhook) -> str | None:
        """Why it failed, or None; `unreachable` is worth another try."""
        try:
            answer = http.post(
                self._deliver_to + webhook.path,
                content=str(httpx.QueryParams(json.loads(webhook.form))),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                    "X-Twilio-Signature": webhook.signature,
                    "I-Twilio-Idempotency-Token": f"{webhook.text_sid}-{webhook.id}",
                },
            )
        except (httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError):
            return "unreachable"
        except httpx.HTTPError:
            return "no answer in time"
        return None if answer.is_success else f"HTTP {answer.status_code}"

    def _record(self, webhook: _Webhook, failure: str | None) -> None:
        try_again = failure == "unreachable" and webhook.tries < _TRIES
        with self._file.writing() as db:
            if failure is None:
                db.execute("DELETE FROM webhooks WHERE id = ?", (webhook.id,))
            elif try_again:
                again_at = self._clock.now().timestamp() + _PAUSE_S
                db.execute(
                    "UPDATE webhooks SET leased_until = ? WHERE id = ?", (again_at, webhook.id)
                )
            else:
                db.execute("UPDATE webhooks SET failure = ? WHERE id = ?", (failure, webhook.id))
        if try_again:
            self._on_webhook(_PAUSE_S + 1)

    def _reported_to(self, db: sqlite3.Connection, number: str) -> str:
        """A number's own address for texts, the usual one if it has none of `public_url`."""
        row = db.execute("SELECT sms_url FROM numbers WHERE e164 = ?", (number,)).fetchone()
        own = row is not None and row[0].startswith(f"{self._public_url}/")
        return str(row[0]) if own else self._public_url + INBOUND_PATH

    def _store(
        self,
        db: sqlite3.Connection,
        account: CarrierCredentials,
        sid: str,
        text: OutgoingText,
        direction: Literal["inbound", "outbound"],
        status: str,
    ) -> None:
        db.execute(
            "INSERT INTO texts (sid, account_sid, from_number, to_number, body, direction, status,"
            " at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                sid,
                account.account_sid,
                text.from_number,
                text.to_number,
                text.body,
                direction,
                status,
                _moment(self._clock.now()),
            ),
        )
        db.executemany(
            "INSERT INTO pictures (text_sid, url) VALUES (?, ?)", [(sid, url) for url in text.media]
        )

    def _queue(
        self,
        db: sqlite3.Connection,
        account: CarrierCredentials,
        sid: str,
        status: str,
        url: str,
        form: list[tuple[str, str]],
    ) -> None:
        """Signed now, so that the auth token need not be kept."""
        db.execute(
            "INSERT INTO webhooks (text_sid, status, path, form, signature) VALUES (?, ?, ?, ?, ?)",
            (
                sid,
                status,
                url.removeprefix(self._public_url),
                json.dumps(form),
                twilio_signature.sign(account.auth_token, url, form),
            ),
        )


def _carried(row: tuple[Any, ...]) -> CarriedText:
    sid, sender, to, body, direction, status, at, media_count = row
    moment = datetime.fromisoformat(at)
    return CarriedText(
        sid, sender, to, body, direction, status, moment, None, media_count=media_count
    )


def _moment(at: datetime) -> str:
    """As it is kept: UTC to the microsecond, so that later ones sort later."""
    return at.astimezone(UTC).isoformat()


def _new_sid() -> str:
    return f"SM{secrets.token_hex(16)}"


def _check_numbers(text: OutgoingText) -> None:
    if not E164.fullmatch(text.to_number):
        raise refused(21211)
    if not E164.fullmatch(text.from_number):
        raise refused(21212)


def _check_magic_numbers(text: OutgoingText) -> None:
    code = MAGIC_TO.get(text.to_number) or MAGIC_FROM.get(text.from_number)
    if code is not None:
        raise refused(code)


def _check_body(body: str) -> None:
    try:
        body.encode()
    except UnicodeEncodeError:
        raise unwritable() from None
    if len(body) > LONGEST_TEXT:
        raise refused(21617)


def _status_form(
    account_sid: str, sid: str, text: OutgoingText, status: str
) -> list[tuple[str, str]]:
    """https://www.twilio.com/docs/messaging/guides/track-outbound-message-status"""
    return [
        ("AccountSid", account_sid),
        ("ApiVersion", "2010-04-01"),
        ("From", text.from_number),
        ("MessageSid", sid),
        ("MessageStatus", status),
        ("SmsSid", sid),
        ("SmsStatus", status),
        ("To", text.to_number),
    ]


def _inbound_form(account_sid: str, sid: str, text: OutgoingText) -> list[tuple[str, str]]:
    """https://www.twilio.com/docs/messaging/guides/webhook-request; places are left empty."""
    return [
        ("AccountSid", account_sid),
        ("ApiVersion", "2010-04-01"),
        ("Body", text.body),
        ("From", text.from_number),
        ("FromCity", ""),
        ("FromCountry", _country(text.from_number)),
        ("FromState", ""),
        ("FromZip", ""),
        ("MessageSid", sid),
        *((f"MediaUrl{place}", url) for place, url in enumerate(text.media)),
        ("NumMedia", str(len(text.media))),
        ("NumSegments", str(segments(text.body).count)),
        ("SmsMessageSid", sid),
        ("SmsSid", sid),
        ("SmsStatus", "received"),
        ("To", text.to_number),
        ("ToCity", ""),
        ("ToCountry", _country(text.to_number)),
        ("ToState", ""),
        ("ToZip", ""),
    ]


def _country(e164: str) -> str:
    """ISO code, `US` for `+1316…`; empty when the number's prefix is in no plan."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )

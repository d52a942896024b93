"""The sandbox carrier's numbers: a hundred in every US area code, none of which is real.

They are +1 NPA 555 0100 to 0199, which the North American plan keeps free for fiction.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Final

import phonenumbers

from backend.adapters.sandbox_file import SandboxFile
from backend.domain.carrier_refusals import ASKING, BUYING, CHANGING, Attempt, refused
from backend.services.ports import (
    AvailableNumber,
    CarrierCredentials,
    Clock,
    LineInfo,
    NumberOrder,
    OwnedNumber,
    Provisioning,
    Registration,
    WantedNumber,
)

# As with Twilio's test credentials, of which +15005550000 (taken) and the area code 533 (empty)
# are what they are by the rules below: https://www.twilio.com/docs/iam/test-credentials
MAGIC_INVALID: Final = "+15005550001"
MAGIC_AVAILABLE: Final = "+15005550006"

E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_ACCOUNT_SID: Final = re.compile(r"AC[0-9a-fA-F]{32}")
_SERVICE_SID: Final = re.compile(r"MG[0-9a-fA-F]{32}")
_OUR_PATTERN: Final = re.compile(r"\+1([2-9][0-9]{2})55501[0-9]{2}")
_USUAL_AREA_CODE: Final = "316"

_COLUMNS: Final = "sid, e164, reference, sms_url"


class SandboxNumbers(Provisioning):
    """The provisioning side of `SandboxCarrier`.

    `registration_s` is how many seconds after a number joined a messaging service it counts as
    registered.
    """

    def __init__(self, file: SandboxFile, clock: Clock, registration_s: float = 0) -> None:
        self._file = file
        self._clock = clock
        self.registration_s = registration_s

    def search(
        self, account: CarrierCredentials, wanted: WantedNumber
    ) -> tuple[AvailableNumber, ...]:
        """Numbers nobody owns, the same ones each time; near a place means its area codes."""
        check_account(account, ASKING)
        with self._file.reading() as db:
            taken = {e164 for (e164,) in db.execute("SELECT e164 FROM numbers")}
        free = (e164 for e164 in _fitting(wanted) if e164 not in taken)
        return tuple(AvailableNumber(e164, "", "") for e164 in islice(free, wanted.most))

    def buy(self, account: CarrierCredentials, order: NumberOrder) -> OwnedNumber:
        """See `Provisioning.buy`; a number need not have been searched for."""
        check_account(account, BUYING)
        _check_for_sale(order.e164)
        sid = f"PN{secrets.token_hex(16)}"
        row = (sid, account.account_sid, order.e164, order.reference, order.sms_url)
        try:
            with self._file.writing() as db:
                db.execute(
                    "INSERT INTO numbers (sid, account_sid, e164, reference, sms_url)"
                    " VALUES (?, ?, ?, ?, ?)",
                    row,
                )
        except sqlite3.IntegrityError:
            raise refused(21422, attempt=BUYING) from None
        return OwnedNumber(sid, order.e164, order.reference, order.sms_url)

    def owned(
        self, account: CarrierCredentials, e164: str | None = None
    ) -> tuple[OwnedNumber, ...]:
        """See `Provisioning.owned`, oldest first."""
        check_account(account, ASKING)
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM numbers WHERE account_sid = ? ORDER BY id",
                (account.account_sid,),
            ).fetchall()
        numbers = (OwnedNumber(*row) for row in rows)
        return tuple(number for number in numbers if e164 in (None, number.e164))

    def configure(
        self, account: CarrierCredentials, sid: str, *, reference: str, sms_url: str
    ) -> OwnedNumber:
        """See `Provisioning.configure`; 20404 for a number the account does not have."""
        check_account(account, CHANGING)
        with self._file.writing() as db:
            row = db.execute(
                "UPDATE numbers SET reference = ?, sms_url = ? WHERE sid = ? AND account_sid = ?"
                f" RETURNING {_COLUMNS}",
                (reference, sms_url, sid, account.account_sid),
            ).fetchone()
        if row is None:
            raise refused(20404, attempt=CHANGING)
        return OwnedNumber(*row)

    def release(self, account: CarrierCredentials, sid: str) -> None:
        """See `Provisioning.release`; the number is for sale again at once."""
        check_account(account, CHANGING)
        with self._file.writing() as db:
            db.execute(
                "DELETE FROM numbers WHERE sid = ? AND account_sid = ?", (sid, account.account_sid)
            )

    def join_service(self, account: CarrierCredentials, service_sid: str, sid: str) -> None:
        """See `Provisioning.join_service`. Every well-formed `service_sid` exists.

        Raises `CarrierError` 21712 for a number in another service, 20404 for an unknown one.
        """
        check_account(account, CHANGING)
        if not _SERVICE_SID.fullmatch(service_sid):
            raise refused(20404, attempt=CHANGING)
        with self._file.writing() as db:
            row = db.execute(
                "SELECT service_sid FROM numbers WHERE sid = ? AND account_sid = ?",
                (sid, account.account_sid),
            ).fetchone()
            if row is None:
                raise refused(20404, attempt=CHANGING)
            if row[0] not in (None, service_sid):
                raise refused(21712, attempt=CHANGING)
            if row[0] is None:
                db.execute(
                    "UPDATE numbers SET service_sid = ?, joined_at = ? WHERE sid = ?",
                    (service_sid, self._clock.now().timestamp(), sid),
                )

    def registration(self, account: CarrierCredentials, service_sid: str, sid: str) -> Registration:
        """See `Provisioning.registration`; never refused here, pending outside the pool."""
        check_account(account, ASKING)
        with self._file.reading() as db:
            row = db.execute(
                "SELECT joined_at FROM numbers"
                " WHERE sid = ? AND account_sid = ? AND service_sid = ?",
                (sid, account.account_sid, service_sid),
            ).fetchone()
        if row is None or self._clock.now().timestamp() < row[0] + self.registration_s:
            return Registration.PENDING
        return Registration.REGISTERED


def check_account(account: CarrierCredentials, attempt: Attempt) -> None:
    """Raises `CarrierError` 20003 for an account SID that is none and for a missing token."""
    if not (_ACCOUNT_SID.fullmatch(account.account_sid) and account.auth_token):
        raise refused(20003, attempt=attempt)


def line_of(e164: str) -> LineInfo:
    """Whose number it is, as far as a sandbox knows: its own numbers are mobile, toll-free ones
    toll-free, all others that can exist landlines; of any other it knows nothing.

    Raises `CarrierError` 21421 for what is not E.164.
    """
    if not E164.fullmatch(e164):
        raise refused(21421, attempt=ASKING)
    if _is_ours(e164):
        return LineInfo("Sandbox Wireless", "mobile")
    kind = _kind(e164)
    if kind == phonenumbers.PhoneNumberType.TOLL_FREE:
        return LineInfo("Sandbox Toll-Free", "tollFree")
    if kind == phonenumbers.PhoneNumberType.UNKNOWN:
        return LineInfo(None, None)
    return LineInfo("Sandbox Telephone", "landline")


def _check_for_sale(e164: str) -> None:
    if _is_ours(e164) or e164 == MAGIC_AVAILABLE:
        return
    is_us = E164.fullmatch(e164) and e164 != MAGIC_INVALID and _region(e164) == "US"
    raise refused(21422 if is_us else 21421, attempt=BUYING)


def _is_ours(e164: str) -> bool:
    number = _OUR_PATTERN.fullmatch(e164)
    return number is not None and number[1] in _us_area_codes()


def _fitting(wanted: WantedNumber) -> Iterator[str]:
    """Numbers of our pattern that fit, whoever owns them."""
    digits = re.escape(wanted.contains or "").replace(r"\*", "[0-9]")
    near = wanted.near.area_codes if wanted.near else _us_area_codes()
    for area_code in near:
        if area_code in _us_area_codes() and wanted.area_code in (None, area_code):
            numbers = (f"+1{area_code}55501{last:02}" for last in range(100))
            yield from (e164 for e164 in numbers if re.search(digits, e164))


@cache
def _us_area_codes() -> tuple[str, ...]:
    """Area codes of places in the United States, the usual one first."""
    found = [
        area_code
        for area_code in map(str, range(200, 1000))
        if _region(f"+1{area_code}2345678") == "US"
        and _kind(f"+1{area_code}2345678") == phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
    ]
    return (_USUAL_AREA_CODE, *(code for code in found if code != _USUAL_AREA_CODE))


def _region(e164: str) -> str | None:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164, None))
    except phonenumbers.NumberParseException:
        return None


def _kind(e164: str) -> int:
    try:
        return phonenumbers.number_type(phonenumbers.parse(e164, None))
    except phonenumbers.NumberParseException:
        return phonenumbers.PhoneNumberType.UNKNOWN

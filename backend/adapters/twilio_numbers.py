"""Numbers at Twilio: found, bought, set up, given back.

https://www.twilio.com/docs/phone-numbers/api
"""

from __future__ import annotations

from typing import Any, Final

from backend.adapters.twilio_client import TwilioClient
from backend.domain.carrier_refusals import (
    ASKING,
    BUYING,
    CHANGING,
    RELEASING,
    lost_answer,
)
from backend.domain.errors import CarrierError
from backend.services.ports import (
    AvailableNumber,
    CarrierCredentials,
    NumberOrder,
    OwnedNumber,
    Provisioning,
    Registration,
    WantedNumber,
)

_UNKNOWN: Final = 20404
_NONE_IN_AREA_CODE: Final = 21452
_IN_THE_POOL_ALREADY: Final = 21710
_NEAR_MILES: Final = 25
_LARGEST_PAGE: Final = 1000


class TwilioNumbers(Provisioning):
    """The provisioning side of `TwilioCarrier`."""

    def __init__(self, client: TwilioClient) -> None:
        self._twilio = client

    def search(
        self, account: CarrierCredentials, wanted: WantedNumber
    ) -> tuple[AvailableNumber, ...]:
        """US local numbers that take texts and need no address, near means within 25 miles.

        https://www.twilio.com/docs/phone-numbers/api/availablephonenumberlocal-resource
        """
        try:
            with self._twilio.calling(account, ASKING) as client:
                found = client.available_phone_numbers("US").local.list(
                    sms_enabled=True,
                    exclude_all_address_required=True,
                    limit=wanted.most,
                    **_wishes(wanted),
                )
        except CarrierError as error:
            if error.carrier_code == _NONE_IN_AREA_CODE:
                return ()
            raise
        return tuple(
            AvailableNumber(each.phone_number, each.locality or "", each.region or "")
            for each in found
        )

    def buy(self, account: CarrierCredentials, order: NumberOrder) -> OwnedNumber:
        """See `Provisioning.buy`; the reference becomes Twilio's friendly name."""
        with self._twilio.calling(account, BUYING) as client:
            bought = client.incoming_phone_numbers.create(
                phone_number=order.e164,
                friendly_name=order.reference,
                sms_url=order.sms_url,
                sms_method="POST",
            )
        if not bought.sid:
            raise lost_answer(BUYING)
        return _owned(bought)

    def owned(
        self, account: CarrierCredentials, e164: str | None = None
    ) -> tuple[OwnedNumber, ...]:
        """See `Provisioning.owned`; reads every page."""
        only = {} if e164 is None else {"phone_number": e164}
        with self._twilio.calling(account, ASKING) as client:
            numbers = client.incoming_phone_numbers.list(page_size=_LARGEST_PAGE, **only)
        # Twilio takes the filter for a part of a number: others may come with it.
        return tuple(_owned(each) for each in numbers if e164 in (None, each.phone_number))

    def configure(
        self, account: CarrierCredentials, sid: str, *, reference: str, sms_url: str
    ) -> OwnedNumber:
        """See `Provisioning.configure`."""
        with self._twilio.calling(account, CHANGING) as client:
            number = client.incoming_phone_numbers(sid).update(
                friendly_name=reference, sms_url=sms_url, sms_method="POST"
            )
        return _owned(number)

    def release(self, account: CarrierCredentials, sid: str) -> None:
        """See `Provisioning.release`. Twilio sells the number again after a while."""
        try:
            with self._twilio.calling(account, RELEASING) as client:
                client.incoming_phone_numbers(sid).delete()
        except CarrierError as error:
            if error.carrier_code != _UNKNOWN:
                raise

    def join_service(self, account: CarrierCredentials, service_sid: str, sid: str) -> None:
        """See `Provisioning.join_service`; 21712 for a number in another service's pool.

        https://www.twilio.com/docs/messaging/api/phonenumber-resource
        """
        try:
            with self._twilio.calling(account, CHANGING) as client:
                service = client.messaging.v1.services(service_sid)
                service.phone_numbers.create(phone_number_sid=sid)
        except CarrierError as error:
            if error.carrier_code != _IN_THE_POOL_ALREADY:
                raise

    def registration(self, account: CarrierCredentials, service_sid: str, sid: str) -> Registration:
        """A number's registration is that of the campaign of the service whose pool it is in.

        https://www.twilio.com/docs/messaging/api/usapptoperson-resource
        """
        try:
            with self._twilio.calling(account, ASKING) as client:
                service = client.messaging.v1.services(service_sid)
                service.phone_numbers(sid).fetch()
                campaigns = service.us_app_to_person.list()
        except CarrierError as error:
            if error.carrier_code == _UNKNOWN:
                return Registration.PENDING
            raise
        statuses = {campaign.campaign_status for campaign in campaigns}
        if "VERIFIED" in statuses:
            return Registration.REGISTERED
        return Registration.REFUSED if "FAILED" in statuses else Registration.PENDING


def _wishes(wanted: WantedNumber) -> dict[str, object]:
    wishes: dict[str, object] = {}
    if wanted.area_code is not None:
        wishes["area_code"] = wanted.area_code
    if wanted.contains is not None:
        wishes["contains"] = wanted.contains
    if wanted.near is not None:
        wishes["near_lat_long"] = f"{wanted.near.latitude},{wanted.near.longitude}"
        wishes["distance"] = _NEAR_MILES
    return wishes


def _owned(number: Any) -> OwnedNumber:
    return OwnedNumber(
        sid=number.sid,
        e164=number.phone_number,
        reference=number.friendly_name or "",
        sms_url=number.sms_url or "",
    )

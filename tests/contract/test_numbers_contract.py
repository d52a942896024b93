"""What holds for the numbers of every carrier, ours and Twilio's alike.

`line` runs a test on the sandbox, on Twilio's adapter against the emulator, and on Twilio's
adapter against Twilio's own OpenAPI (Prism). Prism answers each well-formed request with the
description's example and owns nothing, so what needs a memory runs on `remembering_line`, which
leaves it out. The emulator cannot be searched (`searchable_line` leaves it out), knows no
campaigns, so that no number of its is ever registered, and refuses a number that is owned with
another error number than Twilio does.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Final

import pytest

from backend.adapters.twilio import TwilioCarrier
from backend.domain.errors import CarrierError
from backend.services.ports import (
    Carrier,
    CarrierCredentials,
    NumberOrder,
    OwnedNumber,
    Place,
    Registration,
    WantedNumber,
)
from tests.contract.conftest import ACCOUNT, SERVICE, SMS_PATH, Line, RememberingLine
from tests.contract.receiver import receiving
from tests.contract.scripted import Answer, following, refusal
from tests.contract.servers import closed_port, stalled

HILO = Place(19.7071, -155.0816, ("808",))
SID = "PN" + "ef56" * 8
NUMBER = "+18085550123"
URL = "http://127.0.0.1/webhooks/twilio/sms"

Call = Callable[[Carrier, CarrierCredentials], object]
CHANGES: Final[dict[str, Call]] = {
    "buy": lambda carrier, account: carrier.buy(account, NumberOrder(NUMBER, "num_1", URL)),
    "configure": lambda carrier, account: carrier.configure(
        account, SID, reference="num_1", sms_url=URL
    ),
    "release": lambda carrier, account: carrier.release(account, SID),
    "join_service": lambda carrier, account: carrier.join_service(account, SERVICE, SID),
}
QUESTIONS: Final[dict[str, Call]] = {
    "search": lambda carrier, account: carrier.search(account, WantedNumber()),
    "owned": lambda carrier, account: carrier.owned(account),
    "registration": lambda carrier, account: carrier.registration(account, SERVICE, SID),
    "status": lambda carrier, account: carrier.status(account, "SM" + "0" * 32),
    "lookup": lambda carrier, account: carrier.lookup(account, NUMBER),
}
ALL: Final = CHANGES | QUESTIONS


class TestNumbers:
    """The contract of `ports.Provisioning`."""

    @pytest.mark.parametrize(
        "wanted",
        [
            WantedNumber(area_code="808"),
            WantedNumber(contains="8*8"),
            WantedNumber(area_code="808", contains="5"),
            WantedNumber(near=HILO),
            WantedNumber(area_code="808", near=HILO, most=1),
        ],
    )
    def test_found_numbers_fit_the_wish(self, searchable_line: Line, wanted: WantedNumber) -> None:
        """E.164, US, no more than asked for, each once, with the digits that were wanted."""
        line = searchable_line
        found = [each.e164 for each in line.carrier.search(line.account, wanted)]

        assert 1 <= len(found) <= wanted.most
        assert len(set(found)) == len(found)
        assert all(re.fullmatch(r"\+1[2-9][0-9]{9}", e164) for e164 in found)
        assert all(re.search("8[0-9]8.*5", e164) for e164 in found)

    def test_a_bought_number_has_a_sid(self, line: Line) -> None:
        """An order is answered with the number and the carrier's name for it."""
        bought = line.carrier.buy(line.account, line.order())

        assert re.fullmatch(r"PN[0-9a-f]{32}", bought.sid)
        assert re.fullmatch(r"\+1[0-9]{10}", bought.e164)

    def test_a_bought_number_is_ours_once(self, remembering_line: RememberingLine) -> None:
        """It is in the inventory with our reference and where its texts are reported."""
        line = remembering_line
        order = line.order("num_abc")
        bought = line.carrier.buy(line.account, order)

        assert bought == OwnedNumber(bought.sid, order.e164, "num_abc", line.sms_url)
        assert line.carrier.owned(line.account, order.e164) == (bought,)
        assert line.carrier.owned(line.account).count(bought) == 1

    def test_every_owned_number_is_listed(self, line: Line) -> None:
        """Each with a SID, in E.164; Prism lists its example."""
        line.carrier.buy(line.account, line.order())
        owned = line.carrier.owned(line.account)

        assert owned
        assert all(re.fullmatch(r"PN[0-9a-f]{32}", number.sid) for number in owned)
        assert all(re.fullmatch(r"\+1[0-9]{10}", number.e164) for number in owned)

    def test_a_number_that_is_not_ours_is_not_listed(self, line: Line) -> None:
        """Asked for by a number, the carrier names that one or none."""

        assert line.carrier.owned(line.account, "+16205550199") == ()

    def test_what_is_owned_cannot_be_bought(self, remembering_line: RememberingLine) -> None:
        """The second order is refused for good and changes nothing of the first."""
        line = remembering_line
        order = line.order("num_first")
        bought = line.carrier.buy(line.account, order)
        with pytest.raises(CarrierError) as refused:
            line.carrier.buy(line.account, dataclasses.replace(order, reference="num_second"))

        assert (refused.value.permanent, refused.value.may_have_happened) == (True, False)
        assert line.carrier.owned(line.account, order.e164) == (bought,)

    @pytest.mark.parametrize("number", ["+1316", "3165550123", "Alice", ""])
    def test_what_is_no_number_cannot_be_bought(
        self, remembering_line: RememberingLine, number: str
    ) -> None:
        """Refused for good as 21421."""
        line = remembering_line
        with pytest.raises(CarrierError) as refused:
            line.carrier.buy(line.account, line.order(e164=number))

        assert (refused.value.carrier_code, refused.value.permanent) == (21421, True)

    @pytest.mark.parametrize("call", ALL.values(), ids=ALL)
    def test_missing_credentials_are_named(self, line: Line, call: Call) -> None:
        """Whatever is asked without a token is refused, and the error says why."""
        with pytest.raises(CarrierError, match="credentials") as refused:
            call(line.carrier, dataclasses.replace(line.account, auth_token=""))

        assert (refused.value.carrier_code, refused.value.permanent) == (20003, True)

    @pytest.mark.parametrize("call", ["search", "buy", "owned", "configure", "release"])
    def test_a_malformed_account_is_refused_for_good(
        self, searchable_line: Line, call: str
    ) -> None:
        """An account SID that is none never works; Prism checks it against Twilio's pattern."""
        with pytest.raises(CarrierError) as refused:
            ALL[call](searchable_line.carrier, CarrierCredentials("AC-demo", "some-token"))

        assert (refused.value.permanent, refused.value.may_have_happened) == (True, False)

    def test_a_number_is_set_up_anew(self, remembering_line: RememberingLine) -> None:
        """Reference and address change, as often as asked, and nothing else does."""
        line = remembering_line
        bought = line.carrier.buy(line.account, line.order())
        changed = dataclasses.replace(bought, reference="num_new", sms_url=line.sms_url + "/new")
        answers = [
            line.carrier.configure(
                line.account, bought.sid, reference=changed.reference, sms_url=changed.sms_url
            )
            for _ in range(2)
        ]

        assert answers == [changed, changed]
        assert line.carrier.owned(line.account, bought.e164) == (changed,)

    def test_setting_up_is_well_formed(self, line: Line) -> None:
        """Each carrier understands the request and answers with the number."""
        bought = line.carrier.buy(line.account, line.order())
        number = line.carrier.configure(
            line.account, bought.sid, reference="num_new", sms_url=line.sms_url
        )

        assert (number.sid, number.e164) == (bought.sid, bought.e164)

    @pytest.mark.parametrize("call", ["configure", "join_service"])
    def test_an_unknown_number_cannot_be_changed(
        self, remembering_line: RememberingLine, call: str
    ) -> None:
        """Refused for good as 20404."""
        with pytest.raises(CarrierError) as refused:
            CHANGES[call](remembering_line.carrier, remembering_line.account)

        assert (refused.value.carrier_code, refused.value.permanent) == (20404, True)

    def test_a_released_number_is_gone(self, remembering_line: RememberingLine) -> None:
        """Out of the inventory, and free for the next order under another SID."""
        line = remembering_line
        bought = line.carrier.buy(line.account, line.order())
        line.carrier.release(line.account, bought.sid)
        gone = line.carrier.owned(line.account, bought.e164)
        again = line.carrier.buy(line.account, line.order(e164=bought.e164))

        assert gone == ()
        assert again.sid != bought.sid

    def test_releasing_twice_is_fine(self, line: Line) -> None:
        """What is gone already is what was asked for."""
        bought = line.carrier.buy(line.account, line.order())
        line.carrier.release(line.account, bought.sid)
        line.carrier.release(line.account, bought.sid)

        assert all(number.sid != bought.sid for number in _kept(line))

    def test_joining_twice_is_fine(self, line: Line) -> None:
        """A number in the pool stays in it, and is not refused by the mobile carriers."""
        bought = line.carrier.buy(line.account, line.order())
        line.carrier.join_service(line.account, SERVICE, bought.sid)
        line.carrier.join_service(line.account, SERVICE, bought.sid)

        assert (
            line.carrier.registration(line.account, SERVICE, bought.sid) is not Registration.REFUSED
        )

    def test_a_number_outside_the_pool_is_not_registered(
        self, remembering_line: RememberingLine
    ) -> None:
        """Until it joins, its registration is pending."""
        line = remembering_line
        bought = line.carrier.buy(line.account, line.order())
        registration = line.carrier.registration(line.account, SERVICE, bought.sid)

        assert registration is Registration.PENDING

    def test_an_unknown_service_cannot_be_joined(self, remembering_line: RememberingLine) -> None:
        """Refused for good."""
        line = remembering_line
        bought = line.carrier.buy(line.account, line.order())
        with pytest.raises(CarrierError) as refused:
            line.carrier.join_service(line.account, "MG-none", bought.sid)

        assert (refused.value.permanent, refused.value.may_have_happened) == (True, False)

    @pytest.mark.parametrize("joins", [False, True], ids=["alone", "in a service"])
    def test_texts_to_a_bought_number_arrive(
        self, remembering_line: RememberingLine, joins: bool
    ) -> None:
        """At the address it was bought with, signed with our token."""
        line = remembering_line
        bought = line.carrier.buy(line.account, line.order())
        if joins:
            line.carrier.join_service(line.account, SERVICE, bought.sid)
        (webhook,) = line.alice_texts(bought.e164, "Is this my school?")

        assert (webhook.path, webhook["To"]) == (SMS_PATH, bought.e164)
        assert line.carrier.is_authentic(
            line.account, line.sms_url, webhook.form, webhook.signature
        )

    def test_a_bought_number_can_text(self, remembering_line: RememberingLine) -> None:
        """At once, as far as the carrier's interface is concerned."""
        line = remembering_line
        bought = line.carrier.buy(line.account, line.order())
        text = dataclasses.replace(line.to_alice("Hello"), from_number=bought.e164)

        assert line.carrier.send(line.account, text).sid.startswith("SM")


class TestTwilioNumbersOverTheNetwork:
    """What only a carrier behind a network can do, and answers that no test server gives."""

    def test_a_wrong_token_is_named(self, emulate_line: Line) -> None:
        """Lists too, which Twilio's library refuses in its own way; Prism accepts any token."""
        stranger = dataclasses.replace(ACCOUNT, auth_token="wrong")
        for call in ("buy", "owned", "configure", "release", "join_service", "status"):
            with pytest.raises(CarrierError, match="credentials") as refused:
                ALL[call](emulate_line.carrier, stranger)

            assert (refused.value.carrier_code, refused.value.permanent) == (20003, True)

    @pytest.mark.parametrize("call", CHANGES.values(), ids=CHANGES)
    def test_silence_may_mean_done(self, call: Call) -> None:
        """After a time-out nobody knows whether the number was bought, or changed."""
        with stalled() as base, pytest.raises(CarrierError) as lost:
            call(TwilioCarrier(base, timeout_s=0.2), ACCOUNT)

        assert (lost.value.may_have_happened, lost.value.permanent) == (True, False)
        assert "number may have been" in str(lost.value)

    @pytest.mark.parametrize("call", QUESTIONS.values(), ids=QUESTIONS)
    def test_a_question_may_be_asked_again(self, call: Call) -> None:
        """Silence changes nothing when nothing was to be changed."""
        with stalled() as base, pytest.raises(CarrierError) as lost:
            call(TwilioCarrier(base, timeout_s=0.2), ACCOUNT)

        assert (lost.value.may_have_happened, lost.value.permanent) == (False, False)

    @pytest.mark.parametrize("status", [0, 201, 500, 502, 504])
    def test_an_unreadable_answer_may_mean_bought(self, status: int) -> None:
        """Hanging up, an empty 2xx and a 5xx leave it open as well."""
        with receiving() as server:
            server.answers = [status]
            with pytest.raises(CarrierError) as lost:
                CHANGES["buy"](TwilioCarrier(server.url), ACCOUNT)

        assert (lost.value.may_have_happened, lost.value.permanent) == (True, False)
        assert len(server.received) == 1

    @pytest.mark.parametrize("call", ALL.values(), ids=ALL)
    @pytest.mark.parametrize("answer", [refusal(429, 20429), Answer(429), Answer(503)])
    def test_a_busy_carrier_did_nothing(self, call: Call, answer: Answer) -> None:
        """It may be asked again later, and was asked once only."""
        with following(answer) as server, pytest.raises(CarrierError, match="busy") as busy:
            call(TwilioCarrier(server.url), ACCOUNT)

        assert (busy.value.may_have_happened, busy.value.permanent) == (False, False)
        assert len(server.asked) == 1

    @pytest.mark.parametrize("call", ALL.values(), ids=ALL)
    def test_no_connection_means_nothing_happened(self, call: Call) -> None:
        """Where nothing listens nothing was done: it may be tried again."""
        with pytest.raises(CarrierError, match="could not be reached") as unreachable:
            call(TwilioCarrier(closed_port()), ACCOUNT)

        assert (unreachable.value.may_have_happened, unreachable.value.permanent) == (False, False)

    @pytest.mark.parametrize("code", [21421, 21422, 21452, 21615, 21631, 21649])
    def test_why_a_number_cannot_be_bought(self, code: int) -> None:
        """Twilio's number for it is kept: the next candidate may be tried."""
        with following(refusal(400, code)) as server, pytest.raises(CarrierError) as refused:
            CHANGES["buy"](TwilioCarrier(server.url), ACCOUNT)

        assert (refused.value.carrier_code, refused.value.permanent) == (code, True)
        assert not refused.value.may_have_happened

    @pytest.mark.parametrize(
        "answer", [refusal(400, 21452), Answer(200, {"available_phone_numbers": []})]
    )
    def test_an_area_code_without_numbers_is_no_error(self, answer: Answer) -> None:
        """However Twilio says that it has none."""
        with following(answer) as server:
            found = TwilioCarrier(server.url).search(ACCOUNT, WantedNumber(area_code="533"))

        assert found == ()

    def test_what_is_searched_for(self) -> None:
        """Numbers that take texts and need no address, with every wish, in one request."""
        wanted = WantedNumber(area_code="808", contains="55*0", near=HILO, most=3)
        with following(Answer(200, {"available_phone_numbers": []})) as server:
            TwilioCarrier(server.url).search(ACCOUNT, wanted)

        (asked,) = server.asked
        for wish in (
            "/AvailablePhoneNumbers/US/Local.json?",
            "AreaCode=808",
            "Contains=55%2A0",
            "NearLatLong=19.7071%2C-155.0816",
            "Distance=25",
            "SmsEnabled=true",
            "ExcludeAllAddressRequired=true",
            "PageSize=3",
        ):
            assert wish in asked

    def test_every_page_of_the_inventory_is_read(self) -> None:
        """And numbers that only resemble the one that was asked for are left out."""
        numbers = [
            {"sid": SID, "phone_number": e164, "friendly_name": None, "sms_url": None}
            for e164 in (NUMBER + "4", NUMBER)
        ]
        pages = [
            Answer(200, {"incoming_phone_numbers": numbers[:1], "next_page_uri": "/2010-04-01/2"}),
            Answer(200, {"incoming_phone_numbers": numbers[1:], "next_page_uri": None}),
        ]
        with following(*pages) as server:
            owned = TwilioCarrier(server.url).owned(ACCOUNT, NUMBER)

        assert owned == (OwnedNumber(SID, NUMBER, "", ""),)
        assert len(server.asked) == 2

    @pytest.mark.parametrize("gone", [refusal(404, 20404), Answer(404)])
    def test_a_number_that_is_gone_is_released(self, gone: Answer) -> None:
        """Twilio's 404 is what was asked for."""
        with following(gone) as server:
            TwilioCarrier(server.url).release(ACCOUNT, SID)

        assert server.asked == [
            f"DELETE /2010-04-01/Accounts/{ACCOUNT.account_sid}/IncomingPhoneNumbers/{SID}.json"
        ]

    def test_a_number_in_the_pool_has_joined(self) -> None:
        """21710 is what was asked for."""
        with following(refusal(409, 21710)) as server:
            TwilioCarrier(server.url).join_service(ACCOUNT, SERVICE, SID)

        assert server.asked == [f"POST /v1/Services/{SERVICE}/PhoneNumbers"]

    @pytest.mark.parametrize("code", [21701, 21712, 21714])
    def test_a_number_that_cannot_join_is_refused_for_good(self, code: int) -> None:
        """It is in another service, or ours is full or unknown."""
        with following(refusal(409, code)) as server, pytest.raises(CarrierError) as refused:
            TwilioCarrier(server.url).join_service(ACCOUNT, SERVICE, SID)

        assert (refused.value.carrier_code, refused.value.permanent) == (code, True)

    @pytest.mark.parametrize(
        ("statuses", "registration"),
        [
            (["VERIFIED"], Registration.REGISTERED),
            (["FAILED", "VERIFIED"], Registration.REGISTERED),
            (["FAILED"], Registration.REFUSED),
            (["IN_PROGRESS"], Registration.PENDING),
            ([], Registration.PENDING),
        ],
    )
    def test_the_campaign_of_the_service_decides(
        self, statuses: list[str], registration: Registration
    ) -> None:
        """A number in the pool is registered when the service's 10DLC campaign is verified."""
        campaigns = [{"campaign_status": status} for status in statuses]
        answers = (
            Answer(200, {"sid": SID}),
            Answer(200, {"compliance": campaigns, "meta": {"key": "compliance"}}),
        )
        with following(*answers) as server:
            told = TwilioCarrier(server.url).registration(ACCOUNT, SERVICE, SID)

        assert told is registration


def _kept(line: Line) -> tuple[OwnedNumber, ...]:
    """The inventory of a carrier that has one; Prism's is always its example."""
    return line.carrier.owned(line.account) if isinstance(line, RememberingLine) else ()

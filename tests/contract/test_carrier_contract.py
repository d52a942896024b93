"""What holds for every carrier, ours and Twilio's alike.

`line` runs a test on the sandbox, on Twilio's adapter against the emulator, and on Twilio's
adapter against Twilio's own OpenAPI (Prism). Prism answers out of the description alone: it keeps
no text, knows no number and no token, and calls nobody back, so what needs any of that runs on
`remembering_line`, which leaves it out. The emulator cannot look a number up: that runs on
`searchable_line`.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.twilio import TwilioCarrier
from backend.domain.errors import CarrierError
from backend.domain.messages import RANK
from backend.services.ports import CarriedText, CarrierCredentials, Delivery, OutgoingText
from tests.contract.conftest import ACCOUNT, ALICE, OFFICE, Line, RememberingLine
from tests.contract.receiver import receiving
from tests.contract.scripted import Answer, following
from tests.contract.servers import closed_port, stalled

UNUSUAL_BODIES = [
    "1 + 1 = 2 & 100 % sure; “quoted” #tag?",
    "¿Cuándo es la matrícula? Año 2027",
    "🎓👩‍🎓 you did it",
    "first line\nsecond line\r\n\ttabbed",
    "/restart",
    "To=%2B13165550199&Body=other",
    "نعم 是的",
    "  spaces around  ",
    "x" * 1600,
]


HELLO = OutgoingText(OFFICE, ALICE, "Hello", "http://127.0.0.1/webhooks/twilio/status")


class TestCarrier:
    """The contract of `ports.Texting`."""

    def test_a_sent_text_has_a_sid_and_a_known_status(self, line: Line) -> None:
        """The carrier gives the text an SM SID and a status that our messages know."""
        accepted = line.carrier.send(line.account, line.to_alice("Your file is complete."))

        assert re.fullmatch(r"SM[0-9a-f]{32}", accepted.sid)
        assert accepted.status in RANK

    @pytest.mark.parametrize("body", ["Here is the way.", ""])
    def test_a_text_may_bring_pictures(self, line: Line, body: str) -> None:
        """By their addresses, with words or without; it has an MM or SM SID then."""
        pictures = ("https://media.example/map.png", "https://media.example/way.jpg?size=large")
        text = dataclasses.replace(line.to_alice(body), media=pictures)
        accepted = line.carrier.send(line.account, text)

        assert re.fullmatch(r"(SM|MM)[0-9a-f]{32}", accepted.sid)

    @pytest.mark.parametrize("body", UNUSUAL_BODIES)
    def test_unusual_bodies_are_accepted(self, line: Line, body: str) -> None:
        """No punctuation, script, emoji or length up to 1,600 breaks a text."""
        accepted = line.carrier.send(line.account, line.to_alice(body))

        assert accepted.sid.startswith("SM")

    @pytest.mark.parametrize("body", UNUSUAL_BODIES)
    def test_unusual_bodies_survive(self, remembering_line: RememberingLine, body: str) -> None:
        """The carrier holds exactly the characters that were sent."""
        line = remembering_line
        accepted = line.carrier.send(line.account, line.to_alice(body))

        assert line.body_of(accepted.sid) == body

    def test_each_text_has_its_own_sid(self, remembering_line: RememberingLine) -> None:
        """The same words sent twice are two texts."""
        line = remembering_line
        sids = {line.carrier.send(line.account, line.to_alice("again")).sid for _ in range(3)}

        assert len(sids) == 3

    @pytest.mark.parametrize("number", ["+1316", "3165550123", "Alice", ""])
    def test_an_invalid_number_is_refused_for_good(
        self, remembering_line: RememberingLine, number: str
    ) -> None:
        """A text to what is no phone number can never be sent, and its error says which fault."""
        line = remembering_line
        with pytest.raises(CarrierError) as refusal:
            line.carrier.send(line.account, line.to_alice("Hello", to_number=number))

        assert refusal.value.permanent
        assert not refusal.value.may_have_happened
        assert refusal.value.carrier_code in (21211, 21201)

    def test_a_half_emoji_is_refused_for_good(self, line: Line) -> None:
        """What is no Unicode text is refused before anything is sent."""
        with pytest.raises(CarrierError) as refusal:
            line.carrier.send(line.account, line.to_alice("half \ud83d"))

        assert refusal.value.permanent
        assert not refusal.value.may_have_happened

    def test_a_malformed_account_is_refused_for_good(self, line: Line) -> None:
        """An account SID that is none never works; Prism checks it against Twilio's pattern."""
        malformed = CarrierCredentials("AC-demo", "some-token")
        with pytest.raises(CarrierError) as refusal:
            line.carrier.send(malformed, line.to_alice("Hello"))

        assert refusal.value.permanent

    def test_missing_credentials_are_named(self, line: Line) -> None:
        """Without a token nothing is sent, and whoever reads the error learns why."""
        with pytest.raises(CarrierError, match="credentials") as refusal:
            line.carrier.send(
                dataclasses.replace(line.account, auth_token=""), line.to_alice("Hello")
            )

        assert refusal.value.permanent

    def test_a_students_text_arrives_signed(self, remembering_line: RememberingLine) -> None:
        """An inbound webhook is authentic under our token, tampered or for another token not."""
        line = remembering_line
        (webhook,) = line.alice_texts(OFFICE, "¿Is this real? & really 🎓")
        url = line.callback.rpartition("/webhooks")[0] + webhook.path
        tampered = [(k, "+13165550199" if k == "From" else v) for k, v in webhook.form]
        stranger = dataclasses.replace(line.account, auth_token="another")
        judge = line.carrier.is_authentic

        assert judge(line.account, url, webhook.form, webhook.signature)
        assert not judge(line.account, url, tampered, webhook.signature)
        assert not judge(line.account, url + "?x=1", webhook.form, webhook.signature)
        assert not judge(stranger, url, webhook.form, webhook.signature)

    def test_a_students_text_has_twilios_fields(self, remembering_line: RememberingLine) -> None:
        """Who texted which number what, under which SID and account; no picture."""
        line = remembering_line
        (webhook,) = line.alice_texts(OFFICE, "Hola")

        assert (webhook["From"], webhook["To"], webhook["Body"]) == (ALICE, OFFICE, "Hola")
        assert webhook["AccountSid"] == line.account.account_sid
        assert webhook["MessageSid"] == webhook["SmsSid"]
        assert (webhook["NumMedia"], webhook["NumSegments"]) == ("0", "1")

    def test_delivery_is_reported_in_order_and_signed(
        self, remembering_line: RememberingLine
    ) -> None:
        """Status callbacks go to the address given with the text: `sent` before `delivered`."""
        line = remembering_line
        accepted = line.carrier.send(line.account, line.to_alice("On its way"))
        reports = line.progress(accepted.sid)

        statuses = [report["MessageStatus"] for report in reports]
        assert statuses[-2:] == ["sent", "delivered"]
        assert all(
            line.carrier.is_authentic(line.account, line.callback, report.form, report.signature)
            for report in reports
        )

    def test_the_status_of_a_sent_text_can_be_asked(self, line: Line) -> None:
        """In words that our messages know."""
        accepted = line.carrier.send(line.account, line.to_alice("Where is it?"))

        assert line.carrier.status(line.account, accepted.sid).status in RANK

    def test_the_status_moves_with_the_text(self, remembering_line: RememberingLine) -> None:
        """Whoever missed the delivery reports can still learn how it ended."""
        line = remembering_line
        accepted = line.carrier.send(line.account, line.to_alice("On its way"))
        line.progress(accepted.sid)

        assert line.carrier.status(line.account, accepted.sid) == Delivery("delivered")

    def test_an_unknown_text_has_no_status(self, remembering_line: RememberingLine) -> None:
        """20404: it was never sent from this account."""
        line = remembering_line
        with pytest.raises(CarrierError) as unknown:
            line.carrier.status(line.account, "SM" + "0" * 32)

        assert (unknown.value.carrier_code, unknown.value.permanent) == (20404, True)

    def test_what_the_carrier_had_can_be_listed(self, remembering_line: RememberingLine) -> None:
        """Both directions of the span that is asked for, oldest first, as they were written."""
        line = remembering_line
        since = datetime.now(UTC)
        accepted = line.carrier.send(line.account, line.to_alice("¿Ya está? 🎓"))
        (webhook,) = line.alice_texts(OFFICE, " first line\nsecond")
        until = datetime.now(UTC) + timedelta(seconds=1)
        listed = line.carrier.texts_in(line.account, since, until)
        ours = [text for text in listed if text.sid in (accepted.sid, webhook["MessageSid"])]

        assert [_told(text) for text in ours] == [
            (accepted.sid, OFFICE, ALICE, "¿Ya está? 🎓", "outbound"),
            (webhook["MessageSid"], ALICE, OFFICE, " first line\nsecond", "inbound"),
        ]
        assert ours[0].status in RANK and ours[1].status == "received"
        assert all(since - timedelta(seconds=1) <= text.at <= until for text in ours)

    def test_only_the_span_is_listed(self, line: Line) -> None:
        """What came before or after is left out, and the question is one that Twilio knows."""
        line.carrier.send(line.account, line.to_alice("Now"))
        since = datetime.now(UTC) + timedelta(hours=1)

        assert line.carrier.texts_in(line.account, since, since + timedelta(hours=1)) == ()
        assert line.carrier.texts_between(line.account, OFFICE, ALICE, since) == ()

    def test_a_text_can_be_found_by_its_pair(self, remembering_line: RememberingLine) -> None:
        """Whoever lost the carrier's answer can see whether the text is there, queued or not."""
        line = remembering_line
        since = datetime.now(UTC) - timedelta(seconds=1)
        line.alice_texts(OFFICE, "The other direction")
        accepted = line.carrier.send(line.account, line.to_alice("Did this leave?"))
        there = line.carrier.texts_between(line.account, OFFICE, ALICE, since)
        back = line.carrier.texts_between(line.account, ALICE, OFFICE, since)

        assert _told(there[-1]) == (accepted.sid, OFFICE, ALICE, "Did this leave?", "outbound")
        assert {text.direction for text in there} == {"outbound"}
        assert {text.direction for text in back} == {"inbound"}

    def test_pictures_are_named_by_their_addresses(self, prism_line: Line) -> None:
        """As the webhook of Twilio names them: the resource itself, not its description."""
        (url,) = prism_line.carrier.media_of(prism_line.account, "SM" + "a" * 32)

        assert re.fullmatch(
            r"https://api\.twilio\.com/2010-04-01/Accounts/AC\w+/Messages/SM\w+/Media/ME\w+", url
        )

    def test_a_number_can_be_looked_up(self, searchable_line: Line) -> None:
        """Whose it is, and what kind of line, in Twilio's words."""
        line = searchable_line.carrier.lookup(searchable_line.account, ALICE)

        assert line.carrier
        assert line.line_type in {"mobile", "landline", "fixedVoip", "nonFixedVoip", "tollFree"}

    @pytest.mark.parametrize("number", ["+1316", "3165550123", "+13165550123/../x", ""])
    def test_what_is_no_number_cannot_be_looked_up(self, line: Line, number: str) -> None:
        """Refused for good before anything is asked."""
        with pytest.raises(CarrierError) as refusal:
            line.carrier.lookup(line.account, number)

        assert (refusal.value.carrier_code, refusal.value.permanent) == (21421, True)


class TestTwilioOverTheNetwork:
    """What only a carrier behind a network can do: refuse our token, be silent, be gone."""

    def test_a_wrong_token_is_named(self, emulate_line: Line) -> None:
        """The emulator knows the account's token; Prism accepts any, so it is left out."""
        with pytest.raises(CarrierError, match="credentials") as refusal:
            emulate_line.carrier.send(
                dataclasses.replace(ACCOUNT, auth_token="wrong"), emulate_line.to_alice("Hello")
            )

        assert (refusal.value.carrier_code, refusal.value.permanent) == (20003, True)

    def test_a_number_we_do_not_own_is_refused_for_good(self, emulate_line: Line) -> None:
        """Sending from another's number: 21606."""
        text = dataclasses.replace(emulate_line.to_alice("Hello"), from_number="+13165550177")
        with pytest.raises(CarrierError) as refusal:
            emulate_line.carrier.send(ACCOUNT, text)

        assert (refusal.value.carrier_code, refusal.value.permanent) == (21606, True)

    def test_a_list_goes_on_over_pages(self) -> None:
        """Further pages are asked for until one is older than what is wanted; what has no
        moment of sending yet counts by when Twilio took it in.
        """
        pages = (
            _page(_listed("SM1", "24", None), _listed("MM2", "23", "23"), more=True),
            _page(_listed("SM3", "22", "22", error_code=30007), _listed("SM4", "01", "01")),
        )
        with following(*(Answer(200, page) for page in pages)) as server:
            listed = TwilioCarrier(server.url).texts_in(ACCOUNT, _at("21"), _at("23"))

        assert [(text.sid, text.at, text.error_code) for text in listed] == [
            ("SM3", _at("22"), 30007),
            ("MM2", _at("23"), None),
        ]
        assert listed[1].media_count == 2
        assert server.asked[0].endswith(
            "?DateSent%3C=2026-11-24T17%3A23%3A00Z&DateSent%3E=2026-11-24T17%3A21%3A00Z&PageSize=1000"
        )

    def test_a_list_ends_where_it_gets_too_old(self) -> None:
        """Where the server lists more than was asked, no further page is asked for."""
        page = _page(_listed("SM1", "23", "23"), _listed("SM2", "01", "01"), more=True)
        with following(Answer(200, page)) as server:
            listed = TwilioCarrier(server.url).texts_in(ACCOUNT, _at("21"), _at("23"))

        assert [text.sid for text in listed] == ["SM1"] and len(server.asked) == 1

    def test_silence_may_mean_sent(self) -> None:
        """After a time-out nobody knows whether the text went out, so it says so, in time."""
        with stalled() as base, pytest.raises(CarrierError) as lost:
            TwilioCarrier(base, timeout_s=0.2).send(ACCOUNT, HELLO)

        assert lost.value.may_have_happened
        assert not lost.value.permanent

    def test_hanging_up_may_mean_sent(self) -> None:
        """A connection cut after the request was read leaves it open too."""
        with receiving() as server:
            server.answers = [0]
            with pytest.raises(CarrierError) as lost:
                TwilioCarrier(server.url).send(ACCOUNT, HELLO)

        assert lost.value.may_have_happened

    @pytest.mark.parametrize("status", [201, 500, 504])
    def test_an_unreadable_answer_may_mean_sent(self, status: int) -> None:
        """An empty 2xx or 5xx leaves it open as well."""
        with receiving() as server:
            server.answers = [status]
            with pytest.raises(CarrierError) as lost:
                TwilioCarrier(server.url).send(ACCOUNT, HELLO)

        assert lost.value.may_have_happened

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_busy_carrier_did_not_send(self, status: int) -> None:
        """The text may be sent again later, and was asked for once only."""
        with receiving() as server:
            server.answers = [status]
            with pytest.raises(CarrierError) as busy:
                TwilioCarrier(server.url).send(ACCOUNT, HELLO)

        assert not busy.value.may_have_happened
        assert not busy.value.permanent
        assert len(server.received) == 1

    def test_no_connection_means_not_sent(self) -> None:
        """Where nothing listens nothing was sent: it may be sent again."""
        with pytest.raises(CarrierError) as unreachable:
            TwilioCarrier(closed_port()).send(ACCOUNT, HELLO)

        assert not unreachable.value.may_have_happened
        assert not unreachable.value.permanent


def _told(text: CarriedText) -> tuple[str, str, str, str, str]:
    return text.sid, text.from_number, text.to_number, text.body, text.direction


def _at(minute: str) -> datetime:
    return datetime(2026, 11, 24, 17, int(minute), tzinfo=UTC)


def _listed(
    sid: str, created: str, sent: str | None, error_code: int | None = None
) -> dict[str, object]:
    """A text in Twilio's list, created and sent in those minutes of an hour."""
    day = "Tue, 24 Nov 2026 17:{}:00 +0000"
    return {
        "sid": sid,
        "from": OFFICE,
        "to": ALICE,
        "body": "Hello",
        "direction": "outbound-api",
        "status": "sent" if sent else "queued",
        "date_created": day.format(created),
        "date_sent": sent and day.format(sent),
        "num_media": "2" if sid.startswith("MM") else "0",
        "error_code": error_code,
    }


def _page(*texts: dict[str, object], more: bool = False) -> dict[str, object]:
    path = f"/2010-04-01/Accounts/{ACCOUNT.account_sid}/Messages.json?Page=1"
    return {"messages": list(texts), "next_page_uri": path if more else None}

"""Anything at all at the webhooks' door: no server error, nothing done for who has not signed,
and what is signed is stored once or refused in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder, TestResponse
from werkzeug.wrappers import Request

from backend.adapters.twilio import TwilioCarrier
from backend.adapters.twilio_signature import sign
from backend.app import public_app
from backend.db.tables import (
    Author,
    Base,
    Contact,
    Conversation,
    Message,
    Turn,
    TurnState,
    UnroutedText,
)
from backend.domain.errors import CarrierError
from tests.fakes import Fault
from tests.integration.conftest import STUDENT, World, workshop_of

PUBLIC = "https://desk.example"
SMS, STATUS = "/webhooks/twilio/sms", "/webhooks/twilio/status"
FORM = "application/x-www-form-urlencoded"
type Pairs = Sequence[tuple[bytes, bytes]]

many = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
names = st.one_of(
    st.sampled_from(
        [
            *(b"MessageSid", b"AccountSid", b"From", b"To", b"Body", b"NumMedia", b"MediaUrl0"),
            *(b"MediaUrl9", b"OptOutType", b"MessageStatus", b"ErrorCode", b"SmsSid", b"\xff"),
        ]
    ),
    st.binary(max_size=12),
)
values = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [
            *(b"", b"\0", b"\0" * 50, b"\xff\xfe", b"\xed\xa0\x80", b"\xf0\x9f", b"%00", b"+1"),
            *(b"266696687", b"12345", b"AMAZON", b"+1316555", b"whatsapp:+13165550199", b"-1"),
            *(b"10", b"999999", "²".encode(), "٣".encode(), b"STOP", b"stop\0", b"START", b"HELP"),
            *(b"delivered", b"DELIVERED", b"failed", b"undelivered", b"30007", b"1e9", b"/restart"),
            *(b"A" * 50_000, "\U0001f393".encode() * 5_000, b"http://[", b"javascript:alert(1)"),
        ]
    ),
)
forms = st.lists(st.tuples(names, values), max_size=14)
content_types = st.sampled_from(
    [
        *(FORM, f"{FORM}; charset=utf-16", f"{FORM}; charset=nonsense", "application/json"),
        *("multipart/form-data; boundary=cut", "multipart/form-data", "text/plain", "", "\xff/;="),
    ]
)
lengths = st.sampled_from([None, "", "0", "1", "-1", "abc", "99999999", "1e3", "00", "²"])
queries = st.one_of(
    st.just(""),
    st.sampled_from(["message=", "message=%00", "message=%ff", "bodySHA256=x", "a=%zz&&=", "🎓"]),
    st.text(max_size=30),
)


@pytest.fixture
def twilio(world: World, tmp_path: Path) -> FlaskClient:
    """The public application with Twilio's real signature check."""
    return public_app(workshop_of(world, tmp_path, carrier=TwilioCarrier())).test_client()


def encoded(pairs: Pairs) -> bytes:
    """A form as a browser would encode it."""
    return b"&".join(
        quote_from_bytes(name).encode() + b"=" + quote_from_bytes(value).encode()
        for name, value in pairs
    )


def good(world: World, **changes: str) -> dict[str, str]:
    """The fields of a text as Twilio sends it."""
    usual = {
        "MessageSid": "SM" + "a" * 32,
        "AccountSid": world.account_sid,
        "From": STUDENT,
        "To": world.assistant_number,
        "Body": "hello",
        "NumMedia": "0",
    }
    return usual | changes


def sid(number: int) -> str:
    """A MessageSid that the fake carrier gives no text of ours."""
    return f"SMab{number:030d}"


def send(
    client: FlaskClient,
    path: str,
    body: bytes,
    *,
    token: str | None,
    content_type: str = FORM,
    length: str | None = None,
    query: str = "",
) -> TestResponse:
    """Post a body, signed with a token over the form that a server reads from it, if any."""
    builder = EnvironBuilder(path, method="POST", query_string=query, data=body)
    environ = builder.get_environ()
    environ["CONTENT_TYPE"] = content_type
    if length is not None:
        environ["CONTENT_LENGTH"] = length
    if token is not None:
        environ["HTTP_X_TWILIO_SIGNATURE"] = _signature(environ, body, path, token)
        environ["wsgi.input"] = BytesIO(body)
    return client.open(environ)


def _signature(environ: dict[str, Any], body: bytes, path: str, token: str) -> str:
    """The signature over what a server reads of a body; of what none can read, any."""
    read = Request(environ | {"wsgi.input": BytesIO(body)})
    query = f"?{read.query_string.decode('latin-1')}" if read.query_string else ""
    try:
        return sign(token, f"{PUBLIC}{path}{query}", list(read.form.items(multi=True)))
    except (ValueError, HTTPException):
        return "cannot be signed"


def post(client: FlaskClient, fields: Mapping[str, str], token: str = "token of northern") -> int:
    """Post a text's fields, signed; returns the status."""
    pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
    return send(client, SMS, encoded(pairs), token=token).status_code


def everything(world: World) -> dict[str, list[Any]]:
    """Every row of every table."""
    with world.desk.db.read() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


@contextmanager
def nothing_happens(world: World) -> Iterator[None]:
    """Hold that not a row is added, changed or deleted, and nothing queued or sent."""
    before, notes = everything(world), list(world.queue.notes)
    yield
    assert everything(world) == before and world.queue.notes == notes
    assert world.carrier.calls == []


def count(world: World, table: type[Base]) -> int:
    """How many rows a table has, of all institutions."""
    with world.desk.db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@many
@given(forms, st.sampled_from([SMS, STATUS]), content_types, lengths, queries)
def test_unsigned_nothing_happens(
    world: World,
    twilio: FlaskClient,
    pairs: Pairs,
    path: str,
    content_type: str,
    length: str | None,
    query: str,
) -> None:
    """Whatever comes without a signature, also with a real account's SID: a 4xx in JSON, and not
    a row differs.
    """
    pairs = [*pairs, (b"AccountSid", world.account_sid.encode())]
    with nothing_happens(world):
        answer = send(
            twilio,
            path,
            encoded(pairs),
            token=None,
            content_type=content_type,
            length=length,
            query=query,
        )

    assert 400 <= answer.status_code < 500
    assert answer.content_type == "application/problem+json"


@many
@given(st.binary(max_size=400), st.sampled_from([SMS, STATUS]), content_types, lengths)
def test_any_bytes_are_no_error_of_ours(
    world: World,
    twilio: FlaskClient,
    body: bytes,
    path: str,
    content_type: str,
    length: str | None,
) -> None:
    """A body that is no form at all, with a signature over what a server can read of it."""
    with nothing_happens(world):
        answer = send(
            twilio,
            path,
            body,
            token="token of northern",
            content_type=content_type,
            length=length,
        )

    assert 400 <= answer.status_code < 500


@many
@given(forms, st.booleans())
def test_a_signed_oddity_is_stored_once_or_refused(
    world: World, twilio: FlaskClient, pairs: Pairs, comes_complete: bool
) -> None:
    """Any fields with a fitting signature: stored as one row, which a second time adds nothing to,
    or refused in words without an effect.
    """
    fields = good(world, MessageSid=sid(count(world, Message)))
    whole = [(name.encode(), value.encode()) for name, value in fields.items()]
    sent = [*pairs, *whole] if comes_complete else [*pairs, whole[1]]
    before = count(world, Message) + count(world, UnroutedText)
    body = encoded(sent)
    first = send(twilio, SMS, body, token="token of northern")
    after = count(world, Message) + count(world, UnroutedText)
    stored = everything(world)
    again = send(twilio, SMS, body, token="token of northern")

    assert first.status_code in (200, 403, 413, 422)
    assert again.status_code == first.status_code and everything(world) == stored
    if first.status_code != 200:
        assert after == before
        assert first.json is not None and first.json["detail"]
    else:
        # Its text, and what the desk itself said to STOP, HELP or words of danger.
        assert 0 <= after - before <= 3


@many
@given(forms, queries)
def test_a_signed_status_is_taken_or_refused(
    world: World, twilio: FlaskClient, pairs: Pairs, query: str
) -> None:
    """Any fields to the other address: nothing is added, and never a server error."""
    account = (b"AccountSid", world.account_sid.encode())
    with nothing_happens(world):
        body = encoded([*pairs, account])
        answer = send(twilio, STATUS, body, token="token of northern", query=query)

    assert answer.status_code in (204, 403, 413, 422)


@pytest.mark.parametrize("path", [SMS, STATUS])
def test_an_account_that_is_not_ours_is_refused(
    world: World, twilio: FlaskClient, path: str
) -> None:
    """A wrong AccountSid: unknown, another institution's under this one's token, or not there."""
    for account in ("AC" + "9" * 32, world.western_account_sid, "", "\0", "ac" + "1" * 32):
        fields = good(world, AccountSid=account, MessageStatus="delivered")
        pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
        with nothing_happens(world):
            answer = send(twilio, path, encoded(pairs), token="token of northern")
        assert answer.status_code == 403


def test_an_old_replay_changes_nothing(world: World, twilio: FlaskClient) -> None:
    """The same webhook days later, when the text was answered long ago, and one with its SID and
    other words: both are known by the SID.
    """
    post(twilio, good(world))
    world.queue.work()
    world.clock.pass_time(days=40)
    before, sent = everything(world), list(world.carrier.calls)
    same = post(twilio, good(world))
    other = post(twilio, good(world, Body="STOP", From="+13165550177"))

    assert (same, other) == (200, 200) and everything(world) == before
    assert world.carrier.calls == sent and world.queue.notes == []


def test_a_number_of_another_institution_is_not_reached(world: World, twilio: FlaskClient) -> None:
    """Northern's carrier signs a text to Western's number: it is kept as unrouted at Northern, and
    Western has nothing of it, whatever it says.
    """
    western = world.zoe.institution_id
    for number, words in enumerate(("hello", "STOP", "I want to die", "")):
        fields = good(world, To=world.western_number, Body=words, MessageSid=sid(number))
        assert post(twilio, fields) == 200

    with world.desk.db.read(western) as session:
        for table in (Message, Conversation, Contact, Turn, UnroutedText):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    with world.desk.db.read(world.alice.institution_id) as session:
        assert session.scalar(select(func.count(UnroutedText.id))) == 4
        assert session.scalar(select(func.count(Message.id))) == 0
    assert world.queue.notes == []


def test_a_status_for_another_institutions_message_does_nothing(
    world: World, twilio: FlaskClient
) -> None:
    """Western's carrier, rightly signed, reports on a message of Northern's by its id and SID."""
    world.receive("SM1", "hello")
    world.queue.work()
    with world.desk.db.read(world.alice.institution_id) as session:
        reply = session.scalars(select(Message).where(Message.author == Author.ASSISTANT)).one()
    fields = {
        "AccountSid": world.western_account_sid,
        "MessageSid": reply.carrier_sid or "",
        "MessageStatus": "failed",
        "ErrorCode": "21610",
    }
    pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
    before = everything(world)
    query = f"message={reply.public_id}"
    answer = send(twilio, STATUS, encoded(pairs), token="token of western", query=query)

    assert answer.status_code == 204 and everything(world) == before


@pytest.mark.parametrize(
    "sender",
    ["12345", "266696687", "AMAZON", "+1", "+1abc", "anonymous", "+266696687", "whatsapp:+1316"],
)
def test_a_sender_that_is_no_phone_number_is_kept(
    world: World, twilio: FlaskClient, sender: str
) -> None:
    """Short codes, names, Twilio's number for “anonymous” (266696687), half a number: the text is
    there for people; what cannot be answered fails for good, in words, and is not tried again.
    """
    refusal = CarrierError("No such number.", carrier_code=21211, permanent=True)
    world.carrier.faults["send"] = [Fault(refusal)] * 5
    answer = post(twilio, good(world, From=sender))
    world.queue.work()
    world.queue.run_next_delayed()

    assert answer == 200
    with world.desk.db.read(world.alice.institution_id) as session:
        messages = session.scalars(select(Message).order_by(Message.id)).all()
    assert [message.body for message in messages if message.author is Author.CONTACT] == ["hello"]
    own = [message for message in messages if message.author is not Author.CONTACT]
    assert all(message.status in ("failed", "canceled") for message in own)
    assert world.carrier.calls.count("send") <= 1


@pytest.mark.parametrize("field", ["From", "To", "MessageSid"])
@pytest.mark.parametrize("value", ["", "   ", "x" * 41, "a\nb", "\0", "\u202e1"])
def test_a_field_that_twilio_never_sends_is_named(
    world: World, twilio: FlaskClient, field: str, value: str
) -> None:
    """422 with the field, and nothing is stored."""
    fields = good(world, **{field: value})
    pairs = [(name.encode(), text.encode()) for name, text in fields.items()]
    with nothing_happens(world):
        answer = send(twilio, SMS, encoded(pairs), token="token of northern")

    assert answer.status_code == 422 and answer.json is not None
    assert [each["field"] for each in answer.json["problems"]] == [field]


def test_a_very_long_body_is_bounded(world: World, twilio: FlaskClient) -> None:
    """Ten times the longest text is kept whole; what is longer still is kept so far; what no
    carrier sends at all is refused before it is read.
    """
    sizes = (16_000, 60_000)
    answers = [post(twilio, good(world, MessageSid=sid(size), Body="é" * size)) for size in sizes]
    huge = post(twilio, good(world, MessageSid="SM" + "f" * 32, Body="x" * 1_100_000))

    assert answers == [200, 200] and huge == 413
    with world.desk.db.read() as session:
        lengths = [len(body) for body in session.scalars(select(Message.body))]
    assert lengths == [16_000, 16_000]


def test_ten_pictures_are_kept(world: World, twilio: FlaskClient) -> None:
    """As references, in order; an eleventh, an empty one or an endless address is left out."""
    urls = [f"https://api.twilio.example/Media/ME{place}" for place in range(11)]
    pictures = {f"MediaUrl{place}": url for place, url in enumerate(urls)}
    odd = {"MediaUrl0": "", "MediaUrl1": "https://" + "x" * 3_000, "MediaUrl2": "https://a\0"}
    one = good(world, NumMedia="11", Body="", **pictures)
    two = good(world, NumMedia="3", Body="", MessageSid="SM" + "b" * 32, **odd)

    assert (post(twilio, one), post(twilio, two)) == (200, 200)
    with world.desk.db.read() as session:
        kept = session.scalars(select(Message.media).order_by(Message.id)).all()
    assert kept[0] == urls[:10] and kept[1] == ["https://a"]


def test_three_hundred_texts_in_a_minute_are_bounded_and_seen(
    world: World, twilio: FlaskClient
) -> None:
    """One sender texts 300 times in a minute: each is acknowledged and stored, since what is
    refused here would be lost; the assistant answers no more than the hour's cap, once the
    conversation is with people it waits in the inbox with the reason, and no other sender waits.
    """
    cap = 10
    for number in range(300):
        fields = good(world, MessageSid=sid(number), Body=f"message number {number}")
        assert post(twilio, fields) == 200
        world.clock.pass_time(seconds=60 / 300)
        world.queue.work()
    other = good(world, MessageSid="SM" + "e" * 32, From="+13165550177")
    assert post(twilio, other) == 200
    world.queue.work()

    with world.desk.db.read(world.alice.institution_id) as session:
        flooded = session.scalars(
            select(Conversation)
            .join(Contact, Contact.id == Conversation.contact_id)
            .where(Contact.e164 == STUDENT)
        ).one()
        by = dict(
            session.execute(
                select(Message.author, func.count())
                .where(Message.conversation_id == flooded.id)
                .group_by(Message.author)
            ).all()
        )
        waiting = session.scalar(
            select(func.count(Turn.id)).where(
                Turn.state.in_([TurnState.WAITING, TurnState.RUNNING])
            )
        )
        others = session.scalars(
            select(Message.status)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Conversation.id != flooded.id, Message.author == Author.ASSISTANT)
        ).all()
    assert by[Author.CONTACT] == 300
    assert sum(times for author, times in by.items() if author is not Author.CONTACT) <= cap + 1
    assert flooded.needs_attention and waiting == 0
    assert len(others) == 1


def test_a_replay_within_a_flood_is_stored_once(world: World, twilio: FlaskClient) -> None:
    """Twilio's own retry amid many others: known by its SID."""
    for number in (*range(20), *range(20)):
        post(twilio, good(world, MessageSid=sid(number)))
    world.clock.pass_time(minutes=timedelta(days=3).total_seconds() / 60)
    post(twilio, good(world, MessageSid=sid(3)))

    with world.desk.db.read() as session:
        sids = session.scalars(
            select(Message.carrier_sid).where(Message.author == Author.CONTACT)
        ).all()
    assert len(sids) == len(set(sids)) == 20

"""What staff start leaves at its pace and by day; replies go at once; failures show in words."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backend.db.tables import (
    Author,
    Campaign,
    Conversation,
    Institution,
    Message,
    PhoneNumber,
)
from backend.domain.errors import CarrierError, InvalidRequest
from backend.domain.messages import WAITING
from backend.domain.sms import segments
from backend.services import (
    campaign_contacts,
    campaign_life,
    campaign_openings,
    contact_imports,
    contacts,
    inbound,
    outbound,
    pacing,
)
from backend.services import sweep as sweeping
from backend.services.audit import WEB
from backend.services.ports import AcceptedText, CarrierCredentials, Errand, OutgoingText
from tests.integration.browsing import DESK, csrf_of, headers, sign_in
from tests.integration.campaigning import (
    OPENING,
    draft,
    number_row,
    openings,
    phone,
    running,
    send_off,
)
from tests.integration.conftest import STUDENT, World, on_postgresql_only, on_sqlite_only
from tests.integration.test_api import bearer

SEATTLE = "+12065550123"
PICTURE = "https://media.example/campus.png"


def watch(world: World) -> list[tuple[datetime, OutgoingText]]:
    """Everything that is handed to the carrier from now on, with its moment."""
    left: list[tuple[datetime, OutgoingText]] = []
    take = world.carrier.send

    def send(account: CarrierCredentials, text: OutgoingText) -> AcceptedText:
        left.append((world.clock.now(), text))
        return take(account, text)

    world.carrier.send = send  # type: ignore[method-assign]
    return left


def receive_from(world: World, student: str, body: str) -> None:
    """Have a text of this student taken in."""
    text = replace(world.text("SM1", body), from_number=student)
    inbound.receive(world.desk, world.carol.institution_id, text)


def start(world: World, to: str, body: str = "Hello!", media: Sequence[str] = ()) -> str:
    """A text that an agent begins a conversation with; returns its id."""
    number = number_row(world, world.assistant_number)
    now = world.clock.now()
    with world.desk.db.write(world.carol.institution_id) as session:
        number = session.merge(number, load=True)
        contact = contacts.find_or_make(session, world.desk.cipher, to, now)
        conversation = contacts.conversation_with(session, number, contact, now)
        text = outbound.written(
            session,
            conversation,
            None,
            body,
            Author.STAFF,
            now,
            staff_id=world.carol.id,
            media=media,
            starts=True,
        )
        errand = outbound.errand_of(text)
    world.desk.queue.enqueue(errand)
    return errand.row_id


def message(world: World, public_id: str) -> Message:
    """The row of a text."""
    with world.desk.db.read() as session:
        return session.scalars(select(Message).where(Message.public_id == public_id)).one()


def set_pace(world: World, *, minute: int | None = None, day: int | None = None) -> None:
    """What somebody has set for the assistant's number."""
    with world.desk.db.write() as session:
        session.execute(
            update(PhoneNumber)
            .where(PhoneNumber.e164 == world.assistant_number)
            .values(segments_per_minute=minute, segments_per_day=day)
        )


def until(world: World, hour: int, minute: int = 0) -> None:
    """Let the clock stand at this hour (UTC) of the day that the tests begin on."""
    world.clock.moment = datetime(2026, 11, 23, hour, minute, tzinfo=UTC)


def bring_in_file(world: World, campaign: str, content: bytes) -> None:
    """Have the worker import a file."""
    contact_imports.start(world.desk, world.alice, campaign, content, WEB)
    world.queue.work()


@on_sqlite_only
def test_a_campaign_of_a_thousand_keeps_the_pace(world: World) -> None:
    """One segment a second from a long code: a thousand texts take a thousand seconds."""
    made = draft(world, students=range(1_000))
    left = watch(world)
    began = world.clock.now()
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    send_off(world)
    moments = [at for at, _ in left]

    assert len({text.to_number for _, text in left}) == len(left) == 1_000
    assert all(later - at >= timedelta(seconds=1) for at, later in pairwise(moments))
    assert moments[-1] - began == timedelta(seconds=999)


@pytest.mark.parametrize(("minute", "segments_each", "gap_s"), [(180, 1, 1 / 3), (30, 2, 4.0)])
def test_a_set_pace_counts_segments(
    world: World, minute: int, segments_each: int, gap_s: float
) -> None:
    """A text of two segments takes the time of two."""
    set_pace(world, minute=minute)
    left = watch(world)
    made = draft(world, students=range(4), opening_text="a" * (150 * segments_each))
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    send_off(world)
    gaps = [(later - at).total_seconds() for (at, _), (later, _) in pairwise(left)]

    assert gaps == pytest.approx([gap_s] * 3, abs=0.001)


@on_postgresql_only
def test_many_workers_are_not_faster(world: World) -> None:
    """Eight at once on the same number let as many go as its pace allows, each text once."""
    made = draft(world, students=range(40))
    left = watch(world)
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    world.queue.notes.clear()
    campaign_openings.write_next(world.desk, made.id)
    number = number_row(world, world.assistant_number).public_id
    began = world.clock.now()
    with ThreadPoolExecutor(8) as pool:
        for second in range(6):
            list(pool.map(pacing.let_go, [world.desk] * 8, [number] * 8))
            due = [note[0].row_id for note in world.queue.notes if note[0].task == "send"]
            world.queue.notes.clear()
            # Each errand twice, as after a sweep.
            list(pool.map(outbound.send, [world.desk] * 2 * len(due), due * 2))
            assert len(left) == second + 1
            world.clock.pass_time(seconds=1)

    assert [at - began for at, _ in left] == [timedelta(seconds=each) for each in range(6)]
    assert len({text.to_number for _, text in left}) == 6


def test_replies_go_at_once_and_count(world: World) -> None:
    """While a campaign waits for its turns a student is answered; the campaign waits longer."""
    left = watch(world)
    made = draft(world, students=range(3))
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    world.queue.work()
    began = world.clock.now()
    for sid in ("SM1", "SM2"):
        world.receive(sid, "STOP" if sid == "SM1" else "START")
    world.queue.work()
    at_once = [text.to_number for at, text in left if at == began]
    send_off(world)

    assert at_once == [phone(0), STUDENT, STUDENT]
    # "You get texts … again" and the like are counted with the segments that they take.
    taken = sum(segments(text.body).count for _, text in left[:3])
    assert [at - began for at, text in left if text.body == OPENING][1:] == [
        timedelta(seconds=taken),
        timedelta(seconds=taken + 1),
    ]


def test_what_an_agent_starts_goes_before_a_campaign(world: World) -> None:
    """One student that somebody waits for is not behind two hundred."""
    left = watch(world)
    made = draft(world, students=range(5))
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    world.queue.work()
    start(world, SEATTLE)
    send_off(world)

    assert [text.to_number for _, text in left][:2] == [phone(0), SEATTLE]
    assert len(left) == 6


def test_a_start_after_replies_takes_its_turn(world: World) -> None:
    """Nothing waited when the clock was moved, so the text itself asks for the next look."""
    world.receive("SM1", "STOP")
    world.queue.work()
    start(world, SEATTLE)
    world.queue.work()
    waiting = len(world.carrier.sent)
    send_off(world)

    assert (waiting, len(world.carrier.sent)) == (1, 2)


def test_a_capped_number_waits_until_tomorrow(world: World) -> None:
    """The reason shows; nothing is requeued meanwhile; the next day the rest goes."""
    set_pace(world, day=2)
    running(world, students=range(5))
    capped = openings(world)
    for _ in range(3):
        world.clock.pass_time(minutes=1)
        sweeping.sweep(world.desk)
        assert [
            note for note in world.queue.notes if note[0].task in ("send", "let_texts_go")
        ] == []
    until(world, 13, 59)  # still before 8 am in Chicago, the next day
    world.clock.pass_time(days=1)
    sweeping.sweep(world.desk)
    send_off(world)
    early = len(world.carrier.sent)
    world.clock.pass_time(minutes=1)
    sweeping.sweep(world.desk)
    send_off(world)

    reason = "Waits until tomorrow: this number’s daily cap of 2 segments is reached."
    assert capped == [("queued", None)] * 2 + [(WAITING, reason)] * 3
    assert (early, len(world.carrier.sent)) == (2, 4)


def test_a_capped_campaign_leaves_the_number_to_others(world: World) -> None:
    """Its own cap holds its own texts only, and its page says why."""
    made = draft(world, students=range(3))
    with world.desk.db.write() as session:
        session.execute(update(Campaign).values(segments_per_day=1))
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    send_off(world)
    start(world, SEATTLE)
    send_off(world)
    lines = campaign_contacts.listed(world.desk, world.bob, made.id, after=None, limit=5).contacts

    assert [text.to_number for text in world.carrier.sent] == [phone(0), SEATTLE]
    assert [(line.state, line.why) for line in lines[1:]] == [
        (WAITING, "Waits until tomorrow: this campaign’s daily cap of 1 segment is reached.")
    ] * 2


def test_a_campaign_may_be_slower_than_its_number(world: World) -> None:
    """Its own pace is kept, while others leave from the number."""
    left = watch(world)
    made = draft(world, students=range(3))
    with world.desk.db.write() as session:
        session.execute(update(Campaign).values(segments_per_minute=6))
    began = world.clock.now()
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    world.queue.work()
    start(world, SEATTLE)
    send_off(world)

    assert [(at - began).total_seconds() for at, _ in left] == [0, 1, 10, 20]
    assert left[1][1].to_number == SEATTLE


def test_a_day_is_the_institutions(world: World) -> None:
    """At 11 pm in Chicago it is the next day already in UTC, and still the same one there."""
    with world.desk.db.write() as session:
        session.execute(update(Institution).values(quiet_from_hour=0, quiet_until_hour=0))
    set_pace(world, day=1)
    until(world, 18)
    start(world, SEATTLE)
    send_off(world)
    world.clock.pass_time(hours=11)  # 11 pm
    kept_back = start(world, phone(1))
    send_off(world)
    before = message(world, kept_back)
    world.clock.pass_time(hours=1)
    sweeping.sweep(world.desk)
    send_off(world)

    assert before.status == WAITING and before.not_before == world.clock.now()
    assert message(world, kept_back).status == "queued"


def test_at_night_a_text_waits_for_the_readers_morning(world: World) -> None:
    """7 am in Seattle is quiet though it is 9 am in Chicago; the reason shows at once."""
    until(world, 15)
    waits = start(world, SEATTLE)
    goes = start(world, phone(0))
    send_off(world)
    row = message(world, waits)
    until(world, 15, 59)
    sweeping.sweep(world.desk)
    send_off(world)
    early = message(world, waits).status
    until(world, 16)
    sweeping.sweep(world.desk)
    send_off(world)

    assert (row.status, row.not_before) == (WAITING, datetime(2026, 11, 23, 16, 0, tzinfo=UTC))
    assert row.error_reason == (
        "Waits until 8 am (Los Angeles time): students are not texted at night."
    )
    assert message(world, goes).status == "queued"
    assert early == WAITING
    assert message(world, waits).status == "queued" and message(world, waits).error_reason is None


def test_a_campaign_stops_for_the_night(world: World) -> None:
    """Those whose turn would come after 9 pm are texted in the morning, and it is said."""
    world.clock.moment = datetime(2026, 11, 24, 2, 59, 50, tzinfo=UTC)  # 8:59:50 pm
    left = watch(world)
    running(world, students=range(13))
    by_day = len(left)
    night = openings(world)[-1]
    world.clock.moment = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    sweeping.sweep(world.desk)
    world.queue.work()
    by_turns = openings(world)[-1]
    send_off(world)

    assert by_turns == (WAITING, None)
    assert (by_day, len(left)) == (10, 13)
    assert night == (
        WAITING,
        "Waits until 8 am (Chicago time): students are not texted at night.",
    )


def test_replies_know_no_night(world: World) -> None:
    """Who texts at 2 am is answered at 2 am."""
    until(world, 8)
    world.receive("SM1", "when are you open?")
    world.queue.work()

    assert len(world.carrier.sent) == 1


def test_who_sleeps_keeps_nobody_else_waiting(world: World) -> None:
    """A campaign's 300 readers in the west, where it is night, do not hold those in the east."""
    made = draft(world, students=[])
    west = "".join(f"+1206{200 + each // 100}55{each % 100:02d}\n" for each in range(300))
    east = "".join(f"+1212{200 + each // 100}55{each % 100:02d}\n" for each in range(3))
    world.queue.work()
    bring_in_file(world, made.id, f"phone\n{west}{east}".encode())
    until(world, 14)  # 9 am in New York, 6 am in Seattle
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    send_off(world)
    for _ in range(2):
        world.queue.run("start_campaign")
        send_off(world)

    assert [text.to_number[:5] for text in world.carrier.sent] == ["+1212"] * 3
    assert sum(status == WAITING for status, _ in openings(world)) == 300


def test_a_text_that_missed_its_turn_takes_another(world: World) -> None:
    """Let go, then the worker was down until night: it does not go out at night."""
    late = start(world, phone(0))
    world.queue.run("send")
    world.queue.notes.clear()
    stuck = start(world, phone(1))
    with world.desk.db.write() as session:
        session.execute(
            update(Message)
            .where(Message.public_id == stuck)
            .values(status="pending", not_before=world.clock.now())
        )
    world.clock.pass_time(hours=12)
    sweeping.sweep(world.desk)
    world.queue.work()

    assert message(world, late).status == "queued"
    assert message(world, stuck).status == WAITING
    assert len(world.carrier.sent) == 1


def test_lost_errands_are_found_by_the_sweep(world: World) -> None:
    """A crash after the commit: what waits goes on within a minute, in its pace."""
    made = draft(world, students=range(5))
    left = watch(world)
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    campaign_openings.write_next(world.desk, made.id)
    world.queue.notes.clear()
    world.clock.pass_time(minutes=1)
    sweeping.sweep(world.desk)
    swept = [note[0].task for note in world.queue.notes]
    send_off(world)
    moments = [at for at, _ in left]

    assert swept.count("let_texts_go") == 1 and "send" not in swept
    assert [later - at for at, later in pairwise(moments)] == [timedelta(seconds=1)] * 4


def test_the_sweep_leaves_alone_what_was_just_let_go(world: World) -> None:
    """However long ago it was written: its errand is on its way."""
    until(world, 15)
    start(world, SEATTLE)
    world.queue.work()
    until(world, 16)
    pacing.let_go(world.desk, number_row(world, world.assistant_number).public_id)
    world.queue.notes.clear()
    sweeping.sweep(world.desk)
    at_once = list(world.queue.notes)
    world.clock.pass_time(seconds=11)
    sweeping.sweep(world.desk)

    assert at_once == [] and [note[0].task for note in world.queue.notes] == ["send"]


def test_segments_are_kept_with_the_text(world: World) -> None:
    """What it takes to send is known when it is queued; pictures make it one message."""
    short = start(world, phone(0), "Hello!")
    dear = start(world, phone(1), "’" * 71)
    picture = start(world, phone(2), "a" * 500, media=[PICTURE])

    assert [message(world, each).segments for each in (short, dear, picture)] == [1, 2, 1]


def test_pictures_go_with_the_text(world: World) -> None:
    """As addresses, which the carrier fetches."""
    start(world, phone(0), media=[PICTURE])
    send_off(world)

    assert world.carrier.sent[0].media == (PICTURE,)


@pytest.mark.parametrize("address", ["http://media.example/1", "https://10.0.0.8/1"])
def test_a_picture_that_is_not_public_is_refused(world: World, address: str) -> None:
    """Nothing is stored."""
    with pytest.raises(InvalidRequest, match="public address"):
        start(world, phone(0), media=[address])
    with world.desk.db.read() as session:
        assert session.scalars(select(Message)).all() == []


def test_an_agents_text_is_canceled_when_the_student_opts_out(world: World) -> None:
    """Also one that was written before."""
    until(world, 15)
    waits = start(world, SEATTLE)
    world.queue.work()
    with world.desk.db.write() as session:
        session.execute(update(Conversation).values(needs_attention=False))
    receive_from(world, SEATTLE, "STOP")
    world.queue.work()
    until(world, 16)
    sweeping.sweep(world.desk)
    send_off(world)

    assert message(world, waits).status == "canceled"
    assert all("Hello!" not in text.body for text in world.carrier.sent)


@pytest.mark.parametrize(
    ("refusal", "status", "tries"),
    [
        (CarrierError("Busy.", carrier_code=20429), "failed", 10),
        (CarrierError("Not a number.", carrier_code=21211, permanent=True), "failed", 1),
        (CarrierError("No answer.", may_have_happened=True), "unconfirmed", 1),
    ],
)
def test_only_what_was_not_processed_is_tried_again(
    world: World, refusal: CarrierError, status: str, tries: int
) -> None:
    """With growing pauses, ten times; then it shows as failed, with the reason."""
    calls = 0

    def refuse(*_: object) -> AcceptedText:
        nonlocal calls
        calls += 1
        raise refusal

    world.carrier.send = refuse  # type: ignore[method-assign, assignment]
    world.receive("SM1", "hello")
    world.queue.work()
    with world.desk.db.read() as session:
        reply = session.scalars(select(Message).where(Message.author == Author.ASSISTANT)).one()
    pauses = []
    while (pause_s := world.queue.delay_of("send")) is not None:
        pauses.append(pause_s)
        world.clock.pass_time(seconds=pause_s)
        world.queue.run("send")
    shown = message(world, reply.public_id)
    with world.desk.db.read() as session:
        conversation = session.scalars(select(Conversation)).one()

    assert (shown.status, calls, shown.error_reason) == (status, tries, str(refusal))
    assert all(2**n <= each < 2.5 ** (n + 1) for n, each in enumerate(pauses[:8], start=1))
    assert all(each <= 375 for each in pauses) and conversation.needs_attention


def test_pauses_differ_by_chance() -> None:
    """What failed at the same moment does not come again at the same moment."""
    assert len({outbound.pause_before_next(5) for _ in range(50)}) > 5


def test_a_retry_does_not_count_twice(world: World) -> None:
    """A reply that the carrier was too busy for is counted once."""
    world.carrier.refusal = CarrierError("Busy.", carrier_code=20429)
    world.receive("SM1", "hello")
    world.queue.work()
    world.carrier.refusal = None
    world.clock.pass_time(seconds=3)
    world.queue.run("send")

    assert number_row(world, world.assistant_number).segments_counted == 1


def test_a_text_is_previewed(world: World, browser: FlaskClient) -> None:
    """By session or token: how many segments, and what makes it dearer."""
    text = {"text": "You don’t pay" + "." * 70}
    refused = browser.post("/api/v1/texts/preview", json=text)
    by_token = browser.post(
        "/api/v1/texts/preview", json=text, headers=bearer(world, world.carol.email)
    )
    sign_in(browser, world.carol.email)
    token = csrf_of(browser, "/inbox/new")
    by_session = browser.post(
        "/api/v1/texts/preview", json=text, base_url=DESK, headers=headers(token)
    )

    assert refused.status_code == 401
    assert (
        by_token.json
        == by_session.json
        == {
            "encoding": "UCS-2",
            "units": 83,
            "segments": 2,
            "room": 51,
            "odd": [{"character": "’", "position": 8, "name": "curly apostrophe", "plain": "'"}],
            "advice": "One character (’ at 8) makes this 2 texts instead of 1. Use ' instead.",
        }
    )


def test_too_long_a_text_is_not_previewed(world: World, browser: FlaskClient) -> None:
    """It could not be sent either."""
    answer = browser.post(
        "/api/v1/texts/preview",
        json={"text": "a" * 1_601},
        headers=bearer(world, world.carol.email),
    )

    assert answer.status_code == 422


def test_the_campaigns_page_counts_before_it_starts(world: World, browser: FlaskClient) -> None:
    """Without any script: segments for each, in all, and the character that makes it dearer."""
    made = draft(world, opening_text="You don’t pay" + "." * 70)
    sign_in(browser, world.bob.email)
    page = browser.get(f"/campaigns/{made.id}", base_url=DESK).text
    form = browser.get(f"/campaigns/{made.id}/edit", base_url=DESK).text

    assert "2 text segments (UCS-2) for each contact." in page and "6 in all" in page
    assert "One character (’ at 8) makes this 2 texts instead of 1." in page
    assert "data-segments" in form and "segments.js" in form


def test_only_addresses_on_the_web_are_kept_of_pictures(world: World, browser: FlaskClient) -> None:
    """Ten at most, none too long; the text itself is kept in any case."""
    form = {
        "AccountSid": world.account_sid,
        "MessageSid": "SM" + "1" * 32,
        "From": STUDENT,
        "To": world.inbox_number,
        "Body": "look",
        "NumMedia": "3",
        "MediaUrl0": "javascript:alert(1)",
        "MediaUrl1": PICTURE,
        "MediaUrl2": "https://media.example/" + "a" * 3_000,
    }
    answer = browser.post(
        "/webhooks/twilio/sms", data=form, headers={"X-Twilio-Signature": "genuine"}
    )
    with world.desk.db.read() as session:
        (stored,) = session.scalars(select(Message).where(Message.author == Author.CONTACT))

    assert answer.status_code == 200 and (stored.body, stored.media) == ("look", [PICTURE])


def test_a_waiting_texts_errand_is_its_own(world: World) -> None:
    """The errand of a text that starts names the text, as any other's does."""
    assert Errand("send", start(world, phone(0))) in [note[0] for note in world.queue.notes]

"""A number moves, or gets another setting: only as the FAQ's rules and a person's rights allow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import select, update

from backend.db.tables import (
    AuditEvent,
    CarrierAccount,
    Conversation,
    Inbox,
    Message,
    Office,
    PhoneNumber,
)
from backend.domain.conversations import Responder
from backend.domain.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from backend.domain.provisioned_numbers import NumberKind, NumberState, Use
from backend.services import inbound, numbers, outbound, provisioning, quotas
from backend.services.audit import Via
from backend.services.numbers import Number
from tests.integration.conftest import World
from tests.integration.ordering import order

API = Via("api")


@pytest.fixture
def fresh(world: World) -> Number:
    """A number of Financial Aid's that was never used."""
    return order(world)


@pytest.fixture(autouse=True)
def registrar_inbox(world: World) -> None:
    """The registrar has an inbox, so that numbers can move there."""
    with world.desk.db.write(world.alice.institution_id) as session:
        office = session.scalars(select(Office).where(Office.name == "Registrar")).one()
        session.add(Inbox(office_id=office.id, name="Registrar inbox"))


def transfer(world: World, number_id: str, office: str = "Registrar") -> Number:
    """Bob moves a number."""
    return numbers.transfer(world.desk, world.bob, number_id, office, API)


def test_an_unused_number_moves(world: World, fresh: Number) -> None:
    """FAQ, "Can I transfer a reusable number to another office?": it still counts for the office
    that created it, and its texts wait in an inbox of the new one.
    """
    moved = transfer(world, fresh.id)
    figures = quotas.for_staff(world.desk, world.alice, API)

    assert (moved.office, moved.counts_for) == ("Registrar", "Financial Aid")
    assert moved.unsolicited.inbox == "Registrar inbox"
    assert {each.office: each.reusable for each in figures.by_office} == {
        "Financial Aid": 3,
        "Registrar": 0,
    }


def test_a_text_in_keeps_it_where_it_is(world: World, fresh: Number) -> None:
    """The first inbound message is a use; the refusal says when, and what stays shown."""
    world.receive("SM1", "hello", fresh.phone_number)
    with pytest.raises(Conflict, match="November 23, 2026, when a text came in"):
        transfer(world, fresh.id)
    first_use = numbers.read(world.desk, world.bob, fresh.id).first_use

    assert first_use is not None and first_use.how is Use.RECEIVED_TEXT


def test_the_record_of_the_first_use_outlives_the_message(world: World, fresh: Number) -> None:
    """The message may be deleted; the number stays used, since when and by what."""
    world.receive("SM1", "hello", fresh.phone_number)
    before = numbers.read(world.desk, world.bob, fresh.id).first_use
    world.clock.pass_time(days=3)
    world.receive("SM2", "hello again", fresh.phone_number)
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(update(Message).values(body="", carrier_sid=None))

    assert numbers.read(world.desk, world.bob, fresh.id).first_use == before


def test_a_text_out_is_a_use_too(world: World, fresh: Number) -> None:
    """The first outbound message locks the number, when it leaves and not before."""
    world.receive("SM1", "hello", fresh.phone_number)
    world.queue.work()
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(
            update(PhoneNumber).values(first_used_at=None, first_use=None, first_use_reference=None)
        )
        sent = session.scalars(select(Message).where(Message.reply_to_id.is_not(None))).one()
        sent.status = "pending"
        message_id = sent.public_id
    outbound.send(world.desk, message_id)
    first_use = numbers.read(world.desk, world.bob, fresh.id).first_use

    assert first_use is not None
    assert (first_use.how, first_use.reference) == (Use.SENT_TEXT, message_id)


def test_the_day_of_first_use_is_the_institutions(world: World, fresh: Number) -> None:
    """Half past midnight in UTC is the evening before in Chicago."""
    world.clock.moment = datetime.fromisoformat("2026-11-24T00:30:00+00:00")
    world.receive("SM1", "hello", fresh.phone_number)
    with pytest.raises(Conflict, match="November 23, 2026"):
        transfer(world, fresh.id)


def test_moving_to_where_it_is_changes_nothing(world: World, fresh: Number) -> None:
    """Also when it was used: there is nothing to refuse, and nothing to record."""
    world.receive("SM1", "hello", fresh.phone_number)
    stayed = transfer(world, fresh.id, "financial-aid")
    with world.desk.db.read() as session:
        moves = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "number.transfer")
        ).all()

    assert stayed.office == "Financial Aid" and moves == []


def test_a_use_and_a_move_at_the_same_moment(world: World) -> None:
    """Whoever is first wins: a used number never moves, a moved one is used at its new office,
    which has the conversation.
    """
    for place in range(6):
        number = order(world, key=f"k{place}")
        text = world.text(f"SM{place}", "hello", number.phone_number)

        def move(number_id: str = number.id) -> bool:
            try:
                transfer(world, number_id)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(move)
            pool.submit(inbound.receive, world.desk, world.alice.institution_id, text).result()
            moved = moving.result()
        with world.desk.db.read(world.alice.institution_id) as session:
            row = session.scalars(select(PhoneNumber).filter_by(public_id=number.id)).one()

            talk = session.scalars(select(Conversation).filter_by(number_id=row.id)).one()

            assert row.first_used_at is not None
            assert (row.office.name == "Registrar") is moved
            assert talk.office_id == row.office_id


def test_a_single_use_number_belongs_to_its_campaign(world: World, fresh: Number) -> None:
    """FAQ, "Can another school use the same provisioned number?": it neither moves nor is set."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(update(PhoneNumber).values(kind=NumberKind.SINGLE_USE))
    with pytest.raises(Conflict, match="single-use"):
        transfer(world, fresh.id)
    with pytest.raises(Conflict, match="follows its campaign"):
        numbers.set_unsolicited(
            world.desk, world.bob, fresh.id, Responder.INBOX, inbox=None, via=API
        )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (NumberState.RELEASING, "on its way back"),
        (NumberState.RELEASED, "into circulation again after a waiting period"),
    ],
)
def test_a_number_given_back_is_out_of_use(
    world: World, fresh: Number, state: NumberState, words: str
) -> None:
    """It stays in the list with what that means, and nothing can be done with it."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(
            update(PhoneNumber).where(PhoneNumber.public_id == fresh.id).values(state=state)
        )
    shown = numbers.read(world.desk, world.bob, fresh.id)
    with pytest.raises(Conflict, match="cannot move"):
        transfer(world, fresh.id)
    with pytest.raises(NotFound, match="not in service"):
        numbers.effective(world.desk, world.bob, fresh.id)

    assert shown.explanation is not None
    assert words in shown.explanation and "cannot be used" in shown.explanation


@pytest.mark.parametrize(
    ("office", "code"), [("Atlantis", "unknown_office"), ("", "unknown_office")]
)
def test_a_move_to_nowhere_names_the_offices(
    world: World, fresh: Number, office: str, code: str
) -> None:
    """The field, and which offices there are."""
    with pytest.raises(InvalidRequest) as refusal:
        transfer(world, fresh.id, office)

    assert (refusal.value.problems[0].field, refusal.value.problems[0].code) == ("office", code)
    assert "Financial Aid, Registrar" in refusal.value.problems[0].fix


def test_an_office_without_an_inbox_takes_no_number(world: World, fresh: Number) -> None:
    """Texts would have nowhere to wait."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.add(Office(slug="housing", name="Housing", time_zone="America/Chicago"))
    with pytest.raises(InvalidRequest, match="no inbox"):
        transfer(world, fresh.id, "Housing")

    assert numbers.read(world.desk, world.bob, fresh.id).office == "Financial Aid"


def test_who_may_change_a_number(world: World, fresh: Number) -> None:
    """Agents may not (on record), another office's staff see no such number, Zoe neither."""
    with pytest.raises(NotAllowed):
        numbers.transfer(world.desk, world.carol, fresh.id, "Registrar", API)
    moved = transfer(world, fresh.id)
    with pytest.raises(NotFound):
        transfer(world, moved.id, "Financial Aid")
    with pytest.raises(NotFound):
        numbers.transfer(world.desk, world.zoe, fresh.id, "Registrar", API)
    with world.desk.db.read() as session:
        outcomes = session.scalars(
            select(AuditEvent.outcome)
            .where(AuditEvent.action == "number.transfer")
            .order_by(AuditEvent.id)
        ).all()

    assert outcomes[0].startswith("refused: Only Administrators and office staff")
    assert outcomes[1:] == ["done: to Registrar"]


def test_the_setting_decides_and_an_inbox_is_the_offices_own(world: World, fresh: Number) -> None:
    """Who answers changes at once; an inbox of another office is no choice."""
    changed = numbers.set_unsolicited(
        world.desk, world.bob, fresh.id, Responder.INBOX, "Financial Aid inbox", API
    )
    with pytest.raises(InvalidRequest) as refusal:
        numbers.set_unsolicited(
            world.desk, world.bob, fresh.id, Responder.INBOX, "Registrar inbox", API
        )

    assert changed.unsolicited.response is Responder.INBOX
    assert numbers.effective(world.desk, world.bob, fresh.id).responder is Responder.INBOX
    assert refusal.value.problems[0].field == "inbox"


def registering(world: World, registration_s: float) -> Number:
    """A number that the mobile carriers take so long to register."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(update(CarrierAccount).values(messaging_service_sid="MG" + "1" * 32))
    world.carrier.registration_s = registration_s
    return order(world)


def test_a_new_number_may_take_days(world: World) -> None:
    """10DLC: its state says so; a text in is received, the answer waits with a reason, and goes
    when the number is registered.
    """
    number = registering(world, 2 * 24 * 3600)
    world.receive("SM1", "hello", number.phone_number)
    world.queue.work()
    steps = numbers.effective(world.desk, world.bob, number.id).steps
    with world.desk.db.read() as session:
        held = session.scalars(select(Message).where(Message.reply_to_id.is_not(None))).one()
    sent_before = len(world.carrier.sent)
    world.clock.pass_time(days=2, minutes=1)
    provisioning.look_after(world.desk, number.id)
    world.queue.work()

    assert number.state is NumberState.REGISTERING
    assert "can take days" in str(number.explanation)
    assert "waits for its number" in steps[-1].found and not steps[-1].decides
    assert (held.status, sent_before) == ("held", 0)
    assert "waits for its number" in str(held.error_reason)
    assert numbers.read(world.desk, world.bob, number.id).state is NumberState.ACTIVE
    assert [text.from_number for text in world.carrier.sent] == [number.phone_number]


def test_a_registration_is_asked_about_now_and_then(world: World) -> None:
    """The sweep asks every five minutes, not every minute."""
    number = registering(world, 3600)
    world.carrier.calls.clear()
    for _ in range(20):
        world.clock.pass_time(minutes=1)
        with world.desk.db.write() as session:
            errands = provisioning.sweep(session, world.clock.now())
        for errand in errands:
            provisioning.look_after(world.desk, errand.row_id)

    assert 3 <= world.carrier.calls.count("registration") <= 4
    assert numbers.read(world.desk, world.bob, number.id).state is NumberState.REGISTERING

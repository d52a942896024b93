"""The carrier's inventory and ours agree, or somebody is told."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from backend.db.tables import PhoneNumber
from backend.domain.carrier_refusals import CHANGING, refused
from backend.domain.errors import CarrierError
from backend.domain.provisioned_numbers import NumberState
from backend.services.ports import NumberOrder
from backend.services.reconcile import Report, reconcile
from tests.fakes import Fault
from tests.integration.conftest import World
from tests.integration.ordering import account_of, at_the_carrier, order

OUR_URL = "https://desk.example/webhooks/twilio/sms"


@pytest.fixture(autouse=True)
def no_other_numbers(world: World) -> None:
    """What the world begins with was never bought: out of the way."""
    with world.desk.db.write() as session:
        session.execute(update(PhoneNumber).values(state=NumberState.RELEASED))


def set_row(world: World, number_id: str, **values: object) -> None:
    """Change a number's row behind the desk's back."""
    with world.desk.db.write() as session:
        session.execute(
            update(PhoneNumber).where(PhoneNumber.public_id == number_id).values(**values)
        )


def row_of(world: World, number_id: str) -> PhoneNumber:
    """A number's row."""
    with world.desk.db.read() as session:
        return session.scalars(select(PhoneNumber).filter_by(public_id=number_id)).one()


def test_what_agrees_is_left_alone(world: World) -> None:
    """Two numbers in order, and no change asked of the carrier."""
    order(world), order(world)
    world.carrier.calls.clear()

    assert reconcile(world.desk) == Report(2, (), ())
    assert set(world.carrier.calls) == {"owned"}


def test_a_number_bought_outside_is_told_and_not_touched(world: World) -> None:
    """The account may serve others: their number stays as it is."""
    theirs = world.carrier.buy(
        account_of(world), NumberOrder("+13165550188", "theirs", "https://else.example")
    )
    report = reconcile(world.desk)

    assert "(316) 555-0188" in report.reported[0] and report.mended == ()
    assert list(at_the_carrier(world)) == [theirs]


def test_a_number_gone_at_the_carrier_is_told(world: World) -> None:
    """Texts to it are lost: somebody must know; the row stays."""
    number = order(world)
    (owned,) = at_the_carrier(world)
    world.carrier.release(account_of(world), owned.sid)
    report = reconcile(world.desk)

    assert report.mended == () and number.id in report.reported[0]
    assert row_of(world, number.id).state is NumberState.ACTIVE


def test_a_changed_webhook_is_set_right(world: World) -> None:
    """Somebody changed it at the carrier: texts come to us again."""
    number = order(world)
    (owned,) = at_the_carrier(world)
    world.carrier.configure(
        account_of(world), owned.sid, reference="mine", sms_url="https://else.example"
    )
    report = reconcile(world.desk)
    (mended,) = at_the_carrier(world)

    assert (mended.reference, mended.sms_url) == (number.id, OUR_URL)
    assert len(report.mended) == 1 and report.reported == ()


def test_a_lost_sid_is_found_again(world: World) -> None:
    """By the number itself."""
    number = order(world)
    (owned,) = at_the_carrier(world)
    set_row(world, number.id, carrier_sid=None)
    reconcile(world.desk)

    assert row_of(world, number.id).carrier_sid == owned.sid


def test_a_released_number_that_is_still_there_is_released(world: World) -> None:
    """A backup was restored at the wrong moment, say."""
    number = order(world)
    set_row(world, number.id, state=NumberState.RELEASED)
    report = reconcile(world.desk)

    assert len(report.mended) == 1 and not at_the_carrier(world)


def test_an_open_order_is_settled(world: World) -> None:
    """Bought, but our answer was lost: finished."""
    lost = CarrierError("No answer.", may_have_happened=True)
    world.carrier.faults = {"buy": [Fault(lost, happened=True)], "owned": [Fault(lost)]}
    number = order(world)
    world.clock.pass_time(minutes=2)
    report = reconcile(world.desk)

    assert number.state is NumberState.ORDERING
    assert report.mended == (f"{number.id} was ordering: now active.",)


def test_an_order_under_way_is_left_to_its_buyer(world: World) -> None:
    """Reconciling at the moment of buying neither doubles nor disturbs the order."""
    reports = []

    def meanwhile(_when: str, method: str) -> None:
        if method == "buy":
            world.carrier.on_call = lambda *_: None
            reports.append(reconcile(world.desk))

    world.carrier.on_call = meanwhile
    number = order(world)

    assert number.state is NumberState.ACTIVE and len(at_the_carrier(world)) == 1
    assert reports[0].mended == () and reports[0].reported == ()


def test_a_carrier_that_is_away_is_told(world: World) -> None:
    """Nothing is compared and nothing changed; the other account is still looked at."""
    number = order(world)
    world.carrier.faults["owned"] = [Fault(CarrierError("Away."))]
    report = reconcile(world.desk)

    assert len(report.reported) == 1 and "not compared" in report.reported[0]
    assert row_of(world, number.id).state is NumberState.ACTIVE


def test_reconciling_twice_mends_once(world: World) -> None:
    """What was mended is in order the second time."""
    number = order(world)
    set_row(world, number.id, carrier_sid=None)
    first, second = reconcile(world.desk), reconcile(world.desk)

    assert len(first.mended) == 1
    assert second == Report(1, (), ())


def test_a_number_that_the_carrier_will_not_change_holds_nobody_up(world: World) -> None:
    """It is reported, and those after it are looked at all the same."""
    numbers = [order(world), order(world)]
    for number in numbers:
        (theirs,) = world.carrier.owned(account_of(world), number.phone_number)
        world.carrier.configure(account_of(world), theirs.sid, reference="other", sms_url="")
    world.carrier.faults["configure"] = [Fault(refused(21649, attempt=CHANGING))]
    report = reconcile(world.desk)
    first, second = at_the_carrier(world)

    assert any(told.startswith(f"{numbers[0].id}: left") for told in report.reported)
    assert first.reference == "other" and second.reference == numbers[1].id

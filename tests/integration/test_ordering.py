"""A reusable number is ordered: one number and one row, or none, whatever the carrier does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from backend.db.tables import AuditEvent, ContractLimits, PhoneNumber
from backend.domain.conversations import Responder
from backend.domain.errors import (
    CarrierError,
    Conflict,
    InvalidRequest,
    NotAllowed,
    NumbersError,
    OverQuota,
)
from backend.domain.provisioned_numbers import NumberState
from backend.services import numbers, ordering, provisioning
from backend.services.ordering import ReusableOrder, Wish
from backend.services.ports import NumberOrder
from tests.fakes import Fault
from tests.integration.conftest import World
from tests.integration.ordering import API, account_of, an_order, at_the_carrier, order, rows

BUSY = CarrierError("The carrier is busy.", carrier_code=20429)
LOST = CarrierError("No answer in time.", may_have_happened=True)
TAKEN = CarrierError("Not available.", carrier_code=21422, permanent=True)


def set_limit(world: World, numbers_limit: int) -> None:
    """What Northern's contract covers."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(update(ContractLimits).values(numbers_limit=numbers_limit))


def test_the_first_number_that_fits_is_bought_and_set_up(world: World) -> None:
    """In the area code, with our webhook, our reference, and an audit of who asked."""
    number = order(world)
    (owned,) = at_the_carrier(world)
    with world.desk.db.read() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()

    assert number.phone_number == owned.e164 and owned.e164.startswith("+1316")
    assert (number.state, number.office) == (NumberState.ACTIVE, "Financial Aid")
    assert owned.reference == number.id
    assert owned.sms_url == "https://desk.example/webhooks/twilio/sms"
    assert [(event.action, event.staff_id) for event in events] == [
        ("number.order", world.bob.id),
        ("number.bought", None),
    ]


@pytest.mark.parametrize(
    ("wish", "digits"),
    [
        ({"area_code": "620", "contains": "0142"}, "+16205550142"),
        ({"near_zip": "67260"}, "+1316"),
        ({"phone_number": "(785) 555-0117"}, "+17855550117"),
    ],
)
def test_a_number_is_chosen_by_digits_place_or_itself(
    world: World, wish: dict[str, str], digits: str
) -> None:
    """Area code and digits, a ZIP code, or the very number."""
    assert order(world, an_order(**wish)).phone_number.startswith(digits)


def test_search_offers_only_what_can_be_had(world: World) -> None:
    """A number that we have is not offered again."""
    mine = order(world)
    found = ordering.search(world.desk, world.bob, Wish(area_code="316"), most=30)

    assert len(found) == 30
    assert mine.phone_number not in [each.e164 for each in found]


@pytest.mark.parametrize(
    ("wish", "field", "code"),
    [
        ({"area_code": "555"}, "area_code", "unknown_area_code"),
        ({"area_code": "416"}, "area_code", "not_us"),
        ({"area_code": "787"}, "area_code", "not_us"),
        ({"area_code": "800"}, "area_code", "toll_free"),
        ({"area_code": "31"}, "area_code", "invalid_area_code"),
        ({"area_code": "٣١٦"}, "area_code", "invalid_area_code"),
        ({"contains": "1"}, "contains", "invalid_digits"),
        ({"contains": "3165550123456"}, "contains", "invalid_digits"),
        ({"near_zip": "00000"}, "near_zip", "unknown_zip"),
        ({"near_zip": "K1A 0B1"}, "near_zip", "unknown_zip"),
        ({"phone_number": "hello"}, "phone_number", "invalid_number"),
        ({"phone_number": "+44 20 7946 0018"}, "phone_number", "not_us"),
        ({"phone_number": "416 555 0123"}, "phone_number", "not_us"),
        ({"phone_number": "316 555 0123", "area_code": "620"}, "phone_number", "other_area_code"),
    ],
)
def test_a_wish_that_cannot_be_is_told_so(
    world: World, wish: dict[str, str], field: str, code: str
) -> None:
    """The field, and what to do; nothing is asked of the carrier and nothing ordered."""
    with pytest.raises(InvalidRequest) as refusal:
        order(world, an_order(**wish))

    assert [(each.field, each.code) for each in refusal.value.problems] == [(field, code)]
    assert world.carrier.calls == [] and rows(world) == []


def test_every_fault_is_told_at_once(world: World) -> None:
    """Four faults, four problems."""
    wanted = ReusableOrder(
        office="Atlantis",
        name=" ",
        response=Responder.INBOX,
        wish=Wish(area_code="555", near_zip="1"),
    )
    with pytest.raises(InvalidRequest) as refusal:
        order(world, wanted, world.alice)

    assert {each.field for each in refusal.value.problems} == {
        *("area_code", "near_zip", "name", "office")
    }


def test_an_office_must_be_ones_own_institutions(world: World) -> None:
    """Western's office has an id, but not for Northern; and an inbox belongs to its office."""
    with world.desk.db.read(world.zoe.institution_id) as session:
        foreign = session.scalars(select(PhoneNumber)).first()
        assert foreign is not None
        office = foreign.office.public_id
    with pytest.raises(InvalidRequest) as no_office:
        order(world, ReusableOrder(office, "Desk", Responder.INBOX), world.alice)
    with pytest.raises(InvalidRequest) as no_inbox:
        order(world, ReusableOrder("financial-aid", "Desk", Responder.INBOX, "Housing inbox"))

    assert no_office.value.problems[0].code == "unknown_office"
    assert "Financial Aid inbox" in no_inbox.value.problems[0].fix


def test_who_may_order(world: World) -> None:
    """Agents may not; office staff for their own office; administrators for any. On record."""
    with pytest.raises(NotAllowed, match="Only Administrators and office staff"):
        order(world, who=world.carol)
    with world.desk.db.read() as session:
        refused = session.scalars(select(AuditEvent)).one()

    assert (refused.action, refused.staff_id) == ("number.order", world.carol.id)
    assert refused.outcome.startswith("refused: Only Administrators")
    assert order(world, who=world.alice).office == "Financial Aid"


def test_the_same_key_buys_once(world: World) -> None:
    """FAQ figures count one; the answer is the same number, also much later."""
    first = order(world, key="k1")
    world.clock.pass_time(days=3)
    again = order(world, key="k1")

    assert (first.id, first.phone_number) == (again.id, again.phone_number)
    assert len(at_the_carrier(world)) == len(rows(world)) == 1


def test_a_key_belongs_to_one_request_and_one_person(world: World) -> None:
    """Another request, or another person, under the same key is refused; the number is named."""
    first = order(world, key="k1")
    with pytest.raises(Conflict, match=first.id):
        order(world, an_order("Another desk"), key="k1")
    with pytest.raises(Conflict, match="k1"):
        order(world, who=world.alice, key="k1")

    assert len(at_the_carrier(world)) == 1


def test_over_the_contract_is_refused_with_the_figures(world: World) -> None:
    """Limit 10, used 2: eight more, and not a ninth. Only administrators are told the figures."""
    for place in range(8):
        order(world, key=f"k{place}")
    with pytest.raises(OverQuota) as told:
        order(world, who=world.alice)
    with pytest.raises(OverQuota) as not_told:
        order(world)

    assert told.value.figures is not None
    assert (told.value.figures.limit, told.value.figures.used) == (10, 10)
    assert "10 numbers: 10 are used" in str(told.value)
    assert not_told.value.figures is None and "10" not in str(not_told.value)
    assert len(at_the_carrier(world)) == 8


def test_two_buyers_at_the_last_number(world: World) -> None:
    """Eight people at once for three places: three get one, five are refused, nothing in between.

    On SQLite and on PostgreSQL, with threads on connections of their own. Each wants another
    number, so that nothing but the contract stands between them.
    """
    set_limit(world, 5)
    all_here = Barrier(8)

    def buy(place: int) -> str:
        wanted = an_order(phone_number=f"+1316555013{place}")
        all_here.wait(10)
        try:
            return order(world, wanted, key=f"k{place}").id
        except (OverQuota, Conflict) as refusal:
            return type(refusal).__name__

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(buy, range(8)))

    assert outcomes.count("OverQuota") == 5
    assert len(at_the_carrier(world)) == len(rows(world)) == 3


def test_the_same_request_at_the_same_moment_buys_once(world: World) -> None:
    """Six deliveries of one request under one key: one number, and everybody gets it."""
    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(lambda _: order(world, key="k1").id, range(6)))

    assert len(ids) == len(at_the_carrier(world)) == len(rows(world)) == 1


def test_a_taken_number_gives_way_to_the_next(world: World) -> None:
    """21422 for the first candidate (somebody was quicker): the second is bought."""
    world.carrier.faults["buy"] = [Fault(TAKEN)]
    number = order(world)
    (owned,) = at_the_carrier(world)

    assert owned.e164 == number.phone_number
    assert world.carrier.calls.count("buy") == 2


def test_when_none_can_be_had_nothing_is_left(world: World) -> None:
    """Every candidate taken: a refusal in words, no row, nothing reserved, the key free again."""
    world.carrier.faults["buy"] = [Fault(TAKEN)] * 5
    with pytest.raises(Conflict, match="Search again"):
        order(world, key="k1")

    assert rows(world) == [] and not at_the_carrier(world)
    assert order(world, key="k1").state is NumberState.ACTIVE


@pytest.mark.parametrize("code", [21422, 21631, 21421])
def test_the_very_number_that_cannot_be_had(world: World, code: int) -> None:
    """Taken, in need of an address, or no number: said so, and nothing is left."""
    world.carrier.faults["buy"] = [Fault(CarrierError("No.", carrier_code=code, permanent=True))]
    with pytest.raises(Conflict, match="cannot be had"):
        order(world, an_order(phone_number="+13165550142"))

    assert rows(world) == []


def test_an_area_code_without_numbers(world: World) -> None:
    """Nothing found (as Twilio's adapter tells 21452 when searching), or 21452 when buying: other
    digits or another area code are suggested, nothing is ordered.
    """
    with pytest.raises(Conflict, match="another area code, or a ZIP code nearby"):
        order(world, an_order(area_code="316", contains="999"))
    none_there = CarrierError("None there.", carrier_code=21452, permanent=True)
    world.carrier.faults["buy"] = [Fault(none_there)] * 5
    with pytest.raises(Conflict, match="Search again and choose another number"):
        order(world)

    assert rows(world) == [] and not at_the_carrier(world)


def test_a_busy_carrier_is_asked_again(world: World) -> None:
    """20429 was not processed: asked again with growing pauses, then bought once."""
    world.carrier.faults["buy"] = [Fault(BUSY), Fault(BUSY)]
    before = world.clock.now()
    order(world)

    assert len(at_the_carrier(world)) == 1
    assert world.clock.now() - before == timedelta(seconds=1.5)


def test_a_carrier_that_stays_busy_is_given_up(world: World) -> None:
    """Four tries, then a refusal and no row."""
    world.carrier.faults["buy"] = [Fault(BUSY)] * 4
    with pytest.raises(CarrierError):
        order(world)

    assert rows(world) == [] and not at_the_carrier(world)


def test_a_lost_answer_is_looked_up(world: World) -> None:
    """The carrier had sold it: found by our reference and kept, not bought twice."""
    world.carrier.faults["buy"] = [Fault(LOST, happened=True)]
    number = order(world)
    (owned,) = at_the_carrier(world)

    assert (number.state, number.phone_number) == (NumberState.ACTIVE, owned.e164)


def test_a_silent_carrier_leaves_the_order_open(world: World) -> None:
    """Neither bought nor refused: the order stays, counts as reserved, and its key still holds."""
    world.carrier.faults["buy"] = [Fault(LOST)]
    number = order(world, key="k1")
    world.carrier.faults["buy"] = []
    world.clock.pass_time(minutes=2)
    again = order(world, key="k1")

    assert number.state is NumberState.ORDERING
    assert "being bought" in str(number.explanation)
    assert (again.id, again.state) == (number.id, NumberState.ACTIVE)
    assert len(at_the_carrier(world)) == 1


def test_an_open_order_that_came_to_nothing_is_taken_back(world: World) -> None:
    """After a quarter of an hour the worker gives it up; it never buys by itself."""
    world.carrier.faults["buy"] = [Fault(LOST)]
    number = order(world, key="k1")
    for _ in range(20):
        world.clock.pass_time(minutes=1)
        provisioning.look_after(world.desk, number.id)

    assert rows(world) == [] and not at_the_carrier(world)
    assert world.carrier.calls.count("buy") == 1
    assert order(world, key="k1").state is NumberState.ACTIVE


def test_an_open_order_that_was_carried_out_is_finished(world: World) -> None:
    """The carrier was slow and its lookup was down too: the worker finds the number later."""
    world.carrier.faults["buy"] = [Fault(LOST, happened=True)]
    world.carrier.faults["owned"] = [Fault(LOST)]
    number = order(world)
    world.clock.pass_time(minutes=2)
    provisioning.look_after(world.desk, number.id)

    assert number.state is NumberState.ORDERING
    assert numbers.read(world.desk, world.bob, number.id).state is NumberState.ACTIVE


def test_a_number_bought_after_we_gave_up_is_released(world: World) -> None:
    """We stalled for longer than the order lasts: nobody would know that number."""

    def stall(when: str, method: str) -> None:
        if (when, method) == ("before", "buy"):
            world.clock.pass_time(minutes=30)
            provisioning.look_after(world.desk, rows(world)[0].public_id)

    world.carrier.on_call = stall
    with pytest.raises(NumbersError):
        order(world)

    assert rows(world) == [] and not at_the_carrier(world)


def test_a_number_sold_after_its_release_goes_back(world: World) -> None:
    """Its campaign was archived and the order released while the carrier was still at it."""

    def release(when: str, method: str) -> None:
        if (when, method) == ("before", "buy"):
            with world.desk.db.write() as session:
                session.execute(
                    update(PhoneNumber)
                    .where(PhoneNumber.public_id == rows(world)[0].public_id)
                    .values(state=NumberState.RELEASED)
                )

    world.carrier.on_call = release
    order(world)

    assert not at_the_carrier(world)


def test_a_number_of_ours_cannot_be_ordered_again(world: World) -> None:
    """What is on this desk, at any office, is not bought a second time."""
    with pytest.raises(Conflict, match="on this desk already"):
        order(world, an_order(phone_number=world.inbox_number))

    assert world.carrier.calls == []


def test_a_number_bought_outside_can_be_taken_in(world: World) -> None:
    """What the account owns already becomes a number of the desk, with our webhook."""
    world.carrier.buy(account_of(world), NumberOrder("+13165550177", "by hand", ""))
    number = ordering.adopt(world.desk, world.alice, an_order(phone_number="+13165550177"), API)
    (owned,) = at_the_carrier(world)

    assert number.state is NumberState.ACTIVE
    assert (owned.reference, owned.sms_url[-20:]) == (number.id, "/webhooks/twilio/sms")


def test_only_what_the_account_owns_can_be_taken_in(world: World) -> None:
    """Else it is said so, and no row stays."""
    with pytest.raises(NumbersError, match="does not own"):
        ordering.adopt(world.desk, world.alice, an_order(phone_number="+13165550177"), API)

    assert rows(world) == []


def test_a_reserved_number_counts(world: World) -> None:
    """`reserved` counts orders: with one open, only seven of eight places are left."""
    world.carrier.faults["buy"] = [Fault(LOST)]
    order(world)
    set_limit(world, 3)
    with pytest.raises(OverQuota) as refusal:
        order(world, who=world.alice)

    assert refusal.value.figures is not None
    assert (refusal.value.figures.used, refusal.value.figures.reserved) == (2, 1)
    with world.desk.db.read(world.alice.institution_id) as session:
        assert session.scalar(select(func.count(PhoneNumber.id))) == 3

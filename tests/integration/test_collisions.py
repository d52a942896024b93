"""Two are at work on the same number at the same moment, or one is slower than anybody expects."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, update

from backend.db.tables import Conversation, Office, PhoneNumber, UnroutedText
from backend.domain.campaigns import CampaignState
from backend.domain.carrier_refusals import BUYING, CHANGING, refused
from backend.domain.conversations import Responder
from backend.domain.errors import CarrierError, Conflict, NotFound
from backend.domain.provisioned_numbers import NumberState
from backend.services import campaign_life, campaigns, contact_imports, ordering
from backend.services.campaigns import NewCampaign
from backend.services.inbound import Receipt
from backend.services.ordering import Wish
from backend.services.ports import NumberOrder
from backend.services.reconcile import reconcile
from tests.fakes import Fault
from tests.integration.conftest import World
from tests.integration.ordering import (
    API,
    account_of,
    an_order,
    at_the_carrier,
    order,
    rows,
)

DRAFT = NewCampaign("Financial Aid", "Spring orientation", Responder.INBOX, "Welcome!")


def meanwhile(world: World, when: str, method: str, work: Callable[[], object]) -> None:
    """Have `work` done once, when the carrier's `method` is about to act or has just acted."""

    def on_call(moment: str, called: str) -> None:
        if (moment, called) == (when, method):
            world.carrier.on_call = lambda _when, _method: None
            work()

    world.carrier.on_call = on_call


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_slow_buyer_and_the_same_request_again(world: World, when: str) -> None:
    """The first is a minute late, so the second takes the order over: still one number."""

    def again() -> None:
        world.clock.pass_time(seconds=61)
        order(world, key="k1")

    meanwhile(world, when, "buy", again)
    number = order(world, key="k1")

    assert [(row.e164, row.carrier_sid) for row in rows(world)] == [
        (owned.e164, owned.sid) for owned in at_the_carrier(world)
    ]
    assert number.state is NumberState.ACTIVE


def test_two_buyers_of_one_order_keep_one_number(world: World) -> None:
    """The carrier has not shown yet what it sold to the first: one of the two numbers goes back."""

    def again() -> None:
        (sold,) = at_the_carrier(world)
        world.carrier.configure(account_of(world), sold.sid, reference="", sms_url="")
        world.clock.pass_time(seconds=61)
        order(world, key="k1")

    meanwhile(world, "after", "buy", again)
    order(world, key="k1")

    assert world.carrier.calls.count("buy") == 3
    assert [(row.e164, row.carrier_sid) for row in rows(world)] == [
        (owned.e164, owned.sid) for owned in at_the_carrier(world)
    ]


def test_a_campaign_archived_before_its_number_is_ordered(world: World) -> None:
    """It gets none: nobody would ever give the number back."""
    made = campaigns.create(world.desk, world.bob, DRAFT, API)
    meanwhile(
        world,
        "after",
        "search",
        lambda: campaign_life.archive(world.desk, world.bob, made.id, API),
    )

    with pytest.raises(Conflict, match="archived"):
        campaigns.order_number(world.desk, world.bob, made.id, Wish(area_code="316"), API)
    assert not rows(world) and not at_the_carrier(world)


def test_contacts_that_come_while_a_campaigns_number_is_ordered(world: World) -> None:
    """No number can be had: the asker is told so, and the draft stays with its contacts."""

    def bring_in() -> None:
        (made,) = campaigns.listed(world.desk, world.bob, after=None, limit=2).campaigns
        contact_imports.start(world.desk, world.bob, made.id, b"phone\n(316) 555-0101\n", API)

    meanwhile(world, "after", "search", bring_in)
    world.carrier.faults["buy"] = [Fault(refused(20003, attempt=BUYING))]
    with pytest.raises(CarrierError):
        campaigns.create_with_number(world.desk, world.bob, DRAFT, Wish(area_code="316"), API)
    (kept,) = campaigns.listed(world.desk, world.bob, after=None, limit=2).campaigns

    assert kept.number is None and kept.state is CampaignState.DRAFT


def test_an_order_taken_back_while_it_is_asked_for_again(world: World) -> None:
    """Who waits for it is told to send it again; what the carrier sells after that goes back."""

    def take_back(_seconds: float) -> None:
        with world.desk.db.write(world.bob.institution_id) as session:
            session.execute(delete(PhoneNumber).filter_by(state=NumberState.ORDERING))

    def again() -> None:
        with pytest.raises(Conflict, match="come to nothing"):
            ordering.create_reusable(
                world.desk, world.bob, an_order(), API, key="k1", sleep=take_back
            )

    meanwhile(world, "before", "buy", again)
    with pytest.raises(NotFound):
        order(world, key="k1")

    assert not rows(world) and not at_the_carrier(world)


def test_a_text_to_a_number_that_is_being_taken_in(world: World) -> None:
    """It is kept as unrouted, so that the order can still be taken back."""
    e164 = "+13165550150"
    world.carrier.buy(account_of(world), NumberOrder(e164, "somebody's", "https://desk.example"))
    world.carrier.faults["configure"] = [Fault(refused(20429, attempt=CHANGING))]
    receipts: list[Receipt] = []
    meanwhile(
        world, "before", "configure", lambda: receipts.append(world.receive("SM1", "Hi", to=e164))
    )

    with pytest.raises(CarrierError):
        ordering.adopt(world.desk, world.alice, an_order(phone_number=e164), API)
    with world.desk.db.read(world.alice.institution_id) as session:
        assert session.scalars(select(UnroutedText.body)).all() == ["Hi"]
    assert receipts == [Receipt.UNROUTED] and not rows(world)


def test_a_number_taken_in_again_is_kept(world: World) -> None:
    """It was released here and never left the carrier; its old row must not give it back."""
    number = order(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(
            update(PhoneNumber)
            .where(PhoneNumber.public_id == number.id)
            .values(state=NumberState.RELEASED)
        )
    ordering.adopt(world.desk, world.alice, an_order(phone_number=number.phone_number), API)
    reconcile(world.desk)

    assert [owned.e164 for owned in at_the_carrier(world)] == [number.phone_number]


def test_a_text_that_comes_while_its_number_moves(world: World) -> None:
    """Its conversation belongs to the office that the number has moved to."""
    texting = threading.Thread(target=lambda: world.receive("SM1", "Hi"))
    with world.desk.db.write(world.alice.institution_id) as session:
        number = session.scalars(
            select(PhoneNumber).filter_by(e164=world.assistant_number).with_for_update()
        ).one()
        number.office_id = session.scalars(select(Office.id).filter_by(slug="registrar")).one()
        session.flush()
        texting.start()
        texting.join(0.5)  # it waits for this to end
        moved_to = number.office_id
    texting.join()

    with world.desk.db.read(world.alice.institution_id) as session:
        assert session.scalars(select(Conversation.office_id)).all() == [moved_to]

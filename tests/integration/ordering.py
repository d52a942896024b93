"""How tests order numbers, and what they then look at."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from backend.db.tables import PhoneNumber
from backend.domain.conversations import Responder
from backend.domain.provisioned_numbers import NumberState
from backend.services import ordering
from backend.services.audit import Via
from backend.services.numbers import Number
from backend.services.ordering import ReusableOrder, Wish
from backend.services.ports import CarrierCredentials, OwnedNumber
from backend.services.staff import Who
from tests.integration.conftest import World

API = Via("api")


def an_order(name: str = "Front desk", **wish: str) -> ReusableOrder:
    """A number for Financial Aid that the assistant answers."""
    return ReusableOrder(
        office="Financial Aid",
        name=name,
        response=Responder.ASSISTANT,
        wish=Wish(**(wish or {"area_code": "316"})),
    )


def order(
    world: World,
    wanted: ReusableOrder | None = None,
    who: Who | None = None,
    key: str | None = None,
) -> Number:
    """Order a number as Bob of Financial Aid does; pauses are not waited for."""
    return ordering.create_reusable(
        world.desk,
        who or world.bob,
        wanted or an_order(),
        API,
        key=key,
        sleep=lambda seconds: world.clock.pass_time(seconds=seconds),
    )


def account_of(world: World) -> CarrierCredentials:
    """Northern's account at the carrier."""
    return CarrierCredentials(world.account_sid, "token of northern")


def at_the_carrier(world: World) -> Sequence[OwnedNumber]:
    """What the carrier has sold to Northern."""
    return world.carrier.owned(account_of(world))


def rows(world: World) -> list[PhoneNumber]:
    """Northern's rows in force beyond the two that it begins with."""
    with world.desk.db.read(world.alice.institution_id) as session:
        return list(
            session.scalars(
                select(PhoneNumber)
                .where(PhoneNumber.state != NumberState.RELEASED)
                .order_by(PhoneNumber.id)
            )
        )[2:]

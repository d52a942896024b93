"""The first run: all of the demo or nothing of it, and settings that are followed later."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from backend.db.tables import CarrierAccount, Institution, OptOutHandledBy, PhoneNumber
from backend.domain.provisioned_numbers import NumberState
from backend.services import carrier_accounts, demo, quotas, staff
from backend.services.reconcile import Report, reconcile
from tests.integration.conftest import World


def demo_account(world: World) -> CarrierAccount:
    """The demo institution's carrier account."""
    with world.desk.db.read() as session:
        return session.scalars(
            select(CarrierAccount)
            .join(Institution, Institution.id == CarrierAccount.institution_id)
            .where(Institution.slug == demo.SLUG)
        ).one()


def test_demo_people_can_sign_in(world: World) -> None:
    """The passwords handed out are the ones that work, each for its role."""
    sign_ins = demo.new_sign_ins()
    demo.seed(world.desk, sign_ins, with_numbers=True)
    roles = [staff.sign_in(world.desk, each.email, each.password).role for each in sign_ins]

    assert roles == [each.role for each in sign_ins]


def test_a_crash_in_mid_seeding_leaves_nothing(world: World) -> None:
    """Half a demo would be taken for a whole one by every later start."""
    with world.desk.db.read() as session:
        before = session.scalar(select(func.count(PhoneNumber.id)))
    with pytest.raises(ValueError, match="longer"):
        demo.seed(world.desk, demo.new_sign_ins()[:1], with_numbers=True)

    assert not demo.is_seeded(world.desk)
    demo.seed(world.desk, demo.new_sign_ins(), with_numbers=True)
    with world.desk.db.read() as session:
        after = session.scalar(select(func.count(PhoneNumber.id)))
    assert after == (before or 0) + len(demo.NUMBERS) + 1


def test_carrier_account_follows_the_settings(world: World) -> None:
    """A new token keeps the previous one, another account does not, no account changes nothing."""
    desk, sid = world.desk, "AC" + "7" * 32
    demo.seed(desk, demo.new_sign_ins(), with_numbers=True)
    made_up = demo_account(world)

    def keep(account_sid: str, token: str) -> tuple[str, str, str | None]:
        carrier_accounts.keep(desk, demo.SLUG, OptOutHandledBy.TWILIO, account_sid, token, "")
        kept = carrier_accounts.credentials(desk, demo_account(world))
        return kept.account_sid, kept.auth_token, kept.previous_auth_token

    assert keep("", "")[0] == made_up.account_sid
    assert demo_account(world).opt_out_handled_by is OptOutHandledBy.TWILIO
    assert keep(sid, "one") == (sid, "one", None)
    assert keep(sid, "two") == (sid, "two", "one")
    assert keep(sid, "two") == (sid, "two", "one")


def test_the_sandbox_owns_the_demos_numbers(world: World) -> None:
    """As if they had been bought there; a second start changes nothing, nor does reconciling."""
    with world.desk.db.write() as session:
        session.execute(update(PhoneNumber).values(state=NumberState.RELEASED))
    demo.seed(world.desk, demo.new_sign_ins(), with_numbers=True)
    demo.stock(world.desk)
    calls = len(world.carrier.calls)
    demo.stock(world.desk)
    report = reconcile(world.desk)

    assert world.carrier.calls[calls:] == ["owned"] * 3  # one for each account
    assert report == Report(len(demo.NUMBERS) + 1, (), ())


def test_with_a_real_carrier_no_numbers_are_made_up(world: World) -> None:
    """They would be rows for numbers that nobody owns."""
    with world.desk.db.read() as session:
        before = session.scalar(select(func.count(PhoneNumber.id)))
    demo.seed(world.desk, demo.new_sign_ins(), with_numbers=False)

    with world.desk.db.read() as session:
        assert session.scalar(select(func.count(PhoneNumber.id))) == before


def test_the_demos_contract_covers_the_day_it_is_made(world: World) -> None:
    """Also on the evening of June 30 in Chicago, when it is July in UTC."""
    world.clock.moment = world.clock.moment.replace(month=7, day=1, hour=2)
    demo.seed(world.desk, demo.new_sign_ins(), with_numbers=False)
    with world.desk.db.read() as session:
        demo_id = session.scalars(select(Institution.id).where(Institution.slug == demo.SLUG)).one()
    with world.desk.db.read(demo_id) as session:
        assert quotas.read(session, world.clock.now()).numbers_limit == 10

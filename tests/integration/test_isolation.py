"""One institution cannot see or change another's rows, whatever a query forgets."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from backend.db.tables import (
    Base,
    Contact,
    Institution,
    OwnedByInstitution,
    PhoneNumber,
    StaffMember,
)
from backend.domain.errors import NotFound
from backend.services import inbound, inbox
from tests.integration.conftest import World


def test_every_table_belongs_to_an_institution() -> None:
    """No table but the institutions' own may lack its owner."""
    tables = {mapper.class_ for mapper in Base.registry.mappers}

    assert all(issubclass(table, OwnedByInstitution) for table in tables - {Institution})


def test_queries_in_a_bound_session_see_own_rows_only(world: World) -> None:
    """A forgotten filter still gives own rows, by list and by key."""
    with world.desk.db.read(world.zoe.institution_id) as session:
        numbers = session.scalars(select(PhoneNumber.e164)).all()
        foreigner = session.scalar(select(StaffMember).where(StaffMember.id == world.alice.id))
        by_key = session.get(StaffMember, world.alice.id)
        institutions = session.scalars(select(Institution.slug)).all()

    assert numbers == ["+16205550101", "+16205550102"]
    assert (foreigner, by_key, institutions) == (None, None, ["western"])


def test_bound_session_cannot_change_foreign_rows(world: World) -> None:
    """Neither a bulk update nor a new row reaches another institution."""
    with world.desk.db.write(world.zoe.institution_id) as session:
        session.execute(update(PhoneNumber).values(name="taken"))
    with world.desk.db.read(world.alice.institution_id) as session:
        assert "taken" not in session.scalars(select(PhoneNumber.name)).all()

    with world.desk.db.read(world.zoe.institution_id) as session:
        session.add(
            Contact(
                institution_id=world.alice.institution_id,
                e164="+13165550100",
                created_at=world.clock.now(),
            )
        )
        with pytest.raises(ValueError, match="another institution"):
            session.flush()


def test_inbox_shows_own_office_own_institution(world: World) -> None:
    """Zoe sees nothing of Northern's; Carol sees her office; Alice sees all of Northern."""
    inbound.receive(world.desk, world.text("SM1", "hello", to=world.inbox_number))
    seen = {
        who.email: [line.id for line in inbox.listing(world.desk, who)]
        for who in (world.alice, world.carol, world.zoe)
    }
    (conversation,) = seen["alice@northern.example"]

    assert seen["carol@northern.example"] == [conversation]
    assert seen["alice@western.example"] == []
    with pytest.raises(NotFound):
        inbox.thread(world.desk, world.zoe, conversation)
    with pytest.raises(NotFound):
        inbox.hand_back(world.desk, world.zoe, conversation)

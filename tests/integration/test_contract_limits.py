"""Contract limits are set on the command line: one period after another, on record."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from backend.cli import commands
from backend.db.tables import AuditEvent
from backend.domain.errors import InvalidRequest, NotFound
from backend.services import quotas
from backend.services.audit import Via
from tests.integration.conftest import World

WEB = Via("web")


def set_limits(world: World, first: str, last: str, numbers: int = 20) -> None:
    """What Northern's contract covers between two days."""
    quotas.set_limits(
        world.desk,
        "northern",
        date.fromisoformat(first),
        date.fromisoformat(last),
        contacts=2_000,
        numbers=numbers,
    )


def test_a_period_is_replaced_by_its_first_day(world: World) -> None:
    """The figures follow at once, for that institution alone, and it is on record."""
    set_limits(world, "2026-07-01", "2027-06-30")
    northern = quotas.for_staff(world.desk, world.alice, WEB)
    western = quotas.for_staff(world.desk, world.zoe, WEB)
    with world.desk.db.read(world.alice.institution_id) as session:
        event = session.scalars(select(AuditEvent)).one()

    assert (northern.contacts_limit, northern.numbers_limit) == (2_000, 20)
    assert (western.contacts_limit, western.numbers_limit) == (1_000, 10)
    assert (event.action, event.channel, event.staff_id) == ("limits.set", "cli", None)
    assert event.outcome == "done: 2,000 contacts and 20 numbers from 2026-07-01 to 2027-06-30"


def test_periods_follow_one_another(world: World) -> None:
    """The next one counts from its first day on, where the institution is."""
    set_limits(world, "2027-07-01", "2028-06-30", numbers=30)
    world.clock.moment = datetime.fromisoformat("2027-07-01T04:59:59+00:00")
    before = quotas.for_staff(world.desk, world.alice, WEB).numbers_limit
    world.clock.pass_time(seconds=1)

    assert (before, quotas.for_staff(world.desk, world.alice, WEB).numbers_limit) == (10, 30)


@pytest.mark.parametrize(
    ("first", "last", "field", "code"),
    [
        ("2027-07-01", "2027-06-30", "to", "before_from"),
        ("2027-06-30", "2028-06-30", "from", "overlaps"),
        ("2026-01-01", "2028-12-31", "from", "overlaps"),
    ],
)
def test_periods_never_overlap(world: World, first: str, last: str, field: str, code: str) -> None:
    """Not by a day, and none ends before it begins."""
    with pytest.raises(InvalidRequest) as refusal:
        set_limits(world, first, last)

    assert [(each.field, each.code) for each in refusal.value.problems] == [(field, code)]


def test_an_unknown_institution_is_named(world: World) -> None:
    """So that a slip of the pen is seen."""
    with pytest.raises(NotFound, match="nowhere"):
        quotas.set_limits(
            world.desk, "nowhere", date(2027, 7, 1), date(2028, 6, 30), contacts=1, numbers=1
        )


def test_a_day_must_be_on_the_calendar() -> None:
    """2027 has no February 29; the option and the way to write a day are named."""
    command = "limits set --institution demo --contacts 1 --numbers 1 --to 2028-02-28"
    told = CliRunner().invoke(commands, [*command.split(), "--from", "2027-02-29"])

    assert told.exit_code == 2
    assert "--from" in told.output and "2027-02-29 is not a day" in told.output

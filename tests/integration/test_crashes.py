"""A process is killed between each two steps of an order and of a release.

What is left is exactly one number and one row, or none, once the worker or the asker has looked
after it again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from backend.db.session import Database
from backend.db.tables import CarrierAccount, PhoneNumber, StaffMember
from backend.domain.provisioned_numbers import NumberState
from backend.services import ordering, plans, provisioning, staff
from backend.services.desk import Desk
from backend.services.reconcile import reconcile
from tests.fakes import FakeCarrier
from tests.integration.conftest import World
from tests.integration.ordering import API, an_order, at_the_carrier, order, rows
from tests.integration.planning import Talk, speaker_of

# Every transaction of an order lies between two of these moments.
MOMENTS = [
    (when, method)
    for method in ("search", "buy", "join_service", "registration")
    for when in ("before", "after")
]


def die(world: World, work: Callable[[Desk], object], when: str, method: str) -> None:
    """Have another process work on the same desk, and kill it (SIGKILL) when the carrier's
    `method` is about to act or has just acted.
    """
    child = os.fork()
    if child == 0:
        try:
            work(_mortal_desk(world, when, method))
        finally:
            os._exit(0)  # it lived: the parent sees that
    _, status = os.waitpid(child, 0)

    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _mortal_desk(world: World, when: str, method: str) -> Desk:
    """The desk with connections of the process's own, and a carrier that kills it."""
    carrier = FakeCarrier(world.carrier.folder, world.clock)

    def kill(moment: str, called: str) -> None:
        if (moment, called) == (when, method):
            os.kill(os.getpid(), signal.SIGKILL)

    carrier.on_call = kill
    return replace(world.desk, db=Database(world.desk.db.url), carrier=carrier)


def order_as_bob(desk: Desk) -> None:
    """Bob's order under the key k1."""
    with desk.db.read() as session:
        bob = staff.who(
            session.scalars(select(StaffMember).filter_by(email="bob@northern.example")).one()
        )
    ordering.create_reusable(desk, bob, an_order(), API, key="k1")


@pytest.fixture(autouse=True)
def messaging_service(world: World) -> None:
    """Northern's numbers join a messaging service."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(update(CarrierAccount).values(messaging_service_sid="MG" + "1" * 32))


def is_consistent(world: World) -> bool:
    """One number here and the same one there, or none on either side."""
    here = {(row.e164, row.carrier_sid) for row in rows(world)}
    there = {(owned.e164, owned.sid) for owned in at_the_carrier(world)}
    return here == there and len(here) <= 1


@pytest.mark.parametrize(("when", "method"), MOMENTS)
def test_a_killed_order_is_settled_by_the_worker(world: World, when: str, method: str) -> None:
    """A quarter of an hour later both sides agree; the same request then has one number."""
    die(world, order_as_bob, when, method)
    for _ in range(4):
        world.clock.pass_time(minutes=6)
        reconcile(world.desk)
    settled = is_consistent(world)
    number = order(world, key="k1")

    assert settled
    assert is_consistent(world) and len(rows(world)) == 1
    assert number.state is NumberState.ACTIVE


@pytest.mark.parametrize(("when", "method"), MOMENTS)
def test_a_killed_order_is_finished_by_asking_again(world: World, when: str, method: str) -> None:
    """The same request with the same key, two minutes later: one number and one row."""
    die(world, order_as_bob, when, method)
    world.clock.pass_time(minutes=2)
    number = order(world, key="k1")
    for _ in range(2):
        world.clock.pass_time(minutes=6)
        provisioning.look_after(world.desk, number.id)

    assert is_consistent(world) and len(rows(world)) == 1
    assert rows(world)[0].state is NumberState.ACTIVE


@pytest.mark.parametrize(("when", "method"), MOMENTS)
def test_a_killed_confirmation_is_finished_by_the_same_button(
    world: World, internal: Flask, when: str, method: str
) -> None:
    """A plan whose confirmation was killed is confirmed again: one number and one row."""
    bob = Talk(world, internal, world.bob)
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    bob.say()
    speaker = speaker_of(world, bob, plan)
    die(world, lambda desk: plans.confirm(desk, speaker, plan), when, method)
    world.clock.pass_time(minutes=2)
    settled = plans.confirm(world.desk, speaker, plan)

    assert settled.outcome == "done"
    assert is_consistent(world) and len(rows(world)) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_release_is_carried_out(world: World, when: str) -> None:
    """Before or after the carrier took it back: it is released on both sides in the end."""
    number = order(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        session.execute(
            update(PhoneNumber)
            .where(PhoneNumber.public_id == number.id)
            .values(state=NumberState.RELEASING)
        )
    die(world, lambda desk: provisioning.look_after(desk, number.id), when, "release")
    world.clock.pass_time(minutes=2)
    reconcile(world.desk)
    with world.desk.db.read(world.alice.institution_id) as session:
        row = session.scalars(select(PhoneNumber).filter_by(public_id=number.id)).one()

    assert row.state is NumberState.RELEASED
    assert not at_the_carrier(world)

"""Plans: shown to one person, in one conversation, for ten minutes, and done once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from backend.db.tables import Inbox, Office, PhoneNumber, Plan, PlanState, StaffMember
from backend.domain.conversations import Responder
from backend.domain.errors import CarrierError, NotFound
from backend.domain.staff import Role
from backend.services import campaign_life, numbers
from backend.services import plans as desk_plans
from backend.services.audit import WEB
from backend.services.ports import BotTurn
from tests.fakes import Fault
from tests.integration.campaigning import draft
from tests.integration.conftest import World
from tests.integration.ordering import order, rows
from tests.integration.planning import Talk, audited, plans, speaker_of


@pytest.fixture
def bob(world: World, internal: Flask) -> Talk:
    """Bob of Financial Aid, chatting."""
    return Talk(world, internal, world.bob)


@pytest.fixture
def alice(world: World, internal: Flask) -> Talk:
    """The administrator, chatting."""
    return Talk(world, internal, world.alice)


def test_nothing_is_done_until_it_is_confirmed(world: World, bob: Talk) -> None:
    """A plan is shown with what it would do; the number is bought when its button is pressed."""
    proposed = bob.propose("create_reusable_number", place="316", response="assistant")

    assert proposed["plan"]["facts"]["place"] == {"kind": "area_code", "name": "316"}
    assert rows(world) == []

    settled = bob.press(proposed["plan"]["id"])

    assert (settled["outcome"], settled["again"]) == ("done", False)
    assert settled["receipt"]["number"]["phone_number"].startswith("(316)")
    assert len(rows(world)) == 1
    assert audited(world, "number.order") == ["done"]


def test_a_typed_yes_confirms_what_the_reply_before_showed(world: World, bob: Talk) -> None:
    """Yes, in the very next turn."""
    plan = bob.plan("create_reusable_number", place="316", response="inbox")

    assert bob.confirm(plan)["outcome"] == "done"
    assert rows(world)[0].unsolicited_response is Responder.INBOX


def test_a_typed_yes_later_shows_the_plan_again(world: World, bob: Talk) -> None:
    """After another turn a yes may mean anything: the plan is shown anew, and then it counts."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    bob.say("how long does porting take?")
    settled = bob.confirm(plan)

    assert settled["outcome"] == "not_shown"
    assert settled["plan"]["id"] != plan
    assert rows(world) == []
    assert bob.confirm(settled["plan"]["id"])["outcome"] == "done"


def test_a_button_counts_for_its_own_plan_also_later(world: World, bob: Talk) -> None:
    """The button says which plan is meant, whatever was said in between."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    bob.say()

    assert bob.press(plan)["outcome"] == "done"


@pytest.mark.parametrize("words", ["yes but in 620", "is that ok?", "ok wait", "yes, on Monday"])
def test_only_a_plain_yes_is_one(world: World, bob: Talk, words: str) -> None:
    """Whatever the assistant takes it for: the plan is shown again, and a plain yes then counts."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    settled = bob.confirm(plan, words)

    assert settled["outcome"] == "unclear"
    assert rows(world) == []
    assert audited(world, "plan.confirm") == ["refused: the words were no plain yes"]
    assert bob.confirm(settled["plan"]["id"], "Yes, please.")["outcome"] == "done"


def test_a_plan_whose_answer_was_lost_was_not_shown(world: World, bob: Talk) -> None:
    """The person has seen a failure and no plan: a yes after it confirms nothing."""
    bob.say()
    world.bot.is_up = False
    bob.propose("create_reusable_number", place="316", response="assistant")
    world.bot.is_up = True
    settled = bob.confirm(plans(world)[-1].public_id)

    assert settled["outcome"] == "not_shown"
    assert rows(world) == []


@pytest.mark.parametrize("payload", ['/cancel{"plan": "%s"}', '/affirm{"plan": "%s", "x": "y"}'])
def test_a_button_that_says_no_confirms_nothing(world: World, bob: Talk, payload: str) -> None:
    """Only the button that says yes to this very plan does."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    bob.say()
    bob.say()
    pressed = replace(speaker_of(world, bob, plan), payload=payload % plan)

    assert desk_plans.confirm(world.desk, pressed, plan).outcome == "not_shown"
    assert rows(world) == []


@pytest.mark.parametrize("by", ["cancel", "new plan"])
def test_an_order_that_never_began_is_put_aside(world: World, bob: Talk, by: str) -> None:
    """Its process died before anything was ordered: cancelled or replaced, it buys nothing."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    with world.desk.db.write(world.bob.institution_id) as session:
        session.execute(update(Plan).values(state=PlanState.CONFIRMED))
    if by == "cancel":
        bob.call(f"/internal/plans/{plan}/withdraw", {})
    else:
        bob.propose("create_reusable_number", place="620", response="assistant")

    assert bob.press(plan)["outcome"] in ("withdrawn", "replaced")
    assert rows(world) == []


def test_cancelling_what_was_done_says_so(world: World, bob: Talk) -> None:
    """The receipt comes back: it is not undone."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    bob.press(plan)
    answer = bob.call(f"/internal/plans/{plan}/withdraw", {}).get_json()

    assert answer["outcome"] == "done"
    assert answer["receipt"]["number"]["phone_number"].startswith("(316)")
    assert len(rows(world)) == 1


def test_figures_are_not_kept_in_a_receipt(world: World, alice: Talk) -> None:
    """Who is no administrator any more presses the old button and learns no figures."""
    plan = alice.plan(
        "create_reusable_number", office="financial aid", place="316", response="inbox"
    )
    first, second = alice.press(plan), alice.press(plan)

    assert first["receipt"]["quota"]["limit"] == 10
    assert second["again"] and second["receipt"]["quota"] is None


def test_a_draft_that_has_started_meanwhile(world: World, bob: Talk) -> None:
    """Archiving a draft is another thing than ending a campaign that runs."""
    made = draft(world)
    plan = bob.plan("archive_campaign", campaign=made.name)
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    settled = bob.press(plan)

    assert settled["outcome"] == "changed"
    assert settled["plan"]["facts"]["state"] == "active"


@pytest.mark.parametrize("how", ["press", "confirm"])
def test_twice_is_once(world: World, bob: Talk, how: str) -> None:
    """The second confirmation gets the same receipt, and nothing is done."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    first = getattr(bob, how)(plan)
    second = getattr(bob, how)(plan)

    assert second["outcome"] == "done" and second["again"]
    assert second["receipt"]["number"] == first["receipt"]["number"]
    assert len(rows(world)) == 1


def test_two_at_the_same_instant_are_one(world: World, bob: Talk) -> None:
    """A webhook that is retried while the first is still at work: one number."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    bob.say()
    speaker = speaker_of(world, bob, plan)

    def confirm() -> str:
        return desk_plans.confirm(world.desk, speaker, plan).outcome

    with ThreadPoolExecutor(4) as pool:
        outcomes = [job.result() for job in [pool.submit(confirm) for _ in range(4)]]

    assert set(outcomes) <= {"done", "pending"}
    assert len(rows(world)) == 1


def test_after_ten_minutes_it_is_shown_anew(world: World, bob: Talk) -> None:
    """An expired plan does nothing; the fresh one does."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    world.clock.pass_time(minutes=10)
    settled = bob.press(plan)

    assert settled["outcome"] == "expired"
    assert rows(world) == []
    assert audited(world, "plan.confirm") == ["refused: its ten minutes were over"]
    assert bob.press(settled["plan"]["id"])["outcome"] == "done"


def test_a_newer_plan_takes_its_place(world: World, bob: Talk) -> None:
    """What was corrected is not done: the plan that counts is shown."""
    old = bob.plan("create_reusable_number", place="316", response="assistant")
    new = bob.plan("create_reusable_number", place="620", response="assistant")
    settled = bob.press(old)

    assert settled["outcome"] == "replaced"
    assert settled["plan"]["facts"]["place"]["name"] == "620"
    assert settled["plan"]["id"] != new
    assert rows(world) == []


def test_a_cancelled_plan_stays_cancelled(world: World, bob: Talk) -> None:
    """Its button is still there, and does nothing."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    bob.call(f"/internal/plans/{plan}/withdraw", {})
    settled = bob.press(plan)

    assert (settled["outcome"], settled["plan"]) == ("withdrawn", None)
    assert rows(world) == []


def test_nobody_else_confirms_it(world: World, internal: Flask, bob: Talk, alice: Talk) -> None:
    """Not even an administrator; it is on record, and Bob's plan is untouched."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    settled = alice.confirm(plan)

    assert settled["status"] == 404
    assert audited(world, "plan.confirm") == ["refused: no such plan of this person here"]
    assert bob.press(plan)["outcome"] == "done"


def test_it_stays_in_its_conversation(world: World, internal: Flask, bob: Talk) -> None:
    """The same person in another conversation has no such plan."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    elsewhere = Talk(world, internal, world.bob)

    assert elsewhere.confirm(plan)["status"] == 404
    assert rows(world) == []


@pytest.mark.parametrize("plan", ["pln_00000000000000000000", "'; drop table plans; --", "x" * 300])
def test_a_made_up_plan_is_refused(world: World, bob: Talk, plan: str) -> None:
    """On record, without the words that were sent."""
    assert bob.confirm(plan)["status"] == 404
    assert audited(world, "plan.confirm") == ["refused: no such plan of this person here"]


def test_a_plan_that_is_no_longer_true_is_shown_anew(world: World, alice: Talk) -> None:
    """Somebody moved the number meanwhile: it is shown from where it is now, and not done."""
    _give_registrar_an_inbox(world)
    _add_office(world, "Bursar")
    plan = alice.plan("transfer_number", number=world.assistant_number, office="registrar")
    number = _number(world, world.assistant_number)
    numbers.transfer(world.desk, world.alice, number.public_id, "Bursar", WEB)
    settled = alice.press(plan)

    assert settled["outcome"] == "changed"
    assert settled["plan"]["facts"]["from"] == "Bursar"
    assert audited(world, "plan.confirm") == ["refused: things are no longer as it said"]
    assert _number(world, world.assistant_number).office.name == "Bursar"


def test_a_plan_that_has_come_about_otherwise_is_refused(world: World, bob: Talk) -> None:
    """Somebody else has set it so meanwhile: there is nothing to do."""
    plan = bob.plan("change_unsolicited_response", number="0022", response="assistant")
    number = _number(world, "+13165550022")
    numbers.set_unsolicited(
        world.desk, world.alice, number.public_id, Responder.ASSISTANT, None, WEB
    )
    settled = bob.press(plan)

    assert settled["status"] == 409
    assert "already" in settled["detail"]


def test_a_number_that_was_used_meanwhile_does_not_move(world: World, alice: Talk) -> None:
    """Used between plan and confirmation: refused with the reason, and it stays."""
    _give_registrar_an_inbox(world)
    plan = alice.plan("transfer_number", number=world.assistant_number, office="registrar")
    world.receive("SM1", "hello")
    settled = alice.press(plan)

    assert settled["status"] == 409
    assert "used first on November 23, 2026" in settled["detail"]
    assert _number(world, world.assistant_number).office.name == "Financial Aid"


def test_rights_are_checked_again(world: World, bob: Talk) -> None:
    """Who has become an agent meanwhile can no longer order."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    with world.desk.db.write(world.bob.institution_id) as session:
        session.scalars(
            select(StaffMember).where(StaffMember.id == world.bob.id)
        ).one().role = Role.AGENT
    settled = bob.press(plan)

    assert settled["status"] == 403
    assert rows(world) == []
    assert audited(world, "plan.confirm")[0].startswith("refused: Only Administrators and office")


def test_quota_is_checked_again(world: World, bob: Talk) -> None:
    """The contract's last place went to somebody else meanwhile."""
    for _ in range(7):
        order(world)
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    order(world)
    settled = bob.press(plan)

    assert (settled["status"], settled["code"]) == (409, "over_quota")
    assert len(rows(world)) == 8


def test_when_the_carrier_fails_the_plan_can_be_tried_again(world: World, bob: Talk) -> None:
    """Nothing is half-done, and the same button works once the carrier does."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    world.carrier.faults["search"] = [Fault(CarrierError("The carrier does not answer."))]
    failed = bob.press(plan)

    assert failed["status"] == 502
    assert rows(world) == []
    assert bob.press(plan)["outcome"] == "done"
    assert len(rows(world)) == 1


def test_a_failed_order_does_not_wait_for_ever(world: World, bob: Talk) -> None:
    """Tried again an hour later it has expired like any other."""
    plan = bob.plan("create_reusable_number", place="316", response="assistant")
    world.carrier.faults["search"] = [Fault(CarrierError("The carrier does not answer."))]
    bob.press(plan)
    world.clock.pass_time(hours=1)

    assert bob.press(plan)["outcome"] == "expired"
    assert rows(world) == []


def test_students_can_have_nothing_done(world: World, internal: Flask) -> None:
    """A student's turn token opens none of it, and the try is on record."""
    world.receive("SM1", "create a number")
    client = internal.test_client()
    codes = []

    def act(turn: BotTurn) -> None:
        headers = {"Authorization": f"Bearer {turn.turn_token}"}
        for path, body in (
            ("/internal/jobs/create_reusable_number", {"said": {}}),
            ("/internal/plans/pln_00000000000000000000/confirm", {}),
            ("/internal/plans/pln_00000000000000000000/withdraw", {}),
            ("/internal/numbers", {}),
            ("/internal/number", {"said": "+13165550021"}),
        ):
            codes.append(client.post(path, headers=headers, json=body).status_code)

    world.bot.while_thinking = act
    world.queue.work()

    assert codes == [403] * 5
    for action in ("number.order", "plan.confirm", "plan.withdraw"):
        assert audited(world, action) == ["refused: only staff can have things done"]


def test_unknown_jobs_are_not_found(world: World, bob: Talk) -> None:
    """A job that there is not."""
    assert bob.propose("delete_everything")["status"] == 404
    assert plans(world) == []
    with pytest.raises(NotFound):
        desk_plans.confirm(world.desk, speaker_of(world, bob, "x"), "pln_x")


def _number(world: World, e164: str) -> PhoneNumber:
    with world.desk.db.read(world.alice.institution_id) as session:
        row = session.scalars(select(PhoneNumber).where(PhoneNumber.e164 == e164)).one()
        assert row.office.name
        return row


def _add_office(world: World, name: str) -> None:
    with world.desk.db.write(world.alice.institution_id) as session:
        office = Office(slug=name.lower(), name=name, time_zone="America/Chicago")
        session.add(office)
        session.flush()
        session.add(Inbox(office_id=office.id, name=f"{name} inbox"))


def _give_registrar_an_inbox(world: World) -> None:
    with world.desk.db.write(world.alice.institution_id) as session:
        office = session.scalars(select(Office).where(Office.slug == "registrar")).one()
        session.add(Inbox(office_id=office.id, name="Registrar inbox"))

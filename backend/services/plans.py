"""Plans: what the assistant proposes, shown to one person, and done once they confirm it.

A plan is bound to its person, its conversation, what it said would be done, and ten minutes. A
button confirms the plan it stands under; typed words confirm only what the reply just before them
showed. Whatever else is confirmed is refused, put on record, and shown anew where that helps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.db.tables import IdempotencyKey, Plan, PlanState, Turn, TurnState
from backend.domain.errors import NotAllowed, NotFound
from backend.domain.plain_yes import is_plain_yes
from backend.services import audit, idempotency
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.jobs import job as jobs
from backend.services.jobs.archive_campaign import ArchiveCampaign
from backend.services.jobs.change_unsolicited_response import ChangeUnsolicitedResponse
from backend.services.jobs.create_reusable_number import CreateReusableNumber
from backend.services.jobs.human_handoff import HumanHandoff
from backend.services.jobs.job import Asker, Change, Choice, Facts, Order, Question, Reading
from backend.services.jobs.transfer_number import TransferNumber
from backend.services.ports import Errand
from backend.services.turns import Speaker

GOOD_FOR: Final = timedelta(minutes=10)
CONFIRM: Final = "plan.confirm"
YES: Final = "/affirm"  # what the confirming button's payload begins with, before its JSON
WITHDRAW: Final = "plan.withdraw"

CHANGES: Final[dict[str, Change]] = {
    job.name: job
    for job in (ArchiveCampaign(), ChangeUnsolicitedResponse(), HumanHandoff(), TransferNumber())
}
ORDERS: Final[dict[str, Order]] = {job.name: job for job in (CreateReusableNumber(),)}

Outcome = Literal[
    "done", "pending", "expired", "changed", "replaced", "withdrawn", "not_shown", "unclear"
]
# What a refused confirmation is called in the audit.
_WHY_NOT: Final[dict[Outcome, str]] = {
    "expired": "its ten minutes were over",
    "changed": "things are no longer as it said",
    "replaced": "a newer plan had taken its place",
    "withdrawn": "it had been cancelled",
    "not_shown": "the reply before did not show it",
    "unclear": "the words were no plain yes",
}


@dataclass(frozen=True)
class PlanShown:
    """A plan as it is shown: its facts and figures are its job's."""

    id: str
    expires_at: datetime
    facts: Facts


@dataclass(frozen=True)
class Proposal:
    """What is known by now, and either the question that comes next or the plan."""

    known: Mapping[str, Choice]
    question: Question | None
    plan: PlanShown | None


@dataclass(frozen=True)
class Confirmation:
    """What came of confirming: a receipt when it is `done` (`again`: it was before) or `pending`
    at the carrier; otherwise nothing was done, and `proposal` is what to show instead.
    """

    outcome: Outcome
    job: str
    again: bool = False
    receipt: Facts | None = None
    proposal: Proposal | None = None


def propose(
    desk: Desk, speaker: Speaker, job_name: str, said: Mapping[str, str], change: str | None = None
) -> Proposal:
    """Read what was said for a job; where nothing is missing, store the plan to be shown.

    Any earlier plan of the conversation is put aside. Raises `NotFound` (no such job),
    `NotAllowed`, `OverQuota`, `Conflict`, `CarrierError`.
    """
    job = _job(job_name)
    asker = _asker(desk, speaker, job.action)
    who = asker.who
    with audit.refusals(desk, who, asker.via, job.action):
        with desk.db.read(who.institution_id) as session:
            reading = jobs.read(job, session, desk, who, said, change)
        if reading.question is None and job_name in ORDERS:
            lacking = ORDERS[job_name].check(desk, who, _request(reading))
            if lacking is not None:
                reading = _without(reading, lacking)
    return desk.db.transact(
        lambda session: _put_forward(session, desk, asker, job_name, reading), who.institution_id
    )


def confirm(desk: Desk, speaker: Speaker, plan_id: str) -> Confirmation:
    """Carry out a plan of this person in this conversation: once, and only as it says.

    Raises `NotFound` for any other plan (which is on record then), and what its job raises; then
    nothing was done.
    """
    asker = _asker(desk, speaker, CONFIRM)
    with audit.refusals(desk, asker.who, asker.via, CONFIRM, plan_id):
        settled = desk.db.transact(
            lambda session: _settle(session, desk, asker, plan_id), asker.who.institution_id
        )
    if settled is None:
        raise _no_such_plan()
    for errand in settled.errands:
        desk.queue.enqueue(errand)
    if settled.outcome is None:
        return _order(desk, asker, settled.plan)
    again = settled.show_again
    return Confirmation(
        outcome=settled.outcome,
        job=settled.plan.job,
        again=settled.was_done,
        receipt=settled.plan.receipt if settled.outcome == "done" else None,
        proposal=propose(desk, speaker, again.job, again.request) if again else None,
    )


def withdraw(desk: Desk, speaker: Speaker, plan_id: str) -> Confirmation:
    """The person has cancelled: the plan can no longer be confirmed. One that was done before, or
    is being bought, comes back with its receipt: cancelling does not undo it.

    Raises `NotFound` for any other plan, which is on record then.
    """
    asker = _asker(desk, speaker, WITHDRAW)
    plan = desk.db.transact(
        lambda session: _withdraw(session, desk, asker, plan_id), asker.who.institution_id
    )
    if plan is None:
        raise _no_such_plan()
    if plan.state is PlanState.WITHDRAWN:
        return Confirmation("withdrawn", plan.job)
    outcome: Outcome = "done" if plan.state is PlanState.DONE else "pending"
    return Confirmation(outcome, plan.job, again=True, receipt=plan.receipt)


@dataclass(frozen=True)
class _Settled:
    """What became of a confirmation within its transaction; without an outcome the plan is to be
    ordered outside of it.
    """

    plan: Plan
    outcome: Outcome | None
    was_done: bool = False
    show_again: Plan | None = None
    errands: Sequence[Errand] = ()


def _settle(session: Session, desk: Desk, asker: Asker, plan_id: str) -> _Settled | None:
    """Carry a plan out as far as the database goes; None where there is no such plan."""
    plan = _own(session, desk, asker, CONFIRM, plan_id)
    if plan is None:
        return None
    if plan.state is PlanState.DONE:
        return _Settled(plan, "done", was_done=True)
    why_not = _why_not(session, desk, asker, plan)
    if why_not is not None:
        _refuse(session, desk, asker, CONFIRM, plan_id, _WHY_NOT[why_not])
        return _Settled(plan, why_not, show_again=_to_show(session, plan, why_not))
    plan.state = PlanState.CONFIRMED
    if plan.job in ORDERS:
        return _Settled(plan, None)
    done = CHANGES[plan.job].carry_out(session, desk, asker, plan.request)
    plan.receipt, plan.state = _as_json(done.receipt), PlanState.DONE
    return _Settled(plan, "done", errands=done.errands)


def _own(session: Session, desk: Desk, asker: Asker, action: str, plan_id: str) -> Plan | None:
    """The person's plan of this conversation, locked; the try is on record where there is none."""
    plan = session.scalar(
        select(Plan)
        .where(
            Plan.public_id == plan_id,
            Plan.staff_id == asker.who.id,
            Plan.conversation_id == asker.conversation_id,
        )
        .with_for_update(key_share=True)
    )
    if plan is None:
        _refuse(session, desk, asker, action, plan_id, "no such plan of this person here")
    return plan


def _withdraw(session: Session, desk: Desk, asker: Asker, plan_id: str) -> Plan | None:
    plan = _own(session, desk, asker, WITHDRAW, plan_id)
    if plan is not None and plan.state is not PlanState.DONE and not _is_ordered(session, plan):
        plan.state = PlanState.WITHDRAWN
    return plan


def _is_ordered(session: Session, plan: Plan) -> bool:
    """Whether there is an order of this plan; one that came to nothing, or never began, is none."""
    return plan.state is PlanState.CONFIRMED and idempotency.is_used(session, plan.public_id)


def _why_not(session: Session, desk: Desk, asker: Asker, plan: Plan) -> Outcome | None:
    """Why a plan must not be carried out now; None when it may.

    An order that has begun goes on whenever it is confirmed again: it is the same order.
    """
    if plan.state is PlanState.WITHDRAWN:
        return "withdrawn"
    if plan.state is PlanState.REPLACED:
        return "replaced"
    if _is_ordered(session, plan):
        return None
    if desk.clock.now() >= plan.expires_at:
        return "expired"
    if not _is_its_button(asker.payload, plan):
        if not _was_just_shown(session, asker, plan):
            return "not_shown"
        if not _is_plain_yes(session, asker):
            return "unclear"
    reading = jobs.read(_job(plan.job), session, desk, asker.who, plan.request)
    is_as_said = reading.question is None and plan.facts == _as_json(reading.facts)
    return None if is_as_said else "changed"


def _is_its_button(payload: str | None, plan: Plan) -> bool:
    """Whether a button says yes to this very plan."""
    if payload is None or not payload.startswith(YES):
        return False
    named: object = json.loads(payload.removeprefix(YES))
    return named == {"plan": plan.public_id}


def _was_just_shown(session: Session, asker: Asker, plan: Plan) -> bool:
    """Whether the answer before this turn showed the plan; one that was lost has shown nothing."""
    before = session.scalar(
        select(Turn)
        .where(Turn.conversation_id == asker.conversation_id, Turn.id < asker.turn_id)
        .order_by(Turn.id.desc())
        .limit(1)
    )
    return (
        before is not None
        and before.id == plan.shown_turn_id
        and before.state is TurnState.ANSWERED
    )


def _is_plain_yes(session: Session, asker: Asker) -> bool:
    turn = session.get_one(Turn, asker.turn_id)
    return turn.payload is None and is_plain_yes(turn.message.body)


def _to_show(session: Session, plan: Plan, outcome: Outcome) -> Plan | None:
    """The plan whose request is put forward anew."""
    if outcome == "withdrawn":
        return None
    if outcome != "replaced":
        return plan
    return session.scalar(
        select(Plan)
        .where(Plan.conversation_id == plan.conversation_id, Plan.state == PlanState.OPEN)
        .order_by(Plan.id.desc())
        .limit(1)
    )


def _order(desk: Desk, asker: Asker, plan: Plan) -> Confirmation:
    """Order outside of any transaction: the plan's id is the order's key.

    The figures are for the person who asked just now, and not kept.
    """
    receipt, is_confirmed = ORDERS[plan.job].order(desk, asker, plan.request, plan.public_id)
    with desk.db.write(asker.who.institution_id) as session:
        row = session.get_one(Plan, plan.id)
        row.receipt = _as_json({**receipt, "quota": None})
        row.state = PlanState.DONE if is_confirmed else PlanState.CONFIRMED
    return Confirmation("done" if is_confirmed else "pending", plan.job, receipt=receipt)


def _put_forward(
    session: Session, desk: Desk, asker: Asker, job_name: str, reading: Reading
) -> Proposal:
    session.execute(
        update(Plan)
        .where(
            Plan.conversation_id == asker.conversation_id,
            Plan.state.in_((PlanState.OPEN, PlanState.CONFIRMED)),
            # What has been ordered goes on.
            Plan.public_id.not_in(select(IdempotencyKey.key)),
        )
        .values(state=PlanState.REPLACED)
    )
    if reading.question is not None:
        return Proposal(reading.known, reading.question, None)
    now = desk.clock.now()
    plan = Plan(
        staff_id=asker.who.id,
        conversation_id=asker.conversation_id,
        shown_turn_id=asker.turn_id,
        job=job_name,
        request=_request(reading),
        facts=_as_json(reading.facts),
        state=PlanState.OPEN,
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    session.add(plan)
    session.flush()
    shown = PlanShown(plan.public_id, plan.expires_at, {**reading.facts, **reading.figures})
    return Proposal(reading.known, None, shown)


def _without(reading: Reading, question: Question) -> Reading:
    known = {name: found for name, found in reading.known.items() if name != question.field}
    return replace(reading, known=known, question=question)


def _request(reading: Reading) -> dict[str, str]:
    return {name: found.value for name, found in reading.known.items()}


def _as_json(facts: Facts) -> Facts:
    """As the database gives them back."""
    stored: Facts = json.loads(json.dumps(facts))
    return stored


def _job(name: str) -> jobs.Job:
    job: jobs.Job | None = CHANGES.get(name) or ORDERS.get(name)
    if job is None:
        raise NotFound("The assistant knows no such job.")
    return job


def _asker(desk: Desk, speaker: Speaker, action: str) -> Asker:
    """The staff member whose turn it is; a student's try is put on record."""
    via = Via(speaker.channel, speaker.message)
    if speaker.staff is not None:
        ids = (speaker.conversation_id, speaker.turn_id)
        return Asker(speaker.staff, via, *ids, payload=speaker.payload)
    with desk.db.write(speaker.institution_id) as session:
        audit.record(
            session,
            action,
            by=None,
            via=via,
            outcome=f"{audit.REFUSED}: only staff can have things done",
            at=desk.clock.now(),
        )
    raise NotAllowed("Only staff can have things done here.", why="only_staff")


def _no_such_plan() -> NotFound:
    return NotFound("There is no such plan of yours in this conversation.", why="no_such_plan")


def _refuse(
    session: Session, desk: Desk, asker: Asker, action: str, plan_id: str, why: str
) -> None:
    audit.record(
        session,
        action,
        by=asker.who.id,
        via=asker.via,
        outcome=f"{audit.REFUSED}: {why}",
        at=desk.clock.now(),
        subject=audit.as_id(plan_id),
    )

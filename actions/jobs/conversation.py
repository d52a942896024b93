"""Leads through a job: collects what is missing, shows the plan, has it done, gives the receipt.

Rasa calls a job's form in three ways: to start it, with a message that may be for it, and to come
back to it after somebody else has answered a message. Each asks the backend once and words what it
answers.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.backend_client import BackendFault, BackendRefused
from actions.jobs.asides import asides_of
from actions.jobs.deciding import AGAIN, Step, decide, is_denied
from actions.jobs.in_hand import LAST_DONE, SLOT, WHICH_FIELD, InHand
from actions.jobs.job import Job
from actions.jobs.known import JOBS
from actions.jobs.turn import Event, Turn
from actions.mentions import is_staff
from actions.second_request import offer, second_of

# Refusals that another choice may get round; others end the job.
_ANOTHER_CHOICE = frozenset({"conflict", "invalid_request", "not_found"})
# Nor do those of one answer, for whoever may do the job otherwise.
_ANOTHER_OFFICE = frozenset({"other_office"})
# Refusals that may pass by themselves: the job stays as it is.
_PASSING = frozenset({"turn_closed", "carrier_error"})
# What became of a plan that nothing more comes of.
_SETTLED = frozenset({"done", "pending", "withdrawn"})


class JobForm(Action, ABC):
    """A job as Rasa calls it; Rasa knows it as the loop of the same name."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """`now` tells the time, in seconds since 1970."""
        self._now = now

    @property
    @abstractmethod
    def job(self) -> Job:
        """Which job."""

    def name(self) -> str:
        return form_of(self.job)

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[Event]:
        """Utter what comes next; the events begin, keep or end the loop, or turn the message down
        so that the rules answer it.
        """
        turn = Turn.of(dispatcher, tracker, self._now())
        if not is_staff(tracker):
            return _turn_away(turn, self.job)
        hand = turn.in_hand
        if tracker.active_loop_name != self.name():
            return await _start(turn, self.job, hand)
        if hand is None or hand.name != self.job.name:
            hand = InHand(self.job.name, turn.now)
        if tracker.latest_action_name != "action_listen":
            return await _come_back(turn, self.job, replace(hand, at=turn.now))
        if hand.has_waited_too_long(turn.now):
            return await _let_go(turn, self.job, hand)
        return await _hear(turn, self.job, replace(hand, at=turn.now))


def form_of(job: Job) -> str:
    """The name of a job's loop, and of the action that is it."""
    return f"{job.name}_form"


async def take_up(turn: Turn, job: Job, hand: InHand, reply: dict[str, Any]) -> list[Event]:
    """Say what the backend answered, the next question or the plan, and keep the job in hand."""
    said = {name: found["value"] for name, found in reply["known"].items() if name in hand.said}
    question = reply.get("question")
    if question is not None:
        turn.voice.ask(job, question)
        field = question["field"]
        anew = field if hand.change == field else None
        return _kept(job, replace(hand, said=said, asked=field, change=anew, plan=None))
    for aside in hand.asides:
        turn.voice.say(aside)
    turn.voice.show_plan(job, reply["plan"])
    plan = reply["plan"]["id"]
    return _kept(job, replace(hand, said=said, asked=None, change=None, plan=plan, asides=()))


def say_outcome(turn: Turn, job: Job, plan: str, result: dict[str, Any]) -> list[Event]:
    """What came of confirming a plan: the receipt, or why nothing was done. The event keeps the
    way back from what was done.
    """
    outcome = result["outcome"]
    if outcome == "done":
        if result["again"]:
            turn.voice.say("utter_plan_done_before")
        turn.voice.give_receipt(job, result["receipt"])
        undo = job.undo(result["receipt"]) if job.undo else None
        return [SlotSet(LAST_DONE, {"job": job.name, "undo": undo})]
    if outcome == "pending":
        turn.voice.say(
            "utter_plan_pending",
            plan=plan,
            phone_number=result["receipt"]["number"]["phone_number"],
            number=result["receipt"]["number"]["id"],
        )
    else:
        turn.voice.say(f"utter_plan_{outcome}")
    return []


def _turn_away(turn: Turn, job: Job) -> list[Event]:
    """Students get no job; that they want a person has been said to them already."""
    if job.name != "human_handoff":
        turn.voice.say("utter_pass_to_person")
    return []


async def _start(turn: Turn, job: Job, other: InHand | None) -> list[Event]:
    if turn.tracker.active_loop_name and other is not None and other.name != job.name:
        again = [turn.voice.start_again(JOBS[other.name], other.said)]
        turn.voice.say("utter_job_let_go_other", again, choice_of=other.name)
    if is_denied(job, turn.heard):
        turn.voice.say("utter_deny")
        return _ended()
    change = turn.heard.pressed("change")
    said = job.read(turn.heard)
    hand = InHand(
        job.name,
        turn.now,
        said,
        change=change if change in job.fields else None,
        also=second_of(turn.tracker),
        asides=asides_of(turn.heard, said, turn.today),
    )
    return await _ask(turn, job, hand, None)


async def _come_back(turn: Turn, job: Job, hand: InHand) -> list[Event]:
    """Ask the question again, unless this turn has asked something already."""
    for event in turn.events():
        said = (event.get("metadata") or {}).get("metadata") or {}
        if event.get("event") == "bot" and said.get("asked_back"):
            return [_slot(hand)]
        if event.get("event") == "slot" and event.get("name") == SLOT and event.get("value"):
            return []
    return await _ask(turn, job, hand, None)


async def _let_go(turn: Turn, job: Job, hand: InHand) -> list[Event]:
    """After half an hour the job is over, and the message is like any other. (Rasa does not choose
    an action that has just turned a message down, so that the same job begins right here.)
    """
    again = [turn.voice.start_again(job, hand.said)]
    turn.voice.say("utter_job_let_go_waited", again, choice_of=job.name)
    if turn.heard.intent == job.name:
        return await _start(turn, job, None)
    return [ActionExecutionRejected(form_of(job)), *_ended()]


async def _hear(turn: Turn, job: Job, hand: InHand) -> list[Event]:
    step = decide(job, hand, turn.heard)
    if step.kind == "elsewhere":
        return [ActionExecutionRejected(form_of(job))]
    asides = asides_of(turn.heard, {**hand.said, **step.said}, turn.today)
    hand = replace(hand, also=second_of(turn.tracker) or hand.also, asides=asides or hand.asides)
    if step.guesses or step.unplaced:
        step = await _with_guesses(turn, job, hand, step)
    if asides and step.kind in ("confirm", "no_answer"):
        step = AGAIN
    if step.kind == "cancel":
        return await _cancel(turn, job, hand)
    if step.kind == "confirm" or (step.kind == "again" and hand.failed):
        return await _confirm(turn, job, hand)
    if step.kind == "which_field":
        turn.voice.ask_which_field(job, hand.plan)
        return _kept(job, replace(hand, asked=WHICH_FIELD))
    return await _ask(turn, job, _next(turn, job, hand, step), hand)


async def _with_guesses(turn: Turn, job: Job, hand: InHand, step: Step) -> Step:
    """The step with its guesses as the backend knows them. What nobody knows is said, and nothing
    is confirmed beside it.
    """
    said, unplaced = dict(step.said), list(step.unplaced)
    likely = [
        name for name in (step.field, hand.asked, *job.guessed) if name and name in job.fields
    ]
    for words in step.guesses:
        fields = [name for name in dict.fromkeys(likely) if name not in said]
        found = await _field_of(turn, job, hand.with_said(job, said), words, fields)
        if found is None:
            unplaced.append(words)
        else:
            said[found] = words
    if unplaced and (said or step.kind == "confirm"):
        turn.voice.say_not_understood(unplaced)
    if said:
        return Step("say", said)
    return AGAIN if step.kind == "confirm" else step


async def _field_of(
    turn: Turn, job: Job, hand: InHand, words: str, fields: list[str]
) -> str | None:
    """The first of some fields that words can be for; None where they are for none."""
    for name in fields:
        try:
            reply = await turn.backend.job(job.name, hand.with_said(job, {name: words}).said)
        except BackendFault:
            return name  # why, is said where it is asked once more
        question = reply["question"]
        if question is None or name in reply["known"]:
            return name
        if question["field"] == name and question["problem"] != "unknown":
            return name
    return None


def _next(turn: Turn, job: Job, hand: InHand, step: Step) -> InHand:
    """The job as the message leaves it, before the backend is asked."""
    if step.kind == "say":
        return hand.with_said(job, step.said)
    if step.kind == "change":
        return replace(hand, change=step.field, failed=False)
    if step.kind == "no_answer":
        turn.voice.say("utter_job_no_answer")
    return replace(hand, failed=False)


async def _ask(turn: Turn, job: Job, hand: InHand, before: InHand | None) -> list[Event]:
    """What the backend makes of what was said; `before` is the job to go back to if it refuses."""
    try:
        reply = await turn.backend.job(job.name, hand.said, hand.change)
    except BackendRefused as refusal:
        if refusal.code in _PASSING:
            return _passing(turn, job, hand, refusal)
        turn.voice.give_reason(refusal)
        is_of_answer = refusal.code in _ANOTHER_CHOICE or refusal.why in _ANOTHER_OFFICE
        if before is not None and before.said != hand.said and is_of_answer:
            return await _ask(turn, job, before, None)
        return _end(turn, hand)
    except BackendFault:
        return _unreachable(turn, job, hand, None)
    if before is not None and reply["question"] is not None:
        turn.voice.note_changes(_changed(before, reply["known"]))
    return await take_up(turn, job, hand, reply)


def _changed(before: InHand, known: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """What was said before, and is known otherwise now."""
    return {
        name: found
        for name, found in known.items()
        if name in before.said and before.said[name] != found["value"]
    }


async def _confirm(turn: Turn, job: Job, hand: InHand) -> list[Event]:
    plan = hand.plan or ""
    try:
        result = await turn.backend.confirm(plan)
    except BackendRefused as refusal:
        if refusal.code in _PASSING:
            return _passing(turn, job, replace(hand, failed=True), refusal, plan)
        turn.voice.give_reason(refusal)
        return _end(turn, hand)
    except BackendFault:
        return _unreachable(turn, job, replace(hand, failed=True), plan)
    done = say_outcome(turn, job, plan, result)
    hand = replace(hand, failed=False)
    if result["outcome"] in _SETTLED:
        return [*done, *_end(turn, hand)]
    if result["outcome"] == "replaced" or not (result["plan"] or result["question"]):
        return await _ask(turn, job, hand, None)
    return await take_up(turn, job, hand, result)


async def _cancel(turn: Turn, job: Job, hand: InHand) -> list[Event]:
    """Nothing was done, unless a confirmation that got no answer had come through."""
    try:
        result = await turn.backend.withdraw(hand.plan) if hand.plan else {}
    except BackendFault:
        if hand.failed:
            return _unreachable(turn, job, hand, hand.plan)
        result = {}  # nobody confirms it now, and in ten minutes nobody can
    if is_withdrawn(result):
        turn.voice.say("utter_job_cancelled", choice_of=hand.name)
        return _end(turn, hand)
    if result["receipt"] is None:
        return _unreachable(turn, job, hand, hand.plan)
    return [*say_outcome(turn, job, hand.plan or "", result), *_end(turn, hand)]


def is_withdrawn(result: dict[str, Any]) -> bool:
    """Whether a plan could be cancelled: one that was done, or is being bought, can't."""
    return bool(result.get("outcome", "withdrawn") == "withdrawn")


def _passing(
    turn: Turn, job: Job, hand: InHand, refusal: BackendRefused, plan: str | None = None
) -> list[Event]:
    """Said, with a button to try again; the job stays as it is."""
    buttons = [turn.voice.try_again(job, plan), turn.voice.cancel(plan)]
    if refusal.code == "turn_closed":
        turn.voice.say("utter_turn_closed", buttons)
    else:
        turn.voice.give_reason(refusal, buttons)
    return _kept(job, hand)


def _unreachable(turn: Turn, job: Job, hand: InHand, plan: str | None) -> list[Event]:
    """The same when there was no answer: what was confirmed may have been done all the same."""
    response = "utter_plan_unreachable" if plan else "utter_backend_unreachable"
    turn.voice.say(response, [turn.voice.try_again(job, plan), turn.voice.cancel(plan)])
    return _kept(job, hand)


def _kept(job: Job, hand: InHand) -> list[Event]:
    return [_slot(hand), ActiveLoop(form_of(job))]


def _end(turn: Turn, hand: InHand) -> list[Event]:
    offer(turn.dispatcher, turn.tracker, hand.also)
    return _ended()


def _ended() -> list[Event]:
    return [SlotSet(SLOT, None), ActiveLoop(None)]


def _slot(hand: InHand) -> Event:
    event: Event = SlotSet(SLOT, hand.as_slot())
    return event

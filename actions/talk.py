"""Yes, no and cancel by the button of a plan that is not, or no longer, in hand; and "undo".

The backend decides by the plan itself: done once, shown anew, or refused.
"""

import time
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.backend_client import BackendFault, BackendRefused
from actions.faults import say_fault
from actions.jobs.conversation import is_withdrawn, say_outcome, take_up
from actions.jobs.in_hand import LAST_DONE, InHand
from actions.jobs.known import JOBS
from actions.jobs.turn import Event, Turn
from actions.mentions import is_staff


class ActionConfirmPlan(Action):
    """Confirms the plan under whose button somebody said yes."""

    def name(self) -> str:
        return "action_confirm_plan"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter the receipt or why nothing was done; a plan to be shown anew begins its job."""
        turn = Turn.of(dispatcher, tracker, time.time())
        plan = turn.heard.pressed("plan")
        if plan is None or not is_staff(tracker):
            turn.voice.say("utter_affirm")
            return []
        try:
            result = await turn.backend.confirm(plan)
        except BackendRefused as refusal:
            _say_why_not(turn, refusal)
            return []
        except BackendFault:
            turn.voice.say("utter_plan_unreachable", [turn.voice.confirm_again(plan)])
            return []
        return await _tell_outcome(turn, plan, result)


class ActionChangePlan(Action):
    """Somebody wants another plan than one that is no longer in hand."""

    def name(self) -> str:
        return "action_change_plan"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter that it won't be done, and what to do instead; no events."""
        return await _withdraw(dispatcher, tracker, "utter_plan_put_aside", "utter_deny")


class ActionCancelPlan(Action):
    """Cancels the plan under whose button somebody said so."""

    def name(self) -> str:
        return "action_cancel_plan"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter that it won't be done; no events."""
        return await _withdraw(dispatcher, tracker, "utter_plan_cancelled", "utter_cancel")


class ActionUndo(Action):
    """Somebody wants to take back what was done last."""

    def name(self) -> str:
        return "action_undo"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter the way back as a button, or that there is none; no events."""
        turn = Turn.of(dispatcher, tracker, time.time())
        last = tracker.get_slot(LAST_DONE)
        job = JOBS.get(str(last.get("job"))) if isinstance(last, dict) else None
        if not is_staff(tracker):
            turn.voice.say("utter_pass_to_person")
        elif job is None:
            turn.voice.say("utter_undo_nothing")
        elif last.get("undo"):
            turn.voice.say("utter_undo_offered", [turn.voice.undo(job, last["undo"])])
        else:
            turn.voice.say("utter_undo_impossible", choice_of=job.name)
        return []


async def _tell_outcome(turn: Turn, plan: str, result: dict[str, Any]) -> list[Event]:
    job = JOBS[result["job"]]
    done = say_outcome(turn, job, plan, result)
    fresh = result["plan"] or result["question"]
    # With another job in hand that one is asked about again, which puts this plan aside.
    if not fresh or result["outcome"] == "replaced" or turn.tracker.active_loop_name:
        return done
    said = {name: found["value"] for name, found in result["known"].items()}
    return await take_up(turn, job, InHand(job.name, turn.now, said), result)


async def _withdraw(
    dispatcher: CollectingDispatcher, tracker: Tracker, response: str, without_plan: str
) -> list[Event]:
    turn = Turn.of(dispatcher, tracker, time.time())
    plan = turn.heard.pressed("plan")
    if plan is None or not is_staff(tracker):
        turn.voice.say(without_plan)
        return []
    try:
        result = await turn.backend.withdraw(plan)
    except BackendFault as fault:
        say_fault(dispatcher, tracker, fault)
        return []
    if is_withdrawn(result) or result["receipt"] is None:
        turn.voice.say(response if is_withdrawn(result) else "utter_plan_unreachable")
        return []
    return say_outcome(turn, JOBS[result["job"]], plan, result)


def _say_why_not(turn: Turn, refusal: BackendRefused) -> None:
    if refusal.code == "turn_closed":
        turn.voice.say("utter_turn_closed")
    elif refusal.code == "not_found":
        turn.voice.say("utter_plan_unknown")
    else:
        turn.voice.give_reason(refusal)

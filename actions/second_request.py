"""Of two requests in one message, the second: offered once the first is answered."""

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.buttons import first_of_each, payload
from actions.jobs.hearing import Heard
from actions.jobs.known import JOBS
from actions.mentions import is_staff

# A second request as it is kept: its `intent`, and the `payload` of the button that asks for it.
Kept = Mapping[str, str]


def offer(dispatcher: CollectingDispatcher, tracker: Tracker, kept: Kept | None = None) -> None:
    """Utter the second request as a button, the one that was kept or the latest message's; nothing
    where there is none.
    """
    second = kept or second_of(tracker)
    if second:
        dispatcher.utter_message(
            response="utter_second_request",
            choice_of=second["intent"],
            payload=second["payload"],
        )


def second_of(tracker: Tracker) -> Kept | None:
    """The latest message's second request; None where it has none, or a student sent it."""
    also = tracker.latest_message.get("also")
    if not also or not is_staff(tracker):
        return None
    return {"intent": str(also["intent"]), "payload": _payload(also)}


def _payload(also: Mapping[str, Any]) -> str:
    """The request as a button says it: what the job would read in it, or what it names."""
    heard = Heard.second(also)
    job = JOBS.get(heard.intent)
    return payload(heard.intent, job.read(heard) if job else first_of_each(heard.entities))

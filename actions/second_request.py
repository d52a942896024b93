"""Of two requests in one message, the second: offered once the first is answered."""

import json
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.jobs.hearing import Heard
from actions.jobs.known import JOBS
from actions.mentions import is_staff


def offer(
    dispatcher: CollectingDispatcher, tracker: Tracker, also: Mapping[str, Any] | None = None
) -> None:
    """Utter the second request of the latest message as a button, or the one that was kept
    (``also``); nothing where there is none.
    """
    asked = also or tracker.latest_message.get("also")
    if asked and is_staff(tracker):
        dispatcher.utter_message(
            response="utter_second_request", choice_of=asked["intent"], payload=payload(asked)
        )


def payload(also: Mapping[str, Any]) -> str:
    """A second request as a button says it: its intent, and what it names."""
    heard = Heard.second(also)
    named: dict[str, str] = {}
    if heard.intent in JOBS:
        named = JOBS[heard.intent].read(heard)
    else:
        for one in heard.entities:
            named.setdefault(str(one["entity"]), str(one["value"]))
    return f"/{heard.intent}" + (json.dumps(named, ensure_ascii=False) if named else "")

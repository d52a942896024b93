"""What is said when the backend has said no, or nothing."""

import json
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backend_client import BackendFault, BackendRefused
from actions.languages import language_of
from actions.mentions import is_staff

_TRY_AGAIN = {"en": "Try again", "es": "Intentar de nuevo"}


def say_fault(dispatcher: CollectingDispatcher, tracker: Tracker, fault: BackendFault) -> None:
    """Utter utter_refused, or utter_turn_closed or utter_backend_unreachable, which staff can
    answer with a button that asks the same again.
    """
    if isinstance(fault, BackendRefused) and fault.code != "turn_closed":
        dispatcher.utter_message(response="utter_refused", reason=fault.reason)
        return
    refused = isinstance(fault, BackendRefused)
    dispatcher.utter_message(
        response="utter_turn_closed" if refused else "utter_backend_unreachable",
        buttons=[try_again(tracker)] if is_staff(tracker) else [],
    )


def try_again(tracker: Tracker) -> dict[str, str]:
    """A button that says the latest message once more: its intent, and the first of each kind that
    it names.
    """
    message = tracker.latest_message
    named: dict[str, Any] = {}
    for entity in message.get("entities") or ():
        named.setdefault(str(entity["entity"]), entity["value"])
    payload = f"/{(message.get('intent') or {}).get('name')}"
    if named:
        payload += json.dumps(named, ensure_ascii=False)
    return {"title": _TRY_AGAIN[language_of(tracker)], "payload": payload}

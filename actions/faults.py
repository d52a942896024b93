"""What is said when the backend has said no, or nothing."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backend_client import BackendFault, BackendRefused
from actions.buttons import TRY_AGAIN, Button, first_of_each, payload
from actions.languages import language_of
from actions.mentions import intent_of, is_staff


def say_fault(dispatcher: CollectingDispatcher, tracker: Tracker, fault: BackendFault) -> None:
    """Utter utter_refused, or utter_turn_closed or utter_backend_unreachable, which staff can
    answer with a button that asks the same again.
    """
    if not isinstance(fault, BackendRefused):
        response = "utter_backend_unreachable"
    elif fault.code == "turn_closed":
        response = "utter_turn_closed"
    else:
        dispatcher.utter_message(response="utter_refused", reason=fault.reason)
        return
    buttons = [_try_again(tracker)] if is_staff(tracker) else []
    dispatcher.utter_message(response=response, buttons=buttons)


def _try_again(tracker: Tracker) -> Button:
    """A button that says the latest message once more."""
    named = first_of_each(tracker.latest_message.get("entities") or ())
    said = payload(intent_of(tracker), named)
    return {"title": TRY_AGAIN[language_of(tracker)], "payload": said}

"""An office's own facts: hours, place, phone, web page. They are the office's data."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.backend_client import Backend, BackendRefused, BackendUnreachable
from actions.faults import say_fault
from actions.mentions import intent_of

# Intent to the field of GET /internal/office and the answer that says it.
FACTS = {
    "student_office_hours": ("hours", "utter_office_hours"),
    "student_office_place": ("place", "utter_office_place"),
    "student_office_phone": ("phone", "utter_office_phone"),
    "student_office_web": ("web_page", "utter_office_web"),
}
UNKNOWN = "utter_office_fact_unknown"


class ActionOfficeFacts(Action):
    """Says the fact that was asked for; an unknown one is passed to a person."""

    def name(self) -> str:
        return "action_office_facts"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter the fact's answer, utter_office_fact_unknown or utter_backend_unreachable."""
        field, response = FACTS.get(intent_of(tracker), ("", UNKNOWN))
        try:
            office = await Backend.of_turn(tracker).office()
        except BackendRefused:
            dispatcher.utter_message(response=UNKNOWN)
        except BackendUnreachable as fault:
            say_fault(dispatcher, tracker, fault)
        else:
            _say(dispatcher, office, field, response)
        return []


def _say(
    dispatcher: CollectingDispatcher, office: dict[str, Any], field: str, response: str
) -> None:
    value = office.get(field)
    if not value:
        dispatcher.utter_message(response=UNKNOWN, office_name=office["name"])
        return
    dispatcher.utter_message(response=response, office_name=office["name"], value=value)

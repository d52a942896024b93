"""The contract's limits, for administrators."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.backend_client import Backend, BackendFault, BackendRefused
from actions.faults import say_fault
from actions.languages import day, language_of, thousands
from actions.second_request import offer

# An office's numbers, one of them reusable, and none or several.
_BY_OFFICE = {
    "en": (
        "- {office}: {reusable} reusable, {single_use} single-use",
        "- {office}: {reusable} reusable, {single_use} single-use",
    ),
    "es": (
        "- {office}: {reusable} reutilizable, {single_use} de un solo uso",
        "- {office}: {reusable} reutilizables, {single_use} de un solo uso",
    ),
}


class ActionCheckQuota(Action):
    """Contacts and numbers: limit and used, numbers by office; the backend decides who may see."""

    def name(self) -> str:
        return "action_check_quota"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter utter_quota, utter_quota_refused or what went wrong; no events."""
        try:
            quota = await Backend.of_turn(tracker).quota()
        except BackendFault as fault:
            _say_why_not(dispatcher, tracker, fault)
        else:
            figures = quota_figures(quota, language_of(tracker))
            dispatcher.utter_message(response="utter_quota", **figures)
        offer(dispatcher, tracker)
        return []


def _say_why_not(dispatcher: CollectingDispatcher, tracker: Tracker, fault: BackendFault) -> None:
    if isinstance(fault, BackendRefused) and fault.code == "not_allowed":
        dispatcher.utter_message(response="utter_quota_refused", reason=fault.reason)
    else:
        say_fault(dispatcher, tracker, fault)


def quota_figures(quota: dict[str, Any], language: str) -> dict[str, str]:
    """The placeholders of ``utter_quota``: figures with thousands separators, a line an office."""
    contacts, numbers, period = quota["contacts"], quota["numbers"], quota["period"]
    return {
        "contacts_used": thousands(contacts["used"]),
        "contacts_limit": thousands(contacts["limit"]),
        "numbers_used": thousands(numbers["used"]),
        "numbers_limit": thousands(numbers["limit"]),
        "numbers_reserved": thousands(numbers["reserved"]),
        "by_office": "\n".join(_office_line(row, language) for row in quota["by_office"]),
        "period_starts": day(period["starts_on"], language),
        "period_ends": day(period["ends_on"], language),
    }


def _office_line(row: dict[str, Any], language: str) -> str:
    one, several = _BY_OFFICE[language]
    return (one if row["reusable"] == 1 else several).format(
        office=row["office"],
        reusable=thousands(row["reusable"]),
        single_use=thousands(row["single_use"]),
    )

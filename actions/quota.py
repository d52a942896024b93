"""The contract's limits, for administrators."""

from datetime import date
from typing import Any

from babel.dates import format_date
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.backend_client import Backend, BackendRefused, BackendUnreachable
from actions.languages import language_of

_BY_OFFICE = {
    "en": "- {office}: {reusable} reusable, {single_use} single-use",
    "es": "- {office}: {reusable} reutilizables, {single_use} de un solo uso",
}


class ActionCheckQuota(Action):
    """Contacts and numbers: limit and used, numbers by office; the backend decides who may see."""

    def name(self) -> str:
        return "action_check_quota"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter utter_quota, utter_quota_refused or utter_backend_unreachable; no events."""
        try:
            quota = await Backend.of_turn(tracker).quota()
        except BackendRefused as refusal:
            dispatcher.utter_message(response="utter_quota_refused", reason=refusal.reason)
        except BackendUnreachable:
            dispatcher.utter_message(response="utter_backend_unreachable")
        else:
            figures = quota_figures(quota, language_of(tracker))
            dispatcher.utter_message(response="utter_quota", **figures)
        return []


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


def thousands(count: int) -> str:
    """12345 as "12,345", as both English and United States Spanish write it."""
    return f"{count:,}"


def day(iso: str, language: str) -> str:
    """A day as people write it: 2026-07-01 is "July 1, 2026" or "1 de julio de 2026"."""
    return str(format_date(date.fromisoformat(iso), format="long", locale=language))


def _office_line(row: dict[str, Any], language: str) -> str:
    return _BY_OFFICE[language].format(
        office=row["office"],
        reusable=thousands(row["reusable"]),
        single_use=thousands(row["single_use"]),
    )

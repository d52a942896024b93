"""After an answer of the FAQ: what it means for the asker's own numbers.

A fact is said only by what the backend lets its asker see. Without one nothing is said, and the
answer stands alone: also where the backend says no, or can't be reached.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.backend_client import Backend, BackendFault
from actions.languages import day, language_of, state_in_words, who_answers
from actions.mentions import is_staff, mention
from actions.numbers import IN_SERVICE, NAMING, Number, say_unseen
from actions.quota import quota_figures

# Nobody waits longer for the second half of an answer.
PATIENCE_SECONDS = 3.0
# More numbers than this are no short answer.
MOST_LISTED = 5
_RETURNED = ("releasing", "released")
_FIRST_USED = {
    "en": {
        "received_text": "when a text came in",
        "sent_text": "when a text was sent",
        "campaign": "by a campaign",
    },
    "es": {
        "received_text": "cuando llegó un mensaje",
        "sent_text": "cuando se envió un mensaje",
        "campaign": "en una campaña",
    },
}


@dataclass(frozen=True)
class Asker:
    """Who asked, what they named, and how to find out more for them and to tell them."""

    dispatcher: CollectingDispatcher
    backend: Backend
    language: str
    named: str | None

    def say(self, response: str, **values: Any) -> None:
        """Utter one fact."""
        self.dispatcher.utter_message(response=response, **values)

    async def number(self) -> Number | None:
        """The number that is named, or the only reusable one of the asker's.

        None where several could be meant, or none: of a named one that has been said then.
        """
        if self.named is None:
            return await self._only_number()
        found = await self.backend.number(self.named)
        number: Number | None = found["match"]
        if number is None and not found["candidates"]:
            say_unseen(self.dispatcher, self.named)
        return number

    async def reusable_numbers(self) -> list[Number] | None:
        """The asker's reusable numbers that aren't given back; None where they are many."""
        found = await self.backend.numbers()
        numbers = [
            one
            for one in found["numbers"]
            if one["kind"] == "reusable" and one["state"] not in _RETURNED
        ]
        return None if found["more"] or len(numbers) > MOST_LISTED else numbers

    async def _only_number(self) -> Number | None:
        numbers = await self.reusable_numbers()
        return numbers[0] if numbers and len(numbers) == 1 else None


class ActionOwnFacts(Action):
    """Says the fact that goes with an answer of the FAQ, or nothing."""

    def name(self) -> str:
        return "action_own_facts"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter at most one fact; no events."""
        intent = str((tracker.latest_message.get("intent") or {}).get("name"))
        tell = FACTS.get(intent)
        if tell is None or not is_staff(tracker):
            return []
        with suppress(BackendFault):  # the answer before it is true without its fact
            backend = replace(Backend.of_turn(tracker), timeout=PATIENCE_SECONDS)
            named = mention(tracker, *NAMING)
            await tell(Asker(dispatcher, backend, language_of(tracker), named))
        return []


async def _figures(asker: Asker) -> None:
    quota = await asker.backend.quota()
    asker.say("utter_fact_figures", **quota_figures(quota, asker.language))


async def _reusable_numbers(asker: Asker) -> None:
    numbers = await asker.reusable_numbers()
    if numbers is None:
        return
    lines = (f"• {one['phone_number']} “{one['name']}”, {one['office']}" for one in numbers)
    if numbers:
        asker.say("utter_fact_reusable_numbers", numbers="\n".join(lines))
    else:
        asker.say("utter_fact_no_reusable_number")


async def _whether_it_moves(asker: Asker) -> None:
    number = await asker.number()
    if number is None:
        return
    about = {"phone_number": number["phone_number"], "number": number["id"]}
    first_use = number["first_use"]
    if number["kind"] == "single_use":
        asker.say("utter_fact_single_use_stays", **about)
    elif number["state"] not in IN_SERVICE:
        _say_out_of_service(asker, number)
    elif first_use is not None:
        on, how = day(first_use["at"], asker.language), _FIRST_USED[asker.language]
        asker.say("utter_fact_may_not_move", day=on, how=how[first_use["how"]], **about)
    elif number["may_move"]:
        asker.say("utter_fact_may_move", **about)


async def _who_answers_without_campaign(asker: Asker) -> None:
    number = await asker.number()
    if number is None:
        return
    about = {"phone_number": number["phone_number"], "number": number["id"]}
    if number["state"] not in IN_SERVICE:
        _say_out_of_service(asker, number)
    elif number["kind"] == "single_use":
        asker.say("utter_fact_single_use_ends", **about)
    else:
        own = who_answers(number["unsolicited"], asker.language)
        while_active = {"campaign": number["campaign"]} if number["campaign"] else {}
        asker.say("utter_fact_own_setting", own=own, **while_active, **about)


async def _whose_it_is(asker: Asker) -> None:
    if asker.named is None:
        return
    number = await asker.number()
    if number is None:
        return
    if number["state"] in _RETURNED:
        _say_out_of_service(asker, number)
    else:
        asker.say(f"utter_fact_{number['kind']}", phone_number=number["phone_number"])


def _say_out_of_service(asker: Asker, number: Number) -> None:
    state = state_in_words(number["state"], asker.language) or number["state"]
    asker.say("utter_fact_out_of_service", phone_number=number["phone_number"], state=state)


FACTS: dict[str, Callable[[Asker], Awaitable[None]]] = {
    "faq_provisioned_count": _figures,
    "faq_same_number_all_campaigns": _reusable_numbers,
    "faq_transfer_number": _whether_it_moves,
    "faq_text_back_after_archive": _who_answers_without_campaign,
    "faq_unsolicited_without_campaign": _who_answers_without_campaign,
    "faq_another_school": _whose_it_is,
}

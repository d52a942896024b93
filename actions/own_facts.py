"""After an answer of the FAQ: what it means for the asker's own numbers.

A fact is said only by what the backend lets its asker see. Without one nothing is said, and the
answer stands alone: also where the backend says no, or can't be reached.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.backend_client import Backend, BackendFault
from actions.jobs.archive_campaign import read as archived
from actions.jobs.hearing import Heard
from actions.jobs.numbers_named import number_called, number_said, owning_office
from actions.languages import (
    about_number,
    day,
    language_of,
    state_in_words,
    use_in_words,
    who_answers,
)
from actions.mentions import intent_of, is_staff
from actions.number_in_talk import spoken_of
from actions.numbers import IN_SERVICE, Number, as_choice, number_buttons, say_unseen
from actions.quota import quota_figures

# Nobody waits longer for the second half of an answer.
PATIENCE_SECONDS = 3.0
# More numbers than this are no short answer.
MOST_LISTED = 5
_RETURNED = ("releasing", "released")


@dataclass(frozen=True)
class Asker:
    """Who asked what, and how to find out more for them and to tell them."""

    dispatcher: CollectingDispatcher
    backend: Backend
    language: str
    heard: Heard

    def say(self, response: str, **values: Any) -> None:
        """Utter one fact."""
        self.dispatcher.utter_message(response=response, **values)

    async def number(self) -> Number | None:
        """The number that is meant: the one that is named, that of the campaign that is named, or
        the only reusable one of the asker's.

        None where several could be meant, which are offered then, or none is seen.
        """
        if number_said(self.heard) is not None:
            return await self.number_named()
        seen = await self.backend.numbers()
        of_campaign = self._number_of_campaign(seen["numbers"])
        return of_campaign or await self.number_named() or self._only(seen)

    async def number_named(self) -> Number | None:
        """The number that is named: by its digits, its name or its office, or as "this number".

        None where nothing is named, where several could be meant, and where none is seen: of a
        number that is written out that is said.
        """
        said = number_said(self.heard)
        words = said or self._called()
        if words is None:
            return None
        found = await self.backend.number(words)
        number: Number | None = found["match"]
        if number is None and found["candidates"]:
            self._offer([(one["value"], one["name"]) for one in found["candidates"]])
        elif number is None and said is not None:
            say_unseen(self.dispatcher, said)
        return number

    def _called(self) -> str | None:
        """What may be a number's name, or its office's; a campaign's own number has its name."""
        office = owning_office(self.heard)
        by_office = str(office["value"]) if office else None
        return number_called(self.heard) or by_office or archived(self.heard).get("campaign")

    def _number_of_campaign(self, seen: list[Number]) -> Number | None:
        """The number that an active campaign uses whose name is in the message."""
        text = _folded(self.heard.text)
        named = [one for one in seen if one["campaign"] and _folded(one["campaign"]) in text]
        return named[0] if len(named) == 1 else None

    async def reusable_numbers(self) -> list[Number] | None:
        """The asker's reusable numbers that aren't given back; None where they are many."""
        found = await self.backend.numbers()
        numbers = [
            one
            for one in found["numbers"]
            if one["kind"] == "reusable" and one["state"] not in _RETURNED
        ]
        return None if found["more"] or len(numbers) > MOST_LISTED else numbers

    def _only(self, seen: Mapping[str, Any]) -> Number | None:
        """The only reusable number in service; of several some are offered, unless others are."""
        if self.dispatcher.messages:
            return None
        numbers: list[Number] = [
            one
            for one in seen["numbers"]
            if one["kind"] == "reusable" and one["state"] in IN_SERVICE
        ]
        if len(numbers) == 1 and not seen["more"]:
            return numbers[0]
        self._offer([as_choice(one) for one in numbers])
        return None

    def _offer(self, choices: list[tuple[str, str]]) -> None:
        """Numbers to ask the same about, each by its id and as it is called."""
        if choices:
            self.say("utter_fact_for_which", buttons=number_buttons(self.heard.intent, choices))


class ActionOwnFacts(Action):
    """Says the fact that goes with an answer of the FAQ, or nothing."""

    def name(self) -> str:
        return "action_own_facts"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter at most one fact; the number that it is about stays in talk."""
        tell = FACTS.get(intent_of(tracker))
        if tell is None or not is_staff(tracker):
            return []
        number = None
        with suppress(BackendFault):  # the answer before it is true without its fact
            backend = replace(Backend.of_turn(tracker), timeout=PATIENCE_SECONDS)
            number = await tell(Asker(dispatcher, backend, language_of(tracker), Heard.of(tracker)))
        return spoken_of(number)


def _folded(words: str) -> str:
    """Words in small letters, with a space around each."""
    return " ".join(["", *re.findall(r"\w+", words.casefold()), ""])


async def _figures(asker: Asker) -> Number | None:
    quota = await asker.backend.quota()
    asker.say("utter_fact_figures", **quota_figures(quota, asker.language))
    return None


async def _reusable_numbers(asker: Asker) -> Number | None:
    numbers = await asker.reusable_numbers()
    if numbers is None:
        return None
    lines = (f"• {one['phone_number']} “{one['name']}”, {one['office']}" for one in numbers)
    if numbers:
        asker.say("utter_fact_reusable_numbers", numbers="\n".join(lines))
    else:
        asker.say("utter_fact_no_reusable_number")
    return None


async def _whether_it_moves(asker: Asker) -> Number | None:
    number = await asker.number()
    if number is None:
        return None
    about = about_number(number)
    first_use = number["first_use"]
    if number["kind"] == "single_use":
        asker.say("utter_fact_single_use_stays", **about)
    elif number["state"] not in IN_SERVICE:
        _say_out_of_service(asker, number)
    elif first_use is not None:
        on = day(first_use["at"], asker.language)
        how = use_in_words(first_use["how"], asker.language)
        asker.say("utter_fact_may_not_move", day=on, how=how, **about)
    elif number["may_move"]:
        asker.say("utter_fact_may_move", **about)
    return number


async def _who_answers_without_campaign(asker: Asker) -> Number | None:
    number = await asker.number()
    if number is None:
        return None
    about = about_number(number)
    if number["state"] not in IN_SERVICE:
        _say_out_of_service(asker, number)
    elif number["kind"] == "single_use":
        asker.say("utter_fact_single_use_ends", **about)
    else:
        own = who_answers(number["unsolicited"], asker.language)
        while_active = {"campaign": number["campaign"]} if number["campaign"] else {}
        asker.say("utter_fact_own_setting", own=own, **while_active, **about)
    return number


async def _whose_it_is(asker: Asker) -> Number | None:
    number = await asker.number_named()
    if number is None:
        return None
    if number["state"] in _RETURNED:
        _say_out_of_service(asker, number)
    else:
        asker.say(f"utter_fact_{number['kind']}", phone_number=number["phone_number"])
    return number


def _say_out_of_service(asker: Asker, number: Number) -> None:
    state = state_in_words(number["state"], asker.language) or number["state"]
    asker.say("utter_fact_out_of_service", phone_number=number["phone_number"], state=state)


FACTS: dict[str, Callable[[Asker], Awaitable[Number | None]]] = {
    "faq_provisioned_count": _figures,
    "faq_same_number_all_campaigns": _reusable_numbers,
    "faq_transfer_number": _whether_it_moves,
    "faq_text_back_after_archive": _who_answers_without_campaign,
    "faq_unsolicited_without_campaign": _who_answers_without_campaign,
    "faq_another_school": _whose_it_is,
}

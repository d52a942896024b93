"""Which numbers there are, and who would answer a text to one of them now."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.backend_client import Backend, BackendFault
from actions.faults import say_fault
from actions.languages import language_of, spoken, state_in_words, thousands, who_answers
from actions.mentions import is_staff, mention
from actions.second_request import offer

IN_SERVICE = ("registering", "active")
# How a message or a button names a number.
NAMING = ("number", "phone_number")
_MOST_BUTTONS = 6
# One line of a list of numbers: what it is, then who answers.
_LINE = "• {phone_number} “{name}”{office}{kind}: {answers}"
_SINGLE_USE = {"en": " (single-use)", "es": " (de un solo uso)"}
_CAMPAIGN_ANSWERS = {
    "en": "the campaign “{campaign}” is active on it and decides who answers",
    "es": "la campaña “{campaign}” está activa en él y decide quién contesta",
}
_WHY = {
    "en": {
        "campaign": (
            "Why: the campaign “{campaign}” is active on this number, and an active campaign "
            "decides. Without one, {own}."
        ),
        "single_use": "Why: the number serves the campaign “{campaign}” only, which decides.",
        "unsolicited": (
            "Why: no campaign is active on this number, so its own setting for unsolicited texts "
            "decides."
        ),
        "registering": "One thing more: {state}.",
    },
    "es": {
        "campaign": (
            "Por qué: la campaña “{campaign}” está activa en este número, y una campaña activa "
            "decide. Sin ninguna, {own}."
        ),
        "single_use": ("Por qué: el número sirve solo a la campaña “{campaign}”, y esta decide."),
        "unsolicited": (
            "Por qué: ninguna campaña está activa en este número, así que decide su propia "
            "configuración de mensajes no solicitados."
        ),
        "registering": "Además: {state}.",
    },
}

Number = Mapping[str, Any]
Telling = Callable[[CollectingDispatcher, Tracker, Backend], Awaitable[None]]


class ActionListNumbers(Action):
    """The asker's numbers, an office's, or the one that is named."""

    def name(self) -> str:
        return "action_list_numbers"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter a list, a question which office was meant, or why there is none; no events."""
        return await _for_staff(_list, dispatcher, tracker)


class ActionWhoAnswers(Action):
    """Who would answer a new student's text to a number right now, and why."""

    def name(self) -> str:
        return "action_who_answers"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter who and why, a question which number was meant, or why nobody; no events."""
        return await _for_staff(_tell_who_answers, dispatcher, tracker)


async def _for_staff(
    tell: Telling, dispatcher: CollectingDispatcher, tracker: Tracker
) -> list[dict[str, Any]]:
    if not is_staff(tracker):
        dispatcher.utter_message(response="utter_pass_to_person")
        return []
    try:
        await tell(dispatcher, tracker, Backend.of_turn(tracker))
    except BackendFault as fault:
        say_fault(dispatcher, tracker, fault)
    offer(dispatcher, tracker)
    return []


async def _list(dispatcher: CollectingDispatcher, tracker: Tracker, backend: Backend) -> None:
    language = language_of(tracker)
    named = mention(tracker, *NAMING)
    if named is not None:
        number = await _find(dispatcher, backend, named, "list_numbers")
        if number is not None:
            say_number = {"numbers": line(number, language), "number": number["id"]}
            dispatcher.utter_message(response="utter_number_found", **say_number)
        return
    found = await _numbers_of(dispatcher, tracker, backend, "list_numbers")
    if found is not None:
        _say_list(dispatcher, found, language)


def _say_list(dispatcher: CollectingDispatcher, found: dict[str, Any], language: str) -> None:
    office = found["office"]
    lines = (line(number, language, with_office=not office) for number in found["numbers"])
    values = {"numbers": "\n".join(lines), "url": found["url"]}
    if found["more"]:
        values["more"] = thousands(found["more"])
    if office:
        values["office_named"] = office["name"]
    dispatcher.utter_message(
        response="utter_numbers_of_office" if office else "utter_numbers", **values
    )


async def _tell_who_answers(
    dispatcher: CollectingDispatcher, tracker: Tracker, backend: Backend
) -> None:
    named = mention(tracker, *NAMING)
    if named is None:
        number = await _only_number(dispatcher, tracker, backend)
    else:
        number = await _find(dispatcher, backend, named, "check_who_answers")
    if number is not None:
        _say_who_answers(dispatcher, number, language_of(tracker))


async def _only_number(
    dispatcher: CollectingDispatcher, tracker: Tracker, backend: Backend
) -> Number | None:
    """The one number that can be meant where none is named; None when that had to be asked."""
    found = await _numbers_of(dispatcher, tracker, backend, "check_who_answers")
    if found is None:
        return None
    in_service = [one for one in found["numbers"] if one["state"] in IN_SERVICE]
    numbers: list[Number] = in_service or found["numbers"]
    if len(numbers) == 1 and not found["more"]:
        return numbers[0]
    choices = (({"number": one["id"]}, f"{one['phone_number']} {one['name']}") for one in numbers)
    dispatcher.utter_message(
        response="utter_which_number", buttons=_buttons("check_who_answers", choices)
    )
    return None


def _say_who_answers(dispatcher: CollectingDispatcher, number: Number, language: str) -> None:
    about = {"phone_number": number["phone_number"], "number": number["id"]}
    effective = number["effective"]
    if effective is None:
        state = state_in_words(number["state"], language) or number["state"]
        dispatcher.utter_message(response="utter_nobody_answers", state=state, **about)
        return
    dispatcher.utter_message(
        response=f"utter_{effective['responder']}_answers",
        inbox=effective["inbox"],
        why=_why(number, language),
        **about,
    )


async def _find(
    dispatcher: CollectingDispatcher, backend: Backend, named: str, intent: str
) -> Number | None:
    """The number that is named; None when it has been said that it can't be seen, or asked which
    one was meant.
    """
    found = await backend.number(named)
    number: Number | None = found["match"]
    if number is None and found["candidates"]:
        choices = (({"number": one["value"]}, one["name"]) for one in found["candidates"])
        dispatcher.utter_message(response="utter_which_number", buttons=_buttons(intent, choices))
    elif number is None:
        say_unseen(dispatcher, named)
    return number


def say_unseen(dispatcher: CollectingDispatcher, named: str) -> None:
    """The same of a number that isn't there and of one that isn't the asker's to see."""
    told = {} if named.startswith("num_") else {"phone_number": spoken(named)}
    dispatcher.utter_message(response="utter_number_unseen", **told)


async def _numbers_of(
    dispatcher: CollectingDispatcher, tracker: Tracker, backend: Backend, intent: str
) -> dict[str, Any] | None:
    """The numbers of the office that is named, or all; None when it has been asked which office
    was meant, or said that there is none.
    """
    office = mention(tracker, "office")
    found = await backend.numbers(office)
    if office is not None and found["office"] is None:
        choices = (({"office": one["value"]}, one["name"]) for one in found["candidates"])
        dispatcher.utter_message(
            response="utter_which_office", said=office, buttons=_buttons(intent, choices)
        )
        return None
    if not found["numbers"]:
        told = {"office_named": found["office"]["name"]} if found["office"] else {}
        dispatcher.utter_message(response="utter_no_numbers", **told)
        return None
    return found


def line(number: Number, language: str, *, with_office: bool = True) -> str:
    """A number in a list: number, name, office, kind if it isn't reusable, who answers; of one that
    isn't simply in service, its state.
    """
    return _LINE.format(
        phone_number=number["phone_number"],
        name=number["name"],
        office=f", {number['office']}" if with_office else "",
        kind=_SINGLE_USE[language] if number["kind"] == "single_use" else "",
        answers=_answers(number, language),
    )


def _answers(number: Number, language: str) -> str:
    state = state_in_words(number["state"], language)
    if number["state"] not in IN_SERVICE:
        return state or str(number["state"])
    answers = who_answers(number["unsolicited"], language)
    if number["campaign"]:
        answers = _CAMPAIGN_ANSWERS[language].format(campaign=number["campaign"])
    return f"{answers}; {state}" if state else answers


def _why(number: Number, language: str) -> str:
    words = _WHY[language]
    own = who_answers(number["unsolicited"], language)
    decides = "campaign" if number["campaign"] else "unsolicited"
    if number["campaign"] and number["kind"] == "single_use":
        decides = "single_use"
    reasons = [words[decides].format(campaign=number["campaign"], own=own)]
    state = state_in_words(number["state"], language)
    if state:
        reasons.append(words["registering"].format(state=state))
    return "\n".join(reasons)


def _buttons(intent: str, choices: Iterable[tuple[Mapping[str, str], str]]) -> list[dict[str, str]]:
    """A button a choice: what it names, and its title."""
    buttons = [
        {"title": title, "payload": f"/{intent}{json.dumps(named)}"} for named, title in choices
    ]
    return buttons[:_MOST_BUTTONS]

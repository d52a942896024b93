"""Which numbers there are, and who would answer a text to one of them now."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.backend_client import Backend, BackendFault
from actions.buttons import Button, payload
from actions.faults import say_fault
from actions.jobs.hearing import Heard
from actions.jobs.numbers_named import number_called, number_said, owner_called
from actions.languages import (
    about_number,
    language_of,
    spoken,
    state_in_words,
    thousands,
    who_answers,
)
from actions.mentions import is_staff
from actions.number_in_talk import spoken_of
from actions.second_request import offer

IN_SERVICE = ("registering", "active")
_MOST_BUTTONS = 6
# One line of a list of numbers: what it is, then who answers.
_LINE = "• {phone_number} “{name}”{office}{kind}: {answers}"
_UNUSED = re.compile(
    r"\b(?:unused|never (?:been )?used|not (?:yet )?(?:been )?used"
    r"|ha(?:ve|s)n['’]?t (?:yet )?been used"
    r"|(?:no|nunca|a[uú]n no|todav[ií]a no) (?:se han? |han sido |ha sido )?(?:usad|utilizad)[oa]s?"
    r"|sin (?:usar|utilizar|estrenar))\b",
    re.IGNORECASE,
)
_NARROWED_BY = {
    "en": {"area_code": " with the area code {area_code}", "unused": " that were never used"},
    "es": {
        "area_code": " con el código de área {area_code}",
        "unused": " que nunca se han usado",
    },
}
# What people want a list narrowed by as well, and the backend can't.
_NOT_NARROWED_BY = ("city", "zip_code", "date", "carrier", "inbox")
_NOT_NARROWED_WORDS = re.compile(
    r"\b(?:single[- ]use|de un solo uso|(?:an |with )?active campaigns?|campañas? activas?"
    r"|(?:the )?assistant answers|contesta el asistente|el asistente contesta|still registering)\b",
    re.IGNORECASE,
)
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
        "single_use": "Por qué: el número sirve solo a la campaña “{campaign}”, y esta decide.",
        "unsolicited": (
            "Por qué: ninguna campaña está activa en este número, así que decide su propia "
            "configuración de mensajes no solicitados."
        ),
        "registering": "Además: {state}.",
    },
}

Number = Mapping[str, Any]
Telling = Callable[[CollectingDispatcher, Tracker, Backend], Awaitable[Number | None]]


@dataclass(frozen=True)
class Wish:
    """Which numbers somebody wants to see; `beyond` is what they can't be narrowed by."""

    office: str | None = None
    area_code: str | None = None
    unused: bool = False
    beyond: str | None = None

    @classmethod
    def of(cls, heard: Heard) -> "Wish":
        """What a message wants."""
        words = _NOT_NARROWED_WORDS.search(heard.text)
        return cls(
            office=heard.value("office") or owner_called(heard),
            area_code=heard.value("area_code"),
            unused=bool(_UNUSED.search(heard.text)),
            beyond=heard.value(*_NOT_NARROWED_BY) or (words[0] if words else None),
        )

    def in_words(self, language: str) -> str:
        """What the list is narrowed by, as it follows "your numbers"."""
        words = _NARROWED_BY[language]
        code = words["area_code"].format(area_code=self.area_code) if self.area_code else ""
        return code + (words["unused"] if self.unused else "")


class ActionListNumbers(Action):
    """The asker's numbers, an office's, or the one that is named."""

    def name(self) -> str:
        return "action_list_numbers"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter a list, a question which office was meant, or why there is none; the only one that
        is shown stays in talk."""
        return await _for_staff(_list, dispatcher, tracker)


class ActionWhoAnswers(Action):
    """Who would answer a new student's text to a number right now, and why."""

    def name(self) -> str:
        return "action_who_answers"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utter who and why, a question which number was meant, or why nobody; the number
        stays in talk.
        """
        return await _for_staff(_tell_who_answers, dispatcher, tracker)


async def _for_staff(
    tell: Telling, dispatcher: CollectingDispatcher, tracker: Tracker
) -> list[dict[str, Any]]:
    if not is_staff(tracker):
        dispatcher.utter_message(response="utter_pass_to_person")
        return []
    number = None
    try:
        number = await tell(dispatcher, tracker, Backend.of_turn(tracker))
    except BackendFault as fault:
        say_fault(dispatcher, tracker, fault)
    offer(dispatcher, tracker)
    return spoken_of(number)


async def _list(
    dispatcher: CollectingDispatcher, tracker: Tracker, backend: Backend
) -> Number | None:
    language = language_of(tracker)
    heard = Heard.of(tracker)
    named = number_said(heard)
    if named is not None:
        number = await _find(dispatcher, backend, named, "list_numbers")
    else:
        number = await _by_name(backend, heard)
    if number is not None:
        _show(dispatcher, number, language)
    if named is not None or number is not None:
        return number
    wish = Wish.of(heard)
    found = await _numbers_of(dispatcher, backend, wish, "list_numbers", language)
    if found is None:
        return None
    _say_list(dispatcher, found, wish, language)
    return found["numbers"][0] if len(found["numbers"]) == 1 and not found["more"] else None


def _show(dispatcher: CollectingDispatcher, number: Number, language: str) -> None:
    dispatcher.utter_message(
        response="utter_number_found", numbers=_line(number, language), number=number["id"]
    )


async def _by_name(backend: Backend, heard: Heard) -> Number | None:
    """The one number that is called by its name; an office's name by itself is none."""
    called = number_called(heard)
    offices = {str(one["value"]).casefold() for one in heard.named("office")}
    if called is None or called.casefold() in offices:
        return None
    number: Number | None = (await backend.number(called))["match"]
    return number


def _say_list(
    dispatcher: CollectingDispatcher, found: dict[str, Any], wish: Wish, language: str
) -> None:
    office = found["office"]
    lines = (_line(number, language, with_office=not office) for number in found["numbers"])
    values = {
        "numbers": "\n".join(lines),
        "url": found["url"],
        "narrowed": wish.in_words(language),
    }
    if found["more"]:
        values["more"] = thousands(found["more"])
    if office:
        values["office_named"] = office["name"]
    if wish.beyond:
        dispatcher.utter_message(response="utter_numbers_not_narrowed", said=wish.beyond)
    dispatcher.utter_message(
        response="utter_numbers_of_office" if office else "utter_numbers", **values
    )


async def _tell_who_answers(
    dispatcher: CollectingDispatcher, tracker: Tracker, backend: Backend
) -> Number | None:
    language = language_of(tracker)
    heard = Heard.of(tracker)
    named = number_said(heard)
    if named is not None:
        number = await _find(dispatcher, backend, named, "check_who_answers")
    else:
        number = await _by_name(backend, heard)
        number = number or await _only_number(dispatcher, backend, heard, language)
    if number is not None:
        _say_who_answers(dispatcher, number, language)
    return number


async def _only_number(
    dispatcher: CollectingDispatcher, backend: Backend, heard: Heard, language: str
) -> Number | None:
    """The one number that can be meant where none is named; None when that had to be asked."""
    wish = Wish(office=Wish.of(heard).office)
    found = await _numbers_of(dispatcher, backend, wish, "check_who_answers", language)
    if found is None:
        return None
    in_service = [one for one in found["numbers"] if one["state"] in IN_SERVICE]
    numbers: list[Number] = in_service or found["numbers"]
    if len(numbers) == 1 and not found["more"]:
        return numbers[0]
    buttons = number_buttons("check_who_answers", map(as_choice, numbers))
    dispatcher.utter_message(response="utter_which_number", buttons=buttons)
    return None


def _say_who_answers(dispatcher: CollectingDispatcher, number: Number, language: str) -> None:
    about = about_number(number)
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
        choices = ((one["value"], one["name"]) for one in found["candidates"])
        buttons = number_buttons(intent, choices)
        dispatcher.utter_message(response="utter_which_number", buttons=buttons)
    elif number is None:
        say_unseen(dispatcher, named)
    return number


def say_unseen(dispatcher: CollectingDispatcher, named: str) -> None:
    """The same of a number that isn't there and of one that isn't the asker's to see."""
    told = {} if named.startswith("num_") else {"phone_number": spoken(named)}
    dispatcher.utter_message(response="utter_number_unseen", **told)


async def _numbers_of(
    dispatcher: CollectingDispatcher, backend: Backend, wish: Wish, intent: str, language: str
) -> dict[str, Any] | None:
    """The numbers of the office that is named, or all; None when it has been asked which office
    was meant, or said that there is none.
    """
    found = await backend.numbers(wish.office, wish.area_code, wish.unused)
    if wish.office is not None and found["office"] is None:
        number = (await backend.number(wish.office))["match"]
        if number is not None:
            return {**found, "numbers": [number], "more": 0}
        choices = [({"office": one["value"]}, one["name"]) for one in found["candidates"]]
        dispatcher.utter_message(
            response="utter_which_office", said=wish.office, buttons=_buttons(intent, choices)
        )
        return None
    if not found["numbers"]:
        told = {"office_named": found["office"]["name"]} if found["office"] else {}
        if wish.in_words(language):
            told["narrowing"] = wish.in_words(language)
        dispatcher.utter_message(response="utter_no_numbers", **told)
        return None
    return found


def _line(number: Number, language: str, *, with_office: bool = True) -> str:
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


def as_choice(number: Number) -> tuple[str, str]:
    """A number's id, and how it is offered: "(316) 555-0101 Front desk"."""
    return number["id"], f"{number['phone_number']} {number['name']}"


def number_buttons(intent: str, choices: Iterable[tuple[str, str]]) -> list[Button]:
    """Buttons that ask about a number, by its id and as it is called."""
    return _buttons(intent, (({"number": number}, title) for number, title in choices))


def _buttons(intent: str, choices: Iterable[tuple[Mapping[str, str], str]]) -> list[Button]:
    """A button a choice: what it names, and its title."""
    buttons = [{"title": title, "payload": payload(intent, named)} for named, title in choices]
    return buttons[:_MOST_BUTTONS]

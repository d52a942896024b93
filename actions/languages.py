"""In which language a turn is answered, and the words that several answers share."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import phonenumbers
from babel.dates import format_date
from rasa_sdk import Tracker

# What an answer says of a number that texts can't reach, or answers can't leave.
_STATES = {
    "en": {
        "ordering": "it is being bought, and the carrier has not confirmed it yet",
        "registering": (
            "the mobile carriers are still registering it: texts come in, and answers wait until "
            "it is registered"
        ),
        "releasing": "it is on its way back to the carrier",
        "released": "it was given back to the carrier",
    },
    "es": {
        "ordering": "se está comprando y el operador aún no lo ha confirmado",
        "registering": (
            "los operadores móviles todavía lo están registrando: los mensajes llegan y las "
            "respuestas esperan hasta entonces"
        ),
        "releasing": "está en camino de vuelta al operador",
        "released": "se devolvió al operador",
    },
}
# How a number was used for the first time, by the backend's name for it.
_USES = {
    "en": {
        "received_text": "when a text came in",
        "sent_text": "when a text was sent",
        "campaign": "by a campaign",
        "one_to_one": "in a 1:1 conversation",
    },
    "es": {
        "received_text": "cuando llegó un mensaje",
        "sent_text": "cuando se envió un mensaje",
        "campaign": "en una campaña",
        "one_to_one": "en una conversación individual",
    },
}
_ANSWERERS = {
    "en": {
        "assistant": "the assistant answers, and what needs a person goes to the inbox “{inbox}”",
        "inbox": "texts go to the inbox “{inbox}”, where a person answers",
    },
    "es": {
        "assistant": (
            "contesta el asistente, y lo que necesita a una persona va a la bandeja “{inbox}”"
        ),
        "inbox": "los mensajes van a la bandeja “{inbox}”, donde contesta una persona",
    },
}


def language_of(tracker: Tracker) -> str:
    """ "en" or "es": the latest message's language as understood; of a button, or of a word that
    both languages have, the last answer's; else the person's known one.
    """
    message = tracker.latest_message
    known = (message.get("metadata") or {}).get("language")
    return "es" if (message.get("language") or answered_in(tracker) or known) == "es" else "en"


def about_number(number: Mapping[str, Any]) -> dict[str, str]:
    """The placeholders of an answer about a number: `phone_number`, and its id as `number`."""
    return {"phone_number": number["phone_number"], "number": number["id"]}


def who_answers(unsolicited: Mapping[str, str], language: str) -> str:
    """A number's setting, ``{response, inbox}``, as the end of a sentence."""
    return _ANSWERERS[language][unsolicited["response"]].format(inbox=unsolicited["inbox"])


def state_in_words(state: str, language: str) -> str | None:
    """What a number's state means, as the end of a sentence; None for one that simply works."""
    return _STATES[language].get(state)


def use_in_words(use: str, language: str) -> str:
    """How a number was used, as the end of a sentence; a use without words stays as it is."""
    return _USES[language].get(use, use)


def day(iso: str, language: str) -> str:
    """A day as people write it: 2026-07-01, alone or with a time after it, is "July 1, 2026" or
    "1 de julio de 2026".
    """
    return str(format_date(date.fromisoformat(iso[:10]), format="long", locale=language))


def thousands(count: int) -> str:
    """12345 as "12,345", as both English and United States Spanish write it."""
    return f"{count:,}"


def spoken(said: str) -> str:
    """A phone number as people in its country write it: "+13165550123" is "(316) 555-0123".

    What can't be read as one stays as it was said.
    """
    try:
        number = phonenumbers.parse(said, None)
    except phonenumbers.NumberParseException:
        return said
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


def answered_in(tracker: Tracker) -> str | None:
    """The last answer's language; None before the first."""
    said = (event for event in reversed(tracker.events) if event.get("event") == "bot")
    last = next(said, None) or {}
    language = ((last.get("metadata") or {}).get("metadata") or {}).get("language")
    return str(language) if language else None

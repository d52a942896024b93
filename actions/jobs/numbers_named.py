"""Which number a message means: written out, by its last digits, by its name, or by its office."""

import re

from actions.jobs.hearing import Entity, Heard

_ENDING = re.compile(
    r"\b(?:ends?|ending|finish(?:es|ing)|termin(?:a|ado|ada)|acab(?:a|ado|ada))\s+(?:in|with|en|con)"
    r"\s+(\d(?:[\s.-]?\d){2,6})(?!\d)",
    re.IGNORECASE,
)
_OF = re.compile(r"\b(?:of|from|de|del|desde)\s+(?:(?:the|la|el|los|las)\s+)?$", re.IGNORECASE)
_OWNS = re.compile(
    r"(?:['’]s?)?\s+(?:(?:phone|reusable|text|office) )*(?:number|line)\b", re.IGNORECASE
)
_TO = re.compile(r"\b(?:to|a|al|hacia|para)\s+(?:(?:the|la|el|los|las)\s+)?$", re.IGNORECASE)


def number_said(heard: Heard) -> str | None:
    """A number's id, the number, its last digits, or its name in quotation marks."""
    named = heard.value("number", "phone_number")
    if named is not None or heard.is_button:
        return named
    ending = _ENDING.search(heard.text)
    return ending[1] if ending else heard.quoted()


def number_as_answer(heard: Heard) -> str | None:
    """The same where just that was asked; without one of these the whole message."""
    return number_said(heard) or (None if heard.is_button else heard.text)


def owning_office(heard: Heard) -> Entity | None:
    """The office whose number is spoken of: "Housing's number", "the number of Housing"."""
    for one in heard.named("office"):
        after = heard.text[int(one.get("end") or 0) :]
        if _OF.search(heard.before(one)) or _OWNS.match(after):
            return one
    return None


def goes_to(heard: Heard, office: Entity) -> bool:
    """Whether an office is named as where something goes."""
    return bool(_TO.search(heard.before(office)))

"""Which number a message means: written out, by its last digits, by its name, or by its office."""

import re
from collections.abc import Iterable
from itertools import islice, takewhile

from actions.jobs.hearing import Entity, Heard
from actions.jobs.no_names import NO_NAME, NO_WHOLE_NAME
from actions.number_in_talk import points_at_it

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
_WORD = re.compile(r"[^\W_][\w&'’-]*")
_NOUN = re.compile(r"\b(?:number|line|n[uú]mero|l[ií]nea)\b", re.IGNORECASE)
# Before a name: "the number for", "la línea de la", "who answers the".
_BEFORE_NAME = re.compile(
    r"\b(?:(?:number|line)\s+(?:of|for|called|named)|(?:n[uú]mero|l[ií]nea)(?:\s+(?:del?|llamad[oa]))?"
    r"|(?:who|which one)\s+(?:would\s+|will\s+)?answers?|qui[eé]n\s+contesta(?:r[ií]a|r[aá])?)"
    r"\s+(?:(?:the|la|el|los|las|our|en|a|al)\s+)*",
    re.IGNORECASE,
)
# "Which numbers does it have", however that is spelt.
_OWNER = re.compile(
    r"\bnumbers?\s+(?:do|does|dose|dos)\s+(?:the\s+)?(?P<en>[^.,;:?!\n]{2,60}?)\s+"
    r"(?:have?|hav|has|own|use|got)\b"
    r"|\bn[uú]meros?\s+tiene\s+(?:la\s+|el\s+)?(?P<es>[^.,;:?!\n]{2,60})",
    re.IGNORECASE,
)
_LONGEST_NAME = 5


def number_said(heard: Heard) -> str | None:
    """A number's id, the number, its last digits, or its name in quotation marks; of "it" and "this
    number" the id of the one that was spoken of last.
    """
    return number_written(heard) or number_pointed_at(heard)


def number_written(heard: Heard) -> str | None:
    """A number's id, the number, its last digits, or its name in quotation marks."""
    named = heard.value("number", "phone_number")
    if named is not None or heard.is_button:
        return named
    ending = _ENDING.search(heard.text)
    return ending[1] if ending else heard.quoted()


def number_pointed_at(heard: Heard) -> str | None:
    """The number that "it" or "this number" means, unless the message names one."""
    if heard.is_button or heard.in_talk is None or not points_at_it(heard.text):
        return None
    return None if owning_office(heard) or number_called(heard) else heard.in_talk


def number_called(heard: Heard) -> str | None:
    """What may be a number's name, or its office's, by where it stands: "the front desk line",
    "Admissions' number", "el número de Becas".
    """
    for noun in _NOUN.finditer(heard.text):
        before = _WORD.findall(heard.text[: noun.start()])
        name = _name_in(reversed(before))[::-1]
        if name:
            return " ".join(name).removesuffix("'s").removesuffix("’s").rstrip("'’")
    for found in _BEFORE_NAME.finditer(heard.text):
        stop = re.compile(r"[^.,;:?!¿¡\n]*").match(heard.text, found.end())
        name = _name_in(_WORD.findall(stop[0] if stop else ""))
        if name:
            return " ".join(name)
    return None


def owner_called(heard: Heard) -> str | None:
    """What may be an office's name by where it stands, and was not known for one: "which numbers
    does admisions have".
    """
    found = _OWNER.search(heard.text)
    name = _name_in(_WORD.findall(found["en"] or found["es"] or "")) if found else []
    return " ".join(name) or None


def _name_in(words: Iterable[str]) -> list[str]:
    """The first words, as far as they can be a name."""
    name = list(takewhile(_may_be_name, islice(words, _LONGEST_NAME)))
    return [] if NO_WHOLE_NAME.issuperset(word.casefold() for word in name) else name


def _may_be_name(word: str) -> bool:
    return word.casefold() not in NO_NAME and not word.isdigit()


def number_as_answer(heard: Heard) -> str:
    """The same where just that was asked; without one of these the whole message."""
    return number_said(heard) or heard.text


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

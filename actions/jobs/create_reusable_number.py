"""Create a reusable number: for which office, from where, who answers it, its name."""

import re

from actions.jobs.answerers import response_as_answer, said_for_answering
from actions.jobs.hearing import Heard, Said
from actions.jobs.job import Facts, Job, Words
from actions.languages import spoken, state_in_words, who_answers

_ENDS = r"(?=\s+(?:for|in|with|at|from|para|en|con|de|and|y)\b|\s*[,.;!?\n]|\s*$)"
_CALLED = re.compile(
    r"\b(?:called|named|name it|call it|rename (?:it|the number) (?:to|as)"
    r"|with the name(?: of)?|the name (?:is|should be)"
    r"|llamad[oa]|que se llame|ll[aá]m(?:al|el|arl)o|ren[oó]mbr[ae]l[oa]?(?: como| a)?"
    r"|con (?:el )?nombre(?: de)?|de nombre"
    r"|el nombre (?:es|sea))\s+(?P<name>\S.{0,200}?)" + _ENDS,
    re.IGNORECASE,
)
_LONGEST_NAME_READ = 200
# A detail by itself, as a correction has it: "make that 620", "mejor 67260".
_FEW_WORDS = 7
_BARE_PLACE = re.compile(r"(?<![\w$#.-])(?:\d{3}|\d{5})(?![\w%]|[ .,:-]\d)")
# What the finder of area codes leaves to whoever knows that a number is being ordered: toll-free
# codes, which can't be had, and what goes on after the code.
_IN_PLACE = re.compile(
    r"\b(?:(?:in|en|with|con)(?: the| el| la)?|area code|c[oó]digo de [aá]rea|lada|prefijo)"
    r"\s(\d{3})(?![\w%]|[ .,:-]\d)",
    re.IGNORECASE,
)
_PLACES = {
    "en": {
        "area_code": "area code {place}",
        "zip_code": "near ZIP code {place}",
        "city": "near {place}",
        "number": "exactly {place}",
        "any": "anywhere in the country",
    },
    "es": {
        "area_code": "código de área {place}",
        "zip_code": "cerca del código postal {place}",
        "city": "cerca de {place}",
        "number": "exactamente {place}",
        "any": "cualquier lugar del país",
    },
}
_COSTS = {
    "en": {
        True: "1 provisioned number; now {used} of {limit} are used and {reserved} reserved",
        False: "1 of your institution's provisioned numbers",
    },
    "es": {
        True: "1 número aprovisionado; ahora hay {used} de {limit} usados y {reserved} reservados",
        False: "1 de los números aprovisionados de su institución",
    },
}
_READY = {"en": "it is ready to use", "es": "está listo para usarse"}


def read(heard: Heard) -> Said:
    """The office, the place, who answers and the name, as far as a message says them."""
    said = said_for_answering(heard)
    name, rest = _name(heard)
    if name:
        said["name"] = name
    office = rest.value("office")
    if office:
        said["office"] = office
    place = _place(rest)
    if place:
        said["place"] = place
    return said


def answer(heard: Heard, asked: str) -> str | None:
    """What a message says where just one of these was asked: mostly all of it."""
    if asked == "response":
        return response_as_answer(heard)
    if heard.is_button:
        return None
    if asked == "name":
        return _name(heard)[0] or heard.text.strip()[:_LONGEST_NAME_READ]
    if asked == "place":
        return _place(heard) or heard.text
    if asked == "inbox":
        return heard.value("inbox", "office") or heard.text
    return heard.value("office", "inbox") or heard.text


def _name(heard: Heard) -> tuple[str | None, Heard]:
    """The name that is given, and the message without what lies in it."""
    pressed = heard.pressed("name")
    if pressed is not None or heard.is_button:
        return pressed, heard
    quoted = heard.quoted()
    found = _CALLED.search(heard.text)
    name = quoted or (found["name"] if found else None)
    if not name:
        return None, heard
    start = heard.text.find(name)
    return name.strip(), heard.without(start, start + len(name))


def _place(heard: Heard) -> str | None:
    """An area code, a ZIP code, a city, or the very number."""
    place = heard.value("place", "area_code", "zip_code", "city", "phone_number")
    if place is None and not heard.is_button:
        is_short = len(heard.text.split()) <= _FEW_WORDS
        digits = (_BARE_PLACE if is_short else _IN_PLACE).findall(heard.text)
        place = digits[-1] if digits else None
    is_long_zip = place is not None and re.fullmatch(r"\d{5}-\d{4}", place)
    return place[:5] if place and is_long_zip else place


def plan(facts: Facts, language: str) -> Words:
    """Buying says what it costs and that it stays."""
    values = {
        "office": facts["office"],
        "name": facts["name"],
        "place": place_in_words(facts["place"], language),
        "answers": who_answers(facts, language),
        "counts_for": facts["counts_for"],
    }
    if facts.get("left") is not None:
        values["left"] = str(facts["left"])
    return "utter_create_reusable_number_plan", values


def place_in_words(place: Facts, language: str) -> str:
    """Where a number is to be from, `{kind, name}`, as the end of a sentence."""
    name = spoken(place["name"]) if place["kind"] == "number" else place["name"]
    return _PLACES[language][place["kind"]].format(place=name)


def receipt(facts: Facts, language: str) -> Words:
    """The number, what it cost, who answers it."""
    number, quota = facts["number"], facts.get("quota")
    return "utter_create_reusable_number_receipt", {
        "phone_number": number["phone_number"],
        "name": number["name"],
        "number": number["id"],
        "state": state_in_words(number["state"], language) or _READY[language],
        "office": facts["office"],
        "answers": who_answers(facts, language),
        "cost": _COSTS[language][quota is not None].format(**(quota or {})),
        "url": facts["url"],
    }


JOB = Job(
    name="create_reusable_number",
    fields=("office", "place", "response", "inbox", "name"),
    read=read,
    answer=answer,
    plan=plan,
    receipt=receipt,
    depends={"inbox": "office"},
    sounds_like=frozenset({"change_unsolicited_response", "check_who_answers", "transfer_number"}),
)

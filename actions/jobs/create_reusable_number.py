"""Create a reusable number: for which office, from where, who answers it, its name."""

import re

from actions.jobs.answerers import inbox_as_answer, response_as_answer, said_for_answering
from actions.jobs.hearing import Heard, Said
from actions.jobs.job import Facts, Job, Words
from actions.languages import about_number, spoken, state_in_words, who_answers

_CALLED = re.compile(
    r"\b(?:called|named|name it|call it|rename (?:it|the number) (?:to|as)"
    r"|with the name(?: of)?|the name (?:is|should be|to)|name to"
    r"|llamad[oa]|que se llame|ll[aá]m(?:al|el|arl)o|ren[oó]mbr[ae]l[oa]?(?: como| a)?"
    r"|con (?:el )?nombre(?: de)?|de nombre"
    r"|el nombre (?:es|sea|a|por))\s+(?P<name>\S.{0,200})",
    re.IGNORECASE,
)
# Where a name ends; after a small word it goes on with a capital: "Loans and Grants".
_END = re.compile(
    r"\s*[,.;!?\n]|\s+(?P<word>for|in|with|at|from|para|en|con|and|y|que)\s+", re.IGNORECASE
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
_LONG_ZIP_CODE = re.compile(r"\d{5}-\d{4}")
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
_COST = {
    "en": "1 of your institution's provisioned numbers",
    "es": "1 de los números aprovisionados de su institución",
}
_COST_AND_QUOTA = {
    "en": "1 provisioned number; now {used} of {limit} are used and {reserved} reserved",
    "es": "1 número aprovisionado; ahora hay {used} de {limit} usados y {reserved} reservados",
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


def _name_as_answer(heard: Heard) -> str:
    return _name(heard)[0] or heard.text.strip()[:_LONGEST_NAME_READ]


def _name(heard: Heard) -> tuple[str | None, Heard]:
    """The name that is given, and the message without what lies in it."""
    pressed = heard.pressed("name")
    if pressed is not None or heard.is_button:
        return pressed, heard
    found = _CALLED.search(heard.text)
    name = heard.quoted() or (_until_its_end(heard, found.start("name")) if found else None)
    if not name:
        return None, heard
    start = heard.text.find(name)
    return name.strip(), heard.without(start, start + len(name))


def _until_its_end(heard: Heard, start: int) -> str:
    """The name that begins at a place of the message, as far as it is one."""
    things = {int(one.get("start") or 0) for one in heard.entities}
    text = heard.text[: start + _LONGEST_NAME_READ]
    for end in _END.finditer(text, start + 1):
        goes_on = text[end.end() : end.end() + 1].isupper() and end.end() not in things
        if not (end["word"] and goes_on):
            return text[start : end.start()]
    return text[start:]


def _place(heard: Heard) -> str | None:
    """An area code, a ZIP code, a city, or the very number."""
    place = heard.value("place", "area_code", "zip_code", "city", "phone_number")
    if place is None and not heard.is_button:
        is_short = len(heard.text.split()) <= _FEW_WORDS
        digits = (_BARE_PLACE if is_short else _IN_PLACE).findall(heard.text)
        place = digits[-1] if digits else None
    return place[:5] if place and _LONG_ZIP_CODE.fullmatch(place) else place


def plan(facts: Facts, language: str) -> Words:
    """Buying says what it costs and that it stays."""
    values = {
        "office": facts["office"],
        "name": facts["name"],
        "place": _place_in_words(facts["place"], language),
        "answers": who_answers(facts, language),
        "counts_for": facts["counts_for"],
    }
    if facts.get("left") is not None:
        values["left"] = str(facts["left"])
    return "utter_create_reusable_number_plan", values


def _place_in_words(place: Facts, language: str) -> str:
    name = spoken(place["name"]) if place["kind"] == "number" else place["name"]
    return _PLACES[language][place["kind"]].format(place=name)


def receipt(facts: Facts, language: str) -> Words:
    """The number, what it cost, who answers it."""
    number, quota = facts["number"], facts["quota"]
    cost = _COST_AND_QUOTA[language].format(**quota) if quota else _COST[language]
    return "utter_create_reusable_number_receipt", {
        **about_number(number),
        "name": number["name"],
        "state": state_in_words(number["state"], language) or _READY[language],
        "office": facts["office"],
        "answers": who_answers(facts, language),
        "cost": cost,
        "url": facts["url"],
    }


JOB = Job(
    name="create_reusable_number",
    fields={
        "office": lambda heard: heard.value_or_all("office", "inbox"),
        "place": lambda heard: _place(heard) or heard.text,
        "response": response_as_answer,
        "inbox": inbox_as_answer,
        "name": _name_as_answer,
    },
    read=read,
    plan=plan,
    receipt=receipt,
    depends={"inbox": "office"},
    guessed=("office", "place", "inbox"),
    sounds_like=frozenset({"change_unsolicited_response", "check_who_answers", "transfer_number"}),
)

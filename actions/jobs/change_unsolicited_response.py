"""Choose who answers a number's unsolicited texts: the assistant, or an inbox."""

from actions.jobs.answerers import response_as_answer, said_for_answering
from actions.jobs.hearing import Heard, Said
from actions.jobs.job import Facts, Job, Words
from actions.jobs.numbers_named import number_as_answer, number_said
from actions.languages import who_answers


def read(heard: Heard) -> Said:
    """The number (its office will do where that has one only), who answers, and the inbox."""
    said = said_for_answering(heard)
    number = number_said(heard) or heard.value("office")
    if number:
        said["number"] = number
    return said


def answer(heard: Heard, asked: str) -> str | None:
    """What a message says where just one of these was asked."""
    if asked == "response":
        return response_as_answer(heard)
    if asked == "number":
        return number_as_answer(heard)
    if heard.is_button:
        return None
    return heard.value("inbox", "office") or heard.text


def plan(facts: Facts, language: str) -> Words:
    """How it is, how it will be, and which campaign decides meanwhile."""
    return "utter_change_unsolicited_response_plan", _values(facts, language)


def receipt(facts: Facts, language: str) -> Words:
    """How it is now, with the way back."""
    undo = {f"undo_{name}": value for name, value in facts["undo"].items()}
    return "utter_change_unsolicited_response_receipt", {**_values(facts, language), **undo}


def _values(facts: Facts, language: str) -> dict[str, str]:
    number = facts["number"]
    values = {
        "phone_number": number["phone_number"],
        "name": number["name"],
        "number": number["id"],
        "before": who_answers(facts["before"], language),
        "after": who_answers(facts["after"], language),
    }
    if facts.get("campaign"):
        values["campaign"] = facts["campaign"]
    return values


JOB = Job(
    name="change_unsolicited_response",
    fields=("number", "response", "inbox"),
    read=read,
    answer=answer,
    plan=plan,
    receipt=receipt,
    depends={"inbox": "number"},
    takes_dont=True,
    sounds_like=frozenset({"check_who_answers"}),
)

"""Choose who answers a number's unsolicited texts: the assistant, or an inbox."""

from actions.jobs.answerers import inbox_as_answer, response_as_answer, said_for_answering
from actions.jobs.hearing import Heard, Said
from actions.jobs.job import Facts, Job, Words
from actions.jobs.numbers_named import number_as_answer, number_said
from actions.languages import about_number, who_answers


def read(heard: Heard) -> Said:
    """The number (its office will do where that has one only), who answers, and the inbox."""
    said = said_for_answering(heard)
    number = number_said(heard) or heard.value("office")
    if number:
        said["number"] = number
    return said


def plan(facts: Facts, language: str) -> Words:
    """How it is, how it will be, and which campaign decides meanwhile."""
    return "utter_change_unsolicited_response_plan", _values(facts, language)


def receipt(facts: Facts, language: str) -> Words:
    """How it is now, with the way back."""
    undo = {f"undo_{name}": value for name, value in facts["undo"].items()}
    return "utter_change_unsolicited_response_receipt", {**_values(facts, language), **undo}


def undo(facts: Facts) -> Said:
    """As it was answered before."""
    return {"number": facts["number"]["id"], **facts["undo"]}


def _values(facts: Facts, language: str) -> dict[str, str]:
    values = {
        **about_number(facts["number"]),
        "name": facts["number"]["name"],
        "before": who_answers(facts["before"], language),
        "after": who_answers(facts["after"], language),
    }
    if facts.get("campaign"):
        values["campaign"] = facts["campaign"]
    return values


JOB = Job(
    name="change_unsolicited_response",
    fields={
        "number": number_as_answer,
        "response": response_as_answer,
        "inbox": inbox_as_answer,
    },
    read=read,
    plan=plan,
    receipt=receipt,
    depends={"inbox": "number"},
    guessed=("inbox", "number"),
    undo=undo,
    takes_dont=True,
    sounds_like=frozenset({"check_who_answers"}),
)

"""Transfer a number to another office, which only an unused one can."""

from actions.jobs.hearing import Heard, Said
from actions.jobs.job import Facts, Job, Words
from actions.jobs.numbers_named import goes_to, number_as_answer, number_said, owning_office
from actions.languages import about_number, who_answers


def read(heard: Heard) -> Said:
    """The number, and the office it shall go to."""
    said: Said = {}
    number = number_said(heard)
    if number:
        said["number"] = number
    owner = None if heard.is_button else owning_office(heard)
    offices = [one for one in heard.named("office") if one is not owner]
    towards = [one for one in offices if goes_to(heard, one)]
    if offices:
        said["office"] = str((towards or offices)[0]["value"])
    if owner is not None and not number:
        said["number"] = str(owner["value"])
    return said


def plan(facts: Facts, language: str) -> Words:
    """What moves from where to where, and until when it can be undone."""
    return "utter_transfer_number_plan", _values(facts, language)


def receipt(facts: Facts, language: str) -> Words:
    """What has moved, with the way back."""
    values = {**_values(facts, language), "undo_office": facts["undo"]["office"]}
    return "utter_transfer_number_receipt", values


def undo(facts: Facts) -> Said:
    """Back to the office it came from."""
    return {"number": facts["number"]["id"], **facts["undo"]}


def _values(facts: Facts, language: str) -> dict[str, str]:
    return {
        **about_number(facts["number"]),
        "name": facts["number"]["name"],
        "from_office": facts["from"],
        "to_office": facts["to"],
        "answers": who_answers(facts, language),
    }


JOB = Job(
    name="transfer_number",
    fields={
        "number": number_as_answer,
        "office": lambda heard: heard.value_or_all("office", "inbox"),
    },
    read=read,
    plan=plan,
    receipt=receipt,
    guessed=("office", "number"),
    undo=undo,
)

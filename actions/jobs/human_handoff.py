"""Pass the conversation to a person: the administrators of the institution."""

from actions.jobs.hearing import Heard, Said
from actions.jobs.job import Facts, Job, Words


def read(heard: Heard) -> Said:
    """There is nothing to be known."""
    return {}


def plan(facts: Facts, language: str) -> Words:
    """Who will see the conversation."""
    return "utter_human_handoff_plan", {"to": ", ".join(facts["to"])}


def receipt(facts: Facts, language: str) -> Words:
    """Who sees it, and where."""
    return "utter_human_handoff_receipt", {
        "to": ", ".join(facts["to"]),
        "inbox": facts["inbox"],
        "conversation": facts["conversation"],
    }


JOB = Job(name="human_handoff", fields={}, read=read, plan=plan, receipt=receipt)

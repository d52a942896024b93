"""Data that must agree: intents, rules, answers, actions, jobs."""

import re
from typing import Any

import yaml
from conftest import ROOT

from actions.jobs.known import JOBS
from actions.offices import FACTS, UNKNOWN

# Answers that the code names in parts.
PARTS = {
    "problem": (
        *("unknown", "several", "same_office", "no_inbox", "none_available", "too_long"),
        *("toll_free", "unknown_area_code", "not_us", "invalid_number"),
    ),
    "outcome": ("expired", "changed", "replaced", "withdrawn", "not_shown", "unclear"),
    "code": ("over_quota", "carrier_error"),
}


def load(folder: str, key: str) -> list[Any]:
    """All files' values of one key under data."""
    found: list[Any] = []
    for path in sorted((ROOT / folder).rglob("*.yml")):
        found.append(yaml.safe_load(path.read_text(encoding="utf-8")).get(key) or [])
    return found


# Of each rule that begins with an intent: the intent, its entities, what is done.
BEGINNINGS = [
    (
        steps[0]["intent"],
        tuple(steps[0].get("entities", ())),
        [one.get("action") for one in steps[1:]],
    )
    for rules in load("data", "rules")
    for steps in (rule["steps"] for rule in rules)
    if "intent" in steps[0]
]
RULES = {intent: actions for intent, entities, actions in BEGINNINGS if not entities}
RESPONSES = {
    name: one for responses in load("data", "responses") for name, one in dict(responses).items()
}
SAYINGS = {name: one for sayings in load("data", "sayings") for name, one in dict(sayings).items()}
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))


def test_every_intent_has_a_rule() -> None:
    """Nothing that can be understood is met with silence."""
    assert set(RULES) == set(DOMAIN["intents"])


def test_every_rule_ends_in_something_that_exists() -> None:
    """A rule's actions are ours or answers that are written."""
    done = {action for _, _, actions in BEGINNINGS for action in actions if action}

    assert done <= set(RESPONSES) | set(DOMAIN["actions"])


def test_every_answer_of_an_action_is_written() -> None:
    """What the code utters by name stands in data/answers."""
    uttered = {response for _, response in FACTS.values()} | {UNKNOWN}
    uttered |= {"utter_pass_to_person", "utter_did_you_mean", "utter_choose"}
    for path in (ROOT / "actions").rglob("*.py"):
        uttered |= set(re.findall(r'"(utter_\w+)"', path.read_text(encoding="utf-8")))
    uttered |= {f"utter_job_problem_{one}" for one in PARTS["problem"]}
    uttered |= {f"utter_plan_{one}" for one in PARTS["outcome"]}
    uttered |= {f"utter_job_refused_{one}" for one in PARTS["code"]}
    uttered -= {"utter_message"}

    assert uttered <= set(SAYINGS) | set(RESPONSES)
    assert "utter_unsure" in RESPONSES


def test_every_question_of_a_job_is_written() -> None:
    """For each of its fields, in both languages."""
    for job in JOBS.values():
        for field in job.fields:
            variations = SAYINGS[f"utter_{job.name}_asks_{field}"]

            assert {one["metadata"]["language"] for one in variations} == {"en", "es"}


def test_every_plan_can_be_confirmed_and_cancelled() -> None:
    """Each variation has the buttons that say its plan's own id."""
    plans = [one for name, several in SAYINGS.items() if "_plan" in name for one in several]
    shown = [one for one in plans if "?" in one["text"]]

    assert len(shown) == 18
    for one in shown:
        payloads = [button["payload"] for button in one["buttons"]]

        assert payloads[0] == '/affirm{"plan": "{plan}"}'
        assert payloads[-1] == '/cancel{"plan": "{plan}"}'


def test_every_job_is_a_loop_that_begins_and_ends() -> None:
    """Its intent begins it, its last word ends it, and the domain knows it as action and form."""
    for name in JOBS:
        form = f"{name}_form"

        assert form in RULES[name]
        assert form in DOMAIN["actions"]
        assert DOMAIN["forms"][form] == {"required_slots": []}


def test_a_button_of_a_plan_goes_to_its_own_action() -> None:
    """Yes, no and cancel are about the plan where a button names one."""
    about_plans = {
        intent: actions for intent, entities, actions in BEGINNINGS if entities == ("plan",)
    }

    assert about_plans == {
        "affirm": ["action_confirm_plan"],
        "deny": ["action_change_plan"],
        "cancel": ["action_cancel_plan"],
    }


def test_nobody_types_what_only_a_button_says() -> None:
    """The examples mark none of it as an entity."""
    only_buttons = r"\]\((?:number|response|campaign|place|name|plan|change|step)\b|\]\{"
    for path in (ROOT / "data").rglob("*.yml"):
        assert re.search(only_buttons, path.read_text(encoding="utf-8")) is None, path.name


def test_every_office_fact_has_its_rule() -> None:
    """The intents the office action knows are the ones that lead to it."""
    led = {intent for intent, actions in RULES.items() if actions == ["action_office_facts"]}

    assert led == set(FACTS)

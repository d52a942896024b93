"""Data that must agree: intents, rules, answers, actions."""

from typing import Any

import yaml
from conftest import ROOT

from actions.offices import FACTS, UNKNOWN


def load(folder: str, key: str) -> list[Any]:
    """All files' values of one key under data."""
    found: list[Any] = []
    for path in sorted((ROOT / folder).rglob("*.yml")):
        found.append(yaml.safe_load(path.read_text(encoding="utf-8")).get(key) or [])
    return found


RULES = {
    steps[0]["intent"]: steps[1]["action"]
    for rules in load("data", "rules")
    for steps in (rule["steps"] for rule in rules)
}
ANSWERS = {name for responses in load("data", "responses") for name in responses}
SAYINGS = {name for sayings in load("data", "sayings") for name in sayings}
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))


def test_every_intent_has_a_rule() -> None:
    """Nothing that can be understood is met with silence."""
    assert set(RULES) == set(DOMAIN["intents"])


def test_every_rule_ends_in_something_that_exists() -> None:
    """A rule's action is one of ours or an answer that is written."""
    assert set(RULES.values()) <= ANSWERS | set(DOMAIN["actions"])


def test_every_answer_of_an_action_is_written() -> None:
    """What the code utters by name stands in data/answers."""
    uttered = {response for _, response in FACTS.values()} | {UNKNOWN}
    uttered |= {"utter_quota", "utter_quota_refused", "utter_backend_unreachable"}
    uttered |= {"utter_pass_to_person", "utter_did_you_mean", "utter_choose"}

    assert uttered <= SAYINGS
    assert "utter_unsure" in ANSWERS


def test_every_office_fact_has_its_rule() -> None:
    """The intents the office action knows are the ones that lead to it."""
    led = {intent for intent, action in RULES.items() if action == "action_office_facts"}

    assert led == set(FACTS)

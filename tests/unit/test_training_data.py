"""How people ask: data/nlu and the offices' own files, and the rules that answer."""

import collections
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
DATA = [
    yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "data").rglob("*.yml"))
]
# Named by the classifier itself, never learned.
ASKED_INTENTS = [intent for intent in DOMAIN["intents"] if intent != "nlu_fallback"]


def _examples() -> list[tuple[str, str, str]]:
    """Every example as (intent, language, text)."""
    return [
        (block["intent"], block["metadata"]["language"], line.removeprefix("-").strip())
        for content in DATA
        for block in content.get("nlu", ())
        for line in block["examples"].splitlines()
    ]


def _texts(intent: str, language: str) -> list[str]:
    return [text for name, spoken, text in _examples() if (name, spoken) == (intent, language)]


def _as_heard(text: str) -> str:
    """Case, final punctuation and Unicode dress aside; what is only punctuation stays."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return plain.strip(" .!?¿¡") or plain


def _first_actions() -> dict[str, list[str]]:
    """For each intent, the action that each rule starting with it runs first; "intent+entity" is
    an intent by a button that names something.
    """
    found: dict[str, list[str]] = collections.defaultdict(list)
    for content in DATA:
        for rule in content.get("rules", ()):
            first, second = rule["steps"][:2]
            if "intent" in first:  # the others say that a job's loop has ended
                heard = "+".join([first["intent"], *first.get("entities", ())])
                found[heard].append(second["action"])
    return found


def test_domain_and_examples_name_the_same_intents() -> None:
    """An intent without examples is never heard; examples of an unknown intent train nothing."""
    learned = {intent for intent, _, _ in _examples()}

    assert learned == set(ASKED_INTENTS)


@pytest.mark.parametrize("intent", ASKED_INTENTS)
def test_each_intent_has_enough_examples_in_both_languages(intent: str) -> None:
    """At least 30 English and 10 Spanish examples teach an intent."""
    english, spanish = _texts(intent, "en"), _texts(intent, "es")

    assert len(english) >= 30
    assert len(spanish) >= 10


def test_nothing_of_these_has_many_examples() -> None:
    """Turning questions away needs variety: 400 examples, 80 of them Spanish."""
    english, spanish = _texts("out_of_scope", "en"), _texts("out_of_scope", "es")

    assert len(english) + len(spanish) >= 400
    assert len(spanish) >= 80


def test_no_example_stands_twice() -> None:
    """The same words under two intents contradict one another; under one, they teach nothing."""
    heard: dict[str, list[str]] = collections.defaultdict(list)
    for intent, _, text in _examples():
        heard[_as_heard(text)].append(intent)

    assert {text: intents for text, intents in heard.items() if len(intents) > 1} == {}


def test_no_example_starts_like_a_payload() -> None:
    """A leading slash means a pressed button; people's words never teach it."""
    slashed = [text for _, _, text in _examples() if text.startswith("/")]

    assert slashed == []


@pytest.mark.parametrize("intent", DOMAIN["intents"])
def test_each_intent_has_exactly_one_rule(intent: str) -> None:
    """With no rule there is silence; with two, Rasa refuses to train."""
    assert len(_first_actions()[intent]) == 1


def test_each_rule_runs_an_action_or_an_answer_that_exists() -> None:
    """A rule that names a missing answer would be found out only when somebody asks."""
    answers = {name for content in DATA for name in content.get("responses", {})}
    run = {action for actions in _first_actions().values() for action in actions}

    assert run <= answers | set(DOMAIN["actions"])


def test_payloads_of_buttons_are_intents() -> None:
    """A pressed button starts with an intent the domain knows."""
    variations: list[dict[str, Any]] = [
        one
        for content in DATA
        for several in content.get("responses", {}).values()
        for one in several
    ]
    pressed = {
        button["payload"].removeprefix("/").partition("{")[0]
        for one in variations
        for button in one.get("buttons", ())
    }

    assert pressed
    assert pressed <= set(DOMAIN["intents"])

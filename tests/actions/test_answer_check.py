"""Answers' files are checked before training."""

from pathlib import Path

import pytest
from conftest import ROOT

from bot.answer_check import check_answers

GOOD = """
responses:
  utter_a:
  - text: "A"
    metadata: {audience: staff, language: en}
"""


def test_our_own_answers_are_fine() -> None:
    """Every file under data passes."""
    faults = check_answers((ROOT / "data").rglob("*.yml"))

    assert faults == []


def test_a_response_stands_in_one_file(tmp_path: Path) -> None:
    """The same name twice is a fault that names both files."""
    for name in ("one.yml", "two.yml"):
        (tmp_path / name).write_text(GOOD)

    faults = check_answers(tmp_path.glob("*.yml"))

    assert faults == ["two.yml: utter_a already stands in one.yml."]


def test_a_saying_is_checked_like_a_response(tmp_path: Path) -> None:
    """What only the code says needs an audience too, and a name of its own."""
    (tmp_path / "one.yml").write_text(GOOD)
    (tmp_path / "two.yml").write_text(GOOD.replace("responses", "sayings").replace("staff", "boss"))

    assert check_answers(tmp_path.glob("*.yml")) == [
        "two.yml: utter_a already stands in one.yml.",
        "two.yml: utter_a, variation 1: audience must be one of staff, student, everyone.",
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("staff", "boss"), "audience must be one of staff, student, everyone."),
        (("language: en", "language: fr"), "language must be one of en, es."),
        (('"A"', '" "'), "text is empty."),
        (("language: en", "language: en, chanel: web"), "unknown key 'chanel' in metadata."),
        (("language: en", "language: en, channel: fax"), "channel must be one of web, sms, slack."),
        (("language: en", "language: en, link: {url: x}"), "link must have title, url."),
        (
            ("language: en", "language: en, source: {article: x}"),
            "source must have article, modified, section.",
        ),
    ],
)
def test_a_fault_says_where_it_is(tmp_path: Path, change: tuple[str, str], fault: str) -> None:
    """File, response and variation stand before what is wrong."""
    (tmp_path / "one.yml").write_text(GOOD.replace(*change))

    faults = check_answers(tmp_path.glob("*.yml"))

    assert faults == [f"one.yml: utter_a, variation 1: {fault}"]

"""A model is trained when, and only when, what it is made from changed."""

import os
from pathlib import Path

import pytest

from bot.train import forget_old_models, inputs_hash, telling_lines


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files a model is made from."""
    for name in (
        "config.yml",
        "domain.yml",
        "data/nlu/a.yml",
        "bot/nlu/b.py",
        "bot/intent_rules.py",
        "requirements/bot.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["config.yml", "data/nlu/a.yml", "data/answers/new.yml", "bot/nlu/b.py"]
)
def test_a_changed_input_is_another_model(project: Path, name: str) -> None:
    """One more letter in any input changes the hash."""
    before = inputs_hash(project)
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("two")

    assert inputs_hash(project) != before


def test_other_files_and_dates_change_nothing(project: Path) -> None:
    """A touched input and a file that is no input leave the hash."""
    before = inputs_hash(project)
    os.utime(project / "config.yml", (1, 1))
    (project / "README.md").write_text("two")

    assert inputs_hash(project) == before


def test_the_last_models_are_kept(tmp_path: Path) -> None:
    """Older models of ours go, other files stay."""
    for age, name in enumerate(["numberdesk-a", "numberdesk-b", "numberdesk-c", "mine"]):
        model = tmp_path / f"{name}.tar.gz"
        model.touch()
        os.utime(model, (age, age))
    forget_old_models(tmp_path, kept=2)

    left = sorted(path.name for path in tmp_path.iterdir())

    assert left == ["mine.tar.gz", "numberdesk-b.tar.gz", "numberdesk-c.tar.gz"]


def test_only_what_helps_an_author_is_shown() -> None:
    """Rasa's warnings pass; that our rule policy is not Rasa's own does not."""
    lines = [
        "io.py:100: UserWarning: 'RulePolicy' is not included in the model's policies.",
        "io.py:100: UserWarning: The intent 'x' has only 1 example.",
        "noise",
    ]

    assert telling_lines(lines) == ["The intent 'x' has only 1 example."]

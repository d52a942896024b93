"""Every path through the jobs, played by Rasa's own `test core` against the real rules."""

import asyncio
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from conftest import ROOT

STORIES = ROOT / "tests" / "stories"


@pytest.fixture(scope="module")
def rules_only(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The real domain, rules and policies without what reads messages: some seconds to train."""
    # Rasa tells of every look at its rules: 100 MB of them.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    from rasa.core.agent import Agent
    from rasa.model_training import train_core

    folder = tmp_path_factory.mktemp("rules_only")
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    (folder / "config.yml").write_text(yaml.safe_dump({**config, "pipeline": []}), encoding="utf-8")
    for part in ("rules", "answers", "offices"):
        shutil.copytree(ROOT / "data" / part, folder / "data" / part)
    model = train_core(
        str(ROOT / "domain.yml"), str(folder / "config.yml"), str(folder / "data"), str(folder)
    )
    return Agent.load(str(model))


def test_every_story_is_told_as_it_is_written(rules_only: Any, tmp_path: Path) -> None:
    """Each action and each listening is what the rules choose: 100 %."""
    from rasa.core.test import test as play

    result = asyncio.run(
        play(str(STORIES), rules_only, out_directory=str(tmp_path), disable_plotting=True)
    )
    failed = (tmp_path / "failed_test_stories.yml").read_text(encoding="utf-8")
    told = result["report"]["conversation_accuracy"]

    assert told["correct"] == told["total"], failed
    assert told["total"] > 100
    assert result["accuracy"] == 1.0


@pytest.mark.parametrize("path", sorted(STORIES.glob("*.yml")), ids=lambda path: path.stem)
def test_stories_have_names_of_their_own(path: Path) -> None:
    """Rasa tells which failed by its name."""
    names = [one["story"] for one in yaml.safe_load(path.read_text(encoding="utf-8"))["stories"]]

    assert len(names) == len(set(names))

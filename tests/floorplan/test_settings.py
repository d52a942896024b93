"""`.env.example` and the settings name the same things."""

from __future__ import annotations

import re
from pathlib import Path

from backend.settings import Settings

# Read by the bot and the action server themselves, which share names with the backend.
BOT_AND_ACTIONS = {
    "RASA_URL",
    "RASA_CHANNEL_SECRET",
    "RASA_TRACKER_DB",
    "ACTIONS_URL",
    "INTERNAL_URL",
}
SETTING = re.compile(r"#?([A-Z][A-Z0-9_]*)=(.*)")


def example_lines(root: Path) -> list[str]:
    """The file's lines but for blank ones and section headings (`# --- …`)."""
    lines = (root / ".env.example").read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith("# ---")]


def test_every_setting_is_in_the_example(root: Path) -> None:
    """A setting that is not explained cannot land, nor an explanation of nothing."""
    named = {found[1] for line in example_lines(root) if (found := SETTING.fullmatch(line))}
    read = {name.upper() for name in Settings.model_fields}

    assert named == read | BOT_AND_ACTIONS


def test_every_setting_has_one_comment(root: Path) -> None:
    """Above each setting stands one line that says what it is for."""
    lines = example_lines(root)
    kinds = ["setting" if SETTING.fullmatch(line) else "comment" for line in lines]

    assert kinds == ["comment", "setting"] * (len(lines) // 2)

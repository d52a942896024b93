"""Rasa's own check of the data finds nothing to say."""

import os
import subprocess
import sys

from conftest import ROOT


def test_the_data_is_clean() -> None:
    """`rasa data validate` passes with warnings counted as failures, and warns of nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.rasa_quietly", "data", "validate", "--fail-on-warnings"],
        cwd=ROOT,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = done.stdout + done.stderr

    assert done.returncode == 0, said
    assert "Warning" not in said
    assert "No story structure conflicts found" in said

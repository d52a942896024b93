"""The search for words and numbers in what was written finds what was planted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.written import Written

ROOT = Path(__file__).resolve().parents[2]
WORDS = "mi abuela se llama «Clementina»,\nsí"
NUMBER = "+13165550199"


@pytest.mark.parametrize(
    "line",
    [
        f"said: {WORDS}",
        f"said={json.dumps(WORDS)}",
        f"ValueError: {WORDS!r}",
        f"{{'text': {WORDS.upper()!r}}}",
        f"to={NUMBER}",
        "student=3165550199&x=1",
        "GET /thread?student=%2B13165550199",
        "(316) 555-0199 said",
        "316-555-0199",
        "+12125550123",  # nobody's that is known, but a number all the same
    ],
)
def test_a_leak_is_found(line: str) -> None:
    """In whatever writing."""
    written = Written()
    written.heard([WORDS], [NUMBER])
    written.wrote("somewhere", f"first line\n{line}\nlast line")

    assert len(written.leaks()) == 1 and written.leaks()[0].startswith("somewhere: ")


@pytest.mark.parametrize(
    "line",
    [
        "sms.received receipt=stored sid=SM00000000000000000000000000000001",
        "timestamp=2026-11-24T09:42:55.264931Z pid=3165550198 port=8000",
        "sms.unrouted to=…99",
        "hello there",
    ],
)
def test_what_is_nobodys_is_no_leak(line: str) -> None:
    """Ids, times, the last two digits, and greetings too short to tell."""
    written = Written()
    written.heard([WORDS, "hello there", "ok"], [NUMBER])
    written.wrote("somewhere", line)

    assert written.leaks() == []


@pytest.mark.parametrize(
    ("planted", "outcome"),
    [
        ("print(f'said: {WORDS}')", 1),
        ("logging.getLogger('x').warning(WORDS)", 1),
        ("structlog.get_logger().info('sms', number='+13165550199')", 1),
        ("os.system('echo my grandmother is called Clementine')", 1),
        ("print('nothing to see')", 0),
    ],
)
def test_a_run_with_a_leak_fails(tmp_path: Path, planted: str, outcome: int) -> None:
    """Though each of its tests passes."""
    (tmp_path / "test_planted.py").write_text(
        "import logging, os, structlog\n"
        "from tests.written import WRITTEN\n"
        "WORDS = 'my grandmother is called Clementine'\n"
        f"def test_it():\n    {planted}\n    WRITTEN.heard([WORDS], [])\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.written", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == outcome, run.stdout
    assert "1 passed" in run.stdout
    assert ("words or phone numbers in what was written" in run.stdout) is bool(outcome)

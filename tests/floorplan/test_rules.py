"""docs/rules.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_test_named_beside_a_rule_exists(root: Path, kept_files: list[str]) -> None:
    """Whoever renames a test keeps the list of rules true."""
    text = (root / "docs" / "rules.md").read_text()
    tests = {
        name
        for path in kept_files
        if re.fullmatch(r"tests/.*/test_\w+\.py", path)
        for name in re.findall(r"def (test_\w+)\(", (root / path).read_text())
    }
    named = set(re.findall(r"`(test_\w+)`", text))
    files = set(re.findall(r"`((?:tests|backend)/[\w/]+\.py)`", text))

    assert named - tests == set()
    assert files - set(kept_files) == set()

"""The walls of the house are all there, and every room is behind them."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

# Which rooms of the backend may do what each contract forbids the others.
MAY = {
    "Only app reads the settings": {"app", "settings"},
    "Vendors and HTTP clients stay in the adapters": {"adapters"},
    "Flask stays in web and app": {"app", "web"},
    "SQL stays in db and services": {"app", "db", "services"},
}
# Package indexes, file stores of theirs, and paths that exist on one machine only. The names
# are put together here so that this file passes its own test.
NOT_OURS_TO_TELL = re.compile(
    "|".join(
        (
            "py" + r"pi\.org",
            "python" + r"hosted\.org",
            r"registry\." + r"npm",
            r"--(extra-)?index-" + "url",
            r"https?://\S+\.(whl|tgz)\b",
            r"(?<![\w.])/(work|root|farm|home|Users)/\w",
        )
    )
)


def contracts(root: Path) -> dict[str, Any]:
    """The import contracts by name."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    return {contract["name"]: contract for contract in project["tool"]["importlinter"]["contracts"]}


@pytest.mark.parametrize("name", MAY)
def test_every_room_is_behind_the_wall(name: str, root: Path, kept_files: list[str]) -> None:
    """A new room of the backend is under each import contract unless it is named as free."""
    rooms = {
        path.split("/")[1].removesuffix(".py")
        for path in kept_files
        if path.startswith("backend/") and path.endswith(".py")
    } - {"__init__"}
    bound = {module.removeprefix("backend.") for module in contracts(root)[name]["source_modules"]}

    assert bound == rooms - MAY[name]


def test_layers_are_exhaustive(root: Path) -> None:
    """A module without a layer fails the checks."""
    layers = [c for c in contracts(root).values() if c["type"] == "layers"]

    assert layers
    assert all(contract["exhaustive"] for contract in layers)


def test_the_programs_are_independent(root: Path) -> None:
    """Backend, bot and actions never import one another."""
    independent = [c["modules"] for c in contracts(root).values() if c["type"] == "independence"]

    assert independent == [["backend", "bot", "actions"]]


def test_nothing_tells_of_an_index_or_one_machine(root: Path, kept_files: list[str]) -> None:
    """No kept file names a package index, a download address or a path of somebody's machine."""
    telling = []
    for path in kept_files:
        text = (root / path).read_bytes().decode("utf-8", errors="ignore")
        telling += [f"{path}: {found[0]}" for found in NOT_OURS_TO_TELL.finditer(text)]

    assert telling == []


def test_every_process_is_replaced_by_its_program(root: Path) -> None:
    """Each Procfile line ends in `exec`, so that a signal reaches the program and not a shell."""
    lines = (root / "Procfile").read_text().splitlines()

    assert [line.split(":", 1)[0] for line in lines] == [
        "backend",
        "internal",
        "worker",
        "rasa",
        "actions",
        "welcome",
    ]
    assert all(re.fullmatch(r"[a-z]+: unset PORT; exec [^;&|]+", line) for line in lines)


def test_the_clean_machine_check_can_be_started(root: Path) -> None:
    """`.ci/run` is a program, and runs the same `make test` as everybody."""
    script = root / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text()

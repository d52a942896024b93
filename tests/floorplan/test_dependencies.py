"""What is installed is what was locked, and nothing tells where it came from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LISTS = ("uv", "backend", "bot", "stock")
PROJECTS = {"backend": "pyproject.toml", "bot": "bot/pyproject.toml"}


def requirements(root: Path, name: str) -> list[str]:
    """The list's entries with their hashes, each as one line, comments dropped."""
    text = (root / "requirements" / f"{name}.txt").read_text()
    lines = re.sub(r"(?m)^\s*#.*\n", "", text).replace("\\\n", " ").splitlines()
    return [" ".join(line.split()) for line in lines if line.strip()]


def locked_versions(root: Path, name: str) -> dict[str, str]:
    """Version by canonical package name."""
    pins = (line.split(" ", 1)[0].split("==") for line in requirements(root, name))
    return {canonicalize_name(package): version for package, version in pins}


@pytest.mark.parametrize("name", LISTS)
def test_every_requirement_is_pinned_and_hashed(name: str, root: Path) -> None:
    """A package whose bytes differ from the locked ones is never installed."""
    pinned = re.compile(r"[A-Za-z0-9._-]+==\S+( ;[^#]*?)?( --hash=sha256:[0-9a-f]{64})+")

    loose = [line for line in requirements(root, name) if not pinned.fullmatch(line)]

    assert loose == []


@pytest.mark.parametrize("name", LISTS)
def test_lists_name_no_index(name: str, root: Path) -> None:
    """The lists say what and how it hashes, never from where."""
    text = (root / "requirements" / f"{name}.txt").read_text()

    assert "://" not in text
    assert "index-url" not in text


@pytest.mark.parametrize("name", PROJECTS)
def test_the_lock_satisfies_the_direct_dependencies(name: str, root: Path) -> None:
    """Whoever edits a pyproject and forgets `make lock` is told."""
    project = tomllib.loads((root / PROJECTS[name]).read_text())
    wanted = [
        Requirement(line)
        for line in project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    ]
    locked = locked_versions(root, name)

    unmet = [
        str(need)
        for need in wanted
        if not need.specifier.contains(locked.get(canonicalize_name(need.name), "0"))
    ]

    assert unmet == []


def test_rasa_is_the_last_open_source_release(root: Path) -> None:
    """3.6.20 pulls a setuptools without pkg_resources; only 3.6.21 will do."""
    assert locked_versions(root, "bot")["rasa"] == "3.6.21"


def test_stock_rasa_is_the_same_release_and_whole(root: Path) -> None:
    """`make bench` measures beside the Rasa we build on, with the TensorFlow we leave out."""
    stock = locked_versions(root, "stock")

    assert stock["rasa"] == locked_versions(root, "bot")["rasa"]
    assert "tensorflow" in stock


def test_torch_is_left_out(root: Path) -> None:
    """The wheel we take a tokenizer from asks for torch, which nothing here imports."""
    assert "torch" not in locked_versions(root, "bot")


def test_both_pythons_are_named_alike_everywhere(root: Path) -> None:
    """`.python-version`, the two projects and the Makefile speak of the same two Pythons."""
    named = (root / ".python-version").read_text().split()
    projects = [
        tomllib.loads((root / PROJECTS[name]).read_text())["project"]["requires-python"]
        for name in ("backend", "bot")
    ]
    made = re.findall(r"\(call environment,\S+?,(\d\.\d+),", (root / "Makefile").read_text())

    assert [project.split(",")[0] for project in projects] == [f">={each}" for each in named]
    assert list(dict.fromkeys(made)) == named

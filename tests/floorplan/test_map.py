"""README's map of the tree is the tree."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs")


def mapped_paths(readme: str) -> set[str]:
    """Paths named in the fenced block under "## The map".

    A line holds one or more names of one room, then two spaces or more, then what it is for;
    two more spaces of indentation mean inside the room above.
    """
    block = readme.split("## The map", 1)[1].split("```", 2)[1]
    paths: set[str] = set()
    parents: list[str] = []
    for line in block.splitlines()[1:]:
        names = re.split(r"\s{2,}", line.strip(), maxsplit=1)[0].split()
        if not names:
            continue
        depth = (len(line) - len(line.lstrip())) // 2
        parents = parents[:depth]
        paths.update("".join(parents) + name.rstrip("/") for name in names)
        parents.append(names[-1])
    return paths


def entries(kept_files: list[str], room: str = "") -> set[str]:
    """What lies directly in a room (`""`: the root; else a path that ends in a slash)."""
    inside = (path.removeprefix(room) for path in kept_files if path.startswith(room))
    return {room + path.split("/", 1)[0] for path in inside}


def documents(kept_files: list[str]) -> list[str]:
    """The Markdown files people are sent to."""
    return [p for p in kept_files if p.endswith(".md") and p.split("/")[0] in DOCUMENTS]


def test_every_path_on_the_map_exists(root: Path, kept_files: list[str]) -> None:
    """A newcomer who follows the map never meets a missing room."""
    rooms = {str(parent) for path in kept_files for parent in Path(path).parents}

    missing = mapped_paths((root / "README.md").read_text()) - rooms - set(kept_files)

    assert missing == set()


@pytest.mark.parametrize("room", ["", "backend/"])
def test_everything_is_on_the_map(room: str, root: Path, kept_files: list[str]) -> None:
    """Nothing lands at the top of the tree or in the backend without a line in the map."""
    unmapped = entries(kept_files, room) - mapped_paths((root / "README.md").read_text())

    assert unmapped - {"backend/__init__.py"} == set()


def test_links_between_documents_hold(root: Path, kept_files: list[str]) -> None:
    """Every relative link and picture in the documents leads to a file that is kept."""
    rooms = {str(parent) for path in kept_files for parent in Path(path).parents}
    broken = []
    for document in documents(kept_files):
        for target in re.findall(r"\]\(([^)\s]+)\)", (root / document).read_text()):
            if re.match(r"[a-z]+:|#", target):
                continue
            path = (root / document).parent / target.split("#")[0]
            found = str(path.resolve().relative_to(root))
            if found not in kept_files and found not in rooms:
                broken.append(f"{document}: {target}")

    assert broken == []


def test_every_make_command_in_the_documents_exists(root: Path, kept_files: list[str]) -> None:
    """`make something` in a document is a target that `make` alone lists."""
    targets = set(re.findall(r"^([a-z]+):.*##", (root / "Makefile").read_text(), re.MULTILINE))

    for document in documents(kept_files):
        for code in re.findall(r"`([^`\n]+)`|^(make .*)$", (root / document).read_text(), re.M):
            named = re.match(r"make ([a-z]+)", code[0] or code[1])

            assert named is None or named[1] in targets, f"{document}: make {named[1]}"


def test_every_test_says_what_must_hold(root: Path, kept_files: list[str]) -> None:
    """Each test has a docstring that tells the rule it guards."""
    silent = [
        f"{path}::{node.name}"
        for path in kept_files
        if path.startswith("tests/") and Path(path).name.startswith("test_")
        for node in ast.walk(ast.parse((root / path).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]

    assert silent == []

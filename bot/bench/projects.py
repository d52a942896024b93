"""The two projects that are measured: ours as it is, and stock Rasa's on the same data.

Both are copies made once at the start, so that an edit during a long run changes neither.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

Content = dict[str, Any]

# What `rasa init` leaves to Rasa's own default, as a file of the installed package.
_STOCK_CONFIG = "rasa/engine/recipes/config_files/default_config.yml"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# Stock answers name no office: words in place of what our own NLG would fill in.
_FILLED = "Financial Aid"


def copy_ours(root: Path, folder: Path, examples: int | None) -> Path:
    """Our project in a folder: config.yml, domain.yml, data/.

    With a number of ``examples``, each block of the training data keeps no more than these.
    """
    folder.mkdir()
    for name in ("config.yml", "domain.yml"):
        shutil.copy(root / name, folder / name)
    _copy_data(root, folder, lambda content: _thinned(content, examples) if examples else content)
    return folder


def make_stock(ours: Path, folder: Path, stock_packages: Path, stories: bool = True) -> Path:
    """Stock Rasa's project: `rasa init`'s config, our domain and our data.

    Our rules hold no stories, so the config's learned policies would have nothing to learn and
    would not run: unless told otherwise, each rule is given to them as a story too. Placeholders
    in answers are filled, since stock Rasa would log a fault for each.
    """
    folder.mkdir()
    shutil.copy(stock_packages / _STOCK_CONFIG, folder / "config.yml")
    shutil.copy(ours / "domain.yml", folder / "domain.yml")
    _copy_data(ours, folder, lambda content: _for_stock(content, stories))
    return folder


def examples_of(project: Path) -> dict[str, list[str]]:
    """Every example's text by intent, entity marks taken off."""
    found: dict[str, list[str]] = {}
    for content in _contents(project):
        for block in content.get("nlu") or ():
            if "intent" in block:
                found.setdefault(block["intent"], []).extend(_lines(block["examples"]))
    return found


def uttered_intents(project: Path) -> set[str]:
    """The intents whose rule ends in an answer, not in an action of ours."""
    return {
        rule["steps"][0]["intent"]
        for content in _contents(project)
        for rule in content.get("rules") or ()
        if _is_plain(rule) and rule["steps"][1]["action"].startswith("utter_")
    }


def _is_plain(rule: Content) -> bool:
    """Whether a rule says no more than: after this intent, that action."""
    kinds = [set(step) for step in rule["steps"]]
    return set(rule) == {"rule", "steps"} and kinds == [{"intent"}, {"action"}]


def _contents(project: Path) -> Iterator[Content]:
    for path in sorted((project / "data").rglob("*.yml")):
        yield yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def _copy_data(source: Path, target: Path, change: Callable[[Content], Content]) -> None:
    """Every file under data/, changed on the way; what is no YAML is copied as it is."""
    shutil.copytree(source / "data", target / "data")
    for path in (target / "data").rglob("*.yml"):
        content = change(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000)
        path.write_text(text, encoding="utf-8")


def _thinned(content: Content, examples: int) -> Content:
    for block in content.get("nlu") or ():
        if "intent" in block:
            kept = block["examples"].splitlines(keepends=True)[:examples]
            block["examples"] = "".join(kept)
    return content


def _for_stock(content: Content, stories: bool) -> Content:
    for variations in (content.get("responses") or {}).values():
        for one in variations:
            one["text"] = _PLACEHOLDER.sub(_FILLED, one["text"])
    plain = [rule for rule in content.get("rules") or () if _is_plain(rule)]
    if stories and plain:
        content["stories"] = [
            {"story": f"{rule['rule']} as a story", "steps": rule["steps"]} for rule in plain
        ]
    return content


_MARKED = re.compile(r"\[([^\]]+)\](\([^)]*\)|\{[^}]*\})")


def _lines(examples: str) -> list[str]:
    lines = (line.strip().removeprefix("-").strip() for line in examples.splitlines())
    return [_MARKED.sub(r"\1", line) for line in lines if line]

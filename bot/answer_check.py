"""Checks of the answers' files that Rasa does not make; run before training."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

AUDIENCES = ("staff", "student", "everyone")
LANGUAGES = ("en", "es")
CHANNELS = ("web", "sms", "slack")
_REQUIRED = {"audience": AUDIENCES, "language": LANGUAGES}
_KEYS = frozenset(
    ("audience", "language", "channel", "institution", "office", "source", "link", "hand_off")
)
_PARTS = {"source": {"article", "section", "modified"}, "link": {"title", "url"}}


def check_answers(files: Iterable[Path]) -> list[str]:
    """Every fault of the answers' files, a sentence each; empty when they are fine.

    An answer's name may stand in one file only: Rasa lets the last file win without a word.
    """
    faults: list[str] = []
    homes: dict[str, Path] = {}
    for path in sorted(files):
        for name, variations in _answers_in(path):
            if name in homes:
                faults.append(f"{path.name}: {name} already stands in {homes[name].name}.")
            homes[name] = path
            for number, one in enumerate(variations or (), start=1):
                where = f"{path.name}: {name}, variation {number}"
                faults += [f"{where}: {fault}" for fault in _faults(one)]
    return faults


def _answers_in(path: Path) -> list[tuple[str, list[Mapping[str, Any]]]]:
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return [
        (name, variations)
        for key in ("responses", "sayings")
        for name, variations in (content.get(key) or {}).items()
    ]


def _faults(variation: Mapping[str, Any]) -> list[str]:
    about = variation.get("metadata") or {}
    faults = [f"unknown key {key!r} in metadata." for key in sorted(set(about) - _KEYS)]
    for key, choices in _REQUIRED.items():
        if about.get(key) not in choices:
            faults.append(f"{key} must be one of {', '.join(choices)}.")
    if about.get("channel") not in (None, *CHANNELS):
        faults.append(f"channel must be one of {', '.join(CHANNELS)}.")
    if not str(variation.get("text") or "").strip():
        faults.append("text is empty.")
    for key, parts in _PARTS.items():
        if key in about and set(about[key]) != parts:
            faults.append(f"{key} must have {', '.join(sorted(parts))}.")
    return faults

"""Exams: folders of english.tsv, spanish.tsv and out_of_scope.tsv.

The first two hold an intent and a text a line; the third a label, a language and a text (or a
label and an English text), under lines ``# far``, ``# near`` and ``# student life``. Empty lines
and other lines that begin with ``#`` say nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from bot.evaluation.faults import Unreadable
from bot.evaluation.phrases import LANGUAGES, OUT_OF_SCOPE_GROUPS, Phrase, group_of
from bot.nlu.understanding import OUT_OF_SCOPE

_IN_SCOPE_FILES = {"english.tsv": "en", "spanish.tsv": "es"}
_OUT_OF_SCOPE_FILE = "out_of_scope.tsv"


def read_exam(folder: Path, intents: Collection[str]) -> list[Phrase]:
    """Every phrase of a folder's files; one of them is enough.

    Raises Unreadable with a line for each fault, among them labels that are not in ``intents``.
    """
    faults: list[str] = []
    phrases: list[Phrase] = []
    for name in (*_IN_SCOPE_FILES, _OUT_OF_SCOPE_FILE):
        path = folder / name
        if path.is_file():
            known = {OUT_OF_SCOPE} if name == _OUT_OF_SCOPE_FILE else {*intents} - {OUT_OF_SCOPE}
            phrases += _phrases(path, known, faults)
    if not (phrases or faults):
        files = ", ".join((*_IN_SCOPE_FILES, _OUT_OF_SCOPE_FILE))
        faults.append(f"{folder} holds no exam: none of {files} with a phrase in it.")
    if faults:
        raise Unreadable("\n".join(faults))
    return phrases


def _phrases(path: Path, known: Collection[str], faults: list[str]) -> Iterator[Phrase]:
    """The file's phrases; what is wrong is added to ``faults``."""
    group = OUT_OF_SCOPE_GROUPS[-1]
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), start=1):
        if line.startswith("#"):
            named = line.lstrip("#").strip().lower()
            group = named if named in OUT_OF_SCOPE_GROUPS else group
        elif line.strip():
            try:
                phrase = _phrase(line, _IN_SCOPE_FILES.get(path.name), known)
            except ValueError as fault:
                faults.append(f"{path.name}, line {number}: {fault}")
            else:
                yield phrase if phrase.in_scope else replace(phrase, group=group)


def _phrase(line: str, language: str | None, known: Collection[str]) -> Phrase:
    """ValueError with a sentence; ``language`` is None where the line may name it."""
    columns = [column.strip() for column in line.split("\t")]
    if language is None and len(columns) == 3:
        language = columns.pop(1)
    if len(columns) != 2 or not all(columns):
        shape = "label, text" if language else "label, language, text"
        raise ValueError(f"expected {shape}, with one tab between two.")
    label, text = columns
    if label not in known:
        raise ValueError(f"{label!r} is not a label here.")
    language = language or "en"
    if language not in LANGUAGES:
        raise ValueError(f"the language is en or es, not {language!r}.")
    return Phrase(text, label, language, group_of(label))

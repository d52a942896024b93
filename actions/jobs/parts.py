"""A message taken part by part, so that no part of it is lost: "make it admissions and 620".

What a part says for the job is read as of any message. Words that are left over may be a name that
only the backend knows: they are guesses, and what is no guess either is told to be not understood.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from actions.jobs.answerers import answering_words, response_named
from actions.jobs.empty_words import EMPTY_WORDS
from actions.jobs.hearing import Heard, Said
from actions.jobs.job import Job

Span = tuple[int, int]

_BETWEEN = re.compile(
    r"\s*(?:[,;:!?\n]|\.(?=\s|$))\s*|\s+(?:[-–—]+|&)\s+"
    r"|(?:^|(?<=[\s,;.]))(?:and|but|plus|in|at|near|with|for|y|pero|en|con|para|cerca de)\s+",
    re.IGNORECASE,
)
# A part after one of these is turned away, and so is all that comes after one within a part.
_NOT = r"(?:not|instead of|rather than|en vez de|en lugar de|y no)"
_AFTER_NOT = re.compile(rf"\b{_NOT}\s*$", re.IGNORECASE)
_AWAY = re.compile(rf"\b{_NOT}\b.*$", re.IGNORECASE | re.DOTALL)
# A name has few words, and a message few names.
_LONGEST_NAME = 4
_MOST_GUESSES = 2
_TAKEN = "\0"
# "Yes, transfer it" only says what the plan says.
_DO_IT = re.compile(
    r"\b(?:transfer|move|archive|create|buy|order) (?:it|that|this|them)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Parts:
    """What a message says for a job, its words that may be a name, and those that say nothing."""

    said: Said
    guesses: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()


def read_by_parts(job: Job, heard: Heard) -> Parts:
    """The whole message and each part of it; where they differ the whole message counts."""
    whole = job.read(heard)
    said: Said = {}
    left: list[str] = []
    for part in _parts(heard, whole):
        found = _read(job, part)
        said = {**found, **said}
        left += _left_over(part, found)
    said = {**said, **whole}
    if heard.asks():
        return Parts(said)
    short = [words for words in left if len(words.split()) <= _LONGEST_NAME]
    unplaced = [words for words in left if words not in short] if not said else []
    return Parts(said, tuple(short[:_MOST_GUESSES]), tuple(short[_MOST_GUESSES:] + unplaced))


def _read(job: Job, part: Heard) -> Said:
    """What a part says; who answers also where it says nothing but that: "people"."""
    said = job.read(part)
    response = response_named(part) if "response" in job.fields else None
    if response is None or "response" in said:
        return said
    with_it = {**said, "response": response}
    return said if _left_over(part, with_it) else with_it


def _parts(heard: Heard, whole: Said) -> Iterator[Heard]:
    """The parts that are not turned away; no name is cut in two."""
    kept = list(_whole_names(heard, whole))
    start = 0
    for found in [*_BETWEEN.finditer(heard.text), None]:
        end = found.start() if found else len(heard.text)
        if found and any(first < found.end() and found.start() < last for first, last in kept):
            continue
        if not _AFTER_NOT.search(heard.text[:start]):
            away = _AWAY.search(heard.text, start, end)
            yield heard.part(start, away.start() if away else end)
        start = found.end() if found else end


def _whole_names(heard: Heard, whole: Said) -> Iterator[Span]:
    for one in heard.entities:
        yield int(one.get("start") or 0), int(one.get("end") or 0)
    for value in whole.values():
        start = heard.text.find(value)
        if start >= 0:
            yield start, start + len(value)


def _left_over(part: Heard, said: Said) -> list[str]:
    """The words that say something, and are none of those that were understood."""
    if "name" in said:
        return []
    text = list(part.text)
    known = [*_whole_names(part, said), *(found.span() for found in _DO_IT.finditer(part.text))]
    for start, end in (*known, *(answering_words(part.text) if said else ())):
        text[start:end] = _TAKEN * (end - start)
    runs = (_without_empty(run) for run in re.split(f"{_TAKEN}+", "".join(text)))
    return [run for run in runs if run]


def _without_empty(run: str) -> str:
    """Words without those around them that say nothing."""
    words = list(re.finditer(r"[^\W_][\w'’-]*", run))
    telling = [word for word in words if not _is_empty(word[0])]
    return run[telling[0].start() : telling[-1].end()] if telling else ""


def _is_empty(word: str) -> bool:
    return word.casefold().replace("’", "'") in EMPTY_WORDS

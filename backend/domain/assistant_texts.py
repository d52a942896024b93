"""What the assistant texts to a student: who it is, the answer, the choices, in two segments.

What does not fit goes in this order: the offer of a person, words of the introduction, the
answer's last sentences. No sentence is ever cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from backend.domain.links import has_internal
from backend.domain.numbered_choices import listed
from backend.domain.sms import frugal, segments
from backend.domain.words import folded

MOST_SEGMENTS: Final = 2
# After so long a silence nobody remembers who was answering.
INTRODUCED_FOR: Final = timedelta(days=30)
# The longest first. GSM-7 only: "virtual" rather than "automático", which would double the cost.
_INTRODUCTIONS: Final = {
    "en": (
        "This is the automated assistant of {office} at {institution}.",
        "This is the automated assistant of {office}.",
        "This is an automated assistant.",
    ),
    "es": (
        "Le responde el asistente virtual de {office}, {institution}.",
        "Le responde el asistente virtual de {office}.",
        "Le responde un asistente virtual.",
    ),
}
_OFFERS: Final = {
    "en": "Reply PERSON to reach a person.",
    "es": "Responda PERSONA para hablar con alguien.",
}
_PASSED_ON: Final = {
    "en": "I can't answer that, so I passed it on. A person in {office} will answer you here.",
    "es": "No lo puedo responder y lo he pasado. Una persona de {office} va a contestarle.",
}
_OWN_WORDS: Final = ("automated assistant", "asistente automatico", "asistente virtual")
# A sentence's end: not after "a.m." or "St.", nor before a word that goes on in small letters.
_SENTENCE_END: Final = re.compile(
    r"(?:(?<=\w{3}[.!?])|(?<=\d[.!?])|(?<=[!?]))\s+(?=[A-Z0-9¿¡ÁÉÍÓÚÑ])"
)


@dataclass(frozen=True)
class Introduction:
    """Whose assistant it is, to be said with the answer, and perhaps how to reach a person."""

    office: str
    institution: str
    offers_person: bool = True


@dataclass(frozen=True)
class Composed:
    """A text that fits; `is_shortened` when a part of the answer, `has_choices` False when the
    choices had no room.
    """

    text: str
    is_shortened: bool
    has_choices: bool


def compose(
    answer: str,
    language: str,
    *,
    titles: tuple[str, ...] = (),
    introduction: Introduction | None = None,
) -> Composed | None:
    """An answer as it is sent, in at most two segments; None when not one sentence fits.

    `titles` are the choices.
    """
    whole = answer.strip()
    for choices in (listed(titles, language), "") if titles else ("",):
        for body in _shorter_and_shorter(whole):
            for before, after in _around(language, introduction, body):
                text = _fitting(_joined(f"{before} {body}".strip(), choices, after))
                if text is not None:
                    has_choices = bool(choices) or not titles
                    return Composed(text, is_shortened=body != whole, has_choices=has_choices)
    return None


def introduces(answer: str, office: str) -> bool:
    """Whether an answer says by itself that an assistant speaks, and whose."""
    words = folded(answer)
    return folded(office) in words and any(own in words for own in _OWN_WORDS)


def passed_on(office: str, language: str) -> str:
    """What a student is told when the assistant gives up and a person takes over."""
    return _PASSED_ON[language].format(office=office)


def without_internal_links(answer: str, own_host: str) -> str:
    """The answer without the sentences that link to anything but a public page."""
    if not has_internal(answer, own_host):
        return answer.strip()
    lines = []
    for line in answer.splitlines():
        told = [each for each in _SENTENCE_END.split(line) if not has_internal(each, own_host)]
        if told or not line:
            lines.append(" ".join(told))
    return "\n".join(lines).strip()


def _around(
    language: str, introduction: Introduction | None, body: str
) -> Iterator[tuple[str, str]]:
    """What may stand before and after the answer, the best first."""
    if introduction is None:
        yield "", ""
        return
    said = {"office": introduction.office, "institution": introduction.institution}
    full, *shorter = (words.format(**said) for words in _INTRODUCTIONS[language])
    if introduction.offers_person:
        yield full, _OFFERS[language]
    yield full, ""
    for words in shorter:
        yield words, ""


def _shorter_and_shorter(whole: str) -> Iterator[str]:
    """The answer, then without its last sentence, and so on to its first."""
    yield whole
    ends = [found.start() for found in _SENTENCE_END.finditer(whole)]
    ends += [found.start() for found in re.finditer(r"\n", whole)]
    for end in sorted(set(ends), reverse=True):
        if whole[:end].strip():
            yield whole[:end].rstrip()


def _joined(words: str, choices: str, offer: str) -> str:
    if not choices:
        between = " " if words.endswith((".", "!", "?")) else "\n"
        return between.join(part for part in (words, offer) if part)
    return "\n".join(part for part in (words, choices, offer) if part)


def _fitting(text: str) -> str | None:
    plain = frugal(text, MOST_SEGMENTS)
    return plain if segments(plain).count <= MOST_SEGMENTS else None

"""A text read as it is in service: its language first, then its meaning."""

from __future__ import annotations

from bot.nlu.encoders import SentenceEncoders
from bot.nlu.language import language_of, warm_detector
from bot.nlu.understanding import Reading, Understanding


def as_served(understanding: Understanding, text: str, encoders: SentenceEncoders) -> Reading:
    """What the text means, with nothing known about it but the text."""
    return understanding.read(text, language_told(text), encoders)


def language_told(text: str) -> str | None:
    """The language that the assistant takes the text for; None where it can't tell."""
    return language_of(text, warm_detector())

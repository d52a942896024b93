"""Texts that never repeat, made of the training data's phrases the way people vary them.

No text comes twice, and none is a phrase of the data: neither a cache over whole texts nor one
that ignores case, spaces and punctuation can answer any of them.
"""

import random
from collections.abc import Iterator, Sequence

_OPENINGS = (
    "hi", "hello", "hey there", "good morning", "quick question", "sorry to bother you",
    "one more thing", "so", "ok so", "please", "I was wondering", "my boss asks",
    "for our team", "not sure who to ask", "hola", "buenos días", "una pregunta", "disculpe",
    "por favor",
)  # fmt: skip
_CLOSINGS = (
    "thanks", "thank you", "please", "asap", "when you can", "no rush", "for spring",
    "for next term", "for Admissions", "for the registrar", "for our campus", "today", "this week",
    "just checking", "any idea", "it matters", "gracias", "por favor", "para hoy", "para este mes",
)  # fmt: skip
_JOINTS = (". ", "? ", ", and ", " - also ", ". Besides: ")
# How often each variation is made; a text without any is the phrase itself, which never passes.
_OPENED, _CLOSED, _JOINED, _MISTYPED = 0.5, 0.5, 0.15, 0.4


def never_repeating(phrases: Sequence[str], seed: int) -> Iterator[str]:
    """Texts without end, the same for the same phrases and seed."""
    chance = random.Random(seed)
    seen = {as_cached(phrase) for phrase in phrases}
    while True:
        text = _vary(phrases, chance)
        if as_cached(text) not in seen:
            seen.add(as_cached(text))
            yield text


def as_cached(text: str) -> str:
    """A text as the most forgiving cache might see it: letters and digits, case folded."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _vary(phrases: Sequence[str], chance: random.Random) -> str:
    text = chance.choice(phrases)
    if chance.random() < _JOINED:
        text = text.rstrip(".?! ") + chance.choice(_JOINTS) + chance.choice(phrases)
    if chance.random() < _MISTYPED:
        text = mistype(text, chance)
    if chance.random() < _OPENED:
        text = f"{chance.choice(_OPENINGS)}, {text}"
    if chance.random() < _CLOSED:
        text = f"{text.rstrip('.?! ')}, {chance.choice(_CLOSINGS)}"
    return text


def mistype(text: str, chance: random.Random) -> str:
    """Swap, drop or double one letter of a text; a text without two letters in a row stays."""
    places = [at for at in range(len(text) - 1) if text[at].isalpha() and text[at + 1].isalpha()]
    if not places:
        return text
    at = chance.choice(places)
    first, second = text[at], text[at + 1]
    changed = chance.choice((second + first, second, first * 2 + second))
    return text[:at] + changed + text[at + 2 :]

"""Letter noise: texts as a hurried hand types them, the same ones every time. Pure."""

from __future__ import annotations

import random
import string


def with_noise(text: str, share: float, draw: int = 0) -> str:
    """The text with each letter, with chance ``share``, spoilt.

    A quarter each: deleted, doubled, swapped with the next character (the last letter with
    nothing), replaced by another letter. What is spoilt depends on text, share and draw alone.
    """
    chance = random.Random(f"{draw} {share} {text}")
    pieces = list(text)
    swapped = []
    for at, char in enumerate(text):
        if not char.isalpha() or chance.random() >= share:
            continue
        how = chance.randrange(4)
        if how == 3:
            swapped.append(at)
        else:
            pieces[at] = ("", char * 2, _another(char, chance))[how]
    for at in swapped:
        pieces[at : at + 2] = reversed(pieces[at : at + 2])
    return "".join(pieces)


def _another(letter: str, chance: random.Random) -> str:
    return chance.choice(string.ascii_lowercase.replace(letter.lower(), ""))

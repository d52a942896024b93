"""Choices in a text, which has no buttons: shown with numbers, and told from a reply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from backend.domain.words import folded

# A number that comes later is more likely an answer to something else.
OPEN_FOR: Final = timedelta(days=1)

_REPLY: Final = {"en": "Reply", "es": "Responda"}
_OR: Final = {"en": "or", "es": "o"}
_NO_SUCH: Final = {"en": "I don't have a number {said}.", "es": "No tengo un {said}."}

_NUMBERS: Final = (
    "1 one uno una first 1st primero primera primer 1o 1a 1er 1ro 1ra",
    "2 two dos second 2nd segundo segunda 2o 2a 2do 2da",
    "3 three tres third 3rd tercero tercera tercer 3o 3a 3er 3ro 3ra",
    "4 four cuatro fourth 4th cuarto cuarta 4o 4a 4to 4ta",
    "5 five cinco fifth 5th quinto quinta 5o 5a 5to 5ta",
    "6 six seis sixth 6th sexto sexta 6o 6a 6to 6ta",
    "7 seven siete seventh 7th septimo septima",
    "8 eight ocho eighth 8th octavo octava",
    "9 nine nueve ninth 9th noveno novena",
)
_BY_WORD: Final = {word: number for number, said in enumerate(_NUMBERS, 1) for word in said.split()}
_BEFORE: Final = (
    r"(?:(?:the|option|opcion|number|numero|num|no|choice|reply|answer|el|la|lo|es|it s|i want"
    r"|i ll take|i choose|quiero|elijo|la opcion|el numero) )*"
)
_AFTER: Final = r"(?: (?:one|option|opcion|choice|please|pls|plz|thanks|por favor|porfa|gracias))*"
_SAID: Final = re.compile(rf"{_BEFORE}(\d{{1,2}}|{'|'.join(_BY_WORD)}){_AFTER}")


def listed(titles: Sequence[str], language: str) -> str:
    """The choices as a text shows them: on one line a single one, else one on each line."""
    reply = _REPLY[language]
    if len(titles) == 1:
        return f"{reply} 1: {titles[0]}."
    *first, last = (str(number) for number in range(1, len(titles) + 1))
    numbers = f"{', '.join(first)} {_OR[language]} {last}"
    lines = [f"{number}) {title}" for number, title in enumerate(titles, 1)]
    return "\n".join([f"{reply} {numbers}:", *lines])


def no_such(said: int, language: str) -> str:
    """The sentence to a number that was not among the choices."""
    return _NO_SUCH[language].format(said=said)


def number_said(text: str) -> int | None:
    """The number that a message names and nothing else ("#2", "dos", "the second one"); None for
    any other message, one of three digits too.
    """
    found = _SAID.fullmatch(folded(text))
    if found is None:
        return None
    return _BY_WORD.get(found[1]) or int(found[1])


def chosen(text: str, titles: Sequence[str]) -> int | None:
    """Which choice a reply takes, by its place from 1 on: its number, its words, or both as
    they were shown. A number beyond the last one (and 0) is returned as it is; None when the
    message says something else.
    """
    words = folded(text)
    for place, title in enumerate(titles, 1):
        if words and words in (folded(title), folded(f"{place} {title}")):
            return place
    return number_said(text)

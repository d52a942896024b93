"""Phone numbers in words: "three one six, double five five, oh one two three", "tres uno seis".

Digits are read one by one, as most people say them; "dieciséis" or "fifty-five" are none.
"""

from __future__ import annotations

import re

from bot.nlu.entities.around_numbers import counts_something_else, is_dialable
from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.mention import Mention
from bot.nlu.entities.wordlists import numbered

_VALUES = {
    **numbered("zero one two three four five six seven eight nine", 0),
    **numbered("cero uno dos tres cuatro cinco seis siete ocho nueve", 0),
    "oh": 0,
    "o": 0,
}
_DIGITS = {**{word: str(value) for word, value in _VALUES.items()}, "ochocientos": "800"}
_TIMES = {"double": 2, "doble": 2, "triple": 3}
# Before a run is looked at more closely; "o" is too common a word in Spanish to ask for.
_WORTH_A_LOOK = _DIGITS.keys() - {"o"}
_ONE = (
    rf"(?:(?P<times>{'|'.join(_TIMES)})[ -])?"
    rf"(?P<digits>{'|'.join(_DIGITS)}|\d{{1,4}})(?P<hundred>[ -]hundred)?\b"
)
_PAUSE = r"[ ,.-]{1,3}(?:(?:dash|hyphen|dot|point|guion|punto)[ ,.-]{1,3})?"
_DIGIT = re.compile(rf"\b{_ONE}")
_UNNAMED = re.sub(r"\?P<\w+>", "?:", _ONE)
_RUN = re.compile(rf"(?<![\w$#-]){_UNNAMED}(?:{_PAUSE}{_UNNAMED}){{4,}}")
# Of a run's words, so many have to be words: "one 316 ..." is no number that is said.
_FEWEST_WORDS = 3
_NATIONAL = 10


def find_spoken_numbers(text: FoldedText, rest: str) -> list[tuple[Mention, int, int]]:
    """The numbers said in words, with their places in ``rest``."""
    if _WORTH_A_LOOK.isdisjoint(text.vocabulary):
        return []
    found = []
    for run in _RUN.finditer(rest):
        if not counts_something_else(rest, run.start()):
            for start, end, national in _numbers_of(rest, run.start(), run.end()):
                mention = text.mention("phone_number", start, end, f"+1{national}")
                found.append((mention, start, end))
    return found


def _numbers_of(rest: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """The numbers that a run of digits consists of; none when digits are left over."""
    found = []
    said, words, first = "", 0, start
    for one in _DIGIT.finditer(rest, start, end):
        first = first if said else one.start()
        said += _DIGITS.get(one["digits"], one["digits"]) * _TIMES.get(one["times"], 1)
        said += "00" if one["hundred"] else ""
        words += one["digits"] in _DIGITS
        if len(said) >= _NATIONAL + said.startswith("1"):
            national = said[said.startswith("1") :]
            if words < _FEWEST_WORDS or not is_dialable(national):
                return []
            found.append((first, one.end(), national))
            said, words = "", 0
    return [] if said else found

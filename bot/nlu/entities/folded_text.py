"""A message as the finders read it, folded to plain letters, with the way back to what was typed.

Folding makes "Número" the same as "numero" and drops what nobody sees (zero-width characters,
controls, marks of writing direction), so that a finder's patterns need to know small Latin letters
and ASCII digits only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from bot.nlu.entities.mention import Kind, Mention
from bot.nlu.entities.wordlists import words_of

# Characters of a message that are read, as many as the backend lets through (LONGEST_READ in
# backend/services/turns.py). With patterns that take linear time this bounds a message's time.
LONGEST_READ = 2_000
# A character that stands for more letters than this (as the ligature of a whole blessing does) is
# left as it is, so that folding doesn't make a message much longer.
_MOST_LETTERS = 4
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Mn", "Me"})
_PLAIN = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043", "-"),
    **dict.fromkeys("\u2018\u2019\u201b\u2032\u02bc`\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u2033", '"'),
    "\t": " ",
    "\n": "\n",
}
_NOT_PLAIN = re.compile(r"[^\n\x20-\x7e]")
_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"[0-9]")
# Addresses hold digits and names that are not meant. The look-behind keeps the time linear.
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}"
    r"|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.(?:com|edu|org|net|gov|example)\b(?:/\S*)?"
)
_LOOKS_LIKE_ADDRESS = re.compile(r"://|www\.|@|\.(?:com|edu|org|net|gov|example)\b")


# What may stand around an answer of one name: courtesies, and how people take back another one
# ("no, make it Wichita", "mejor Wichita").
COURTESIES = words_of(
    """
    please thanks thank you the a an yes ok okay sure it's its it is for in to hi hello por
    favor gracias el la los las un una si es para en de hola
    no nope nah sorry oops wait actually but make made that change switch i we meant mean said
    should be instead rather lets let's use go with from s
    perdon perdone disculpe espera espere mejor que sea quise quiero decir digo dije pero mas bien
    cambialo cambiala cambielo cambiela cambiar ponlo ponla pongalo pongala en vez al a del
    """
)


class Word(NamedTuple):
    """A run of letters and digits of the folded text, with its place there."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class FoldedText:
    """A message's first ``LONGEST_READ`` characters.

    ``folded`` is what patterns run over, addresses of the web and of mail blanked out;
    ``positions`` gives the place in ``original`` of each of its characters, None when all are the
    same.
    """

    original: str
    folded: str
    positions: tuple[int, ...] | None = None

    @cached_property
    def words(self) -> list[Word]:
        """The folded text's words."""
        return [Word(found[0], found.start(), found.end()) for found in _WORD.finditer(self.folded)]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Which words occur, for finders that first ask whether there is anything to find."""
        return frozenset(word.text for word in self.words)

    @cached_property
    def has_digits(self) -> bool:
        """Whether there is any digit."""
        return _DIGIT.search(self.folded) is not None

    def mention(self, kind: Kind, start: int, end: int, value: str, **details: Any) -> Mention:
        """A mention at ``start`` to ``end`` of the folded text, told in places of the message."""
        start, end = self.place(start, end)
        return Mention(kind, start, end, self.original[start:end], value, details)

    def typed(self, start: int, end: int) -> str:
        """What was typed at ``start`` to ``end`` of the folded text."""
        start, end = self.place(start, end)
        return self.original[start:end]

    def is_capital(self, at: int) -> bool:
        """Whether the letter at ``at`` of the folded text was typed as a capital."""
        return self.original[at if self.positions is None else self.positions[at]].isupper()

    def gap(self, at: int) -> str:
        """What stands between word number ``at`` and the next one."""
        return self.folded[self.words[at].end : self.words[at + 1].start]

    def is_alone(self, first: int, last: int) -> bool:
        """Whether words ``first`` to ``last`` are all that is said, courtesies aside."""
        others = self.words[:first] + self.words[last + 1 :]
        return all(word.text in COURTESIES for word in others)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Places in the message; an accent that is a character of its own stays with its letter."""
        if self.positions is None:
            return start, end
        start, end = self.positions[start], self.positions[end - 1] + 1
        while end < len(self.original) and unicodedata.combining(self.original[end]):
            end += 1
        return start, end


def fold(text: str) -> FoldedText:
    """Any text, however long or strange, folded."""
    text = text[:LONGEST_READ]
    if _NOT_PLAIN.search(text) is None:
        return FoldedText(text, _without_addresses(text.lower()))
    letters: list[str] = []
    positions: list[int] = []
    for at, char in enumerate(text):
        folded = _folded(char)
        letters.append(folded)
        positions.extend([at] * len(folded))
    return FoldedText(text, _without_addresses("".join(letters)), tuple(positions))


def _folded(char: str) -> str:
    if " " <= char <= "~":
        return char.lower()
    if char in _PLAIN:
        return _PLAIN[char]
    parts = unicodedata.normalize("NFKD", char)
    if len(parts) > _MOST_LETTERS:
        return char
    return "".join(
        _PLAIN.get(part) or _digit(part) or (" " if part.isspace() else part.lower())
        for part in parts
        if unicodedata.category(part) not in _UNSEEN
    )


def _digit(char: str) -> str:
    """The ASCII digit of any script's digit, else nothing."""
    value = unicodedata.decimal(char, None)
    return "" if value is None else str(value)


def _without_addresses(folded: str) -> str:
    if _LOOKS_LIKE_ADDRESS.search(folded) is None:
        return folded
    return _ADDRESS.sub(lambda found: " " * len(found[0]), folded)

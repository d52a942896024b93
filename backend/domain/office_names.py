"""Which office or inbox somebody means by what they typed, among the names they may see.

Names are compared in steps, from sure to loose. The first step at which any name fits decides: one
name is the match, several are candidates to ask about. It never picks one of two that fit alike.

1. The same words, but for case, accents, "office", "inbox", "the" and their like.
2. The same thing by another name, in English or Spanish: "fin aid", "vivienda".
3. Short forms: initials ("ssc", "FA"), beginnings ("fin aid"), contractions ("intl").
4. Misspelt words.
5. A part of the name: "student accounts" for "Student Accounts and Billing".

What says more than a name does ("graduate housing", and there is only Housing) is no match; the
name is a candidate to ask about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from backend.domain.office_vocabulary import SAME_OFFICE
from backend.domain.words import folded

# What is read of a mention, which is a few words.
LONGEST_MENTION = 200
_MOST_WORDS = 12

# Around a name or in it, and telling no office from another.
_NOISE = frozenset(
    {
        *("a", "an", "and", "at", "for", "from", "in", "my", "of", "on", "our", "s", "the", "to"),
        *("your", "de", "del", "e", "el", "en", "la", "las", "los", "mi", "nuestra", "nuestro"),
        *("para", "y", "dept", "department", "desk", "division", "inbox", "inboxes", "mailbox"),
        *("office", "offices", "team", "bandeja", "buzon", "departamento", "entrada", "equipo"),
        *("oficina", "oficinas"),
    }
)
# What many offices are; it may be left out, or said otherwise: "Career Services", "career center".
_WEAK = frozenset(
    {
        *("center", "centre", "centro", "college", "ctr", "escuela", "facultad", "faculty"),
        *("program", "programa", "programs", "school", "service", "services", "servicio"),
        *("servicios", "svc", "svcs", "unit"),
    }
)
# From this length on a word may have slips; below it "east" would come near "west".
_SHORTEST_MISSPELT = 5
# difflib's ratio from which two words are one misspelt: "registar", "finacial", "counciling" are
# above it; "graduate" and "undergraduate" (0.76) below.
_ALIKE = 0.8
_SHORTEST_BEGINNING = 3


@dataclass(frozen=True)
class Resolution:
    """`match` is the place in the list of the one name that is meant, None when none is sure.

    Without a match, `candidates` are the places of those it could be; there may be none.
    """

    match: int | None
    candidates: tuple[int, ...] = ()


def resolve_office(mention: str, names: Sequence[str]) -> Resolution:
    """The office that a mention means among those of these names; inboxes' names do as well."""
    said = _Name(mention[:LONGEST_MENTION])
    if not said.words:
        return Resolution(None)
    known = [_Name(name) for name in names]
    for fits in _STEPS:
        found = tuple(place for place, name in enumerate(known) if fits(said, name))
        if len(found) == 1:
            return Resolution(found[0])
        if found:
            return Resolution(None, found)
    return Resolution(None, tuple(place for place, name in enumerate(known) if _is_in(name, said)))


@dataclass(frozen=True)
class _Name:
    typed: str

    @cached_property
    def all_words(self) -> tuple[str, ...]:
        return tuple(folded(self.typed).split()[:_MOST_WORDS])

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Without noise, unless there is nothing else ("Office of the Department")."""
        return tuple(word for word in self.all_words if word not in _NOISE) or self.all_words

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """Without "services" and the like either."""
        return tuple(word for word in self.words if word not in _WEAK) or self.words

    @cached_property
    def groups(self) -> frozenset[int]:
        """What the whole name means by the vocabulary."""
        return _groups_of((self.all_words, self.words, self.telling))

    @cached_property
    def groups_within(self) -> frozenset[int]:
        """What any stretch of the name means."""
        words = self.telling
        lengths = range(1, len(words) + 1)
        return _groups_of(
            words[first : first + length] for length in lengths for first in range(len(words))
        )

    @cached_property
    def initials(self) -> frozenset[str]:
        """ "ssc", with and without the small words: "dos" and "ds" for the Dean of Students."""
        ways = (self.all_words, self.words, self.telling)
        return frozenset("".join(word[0] for word in words) for words in ways if len(words) > 1)


# Each group's names as words, with and without noise, so that "school of nursing" meets its like.
_GROUPS = tuple(
    {words for name in names for words in (tuple(name.split()), _Name(name).words)}
    for names in SAME_OFFICE
)
_GROUPS_OF: dict[tuple[str, ...], set[int]] = {}
for _number, _group in enumerate(_GROUPS):
    for _words in _group:
        _GROUPS_OF.setdefault(_words, set()).add(_number)


def _groups_of(names: Iterable[tuple[str, ...]]) -> frozenset[int]:
    return frozenset().union(*(_GROUPS_OF.get(words, ()) for words in names))


def _is_same(said: _Name, name: _Name) -> bool:
    return said.all_words == name.all_words


def _has_same_words(said: _Name, name: _Name) -> bool:
    return sorted(said.words) == sorted(name.words)


def _has_same_telling_words(said: _Name, name: _Name) -> bool:
    return sorted(said.telling) == sorted(name.telling)


def _is_same_thing(said: _Name, name: _Name) -> bool:
    return not said.groups.isdisjoint(name.groups)


def _has_the_thing_within(said: _Name, name: _Name) -> bool:
    return not said.groups.isdisjoint(name.groups_within)


def _is_short_form(said: _Name, name: _Name) -> bool:
    if "".join(said.words) in name.initials or "".join(said.all_words) in name.initials:
        return True
    joined = "".join(said.telling)
    if len(said.telling) == 1 and len(name.telling) > 1:
        return _is_run_of_beginnings(joined, name.telling)
    return len(said.telling) == len(name.telling) and all(
        map(_shortens, said.telling, name.telling)
    )


def _is_misspelt(said: _Name, name: _Name) -> bool:
    return len(said.telling) == len(name.telling) and _covers(said.telling, name.telling)


def _is_misspelt_thing(said: _Name, name: _Name) -> bool:
    """Misspelt, and under another name: "ayuda finaciera"."""
    return any(
        len(words) == len(said.telling) and _covers(said.telling, words)
        for group in name.groups
        for words in _GROUPS[group]
    )


def _is_part(said: _Name, name: _Name) -> bool:
    return _covers(said.telling, name.telling)


def _is_in(name: _Name, said: _Name) -> bool:
    """Whether a name is a part of what was said."""
    return _covers(name.telling, said.telling)


_STEPS: tuple[Callable[[_Name, _Name], bool], ...] = (
    _is_same,
    _has_same_words,
    _has_same_telling_words,
    _is_same_thing,
    _has_the_thing_within,
    _is_short_form,
    _is_misspelt,
    _is_misspelt_thing,
    _is_part,
)


def _covers(said: Sequence[str], words: Sequence[str]) -> bool:
    """Whether each word said is, in full, in short or misspelt, a word of its own of the name."""
    left = list(words)
    for word in said:
        found = next((one for one in left if one == word), None) or next(
            (one for one in left if _shortens(word, one) or _is_like(word, one)), None
        )
        if found is None:
            return False
        left.remove(found)
    return True


def _shortens(short: str, word: str) -> bool:
    """Whether one word is another's beginning ("fin") or its contraction ("intl", "svcs")."""
    if short == word:
        return True
    if len(short) < _SHORTEST_BEGINNING or len(short) >= len(word):
        return False
    if word.startswith(short):
        return True
    is_contraction = sum(letter in "aeiou" for letter in short) <= 1
    has_both_ends = (short[0], short[-1]) == (word[0], word[-1])
    return is_contraction and has_both_ends and _is_within(short, word)


def _is_within(short: str, word: str) -> bool:
    """Whether the letters of one stand in another, in their order."""
    rest = iter(word)
    return all(letter in rest for letter in short)


def _is_run_of_beginnings(joined: str, words: Sequence[str]) -> bool:
    """Whether one word is made of the beginnings of all: "finaid", "reslife"."""
    if not words:
        return not joined
    first, rest = words[0], words[1:]
    return any(
        _is_run_of_beginnings(joined[length:], rest)
        for length in range(_SHORTEST_BEGINNING, min(len(first), len(joined)) + 1)
        if joined[:length] == first[:length]
    )


def _is_like(word: str, other: str) -> bool:
    if min(len(word), len(other)) < _SHORTEST_MISSPELT or word[0] != other[0]:
        return False
    return SequenceMatcher(None, word, other, autojunk=False).ratio() >= _ALIKE

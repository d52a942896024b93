"""US cities, with the area codes they have.

Where the data comes from: the package ``zipcodes`` lists for every ZIP code its city, the other
names that mail may use for it, its state and its area codes. Here each city of a state collects
the area codes of its ZIP codes and counts them. ``value`` is "Wichita, KS", or "Springfield" when
the message leaves several states open; ``details["candidates"]`` has one entry for each of them,
largest first::

    {"state": "KS", "zip_codes": 33, "area_codes": {"316": 33, "620": 2}}

A city is a city where the words around it make it a place. Names that are words too ("Reading",
"Mobile") need more: their state, or a capital after "in".

The table is made when the model is trained and kept in the model (``places.py``), because the
package takes a third of a second and 37 MB to open its data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.nlu.entities.folded_text import COURTESIES, FoldedText
from bot.nlu.entities.mention import Mention
from bot.nlu.entities.states import STATES, states_in
from bot.nlu.entities.wordlists import words_of

_MOST_WORDS = 4
_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}
# What people call some cities, and how Spanish writes them.
_NICKNAMES = {
    "nyc": ("new york", "NY"),
    "new york city": ("new york", "NY"),
    "nueva york": ("new york", "NY"),
    "dc": ("washington", "DC"),
    "d c": ("washington", "DC"),
    "kc": ("kansas city", None),
    "philly": ("philadelphia", "PA"),
    "filadelfia": ("philadelphia", "PA"),
    "vegas": ("las vegas", "NV"),
    "nueva orleans": ("new orleans", "LA"),
}
# A city and a state of one name: only a city of so many ZIP codes is meant without its state.
_LARGER_THAN_ITS_STATE = 100
# "From", "for" and their like come before people too: only cities of so many ZIP codes count
# after them, and of so many when no capital letter helps.
_KNOWN, _WELL_KNOWN = 3, 10

_PLACE_CUES = frozenset({"in", "near", "around", "outside", "en"})
_TOWARDS_CUES = frozenset({"for", "from", "to", "serving", "para", "de", "desde"})
_ARTICLES = words_of(
    """
    a an the new another any our some local more un una el la los las nuestro nuestra
    """
)
_NUMBER_WORDS = frozenset({"number", "numbers", "line", "lines", "area", "phone", "based"})
# What follows a city's name when the name belongs to something else.
_PART_OF_A_NAME = words_of(
    """
    state university college community county hall street st ave avenue road rd drive building
    bldg room school high tech office inbox campus department
    """
)
_JOINING = frozenset({"and", "or", "y", "o", "e", "u"})
# After a name that is a word too, only these go on in small letters: "in Reading week".
_AFTER_A_WORD = words_of(
    """
    and or but if for with please area number numbers so y o para con por pero si
    """
)
# Names of small towns that say something else here, or a country: their state has to be told.
_NEEDING_STATE = frozenset(
    {"brazil", "canada", "china", "cuba", "english", "loa", "march", "mexico", "mora", "outlook"}
)


class InState(NamedTuple):
    """A city of one state: its ZIP codes counted, all of them and by area code, most first."""

    state: str
    zip_codes: int
    area_codes: Mapping[str, int]


@dataclass(frozen=True)
class City:
    """Every city of one name, largest first."""

    name: str
    is_word_too: bool
    in_states: tuple[InState, ...]

    @property
    def zip_codes(self) -> int:
        """How many ZIP codes the largest of them has."""
        return self.in_states[0].zip_codes

    def of(self, state: str | None) -> City | None:
        """The one in a state, all of them for None, None when that state has no such city."""
        if state is None:
            return self
        there = tuple(one for one in self.in_states if one.state == state)
        return City(self.name, self.is_word_too, there) if there else None

    @classmethod
    def read(cls, line: str) -> City:
        """The city that ``line`` wrote."""
        name, mark, *places = line.split("|")
        in_states = []
        for place in places:
            state, zip_codes, *codes = place.split(" ")
            pairs = (code.split("=") for code in codes)
            in_states.append(
                InState(state, int(zip_codes), {code: int(count) for code, count in pairs})
            )
        return cls(name, mark == "w", tuple(in_states))

    def line(self) -> str:
        """``wichita||KS 33 316=33 620=2``; after the name a ``w`` when it is a word too."""
        places = (
            " ".join([state, str(zips), *(f"{code}={count}" for code, count in codes.items())])
            for state, zips, codes in self.in_states
        )
        return "|".join([self.name, "w" if self.is_word_too else "", *places])


@dataclass(frozen=True)
class Cities:
    """A line for each name, in order: as text it loads in a millisecond and takes a megabyte."""

    lines: str

    @classmethod
    def of(cls, cities: Iterable[City]) -> Cities:
        """A table of cities, each name once."""
        lines = sorted((city.line() for city in cities), key=lambda line: line.split("|")[0])
        return cls("".join(f"{line}\n" for line in lines))

    def find(self, name: str) -> City | None:
        """The cities of a folded name, its words separated by one space; bisects the text."""
        low, high = 0, len(self.lines)
        while low < high:
            start = self.lines.rfind("\n", low, (low + high) // 2) + 1 or low
            end = self.lines.index("\n", start)
            found = self.lines[start : self.lines.index("|", start)]
            if found == name:
                return City.read(self.lines[start:end])
            if found < name:
                low = end + 1
            else:
                high = start
        return None


def find_cities(text: FoldedText, cities: Cities) -> list[Mention]:
    """Every city of a message, with the area codes it has."""
    return list(_Search(text, cities).run())


def normal_name(words: Iterable[str]) -> str:
    """A city's name as the table has it: "St", "Louis" is ``saint louis``."""
    return " ".join(_ABBREVIATIONS.get(word, word) for word in words)


@dataclass(frozen=True)
class _Search:
    text: FoldedText
    cities: Cities

    def run(self) -> Iterator[Mention]:
        """The cities, from the first word to the last."""
        words = self.text.words
        states = states_in(self.text)
        alone = self._alone()
        has_number = not _NUMBER_WORDS.isdisjoint(self.text.vocabulary)
        at, goes_on = 0, False
        while at < len(words):
            is_worth_it = goes_on or at == alone or self._has_cue(at) or (not at and has_number)
            if not is_worth_it and states:
                is_worth_it = any(at < state <= at + _MOST_WORDS for state in states)
            found = self._longest(at, states, goes_on) if is_worth_it else None
            if found is None:
                at, goes_on = at + 1, False
                continue
            mention, last = found
            yield mention
            at, goes_on = self._next_in_list(last)

    def _alone(self) -> int:
        """Where a name would begin that is all that is said, courtesies aside; -1 if none could."""
        said = [at for at, word in enumerate(self.text.words) if word.text not in COURTESIES]
        return said[0] if said and said[-1] - said[0] < _MOST_WORDS else -1

    def _longest(
        self, first: int, states: Mapping[int, tuple[str, int]], goes_on: bool
    ) -> tuple[Mention, int] | None:
        """The city whose name begins at a word, and the number of the mention's last word."""
        words = self.text.words
        most = min(_MOST_WORDS, len(words) - first)
        for last in range(first + self._unbroken(first, most) - 1, first - 1, -1):
            name = normal_name(word.text for word in words[first : last + 1])
            city = self._named(name)
            if city is None:
                continue
            state, end = self._state_after(last, states)
            there = city.of(state) if state else None
            if there is not None:
                return self._mention(first, end, there), end
            if self._is_meant(city, name, first, last, goes_on):
                return self._mention(first, last, city), last
        return None

    def _named(self, name: str) -> City | None:
        name, state = _NICKNAMES.get(name, (name, None))
        city = self.cities.find(name)
        return None if city is None else city.of(state)

    def _unbroken(self, first: int, most: int) -> int:
        """How many words from ``first`` on could be one name: no comma or line between them."""
        for count in range(1, most):
            if self.text.gap(first + count - 1) not in (" ", "-", "'", ". ", "."):
                return count
        return most

    def _state_after(
        self, last: int, states: Mapping[int, tuple[str, int]]
    ) -> tuple[str | None, int]:
        if last + 1 in states and self.text.gap(last) in (" ", ", ", ",", " (", ". "):
            return states[last + 1]
        return None, last

    def _is_meant(self, city: City, name: str, first: int, last: int, goes_on: bool) -> bool:
        """Whether the words around a name without a state make it a place."""
        if name in _NEEDING_STATE:
            return False
        if name in STATES and city.zip_codes < _LARGER_THAN_ITS_STATE:
            return False
        if self._next_word(last) in _PART_OF_A_NAME:
            return False
        cue = self.text.words[first - 1] if first else None
        if city.is_word_too:
            return cue is not None and cue.text in _PLACE_CUES and self._is_proper(first, last)
        if goes_on or self.text.is_alone(first, last):
            return True
        has_capital = self.text.is_capital(self.text.words[first].start)
        is_known = city.zip_codes >= (_KNOWN if has_capital else _WELL_KNOWN)
        has_number = self._next_word(last) in _NUMBER_WORDS
        if cue is None:
            return has_number and is_known
        if cue.text in _PLACE_CUES or (cue.text == "de" and self._before(first - 1) == "cerca"):
            return True
        if cue.text in _TOWARDS_CUES or has_number:
            return is_known or (has_number and cue.text in _ARTICLES)
        return False

    def _is_proper(self, first: int, last: int) -> bool:
        """Whether a name stands out by its capital, and is not the head of a longer expression."""
        words = self.text.words
        stands_out = self.text.is_capital(words[first].start) and not self.text.is_capital(
            words[first - 1].start
        )
        following = self._next_word(last)
        return stands_out and (not following or following in _AFTER_A_WORD)

    def _next_word(self, last: int) -> str:
        """The word after word ``last`` if nothing but a space is between; else nothing."""
        words = self.text.words
        if last + 1 < len(words) and self.text.gap(last) in (" ", "-"):
            return words[last + 1].text
        return ""

    def _before(self, first: int) -> str:
        return self.text.words[first - 1].text if first else ""

    def _has_cue(self, first: int) -> bool:
        cue = self._before(first)
        return cue in _PLACE_CUES or cue in _TOWARDS_CUES or cue in _ARTICLES

    def _next_in_list(self, last: int) -> tuple[int, bool]:
        """Where to look on after a city, and whether what comes is listed with it."""
        words = self.text.words
        if last + 1 >= len(words):
            return last + 1, False
        if words[last + 1].text in _JOINING:
            return last + 2, True
        return last + 1, self.text.gap(last) in (", ", ",", "/", " / ")

    def _mention(self, first: int, last: int, city: City) -> Mention:
        words = self.text.words
        value = city.name.title()
        if len(city.in_states) == 1:
            value += f", {city.in_states[0].state}"
        candidates: list[dict[str, Any]] = [
            {"state": one.state, "zip_codes": one.zip_codes, "area_codes": dict(one.area_codes)}
            for one in city.in_states
        ]
        return self.text.mention(
            "city", words[first].start, words[last].end, value, candidates=candidates
        )

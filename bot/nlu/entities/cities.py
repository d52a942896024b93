"""US cities, with the area codes they have.

Where the data comes from: the package ``zipcodes`` lists for every ZIP code its city, the other
names that mail may use for it, its state and its area codes. Here each city of a state collects
the area codes of its ZIP codes and counts them. ``value`` is "Wichita, KS", or "Springfield" when
the message leaves several states open; ``details["candidates"]`` has one entry for each of them,
largest first::

    {"state": "KS", "zip_codes": 33, "area_codes": {"316": 33, "620": 2}}

A city is a city where the words around it make it a place. Names that are words too ("Reading",
"Mobile") need more: their state, or a capital after "in". Long names of large cities may have one
slip of the finger ("Minneaplis"); how large a city is, its number of ZIP codes says, for the data
has no populations.

The table is made when the model is trained and kept in the model (``places.py``), because the
package takes a third of a second and 37 MB to open its data.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA

from bot.nlu.entities.folded_text import COURTESIES, FoldedText
from bot.nlu.entities.mention import Mention
from bot.nlu.entities.states import STATES, WORDS_TOO, states_in
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
    "wash": ("washington", "DC"),
    "wash d c": ("washington", "DC"),
    "la": ("los angeles", "CA"),
    "kc": ("kansas city", None),
    "kck": ("kansas city", "KS"),
    "kcmo": ("kansas city", "MO"),
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
_NUMBERED = frozenset({"number", "numbers", "area"})
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
# Names of small towns that say something else here, or a country, or a city of Canada: their state
# has to be told.
_NEEDING_STATE = words_of(
    """
    branch brazil calgary call campaign canada carrier center check china community cuba edmonton
    english extension issue library loa many march may mexico mississauga montreal mora only
    outlook page post quebec quick sample section start stop telephone toronto transfer university
    vancouver wash winnipeg
    """
)
# This needs neither cue nor number.
_SURE = "wash d c"
# "LA" is Los Angeles in "in LA" and "an LA number"; else Louisiana, or an article.
_LA = "la"
_ENDS_A_SENTENCE = re.compile(r"\s*(?:$|[.,;:!?)\n]|(?:please|and|or|for|with)\b)")
# "OK?" and "hi" answer or greet; the other codes that are words end a message as states only, in
# small letters too: "portland or".
_AS_LAST_WORD = WORDS_TOO - {"AS", "HI", "OK"}
_CITY = "city"
# Between the states of one name: "Kansas City, KS or MO", "ks/mo".
_BETWEEN_STATES = re.compile(r"\s?[/&]\s?|,?\s")
_MOST_LISTED = 10
# Between two cities that are named in one breath: "Minneapolis/St Paul", "Dallas-Fort Worth".
_TWINNED = frozenset({"/", " / ", "-"})
_MOST_BEFORE_TWIN = 3
# A slip isn't looked for in shorter names, which too many people's names resemble.
SHORTEST_SLIPPED = 7
# In the table: a name that may be misspelt.
_SLIPPABLE = "~"


class InState(NamedTuple):
    """A city of one state: its ZIP codes counted, all of them and by area code, most first."""

    state: str
    zip_codes: int
    area_codes: Mapping[str, int]


@dataclass(frozen=True)
class City:
    """Every city of one name, largest first.

    ``no_slips`` are words that are one slip away from the name and words all the same; None when
    no slip is allowed at all.
    """

    name: str
    is_word_too: bool
    in_states: tuple[InState, ...]
    no_slips: frozenset[str] | None = None

    @property
    def zip_codes(self) -> int:
        """How many ZIP codes the largest of them has."""
        return self.in_states[0].zip_codes

    def of(self, *states: str | None) -> City | None:
        """Those in some states, all of them for None, None when no such state has one."""
        if None in states:
            return self
        there = tuple(one for one in self.in_states if one.state in states)
        return replace(self, in_states=there) if there else None

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
        slips = (
            frozenset(filter(None, mark[1:].split(","))) if mark.startswith(_SLIPPABLE) else None
        )
        return cls(name, mark == "w", tuple(in_states), slips)

    def line(self) -> str:
        """``wichita||KS 33 316=33 620=2``, with a mark between the bars.

        ``w`` marks a name that is a word too, ``~`` one that may be misspelt, but not as one of the
        words after it: ``houston|~huston|``.
        """
        places = (
            " ".join([state, str(zips), *(f"{code}={count}" for code, count in codes.items())])
            for state, zips, codes in self.in_states
        )
        return "|".join([self.name, self._mark(), *places])

    def _mark(self) -> str:
        if self.is_word_too:
            return "w"
        return "" if self.no_slips is None else _SLIPPABLE + ",".join(sorted(self.no_slips))


_SLIPPABLE_LINE = re.compile(rf"^[^|\n]+\|{_SLIPPABLE}.*$", re.MULTILINE)


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

    def misspelt(self, name: str) -> City | None:
        """The cities of the one long name that is a slip away from a folded name."""
        if len(name) < SHORTEST_SLIPPED - 1:
            return None
        alike = [
            city
            for city in self._slippable.get((name[0], name.count(" ")), ())
            if OSA.distance(name, city.name, score_cutoff=1) == 1
        ]
        is_one = len(alike) == 1 and name not in (alike[0].no_slips or ())
        return alike[0] if is_one else None

    @cached_property
    def _slippable(self) -> Mapping[tuple[str, int], list[City]]:
        """Those that may be misspelt, by first letter and number of spaces."""
        found: dict[tuple[str, int], list[City]] = defaultdict(list)
        for line in _SLIPPABLE_LINE.finditer(self.lines):
            city = City.read(line[0])
            found[city.name[0], city.name.count(" ")].append(city)
        return dict(found)


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
        states = self._states()
        alone = self._alone()
        listed = self._listed_alone()
        has_number = not _NUMBER_WORDS.isdisjoint(self.text.vocabulary)
        twins = self._before_twins()
        at, goes_on = 0, False
        while at < len(words):
            is_worth_it = goes_on or at <= alone or self._has_cue(at) or (not at and has_number)
            is_worth_it = is_worth_it or at in twins or self._next_word(at) in _NUMBERED
            is_worth_it = is_worth_it or at in listed
            if not is_worth_it and states:
                is_worth_it = any(at < state <= at + _MOST_WORDS for state in states)
            is_listed = goes_on or at in listed
            found = self._longest(at, states, is_listed) if is_worth_it else None
            mention, last = found or (None, at)
            if mention is None:
                at, goes_on = last + 1, False
                continue
            yield mention
            at, goes_on = self._next_in_list(last)

    def _states(self) -> Mapping[int, tuple[str, int]]:
        """The states, and "portland or" for Oregon: a last word could be the end of nothing else.

        Only behind a city's name that is all that is said, or follows "in".
        """
        states, words = states_in(self.text), self.text.words
        at = len(words) - 1
        code = words[at].text.upper() if words else ""
        if at < 1 or code not in _AS_LAST_WORD or at in states:
            return states
        for first in range(max(0, at - _MOST_WORDS), at):
            if self._before(first) not in _PLACE_CUES and not self.text.is_alone(first, at):
                continue
            is_one = first + self._unbroken(first, at - first) == at
            city = self._named(self._name(first, at - 1)) if is_one else None
            if city is not None and city.of(code) is not None:
                return {**states, at: (code, at)}
        return states

    def _listed_alone(self) -> frozenset[int]:
        """Where cities begin in a message that is nothing but a list: "wichita or topeka"."""
        words = self.text.words
        first, end = 0, len(words)
        while first < end and words[first].text in COURTESIES - _ARTICLES:
            first += 1
        while end > first and words[end - 1].text in COURTESIES:
            end -= 1
        joints = [at for at in range(first, end) if words[at].text in _JOINING]
        if not joints:
            return frozenset()
        commas = [at for at in range(first, end - 1) if self.text.gap(at) in (", ", ",")]
        commas = [at for at in commas if not {at, at + 1} & set(joints)]
        if len(joints) + len(commas) > _MOST_LISTED:
            return frozenset()
        starts = sorted([first, *(at + 1 for at in joints + commas)])
        lasts = sorted([*commas, *(at - 1 for at in joints), end - 1])
        cities = [self._listed(*place) for place in zip(starts, lasts, strict=True)]
        if any(city is None or city.is_word_too for city in cities):
            return frozenset()
        is_known = any(city is not None and city.zip_codes >= _WELL_KNOWN for city in cities)
        return frozenset(starts) if is_known else frozenset()

    def _listed(self, first: int, last: int) -> City | None:
        """The city that a list's words are the name of, all of them."""
        if not first <= last < first + _MOST_WORDS:
            return None
        if first + self._unbroken(first, last - first + 1) <= last:
            return None
        return self._named(self._name(first, last))

    def _alone(self) -> int:
        """Where a name would begin at the latest that is all that is said, courtesies aside.

        At the latest, for "los" is a courtesy but for "Los Angeles"; -1 if none could be.
        """
        said = [at for at, word in enumerate(self.text.words) if word.text not in COURTESIES]
        return said[0] if said and said[-1] - said[0] < _MOST_WORDS else -1

    def _longest(
        self, first: int, states: Mapping[int, tuple[str, int]], goes_on: bool
    ) -> tuple[Mention | None, int] | None:
        """The city whose name begins at a word, and the number of the mention's last word.

        No mention, but a last word, of a city that the state said has none of: "Miami, OH".
        """
        most = min(_MOST_WORDS, len(self.text.words) - first)
        lasts = range(first + self._unbroken(first, most) - 1, first - 1, -1)
        for last in lasts:
            name = self._name(first, last)
            city = self._named(name)
            if city is None:
                continue
            state, end = self._state_after(last, states)
            there = city.of(state) if state else None
            if there is not None:
                there, end = self._in_more_states(city, there, end, states)
                return self._mention(first, end, there), end
            if state and self._is_contradicted(state, last, end):
                return None, end
            if self._is_meant(city, name, first, last, goes_on):
                return self._mention(first, last, city), last
        return self._misspelt(first, lasts, states)

    def _misspelt(
        self, first: int, lasts: Iterable[int], states: Mapping[int, tuple[str, int]]
    ) -> tuple[Mention, int] | None:
        """A large city with a slip in its name, its state or a cue beside it."""
        cue = self._before(first)
        has_cue = cue in _PLACE_CUES or cue in _TOWARDS_CUES
        for last in lasts:
            following = self._next_word(last)
            if following in _PART_OF_A_NAME:
                continue
            is_place = has_cue or following in _NUMBER_WORDS
            city = None
            if is_place or last + 1 in states:
                city = self.cities.misspelt(self._name(first, last))
            if city is None:
                continue
            state, end = self._state_after(last, states)
            there = city.of(state) if state else None
            if there is not None:
                return self._mention(first, end, there), end
            if is_place:
                return self._mention(first, last, city), last
        return None

    def _name(self, first: int, last: int) -> str:
        return normal_name(word.text for word in self.text.words[first : last + 1])

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

    def _in_more_states(
        self, city: City, there: City, last: int, states: Mapping[int, tuple[str, int]]
    ) -> tuple[City, int]:
        """The city in the states that are listed after the first: "Kansas City, KS or MO"."""
        words = self.text.words
        at = last + 1
        if at < len(words) and words[at].text in _JOINING and self.text.gap(last) in (" ", ", "):
            at += 1
        elif at >= len(words) or self.text.gap(last) not in ("/", " / ", " & ", "&"):
            return there, last
        if at not in states or not _BETWEEN_STATES.fullmatch(self.text.gap(at - 1)):
            return there, last
        state, end = states[at]
        both = city.of(*(one.state for one in there.in_states), state)
        # "KS or Kansas City, MO", "OR or Washington DC": another city's name, no state.
        is_city = self._next_word(end) == _CITY or end + 1 in states
        if both is None or len(both.in_states) == len(there.in_states) or is_city:
            return there, last
        return both, end

    def _is_contradicted(self, state: str, last: int, end: int) -> bool:
        """Whether a state that has no such city is one all the same: "Miami, OH".

        It isn't where it is the next city of a list ("Dallas, New York and LA"), nor in "in Miami
        OK?".
        """
        name = self._name(last + 1, end)
        city = self._named(name)
        is_large = city is not None and city.zip_codes >= _LARGER_THAN_ITS_STATE
        if is_large or name in _NICKNAMES:
            return False
        following = self._next_word(end)
        if name in STATES:
            return not following or following in _AFTER_A_WORD
        if state not in WORDS_TOO:
            return True
        if state not in _AS_LAST_WORD:
            return False
        is_last = end + 1 == len(self.text.words)
        return is_last or ("," in self.text.gap(last) and not self.text.original.isupper())

    def _is_meant(self, city: City, name: str, first: int, last: int, goes_on: bool) -> bool:
        """Whether the words around a name without a state make it a place."""
        if name in _NEEDING_STATE:
            return False
        if name == _SURE:
            return True
        if name == _LA:
            return self._is_los_angeles(first)
        if name in STATES and city.zip_codes < _LARGER_THAN_ITS_STATE:
            return False
        if not city.is_word_too and self._has_twin(city, last):
            return True
        if self._next_word(last) in _PART_OF_A_NAME:
            return False
        cue = self.text.words[first - 1] if first else None
        if city.is_word_too and self._is_known_by_article(city) and self.text.is_alone(first, last):
            return True
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

    def _is_known_by_article(self, city: City) -> bool:
        """Whether a name is one like "La Mesa" or "El Monte", of more than a village."""
        first, *others = city.name.split()
        return bool(others) and first in _ARTICLES and city.zip_codes >= _KNOWN

    def _is_los_angeles(self, at: int) -> bool:
        """Whether "LA" is a city: after "in" or, in capitals of its own, before "number"."""
        word, cue = self.text.words[at], self._before(at)
        if at and self.text.gap(at - 1) != " ":
            return False
        stands_out = (
            self.text.typed(word.start, word.end).isupper() and not self.text.original.isupper()
        )
        is_last = _ENDS_A_SENTENCE.match(self.text.folded, word.end) is not None
        if cue == "in" or (cue == "en" and stands_out):
            return is_last or (cue == "in" and stands_out)
        return stands_out and self._next_word(at) in _NUMBER_WORDS

    def _before_twins(self) -> frozenset[int]:
        """The words at which a name would begin that "/" or "-" joins to another."""
        found: set[int] = set()
        for at in range(len(self.text.words) - 1):
            if self.text.gap(at) in _TWINNED:
                found.update(range(max(0, at - _MOST_BEFORE_TWIN + 1), at + 1))
        return frozenset(found)

    def _has_twin(self, city: City, last: int) -> bool:
        """Whether a large city is joined to another: "Minneapolis/St Paul"."""
        words = self.text.words
        if city.zip_codes < _WELL_KNOWN or last + 1 >= len(words):
            return False
        return self.text.gap(last) in _TWINNED and self._begins_large(last + 1)

    def _begins_large(self, first: int) -> bool:
        """Whether a large city's name begins at a word."""
        most = min(_MOST_WORDS, len(self.text.words) - first)
        names = (self._name(first, first + count) for count in range(self._unbroken(first, most)))
        cities = filter(None, map(self._named, names))
        return any(one.zip_codes >= _WELL_KNOWN and not one.is_word_too for one in cities)

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
        if last + 1 < len(words):
            # The dot of "D.C. number" ends no sentence.
            is_initial = len(words[last].text) == 1 and self.text.gap(last) == ". "
            if is_initial or self.text.gap(last) in (" ", "-"):
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
        gap = self.text.gap(last)
        is_listed = gap in (", ", ",", "/", " / ") or (gap == "-" and self._begins_large(last + 1))
        return last + 1, is_listed

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

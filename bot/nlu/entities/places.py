"""What the finders of places look up, made out of installed packages and kept in the model.

Training makes it (two seconds); a model that is loaded reads it in a millisecond or two, and it
takes a megabyte. The packages' own data would take 0.4 s and 40 MB each time Rasa starts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from bot.nlu.entities.area_codes import real_area_codes
from bot.nlu.entities.cities import SHORTEST_SLIPPED, Cities, City, InState, normal_name
from bot.nlu.entities.folded_text import fold
from bot.nlu.entities.states import CODES
from bot.nlu.entities.zip_codes import ZipCodes

PACKAGES = ("phonenumbers", "pyspellchecker", "zipcodes")
_CITIES, _ZIP_CODES, _AREA_CODES = "cities.txt", "zip_codes.bin", "area_codes.txt"
# A name is a word too when it is that frequent in pyspellchecker's counts and its cities are small
# beside that: "reading" 98,786 times for 18 ZIP codes, "miami" 1,329 for 108. Spanish counts less,
# as fewer messages are Spanish; of several words the rarest decides.
_FREQUENT = 300
_A_ZIP_CODE_OUTWEIGHS, _A_ZIP_CODE_OF_SEVERAL_WORDS_OUTWEIGHS = 120, 10_000
_SPANISH_COUNTS = 0.2
# One letter may be wrong in the names of cities of so many ZIP codes.
_LARGE = 20
# "El portal" is a town of few ZIP codes, "El Paso" is not.
_ARTICLES = frozenset({"el", "la", "las", "los"})
_KNOWN_WITH_ARTICLE = 10


@dataclass(frozen=True)
class Places:
    """Cities, and which ZIP codes and area codes there are."""

    cities: Cities
    zip_codes: ZipCodes
    area_codes: frozenset[str]

    def save(self, folder: Path) -> None:
        """Write one file each into a folder."""
        (folder / _CITIES).write_text(self.cities.lines, encoding="ascii")
        (folder / _ZIP_CODES).write_bytes(self.zip_codes.bits)
        (folder / _AREA_CODES).write_text(" ".join(sorted(self.area_codes)), encoding="ascii")

    @classmethod
    def load(cls, folder: Path) -> Places:
        """Read back what ``save`` wrote."""
        return cls(
            Cities((folder / _CITIES).read_text(encoding="ascii")),
            ZipCodes((folder / _ZIP_CODES).read_bytes()),
            frozenset((folder / _AREA_CODES).read_text(encoding="ascii").split()),
        )


def installed_versions() -> str:
    """The packages' versions: others have other places."""
    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)


@lru_cache(maxsize=1)
def places_of_packages() -> Places:
    """Everything the packages know, made once a process."""
    import zipcodes

    rows = zipcodes.filter_by(active=True)  # type: ignore[no-untyped-call]
    rows = [row for row in rows if row["state"] in CODES]
    return Places(
        cities=Cities.of(_cities(rows, _frequency())),
        zip_codes=ZipCodes.of(row["zip_code"] for row in rows),
        area_codes=real_area_codes(),
    )


def _cities(rows: list[dict[str, Any]], frequency: Callable[[str], float]) -> Iterator[City]:
    """Every name that the rows have, with its states."""
    found: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in rows:
        # "" counts the ZIP codes themselves.
        counted = ["", *(code for code in row["area_codes"] if code in real_area_codes())]
        for name in {_folded_name(name) for name in (row["city"], *row["acceptable_cities"])}:
            found[name][row["state"]].update(counted)
    for name, by_state in found.items():
        in_states = [
            InState(state, counts.pop(""), dict(counts.most_common()))
            for state, counts in sorted(by_state.items())
        ]
        in_states.sort(key=lambda one: -one.zip_codes)
        size = in_states[0].zip_codes
        is_word_too = _is_word_too(name, size, frequency)
        may_slip = size >= _LARGE and len(name.replace(" ", "")) >= SHORTEST_SLIPPED
        no_slips = _words_a_slip_away(name, frequency) if may_slip and not is_word_too else None
        yield City(name, is_word_too, tuple(in_states), no_slips)


def _words_a_slip_away(name: str, frequency: Callable[[str], float]) -> frozenset[str]:
    """What of a dictionary's words differs from a name by one letter: "Alexandra"."""
    return frozenset(
        slip for slip in _slips(name) if slip != name and all(map(frequency, slip.split()))
    )


def _slips(name: str) -> Iterator[str]:
    """A name with a letter less, another, one more, or two swapped; the first one stays."""
    for at in range(1, len(name) + 1):
        before, after = name[:at], name[at:]
        yield from (before + letter + after for letter in ascii_lowercase)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in ascii_lowercase)
            yield before + after[1:2] + after[:1] + after[2:]


@cache
def _folded_name(name: str) -> str:
    return normal_name(word.text for word in fold(name).words)


def _is_word_too(name: str, zip_codes: int, frequency: Callable[[str], float]) -> bool:
    words = name.split()
    if words[0] in _ARTICLES and zip_codes < _KNOWN_WITH_ARTICLE:
        return True
    rarest = min(map(frequency, words))
    outweighs = _A_ZIP_CODE_OUTWEIGHS if len(words) == 1 else _A_ZIP_CODE_OF_SEVERAL_WORDS_OUTWEIGHS
    return rarest > max(_FREQUENT, zip_codes * outweighs)


def _frequency() -> Callable[[str], float]:
    """How often a word is used in English or Spanish, as pyspellchecker counts it."""
    from spellchecker import SpellChecker

    english, spanish = (SpellChecker(language=name).word_frequency for name in ("en", "es"))
    return lambda word: max(english[word], _SPANISH_COUNTS * spanish[word])

"""A second reading of a misspelt text: the words a typist most likely meant.

A noisy channel (Kernighan, Church & Gale 1990) with a bigram model of the training examples: each
word of the text may stand for any word of the examples within a few edits; a beam search finds
the likeliest sequence, paying for every edit. An edit is a letter deleted, added, replaced or
swapped with its neighbour (optimal string alignment distance, from rapidfuzz). Words of the
dictionaries (pyspellchecker's English and Spanish word frequencies) keep their own chance, so a
word that exists is changed only where the words around it speak against it. In a text of a few
words hardly any are around it: there known and short words stay, and others change by little, or
"Mary" would be read as "may".
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

_FILE = "spelling.json"
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_START = "<s>"
# Words read of one text; more are left as they stand, so that time is bounded.
_MOST_WORDS = 80
# A longer string of letters is no misspelt word.
_LONGEST_WORD = 30
_DICTIONARY_SIZE = 30_000
# Of a word's chance: from the examples' words, the rest from the dictionaries.
_FROM_EXAMPLES = 0.7
# Of a word's chance after another: from the pairs seen, the rest from the word alone.
_FROM_PAIRS = 0.5
# Words of chats that no dictionary has, each about as frequent as a common word.
_CHAT_WORDS = (
    "asap btw fyi idk imo irl jk lmk lol ngl np omg pls plz rn tbh thx tmrw ttyl ty wdym "
    "ntp porfa pq tqm xfa xq"
)
_CHAT_WORD_CHANCE = 1e-4
# One unknown word among more than so many says little about what they mean together.
_WORDS_A_DOUBT = 12
# What one edit costs, as minus its log chance; e^-4 is about one edit in 55 letters.
_EDIT_COST = 4.0
# The chance of a word never seen, before its length is counted.
_UNSEEN = 1e-9
# A text of so many words gives a word no surroundings; in it, words so short stay as they are, and
# of a longer one's letters at most one in so many is an edit.
_FEW_WORDS, _SHORT_WORD, _LETTERS_AN_EDIT = 3, 3, 4
_BEAM = 12
_CANDIDATES = 72
# Typed words whose neighbours are remembered, at about 2 kB each.
_WORDS_REMEMBERED = 1024


# A log chance, and the words it is the chance of.
_Way = tuple[float, tuple[str, ...]]


@dataclass(frozen=True)
class Spelling:
    """Words and pairs of the examples, and the chance of every known word.

    ``pairs[a][b]`` counts b after a in the examples; ``chances`` sums to about 1.
    """

    words: list[str]
    pairs: Mapping[str, Mapping[str, int]]
    chances: Mapping[str, float]

    @classmethod
    def fit(cls, texts: Iterable[str]) -> Spelling:
        """Learn from examples; rare words count only where a dictionary has them."""
        sentences = [words_of(text) for text in texts]
        seen = Counter(word for words in sentences for word in words)
        often = _often(len(sentences))
        dictionary = _dictionary()
        known = {
            word: count for word, count in seen.items() if count >= often or word in dictionary
        }
        total = sum(known.values())
        chances = {word: (1 - _FROM_EXAMPLES) * share for word, share in dictionary.items()}
        for word, count in known.items():
            chances[word] = chances.get(word, 0.0) + _FROM_EXAMPLES * count / total
        pairs: dict[str, dict[str, int]] = defaultdict(dict)
        for words in sentences:
            for before, word in zip([_START, *words], words, strict=False):
                if word in known:
                    pairs[before][word] = pairs[before].get(word, 0) + 1
        return cls(sorted(known), dict(pairs), chances)

    def save(self, folder: Path) -> None:
        """Write spelling.json into a folder."""
        content = {"words": self.words, "pairs": self.pairs, "chances": self.chances}
        (folder / _FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Spelling:
        """Read back what ``save`` wrote."""
        return cls(**json.loads((folder / _FILE).read_text(encoding="utf-8")))

    def doubts(self, text: str) -> bool:
        """Whether words of the text are in no example and no dictionary, and enough of them to
        change its meaning.
        """
        words = words_of(text)
        unknown = sum(word not in self.chances for word in words)
        return unknown > 0 and unknown * _WORDS_A_DOUBT >= len(words)

    def repaired(self, text: str) -> str:
        """The text with its likeliest words, in small letters where changed; else as it is."""
        found = [match for match in _WORD.finditer(text) if len(match.group()) <= _LONGEST_WORD][
            :_MOST_WORDS
        ]
        if not found:
            return text
        meant = self._likeliest([match.group().lower() for match in found])
        parts, end = [], 0
        for match, word in zip(found, meant, strict=True):
            typed = match.group()
            parts += [text[end : match.start()], typed if word == typed.lower() else word]
            end = match.end()
        return "".join(parts) + text[end:]

    def _likeliest(self, typed: list[str]) -> tuple[str, ...]:
        """Beam search over what each typed word may stand for."""
        beam: dict[str, _Way] = {_START: (0.0, ())}
        alone = len(typed) <= _FEW_WORDS
        for typed_word in typed:
            likeliest = max(beam.values())
            followers = [(way, *self._followers(before)) for before, way in beam.items()]
            reached = []
            for word, edits in self._near(typed_word, self._most_edits(typed_word, alone)).items():
                score, path = self._best_way(word, followers, likeliest)
                reached.append((score - edits * _EDIT_COST, word, path))
            best = sorted(reached, key=lambda way: -way[0])[:_BEAM]
            beam = {word: (score, (*path, word)) for score, word, path in best}
        return max(beam.values())[1]

    @cached_property
    def _near(self) -> Callable[[str, int], Mapping[str, int]]:
        """A typed word itself and the examples' words within so many edits, each with its edits;
        the latest are remembered, because people use few words.
        """
        return lru_cache(_WORDS_REMEMBERED)(self._find_near)

    def _find_near(self, word: str, most_edits: int) -> Mapping[str, int]:
        if not most_edits:
            return {word: 0}
        lengths = range(len(word) - most_edits, len(word) + most_edits + 1)
        words = [known for length in lengths for known in self._by_length.get(length, ())]
        (row,) = process.cdist(
            [word], words, scorer=OSA.distance, score_cutoff=most_edits, dtype=np.uint8
        )
        near = np.flatnonzero(row <= most_edits)
        nearest = near[np.argsort(row[near], kind="stable")][:_CANDIDATES]
        return {word: 0} | {words[at]: int(row[at]) for at in nearest}

    @cached_property
    def _by_length(self) -> Mapping[int, list[str]]:
        by_length: dict[int, list[str]] = defaultdict(list)
        for word in self.words:
            by_length[len(word)].append(word)
        return dict(by_length)

    def _most_edits(self, word: str, alone: bool) -> int:
        if not alone:
            return _most_edits(word)
        if len(word) <= _SHORT_WORD or word in self.chances:
            return 0
        return min(_most_edits(word), len(word) // _LETTERS_AN_EDIT)

    def _best_way(
        self, word: str, followers: Iterable[tuple[_Way, Mapping[str, int], int]], likeliest: _Way
    ) -> _Way:
        """The likeliest way to a word: on from the likeliest so far, or from one that the word was
        seen to follow. (Of all the others none can be likelier.)
        """
        alone = (1 - _FROM_PAIRS) * (self.chances.get(word) or _UNSEEN / len(word))
        best = likeliest[0] + math.log(alone), likeliest[1]
        for (score, path), seen, times in followers:
            if word in seen:
                paired = _FROM_PAIRS * seen[word] / times
                best = max(best, (score + math.log(paired + alone), path))
        return best

    def _followers(self, word: str) -> tuple[Mapping[str, int], int]:
        """The known words that followed a word in the examples, and how often any did."""
        return self.pairs.get(word, {}), self._followed.get(word, 0)

    @cached_property
    def _followed(self) -> dict[str, int]:
        return {before: sum(after.values()) for before, after in self.pairs.items()}


def words_of(text: str) -> list[str]:
    """A text's words in small letters; "it's" is one. Longer strings of letters are no words."""
    words = (match.group().lower() for match in _WORD.finditer(text))
    return [word for word in words if len(word) <= _LONGEST_WORD]


def _often(sentences: int) -> int:
    """How often a word stands in examples that is no typo of theirs, if no dictionary has it."""
    return min(4, 2 + sentences // 1000)


def _most_edits(word: str) -> int:
    """One in a short word, two in a middling one, three in a long one."""
    return 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3


def _dictionary() -> dict[str, float]:
    """The commonest English and Spanish words with their chances, which sum to about 1."""
    from spellchecker import SpellChecker

    chances: dict[str, float] = defaultdict(float)
    for language in ("en", "es"):
        frequencies = SpellChecker(language=language).word_frequency.dictionary
        commonest = Counter(frequencies).most_common(_DICTIONARY_SIZE)
        total = sum(count for _, count in commonest)
        for word, count in commonest:
            chances[word] += count / total / 2
    return {**dict.fromkeys(words_of(_CHAT_WORDS), _CHAT_WORD_CHANCE), **chances}

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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
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
# What one edit costs, as minus its log chance; e^-4 is about one edit in 55 letters.
_EDIT_COST = 4.0
# The chance of a word never seen, before its length is counted.
_UNSEEN = 1e-9
# A text of so many words gives a word no surroundings; in it, words so short stay as they are, and
# of a longer one's letters at most one in so many is an edit.
_FEW_WORDS, _SHORT_WORD, _LETTERS_AN_EDIT = 3, 3, 4
_BEAM = 12
_CANDIDATES = 72


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
        """Whether a word stands in the text that is in no example and no dictionary."""
        return any(word not in self.chances for word in words_of(text))

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
        for candidates in self._candidates(typed):
            reached = {}
            likeliest = max(beam.values())
            for word, edits in candidates.items():
                score, path = self._best_way(word, beam, likeliest)
                reached[word] = (score - edits * _EDIT_COST, (*path, word))
            best = sorted(reached.items(), key=lambda item: -item[1][0])[:_BEAM]
            beam = dict(best)
        return max(beam.values())[1]

    def _candidates(self, typed: list[str]) -> Iterator[dict[str, int]]:
        """For each typed word: itself and the examples' words near it, with their edits."""
        distances = process.cdist(
            typed, self.words, scorer=OSA.distance, score_cutoff=3, dtype=np.uint8
        )
        for word, row in zip(typed, distances, strict=True):
            near = np.flatnonzero(row <= self._most_edits(word, alone=len(typed) <= _FEW_WORDS))
            nearest = near[np.argsort(row[near], kind="stable")][:_CANDIDATES]
            yield {word: 0} | {self.words[at]: int(row[at]) for at in nearest}

    def _most_edits(self, word: str, alone: bool) -> int:
        if not alone:
            return _most_edits(word)
        if len(word) <= _SHORT_WORD or word in self.chances:
            return 0
        return min(_most_edits(word), len(word) // _LETTERS_AN_EDIT)

    def _best_way(self, word: str, beam: Mapping[str, _Way], likeliest: _Way) -> _Way:
        """The likeliest way to a word: on from the likeliest so far, or from one that the word was
        seen to follow. (Of all the others none can be likelier.)
        """
        alone = (1 - _FROM_PAIRS) * (self.chances.get(word) or _UNSEEN / len(word))
        best = likeliest[0] + math.log(alone), likeliest[1]
        for before, (score, path) in beam.items():
            seen = self.pairs.get(before, {}).get(word)
            if seen:
                paired = _FROM_PAIRS * seen / self._followed[before]
                best = max(best, (score + math.log(paired + alone), path))
        return best

    @cached_property
    def _followed(self) -> dict[str, int]:
        """How often each word was followed by a known one."""
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

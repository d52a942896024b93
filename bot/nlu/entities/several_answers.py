"""Several answers in one message, each read by itself: "make it admissions and 620".

The finders know a bare name by its being all that is said; of two answers neither is. So a message
that is nothing but an office and a place, courtesies aside, is read part by part. One word more
that no part explains, and nothing is found here: half of what was meant is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.nlu.entities.folded_text import COURTESIES, FoldedText, Word, fold
from bot.nlu.entities.mention import Kind, Mention

# Reads a part as if it were a message.
Read = Callable[[FoldedText], list[Mention]]

_BETWEEN = re.compile(
    r"(?:\s?[,;/&+.]\s?|\s)(?:and|but|y|e|pero|in|en|with|con|for|para|not)\s|\s?[,;/&+]\s?|\.\s"
)
_JOINED = re.compile(r"\s(?:and|y|e|in|en|with|con|for|para)\s|[,;/&+]")
# "Not Housing", "y no Vivienda": a part that says what isn't meant.
_TURNED_DOWN = re.compile(r"[\s,;]*(?:and\s|but\s|y\s|pero\s)?(?:not|instead of|en vez de|no)\s\w")
# Who answers is an answer too, which the job itself reads.
_ANSWERERS = frozenset({"inbox", "bandeja", "buzon", "assistant", "asistente", "bot"})
_OF_A_PLACE = frozenset({"area", "code", "codigo", "lada", "prefijo", "prefix", "zip", "postal"})
_PLACES: frozenset[Kind] = frozenset({"area_code", "city", "zip_code"})
_MOST_PARTS, _MOST_WORDS = 6, 20


def find_several_answers(text: FoldedText, read: Read) -> list[Mention]:
    """The office and what is said beside it, where the message is nothing else."""
    if len(text.words) > _MOST_WORDS or _JOINED.search(text.folded) is None:
        return []
    found = _all_of(text, _parts(text.folded), read)
    kinds = {mention.kind for mention in found or ()}
    says_more = kinds & _PLACES or not _ANSWERERS.isdisjoint(text.vocabulary)
    return found if found and "office" in kinds and says_more else []


def _parts(folded: str) -> list[tuple[int, int]]:
    """Where the parts lie; a "not" belongs to what comes after it."""
    parts, start = [], 0
    for between in _BETWEEN.finditer(folded):
        parts.append((start, between.start()))
        start = between.end() - (4 if between[0].endswith("not ") else 0)
    return [*parts, (start, len(folded))]


def _all_of(text: FoldedText, parts: list[tuple[int, int]], read: Read) -> list[Mention] | None:
    """What the parts name, as many of them together as are one name; None if one is unclear."""
    found: list[Mention] = []
    if len(parts) > _MOST_PARTS:
        return None
    at = 0
    while at < len(parts):
        if _TURNED_DOWN.match(text.folded, *parts[at]):
            at += 1
            continue
        for last in range(len(parts) - 1, at - 1, -1):
            named = _whole(text, parts[at][0], parts[last][1], read)
            if named is not None:
                break
        else:
            return None
        found += named
        at = last + 1
    return found


def _whole(text: FoldedText, start: int, end: int, read: Read) -> list[Mention] | None:
    """The one thing that a part is the name of; nothing where it is courtesy."""
    words = [word for word in text.words if start <= word.start and word.end <= end]
    if all(word.text in COURTESIES | _ANSWERERS for word in words):
        return []
    begin, stop = text.place(words[0].start, words[-1].end)
    mentions = read(fold(text.original[begin:stop]))
    if len(mentions) != 1:
        return None
    mention = replace(mentions[0], start=begin + mentions[0].start, end=begin + mentions[0].end)
    return [mention] if all(_is_explained(word, mention, text) for word in words) else None


def _is_explained(word: Word, mention: Mention, text: FoldedText) -> bool:
    """Whether a word is one of a name's, or of those that stand around an answer."""
    start, end = text.place(word.start, word.end)
    return word.text in COURTESIES | _OF_A_PLACE or (mention.start <= start and end <= mention.end)

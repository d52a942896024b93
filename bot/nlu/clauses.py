"""Where a message may fall into two requests: between sentences, or at a word that adds one.

"What's our quota? Also, how long does porting take" may; "a number for Housing and Dining in 316"
may not, for "Dining in 316" asks for nothing. What the two mean is for others to say
(``two_requests.py``); this tells only which cuts are worth reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.request_words import ORDERS, QUESTIONS

FEWEST_WORDS = 2
# Cuts of one message that are read: a longer one is a story, and each costs two readings.
MOST_CUTS = 4


@dataclass(frozen=True)
class Cut:
    """The folded text's first ``end`` characters are one clause; the other begins at ``start``."""

    end: int
    start: int


# "Also", "y además": what joins the second clause, no part of it.
_JOINS = (
    r"(?:(?:and|also|then|plus|oh|ok|okay|next|after that|afterwards|by the way|btw"
    r"|one more thing|another thing|while you're at it|while youre at it|in addition"
    r"|y|e|ademas|tambien|luego|despues|aparte|por cierto|de paso|otra cosa|una cosa mas|ah|oye"
    r"|oiga)\b[,:]?\s+)"
)
# The space after a sentence's end or a comma, or before a joining word.
_CUT = re.compile(
    rf"(?:(?<=[.?!;,\n])\s|\s[-&](?=\s)|\s(?=(?:and|also|then|plus|y|e|ademas|tambien"
    rf"|(?:luego|despues)(?!\s+de\b))\b))[\s\u00bf\u00a1\"(]*{_JOINS}*"
)
_COURTESIES = (
    r"(?:(?:hi|hello|hey|hola|buenas|buenos dias|buenas tardes|good morning|good afternoon|so|well"
    r"|please|pls|plz|kindly|thanks|thank you|gracias|bueno|pues|por favor|porfa|favor de"
    r"|just|first|primero|now|ahora)\b[,.!:]?\s+)*"
)
# What it takes more than one word to tell.
_BEGINNINGS = (
    r"(?:i|we)(?:'d)? (?:also )?(?:want|need|would like|like|wanna|was wondering|wonder)"
    r"|(?:in|on|to|for|from) (?:which|what|whom|whose|how)"
    r"|(?:a|de|en|por|con|para|hasta|desde) (?:que|quien|quienes|cual|cuales|cuanto|cuanta|donde)"
    r"|(?:me|nos) (?:puede|puedes|pueden|podria|podrias|dice|dices|muestra|muestras|da|das|pasa"
    r"|pasas)"
    r"|hace falta|hay que|es (?:posible|necesario|obligatorio)|se pueden?|me gustaria|nos gustaria"
    r"|tambien (?:quiero|necesito)"
)
_ASKS = re.compile(
    rf"[^\w\n]{{0,3}}{_COURTESIES}[^\w\n]{{0,3}}"
    rf"(?:{'|'.join(sorted(QUESTIONS | ORDERS))}|{_BEGINNINGS})\b"
)


def cuts_of(text: FoldedText) -> Iterator[Cut]:
    """The first cuts after a question or an order and before another."""
    folded, found = text.folded, 0
    for match in _CUT.finditer(folded):
        if _is_worth_reading(folded, match):
            found += 1
            yield Cut(match.start(), match.end())
        if found == MOST_CUTS:
            return


def _is_worth_reading(folded: str, cut: re.Match[str]) -> bool:
    end, start = cut.span()
    if _ASKS.match(folded, start) is None:
        return False
    if not folded.endswith("?", 0, end) and _ASKS.match(folded, 0, end) is None:
        return False
    clauses = folded[:end], folded[start:]
    return all(len(clause.split(maxsplit=FEWEST_WORDS)) >= FEWEST_WORDS for clause in clauses)

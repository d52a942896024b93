"""Whether a date lies behind us or ahead: "since 3/1" and "ported on 3/1", "by 3/1".

Only the words before a date tell, and only where they leave no doubt: "we want it ported on 3/1" is
ahead.
"""

from __future__ import annotations

import re
from enum import Enum, auto

# How far back the words are looked for.
_BEFORE = 60
_SINCE = re.compile(r"\bsince\s(?:the\s)?$")
_FROM = re.compile(r"(?<!\bstarting )\b(?:from|desde(?:\sel)?)\s$")
_DONE_ON = re.compile(
    r"\b(?:added|archived|arrived|asked|assigned|billed|bought|broke|called|came|changed|charged"
    r"|created|deleted|did|emailed|ended|expired|got|happened|moved|opened|ordered"
    r"|paid|ported|received|released|removed|replied|reported|requested|sent|signed|started"
    r"|stopped|submitted|switched|texted|transferred|was|went|were|wrote)"
    r"(?:\s(?!to\b|if\b|that\b)[\w']{1,12}){0,3}?\s(?:on|between|from)\s(?:the\s)?$"
)
# "We want it ported on 1/2", "it is moved on Friday", "it'll be sent on".
_NOT_YET = re.compile(
    r"\b(?:will|ll|be|being|gets?|to|should|must|can|could|may|needs?|wants?|would|is|are|s|if"
    r"|when|once|until|like|have|let|please)\b[^.?!\n]{0,30}$"
)


class Tense(Enum):
    """On which side of today a date lies."""

    COMING = auto()
    PAST = auto()
    NEARER = auto()


def tense_before(text: str, start: int) -> Tense:
    """What the words before ``start`` say of a date that stands there."""
    before = text[max(0, start - _BEFORE) : start]
    if _SINCE.search(before):
        return Tense.PAST
    done = _DONE_ON.search(before)
    if done is not None and not _NOT_YET.search(before[: done.start()]):
        return Tense.PAST
    return Tense.NEARER if _FROM.search(before) else Tense.COMING

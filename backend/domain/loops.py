"""Machines that answer us, and floods: what keeps two of them from texting each other all night.

Judged by the latest texts of a conversation only, so that it costs the same however many came
before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from typing import Final

from backend.domain.words import folded

# How many of a conversation's latest texts are enough to judge by.
LOOKS_BACK: Final = 40

FLOOD: Final = 20
FLOOD_WITHIN: Final = timedelta(minutes=1)

# A machine says the same again; so does a person, but seldom this often and this soon. Who
# answers "ok" or "2" says it more often than who writes a sentence.
SAME_WITHIN: Final = timedelta(minutes=10)
SAME_SENTENCES: Final = 3
SAME_SHORT_REPLIES: Final = 6
SHORT_WORDS: Final = 3

# Nobody reads a text and types an answer so quickly so many times in a row.
PROMPT_WITHIN: Final = timedelta(seconds=3)
PROMPT_REPLIES: Final = 8

# An auto-reply comes soon after the text that it replies to, or it isn't one.
AUTO_REPLY_WITHIN: Final = timedelta(minutes=5)
_AUTO_REPLY: Final = re.compile(
    r"^(this is an? )?(auto(matic|mated)? ?(reply|response|message|text)|autoreply)\b(?! from you)"
    r"|^(this|the) (number|mailbox|phone|line|inbox) (is not|isn t|does not|doesn t|cannot|can t) "
    r"(monitored|accept|receive|in service|be reached)"
    r"|^(i am|i m|im) (currently )?(driving|out of (the )?office|away from my phone|in a meeting)"
    r"( right now| now| with| and| until| i ll| i will|$)"
    r"|^(i am|i m|im) not receiving notifications|^out of (the )?office\b"
    r"|^(sorry )?(i )?can t talk right now( i ll call you later)?$"
    r"|^(esta es una )?(respuesta|mensaje|contestacion) automatic[oa]\b"
    r"|^(este|es un) (mensaje|numero) (es automatico|automatico|no (recibe|acepta|esta))"
    r"|^(estoy|voy) (conduciendo|manejando|fuera de la oficina)( ahora| y| con|$)"
    r"|^fuera de la oficina\b"
)
_FLOOD_LINE: Final = re.compile(r"^([\d,]+) texts have come")


@dataclass(frozen=True)
class Exchanged:
    """A text of a conversation; `is_ours` when the desk sent it by itself (the assistant's
    replies, fixed texts, a campaign's opening), None when a member of staff wrote it.
    """

    at: datetime
    body: str
    is_ours: bool | None


def is_machine(latest: Sequence[Exchanged]) -> bool:
    """Whether the last text looks like a machine's that answers ours; `latest` is newest first
    and begins with that text.
    """
    return _says_the_same(latest) or _is_auto_reply(latest) or _is_too_prompt(latest)


def is_flood(latest: Sequence[Exchanged], now: datetime) -> bool:
    """Whether more came within a minute than anybody types."""
    came = [text for text in latest if text.is_ours is False]
    return len(came) >= FLOOD and now - came[FLOOD - 1].at <= FLOOD_WITHIN


def ours_within(latest: Sequence[Exchanged], now: datetime, how_long: timedelta) -> int:
    """How many of the latest texts the desk has sent by itself in a time."""
    return sum(1 for text in latest if text.is_ours and now - text.at < how_long)


def flood_line(texts: int) -> str:
    """A flood as the timeline tells it: one line, however many come."""
    return (
        f"{texts:,} texts have come from this phone in quick succession. All are kept; "
        "nothing more is answered by itself while they keep coming."
    )


def counted(line: str) -> int:
    """How many texts a `flood_line` tells of; as many as make a flood where it tells of none."""
    found = _FLOOD_LINE.match(line)
    return int(found[1].replace(",", "")) if found else FLOOD


def _says_the_same(latest: Sequence[Exchanged]) -> bool:
    came = [text for text in latest if text.is_ours is False]
    said = folded(came[0].body)
    if not said:
        return False
    same = list(takewhile(lambda text: folded(text.body) == said, came))
    soon = [text for text in same if came[0].at - text.at <= SAME_WITHIN]
    is_short = len(said.split()) <= SHORT_WORDS
    return len(soon) >= (SAME_SHORT_REPLIES if is_short else SAME_SENTENCES)


def _is_auto_reply(latest: Sequence[Exchanged]) -> bool:
    text, *before = latest
    if "?" in text.body or _AUTO_REPLY.search(folded(text.body)) is None:
        return False
    ours = next((one for one in before if one.is_ours is not False), None)
    return ours is not None and text.at - ours.at <= AUTO_REPLY_WITHIN


def _is_too_prompt(latest: Sequence[Exchanged]) -> bool:
    """Whether each of so many texts came at once upon one of ours."""
    prompt = 0
    for text, before in pairwise(latest):
        if text.is_ours is not False:
            continue
        if not before.is_ours or not timedelta() < text.at - before.at <= PROMPT_WITHIN:
            return False
        prompt += 1
        if prompt == PROMPT_REPLIES:
            return True
    return False

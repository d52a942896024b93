"""Consent to be texted: the words that end it, bring it back, or ask for help.

A keyword counts only when it is the whole message. Twilio's list:
https://help.twilio.com/articles/223134027; the words of 47 CFR 64.1200(a)(10): stop, quit,
end, revoke, opt out, cancel, unsubscribe.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from backend.domain.words import folded

STOP_WORDS: Final = frozenset(
    {
        *("stop", "stopall", "stop all", "unsubscribe", "end", "quit", "cancel"),
        *("revoke", "optout", "opt out", "parar", "alto", "cancelar", "baja"),
    }
)
START_WORDS: Final = frozenset({"start", "unstop", "empezar", "comenzar"})
START_WORDS_IF_OPTED_OUT: Final = frozenset({"yes", "si"})
HELP_WORDS: Final = frozenset({"help", "info", "ayuda"})
SPANISH_WORDS: Final = frozenset(
    {"parar", "alto", "cancelar", "baja", "empezar", "comenzar", "si", "ayuda"}
)


# The words that Twilio's default handling confirms itself.
# https://help.twilio.com/articles/223134027
TWILIO_WORDS: Final = frozenset(
    {
        *("stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout"),
        *("start", "yes", "unstop", "help", "info"),
    }
)


class Keyword(StrEnum):
    """What a whole-message keyword asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"


class ConsentKind(StrEnum):
    """The two things a consent event can say."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"


class ConsentScope(StrEnum):
    """How far an opt-out reaches; a setting of the institution."""

    NUMBER = "number"
    OFFICE = "office"
    INSTITUTION = "institution"


@dataclass(frozen=True)
class Consent:
    """One consent event: its scope and the id of the number, office or institution it names."""

    kind: ConsentKind
    scope: ConsentScope
    scope_id: int
    at: datetime


def keyword(text: str, *, is_opted_out: bool) -> Keyword | None:
    """The keyword a message consists of, if it is nothing but one.

    YES brings consent back only for who has opted out; from anyone else it is an answer.
    """
    word = folded(text)
    if word in STOP_WORDS:
        return Keyword.STOP
    if word in START_WORDS or (is_opted_out and word in START_WORDS_IF_OPTED_OUT):
        return Keyword.START
    if word in HELP_WORDS:
        return Keyword.HELP
    return None


def is_known_to_twilio(text: str) -> bool:
    """Whether Twilio's default handling confirms this keyword itself."""
    return folded(text) in TWILIO_WORDS


def is_spanish(text: str) -> bool:
    """Whether the keyword was one of the Spanish ones."""
    return folded(text) in SPANISH_WORDS


def is_opted_out(
    events: Iterable[Consent], *, number_id: int | None, office_id: int, institution_id: int
) -> bool:
    """Whether texts from this number may not be sent: the latest event of each scope that
    reaches the number counts, and one opt-out is enough. `number_id` None asks about the office's
    numbers at large.
    """
    reach = {
        (ConsentScope.NUMBER, number_id),
        (ConsentScope.OFFICE, office_id),
        (ConsentScope.INSTITUTION, institution_id),
    }
    latest: dict[tuple[ConsentScope, int], Consent] = {}
    for event in sorted(events, key=lambda event: event.at):
        if (event.scope, event.scope_id) in reach:
            latest[event.scope, event.scope_id] = event
    return any(event.kind is ConsentKind.OPT_OUT for event in latest.values())

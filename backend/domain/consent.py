"""Consent to be texted: the words that end it, bring it back, or ask for help.

A keyword counts only when it is the whole message. Twilio's list:
https://help.twilio.com/articles/223134027; the words of 47 CFR 64.1200(a)(10): stop, quit,
end, revoke, opt out, cancel, unsubscribe.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from backend.domain.words import folded

_COURTESY: Final = re.compile(r"^(?:please|por favor) | (?:please|now|again|thanks|por favor)$")

STOP_WORDS: Final = frozenset(
    {
        *("stop", "stopall", "stop all", "unsubscribe", "end", "quit", "cancel"),
        *("revoke", "optout", "opt out", "remove", "parar", "paren", "alto", "cancelar", "baja"),
        *("detener", "terminar", "salir"),
        *("reply stop", "text stop", "send stop", "stop to end", "reply stop to end"),
    }
)
START_WORDS: Final = frozenset(
    {
        *("start", "unstop", "optin", "opt in", "subscribe", "resubscribe"),
        *("empezar", "comenzar", "iniciar", "reanudar"),
    }
)
START_WORDS_IF_OPTED_OUT: Final = frozenset({"yes", "si"})
HELP_WORDS: Final = frozenset({"help", "info", "ayuda"})
SPANISH_WORDS: Final = frozenset(
    {
        *("parar", "paren", "alto", "cancelar", "baja", "detener", "terminar", "salir"),
        *("empezar", "comenzar", "iniciar", "reanudar", "si", "ayuda"),
    }
)
ASK_AGAIN_AFTER: Final = timedelta(hours=12)
YES_COUNTS_FOR: Final = timedelta(hours=12)

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
    word = _word(text)
    if word in STOP_WORDS:
        return Keyword.STOP
    wanted = _COURTESY.sub("", word)
    if wanted in START_WORDS or (is_opted_out and wanted in START_WORDS_IF_OPTED_OUT):
        return Keyword.START
    if word in HELP_WORDS:
        return Keyword.HELP
    return None


def is_known_to_twilio(text: str) -> bool:
    """Whether Twilio's default handling confirms this keyword itself: single words only."""
    return folded(text) in TWILIO_WORDS


def is_spanish(text: str) -> bool:
    """Whether the keyword was one of the Spanish ones."""
    return _COURTESY.sub("", _word(text)) in SPANISH_WORDS


def may_ask(asked_at: datetime | None, now: datetime) -> bool:
    """Whether a student whose words were unclear is asked: once in 12 hours."""
    return asked_at is None or now - asked_at >= ASK_AGAIN_AFTER


def yes_still_counts(asked_at: datetime, now: datetime) -> bool:
    """Whether a yes is still an answer to our question, if nothing was said in between."""
    return now - asked_at < YES_COUNTS_FOR


def scope_of(setting: ConsentScope, *, is_single_use: bool) -> ConsentScope:
    """How far an opt-out from a number reaches, by the institution's setting.

    One from a single-use number reaches the whole office at least: the number is given back
    after its campaign, and the office's next one would text the same student.
    """
    if is_single_use and setting is ConsentScope.NUMBER:
        return ConsentScope.OFFICE
    return setting


def _word(text: str) -> str:
    """A message as a keyword: `S.T.O.P.` is spelled out, and still one."""
    letters = folded(text).split()
    is_spelled_out = len(letters) > 1 and all(len(letter) == 1 for letter in letters)
    return "".join(letters) if is_spelled_out else " ".join(letters)


def opted_out_scopes(
    events: Iterable[Consent], *, number_id: int | None, office_id: int, institution_id: int
) -> frozenset[ConsentScope]:
    """The scopes in which the latest event that reaches a number is an opt-out. One is enough: no
    text may be sent. `number_id` None asks about the office's numbers at large.
    """
    reach = {
        (ConsentScope.NUMBER, number_id),
        (ConsentScope.OFFICE, office_id),
        (ConsentScope.INSTITUTION, institution_id),
    }
    latest: dict[ConsentScope, Consent] = {}
    for event in sorted(events, key=lambda event: event.at):
        if (event.scope, event.scope_id) in reach:
            latest[event.scope] = event
    return frozenset(scope for scope, event in latest.items() if event.kind is ConsentKind.OPT_OUT)


def is_opted_out(
    events: Iterable[Consent], *, number_id: int | None, office_id: int, institution_id: int
) -> bool:
    """Whether texts from this number may not be sent."""
    return bool(
        opted_out_scopes(
            events, number_id=number_id, office_id=office_id, institution_id=institution_id
        )
    )

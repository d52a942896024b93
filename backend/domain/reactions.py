"""Reactions as phones send them by text: Liked “Your form is here.”"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_DID: Final = (
    r"(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|reacted \S+ to"
    r"|removed an? .{2,30} from"
    r"|(?:no )?le gustó|le encantó|se rió de|destacó|reaccionó con \S+ a|[^\w\s]{1,12} (?:to|a))"
)
_REACTION: Final = re.compile(rf"{_DID} [“\"«](?P<quoted>.+)[”\"»]", re.IGNORECASE)


def is_reaction(text: str, ours: Iterable[str]) -> bool:
    """Whether a message is nothing but a reaction to one of our texts, which it quotes from the
    beginning, shortened perhaps. What a student quotes of themselves counts as their own words.
    """
    found = _REACTION.fullmatch(_on_one_line(text))
    quoted = _on_one_line(found["quoted"]).removesuffix("…").rstrip() if found else ""
    return bool(quoted) and any(_on_one_line(each).startswith(quoted) for each in ours)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())

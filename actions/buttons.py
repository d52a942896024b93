"""What a button says to the assistant when it is pressed."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

Button = dict[str, str]

# The backend knows a button that does the last thing again by this title (staff_chat.py there).
TRY_AGAIN = {"en": "Try again", "es": "Intentar de nuevo"}


def payload(intent: str, named: Mapping[str, str]) -> str:
    """An intent and what it names, by kind: `/transfer_number{"office": "off_1"}`."""
    return f"/{intent}" + (json.dumps(named, ensure_ascii=False) if named else "")


def first_of_each(entities: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Of what a message names, the first of each kind: more a button can't say."""
    named: dict[str, str] = {}
    for one in entities:
        named.setdefault(str(one["entity"]), str(one["value"]))
    return named

"""Canned replies: words that agents use again and again, with places for what differs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_PLACE: Final = re.compile(r"[ ]?\{(name|office)\}")


def filled_in(body: str, *, name: str | None, office: str) -> str:
    """A canned reply with `{name}` and `{office}` filled in.

    Where no name is known its place goes, with the space before it: "Hi {name}, …" is "Hi, …".
    Other braces stay as they are.
    """
    known: Mapping[str, str | None] = {"name": name, "office": office}

    def fill(place: re.Match[str]) -> str:
        words = known[place[1]]
        return f"{' ' * place[0].startswith(' ')}{words}" if words else ""

    return _PLACE.sub(fill, body).lstrip(" ,")

"""A stretch of a message that names something, and what it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

Kind = Literal[
    "phone_number",
    "date",
    "duration",
    "zip_code",
    "area_code",
    "city",
    "carrier",
    "inbox",
    "office",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
# Where two mentions lie on each other, offices and inboxes give way: their names are guessed from
# the words around them. Among the rest the longer one stays, then the one that is first here.
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_GIVING_WAY = frozenset({"inbox", "office"})
_NOTHING_MORE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Mention:
    """``text`` is what stands at ``start`` to ``end`` of the message, as typed.

    ``value`` is what it means, in the kind's normal form; ``details`` is what else is known of it,
    in types that JSON has. Each finder says which.
    """

    kind: Kind
    start: int
    end: int
    text: str
    value: str
    details: Mapping[str, Any] = field(default=_NOTHING_MORE)

    def overlaps(self, other: Mention) -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


def without_overlaps(mentions: Iterable[Mention]) -> list[Mention]:
    """The mentions that stay when no two may share a character, in the message's order."""
    kept: list[Mention] = []
    for one in sorted(mentions, key=_precedence):
        if not any(one.overlaps(other) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _precedence(one: Mention) -> tuple[bool, int, int, int]:
    return (one.kind in _GIVING_WAY, one.start - one.end, _RANK[one.kind], one.start)

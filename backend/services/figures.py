"""How much the desk has done, counted from its rows; no institution's words or numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from backend.db.tables import Conversation, Message, Turn, UnroutedText
from backend.services.desk import Desk


@dataclass(frozen=True)
class Figure:
    """One family of counts: `counts` maps a value of `label` to how many rows have it."""

    name: str
    meaning: str
    label: str
    counts: Mapping[str, int]


def read(desk: Desk) -> tuple[Figure, ...]:
    """The counts as they are now."""
    with desk.db.read() as session:
        turns = session.execute(select(Turn.state, func.count()).group_by(Turn.state))
        messages = session.execute(select(Message.status, func.count()).group_by(Message.status))
        unrouted = session.scalar(select(func.count(UnroutedText.id))) or 0
        waiting = session.scalar(
            select(func.count(Conversation.id)).where(Conversation.needs_attention)
        )
        return (
            Figure("turns", "Assistant turns", "state", {state.value: n for state, n in turns}),
            Figure("messages", "Messages", "status", dict(row for row in messages)),
            Figure("unrouted_texts", "Texts to unknown numbers", "kind", {"sms": unrouted}),
            Figure("inbox", "Conversations for a person", "state", {"waiting": waiting or 0}),
        )

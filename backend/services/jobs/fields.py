"""Fields that several jobs have."""

from __future__ import annotations

from backend.db.tables import Office
from backend.domain.conversations import Responder
from backend.services.jobs import mentions
from backend.services.jobs.job import Asked, Choice, Question, ask

RESPONSES = tuple(Choice(each.value, each.value) for each in Responder)


def response(asked: Asked) -> Choice | Question:
    """Who answers unsolicited texts: `assistant` or `inbox`."""
    for each in RESPONSES:
        if each.value == asked.said:
            return each
    return ask("response", RESPONSES, problem="unknown" if asked.said else None, said=asked.said)


def inbox(asked: Asked, office: Office) -> Choice | Question | None:
    """The inbox for people: asked only where texts go to one and the office has several; None
    where the office has none.
    """
    rows = mentions.inboxes_of(asked.session, office.id)
    if asked.said or asked.to_be_asked:
        found = mentions.meant(asked.said, rows)
        return mentions.one_of("inbox", asked.said, found, rows, mentions.choice)
    if len(rows) > 1 and asked.value("response") == Responder.INBOX:
        return ask("inbox", [mentions.choice(row) for row in rows])
    return mentions.choice(rows[0]) if rows else None

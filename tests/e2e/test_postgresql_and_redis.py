"""The whole product on PostgreSQL and Redis, as a larger installation runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import func, select

from backend.db.tables import Message, Turn, TurnState
from tests.databases import PostgresServer
from tests.e2e.test_whole import FINANCIAL_AID, say, text, wait_for_reply, words_of
from tests.running import RunningDesk, running_desk

STUDENT = "+13165550177"


@pytest.fixture
def running(postgresql: PostgresServer, redis_server: str, tmp_path: Path) -> Iterator[RunningDesk]:
    """A desk that was migrated and seeded in an empty database."""
    with Redis.from_url(redis_server) as client:
        client.flushdb()
    url = postgresql.create("whole_desk")
    with running_desk(tmp_path, DATABASE_URL=url, REDIS_URL=redis_server) as desk:
        yield desk
    postgresql.drop("whole_desk")


def test_a_text_and_a_chat_are_answered(running: RunningDesk) -> None:
    """A student's text goes all the way and back, and staff are answered; no file is used."""
    workshop = running.workshop()
    with closing(workshop.queue), closing(workshop.desk.db):
        text(workshop, STUDENT, FINANCIAL_AID, "When is your office open?")
        replies = wait_for_reply(workshop, STUDENT, FINANCIAL_AID)
        with running.client("administrator") as alice:
            answer = say(alice, "How many phone numbers do we have left?")
            ready = alice.get("/readyz")
        with workshop.desk.db.read() as session:
            answered = select(func.count(Turn.id)).where(Turn.state == TurnState.ANSWERED)
            turns = session.scalar(answered)
            kept = session.scalars(select(Message.body)).all()

    assert turns == 2 and replies[0] in kept
    assert words_of(answer)
    assert ready.status_code == 200
    assert not (running.folder / "numberdesk.db").exists()
    assert not (running.folder / "queue.db").exists()

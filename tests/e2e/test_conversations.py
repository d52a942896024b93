"""Whole conversations with the running product, from the table in `tests/conversations`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conversations.play import play
from tests.conversations.script import Conversation, read_table
from tests.conversations.stage import Stage, open_stage

TABLE = read_table()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A desk of this module's own, which every conversation finds as the one before left it."""
    with open_stage(tmp_path_factory.mktemp("conversations")) as opened:
        yield opened


@pytest.mark.parametrize("conversation", TABLE, ids=lambda one: f"{one.group}: {one.name}")
def test_conversation(conversation: Conversation, stage: Stage) -> None:
    """Each conversation goes as its table says, and leaves things as it says."""
    played = play(conversation, stage)

    assert played.fault is None, played.transcript


def test_no_job_takes_more_than_one_turn_too_many() -> None:
    """Where the table tells the fewest turns a job can take, it takes at most one more."""
    slow = [
        one.name for one in TABLE if one.minimum is not None and one.turns_used > one.minimum + 1
    ]

    assert slow == []

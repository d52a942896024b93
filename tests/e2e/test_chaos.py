"""The small storm of `tests/chaos`: texts by the hundred while every program is killed."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.__main__ import storm
from tests.chaos.storm import BREEZE, PROGRAMS


def test_no_text_is_lost_or_answered_twice_while_programs_die(tmp_path: Path) -> None:
    """Backend, worker, Rasa, the action server and the internal listener are killed at random;
    every text is stored once, and answered once or in the inbox with a reason, by the carrier's
    own list.
    """
    counted = storm(tmp_path, BREEZE)
    print(counted.table())

    assert counted.faults == []
    assert (counted.texts, counted.stored, counted.copies) == (BREEZE.texts, BREEZE.texts, 0)
    assert counted.answered and counted.to_inbox
    assert set(counted.kills) == set(PROGRAMS)

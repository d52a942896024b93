"""What becomes of a text that may or may not have left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.conversations import STUDENT_ANSWER_WINDOW
from backend.domain.lost_texts import (
    ASK_AFTER,
    ASK_UNTIL,
    WORTH_SENDING_FOR,
    Step,
    ask_again_at,
    next_step,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SPANS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3))


@given(waited=SPANS, wait=st.none() | SPANS, is_of_the_assistant=st.booleans())
def test_it_is_sent_again_only_when_sure_and_in_time(
    waited: timedelta, wait: timedelta | None, is_of_the_assistant: bool
) -> None:
    """Never while its absence is not sure, never when nobody would want it any more, and always
    in between; sooner or later it ends.
    """
    now = NOON + waited
    step = next_step(
        is_of_the_assistant=is_of_the_assistant,
        due_at=NOON,
        wait_until=None if wait is None else NOON + wait,
        now=now,
    )
    worth_for = STUDENT_ANSWER_WINDOW if is_of_the_assistant else WORTH_SENDING_FOR

    assert (step is Step.WAIT) == (wait is not None and waited < wait)
    assert (step is Step.SEND_AGAIN) == (step is not Step.WAIT and waited <= worth_for)


@given(SPANS)
def test_reports_are_asked_for_ever_more_rarely(age: timedelta) -> None:
    """At most a dozen questions about one text."""
    asked, at = 0, NOON + max(age, ASK_AFTER)
    while at - NOON < ASK_UNTIL:
        asked, at = asked + 1, ask_again_at(NOON, at)

    assert asked <= 12

"""What becomes of a text of which nobody knows whether the carrier took it.

The carrier's own list decides. What is on it is taken as sent; what is surely not on it is sent
again while it is still worth sending, and shown as failed after that.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from backend.domain.conversations import STUDENT_ANSWER_WINDOW

# A request whose answer was lost may still be on its way into the carrier's list.
SURE_AFTER: Final = timedelta(minutes=3)
WORTH_SENDING_FOR: Final = timedelta(hours=4)
TOO_LATE: Final = "It never reached the carrier, and it is too late to send it now."
TRIED_ENOUGH: Final = "It never reached the carrier, although it was tried several times."

# A delivery report that never came is asked for: first after this, then each time the text is
# twice as old, until it is this old.
ASK_AFTER: Final = timedelta(minutes=10)
ASK_UNTIL: Final = timedelta(days=2)


class Step(Enum):
    """What to do with a text that the carrier does not list."""

    WAIT = "wait"
    SEND_AGAIN = "send again"
    GIVE_UP = "give up"


def next_step(
    *,
    is_of_the_assistant: bool,
    due_at: datetime,
    wait_until: datetime | None,
    now: datetime,
) -> Step:
    """What to do with a text that the carrier does not list.

    `due_at` is when it was to be sent, `wait_until` when its absence from the list is sure (None:
    it is now). An answer of the assistant is worth as long as any of its answers, everything else
    some hours.
    """
    if wait_until is not None and now < wait_until:
        return Step.WAIT
    worth_for = STUDENT_ANSWER_WINDOW if is_of_the_assistant else WORTH_SENDING_FOR
    return Step.SEND_AGAIN if now - due_at <= worth_for else Step.GIVE_UP


def ask_again_at(written_at: datetime, now: datetime) -> datetime:
    """When to ask the next time how far a text has come."""
    return now + max(now - written_at, ASK_AFTER)

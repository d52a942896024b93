"""A message's way to its reader, which only ever goes forward.

Twilio's statuses: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

from __future__ import annotations

from typing import Final

# What a person should look at; `unconfirmed` may have been delivered all the same.
FAILED: Final = frozenset({"failed", "undelivered", "canceled", "unconfirmed"})

# Waits for its number to come into service, then is pending again.
HELD: Final = "held"

RANK: Final[dict[str, int]] = {
    "pending": 0,
    HELD: 0,
    "sending": 1,
    "accepted": 2,
    "scheduled": 2,
    "queued": 3,
    "unconfirmed": 3,
    "sent": 4,
    "partially_delivered": 5,
    "delivered": 6,
    "undelivered": 6,
    "failed": 6,
    "canceled": 6,
    "read": 7,
}


def moves_forward(present: str, reported: str) -> bool:
    """Whether a reported status is news; repeats and late arrivals are not."""
    return reported in RANK and RANK[reported] > RANK.get(present, -1)

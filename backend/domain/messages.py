"""A message's way to its reader, which only ever goes forward.

Twilio's statuses: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

from __future__ import annotations

from typing import Final

# What a person should look at; `unconfirmed` may have been delivered all the same.
FAILED: Final = frozenset({"failed", "undelivered", "canceled", "unconfirmed"})

# Waits for its number to come into service.
HELD: Final = "held"
# What staff start: waits for its turn, or until `not_before`; then is pending.
WAITING: Final = "waiting"
# Not sent yet, with a reason that people are shown.
KEPT_BACK: Final = frozenset({HELD, WAITING})
NOT_HANDED_OVER: Final = ("pending", HELD, WAITING)

RANK: Final[dict[str, int]] = {
    "pending": 0,
    HELD: 0,
    WAITING: 0,
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


SPOKEN: Final[dict[str, str]] = {
    "received": "Received",
    WAITING: "Waiting for its turn",
    "pending": "About to be sent",
    HELD: "Held back",
    "sending": "About to be sent",
    "accepted": "With the carrier",
    "scheduled": "With the carrier",
    "queued": "With the carrier",
    "unconfirmed": "Perhaps sent",
    "sent": "Sent",
    "partially_delivered": "Delivered in part",
    "delivered": "Delivered",
    "undelivered": "Not delivered",
    "failed": "Not sent",
    "canceled": "Not sent",
    "read": "Read",
}


def spoken(status: str) -> str:
    """A status in words for people; one that Twilio invents tomorrow, as it is."""
    return SPOKEN.get(status, status.replace("_", " ").capitalize())

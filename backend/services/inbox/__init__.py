"""The inbox: conversations that wait for a person of an office, and what people do with them."""

from backend.services.inbox.handling import (
    Colleague,
    ReadyReply,
    assign,
    colleagues,
    hand_back,
    mark_read,
    note,
    put,
    ready_replies,
    resolve,
    take,
)
from backend.services.inbox.lines import InboxLine, InboxPage, View, listing, read, unread_count
from backend.services.inbox.sending import Written, reply
from backend.services.inbox.starting import (
    FirstText,
    KnownStudent,
    OwnNumber,
    known_students,
    numbers_to_write_from,
    start,
)
from backend.services.inbox.threads import Thread, TimelineEntry, Trail, thread

__all__ = [
    "Colleague",
    "FirstText",
    "InboxLine",
    "InboxPage",
    "KnownStudent",
    "OwnNumber",
    "ReadyReply",
    "Thread",
    "TimelineEntry",
    "Trail",
    "View",
    "Written",
    "assign",
    "colleagues",
    "hand_back",
    "known_students",
    "listing",
    "mark_read",
    "note",
    "numbers_to_write_from",
    "put",
    "read",
    "ready_replies",
    "reply",
    "resolve",
    "start",
    "take",
    "thread",
    "unread_count",
]

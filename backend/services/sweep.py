"""The sweep: whatever a crash dropped is found in the rows and taken up again."""

from __future__ import annotations

from backend.services import (
    answering,
    campaign_openings,
    contact_imports,
    left_texts,
    on_call,
    ownership,
    provisioning,
    staff_chat,
)
from backend.services.desk import Desk


def sweep(desk: Desk) -> None:
    """Queue again what waits unseen, and give up what must not run late.

    Safe to run at any time and in several workers: the rows' own states decide.
    """
    now = desk.clock.now()
    with desk.db.write() as session:
        staff_chat.sweep(session, now)
        ownership.hand_back_idle(session, now)
        errands = [
            *answering.sweep(session, now),
            *left_texts.sweep(session, now),
            *provisioning.sweep(session, now),
            *contact_imports.sweep(session, now),
            *campaign_openings.sweep(session),
        ]
    for errand in errands:
        desk.queue.enqueue(errand)
    on_call.follow(desk)

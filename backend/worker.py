"""The worker: each task looks at one row and calls one service."""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore, Lock

import structlog

from backend.app import SANDBOX_ERRAND, Workshop
from backend.domain.errors import frames
from backend.services import (
    answering,
    campaign_openings,
    catch_up,
    contact_imports,
    outbound,
    pacing,
    personal_data,
    provisioning,
    retention,
)
from backend.services import sweep as sweeping
from backend.services.ports import Errand
from backend.services.reconcile import reconcile

log = structlog.get_logger()
THREADS = 8
# Threads that may wait for the assistant; the rest send, so that a confirmation of STOP or a
# safety text never waits for it.
ANSWERING_AT_ONCE = 4
BUSY_RETRY_S = 1.0
RECONCILE_EVERY_MIN = 30
FORGET_EVERY_MIN = 5
# The hour in UTC, when America sleeps.
RETENTION_AT = 9
CATCH_UP_EVERY_MIN = 1
CATCH_UP = Errand("catch_up_with_carriers", "")


def tasks(workshop: Workshop) -> dict[str, Callable[[str], None]]:
    """Every task by its name; each takes a row's public id."""
    desk = workshop.desk
    places = BoundedSemaphore(ANSWERING_AT_ONCE)

    def _answer(row_id: str) -> None:
        if not places.acquire(blocking=False):
            desk.queue.enqueue(Errand("answer", row_id), delay_s=BUSY_RETRY_S)
            return
        try:
            answering.answer(desk, row_id)
        finally:
            places.release()

    catching_up = Lock()

    def _catch_up(_row_id: str) -> None:
        if catching_up.acquire(blocking=False):  # after a long stop once may take minutes
            try:
                catch_up.keep_in_step(desk)
            finally:
                catching_up.release()

    known: dict[str, Callable[[str], None]] = {
        "answer": _answer,
        "send": lambda row_id: outbound.send(desk, row_id),
        "let_texts_go": lambda row_id: pacing.let_go(desk, row_id),
        "look_after_number": lambda row_id: provisioning.look_after(desk, row_id),
        "start_campaign": lambda row_id: campaign_openings.write_next(desk, row_id),
        "import_contacts": lambda row_id: contact_imports.run(desk, row_id),
        CATCH_UP.task: _catch_up,
    }
    sandbox = workshop.sandbox
    if sandbox is not None:

        def deliver(_row_id: str) -> None:
            sandbox.deliver_due()

        known[SANDBOX_ERRAND.task] = deliver
    return known


def run(workshop: Workshop) -> None:
    """Work until told to stop; SIGTERM lets running tasks end."""
    known, desk = tasks(workshop), workshop.desk

    def attempt(task: str, work: Callable[[], object], row_id: str = "") -> None:
        try:
            work()
        except Exception as failure:  # noqa: BLE001 — the row stays and the sweep returns to it
            # Never its text, which Huey would log: it may quote what people wrote.
            log.error(
                "task.failed",
                task=task,
                row=row_id,
                failure=type(failure).__name__,
                frames=frames(failure),
            )

    def dispatch(task: str, row_id: str) -> None:
        attempt(task, lambda: known[task](row_id), row_id)

    workshop.queue.serve(dispatch)

    def sweep() -> None:
        sweeping.sweep(desk)
        if workshop.sandbox is not None:
            workshop.sandbox.deliver_due()

    workshop.queue.every(1, "sweep", lambda: attempt("sweep", sweep))
    workshop.queue.every(CATCH_UP_EVERY_MIN, "catch_up", lambda: dispatch(*CATCH_UP))
    workshop.queue.every(
        RECONCILE_EVERY_MIN, "reconcile", lambda: attempt("reconcile", lambda: reconcile(desk))
    )
    workshop.queue.every(
        FORGET_EVERY_MIN,
        "forget",
        lambda: attempt("forget", lambda: personal_data.forget_the_deleted(desk)),
    )
    workshop.queue.every_day(
        RETENTION_AT, "retention", lambda: attempt("retention", lambda: retention.run(desk))
    )
    attempt("sweep", sweep)  # what the last stop left behind
    workshop.queue.enqueue(CATCH_UP)  # what came since
    workshop.queue.work(THREADS)

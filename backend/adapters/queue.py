"""The task queue: Huey, on a SQLite file or on Redis.

It carries a task's name and a row's id and knows no task; the worker gives the names meaning.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import structlog
from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.storage import RedisStorage
from redis.exceptions import RedisError

from backend.services.ports import Errand, Queue

log = structlog.get_logger()

Run = Callable[[str, str], None]


class HueyQueue(Queue):
    """A queue whose one Huey task is "run NAME on ROW"."""

    def __init__(self, file: Path, redis_url: str = "") -> None:
        """Use Redis when its URL is given, else the SQLite file."""
        self.huey: Huey = _on_redis(redis_url) if redis_url else _on_file(file)
        self._run: Run | None = None
        self._task = self.huey.task(name="run")(self._dispatch)

    def enqueue(self, errand: Errand, delay_s: float = 0) -> None:
        """Leave an errand for the worker; if that fails the sweep finds the row."""
        try:
            if delay_s:
                self._task.schedule(args=tuple(errand), delay=delay_s)
            else:
                self._task(*errand)
        except (sqlite3.Error, RedisError) as error:
            log.warning("queue.unavailable", task=errand.task, failure=type(error).__name__)

    def is_ready(self) -> bool:
        """Whether the queue's storage answers."""
        try:
            return bool(self.huey.storage.queue_size() >= 0)
        except (sqlite3.Error, RedisError):
            return False

    def serve(self, run: Run) -> None:
        """Make this process a worker: `run` is called with each task's name and row id."""
        self._run = run

    def every(self, minutes: int, name: str, task: Callable[[], object]) -> None:
        """Have the worker run `task` every so many minutes (1 to 59) of the clock; it may come
        twice after a restart.
        """
        self.huey.periodic_task(crontab(minute=f"*/{minutes}"), name=name)(task)

    def every_day(self, hour: int, name: str, task: Callable[[], object]) -> None:
        """Have the worker run `task` at an hour (0 to 23, UTC) of each day; it may come twice."""
        self.huey.periodic_task(crontab(minute="0", hour=str(hour)), name=name)(task)

    def work(self, threads: int) -> None:
        """Work off the queue until told to stop; SIGTERM lets running tasks end.

        An idle worker looks every 20 to 50 ms, so that a text is not kept waiting.
        """
        self.huey.create_consumer(
            workers=threads,
            worker_type="thread",
            initial_delay=0.02,
            max_delay=0.05,
            graceful_signal="TERM",  # what honcho and service managers send
        ).run()

    def close(self) -> None:
        """Let go of this thread's connections."""
        storage = self.huey.storage
        if isinstance(storage, RedisStorage):
            storage.pool.disconnect()
        else:
            storage.close()

    def _dispatch(self, task: str, row_id: str) -> None:
        if self._run is None:
            raise RuntimeError("this process is not a worker")
        self._run(task, row_id)


def _on_file(file: Path) -> Huey:
    file.parent.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("numberdesk", filename=str(file), results=False)


def _on_redis(url: str) -> Huey:
    return RedisHuey("numberdesk", url=url, results=False)

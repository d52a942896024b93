"""The task queue keeps its promises on both storages, with Huey's own worker in a process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis

from backend.adapters.queue import HueyQueue
from backend.services.ports import Errand
from tests.ports import free_port
from tests.running import ROOT

PATIENCE_S = 10
DELAY_S = 0.5


@dataclass(frozen=True)
class Storage:
    """Where a queue lives, and the notebook of who works on it."""

    file: Path
    redis_url: str
    notebook: Path
    opened: list[HueyQueue] = field(default_factory=list)

    def open(self) -> HueyQueue:
        """The queue, as each process opens it."""
        self.opened.append(HueyQueue(self.file, self.redis_url))
        return self.opened[-1]

    def close(self) -> None:
        """Let go of every queue that was opened."""
        for queue in self.opened:
            queue.close()

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A worker meanwhile; at the end it is killed, which is quicker than a polite stop."""
        started = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.integration.queue_worker"),
                *(str(self.file), self.redis_url, str(self.notebook)),
            ],
            cwd=ROOT,
        )
        try:
            yield
        finally:
            started.kill()
            started.wait()

    def done(self, count: int) -> list[tuple[Errand, float]]:
        """What has been done and when (Unix time), once it is so many; fails if it never is."""
        deadline = time.monotonic() + PATIENCE_S
        while len(lines := self._lines()) < count:
            assert time.monotonic() < deadline, f"{len(lines)} of {count} errands were run"
            time.sleep(0.01)
        return [(Errand(task, row_id), float(at)) for task, row_id, at in map(str.split, lines)]

    def _lines(self) -> list[str]:
        return self.notebook.read_text().splitlines() if self.notebook.exists() else []


@pytest.fixture(params=["file", "redis"])
def storage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Storage]:
    """An empty queue on each of the two storages."""
    redis_url = ""
    if request.param == "redis":
        redis_url = request.getfixturevalue("redis_server")
        with Redis.from_url(redis_url) as client:
            client.flushdb()
    storage = Storage(tmp_path / "queue.db", redis_url, tmp_path / "notebook")
    yield storage
    storage.close()


def test_errands_survive_until_a_worker_comes(storage: Storage) -> None:
    """What was queued while nobody worked, in a process that is gone, is done when one comes."""
    errand = Errand("send", "msg_1")
    storage.open().enqueue(errand)
    storage.close()
    with storage.worker():
        done = [done for done, _at in storage.done(1)]

    assert done == [errand]


def test_a_delayed_errand_waits(storage: Storage) -> None:
    """It is done after its delay, and one without a delay overtakes it."""
    queue = storage.open()
    with storage.worker():
        queue.enqueue(Errand("answer", "first"))
        storage.done(1)
        asked_at = time.time()
        queue.enqueue(Errand("answer", "later"), delay_s=DELAY_S)
        queue.enqueue(Errand("answer", "now"))
        _, (first, _), (second, at) = storage.done(3)

    assert (first.row_id, second.row_id) == ("now", "later")
    assert at - asked_at >= DELAY_S


def test_two_producers_and_two_workers_do_each_errand_once(storage: Storage) -> None:
    """However many queue and work at the same time, nothing is lost and nothing comes twice."""
    errands = [Errand("send", f"msg_{each}") for each in range(100)]
    queues = [storage.open(), storage.open()]
    with storage.worker(), storage.worker():
        with ThreadPoolExecutor(4) as pool:
            for each, errand in enumerate(errands):
                pool.submit(queues[each % 2].enqueue, errand)
        done = [errand for errand, _at in storage.done(len(errands))]
        assert all(queue.is_ready() for queue in queues)

    assert sorted(done) == sorted(errands)
    assert len(storage.done(0)) == len(errands)


def test_a_queue_that_is_away_is_no_failure(tmp_path: Path) -> None:
    """Without Redis an errand is dropped (the sweep finds the row), and /readyz will say so."""
    queue = HueyQueue(tmp_path / "queue.db", f"redis://127.0.0.1:{free_port()}/0")
    queue.enqueue(Errand("send", "msg_1"))
    queue.enqueue(Errand("send", "msg_1"), delay_s=5)

    assert not queue.is_ready()

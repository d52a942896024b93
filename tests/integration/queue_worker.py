"""A worker in a process of its own: writes down each errand it is given, and when.

python -m tests.integration.queue_worker QUEUE_FILE REDIS_URL NOTEBOOK
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from backend.adapters.queue import HueyQueue


def main(queue_file: str, redis_url: str, notebook: str) -> None:
    """Work until told to stop."""
    queue = HueyQueue(Path(queue_file), redis_url)
    with Path(notebook).open("a", buffering=1) as lines:
        queue.serve(lambda task, row_id: print(task, row_id, time.time(), file=lines))
        queue.work(threads=4)


if __name__ == "__main__":
    main(*sys.argv[1:])

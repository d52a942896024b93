"""`python -m tests.chaos`: texts in a storm of kills; prints what became of each."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.chaos.count import Count, count
from tests.chaos.storm import Phones, Weather, blow
from tests.running import running_desk


def storm(folder: Path, weather: Weather) -> Count:
    """Blow over a freshly seeded desk with everything running, and count."""
    with running_desk(folder) as desk:
        workshop = desk.workshop()
        try:
            phones = Phones(desk, workshop)
            started_at = time.monotonic()
            log = blow(desk, workshop, weather, phones)
            return count(workshop, phones, log, time.monotonic() - started_at)
        finally:
            workshop.desk.db.close()


def main() -> int:
    """Blow once; the exit status is 1 when a promise was broken."""
    arguments = argparse.ArgumentParser(prog="python -m tests.chaos")
    arguments.add_argument("--texts", type=int, default=Weather.texts)
    arguments.add_argument("--per-second", type=float, default=Weather.per_second)
    arguments.add_argument("--seed", type=int, default=Weather.seed)
    arguments.add_argument("--keep", type=Path, help="a folder for the desk's files and logs")
    asked = arguments.parse_args()
    weather = replace(
        Weather(),
        texts=asked.texts,
        senders=(asked.texts + 1) // 2,
        per_second=asked.per_second,
        seed=asked.seed,
    )
    if asked.keep is not None:
        asked.keep.mkdir(parents=True, exist_ok=True)
        counted = storm(asked.keep, weather)
    else:
        with tempfile.TemporaryDirectory() as folder:
            counted = storm(Path(folder), weather)
    print(counted.table())
    for fault in counted.faults:
        print(f"\nBroken: {fault}")
    return 1 if counted.faults else 0


if __name__ == "__main__":
    sys.exit(main())

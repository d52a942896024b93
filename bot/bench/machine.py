"""What the benchmark runs on, said without names, dates or paths."""

import os
import platform


def describe() -> str:
    """Cores, memory and kind of processor."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{_cores()} cores, {memory:.0f} GB of memory, {platform.machine()}, {platform.system()}"


def load() -> float:
    """How many processes wanted to run in the last minute."""
    return os.getloadavg()[0]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

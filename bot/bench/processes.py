"""Starting, watching and ending the programs that are measured, and no others."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

Process = subprocess.Popen[bytes]

# Seconds between asking a process to end and ending it.
_GRACE = 10


class Failed(Exception):
    """A program ended badly or too late: its last words."""


@contextmanager
def started(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
) -> Iterator[Process]:
    """A process in a session of its own, its output in a file; it and its children end here."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def finish(process: Process, seconds: float, log: Path) -> None:
    """Wait for a process to end well; Failed."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise Failed(f"Not done after {seconds:.0f} s:\n{last_words(log)}") from None
    if process.returncode != 0:
        raise Failed(last_words(log))


def last_words(log: Path, lines: int = 30) -> str:
    """The end of a program's output."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_mb(pid: int) -> float:
    """What a process and its descendants hold in memory (resident), in MB of 1,000,000 bytes."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=", "-o", "ppid=", "-o", "rss="],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    rows = [tuple(int(word) for word in line.split()) for line in listed.splitlines()]
    family = {pid}
    for child, parent, _ in sorted(rows, key=lambda row: row[0]):
        if parent in family:
            family.add(child)
    return sum(kib for child, _, kib in rows if child in family) * 1024 / 1e6


def cpu_seconds(pid: int) -> float | None:
    """Processor time a process has used so far, all threads; None where there is no /proc.

    Says what a turn costs even on a machine that is busy with other things.
    """
    status = Path("/proc") / str(pid) / "stat"
    if not status.exists():
        return None
    fields = status.read_text().rpartition(")")[2].split()
    user, system = fields[11:13]  # utime and stime of proc(5), counted after the name
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _end(process: Process) -> None:
    """SIGTERM, then SIGKILL, to the session that this process leads."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, kind)
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            continue

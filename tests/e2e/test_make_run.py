"""`make run`: one command brings everything up, and Ctrl-C leaves nothing behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port
from tests.running import ROOT

READY_WITHIN_S = 180
GONE_WITHIN_S = 20
INSTALLED = (".tools", ".venv", "bot/.venv")


@dataclass
class Started:
    """A `make run`: its process, its output so far, the marker that all its children carry."""

    process: subprocess.Popen[bytes]
    output: Path
    marker: str
    url: str

    def family(self) -> list[int]:
        """Every living process that came of it."""
        return [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and self.marker in _environment(entry)
        ]


def _environment(process: Path) -> str:
    try:
        return (process / "environ").read_text(errors="replace")
    except OSError:
        return ""


def checkout(folder: Path) -> Path:
    """What git would hand out, with the installed environments lent to it."""
    kept = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    for name in filter(None, kept.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy2(ROOT / name, target)
    for name in INSTALLED:
        (folder / name).symlink_to(ROOT / name)
    for model in (ROOT / "models").glob("*.tar.gz"):
        shutil.copy2(model, folder / "models")
    return folder


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """`make run` in a checkout of its own, on free ports."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("This test finds processes in /proc, which this system does not have.")
    folder = checkout(tmp_path / "numberdesk")
    port = free_port()
    marker = f"NUMBERDESK_TEST={tmp_path.name}-{port}"
    name, value = marker.split("=", 1)
    environment = {
        **os.environ,
        name: value,
        "PORT": str(port),
        "INTERNAL_URL": f"http://127.0.0.1:{free_port()}",
        "RASA_URL": f"http://127.0.0.1:{free_port()}",
        "ACTIONS_URL": f"http://127.0.0.1:{free_port()}",
    }
    output = tmp_path / "output.txt"
    with output.open("wb") as written:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=folder,
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    run = Started(process, output, marker, f"http://127.0.0.1:{port}")
    yield run
    for pid in run.family():
        os.kill(pid, signal.SIGKILL)
    process.wait(10)


def wait_for(run: Started, words: str) -> str:
    """The output, once it holds these words."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        text = run.output.read_text(errors="replace")
        if words in text:
            return text
        assert run.process.poll() is None, text
        time.sleep(0.3)
    raise AssertionError(run.output.read_text(errors="replace"))


def test_everything_comes_up_and_goes_away(started: Started) -> None:
    """The address and sign-ins are printed, the parts are ready, Ctrl-C leaves no orphan."""
    text = wait_for(started, "Press Ctrl-C")
    ready = httpx.get(f"{started.url}/readyz").json()
    os.killpg(started.process.pid, signal.SIGINT)  # as a terminal does
    deadline = time.monotonic() + GONE_WITHIN_S
    while started.family() and time.monotonic() < deadline:
        time.sleep(0.2)

    assert started.url in text
    assert re.search(r"admin@\S+\s+\S{8,}", text)
    assert all(ready["parts"].values())
    assert started.family() == []
    # A make inside a make may still say which folder it leaves.
    assert "Stopped." in started.output.read_text(errors="replace").splitlines()[-2:]
    assert "model is up to date" in text.lower()

"""The whole product, started as `make run` starts it, on free ports and a fresh folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from cryptography.fernet import Fernet
from sqlalchemy import delete, update

from backend.app import Workshop, open_workshop
from backend.db.session import Database
from backend.db.tables import Institution, OfficeHours
from backend.settings import read_settings
from tests.heard import take_note
from tests.ports import free_port
from tests.written import WRITTEN

ROOT = Path(__file__).resolve().parent.parent
BOT_PYTHON = ROOT / "bot" / ".venv" / "bin" / "python"
BACKEND = Path(sys.executable).with_name("backend")
READY_WITHIN_S = 120


@dataclass
class RunningDesk:
    """A running product: its address, its demo people, its processes by name."""

    folder: Path
    url: str
    environment: dict[str, str]
    sign_ins: dict[str, tuple[str, str]] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start one of its programs."""
        command = {
            "backend": [str(BACKEND), "serve"],
            "internal": [str(BACKEND), "serve-internal"],
            "worker": [str(BACKEND), "worker"],
            "rasa": [str(BOT_PYTHON), "-m", "bot.serve"],
            "actions": [str(BOT_PYTHON), "-m", "actions"],
        }[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT if name in ("rasa", "actions") else self.folder,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, name: str) -> None:
        """End one of its programs, children included."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def kill(self, name: str) -> None:
        """Have one of its programs die at once, children included, as when power is lost."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def wait_until_ready(self) -> None:
        """Return once `/readyz` says so; fails with the programs' last words otherwise."""
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            if _is_ready(self.url):
                return
            time.sleep(0.2)
        raise AssertionError(f"not ready after {READY_WITHIN_S} s:\n{self.logs()}")

    def backend(self, *arguments: str) -> str:
        """Run a `backend` command; returns what it prints."""
        done = subprocess.run(
            [str(BACKEND), *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def client(self, role: str) -> httpx.Client:
        """A client of the API that speaks for one of the demo people, by role."""
        token = self.backend("tokens", "create", "--staff", self.sign_ins[role][0])
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def workshop(self) -> Workshop:
        """This desk's own database, queue and sandbox carrier, in the test's process."""
        return open_workshop(read_settings(self.environment))

    def logs(self) -> str:
        """Everything its programs have written."""
        return "\n".join(
            f"== {log.stem}\n{log.read_text(errors='replace')}"
            for log in sorted(self.folder.glob("*.log"))
        )


@contextmanager
def running_desk(folder: Path, **settings: str) -> Iterator[RunningDesk]:
    """Everything running on a fresh database, stopped at the end; `settings` as in `.env`."""
    with prepared_desk(folder, **settings) as desk:
        for name in ("internal", "actions", "rasa", "backend", "worker"):
            desk.start(name)
        desk.wait_until_ready()
        yield desk


@contextmanager
def prepared_desk(folder: Path, **settings: str) -> Iterator[RunningDesk]:
    """A fresh database with the demo in it, and nothing running yet; what is started is stopped
    at the end.
    """
    desk = _prepare(folder, settings)
    try:
        yield desk
    finally:
        for name in tuple(desk.processes):
            desk.stop(name)
        database = Database(desk.environment["DATABASE_URL"])
        take_note(database)
        database.close()
        WRITTEN.read_logs(folder)


def _prepare(folder: Path, settings: dict[str, str]) -> RunningDesk:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "PORT": str(port),
        "PUBLIC_URL": url,
        "INTERNAL_URL": f"http://127.0.0.1:{free_port()}",
        "RASA_URL": f"http://127.0.0.1:{free_port()}",
        "ACTIONS_URL": f"http://127.0.0.1:{free_port()}",
        "RASA_TRACKER_DB": str(folder / "rasa.db"),
        "DATABASE_URL": f"sqlite:///{folder / 'numberdesk.db'}",
        "QUEUE_FILE": str(folder / "queue.db"),
        "SANDBOX_FILE": str(folder / "sandbox.db"),
        "SECRET_KEY": "a secret key for tests only",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "RASA_CHANNEL_SECRET": "a channel secret for tests only",
        **settings,
    }
    desk = RunningDesk(folder, environment["PUBLIC_URL"], environment)
    desk.backend("init")
    for line in (folder / "var" / "demo-sign-ins.txt").read_text().splitlines():
        *role, email, password = line.split()
        desk.sign_ins["_".join(role)] = (email, password)
    _never_close(environment["DATABASE_URL"])
    return desk


def _never_close(database_url: str) -> None:
    """Take the demo offices' opening hours and the quiet hours away, so that no test depends on the
    hour of the day: out of hours an away note would be one more text, at night a campaign waits.
    """
    database = Database(database_url)
    with database.write() as session:
        session.execute(delete(OfficeHours))
        session.execute(update(Institution).values(quiet_from_hour=0, quiet_until_hour=0))
    database.close()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False

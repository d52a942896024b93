"""The whole product on free ports and a fresh folder, as `make run` starts it, for the benchmark.

Two Rasas serve it in turns: ours, and ours with Rasa's own check of what actions answer.
"""

import asyncio
import base64
import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.bench.client import NoAnswer, connected
from bot.bench.processes import Failed, free_port, last_words, started
from bot.bench.relay import Relay, relaying
from bot.serve import newest_model, rasa_command, rasa_environment
from bot.settings import ROOT, Settings, tracker_url

OURS, STOCK = "ours", "stock validation"
_SERVERS = {OURS: "bot.rasa_server", STOCK: "bot.bench.stock_validation"}
_BACKEND = ROOT / ".venv" / "bin" / "backend"
_SECRET = "a secret of the benchmark"
# `backend serve` for somebody who asks quicker than the product lets anybody ask. Run by the
# backend's own Python; the product has no such switch.
_SERVE_UNLIMITED = """
import os, sys
from backend import app, cli
from gunicorn.app.wsgiapp import run

def in_this_process(_, arguments):
    sys.argv = arguments[2:]
    run()

app.LIMITS["api.chat"] = "1000000 per minute"
os.execv = in_this_process
cli.serve.callback()
"""
# Seconds until all of it answers, and between two looks.
_READY_WITHIN, _LOOK = 180, 0.1


@dataclass
class Product:
    """A running product: where staff ask, with whose token, and the relay before its Rasas."""

    folder: Path
    environment: Mapping[str, str]
    settings: Mapping[str, Settings]
    port: int
    relay: Relay
    token: str = ""

    def speak_to(self, rasa: str) -> None:
        """Which Rasa gets the turns from here on: OURS or STOCK."""
        self.relay.port = self.settings[rasa].port

    @contextmanager
    def rasa(self, name: str) -> Iterator[None]:
        """One of the Rasas, running until the block ends."""
        settings = self.settings[name]
        command = rasa_command(settings, newest_model(ROOT / "models"))
        command[command.index("bot.rasa_server")] = _SERVERS[name]
        log = self.folder / f"rasa-{settings.port}.log"
        with started(command, ROOT, rasa_environment(settings), log):
            yield

    def last_words(self) -> str:
        """The end of what each of its programs has written."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"== {log.stem}\n{last_words(log)}" for log in logs)

    async def wait_for(self, rasa: str) -> None:
        """Until everything answers with this Rasa; Failed, with its last words."""
        self.speak_to(rasa)
        ends = time.monotonic() + _READY_WITHIN
        while time.monotonic() < ends:
            if await _is_ready(self.port):
                return
            await asyncio.sleep(_LOOK)
        raise Failed(f"The product is not ready after {_READY_WITHIN} s.\n{self.last_words()}")


@asynccontextmanager
async def running_product(folder: Path) -> AsyncIterator[Product]:
    """The backend and the action server, on a demo university; the Rasas are the caller's."""
    if not _BACKEND.exists():
        raise Failed("The backend's environment is missing: run `make setup`.")
    ports = {name: free_port() for name in ("public", "internal", "actions", "relay")}
    environment = _environment(folder, ports)
    settings = {name: _rasa_settings(folder, environment, name) for name in _SERVERS}
    _backend(folder, environment, "init")
    async with relaying(ports["relay"], settings[OURS].port) as relay:
        product = Product(folder, environment, settings, ports["public"], relay)
        product.token = _backend(
            folder, environment, "tokens", "create", "--staff", _administrator(folder)
        )
        with ExitStack() as running:
            for name, command, home in _programs(folder):
                running.enter_context(started(command, home, environment, folder / f"{name}.log"))
            yield product


def _programs(folder: Path) -> list[tuple[str, list[str], Path]]:
    python = ROOT / "bot" / ".venv" / "bin" / "python"
    return [
        ("internal", [str(_BACKEND), "serve-internal"], folder),
        ("backend", [str(_BACKEND.with_name("python")), "-c", _SERVE_UNLIMITED], folder),
        ("worker", [str(_BACKEND), "worker"], folder),
        ("actions", [str(python), "-m", "actions"], ROOT),
    ]


def _environment(folder: Path, ports: Mapping[str, int]) -> dict[str, str]:
    addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    return {
        **os.environ,
        "PORT": str(ports["public"]),
        "PUBLIC_URL": addresses["public"],
        "INTERNAL_URL": addresses["internal"],
        "ACTIONS_URL": addresses["actions"],
        "RASA_URL": addresses["relay"],
        "RASA_CHANNEL_SECRET": _SECRET,
        "DATABASE_URL": f"sqlite:///{folder / 'numberdesk.db'}",
        "QUEUE_FILE": str(folder / "queue.db"),
        "SANDBOX_FILE": str(folder / "sandbox.db"),
        "SECRET_KEY": "a secret key of the benchmark",
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
    }


def _rasa_settings(folder: Path, environment: Mapping[str, str], name: str) -> Settings:
    return Settings(
        port=free_port(),
        channel_secret=_SECRET,
        actions_url=environment["ACTIONS_URL"],
        tracker_url=tracker_url(f"{name.split()[0]}.db", folder),
    )


def _backend(folder: Path, environment: Mapping[str, str], *arguments: str) -> str:
    """What a command of the backend prints; Failed."""
    done = subprocess.run(
        [str(_BACKEND), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(f"backend {arguments[0]}: {done.stderr}")
    return done.stdout.strip()


def _administrator(folder: Path) -> str:
    """The demo administrator's e-mail address, who may see and order everything."""
    lines = (folder / "var" / "demo-sign-ins.txt").read_text(encoding="utf-8").splitlines()
    return next(line.split()[-2] for line in lines if line.startswith("administrator"))


async def _is_ready(port: int) -> bool:
    try:
        async with connected(port) as connection:
            return bool((await connection.get("/readyz"))["ready"])
    except (ConnectionError, NoAnswer):
        return False

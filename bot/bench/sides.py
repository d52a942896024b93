"""The sides that are measured: how each is trained and served.

Ours goes through the entries of the product itself (``bot.train``, ``bot.serve``), so that what
these load and set is measured too. Stock Rasa gets nothing of ours but the same silence.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.bench.doors import BackendDoor, Door, RestDoor
from bot.bench.processes import Failed, finish, last_words, started
from bot.serve import rasa_command, rasa_environment
from bot.settings import ROOT, Settings, tracker_url

# Seconds that training a side may take: stock Rasa needs hours on thousands of examples.
_TRAINED_WITHIN = 6 * 3600

_REST = "rest:\n"
_STOCK_ENDPOINTS = "{}\n"
# Nobody listens there: turns that end in an action are left out on all sides.
_NO_ACTIONS = "http://127.0.0.1:9"
_SECRET = "a secret of the benchmark"

# What our own server sets as well, of what changes no speed but by what is printed.
_SILENCE = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
}


@dataclass(frozen=True)
class Side:
    """A trained model and how to serve it on a port."""

    name: str
    folder: Path
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int
    door: Door


def stock_python(environment: Path) -> Path:
    """The interpreter of stock Rasa's environment; Failed when it was not made."""
    python = environment / "bin" / "python"
    if not python.exists():
        raise Failed(f"There is no {python}: run `make bench`, which makes it.")
    return python


def packages_of(python: Path) -> Path:
    """Where an interpreter's packages are installed."""
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())


def train_ours(project: Path, model: Path, log: Path) -> float:
    """Our whole bot trained as `make train` does, without any cache: the seconds; Failed."""
    command = [
        *(sys.executable, "-m", "bot.bench.training"),
        *(str(project), str(model.parent), _stem(model)),
    ]
    return _trained(command, ROOT, model, log)


def train_stock(python: Path, project: Path, model: Path, log: Path) -> float:
    """Stock Rasa's whole bot trained, without any cache: the seconds; Failed."""
    command = [
        *(str(python), "-m", "rasa", "train", "--quiet", "--force"),
        *("--config", "config.yml", "--domain", "domain.yml", "--data", "data"),
        *("--out", str(model.parent), "--fixed-model-name", _stem(model)),
    ]
    return _trained(command, project, model, log)


def _trained(command: Sequence[str], folder: Path, model: Path, log: Path) -> float:
    environment = {**_silent(), "RASA_MAX_CACHE_SIZE": "0"}
    begun = time.perf_counter()
    with started(command, folder, environment, log) as process:
        finish(process, _TRAINED_WITHIN, log)
    seconds = time.perf_counter() - begun
    if not model.exists():
        raise Failed(f"Training made no model:\n{last_words(log)}")
    return seconds


def _stem(model: Path) -> str:
    return model.name.removesuffix(".tar.gz")


def ours(model: Path, folder: Path, port: int) -> Side:
    """Ours through Rasa's REST channel, with conversations in SQLite as in the product."""
    _write_settings(folder, (ROOT / "endpoints.yml").read_text(encoding="utf-8"))
    settings = _settings(port, folder)
    command = rasa_command(settings, model, folder)
    return Side("ours", ROOT, command, rasa_environment(settings), port, RestDoor())


def stock(python: Path, model: Path, folder: Path, port: int) -> Side:
    """Stock Rasa through its REST channel, with conversations in memory."""
    _write_settings(folder, _STOCK_ENDPOINTS)
    command = [
        *(str(python), "-m", "rasa", "run", "--quiet"),
        *("--interface", "127.0.0.1", "--port", str(port), "--model", str(model)),
        *("--credentials", "credentials.yml", "--endpoints", "endpoints.yml"),
    ]
    return Side("stock", folder, command, _silent(), port, RestDoor())


def deployed(model: Path, folder: Path, port: int) -> Side:
    """Ours as the product runs it: behind our own channel, with conversations in SQLite."""
    settings = _settings(port, folder)
    command = rasa_command(settings, model)
    environment = rasa_environment(settings)
    return Side("deployed", ROOT, command, environment, port, BackendDoor(_SECRET))


def _settings(port: int, folder: Path) -> Settings:
    return Settings(
        port=port,
        channel_secret=_SECRET,
        actions_url=_NO_ACTIONS,
        tracker_url=tracker_url("conversations.db", folder),
    )


def _silent() -> dict[str, str]:
    return {**os.environ, **_SILENCE}


def _write_settings(folder: Path, endpoints: str) -> None:
    (folder / "credentials.yml").write_text(_REST, encoding="utf-8")
    (folder / "endpoints.yml").write_text(endpoints, encoding="utf-8")

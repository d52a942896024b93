"""Start Rasa behind its one door: ``python -m bot.serve``.

Listens on 127.0.0.1 only, without Rasa's own HTTP API, with the newest trained model.
"""

import os
import sys
from pathlib import Path

from bot.settings import ROOT, Settings, SettingsFault, read_settings

# Third-party noise that says nothing about this program; and one thread for each matrix product:
# a sentence is too small to share out.
QUIET = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RASA_TELEMETRY_ENABLED": "false",
    "SANIC_HOST": "127.0.0.1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    # What people write would be in the logs below WARNING.
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
}


def newest_model(folder: Path) -> Path:
    """The model trained or confirmed last; SettingsFault when there is none."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda model: model.stat().st_mtime)
    if not models:
        raise SettingsFault("There is no trained model in models/: run `make train` first.")
    return models[-1]


def rasa_command(settings: Settings, model: Path, root: Path = ROOT) -> list[str]:
    """The command line that serves a model; no secret stands on it."""
    return [
        *(sys.executable, "-m", "bot.rasa_server", "--port", str(settings.port)),
        *("--model", str(model)),
        *("--credentials", str(root / "credentials.yml")),
        *("--endpoints", str(root / "endpoints.yml")),
    ]


def rasa_environment(settings: Settings) -> dict[str, str]:
    """The environment of the Rasa process: this one's and what its YAML files refer to."""
    return {
        **os.environ,
        **QUIET,
        "RASA_CHANNEL_SECRET": settings.channel_secret,
        "ACTIONS_URL": settings.actions_url,
        "RASA_TRACKER_URL": settings.tracker_url,
    }


def main() -> None:
    """Become Rasa (``exec``), so that a signal meant for it reaches it."""
    try:
        settings = read_settings()
        model = newest_model(ROOT / "models")
    except SettingsFault as fault:
        sys.exit(str(fault))
    print(f"Rasa: loading {model.name}, then on http://127.0.0.1:{settings.port}", flush=True)
    os.umask(0o077)  # conversations are for this user only
    os.chdir(ROOT)
    os.execve(sys.executable, rasa_command(settings, model), rasa_environment(settings))


if __name__ == "__main__":
    main()

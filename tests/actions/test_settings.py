"""Settings: environment before .env before defaults; loopback only; one clear sentence."""

from pathlib import Path

import pytest

from actions.settings import SettingsFault as ActionsFault
from actions.settings import read_settings as read_actions_settings
from bot.serve import newest_model, rasa_command
from bot.settings import SettingsFault, read_settings

SECRET = {"RASA_CHANNEL_SECRET": "s" * 40}


def test_defaults(tmp_path: Path) -> None:
    """With a secret alone everything else has its place on loopback and under var."""
    settings = read_settings(SECRET, tmp_path)

    assert (settings.port, settings.actions_url) == (5005, "http://127.0.0.1:5055")
    assert settings.tracker_url == f"sqlite:///{tmp_path}/var/rasa.db"


def test_the_environment_beats_the_file(tmp_path: Path) -> None:
    """What is set outside counts more than .env."""
    (tmp_path / ".env").write_text("RASA_URL=http://127.0.0.1:6000\nRASA_CHANNEL_SECRET=file\n")
    settings = read_settings({"RASA_URL": "http://127.0.0.1:7000"}, tmp_path)

    assert (settings.port, settings.channel_secret) == (7000, "file")


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    """RASA_CHANNEL_SECRET_FILE names a file; its last newline doesn't count."""
    (tmp_path / "secret").write_text("from-a-file\n")
    settings = read_settings({"RASA_CHANNEL_SECRET_FILE": str(tmp_path / "secret")}, tmp_path)

    assert settings.channel_secret == "from-a-file"


def test_a_database_address_is_kept(tmp_path: Path) -> None:
    """PostgreSQL is a setting away."""
    settings = read_settings({**SECRET, "RASA_TRACKER_DB": "postgresql://db/rasa"}, tmp_path)

    assert settings.tracker_url == "postgresql://db/rasa"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"RASA_CHANNEL_SECRET": "  "},
        {"RASA_CHANNEL_SECRET_FILE": "/nowhere/secret"},
        {**SECRET, "RASA_URL": "http://0.0.0.0:5005"},
        {**SECRET, "RASA_URL": "http://rasa.example.edu:5005"},
        {**SECRET, "RASA_URL": "http://127.0.0.1"},
        {**SECRET, "RASA_URL": "http://127.0.0.1:port"},
        {**SECRET, "RASA_URL": "https://127.0.0.1:5005"},
    ],
    ids=str,
)
def test_a_fault_stops_the_start(tmp_path: Path, environment: dict[str, str]) -> None:
    """No secret, or an address others could reach, is refused in one line."""
    with pytest.raises(SettingsFault) as fault:
        read_settings(environment, tmp_path)

    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("url", ["http://0.0.0.0:5055", "http://actions:5055", "http://[::]:5055"])
def test_actions_refuse_to_be_reachable(tmp_path: Path, url: str) -> None:
    """The action server stays on loopback too."""
    with pytest.raises(ActionsFault):
        read_actions_settings({"ACTIONS_URL": url}, tmp_path)


def test_no_model_is_said(tmp_path: Path) -> None:
    """Without a model the sentence says what to run."""
    with pytest.raises(SettingsFault, match="make train"):
        newest_model(tmp_path)


def test_the_command_line_holds_no_secret(tmp_path: Path) -> None:
    """Other users of the machine see command lines; and Rasa's own HTTP API stays off."""
    command = rasa_command(read_settings(SECRET, tmp_path), tmp_path / "model.tar.gz")

    assert SECRET["RASA_CHANNEL_SECRET"] not in " ".join(command)
    assert "--enable-api" not in command

"""Settings: every fault at once, secrets from files, nothing secret repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from backend.settings import SettingsError, read_settings

GOOD = {
    "SECRET_KEY": "0123456789abcdef",
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "RASA_CHANNEL_SECRET": "fedcba9876543210",
}


def test_defaults_are_the_sandbox_on_loopback() -> None:
    """With the three secrets alone everything runs on this machine."""
    settings = read_settings(GOOD)

    assert (settings.carrier, settings.port) == ("sandbox", 8000)
    assert settings.public_url == "http://127.0.0.1:8000"


def test_every_fault_is_named_at_once() -> None:
    """All that is wrong or missing is said together, by its name."""
    bad = {
        "PORT": "eighty",
        "CARRIER": "twilio",
        "PUBLIC_URL": "http://desk:port",
        "SECRET_KEY": "short",
        "ENCRYPTION_KEYS": "no key",
        "DATABASE_URL": "nonsense",
        "INTERNAL_URL": "http://0.0.0.0:8001",
        "RASA_URL": "http://10.1.1.1:5005",
        "ACTIONS_URL": "http://",
        "TWILIO_API_BASE": "https://evil.example",
    }
    with pytest.raises(SettingsError) as caught:
        read_settings(bad)

    words = str(caught.value)
    missing = {"RASA_CHANNEL_SECRET", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"}
    assert [name for name in sorted(bad.keys() | missing) if name not in words] == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:8001", "http://10.0.0.5:8001"])
def test_internal_listener_may_be_on_a_private_network(url: str) -> None:
    """Loopback and private networks are both fit for the internal listener."""
    assert read_settings({**GOOD, "INTERNAL_URL": url}).internal_url == url


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///var/desk.db",
        "postgresql://desk:secret%40word@db.example:5432/desk",
        "postgresql+psycopg://desk@db.example/desk?sslmode=require",
        "postgresql://desk@/desk?host=/run/postgresql",
    ],
)
def test_databases_of_two_kinds(url: str) -> None:
    """SQLite's file, and PostgreSQL with or without a driver, over TCP or a Unix socket."""
    assert read_settings({**GOOD, "DATABASE_URL": url}).database_url == url


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "mysql://desk@db.example/desk"),
        ("DATABASE_URL", "postgres://desk@db.example/desk"),
        ("DATABASE_URL", "postgresql://desk@db.example"),
        ("DATABASE_URL", "postgresql://desk:hunter2@db.example:port/desk"),
        ("DATABASE_URL", "postgresql://desk:hunter2/3@db.example/desk"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("REDIS_URL", "http://:hunter2@127.0.0.1:6379"),
        ("REDIS_URL", "redis://"),
    ],
)
def test_an_address_of_no_database_or_redis_is_refused(name: str, url: str) -> None:
    """What cannot work is said at the start by its name, without a password in it."""
    with pytest.raises(SettingsError, match=name) as caught:
        read_settings({**GOOD, name: url})

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "redis://:pass@10.0.0.5:6379/1", "unix:///run/redis.sock"])
def test_redis_may_be_anywhere_or_nowhere(url: str) -> None:
    """Over TCP, over a Unix socket, or not at all; its password does not show."""
    settings = read_settings({**GOOD, "REDIS_URL": url})

    assert settings.redis_url == url
    assert "pass" not in repr(settings)


def test_a_wrong_secret_is_not_repeated() -> None:
    """The message about a bad secret does not hold it."""
    with pytest.raises(SettingsError) as caught:
        read_settings({**GOOD, "SECRET_KEY": "hunter2"})

    assert "hunter2" not in str(caught.value)
    assert GOOD["SECRET_KEY"] not in repr(read_settings(GOOD))


def test_twilio_needs_its_account() -> None:
    """CARRIER=twilio without credentials says which are missing."""
    with pytest.raises(SettingsError, match="TWILIO_ACCOUNT_SID"):
        read_settings({**GOOD, "CARRIER": "twilio"})


def test_test_server_must_be_on_loopback() -> None:
    """TWILIO_API_BASE cannot send credentials anywhere else."""
    with pytest.raises(SettingsError, match="loopback"):
        read_settings({**GOOD, "TWILIO_API_BASE": "https://evil.example"})


def test_secret_from_a_file(tmp_path: Path) -> None:
    """NAME_FILE is read, without the line's end; a missing file is a fault like any other."""
    (tmp_path / "key").write_text("a secret from a file\n")
    rest = {name: value for name, value in GOOD.items() if name != "SECRET_KEY"}
    settings = read_settings({**rest, "SECRET_KEY_FILE": str(tmp_path / "key")})

    assert settings.secret_key == "a secret from a file"
    with pytest.raises(SettingsError, match="SECRET_KEY_FILE"):
        read_settings({**rest, "SECRET_KEY_FILE": str(tmp_path / "none")})


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    """`.env` fills in what the environment does not say."""
    (tmp_path / ".env").write_text("PORT=8100\nCARRIER=sandbox\n")
    settings = read_settings({**GOOD, "PORT": "8200"}, tmp_path / ".env")

    assert (settings.port, settings.public_url) == (8200, "http://127.0.0.1:8200")

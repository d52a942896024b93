"""Rasa's settings: from the environment, else from ``.env`` at the root, else the default.

Values from ``.env`` are handed to Rasa only where it needs them, never exported as a whole.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent


class SettingsFault(Exception):
    """A setting is missing or wrong: one sentence a person can act on."""


@dataclass(frozen=True)
class Settings:
    """What ``bot.serve`` needs to start Rasa."""

    port: int
    channel_secret: str
    actions_url: str
    tracker_url: str


def read_settings(environment: Mapping[str, str] | None = None, root: Path = ROOT) -> Settings:
    """Read the settings; raises SettingsFault for a missing secret or an address off loopback."""
    values = _merged(os.environ if environment is None else environment, root)
    return Settings(
        port=loopback_port(values.get("RASA_URL") or "http://127.0.0.1:5005", "RASA_URL"),
        channel_secret=_secret(values, "RASA_CHANNEL_SECRET"),
        actions_url=(values.get("ACTIONS_URL") or "http://127.0.0.1:5055").rstrip("/"),
        tracker_url=tracker_url(values.get("RASA_TRACKER_DB") or "var/rasa.db", root),
    )


def loopback_port(url: str, name: str) -> int:
    """The port of an address on this machine's loopback; SettingsFault for any other host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsFault(f"{name} is no address: {url}") from None
    if parts.scheme != "http" or port is None:
        raise SettingsFault(f"{name} must look like http://127.0.0.1:5005, not {url}.")
    if not _is_loopback(parts.hostname or ""):
        raise SettingsFault(f"{name} must be on loopback (127.0.0.1), not on {parts.hostname}.")
    return port


def tracker_url(place: str, root: Path) -> str:
    """A database address as it is; a file's path as SQLite's address, its folder made."""
    if "://" in place:
        return place
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{path}"


def _merged(environment: Mapping[str, str], root: Path) -> dict[str, str]:
    from_file = {name: value for name, value in dotenv_values(root / ".env").items() if value}
    return {**from_file, **{name: value for name, value in environment.items() if value}}


def _secret(values: Mapping[str, str], name: str) -> str:
    """The content of the file that NAME_FILE names, else the value: as in the backend."""
    path = values.get(f"{name}_FILE")
    secret = _content(Path(path), f"{name}_FILE") if path else values.get(name, "").strip()
    if not secret:
        raise SettingsFault(f"{name} is not set: put a long random string into .env.")
    return secret


def _content(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as fault:
        raise SettingsFault(f"{name} can't be read: {fault.strerror}: {path}.") from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

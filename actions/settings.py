"""The action server's settings: from the environment, else ``.env`` at the root, else defaults."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent


class SettingsFault(Exception):
    """A setting is wrong: one sentence a person can act on."""


@dataclass(frozen=True)
class Settings:
    """The port to listen on, and where the backend's internal listener is."""

    port: int
    internal_url: str


def read_settings(environment: Mapping[str, str] | None = None, root: Path = ROOT) -> Settings:
    """Read ACTIONS_URL and INTERNAL_URL; SettingsFault when ACTIONS_URL is off loopback."""
    given = os.environ if environment is None else environment
    from_file = _read_once(root / ".env")
    actions_url = given.get("ACTIONS_URL") or from_file.get("ACTIONS_URL")
    internal_url = given.get("INTERNAL_URL") or from_file.get("INTERNAL_URL")
    return Settings(
        port=_loopback_port(actions_url or "http://127.0.0.1:5055"),
        internal_url=(internal_url or "http://127.0.0.1:8001").rstrip("/"),
    )


@cache
def _read_once(path: Path) -> Mapping[str, str | None]:
    """A file's settings; reading them takes a millisecond, and every turn asks for one."""
    return dotenv_values(path)


def _loopback_port(url: str) -> int:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsFault(f"ACTIONS_URL is no address: {url}") from None
    if parts.scheme != "http" or port is None or not _is_loopback(parts.hostname or ""):
        raise SettingsFault(f"ACTIONS_URL must look like http://127.0.0.1:5055, not {url}.")
    return port


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

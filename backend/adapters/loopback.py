"""Which addresses are this machine itself: test servers and simulators talk to nothing else."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(base: str) -> bool:
    """Whether an http(s) URL names this machine by its loopback address or as `localhost`."""
    try:
        parts = urlsplit(base)
        host = parts.hostname or ""
        return parts.scheme in ("http", "https") and (
            host == "localhost" or ipaddress.ip_address(host).is_loopback
        )
    except ValueError:
        return False

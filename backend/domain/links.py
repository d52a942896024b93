"""Which links a student may be sent: public pages, never what is behind a sign-in or at home.

A page of the desk itself is for staff; a private address, a bare path or a name that only this
network knows leads a student nowhere.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

# A full address; a path without a host; a host of this machine with or without a port.
_LINK: Final = re.compile(
    r"(?P<url>\b[a-z][a-z0-9+.-]*://[^\s<>\"']+)"
    r"|(?P<path>(?<![\w/.:])\.{0,2}/[a-z][\w./?=&%#-]*)"
    r"|(?P<host>\b(?:localhost|(?:\d{1,3}\.){3}\d{1,3})(?::\d+)?(?:/[^\s<>\"']*)?)",
    re.IGNORECASE,
)
_AT_HOME: Final = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".corp")


def has_internal(text: str, own_host: str) -> bool:
    """Whether a text has a link that is not for students; `own_host` is where the desk is."""
    return any(_is_internal(found, own_host) for found in _LINK.finditer(text))


def _is_internal(found: re.Match[str], own_host: str) -> bool:
    url = found["url"]
    if url is None:
        return found["path"] is not None or _is_private(_host_of(found["host"]))
    if not url.lower().startswith(("http://", "https://")):
        return True
    host = _host_of(url)
    return host == own_host.lower() or _is_private(host)


def _host_of(address: str) -> str:
    """The host of `scheme://user@host:port/path`, or of that without a scheme; lower case."""
    place = re.split(r"[/?#\\]", address.partition("//")[2] or address, maxsplit=1)[0]
    place = place.rpartition("@")[2].lower()
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0].rstrip(".")


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_AT_HOME)

"""Pictures go with texts as addresses on the web; the carrier fetches ours, we never theirs.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource (MediaUrl)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from backend.domain.errors import Problem

MOST: Final = 10
LONGEST_ADDRESS: Final = 2_000
# A name with a dot and an ending in letters: no address of a machine by digits, which could be
# one of a private network, no user and password, and no port but HTTPS's own.
_PUBLIC: Final = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?P<ending>[a-z]{2,63}|xn--[a-z0-9-]{1,59})"
    r"(?::443)?(?:[/?#][!-~]*)?",
    re.IGNORECASE,
)
_RECEIVED: Final = re.compile(r"https?://[!-~]+", re.IGNORECASE)
# What no public name ends in, and what networks at home call themselves.
# https://www.iana.org/assignments/special-use-domain-names
_PRIVATE_ENDINGS: Final = frozenset(
    {
        "arpa",
        "corp",
        "home",
        "internal",
        "intranet",
        "invalid",
        "lan",
        "local",
        "localhost",
        "onion",
    }
)


def faults(addresses: Iterable[str], field: str = "media") -> Iterator[Problem]:
    """What is wrong with the addresses of pictures that somebody wants to send."""
    given = list(addresses)
    if len(given) > MOST:
        yield Problem(field, "too_many", f"Send at most {MOST} pictures with a text.")
    if not all(_is_public(address) for address in given):
        fix = (
            "Give each picture as a public address on the web that begins with https://, within "
            f"{LONGEST_ADDRESS:,} characters."
        )
        yield Problem(field, "no_public_address", fix)


def received(addresses: Iterable[str]) -> tuple[str, ...]:
    """The addresses worth keeping of those that came with a text: at most ten, on the web."""
    good = (
        address
        for address in addresses
        if len(address) <= LONGEST_ADDRESS and _RECEIVED.fullmatch(address)
    )
    return tuple(address for address, _ in zip(good, range(MOST), strict=False))


def _is_public(address: str) -> bool:
    found = _PUBLIC.fullmatch(address) if len(address) <= LONGEST_ADDRESS else None
    return found is not None and found["ending"].lower() not in _PRIVATE_ENDINGS

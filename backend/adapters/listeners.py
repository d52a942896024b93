"""Whether one of our own listeners answers."""

from __future__ import annotations

import httpx


def answers(url: str) -> bool:
    """Whether a GET of this health address answers 200 within 2 s."""
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False

"""Unit tests run without any network socket, not even to this machine."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_sockets(socket_disabled: None) -> None:
    """Opening a network socket fails the test."""

"""The machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime

from backend.services.ports import Clock


class SystemClock(Clock):
    """Time as the machine has it."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)

"""Every route of the internal listener, for the app to register."""

from __future__ import annotations

from backend.web.internal import plans, reads
from backend.web.internal.turn import blueprint

__all__ = ["blueprint", "plans", "reads"]

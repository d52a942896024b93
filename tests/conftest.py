"""For every test: a polite end, so that what a test started is always stopped."""

from __future__ import annotations

import signal

# `timeout` and CI end a run with SIGTERM; as an interrupt it lets fixtures clean up.
signal.signal(signal.SIGTERM, signal.default_int_handler)

"""What every use case works with: the database and the outside world, put together in `app`."""

from __future__ import annotations

from dataclasses import dataclass

from backend.db.session import Database
from backend.services.ports import Bot, Carrier, Cipher, Clock, Queue, Simulator


@dataclass(frozen=True)
class Desk:
    """The number desk.

    `public_url` is where the carrier reaches us, without a closing slash; `simulator` is the
    sandbox carrier's pretend phone, None with a real carrier.
    """

    db: Database
    clock: Clock
    carrier: Carrier
    bot: Bot
    queue: Queue
    cipher: Cipher
    public_url: str
    simulator: Simulator | None = None

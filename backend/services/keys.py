"""The keys that encrypt secrets at rest, changed."""

from __future__ import annotations

from sqlalchemy import select

from backend.db.tables import Base
from backend.services.desk import Desk

SEALED = "_sealed"


def reseal(desk: Desk) -> int:
    """Encrypt every secret anew under the newest key; how many there are.

    Afterwards the older keys open nothing any more, and can be taken out of the settings once no
    backup is left that needs them. Safe to repeat.
    """
    count = 0
    with desk.db.write() as session:
        for mapper in Base.registry.mappers:
            sealed = [each.key for each in mapper.column_attrs if each.key.endswith(SEALED)]
            if not sealed:
                continue
            for row in session.scalars(select(mapper.class_).with_for_update()):
                for name in sealed:
                    secret = getattr(row, name)
                    if secret is not None:
                        setattr(row, name, desk.cipher.encrypt(desk.cipher.decrypt(secret)))
                        count += 1
    return count

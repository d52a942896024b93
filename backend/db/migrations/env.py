"""Alembic's entry: runs the migrations on the URL it is given."""

from __future__ import annotations

from typing import Literal

from alembic import context
from sqlalchemy import Connection

from backend.db.session import Database
from backend.db.tables import Base, UtcDateTime


def plain_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our own column types as the plain ones beneath, so that migrations stand alone."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


def run(connection: Connection) -> None:
    """Run within one transaction; SQLite needs tables copied to be altered (batch)."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


url = context.config.get_main_option("sqlalchemy.url")
if url is None:
    raise RuntimeError("no database URL was given to the migrations")
database = Database(url)
with database.connect_for_migrations() as opened:
    run(opened)
database.close()

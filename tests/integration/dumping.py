"""All that a database holds, as text to be searched."""

from __future__ import annotations

from sqlalchemy import MetaData, select

from backend.db.session import Database


def dump_of(db: Database) -> dict[str, str]:
    """Every table's rows, by the table's name: those too that no mapping knows."""
    with db.read() as session:
        known = MetaData()
        known.reflect(session.connection())
        return {
            name: "\n".join(repr(tuple(row)) for row in session.execute(select(table)))
            for name, table in known.tables.items()
        }


def tables_with(db: Database, *words: str) -> set[str]:
    """The tables in which any of these words stands."""
    return {name for name, rows in dump_of(db).items() if any(word in rows for word in words)}

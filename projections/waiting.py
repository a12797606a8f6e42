"""Does anything wait for a yes? Asked with every statement, so it loads nothing."""

from __future__ import annotations

from datetime import date

from projections.sql import HOLDS_AT, Tables, select


def any_awaiting(tables: Tables, book: str, last: date, known_at: int) -> bool:
    """Whether an entry of the days up to `last` waited for another party's yes, as known at a seq."""
    # The status is said literally, so that the index of entries that wait can be used.
    wanted = f"SELECT 1 FROM entries WHERE {HOLDS_AT} AND status = 'awaiting' AND effective_on <= ? LIMIT 1"
    with tables.reading() as connection:
        return bool(select(connection, wanted, book, known_at, known_at, last.isoformat()))

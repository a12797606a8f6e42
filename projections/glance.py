"""The tables of a SQLite store as they stand, where they are in step with its log: for what only reads.

A follower has to be able to write what is missing; that takes all the libraries that write. Where nothing is missing,
as after most commands, the tables can be read without them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ledger.application.snapshot import snapshot
from ledger.book.events import Event
from ledger.values.errors import Broken
from projections.sql import VERSION, Row, head_of, select


class Glance:
    """All tables of a store at one moment. It ends with `close`."""

    def __init__(self, connection: sqlite3.Connection, position: int) -> None:
        self._connection = connection
        self._position = position

    def catch_up(self) -> int:
        """The position of the log that the tables have reached: the last one there was."""
        return self._position

    @contextmanager
    def reading(self, reached: int = 0) -> Iterator[sqlite3.Connection]:
        """The moment at which the store was looked at."""
        yield self._connection

    def streams(self, names: Sequence[str]) -> Mapping[str, Sequence[Event]]:
        """Not to be had: the bytes of events are for those who can write them, too."""
        raise NotImplementedError("a glance at the tables reads no events")

    def close(self) -> None:
        """End the transaction."""
        self._connection.close()


def glance(url: str, book: str) -> Glance | None:
    """The tables of a store that has a book; None where they have to catch up first, or anything is unusual."""
    connection = snapshot(url)
    if connection is None:
        return None
    connection.row_factory = Row
    try:
        last = select(connection, "SELECT max(position) FROM events")[0][0]
        [(version, position)] = select(connection, "SELECT version, position FROM projection_position WHERE id = 1")
        if (version, position) == (VERSION, last) and head_of(connection, book):
            return Glance(connection, position)
    except (Broken, ValueError):
        pass
    connection.close()
    return None

"""The other side of what is recorded: the same rows in a table like that of the events, by the driver alone.

The table has the columns and the keys of the log's; it has no tree, no heads, no rules, and nothing is encoded. What is
committed is as durable as in a store.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import psycopg

Row = tuple[Any, ...]

_TABLE = """\
CREATE TABLE events (position BIGINT NOT NULL PRIMARY KEY, book TEXT NOT NULL, seq BIGINT NOT NULL,
  stream TEXT NOT NULL, version BIGINT NOT NULL, topic TEXT NOT NULL, state {bytes} NOT NULL, leaf {bytes} NOT NULL,
  UNIQUE (stream, version), UNIQUE (book, seq))"""


class Raw(Protocol):
    """A table without pactbook."""

    def insert(self, rows: Sequence[Row]) -> None:
        """Write rows and commit them."""

    def close(self) -> None: ...


class RawSQLite:
    """A file, with the settings of a store."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for setting in ("journal_mode = WAL", "synchronous = FULL"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.execute(_TABLE.format(bytes="BLOB").replace("BIGINT", "INTEGER"))

    def insert(self, rows: Sequence[Row]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


class RawPostgreSQL:
    """A table on a server; a batch goes there as an array for each column."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url)
        self._connection.execute(_TABLE.format(bytes="BYTEA"))
        self._connection.commit()

    def insert(self, rows: Sequence[Row]) -> None:
        columns = [list(column) for column in zip(*rows, strict=True)]
        self._connection.execute(
            "INSERT INTO events SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::bigint[],"
            " %s::text[], %b::bytea[], %b::bytea[])",
            columns,
        )
        self._connection.commit()

    def close(self) -> None:
        self._connection.close()

"""The log's tables as one transaction sees them, and the few statements that databases put differently.

The log is written and read in whole batches by the driver itself, without SQLAlchemy's layers for single
rows: that is what makes a million events a matter of seconds.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection

from ledger.store.failures import StoreDamaged
from ledger.store.proof import Frontier

#: position, book, seq, stream, version, topic, state, leaf: a row of `events`.
Row = tuple[int, str, int, str, int, str, bytes, bytes]

#: book, level, place within the level, hash: a row of `nodes`.
NodeRow = tuple[str, int, int, bytes]


def log_of(connection: Connection) -> Log:
    """The log of the store that a connection leads to."""
    return PostgreSQLLog(connection) if connection.dialect.name == "postgresql" else SQLiteLog(connection)


class Log(ABC):
    """The log within one transaction. Statements are written with `?`, and `{among}` for a list."""

    _mark: ClassVar[str]
    _among: ClassVar[str]

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def select(self, statement: str, *parameters: Any) -> Sequence[Any]:
        """The rows of a statement, as the driver gives them."""
        sql = statement.replace("{among}", self._among).replace("?", self._mark)
        return self.connection.exec_driver_sql(sql, parameters).fetchall()

    def tree(self, book: str) -> Frontier:
        """The tree of a book, to be continued; an empty one for a book that has no events."""
        rows = self.select("SELECT size, frontier FROM books WHERE book = ?", book)
        if not rows:
            return Frontier()
        [(size, data)] = rows
        frontier = Frontier.from_bytes(data)
        if frontier.size != size:
            raise StoreDamaged(f"the tree of {book} is one of {frontier.size} events, not {size}", "restore a backup")
        return frontier

    def streams(self, names: Sequence[str], upto: int | None = None) -> dict[str, list[StoredEvent]]:
        """The events of several streams, by stream, in order of version; an empty list where there are none.

        With `upto` only those up to a seq of their book.
        """
        found: dict[str, list[StoredEvent]] = {name: [] for name in names}
        early = "" if upto is None else f" AND seq <= {int(upto)}"
        statement = (
            f"SELECT stream, version, topic, state FROM events WHERE stream {{among}}{early} ORDER BY stream, version"
        )
        for row in self.select(statement, self.array(names)):
            found[row[0]].append(StoredEvent(*row))
        return found

    def versions(self, names: Sequence[str]) -> dict[str, int]:
        """The last version of each stream, 0 for one that has no events."""
        statement = "SELECT stream, max(version) FROM events WHERE stream {among} GROUP BY stream"
        return dict.fromkeys(names, 0) | {name: int(last) for name, last in self.select(statement, self.array(names))}

    @abstractmethod
    def array(self, values: Sequence[str]) -> Any:
        """The values as the one parameter that `{among}` takes."""

    @abstractmethod
    def lock(self) -> int:
        """The last position, held against other writers until the transaction ends."""

    @abstractmethod
    def insert(self, rows: Sequence[Row], trees: Mapping[str, Frontier], nodes: Sequence[NodeRow]) -> None:
        """Write events in order of position, the log's new head, the new tree of each book and its new nodes."""

    @abstractmethod
    def insert_nodes(self, nodes: Sequence[NodeRow]) -> None:
        """Keep nodes of trees that were completed."""


class SQLiteLog(Log):
    """One file; the transaction took its turn to write when it began."""

    _mark = "?"
    _among = "IN (SELECT value FROM json_each(?))"

    def array(self, values: Sequence[str]) -> Any:
        return json.dumps(list(values))

    def lock(self) -> int:
        return _position(self.select("SELECT position FROM log_head WHERE id = 1"))

    def insert(self, rows: Sequence[Row], trees: Mapping[str, Frontier], nodes: Sequence[NodeRow]) -> None:
        run = self.connection.exec_driver_sql
        run(
            "INSERT INTO events (position, book, seq, stream, version, topic, state, leaf)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            list(rows),
        )
        run("UPDATE log_head SET position = ? WHERE id = 1", (rows[-1][0],))
        run(
            "INSERT INTO books (book, size, frontier) VALUES (?, ?, ?)"
            " ON CONFLICT (book) DO UPDATE SET size = excluded.size, frontier = excluded.frontier",
            [(book, tree.size, tree.to_bytes()) for book, tree in trees.items()],
        )
        self.insert_nodes(nodes)

    def insert_nodes(self, nodes: Sequence[NodeRow]) -> None:
        if nodes:
            statement = "INSERT INTO nodes (book, level, place, hash) VALUES (?, ?, ?, ?)"
            self.connection.exec_driver_sql(statement, list(nodes))


class PostgreSQLLog(Log):
    """A server; the head of the log is one row, and whoever holds it is the one who writes.

    So positions are dense and become visible in their own order. Positions from a sequence would not:
    a follower would pass over those that are committed late.
    """

    _mark = "%s"
    _among = "= ANY(%s)"

    def array(self, values: Sequence[str]) -> Any:
        return list(values)

    def lock(self) -> int:
        return _position(self.select("UPDATE log_head SET position = position WHERE id = 1 RETURNING position"))

    def insert(self, rows: Sequence[Row], trees: Mapping[str, Frontier], nodes: Sequence[NodeRow]) -> None:
        heads = [(book, tree.size, tree.to_bytes()) for book, tree in trees.items()]
        self.connection.exec_driver_sql(
            "WITH head AS (UPDATE log_head SET position = %s WHERE id = 1), trees AS ("
            " INSERT INTO books (book, size, frontier) SELECT * FROM unnest(%s::text[], %s::bigint[], %b::bytea[])"
            " ON CONFLICT (book) DO UPDATE SET size = excluded.size, frontier = excluded.frontier) "
            "INSERT INTO events (position, book, seq, stream, version, topic, state, leaf)"
            " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[],"
            " %s::bigint[], %s::text[], %b::bytea[], %b::bytea[])",
            (rows[-1][0], *_columns(heads), *_columns(rows)),
        )
        self.insert_nodes(nodes)

    def insert_nodes(self, nodes: Sequence[NodeRow]) -> None:
        if nodes:
            self.connection.exec_driver_sql(
                "INSERT INTO nodes (book, level, place, hash)"
                " SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[], %b::bytea[])",
                tuple(_columns(nodes)),
            )


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _position(rows: Sequence[Any]) -> int:
    if len(rows) != 1:
        raise StoreDamaged("the store has lost the head of its log", "restore a backup")
    return int(rows[0][0])

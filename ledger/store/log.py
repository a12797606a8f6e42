"""The log's tables as one transaction sees them, and the few statements that databases put differently.

The log is written and read in whole batches by the driver itself, without SQLAlchemy's layers for single
rows: that is what makes a million events a matter of seconds.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, ClassVar

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection, Engine

from ledger.store.direct import Direct, beneath
from ledger.store.failures import StoreDamaged
from ledger.store.proof import Frontier

#: position, book, seq, stream, version, topic, state, leaf: a row of `events`.
Row = tuple[int, str, int, str, int, str, bytes, bytes]

#: book, level, place within the level, hash: a row of `nodes`.
NodeRow = tuple[str, int, int, bytes]


#: How the bytes of an event begin.
_BEGIN = """'{"type":"' || topic || '","stream":"' || stream || '","version":' || version || ','"""
#: Of an event that is told to be the last one, for `begin`.
_LEAF = "SELECT leaf FROM events WHERE position = (SELECT position FROM log_head WHERE id = 1)"
_LAST = "SELECT stream, max(version) FROM events WHERE stream {among} GROUP BY stream"


def log_of(connection: Connection) -> Log:
    """The log of the store, within the transaction of a connection."""
    return log_kind(connection)(beneath(connection), connection)


def log_kind(database: Engine | Connection) -> type[Log]:
    """How the log is kept in a database."""
    return PostgreSQLLog if database.dialect.name == "postgresql" else SQLiteLog


class Log(ABC):
    """The log within one transaction. Statements are written with `?`, and `{among}` for a list."""

    #: Tells the last position, and holds it against other writers until the transaction ends.
    _head: ClassVar[str]
    _mark: ClassVar[str]
    _among: ClassVar[str]

    #: In a statement: whether the bytes of an event begin as its columns say, in its book. Also not, where JSON would
    #: write the name of the stream otherwise.
    begins: ClassVar[str]

    def __init__(self, direct: Direct, connection: Connection | None = None) -> None:
        self._direct = direct
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """The transaction, for what else is to be done in it."""
        assert self._connection is not None, "a transaction of the driver alone is for the log alone"
        return self._connection

    def select(self, statement: str, *parameters: Any) -> Sequence[Any]:
        """The rows of a statement, as the driver gives them."""
        return self._direct.rows(_written(statement, self._among, self._mark), parameters)

    def tree(self, book: str) -> Frontier:
        """The tree of a book, to be continued; an empty one for a book that has no events."""
        rows = self.select("SELECT size, frontier FROM books WHERE book = ?", book)
        return _tree(book, *rows[0]) if rows else Frontier()

    @abstractmethod
    def begin(self) -> tuple[int, bytes | None]:
        """Begin a transaction that writes: where the log ends, held as by `lock`, and the leaf of the event there."""

    @abstractmethod
    def standing(self, books: Sequence[str], streams: Sequence[str]) -> tuple[dict[str, Frontier], dict[str, int]]:
        """The trees of books, and the last versions of streams (-1: no events)."""

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

    def news(self, known: Mapping[str, int]) -> dict[str, list[StoredEvent]]:
        """The events of streams after the versions that are known, by stream, in order of version."""
        rows = self.select(_after(len(known)), *chain.from_iterable(known.items()))
        found: dict[str, list[StoredEvent]] = {name: [] for name in known}
        for row in sorted(rows, key=itemgetter(1)) if rows else ():
            found[row[0]].append(StoredEvent(*row))
        return found

    def versions(self, names: Sequence[str]) -> dict[str, int]:
        """The last version of each stream, 0 for one that has no events."""
        return dict.fromkeys(names, 0) | dict(self.select(_LAST, self.array(names)))

    @abstractmethod
    def array(self, values: Sequence[str] | Sequence[int]) -> Any:
        """The values as the one parameter that `{among}` takes."""

    def lock(self) -> int:
        """The last position, held against other writers until the transaction ends."""
        return _position(self.select(self._head))

    @abstractmethod
    def insert(self, rows: Sequence[Row], trees: Mapping[str, Frontier], nodes: Sequence[NodeRow]) -> None:
        """Write events in order of position, the log's new head, the new tree of each book and its new nodes."""

    @abstractmethod
    def insert_nodes(self, nodes: Sequence[NodeRow]) -> None:
        """Keep nodes of trees that were completed."""


class SQLiteLog(Log):
    """One file; the transaction took its turn to write when it began."""

    _head = "SELECT position FROM log_head WHERE id = 1"
    _mark = "?"
    _among = "IN (SELECT value FROM json_each(?))"
    begins = (
        f"instr(state, CAST({_BEGIN} AS BLOB)) = 1"
        " AND substr(stream, 1, length(book) + 1) = book || '/' AND instr(topic || stream, '\"') = 0"
        " AND instr(topic || stream, '\\') = 0 AND typeof(book) || typeof(stream) || typeof(topic) = 'texttexttext'"
        " AND typeof(version) = 'integer'"
    )

    def array(self, values: Sequence[str] | Sequence[int]) -> Any:
        return json.dumps(list(values))

    def begin(self) -> tuple[int, bytes | None]:
        self._direct.run("BEGIN IMMEDIATE")
        return _end([self.select(self._head), self.select(_LEAF)])

    def standing(self, books: Sequence[str], streams: Sequence[str]) -> tuple[dict[str, Frontier], dict[str, int]]:
        versions = dict.fromkeys(streams, -1)
        if versions:
            versions |= dict(self.select(_LAST, self.array(streams)))
        return {book: self.tree(book) for book in books}, versions

    def insert(self, rows: Sequence[Row], trees: Mapping[str, Frontier], nodes: Sequence[NodeRow]) -> None:
        self._direct.insert(f"INSERT INTO {_EVENTS}", rows)
        self._direct.run("UPDATE log_head SET position = ? WHERE id = 1", (rows[-1][0],))
        self._direct.run_many(
            "INSERT INTO books (book, size, frontier) VALUES (?, ?, ?)"
            " ON CONFLICT (book) DO UPDATE SET size = excluded.size, frontier = excluded.frontier",
            [(book, tree.size, tree.to_bytes()) for book, tree in trees.items()],
        )
        self.insert_nodes(nodes)

    def insert_nodes(self, nodes: Sequence[NodeRow]) -> None:
        if nodes:
            self._direct.run_many("INSERT INTO nodes (book, level, place, hash) VALUES (?, ?, ?, ?)", nodes)


class PostgreSQLLog(Log):
    """A server; the head of the log is one row, and whoever holds it is the one who writes.

    So positions are dense and become visible in their own order. Positions from a sequence would not:
    a follower would pass over those that are committed late.
    """

    _head = "SELECT position FROM log_head WHERE id = 1 FOR UPDATE"
    _mark = "%s"
    _among = "= ANY(%s)"
    begins = (
        f"position(convert_to({_BEGIN}, 'UTF8') IN state) = 1 AND starts_with(stream, book || '/')"
        " AND strpos(topic || stream, '\"') = 0 AND strpos(topic || stream, chr(92)) = 0"
    )

    def array(self, values: Sequence[str] | Sequence[int]) -> Any:
        return list(values)

    def begin(self) -> tuple[int, bytes | None]:
        # Two statements: what the first one waits for, the second one sees.
        return _end(self._direct.begin(self._head, _LEAF))

    def standing(self, books: Sequence[str], streams: Sequence[str]) -> tuple[dict[str, Frontier], dict[str, int]]:
        return _standing(books, streams, self._direct.rows(_STANDING, (list(books), list(streams))))

    def insert(self, rows: Sequence[Row], trees: Mapping[str, Frontier], nodes: Sequence[NodeRow]) -> None:
        heads = [(book, tree.size, tree.to_bytes()) for book, tree in trees.items()]
        if len(rows) == len(heads) == 1:  # by far the most frequent, and quicker without arrays
            self._direct.run(_INSERT_ONE, (rows[0][0], *heads[0], *rows[0]))
            self.insert_nodes(nodes)
        else:
            self._direct.run(_HEADS_AND_NODES, (rows[-1][0], *_columns(heads, 3), *_columns(nodes, 4)))
            self._direct.copy(f"COPY {_EVENTS} FROM STDIN (FORMAT BINARY)", _TYPES, rows)

    def insert_nodes(self, nodes: Sequence[NodeRow]) -> None:
        if nodes:
            self._direct.run(_INSERT_NODES, _columns(nodes, 4))


_STANDING = """
SELECT book, size, frontier FROM books WHERE book = ANY(%s::text[]) UNION ALL
SELECT stream, max(version), NULL FROM events WHERE stream = ANY(%s::text[]) GROUP BY stream"""


def _standing(
    books: Sequence[str], streams: Sequence[str], rows: Sequence[Any]
) -> tuple[dict[str, Frontier], dict[str, int]]:
    trees, versions = dict.fromkeys(books, Frontier()), dict.fromkeys(streams, -1)
    for name, number, frontier in rows:
        if frontier is None:
            versions[name] = number
        else:
            trees[name] = _tree(name, number, frontier)
    return trees, versions


_INSERT_NODES = """
INSERT INTO nodes (book, level, place, hash)
    SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[], %b::bytea[])"""
_EVENTS = "events (position, book, seq, stream, version, topic, state, leaf)"
_TYPES = ("bigint", "text", "bigint", "text", "bigint", "text", "bytea", "bytea")
_BEGINNING = """
WITH head AS (UPDATE log_head SET position = %s WHERE id = 1),
trees AS (
    INSERT INTO books (book, size, frontier) {}
    ON CONFLICT (book) DO UPDATE SET size = excluded.size, frontier = excluded.frontier)"""
_INSERT_ONE = f"""{_BEGINNING.format("VALUES (%s, %s, %b)")}
INSERT INTO {_EVENTS} VALUES (%s, %s, %s, %s, %s, %s, %b, %b)"""
_HEADS_AND_NODES = f"""{_BEGINNING.format("SELECT * FROM unnest(%s::text[], %s::bigint[], %b::bytea[])")}
{_INSERT_NODES}"""


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(count)]


@lru_cache(64)
def _after(count: int) -> str:
    """The statement that reads so many streams, each after a version."""
    one = "SELECT stream, version, topic, state FROM events WHERE stream = ? AND version > ?"
    return " UNION ALL ".join([one] * count)


@lru_cache(256)
def _written(statement: str, among: str, mark: str) -> str:
    """A statement as a driver takes it."""
    return statement.replace("{among}", among).replace("?", mark)


def _tree(book: str, size: int, data: bytes) -> Frontier:
    frontier = Frontier.from_bytes(data)
    if frontier.size != size:
        raise StoreDamaged(f"the tree of {book} is one of {frontier.size} events, not {size}", "restore a backup")
    return frontier


def _end(found: Sequence[Sequence[Any]]) -> tuple[int, bytes | None]:
    """Where the log ends: the rows of its head, and those of the leaf there."""
    head, leaves = found
    return _position(head), leaves[0][0] if leaves else None


def _position(rows: Sequence[Any]) -> int:
    """The position in the one row of the log's head."""
    if len(rows) != 1:
        raise StoreDamaged("the store has lost the head of its log", "restore a backup")
    return int(rows[0][0])

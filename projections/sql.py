"""Questions to the tables in SQL, for what is asked in every command: no library has to be loaded to put them.

SQLAlchemy builds the questions that depend on what somebody wants to see; loading it takes longer than all that
a balance needs. What is here is plain text with `?` for each value, the same for both databases.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from ledger.book.events import Event
from ledger.values.errors import Broken

NOW = 2**63 - 1
"""The `until_seq` of a state that still holds."""

VERSION = 3546969636
"""Which version of the tables this is: `tables.checksum()`. Where another is found, the log is folded anew."""

HOLDS_AT = "book = ? AND since_seq <= ? AND until_seq > ?"
"""Which rows of a table of states held right after an event of a book; takes book, seq, seq."""

LEARNT = "(movements.seq + 0) BETWEEN ? AND ?"
"""Which movements a book learned of in a span of seqs; few of many, so not to be looked for by their seq."""

OF_TOTAL = (
    "movements.book = ? AND movements.period = ? AND movements.kind = ? AND movements.name = ? AND movements.party = ?"
)
"""Which movements belong to a total of a book."""

REFERENCED = "movements.reference > ''"
"""Every movement has a reference. Said because SQLite, which keeps no statistics, then takes the index of totals."""


class Tables(Protocol):
    """Where the tables are read: they hold everything that was recorded before."""

    def catch_up(self) -> int:
        """The position of the log that the tables have reached."""
        ...

    def reading(self, reached: int = 0) -> AbstractContextManager[Any]:
        """A connection that sees all tables at one moment, with everything up to a position."""
        ...

    def streams(self, names: Sequence[str]) -> Mapping[str, Sequence[Event]]:
        """The events of several streams, by stream."""
        ...


class Row(sqlite3.Row):
    """A row whose values have names, as those of SQLAlchemy have."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except IndexError:
            raise AttributeError(name) from None


def select(connection: Any, statement: str, *parameters: Any) -> Sequence[Any]:
    """The rows of a statement that has `?` for each parameter; their values have the names of the columns."""
    if isinstance(connection, sqlite3.Connection):
        try:
            return connection.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise Broken(f"the tables of the store cannot be read: {error}", "run `pactbook doctor`") from error
    if connection.dialect.name == "postgresql":
        statement = statement.replace("%", "%%").replace("?", "%s")
    found: Sequence[Any] = connection.exec_driver_sql(statement, parameters).all()
    return found


def marks(values: Collection[Any]) -> str:
    """The list of marks that stands for some values: `(?, ?, ?)`."""
    return f"({', '.join('?' * len(values))})"


def head_of(connection: Any, book: str) -> int:
    """The seq of a book's newest event, 0 where there is no such book."""
    [(head,)] = select(connection, "SELECT max(seq) FROM timeline WHERE book = ?", book)
    return int(head or 0)

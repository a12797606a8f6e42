"""What every question starts with: how much a book holds, and which states held at a moment."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from ledger.application import Core
from projections.tables import movements, timeline

LAST_CHARACTER = "\U0010ffff"  #: sorts after every character that a name can have


def head_of(connection: Connection, book: str) -> int:
    """The seq of a book's newest event, 0 where there is no such book."""
    found = connection.scalar(select(func.max(timeline.c.seq)).where(timeline.c.book == book))
    return int(found or 0)


def known_head(core: Core, connection: Connection, book: str) -> int:
    """The seq of a book's newest event. Raises `Refused` where there is no such book."""
    head = head_of(connection, book)
    if not head:
        core.require_book(book)
    return head


def holds_at(table: Table, book: str, seq: int) -> ColumnElement[bool]:
    """Which rows of a table of states held right after an event of the book."""
    return and_(table.c.book == book, table.c.since_seq <= seq, table.c.until_seq > seq)


def of_total(book: str, period: str, kind: str, name: str, party: str) -> ColumnElement[bool]:
    """Which movements belong to a total of a book."""
    moved = movements.c
    total = moved.book, moved.period, moved.kind, moved.name, moved.party
    return and_(*(column == value for column, value in zip(total, (book, period, kind, name, party), strict=True)))


#: Every movement has a reference. It is said because SQLite, which keeps no statistics, then takes the index of totals.
REFERENCED = movements.c.reference > ""


def learnt(after: int, upto: int) -> ColumnElement[bool]:
    """Which movements the book learned of in a span of seqs; few of many, so not to be looked for by their seq."""
    return (movements.c.seq + 0).between(after + 1, upto)

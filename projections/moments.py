"""What every question starts with: how much a book holds, and which states held at a moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from ledger.application import Core
from ledger.values.errors import Refused
from projections.follower import Follower
from projections.rows import instant
from projections.sql import head_of
from projections.tables import movements, timeline

LAST_CHARACTER = "\U0010ffff"  #: sorts after every character that a name can have


def known_head(core: Core, connection: Connection, book: str) -> int:
    """The seq of a book's newest event. Raises `Refused` where there is no such book."""
    head = head_of(connection, book)
    if not head:
        core.require_book(book)
    return head


def seq_before(follower: Follower, book: str, when: datetime) -> int:
    """The newest event that a book had before an instant: the one before the first that was recorded then or later.

    So what was known at an instant is always a prefix of the book, also where a clock once went back. Raises `Refused`
    for a book that does not exist, and for an instant before its first event.
    """
    with follower.reading() as connection:
        head = known_head(follower.core, connection, book)
        told = timeline.c
        later = select(func.min(told.seq)).where(told.book == book, told.recorded_at >= instant(when))
        first = connection.scalar(later)
        seq = head if first is None else int(first) - 1
        if not seq:
            began = connection.scalar(select(told.recorded_at).where(told.book == book, told.seq == 1))
            raise Refused(f"{book} knew nothing yet then", f"its first event was recorded at {str(began)[:19]} UTC")
    return seq


def holds_at(table: Table, book: str, seq: int) -> ColumnElement[bool]:
    """Which rows of a table of states held right after an event of the book."""
    return and_(table.c.book == book, table.c.since_seq <= seq, table.c.until_seq > seq)


def learnt(after: int, upto: int) -> ColumnElement[bool]:
    """Which movements the book learned of in a span of seqs; few of many, so not to be looked for by their seq."""
    return (movements.c.seq + 0).between(after + 1, upto)

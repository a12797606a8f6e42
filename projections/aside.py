"""The tables folded book by book, beside those that are read, and put in their place when they are whole.

Any number of processes may fold at once, each another book or even the same: how far each book was folded stands in a
row of its own, which is moved in the transaction that writes a page of it. So a book that a process left half done is
gone on with, and nothing is written twice. Whoever reads sees the tables as they were before, until all are put in
place at once; where that never happens, they stay as they were.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, update

from ledger.application import Core
from ledger.values.errors import Refused, Stale
from projections import schema
from projections.folding import Frame, fold
from projections.follower import PAGE, write
from projections.sql import VERSION
from projections.tables import ASIDE, FOLDED, metadata, position, progress


class Aside(msgspec.Struct, frozen=True):
    """One making of the tables: its name, which no other has, the position to reach, and how many books."""

    name: str
    upto: int
    books: int


def begin(core: Core, books: Collection[Any], upto: int, name: str) -> Aside:
    """Make the tables aside, empty; an earlier making that was not ended is dropped.

    `books` are all that have events up to the position `upto`. Raises `Refused` for who does not own the tables.
    """
    with core.writing() as connection:
        schema.take_turn(connection)
        if not schema.may_make(connection):
            raise Refused("these tables are made anew by their owner alone", "run `pactbook rebuild` without --jobs")
        schema.drop_aside(connection)
        progress.create(connection, checkfirst=True)
        for table in ASIDE.values():
            table.create(connection)
        if books:
            connection.execute(progress.insert(), [{"book": book, "name": name, "seq": 0} for book in books])
    return Aside(name, upto, len(books))


def fold_book(core: Core, book: Any, aside: Aside, page: int = PAGE) -> int:
    """Fold what is not folded yet of a book; returns the last seq. Raises `Stale` where another making has begun."""
    frames: dict[str, Frame] = {}
    while True:
        after = _reached(core, book, aside)
        events = [each for each in core.recorded_of(book, after, page) if each.position <= aside.upto]
        if not events:
            return after
        rows = fold(events, frames, core.streams)
        with core.writing() as connection:
            if _move(connection, book, aside, after, events[-1].seq):
                write(connection, rows, ASIDE)
            else:
                frames.clear()


def put_in_place(core: Core, aside: Aside) -> None:
    """Drop the tables that are read, and put those that were made in their place, in one transaction."""
    with core.writing() as connection:
        schema.lock(connection)
        if connection.scalar(select(func.count()).where(progress.c.name == aside.name)) != aside.books:
            raise _overtaken()
        for table in FOLDED:
            table.drop(connection, checkfirst=True)
            made = ASIDE[table].name
            connection.exec_driver_sql(f"ALTER TABLE {made} RENAME TO {table.name}")
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"ALTER INDEX {made}_pkey RENAME TO {table.name}_pkey")
            for index in sorted(table.indexes, key=lambda each: str(each.name)):
                index.create(connection)
        connection.execute(progress.delete())
        metadata.create_all(connection, tables=[position])
        connection.execute(position.delete())
        connection.execute(position.insert().values(id=1, version=VERSION, position=aside.upto))
    schema.take_stock(core)


def _reached(core: Core, book: Any, aside: Aside) -> int:
    with core.reading() as connection:
        here = select(progress.c.seq).where(progress.c.book == book, progress.c.name == aside.name)
        seq: int | None = connection.scalar(here)
    if seq is None:
        raise _overtaken()
    return seq


def _move(connection: Connection, book: Any, aside: Aside, after: int, last: int) -> bool:
    """Go on from one seq to another; False where somebody else has. Until the transaction ends, nobody else moves."""
    here = (progress.c.book == book) & (progress.c.name == aside.name) & (progress.c.seq == after)
    return connection.execute(update(progress).where(here).values(seq=last)).rowcount == 1


def _overtaken() -> Stale:
    return Stale("another rebuild has begun meanwhile", "wait for it, or repeat the command")

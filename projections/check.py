"""Whether the tables are what the log says: a book folded anew, and every row held against the row it gives.

The fold goes to a temporary database that nobody else sees, by the code that made the tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, create_engine, select
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from ledger.application import Core
from ledger.application.integrity import Progress, examining
from ledger.bundle.report import Check
from projections import schema
from projections.folding import Frame, fold
from projections.follower import PAGE, write
from projections.tables import FOLDED, position

_LONGEST = 60  #: characters of a value that a problem quotes
_AT_ONCE = 1_000


def books_told_of(core: Core) -> set[Any]:
    """Every book that a table names; of tables that are not there, nothing is said."""
    found: set[Any] = set()
    with core.reading() as connection:
        if schema.position_seen(connection) >= 0:
            for table in FOLDED:
                found.update(connection.scalars(select(table.c.book).distinct()))
    return found


def check_position(core: Core, check: Check) -> None:
    """Blame on a check that there is more than the one row that says how far the log was followed."""
    with examining(check, "the tables cannot be compared with the events"), core.reading() as held:
        for odd in held.scalars(select(position.c.id).where(position.c.id != 1).order_by(position.c.id)):
            check.blame(f"{position.name}: no event gives the row {odd}")


def check_tables(core: Core, book: Any, check: Check, progress: Progress = lambda count: None) -> None:
    """Blame on a check the first row of a book in each table that is not the one that its events give."""
    cannot = f"the tables of {book} cannot be compared with the events"
    with examining(check, cannot), core.reading() as held, _scratch() as folded:
        _fold(core, folded, book, schema.position_seen(held), progress)
        for table in FOLDED:
            if difference := _first_difference(table, book, held, folded):
                check.blame(f"{table.name}: {difference}")


@contextmanager
def _scratch() -> Iterator[Connection]:
    """A database in a file that SQLite itself takes away when it is closed, with the tables and no indexes."""
    with _scratches().begin() as connection:
        for statement in _statements():
            connection.exec_driver_sql(statement)
        yield connection


@lru_cache
def _scratches() -> Engine:
    """Each connection of this engine is to a database of its own."""
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(""), poolclass=NullPool)


@lru_cache
def _statements() -> tuple[str, ...]:
    """What makes the tables; compiled once, since there may be many books and little in each."""
    return tuple(str(CreateTable(table).compile(dialect=_scratches().dialect)) for table in FOLDED)


def _fold(core: Core, scratch: Connection, book: Any, last: int, progress: Progress) -> None:
    """Fold a book up to a position of the log; less far, where it ends before."""
    frames: dict[str, Frame] = {}
    after = 0
    while page := [each for each in core.recorded_of(book, after, PAGE) if each.position <= last]:
        write(scratch, fold(page, frames, core.streams))
        after = page[-1].seq
        progress(len(page))


def _first_difference(table: Table, book: Any, held: Connection, folded: Connection) -> str | None:
    """Where a table first departs from what was folded, in the order of its keys; None where it never does."""
    keys = len(table.primary_key.columns)
    for found, given in zip_longest(_rows(held, table, book), _rows(folded, table, book)):
        if found == given:
            continue
        if given is None:
            return f"no event gives the row {_key(found, keys)}"
        if found is None:
            return f"the row {_key(given, keys)} is missing"
        if found[:keys] != given[:keys]:
            return f"the row {_key(found, keys)} stands where the events give {_key(given, keys)}"
        name, wrong, right = next(
            each for each in zip(table.columns.keys(), found, given, strict=True) if each[1] != each[2]
        )
        return f"the row {_key(found, keys)} has {name} {_quoted(wrong)}, the events give {_quoted(right)}"
    return None


def _rows(connection: Connection, table: Table, book: Any) -> Iterator[Row[Any]]:
    ordered = select(table).where(table.c.book == book).order_by(*table.primary_key.columns)
    with connection.execute(ordered, execution_options={"yield_per": _AT_ONCE}) as found:  # on a server, a cursor there
        yield from found


def _key(row: Row[Any], keys: int) -> str:
    return "/".join(str(part) for part in row[:keys])


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."

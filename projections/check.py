"""Whether the tables are what the log says: the whole log folded anew, and every row held against the row it gives.

The fold goes to a temporary database that nobody else sees, by the code that made the tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Row, Table, create_engine, select
from sqlalchemy.pool import StaticPool

from ledger.application import Core
from ledger.application.integrity import Progress, examining
from ledger.bundle.report import Check
from projections import schema
from projections.folding import Frame, fold
from projections.follower import PAGE, write
from projections.tables import FOLDED, position

_LONGEST = 60  #: characters of a value that a problem quotes
_AT_ONCE = 1_000


def check_tables(core: Core, check: Check, progress: Progress = lambda count: None) -> None:
    """Blame on a check the first row of each table that is not the one that the events give."""
    cannot = "the tables cannot be compared with the events"
    with examining(check, cannot), core.reading() as held, _scratch() as folded:
        _fold(core, folded, schema.position_seen(held), progress)
        for table in (*FOLDED, position):
            if difference := _first_difference(table, held, folded):
                check.blame(f"{table.name}: {difference}")


@contextmanager
def _scratch() -> Iterator[Connection]:
    """A database in a file that SQLite itself takes away when it is closed."""
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(""), poolclass=StaticPool)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _fold(core: Core, scratch: Connection, last: int, progress: Progress) -> None:
    """Fold the log up to a position; less far, where it ends before."""
    schema.begin_anew(scratch)
    frames: dict[str, Frame] = {}
    after = 0
    while page := [each for each in core.recorded(after, PAGE) if each.position <= last]:
        write(scratch, fold(page, frames, core.streams))
        schema.move(scratch, after, page[-1].position)
        after = page[-1].position
        progress(len(page))


def _first_difference(table: Table, held: Connection, folded: Connection) -> str | None:
    """Where a table first departs from what was folded, in the order of its keys; None where it never does."""
    keys = len(table.primary_key.columns)
    for found, given in zip_longest(_rows(held, table), _rows(folded, table)):
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


def _rows(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    ordered = select(table).order_by(*table.primary_key.columns)
    yield from connection.execute(ordered, execution_options={"yield_per": _AT_ONCE})


def _key(row: Row[Any], keys: int) -> str:
    return "/".join(str(part) for part in row[:keys])


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."

"""Many rows in few statements: what SQLite does around a statement takes as long as half the work of a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

TOGETHER = 250  #: rows of one statement; more of them would win no more

Rows = Sequence[Sequence[Any]]


def inserts(into: str, rows: Rows) -> Iterator[tuple[str, Rows]]:
    """Statements that insert rows, each to be run once for every one of its lists of parameters; none for no rows.

    `into` is the statement up to its values: `INSERT INTO books (book, size)`.
    """
    whole = len(rows) - len(rows) % TOGETHER
    if whole:
        several = [tuple(chain.from_iterable(rows[at : at + TOGETHER])) for at in range(0, whole, TOGETHER)]
        yield _statement(into, len(rows[0]), TOGETHER), several
    if rows[whole:]:
        yield _statement(into, len(rows[0]), 1), rows[whole:]


@lru_cache(64)
def _statement(into: str, width: int, rows: int) -> str:
    one = f"({', '.join('?' * width)})"
    return f"{into} VALUES {', '.join([one] * rows)}"

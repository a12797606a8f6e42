"""Many rows in few statements: what SQLite does around a statement takes as long as half the work of a row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

TOGETHER = 250  #: rows of one statement; more of them would win no more

Rows = Sequence[Sequence[Any]]


def batches(into: str, rows: Rows) -> tuple[list[tuple[str, list[Any]]], tuple[str, Rows]]:
    """Statements that insert rows, each with its parameters; and one for the rest, to be run once for each row.

    `into` is the statement up to its values: `INSERT INTO books (book, size)`.
    """
    width = len(rows[0])
    whole = len(rows) - len(rows) % TOGETHER
    parts = [rows[start : start + TOGETHER] for start in range(0, whole, TOGETHER)]
    several = [(_statement(into, width, TOGETHER), list(chain.from_iterable(part))) for part in parts]
    return several, (_statement(into, width, 1), rows[whole:])


@lru_cache(64)
def _statement(into: str, width: int, rows: int) -> str:
    one = f"({', '.join('?' * width)})"
    return f"{into} VALUES {', '.join([one] * rows)}"

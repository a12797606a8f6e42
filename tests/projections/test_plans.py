"""Which index SQLite takes for the questions of every command: none of them goes through all entries of a book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, event

from ledger.application import Ledger
from ledger.book.entry import Status
from projections.entries import Filter, list_entries
from projections.facts import ProjectedFacts
from projections.follower import Follower
from projections.sql import Tables
from projections.waiting import any_awaiting
from tests.projections.story import BOOK, everything

pytestmark = pytest.mark.sqlite  # a server keeps statistics and decides by them

Question = Callable[[Follower], object]


def plans(ledger: Ledger, question: Question) -> list[str]:
    """The plans of all statements that a question puts to the table of entries."""
    follower = Follower(ledger)
    follower.catch_up()
    asked: list[tuple[str, object]] = []

    def note(connection: Connection, cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "FROM entries" in statement.replace("\n", " "):
            asked.append((statement, parameters))

    event.listen(ledger.engine, "before_cursor_execute", note)
    question(follower)
    event.remove(ledger.engine, "before_cursor_execute", note)
    assert asked
    with ledger.engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        found = [driver.execute(f"EXPLAIN QUERY PLAN {each}", given).fetchall() for each, given in asked]
    return [str(row[3]) for rows in found for row in rows]


def _waits(tables: Tables) -> bool:
    return any_awaiting(tables, BOOK, date(2026, 12, 31), 10**6)


@pytest.mark.parametrize(
    "question",
    [
        _waits,
        lambda follower: ProjectedFacts(follower, BOOK).awaiting(),
        lambda follower: list_entries(follower, BOOK, Filter(status=Status.AWAITING)),
    ],
)
def test_what_waits_is_found_by_its_own_index(ledger: Ledger, question: Question) -> None:
    """A book has few entries that wait, however many it has: a statement of a million asks for them, too."""
    ledger.save(*everything())
    assert any("entries_awaiting" in plan for plan in plans(ledger, question))

"""The tables folded book by book: the same bytes as one fold of the log gives, whoever folds, whenever killed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fleet import rebuilding
from fleet.crew import Alone, Processes, Result, Task, Work
from fleet.place import Desk, Place, present_version
from fleet.rebuilding import rebuild
from ledger.application import Core, create_store
from ledger.application.integrity import books_of
from ledger.book.events import Result as SalesResult
from ledger.values.errors import Broken, PactbookError, Stale
from projections import tables
from projections.aside import begin, fold_book, put_in_place
from projections.follower import Follower
from tests.fleet.several import BOOKS, NOW, fill
from tests.projections.story import everything


def content(desk: Desk) -> list[bytes]:
    """All rows of all tables, as a reader finds them."""
    with desk.follower.reading() as connection:
        return list(tables.dump(connection))


def newest(desk: Desk) -> int:
    """The last position of the log."""
    return desk.ledger.recorder.max_notification_id() or 0


@pytest.fixture
def anywhere(store_url: str) -> Iterator[Desk]:
    """Several partnerships, one in which everything happened, and one with signatures, on each kind of database."""
    create_store(store_url)
    with Place(store_url, NOW, present_version()).open() as desk:
        ledger = desk.ledger
        ledger.save(*everything())
        for turn, book in enumerate(BOOKS[:3]):
            ledger.acting_as("a/ann")
            fill(ledger, book, 4 + turn)
        yield desk


def test_books_folded_one_by_one_give_the_same_rows(anywhere: Desk) -> None:
    """And in any order, in pages of any size, by several at once that know nothing of each other."""
    before = content(anywhere)
    books = anywhere.ledger.books.books()
    aside = begin(anywhere.ledger, books, newest(anywhere), "one")
    turns = [(book, page) for book in books for page in (1, 3, 50)]
    random.Random(5).shuffle(turns)
    for book, page in turns:
        assert fold_book(anywhere.ledger, book, aside, page) == anywhere.ledger.head(book).size
    put_in_place(anywhere.ledger, aside)
    assert content(anywhere) == before
    assert rebuild(anywhere, Alone(anywhere)) == anywhere.follower.rebuild() == 50 + _events(anywhere, BOOKS[:3])
    assert content(anywhere) == before


def test_a_book_that_begins_while_a_rebuild_begins_is_not_lost(anywhere: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which books there are is looked up after the position that is to be reached, so none falls in between."""

    def meanwhile(core: Core) -> list[Any]:
        found = books_of(core)
        fill(anywhere.ledger, BOOKS[3], 4)
        return found

    monkeypatch.setattr(rebuilding, "books_of", meanwhile)
    rebuild(anywhere, Alone(anywhere))
    assert BOOKS[3] in anywhere.ledger.books.books()
    found = content(anywhere)
    anywhere.follower.rebuild()
    assert content(anywhere) == found


def _events(desk: Desk, books: tuple[str, ...]) -> int:
    return sum(desk.ledger.head(book).size for book in books)


def test_the_tables_are_as_they_would_have_been_made(anywhere: Desk) -> None:
    """With the same indexes and keys, by name, also the second time."""
    before = _shape(anywhere)
    for _ in range(2):
        rebuild(anywhere, Alone(anywhere))
        assert _shape(anywhere) == before
    anywhere.follower.rebuild()
    assert _shape(anywhere) == before


def _shape(desk: Desk) -> list[tuple[Any, ...]]:
    sql = {
        "sqlite": "SELECT type, name, tbl_name FROM sqlite_master WHERE tbl_name NOT LIKE 'anew%' ORDER BY 1, 2",
        "postgresql": "SELECT tablename, indexname, replace(indexdef, 'public.', '') FROM pg_indexes"
        " WHERE schemaname = 'public' AND left(tablename, 4) <> 'anew' ORDER BY 1, 2",
    }[desk.ledger.engine.dialect.name]
    with desk.ledger.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


class Interrupted:
    """A crew that is stopped after so many books, and leaves the last one half done."""

    def __init__(self, desk: Desk, after: int) -> None:
        self._desk = desk
        self._after = after

    def each(self, work: Work[Task, Result], tasks: Mapping[Any, Task]) -> Iterator[tuple[Any, Result | PactbookError]]:
        for turn, (book, task) in enumerate(tasks.items()):
            if turn == self._after:
                raise KeyboardInterrupt
            yield book, work(self._desk, task)


def test_a_rebuild_that_is_stopped_leaves_the_tables_as_they_were(anywhere: Desk) -> None:
    """Readers see them whole; what is recorded afterwards is followed, and the next rebuild begins anew."""
    for after in range(4):
        before = content(anywhere)
        with pytest.raises(KeyboardInterrupt):
            rebuild(anywhere, Interrupted(anywhere, after))
        assert content(anywhere) == before
        anywhere.ledger.entries.record("p-1", f"L-{after}", _sale(after))
        assert len(content(anywhere)) > len(before)
    before = content(anywhere)
    rebuild(anywhere, Alone(anywhere))
    assert content(anywhere) == before


def _sale(n: int) -> SalesResult:
    return SalesResult(
        metric="sales", effective_on=date(2026, 2, 9), amount_minor=500 + n, currency="EUR", collected_by="a"
    )


def test_what_is_recorded_meanwhile_is_followed_afterwards(anywhere: Desk) -> None:
    """New events of a book that was folded already, and of one that is new."""
    aside = begin(anywhere.ledger, anywhere.ledger.books.books(), newest(anywhere), "one")
    for book in anywhere.ledger.books.books():
        fold_book(anywhere.ledger, book, aside)
    anywhere.ledger.entries.record("p-1", "LATE", _sale(1))
    anywhere.ledger.acting_as("a/ann")
    fill(anywhere.ledger, "p-9", 3)
    before = content(anywhere)
    put_in_place(anywhere.ledger, aside)
    assert content(Desk(anywhere.ledger, Follower(anywhere.ledger))) == before


def test_of_two_rebuilds_at_once_the_later_one_counts(anywhere: Desk) -> None:
    """The earlier one is told so, wherever it is; also where the tables are made anew from the log meanwhile."""
    before = content(anywhere)
    books = anywhere.ledger.books.books()
    first, second = (
        begin(anywhere.ledger, books, newest(anywhere), "one"),
        begin(anywhere.ledger, books, newest(anywhere), "two"),
    )
    with pytest.raises(Stale, match="another rebuild has begun meanwhile"):
        fold_book(anywhere.ledger, "p-1", first)
    with pytest.raises(Stale, match="another rebuild has begun meanwhile"):
        put_in_place(anywhere.ledger, first)
    for book in books:
        fold_book(anywhere.ledger, book, second)
    anywhere.follower.rebuild()
    with pytest.raises(Stale, match="another rebuild has begun meanwhile"):
        put_in_place(anywhere.ledger, second)
    assert content(anywhere) == before


def test_a_store_without_books_has_empty_tables(store_url: str) -> None:
    """Made all the same."""
    create_store(store_url)
    with Place(store_url, NOW, present_version()).open() as desk:
        before = content(desk)
        assert rebuild(desk, Alone(desk)) == 0
        assert content(desk) == before


def test_books_that_cannot_be_folded_are_all_named(desk: Desk, store: Path) -> None:
    """And the tables stay as they were."""
    before = content(desk)
    with desk.ledger.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER events_are_not_changed")
        connection.exec_driver_sql("UPDATE events SET topic = 'None.v1' WHERE seq = 4 AND book IN ('p-2', 'p-4')")
    with pytest.raises(Broken, match=r"the tables stay as they were: that of p-2 cannot be made .*; so is that of p-4"):
        rebuild(desk, Alone(desk))
    assert content(desk) == before


@pytest.mark.slow
def test_processes_fold_the_same(anywhere: Desk) -> None:
    """Several at once, on a file that has one writer at a time, and on a server."""
    before = content(anywhere)
    place = Place(anywhere.ledger.address, NOW, present_version())
    assert rebuild(anywhere, Processes(place, 3)) == anywhere.follower.catch_up()
    assert content(anywhere) == before

"""Following the log: a page of events, its rows and the new position in one transaction.

    follower = Follower(ledger)
    with follower.reading() as connection: ...     # caught up, and one moment of all tables

Whoever reads catches up first, so there is nobody whose job it is. Several processes may do so at once: each
works out the rows of a page on its own, and the one that moves the position writes them; the others find that
it has moved, and go on from there. A process that is killed leaves whole pages behind, or nothing of one.

Who may not write to the store reads the tables where they are in step with the log, and else folds the log into tables
of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock

from sqlalchemy import Connection, Table, select, tuple_
from sqlalchemy.exc import IntegrityError

from ledger.application import Core, ReadOnly, Recorded, Scratch
from ledger.book.events import Event
from ledger.settlement.knowledge import Facts
from ledger.values.errors import Broken
from projections import bulk, schema
from projections.facts import ProjectedFacts
from projections.folding import Frame, Rows, SumKey, fold
from projections.tables import agreements, totals

PAGE = 10_000
_MUCH = 10_000  #: how many events make it worth to take stock of the tables
_REBUILD = "run `pactbook rebuild`: it folds the tables anew from the events"
_AT_ONCE = 500  #: how many epochs of books one statement asks for

Progress = Callable[[int, int], None]
"""Told after each page: the position reached, and the last one there is."""


class Follower:
    """Keeps the tables of a store in step with its log; threads may share one, and take turns."""

    def __init__(self, core: Core, progress: Progress | None = None, page: int = PAGE) -> None:
        self.core = core
        self._home: Core | Scratch = core
        self._progress = progress
        self._page = page
        self._turn = RLock()
        self._position: int | None = None
        self._frames: dict[str, Frame] = {}

    def catch_up(self) -> int:
        """Write down everything that the log holds by now; returns the position reached.

        Raises `Broken` where the tables do not fit the log: they are ahead of it, or hold what is new already.
        """
        with self._turn:
            return self._catch_up()

    def _catch_up(self) -> int:
        try:
            return self._follow()
        except ReadOnly:
            if self._home is not self.core:
                raise
        self._home = self.core.scratch()
        self._forget()
        return self._follow()

    def _follow(self) -> int:
        written = 0
        while True:
            after = self._begin() if self._position is None else self._position
            page = self.core.recorded(after, self._page)
            if page and self._take(after, page):
                written += len(page)
            if len(page) < self._page and self._position is not None:
                break
        if written >= _MUCH:
            schema.take_stock(self._home)
        return self._position

    def rebuild(self) -> int:
        """Drop every row and fold the log anew, to the same content; returns the position reached.

        Whoever reads meanwhile waits for it, and helps.
        """
        with self._turn:
            with self.core.writing() as connection:
                schema.begin_anew(connection)
            self._forget()
            return self._catch_up()

    @contextmanager
    def reading(self, reached: int = 0) -> Iterator[Connection]:
        """A transaction that sees all tables at one moment, with everything in them that was recorded before.

        Where `reached` is given, what was recorded up to that position is enough.
        """
        wanted = reached or self.catch_up()
        while True:
            with self._home.reading() as connection:
                if schema.position_seen(connection) >= wanted:
                    yield connection
                    return
            with self._turn:
                self._forget()
                wanted = self._catch_up()

    def streams(self, names: Sequence[str]) -> Mapping[str, Sequence[Event]]:
        """The events of several streams, by stream."""
        return self.core.streams(names)

    def _begin(self) -> int:
        position = schema.prepare(self._home)
        last = self.core.recorder.max_notification_id() or 0
        if position > last:
            raise Broken(f"the tables follow the log up to position {position}, but it ends at {last}", _REBUILD)
        self._position = position
        return position

    def _forget(self) -> None:
        self._position = None
        self._frames.clear()

    def _take(self, after: int, page: Sequence[Recorded]) -> bool:
        """Write a page, unless another process was faster: then the position has to be looked up again."""
        rows = fold(page, self._frames, self.core.streams)
        last = page[-1].position
        try:
            with self._home.writing() as connection:
                moved = schema.move(connection, after, last)
                if moved:
                    write(connection, rows)
        except IntegrityError as error:
            message = f"the tables hold events already that come after position {after}, where they are said to end"
            raise Broken(message, _REBUILD) from error
        if not moved:
            self._forget()
            return False
        self._position = last
        if self._progress is not None:
            self._progress(last, self.core.recorder.max_notification_id() or last)
        return True


def projected(core: Core, book: str) -> Facts:
    """What a book knows now, for `Ledger(facts=projected)`."""
    return ProjectedFacts(Follower(core), book)


def write(connection: Connection, rows: Rows, into: Mapping[Table, Table] | None = None) -> None:
    """Write all that a page adds; `into` names other tables that are to hold it."""
    place = {} if into is None else into
    for table, new in rows.new.items():
        bulk.insert(connection, place.get(table, table), new)
    for table, ended in rows.ended.items():
        bulk.supersede(connection, place.get(table, table), ended)
    bulk.upsert(connection, place.get(agreements, agreements), list(rows.agreements.values()))
    sums = place.get(totals, totals)
    bulk.upsert(connection, sums, _added(connection, sums, rows.sums))


def _added(connection: Connection, totals: Table, sums: Mapping[SumKey, Sequence[int]]) -> list[bulk.Row]:
    """The rows of totals after sums were added to them. Added up here, where numbers have no limit."""
    held: dict[SumKey, Sequence[int]] = {}
    epochs = list({key[:2] for key in sums})
    for start in range(0, len(epochs), _AT_ONCE):
        some = epochs[start : start + _AT_ONCE]
        found = select(totals).where(tuple_(totals.c.book, totals.c.epoch).in_(some))
        for *key, amount, quantity, counted in connection.execute(found):
            held[tuple(key)] = int(amount), int(quantity), counted
    nothing = (0, 0, 0)
    added = {
        key: [before + more for before, more in zip(held.get(key, nothing), given, strict=True)]
        for key, given in sums.items()
    }
    return [(*key, str(amount), str(quantity), count) for key, (amount, quantity, count) in added.items()]

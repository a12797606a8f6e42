"""Whether what is stored agrees with itself: every event read again, every tree grown again, every seal tried again.

One pass over the log holds it against all that is said about it elsewhere: the columns beside the bytes, the
numbers, the leaves, the heads of the trees, the roots that closings recorded. Statements are then made anew
and compared with the digests that sealed them. Nothing is repaired here; what is wrong is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from eventsourcing.persistence import StoredEvent

from ledger.application.core import Core
from ledger.book.events import Event, PeriodClosed
from ledger.settlement import canonical
from ledger.settlement.closing import statement_of
from ledger.store.encoding import is_canonical
from ledger.store.engine import reading
from ledger.store.log import Log, Row, log_of
from ledger.store.proof import Frontier, leaf_hash
from ledger.values.errors import Broken, PactbookError

PAGE = 5_000
NAMED = 5  #: problems of one kind that are named; the rest are counted

Progress = Callable[[int], None]


@dataclass(slots=True)
class Check:
    """One thing that was checked: what was found, and what is wrong with it (nothing: it is sound)."""

    name: str
    found: str = ""
    problems: list[str] = field(default_factory=list)
    more: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def blame(self, problem: str) -> None:
        """Note something that is wrong; after a few, only count."""
        if len(self.problems) < NAMED:
            self.problems.append(problem)
        else:
            self.more += 1


def check_store(core: Core, progress: Progress = lambda count: None) -> Iterator[Check]:
    """Check everything that a store holds, part by part; `progress` is told how many events were read."""
    audit = _Audit(core)
    with reading(core.engine) as connection:
        log = log_of(connection)
        heads, last = _heads(log)
        for rows in _pages(log, last):
            for row in rows:
                audit.take(row)
            progress(len(rows))
        audit.finish(log, heads, last)
    yield from (audit.bytes, audit.columns, audit.order, audit.trees, audit.closings)
    yield from _settled(core, sorted(audit.grown), audit.periods)


def _heads(log: Log) -> tuple[dict[str, tuple[int, bytes]], int]:
    """The head of each book's tree, and the last position of the log, as of one moment."""
    rows = log.select("SELECT h.position, b.book, b.size, b.frontier FROM log_head h LEFT JOIN books b ON 1 = 1")
    if not rows:
        raise Broken("the store has lost the head of its log", "restore a backup")
    return {book: (size, bytes(frontier)) for _, book, size, frontier in rows if book is not None}, int(rows[0][0])


def _pages(log: Log, last: int) -> Iterator[list[Row]]:
    after = -1
    while True:
        rows = log.select(
            "SELECT position, book, seq, stream, version, topic, state, leaf FROM events"
            " WHERE position > ? AND position <= ? ORDER BY position LIMIT ?",
            after, last, PAGE,
        )  # fmt: skip
        if rows:
            yield list(rows)
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


class _Audit:
    """The checks that one pass over the log makes."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.bytes = Check("bytes")
        self.columns = Check("columns")
        self.order = Check("order")
        self.trees = Check("trees")
        self.closings = Check("closings")
        self.events = 0
        self.periods = 0
        self.grown: dict[str, Frontier] = {}

    def take(self, row: Row) -> None:
        """Check one event; they come in the order of their positions."""
        position, book, seq, stream, version, topic, state, leaf = row
        where, state = f"event {seq} of {book}", bytes(state)
        self.events += 1
        if position != self.events:
            self.order.blame(f"{where} is at position {position}, not {self.events}")
            self.events = position
        if seq != self._tree(book).size + 1:
            self.order.blame(f"{where} follows event {self._tree(book).size}")
        if not is_canonical(state):
            self.bytes.blame(f"{where} is not written as pactbook writes events")
        if leaf_hash(state) != bytes(leaf):
            self.trees.blame(f"{where} has another leaf than its bytes")
        event = self._event(StoredEvent(stream, version, topic, state), book, where)
        if isinstance(event, PeriodClosed):
            self._check_closing(event, book, seq)
        self.grown[book] = self.grown.get(book, Frontier()).push(leaf_hash(state))

    def _event(self, stored: StoredEvent, book: str, where: str) -> Event | None:
        try:
            event = self._core.mapper.to_domain_event(stored)
        except PactbookError as error:
            self.columns.blame(f"{where}: {error.message}")
            return None
        assert isinstance(event, Event)
        if event.book != book:
            self.columns.blame(f"{where} says that it belongs to {event.book}")
        return event

    def _check_closing(self, event: PeriodClosed, book: str, seq: int) -> None:
        self.periods += 1
        head = self._tree(book).head()
        if event.cutoff_seq != seq - 1:
            self.closings.blame(f"the close of {book}/{event.period} counted {event.cutoff_seq} events, not {seq - 1}")
        elif head.root.hex() != event.root:
            self.closings.blame(f"the close of {book}/{event.period} recorded another root than its events have")

    def _tree(self, book: str) -> Frontier:
        return self.grown.get(book, Frontier())

    def finish(self, log: Log, heads: dict[str, tuple[int, bytes]], last: int) -> None:
        """Compare what was found with the heads, and say how much was checked."""
        if self.events != last:
            self.order.blame(f"the log ends at position {self.events}, its head says {last}")
        for book in sorted({*heads, *self.grown}):
            if heads.get(book) != (self._tree(book).size, self._tree(book).to_bytes()):
                self.trees.blame(f"the tree of {book} is not the one that its events make")
        for (stream,) in log.select(
            "SELECT stream FROM events WHERE position <= ? GROUP BY stream"
            " HAVING min(version) <> 1 OR max(version) <> count(*) ORDER BY stream LIMIT 100",
            last,
        ):
            self.order.blame(f"the versions of {stream} have gaps")
        size, books = f"{self.events:,}", f"{len(self.grown):,}"
        self.bytes.found = f"{size} events are written in canonical form"
        self.columns.found = f"{size} events agree with their columns"
        self.order.found = "positions, seqs and versions have no gaps"
        self.trees.found = f"{size} leaves and {books} tree heads are those of the events"
        self.closings.found = f"{self.periods:,} closings have the cut-off and the root of their moment"


def _settled(core: Core, books: list[str], periods: int) -> Iterator[Check]:
    statements = Check("statements", f"{periods:,} sealed statements have the digests that were recorded")
    tables = Check("projections", "the tables agree with the events")
    for book in books:
        try:
            _check_book(core, book, statements, tables)
        except PactbookError as error:
            statements.blame(f"{book} cannot be settled: {error.message}")
    yield statements
    yield tables


def _check_book(core: Core, book: str, statements: Check, tables: Check) -> None:
    facts, replay = core.facts(book), core.replay(book)
    closings = replay.closings()
    if facts.head() != replay.head() or facts.closings() != closings:
        tables.blame(f"the tables of {book} know other events")
    elif closings and facts.knowledge() != replay.knowledge():
        tables.blame(f"the tables of {book} have other totals")
    for closing in closings:
        if canonical.digest(statement_of(facts, closing.period)) == closing.statement:
            continue
        if canonical.digest(statement_of(replay, closing.period)) == closing.statement:
            tables.blame(f"the tables give another statement of {book}/{closing.period}")
        else:
            statements.blame(f"the statement of {book}/{closing.period} is not the one that was issued")

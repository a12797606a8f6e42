"""Whether what is stored agrees with itself: every event read again, every tree grown again, every seal tried again.

One pass over the log holds it against all that is said about it elsewhere: the columns beside the bytes, the
numbers, the leaves, the heads of the trees, the roots that closings recorded. Statements are then made anew
and compared with what the closings say of them. Nothing is repaired here; what is wrong is named. Whether the
projections agree with the log is examined beside them (`projections.check`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from eventsourcing.persistence import StoredEvent

from ledger.application.core import Core
from ledger.book.events import Event, PeriodClosed
from ledger.bundle.partners import PartnerAudit
from ledger.bundle.report import Check
from ledger.settlement import canonical
from ledger.settlement.closing import statement_of
from ledger.settlement.knowledge import Facts
from ledger.settlement.statement import Statement
from ledger.store.encoding import is_canonical
from ledger.store.engine import reading
from ledger.store.failures import StoreBusy, StoreUnavailable
from ledger.store.log import Log, NodeRow, Row, log_of
from ledger.store.proof import TILE_LEVELS, Frontier, leaf_hash
from ledger.store.schema import flaws
from ledger.values.errors import Broken, PactbookError

PAGE = 5_000
_LEVELS = range(TILE_LEVELS, 64, TILE_LEVELS)
_FIRST = 1 - 2**63  #: the smallest position that a table can hold

Progress = Callable[[int], None]


@contextmanager
def examining(check: Check, what: str) -> Iterator[None]:
    """Blame on a check whatever ends an examination, for what is stored may be anything at all.

    Only that the database cannot be asked is no finding: `StoreBusy` and `StoreUnavailable` are raised.
    """
    try:
        yield
    except (StoreBusy, StoreUnavailable):
        raise
    except PactbookError as error:
        check.blame(f"{what}: {error.message}")
    except Exception as error:
        check.blame(f"{what}: {type(error).__name__}: {str(error).partition(chr(10))[0]}")


def check_frame(core: Core) -> Check:
    """Check the version of a store and the guards of its events. Raises `Broken` where a table is gone."""
    frame = Check("schema", "the store has the version of this pactbook, and its events are guarded")
    for flaw in flaws(core.engine):
        frame.blame(flaw)
    return frame


class Beholder(Protocol):
    """Whoever checks more of the events that pass by, and of the statements that follow from them."""

    def take(self, book: str, seq: int, tree: Frontier, event: Event | None) -> None:
        """One event of a book, None for one that cannot be read, and the tree with it."""

    def settle(self, name: str, made: Statement) -> None:
        """A sealed statement, made anew."""


def check_store(
    core: Core,
    progress: Progress = lambda count: None,
    facts: Callable[[str], Facts] | None = None,
    *,
    book: str | None = None,
    beholder: Beholder | None = None,
) -> Iterator[Check]:
    """Check everything that a store holds, or all of one book; `progress` is told how many events were read.

    `facts` tells what statements are made from, where it is known to agree with the log: else from its replay.
    `beholder` is shown every event and every sealed statement.
    """
    audit = _Audit(core, book, beholder)
    with reading(core.engine) as connection:
        log = log_of(connection)
        heads, said, last = _heads(log)
        for rows in _pages(log, max(said, last), book):
            for row in rows:
                audit.take(row)
            progress(len(rows))
        audit.finish(log, heads, said, last)
    yield from (audit.bytes, audit.columns, audit.order, audit.trees, audit.closings, audit.partners.check())
    yield _settled(facts or core.replay, sorted(audit.grown, key=str), audit.periods, beholder)


def _heads(log: Log) -> tuple[dict[str, tuple[Any, Any]], int, int]:
    """The head of each book's tree, the last position as the log's head says, and the last there is: at one moment."""
    rows = log.select(
        "SELECT h.position, (SELECT max(position) FROM events), b.book, b.size, b.frontier"
        " FROM log_head h LEFT JOIN books b ON 1 = 1"
    )
    if not rows or not isinstance(rows[0][0], int):
        raise Broken("the store has lost the head of its log", "restore a backup")
    heads = {book: (size, frontier) for *_, book, size, frontier in rows if book is not None}
    return heads, rows[0][0], rows[0][1] or 0


def _pages(log: Log, last: int, book: str | None) -> Iterator[list[Row]]:
    after = _FIRST - 1
    wanted, names = ("", ()) if book is None else (" AND book = ?", (book,))
    while True:
        rows = log.select(
            "SELECT position, book, seq, stream, version, topic, state, leaf FROM events"
            f" WHERE position > ? AND position <= ?{wanted} ORDER BY position LIMIT ?",
            after, last, *names, PAGE,
        )  # fmt: skip
        if rows:
            yield list(rows)
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


class _Audit:
    """The checks that one pass over the log makes, or over one book of it."""

    def __init__(self, core: Core, book: str | None, beholder: Beholder | None) -> None:
        self._core = core
        self._book = book
        self._beholder = beholder
        self.bytes = Check("bytes")
        self.columns = Check("columns")
        self.order = Check("order")
        self.trees = Check("trees")
        self.closings = Check("closings")
        self.partners = PartnerAudit()
        self.events = 0
        self.periods = 0
        self.grown: dict[str, Frontier] = {}
        self.nodes: list[NodeRow] = []

    def take(self, row: Row) -> None:
        """Check one event; they come in the order of their positions."""
        position, book, seq, stream, version, topic, state, leaf = row
        kept: Any = state
        where = f"event {seq} of {book}"
        self.events += 1
        if self._book is None and position != self.events:
            self.order.blame(f"{where} is at position {position}, not {self.events}")
            self.events = position
        if seq != self._tree(book).size + 1:
            self.order.blame(f"{where} follows event {self._tree(book).size}")
        if not isinstance(kept, bytes):
            self.bytes.blame(f"{where} is not kept as bytes")
            state = str(kept).encode()
        elif not is_canonical(state):
            self.bytes.blame(f"{where} is not written as pactbook writes events")
        if leaf_hash(state) != leaf:
            self.trees.blame(f"{where} has another leaf than its bytes")
        event = self._event(StoredEvent(stream, version, topic, state), book, where)
        if isinstance(event, PeriodClosed):
            self._check_closing(event, book, seq)
        if event is not None:
            self.partners.take(event, where)
        self.grown[book], completed = self.grown.get(book, Frontier()).grow((leaf_hash(state),))
        self.nodes += [(book, *node) for node in completed]
        if self._beholder is not None:
            self._beholder.take(book, seq, self.grown[book], event)

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

    def finish(self, log: Log, heads: dict[str, tuple[Any, Any]], said: int, last: int) -> None:
        """Compare what was found with the heads, and say how much was checked."""
        if self._book is not None:
            heads = {book: head for book, head in heads.items() if book == self._book}
        if said != last:
            self.order.blame(f"the log ends at position {last}, its head says {said}")
        for book in sorted({*heads, *self.grown}, key=str):
            if book not in self.grown:
                self.trees.blame(f"there is a tree of {book}, which has no events")
            elif heads.get(book) != (self._tree(book).size, self._tree(book).to_bytes()):
                self.trees.blame(f"the tree of {book} is not the one that its events make")
        self._compare_nodes(log)
        wanted, names = ("", ()) if self._book is None else (" AND book = ?", (self._book,))
        for (stream,) in log.select(
            f"SELECT stream FROM events WHERE position <= ?{wanted} GROUP BY stream"
            " HAVING min(version) <> 1 OR max(version) <> count(*) ORDER BY stream LIMIT 100",
            max(said, last),
            *names,
        ):
            self.order.blame(f"the versions of {stream} have gaps")
        size, books = f"{self.events:,}", f"{len(self.grown):,}"
        self.bytes.found = f"{size} events are written in canonical form"
        self.columns.found = f"{size} events agree with their columns"
        self.order.found = "positions, seqs and versions have no gaps"
        self.trees.found = f"{size} leaves and {books} tree heads are those of the events"
        self.closings.found = f"{self.periods:,} closings have the cut-off and the root of their moment"

    def _compare_nodes(self, log: Log) -> None:
        """What is kept for proofs has to be what the events make; what was recorded since the pass does no harm."""
        made = {node[:3]: node[3] for node in self.nodes}
        wanted, names = ("", ()) if self._book is None else (" WHERE n.book = ?", (self._book,))
        kept_nodes = log.select(
            "SELECT n.book, n.level, n.place, n.hash, b.size FROM nodes n LEFT JOIN books b ON b.book = n.book"
            f"{wanted} ORDER BY 1, 2, 3",
            *names,
        )
        for book, level, place, kept, present in kept_nodes:
            here = (book, level, place)
            if here not in made and not _may_follow(level, place, self._tree(book).size, present):
                self.trees.blame(f"there is a node {level}/{place} of {book} that its events do not make")
            elif made.pop(here, kept) != kept:
                self.trees.blame(f"the node {level}/{place} of {book} is not the one that its events make")
        for book, level, place in made:
            self.trees.blame(f"the node {level}/{place} of {book} is gone")


def _may_follow(level: Any, place: Any, size: int, present: Any) -> bool:
    """Whether a node can be of events beyond a size, up to the present one; what is no place in a tree never is."""
    if not all(isinstance(each, int) for each in (level, place, present)) or level not in _LEVELS:
        return False
    return bool(size < (place + 1) << level <= present)


def _settled(facts: Callable[[str], Facts], books: list[str], periods: int, beholder: Beholder | None = None) -> Check:
    statements = Check("statements", f"{periods:,} sealed statements have the digests and balances that were recorded")
    for book in books:
        with examining(statements, f"{book} cannot be settled"):
            _check_statements(book, facts(book), statements, beholder)
    return statements


def _check_statements(book: str, facts: Facts, statements: Check, beholder: Beholder | None) -> None:
    for closing in facts.closings():
        made, name = statement_of(facts, closing.period), f"{book}/{closing.period}"
        if canonical.digest(made) != closing.statement:
            statements.blame(f"the statement of {name} is not the one that was issued")
        if closing.currency != made.terms.unit.code:
            statements.blame(f"the close of {name} recorded balances in {closing.currency}, not {made.terms.unit.code}")
        if closing.closing_minor != {account.party: account.closing.minor for account in made.accounts}:
            statements.blame(f"the close of {name} recorded other balances than its statement has")
        if beholder is not None:
            beholder.settle(name, made)

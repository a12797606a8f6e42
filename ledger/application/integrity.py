"""Whether what is stored agrees with itself: every event read again, every tree grown again, every seal tried again.

Books have nothing to do with each other, so each is examined alone, wherever there is a process to do it. One pass over
its events holds them against all that is said about them elsewhere: the columns beside the bytes, the numbers, the
leaves, the head of the tree, the roots that closings recorded. Statements are then made anew and compared with what
the closings say of them. Of the log as a whole there is only left that its positions have no gaps. Nothing is repaired
here; what is wrong is named. Whether the projections agree with the log is examined beside them (`projections.check`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from ledger.application.core import Core
from ledger.application.tree_audit import PAGE, OrderAudit, TreeAudit, pages
from ledger.book.events import Event, PeriodClosed
from ledger.bundle.partners import PartnerAudit
from ledger.bundle.report import Check, many, together
from ledger.settlement import canonical
from ledger.settlement.closing import statement_of
from ledger.settlement.knowledge import Facts
from ledger.settlement.statement import Statement
from ledger.store.encoding import is_written_so, read_stored
from ledger.store.engine import reading
from ledger.store.failures import StoreBusy, StoreUnavailable
from ledger.store.log import Log, log_of
from ledger.store.proof import Frontier
from ledger.store.schema import flaws
from ledger.values.errors import Broken, PactbookError

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

    def take(self, seq: int, tree: Frontier, event: Event | None) -> None:
        """One event of the book, None for one that cannot be read, and the tree with it."""

    def settle(self, name: str, made: Statement) -> None:
        """A sealed statement, made anew."""


def check_store(core: Core) -> Iterator[Check]:
    """Check everything that a store holds, one book after the other."""
    order = check_log(core)
    books = [each for book in books_of(core) for each in check_book(core, book)]
    yield from together([*books, order])


def books_of(core: Core) -> list[Any]:
    """Every book that the store says anything of, in order of names; also one that has a tree and no events, say."""
    found: set[Any] = set()
    with reading(core.engine) as connection:
        log = log_of(connection)
        for table in ("events", "books", "nodes"):
            found |= {book for (book,) in log.select(_BOOKS.format(table))}
    return sorted(found, key=str)


#: The books of a table, from one to the next in an index that begins with them: events are not counted for it.
_BOOKS = (
    "WITH RECURSIVE named (book) AS (SELECT min(book) FROM {0} UNION ALL"
    " SELECT (SELECT min(book) FROM {0} WHERE book > named.book) FROM named WHERE named.book IS NOT NULL)"
    " SELECT book FROM named WHERE book IS NOT NULL"
)


def check_log(core: Core) -> Check:
    """Check the log as a whole: its positions have no gaps, and it ends where its head says.

    Raises `Broken` where it has no head.
    """
    order = Check("order", "positions have no gaps")
    with reading(core.engine) as connection:
        log = log_of(connection)
        rows = log.select(
            "SELECT h.position, e.*"
            " FROM log_head h, (SELECT count(*), count(book), min(position), max(position) FROM events) e"
        )
        if not rows or not isinstance(rows[0][0], int):
            raise Broken("the store has lost the head of its log", "restore a backup")
        said, count, in_books, first, last = rows[0]
        if count and (first, last) != (1, count):
            order.blame(f"there are {count:,} events, at positions from {first} to {last}")
            _name_gaps(log, order)
    if count != in_books:
        order.blame(f"there are {count - in_books:,} events of no book")
    if said != (last or 0):
        order.blame(f"the log ends at position {last or 0}, its head says {said}")
    return order


def _name_gaps(log: Log, order: Check) -> None:
    expected = 0
    after: tuple[int, ...] = ()
    while rows := log.select(
        f"SELECT position, seq, book FROM events {'WHERE position > ?' if after else ''} ORDER BY position LIMIT ?",
        *after, PAGE,
    ):  # fmt: skip
        for position, seq, book in rows:
            expected += 1
            if position != expected:
                order.blame(f"event {seq} of {book} is at position {position}, not {expected}")
                expected = position
        after = (rows[-1][0],)


def check_book(
    core: Core,
    book: Any,
    progress: Progress = lambda count: None,
    facts: Callable[[str], Facts] | None = None,
    beholder: Beholder | None = None,
) -> list[Check]:
    """Check everything that a store holds of one book; `progress` is told how many events were read.

    `facts` tells what statements are made from, where it is known to agree with the log: else from its replay.
    `beholder` is shown every event and every sealed statement.
    """
    audit = _Audit(book, beholder)
    with reading(core.engine) as connection:
        log = log_of(connection)
        for rows in pages(log, "position, book, stream, version, topic, state, leaf", book):
            for row in rows:
                audit.take(row)
            progress(len(rows))
        audit.finish(log)
    return [*audit.checks(), _settled(facts or core.replay, book, audit, beholder)]


def event_of(columns: Check, book: Any, stored: tuple[str, int, str, bytes], where: str) -> Event | None:
    """The event that is stored under a stream, version and topic; None, and the columns are blamed, where it is not."""
    try:
        event = read_stored(*stored)
    except PactbookError as error:
        columns.blame(f"{where}: {error.message}")
        return None
    if event.book != book:
        columns.blame(f"{where} says that it belongs to {event.book}")
    return event


class _Audit:
    """The checks that one pass over a book makes."""

    def __init__(self, book: Any, beholder: Beholder | None) -> None:
        self._book = book
        self._beholder = beholder
        self._bytes = Check("bytes")
        self._columns = Check("columns")
        self._numbers = OrderAudit(book, _ORDERED)
        self._partners = PartnerAudit()
        self.grown = TreeAudit(book)

    def take(self, row: Sequence[Any]) -> None:
        """Check one event; they come in the order of their seqs."""
        position, book, stream, version, topic, kept, leaf, seq = row
        state: bytes = kept
        where = f"event {seq} of {book}"
        self._numbers.take(position, seq)
        if not isinstance(kept, bytes):
            self._bytes.blame(f"{where} is not kept as bytes")
            state = str(kept).encode()
        event = event_of(self._columns, self._book, (stream, version, topic, state), where)
        if isinstance(kept, bytes) and not is_written_so(event, state):
            self._bytes.blame(f"{where} is not written as pactbook writes events")
        leaves = self.grown.leaves((seq,), (state,), (leaf,))
        if isinstance(event, PeriodClosed):
            self.grown.close(event, seq)
        if event is not None:
            self._partners.take(event, where)
        self.grown.grow(leaves)
        if self._beholder is not None:
            self._beholder.take(seq, self.grown.tree, event)

    def finish(self, log: Log) -> None:
        """Compare what was found with what the store says of the book's tree and streams."""
        self.grown.finish(log)
        for (stream,) in log.select(
            "SELECT stream FROM events WHERE book = ? GROUP BY stream"
            " HAVING min(version) <> 1 OR max(version) <> count(*) ORDER BY stream LIMIT 100",
            self._book,
        ):
            self._numbers.order.blame(f"the versions of {stream} have gaps")

    def checks(self) -> Iterator[Check]:
        """What was found."""
        size = self.grown.tree.size
        self._bytes.tell(_canonical, size)
        self._columns.tell(agreeing, size)
        yield from (self._bytes, self._columns, self._numbers.order, *self.grown.checks(), self._partners.check())


_ORDERED = "positions, seqs and versions have no gaps"


def _canonical(events: int) -> str:
    return f"{many(events, 'event')}: in canonical form"


def agreeing(events: int) -> str:
    """What is found of columns that nothing is wrong with."""
    return f"{many(events, 'event')}: as their columns say"


def _sealed(periods: int) -> str:
    return f"{many(periods, 'sealed statement')}: with the digests and balances that were recorded"


def _settled(facts: Callable[[str], Facts], book: Any, audit: _Audit, beholder: Beholder | None) -> Check:
    statements = Check("statements")
    statements.tell(_sealed, audit.grown.periods)
    if audit.grown.tree.size:
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

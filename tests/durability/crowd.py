"""Many processes at one store: each writes, and what was acknowledged to it is written down beside it.

Whatever reaches one of them as an error ends it, and fails the test: nobody has to know that others are at work.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from ledger.application import Ledger, create_store
from ledger.book.events import Result
from ledger.terms.written.document import parse_terms
from ledger.values.errors import Stale
from ledger.values.periods import parse_period
from projections.facts import ProjectedFacts
from projections.follower import Follower
from tests.cli.conftest import TERMS
from tests.durability.killing import CONTEXT

BOOK = "acme-jot"
NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
_PATIENCE = 300

Work = Callable[["Worker"], None]


class Worker:
    """One process of a crowd: its number, the ledger, and where it writes down what was acknowledged."""

    def __init__(self, url: str, folder: Path, number: int, turns: int) -> None:
        self.url = url
        self.number = number
        self.turns = turns
        self.ledger = Ledger(url, "acme/ann", lambda: NOW, lambda _, book: ProjectedFacts(self.follower, book))
        self.follower = Follower(self.ledger)
        self._mark = os.open(folder / f"{number}.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def acknowledge(self, what: str) -> None:
        """Write down what has been done, so that it stays written down whatever happens to this process."""
        os.write(self._mark, f"{what}\n".encode())


def make(url: str, *books: str) -> None:
    """A store with agreements in force."""
    create_store(url)
    ledger = Ledger(url, "acme/ann", lambda: datetime(2026, 1, 2, tzinfo=UTC))
    for book in books:
        ledger.acting_as("acme/ann")
        ledger.agreements.propose(parse_terms(TERMS.replace(BOOK, book)))
        ledger.acting_as("jot/leo")
        ledger.agreements.accept(book)
    ledger.close()


def sale(number: int) -> Result:
    """Money that Acme collected, on some day of the year."""
    day = date(2026, number % 12 + 1, number % 28 + 1)
    return Result(metric="sales", effective_on=day, amount_minor=100 + number, currency="EUR", collected_by="acme")


# --- what they do -------------------------------------------------------------------------------------------


def write_same_book(worker: Worker) -> None:
    """Record entries of one's own in the book that all share."""
    for turn in range(worker.turns):
        reference = f"W{worker.number}-{turn}"
        worker.ledger.entries.record(BOOK, reference, sale(turn))
        worker.acknowledge(f"{BOOK}/entry/{reference}")


def write_own_book(worker: Worker) -> None:
    """Record entries in a book of one's own."""
    for turn in range(worker.turns):
        worker.ledger.entries.record(f"book-{worker.number}", f"W-{turn}", sale(turn))
        worker.acknowledge(f"book-{worker.number}/entry/W-{turn}")


def write_same_entries(worker: Worker) -> None:
    """Record what all the others record as well."""
    for turn in range(worker.turns):
        worker.ledger.entries.record(BOOK, f"R-{turn}", sale(turn))
        worker.acknowledge(f"{BOOK}/entry/R-{turn}")


def close_months(worker: Worker) -> None:
    """Close one month after the other while others record; who is overtaken again and again repeats the command."""
    for month in range(1, 13):
        while True:
            try:
                worker.ledger.statements.close(BOOK, parse_period(f"2026-{month:02d}"))
            except Stale:
                worker.acknowledge("stale")
                continue
            worker.acknowledge(f"closed {month}")
            break


def rebuild(worker: Worker) -> None:
    """Drop the tables and fold them anew, a few times."""
    for _ in range(3):
        worker.follower.rebuild()


def read(worker: Worker) -> None:
    """Ask for balances again and again; what was there stays there."""
    seen = 0
    for _ in range(worker.turns):
        head = worker.ledger.facts(BOOK).head()
        assert head >= seen
        seen = head
        worker.ledger.statements.draft(BOOK)


# --- all of them at once ------------------------------------------------------------------------------------


def at_once(url: str, folder: Path, works: Sequence[Work], turns: int) -> list[str]:
    """Have all of them work at the same time, to a good end; returns everything that was acknowledged."""
    barrier = CONTEXT.Barrier(len(works))
    crowd = [
        CONTEXT.Process(target=_work, args=(work, url, folder, number, turns, barrier))
        for number, work in enumerate(works)
    ]
    for process in crowd:
        process.start()
    try:
        for process in crowd:
            process.join(_PATIENCE)
    finally:
        _end(crowd)
    errors = [path.read_text() for path in sorted(folder.glob("*.err"))]
    assert [process.exitcode for process in crowd] == [0] * len(crowd), "\n".join(errors)
    return [line for number in range(len(works)) for line in (folder / f"{number}.txt").read_text().splitlines()]


def _work(work: Work, url: str, folder: Path, number: int, turns: int, barrier: object) -> None:
    os.dup2(os.open(folder / f"{number}.err", os.O_WRONLY | os.O_CREAT, 0o644), sys.stderr.fileno())
    worker = Worker(url, folder, number, turns)
    barrier.wait()  # type: ignore[attr-defined]
    work(worker)
    worker.ledger.close()


def _end(crowd: Sequence[ForkServerProcess]) -> None:
    for process in crowd:
        if process.is_alive():
            process.kill()


def recorded(url: str) -> Counter[str]:
    """How many events each stream has."""
    ledger = Ledger(url)
    try:
        return Counter(str(each.originator_id) for each in ledger.books.select_notifications(None, 10_000_000))
    finally:
        ledger.close()

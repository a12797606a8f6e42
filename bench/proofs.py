"""What proofs cost: appending with and without the tree, checking a bundle beside plain SHA-256, proofs of large books.

    make bench-proofs                # or: python -m bench.proofs [SMALL MIDDLE LARGE]

Every figure is the median of several runs, on a store in a temporary SQLite file, by the time of this process: waiting
for a disk, or for others on the same machine, is left out.
"""

from __future__ import annotations

import hashlib
import io
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from unittest.mock import patch

from ledger.application import Ledger, create_store
from ledger.book.events import Event, Result, ResultReported, Stamp
from ledger.bundle.contents import BOOK as LINES
from ledger.bundle.verify import verify
from ledger.store import appender, log
from ledger.store.encoding import EventMapper
from ledger.store.engine import reading
from ledger.store.log import log_of
from ledger.store.proof import Frontier, Head, verify_consistency, verify_inclusion
from ledger.store.tree import Tree
from ledger.terms.written.document import parse_terms

BOOK, BATCH, RUNS = "a-b", 1000, 5
TERMS = """\
agreement: a-b
title: A and B
parties: {a: {name: A}, b: {name: B}}
currency: EUR
periods: {every: month, from: 2026-01-01}
pool: {results: [sales]}
shares: [split: {a: 50%, b: 50%}]
losses: as profits
"""


def new_ledger(folder: str) -> Ledger:
    """A ledger on a store of its own, which an agreement is in force in."""
    url = f"sqlite:///{Path(folder) / 'book.db'}"
    create_store(url)
    ledger = Ledger(url, "a/ann", now=lambda: datetime(2026, 2, 1, tzinfo=UTC))
    ledger.agreements.propose(parse_terms(TERMS))
    ledger.acting_as("b/bo")
    ledger.agreements.accept(BOOK)
    return ledger


def results(start: int, end: int) -> list[Event]:
    """So many results of a million euros in all, each a little event of some 400 bytes."""
    day, at = date(2026, 1, 5), datetime(2026, 1, 31, tzinfo=UTC)
    fact = Result(metric="sales", effective_on=day, amount_minor=100, currency="EUR", collected_by="a")
    return [
        ResultReported(fact=fact, **Stamp("a/ann", at, f"{number:032x}").on(f"{BOOK}/entry/S-{number:07d}", 1))
        for number in range(start, end)
    ]


def timed(run: Callable[[], object]) -> float:
    """The seconds that something takes."""
    start = process_time()
    run()
    return process_time() - start


def often(run: Callable[[], object], runs: int = RUNS) -> float:
    """The median of several runs, in seconds."""
    return median(timed(run) for _ in range(runs))


@contextmanager
def without_tree() -> Iterator[None]:
    """Appending as it would be without a tree: no leaf is hashed, and nothing is grown."""

    class Bare(Frontier, frozen=True):
        def grow(self, leaves: Iterable[bytes]) -> tuple[Frontier, list[object]]:  # type: ignore[override]  # no nodes, so of no type
            return Bare(self.size + len(list(leaves))), []

        @classmethod
        def from_bytes(cls, data: bytes) -> Bare:
            return cls(int.from_bytes(data[:8], "big"))

    with patch.object(appender, "leaf_hash", lambda data: bytes(32)), patch.object(log, "Frontier", Bare):
        yield


def append_cost() -> float:
    """Microseconds for an event appended, in batches: recording alone, its encoding left out."""
    with tempfile.TemporaryDirectory() as folder:
        ledger, mapper, times = new_ledger(folder), EventMapper(), []
        for number in range(10):
            stored = [mapper.to_stored_event(event) for event in results(number * BATCH, (number + 1) * BATCH)]
            times.append(timed(partial(ledger.books.insert_events, stored)))
        ledger.close()
    return median(times) / BATCH * 1e6


def fill(ledger: Ledger, start: int, end: int) -> None:
    """Append events until there are so many."""
    mapper = EventMapper()
    for at in range(start, end, 10_000):
        upto = min(end, at + 10_000)
        ledger.books.insert_events([mapper.to_stored_event(event) for event in results(at, upto)])


def verify_speed(ledger: Ledger, size: int) -> tuple[float, float, float]:
    """Events per second: checked by `audit verify`, and hashed by SHA-256 alone; and the events' size in megabytes."""
    out = io.BytesIO()
    ledger.audit.export(BOOK, out)
    data = out.getvalue()
    lines = b"".join(each for name, each in _members(data) if name == LINES).splitlines()

    def check() -> None:
        assert all(each.ok for each in verify(io.BytesIO(data)))

    checking = often(check, 3 if size < 50_000 else 1)
    hashing = often(lambda: [hashlib.sha256(line).digest() for line in lines])
    return size / checking, size / hashing, sum(map(len, lines)) / 1e6


def _members(data: bytes) -> Iterable[tuple[str, bytes]]:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield from ((name, archive.read(name)) for name in archive.namelist())


def proofs(ledger: Ledger) -> tuple[int, float, float, int, float, float]:
    """Hashes and milliseconds (made, verified) of an inclusion proof, then of a consistency proof."""
    size = ledger.head(BOOK).size
    seq, first = size // 3 + 1, size // 2 + 1
    with reading(ledger.engine) as connection:
        tree = Tree(log_of(connection), BOOK)
        inclusion, consistency = tree.inclusion(seq), tree.consistency(first)
        head, early, leaf = tree.head(), tree.head(first), tree.leaf(seq)
        made = often(lambda: tree.inclusion(seq)) * 1e3, often(lambda: tree.consistency(first)) * 1e3
    held = (
        often(lambda: verify_inclusion(leaf, seq - 1, head.size, inclusion, head.root)) * 1e3,
        often(lambda: verify_consistency(Head(first, early.root), head, consistency)) * 1e3,
    )
    return len(inclusion), made[0], held[0], len(consistency), made[1], held[1]


def main(sizes: list[int]) -> None:
    """Print the tables."""
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    bare, grown = [], []
    for _ in range(RUNS):
        with without_tree():
            bare.append(append_cost())
        grown.append(append_cost())
    print(f"append, batches of {BATCH:,}: {median(grown):.1f} us an event; without the tree {median(bare):.1f} us\n")
    print("| events | inclusion: hashes | made | verified | consistency: hashes | made | verified |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        ledger, there, checked = new_ledger(folder), 0, []
        for size in sizes:
            fill(ledger, there, size - 2)
            there = size - 2
            count, made, held, further, second, third = proofs(ledger)
            row = (
                f"| {size:,} | {count} | {made:.1f} ms | {held:.2f} ms | {further} | {second:.1f} ms | {third:.2f} ms |"
            )
            print(row, flush=True)
            if size <= 100_000:
                checked.append((size, *verify_speed(ledger, size)))
        ledger.close()
    print("\n| events | megabytes | `audit verify` | SHA-256 of the same bytes |")
    print("| ---: | ---: | ---: | ---: |")
    for size, speed, plain, megabytes in checked:
        print(f"| {size:,} | {megabytes:.1f} | {speed:,.0f} events/s | {plain:,.0f} events/s |")


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [1_000, 100_000, 1_000_000])

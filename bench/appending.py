"""Recording: in batches, one at a time, and by many threads at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from bench.material import BATCH, BOOK, events, fact, make_store, reference
from bench.measuring import Row, Scale, Turns, in_turn, middle, per_second, timed
from bench.raw import Raw, RawPostgreSQL, RawSQLite
from bench.servers import database, server
from ledger.application import Ledger
from ledger.store.encoding import EventMapper
from ledger.store.proof import leaf_hash

THREADS, SINGLES = 32, 200


@contextmanager
def stores() -> Iterator[list[tuple[str, Ledger, Raw]]]:
    """A store of each kind of database, and beside it a bare table."""
    with tempfile.TemporaryDirectory() as folder, server() as url, database(url) as one, database(url) as other:
        made: list[tuple[str, Ledger, Raw]] = [
            ("SQLite", make_store(f"sqlite:///{Path(folder) / 'book.db'}"), RawSQLite(Path(folder) / "raw.db")),
            ("PostgreSQL", make_store(one), RawPostgreSQL(other)),
        ]
        yield made
        for _, ledger, raw in made:
            ledger.close()
            raw.close()


def measure(scale: Scale) -> Iterator[Row]:
    """The rows of the table."""
    with stores() as made:
        numbers = count()
        for name, ledger, raw in made:
            yield batches(name, ledger, raw, numbers, 40 if scale.full else 15)
        for name, ledger, raw in made:
            yield singles(name, ledger, raw, numbers, 15 if scale.full else 7)
        for name, ledger, _ in made:
            yield threads(name, ledger, numbers, 7 if scale.full else 3)


def one_by_one(raw: Raw, rows: list[tuple[Any, ...]]) -> None:
    """Each row in a transaction of its own."""
    for row in rows:
        raw.insert([row])


def rows(start: int, end: int) -> list[tuple[Any, ...]]:
    """The rows that events are in the log; positions and seqs have gaps between batches, which costs nothing."""
    stored = [EventMapper().to_stored_event(event) for event in events(start, end)]
    return [
        (number, BOOK, number, each.originator_id, 1, each.topic, each.state, leaf_hash(each.state))
        for number, each in enumerate(stored, start + 1)
    ]


def batches(name: str, ledger: Ledger, raw: Raw, numbers: Iterator[int], runs: int) -> Row:
    """A thousand events at a time, through the application."""

    def ours() -> float:
        start = next(numbers) * BATCH
        made = events(start, start + BATCH)
        return timed(lambda: ledger.save(*made))

    def theirs() -> float:
        start = next(numbers) * BATCH
        made = rows(start, start + BATCH)
        return timed(lambda: raw.insert(made))

    turns = in_turn(ours, theirs, runs, warm=3)
    driver = "executemany" if name == "SQLite" else "unnest insert"
    return Row(
        f"append in batches of {BATCH:,}, {name}", f"raw {driver} of the same rows", _speeds(BATCH, turns, "events"),
        turns.faster, at_least=0.4 if name == "SQLite" else 0.7,
    )  # fmt: skip


def singles(name: str, ledger: Ledger, raw: Raw, numbers: Iterator[int], runs: int) -> Row:
    """One entry recorded by a command: loaded, decided, saved."""

    def ours() -> float:
        start = next(numbers) * BATCH
        made = [(reference(number), fact(number)) for number in range(start, start + SINGLES)]
        return timed(lambda: [ledger.entries.record(BOOK, *each) for each in made])

    def theirs() -> float:
        start = next(numbers) * BATCH
        made = rows(start, start + SINGLES)
        return timed(lambda: one_by_one(raw, made))

    turns = in_turn(ours, theirs, runs)
    return Row(
        f"single durable append, {name}", "one raw insert and commit", _speeds(SINGLES, turns, "commands"),
        turns.faster, at_least=0.5,
    )  # fmt: skip


def threads(name: str, ledger: Ledger, numbers: Iterator[int], runs: int) -> Row:
    """Single events by many threads, beside one thread that does as much."""
    many = THREADS * 50

    def spread() -> float:
        start = next(numbers) * 10_000
        made = events(start, start + many)
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda _: None, range(THREADS)))
            return timed(lambda: list(pool.map(ledger.save, made)))

    def alone() -> float:
        start = next(numbers) * 10_000 + 5_000
        made = events(start, start + many)
        return timed(lambda: [ledger.save(event) for event in made])

    turns = in_turn(spread, alone, runs)
    return Row(
        f"{THREADS} threads appending single events, {name}", "one thread",
        f"{per_second(many, turns.ours)} beside {per_second(many, turns.theirs)}", turns.faster, at_least=3,
    )  # fmt: skip


def _speeds(size: int, turns: Turns, what: str) -> str:
    ours, theirs = middle(turns.ours) / size * 1e6, middle(turns.theirs) / size * 1e6
    return f"{per_second(size, turns.ours)} {what}, {ours:,.0f} µs each, beside {theirs:,.0f} µs"

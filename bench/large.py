"""A book of a million entries: imported, replayed, rebuilt, asked, verified, closed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.material import (
    BATCH,
    BOOK,
    MAPPING,
    NOW,
    PERIOD,
    make_store,
    write_beancount,
    write_csv,
    write_journal,
)
from bench.measuring import BIN, PACTBOOK, Row, Scale, Usage, in_turn, middle, per_second, process, timed
from bench.raw import RawSQLite
from ledger.application import Ledger
from ledger.settlement.closing import statement_of
from ledger.store.engine import reading
from ledger.values.periods import parse_period
from projections.balances import balances
from projections.facts import ProjectedFacts
from projections.follower import Follower

FIGURE = f"{PERIOD}/a/closing"
TODAY = ["--today", "2026-02-01"]


class Large:
    """A folder with a store of the book, its file and its journals."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.size = size
        self.url = f"sqlite:///{folder / 'pactbook.db'}"
        self.journal = folder / "book.journal"
        write_csv(folder / "orders.csv", size)
        (folder / "orders.map.yaml").write_text(MAPPING, "utf-8")
        write_journal(self.journal, size)

    def run(self, *arguments: str, folder: Path | None = None) -> Usage:
        """A command on the store."""
        return process([PACTBOOK, *arguments], folder=folder or self.folder)

    def import_file(self) -> Usage:
        """A new store, the whole file imported, and its projections written; making the store is left out."""
        for file in self.folder.glob("pactbook.db*"):
            file.unlink()
        make_store(self.url).close()
        done = self.run("import", BOOK, "orders.csv", "--map", "orders.map.yaml", "--as", "b/bo")
        read = self.run("balance", BOOK, *TODAY)
        return Usage(done.wall + read.wall, done.cpu + read.cpu, max(done.peak_mb, read.peak_mb))

    def pages(self) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of the log as they are stored, a batch at a time."""
        ledger = self.ledger()
        with reading(ledger.engine) as connection:
            select = "SELECT position, book, seq, stream, version, topic, state, leaf FROM events ORDER BY position"
            cursor = connection.connection.cursor()
            cursor.execute(select)
            while page := cursor.fetchmany(BATCH):
                yield list(page)
        ledger.close()

    def ledger(self) -> Ledger:
        """The store as a program uses it, with the projections."""
        followers: list[Follower] = []
        ledger = Ledger(self.url, "b/bo", now=lambda: NOW, facts=lambda _, book: ProjectedFacts(followers[0], book))
        followers.append(Follower(ledger))
        return ledger


def measure(scale: Scale) -> Iterator[Row]:
    """The rows of the table."""
    runs = 5 if scale.full else 3
    with tempfile.TemporaryDirectory() as name:
        large = Large(Path(name), scale.size)
        yield importing(large, runs)
        yield from folding(large, runs)
        yield from asking(large, runs)
        yield recording(large, 9)
        yield from verifying(large, runs)
        yield closing(large)


def importing(large: Large, runs: int) -> Row:
    """The whole command, durable and projected, beside the rows of its events written by the driver."""
    used = [large.import_file() for _ in range(runs)]
    raw = [raw_insert(large) for _ in range(runs)]
    ratio = middle([theirs / ours.wall for ours, theirs in zip(used, raw, strict=True)])
    said = f"{per_second(large.size, [each.wall for each in used])} rows beside {per_second(large.size, raw)}"
    peak = max(each.peak_mb for each in used)
    row = Row(
        f"import of a CSV of {large.size:,} rows", "raw insert of the same rows", f"{said}; {peak:,.0f} MB at most",
        ratio, at_least=0.15,
    )  # fmt: skip
    if peak > 200:
        row.notes.append(f"memory came to {peak:,.0f} MB, more than the 200 MB that we want")
    return row


def raw_insert(large: Large) -> float:
    """Seconds for the rows of the events alone, in batches and one transaction each."""
    with tempfile.TemporaryDirectory() as folder:
        raw = RawSQLite(Path(folder) / "raw.db")
        taken = sum(timed(partial(raw.insert, page)) for page in large.pages())
        raw.close()
        return taken


def ledger_bal(large: Large) -> float:
    """Seconds that `ledger bal` takes for the same facts."""
    return process(["ledger", "-f", str(large.journal), "bal"]).wall


def folding(large: Large, runs: int) -> Iterator[Row]:
    """All events to balances, and all projections from empty, beside `ledger bal` on the same facts."""
    if shutil.which("ledger") is None:
        yield Row("replay and rebuild", "`ledger` is not installed", "not measured")
        return

    def replay() -> float:
        # In a process of its own: a command that is started later would be said to take the memory of this one.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return pool.submit(replaying, large.url).result()

    for what, ours, bound in (
        ("replay of all events to balances", replay, 4.0),
        ("rebuild of all projections", lambda: large.run("rebuild").wall, 1.5),
    ):
        turns = in_turn(ours, partial(ledger_bal, large), runs, warm=0)
        said = f"{per_second(large.size, turns.ours)} entries beside {per_second(large.size, turns.theirs)}"
        yield Row(what, "`ledger bal` of the same facts", said, turns.faster, at_least=bound)
    yield others(large)


def replaying(url: str) -> float:
    """Seconds for all events of a store to the balances of a statement."""
    ledger = Ledger(url, now=lambda: NOW)
    taken = timed(lambda: statement_of(ledger.replay(BOOK), parse_period(PERIOD)))
    ledger.close()
    return taken


def others(large: Large) -> Row:
    """What hledger and beancount do, in a smaller journal: they hold all of it in memory."""
    size, found = large.size // 10, []
    with tempfile.TemporaryDirectory() as name:
        journal, beans = Path(name) / "book.journal", Path(name) / "book.beancount"
        write_journal(journal, size)
        write_beancount(beans, size)
        commands: dict[str, list[str]] = {
            "ledger": ["ledger", "-f", str(journal), "bal"],
            "hledger": ["hledger", "-f", str(journal), "bal"],
            "beancount": [str(BIN / "bean-check"), "--no-cache", str(beans)],
        }
        for program, command in commands.items():
            if shutil.which(command[0]) is not None:
                found.append(f"{program} {per_second(size, [process(command).wall for _ in range(3)])}")
    return Row(f"others, {size:,} transactions", "-", ", ".join(found))


def asking(large: Large, runs: int) -> Iterator[Row]:
    """Whole commands beside `ledger bal`, and the same as a call of the library that is warm."""
    ledger = large.ledger()
    period = parse_period(PERIOD)
    calls: dict[tuple[str, ...], Callable[[], object]] = {
        ("balance", BOOK, *TODAY): lambda: balances(ledger, BOOK),
        ("statement", BOOK, PERIOD): lambda: ledger.statements.statement(BOOK, period),
        ("explain", BOOK, FIGURE): lambda: ledger.statements.figure(f"{BOOK}/{FIGURE}"),
    }

    def command(arguments: tuple[str, ...]) -> float:
        return large.run(*arguments).wall

    for arguments, call in calls.items():
        turns = in_turn(partial(command, arguments), partial(ledger_bal, large), runs)
        call()
        warm = middle([timed(call) for _ in range(9)]) * 1e3
        row = Row(
            f"`pactbook {arguments[0]}` in a book of {large.size:,}", "`ledger bal` of the same facts",
            f"{middle(turns.ours) * 1e3:,.0f} ms beside {middle(turns.theirs) * 1e3:,.0f} ms; warm call {warm:.1f} ms",
            turns.slower, at_most=0.05,
        )  # fmt: skip
        if warm > 20:
            row.notes.append(f"the warm call took {warm:.0f} ms, more than the 20 ms that we want")
        yield row
    ledger.close()


def recording(large: Large, runs: int) -> Row:
    """One entry more by the command, in the large book and in one that has none."""
    with tempfile.TemporaryDirectory() as name:
        empty = Path(name)
        make_store(f"sqlite:///{empty / 'pactbook.db'}").close()
        numbers = iter(range(1_000))

        def record(folder: Path) -> float:
            result = ["record", "result", BOOK, f"X-{next(numbers)}", "sales", "12.00"]
            return large.run(*result, "--on", "2026-01-31", "--collected-by", "a", "--as", "b/bo", folder=folder).wall

        turns = in_turn(lambda: record(large.folder), lambda: record(empty), runs)
    said = f"{middle(turns.ours) * 1e3:,.0f} ms beside {middle(turns.theirs) * 1e3:,.0f} ms"
    return Row(
        f"one entry recorded in a book of {large.size:,}", "the same in an empty book", said, turns.slower, at_most=1.2
    )


def verifying(large: Large, runs: int) -> Iterator[Row]:
    """The hashes alone, and the whole check of a store, beside SHA-256 of the same lines read from the same store."""

    def hashing() -> float:
        return timed(lambda: [sha256(row[6]).digest() for page in large.pages() for row in page])

    turns = in_turn(lambda: large.run("verify", "--hashes").wall, hashing, runs, warm=0)
    said = f"{per_second(large.size, turns.ours)} events beside {per_second(large.size, turns.theirs)}"
    yield Row("verify, hashes alone", "SHA-256 of the same lines", said, turns.faster, at_least=0.5)
    used, taken = large.run("verify"), middle(turns.theirs)
    said = f"{per_second(large.size, [used.wall])} events beside {per_second(large.size, [taken])}; "
    yield Row(
        "verify, every check", "SHA-256 of the same lines", f"{said}{used.peak_mb:,.0f} MB at most", taken / used.wall,
        at_least=0.5,
    )  # fmt: skip


def closing(large: Large) -> Row:
    """A close that counts every entry."""
    used = large.run("close", BOOK, PERIOD, "--as", "b/bo", *TODAY)
    said = f"{used.wall:.2f} s, {used.peak_mb:,.0f} MB at most"
    return Row(f"closing a period of {large.size:,} entries", "-", said)

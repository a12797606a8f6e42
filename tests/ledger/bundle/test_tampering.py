"""One byte at a time: in the file of a bundle, in every column of events, and in the heads of trees.

Bytes are tried here and there; `make torture` tries every single one (`tests/torture/test_every_byte.py`).
"""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.application.hashes import check_hashes
from ledger.application.integrity import books_of, check_book, check_log
from ledger.application.proofs import Proofs, check_strays
from ledger.bundle.report import Check
from ledger.bundle.verify import verify
from ledger.store.proof import Frontier, leaf_hash
from ledger.values.errors import Broken
from tests.ledger.bundle.forging import BOOK as LINES
from tests.ledger.bundle.forging import LEAVES, opened
from tests.ledger.bundle.signed_book import signed
from tests.projections.story import everything, new_ledger, results

FREE = "DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_deleted;"
Value = str | bytes | int


def named(problems: Iterable[str]) -> list[int]:
    """The events that problems are about, in their order."""
    found = (re.match(r"event (\d+) ", problem) for problem in problems)
    return [int(each[1]) for each in found if each]


# --- the file of a bundle -----------------------------------------------------------------------------------


def flipped(data: bytes, place: int) -> bytes:
    """The data with one bit of one byte changed; another one at each place."""
    return data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1 :]


def first_problems(data: bytes, *names: str) -> list[str]:
    """What the first check says that finds something; with `names`, the first of these."""
    try:
        for check in verify(io.BytesIO(data)):
            if check.problems and (not names or check.name in names):
                return check.problems
    except Broken as error:
        return [error.message]
    return []


def check_bundle(places: Iterable[int]) -> None:
    """A byte changed at each place: something is wrong, and where it is an event's, its seq is the first one named."""
    whole, members = signed().bundle, opened(signed().bundle)
    book, leaves = whole.index(members[LINES]), whole.index(members[LEAVES])
    for place in places:
        data = flipped(whole, place)
        assert first_problems(data), f"byte {place} can be changed"
        event = 0
        if book <= place < book + len(members[LINES]):
            event = members[LINES].count(b"\n", 0, place - book) + 1
        elif leaves <= place < leaves + len(members[LEAVES]):
            event = (place - leaves) // 32 + 1
        if event:
            said = first_problems(data, "tree")
            assert said[0].startswith((f"event {event} ", f"line {event} ")), (place, said)


def test_a_changed_byte_of_a_bundle_is_found() -> None:
    """Of each part of the file."""
    check_bundle(range(7, len(signed().bundle), 41))


# --- the tables of a store ----------------------------------------------------------------------------------


@contextmanager
def stored(path: Path) -> Iterator[tuple[Ledger, sqlite3.Connection]]:
    """The signed book as a store, and a connection by which anything can be changed in it."""
    path.write_bytes(signed().store)
    ledger = Ledger(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(FREE + "PRAGMA ignore_check_constraints = 1; PRAGMA synchronous = OFF;")
        yield ledger, connection
    ledger.close()
    ledger.engine.dispose()


def checks(ledger: Ledger) -> Iterator[Check]:
    """What `pactbook verify` checks of events, trees and checkpoints, part by part."""
    yield check_log(ledger)
    books = books_of(ledger)
    yield from check_strays(ledger, books, None)
    for book in books:
        proofs = Proofs(ledger, ledger.evidence, ledger.texts, book)
        yield from check_book(ledger, book, beholder=proofs)[:5]
        yield from proofs.checks(())


def hashes(ledger: Ledger) -> Iterator[Check]:
    """What `pactbook verify --hashes` checks."""
    yield check_log(ledger)
    books = books_of(ledger)
    yield from check_strays(ledger, books, None)
    for book in books:
        yield from check_hashes(ledger, book)


def problems_of(ledger: Ledger, check: Callable[[Ledger], Iterator[Check]] = checks) -> list[str]:
    """What is wrong with a store."""
    try:
        return [problem for check in check(ledger) for problem in check.problems]
    except Broken as error:
        return [error.message]


def others(value: Value) -> Iterator[list[Value]]:
    """For each byte of a value, what it may be instead: a list, for some are not there to be had."""
    if isinstance(value, int):
        for byte in range(7):
            yield [value ^ (1 << 8 * byte + bit) for bit in range(8)]
        return
    data = value if isinstance(value, bytes) else value.encode()
    for place in range(len(data)):
        changed = (data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :] for bit in (place % 7, 6, 1, 0))
        yield [each if isinstance(value, bytes) else each.decode("utf-8", "replace") for each in changed]


def tampered(connection: sqlite3.Connection, table: str, column: str, step: int = 1) -> Iterator[tuple[int, int]]:
    """Change each byte of a column, in each row, one at a time; gives the row's place and the byte's."""
    rows = connection.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid").fetchall()
    at = 0
    for place, (row, value) in enumerate(rows, 1):
        for byte, tried in enumerate(others(value)):
            at += 1
            if at % step:
                continue
            set_to = f"UPDATE {table} SET {column} = ? WHERE rowid = {row}"
            key = row
            for other in tried:
                try:
                    connection.execute(set_to, (other,))
                except sqlite3.IntegrityError:
                    continue  # another row has that value
                key = other if (table, column) == ("events", "position") else row
                break
            else:
                raise AssertionError(f"{table}.{column} cannot be changed")
            yield place, byte
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, key))


HASHED = ("position", "book", "seq", "state", "leaf")  #: the columns of events that the hashes alone are about
EVENTS = ("position", "book", "seq", "stream", "version", "topic", "state", "leaf")
HEADS = [
    ("books", "book"), ("books", "size"), ("books", "frontier"), ("log_head", "position"),
    ("checkpoints", "book"), ("checkpoints", "size"), ("checkpoints", "note"),
]  # fmt: skip


def check_events(path: Path, column: str, step: int) -> None:
    """Every `step`th byte of a column of events, one at a time: found, and the first event concerned is named."""
    with stored(path) as (ledger, connection):
        assert problems_of(ledger) == []
        for place, byte in tampered(connection, "events", column, step):
            for check in (checks, hashes) if column in HASHED else (checks,):
                found = problems_of(ledger, check)
                where = f"byte {byte} of {column} of event {place}: {found}"
                assert found, where
                if column in ("position", "seq") or (check is hashes and column == "book"):
                    # Its place is what was changed: the next one says that it is missing.
                    near = (f"event {place} ", f"event {place + 1} ", f"follows event {place - 1}", "the log ends at")
                    assert any(each in f"{problem} " for problem in found for each in near), where
                else:
                    assert any(problem.startswith(f"event {place} ") for problem in found), where
                    assert min(named(found)) >= place, where
        assert problems_of(ledger) == problems_of(ledger, hashes) == []


@pytest.mark.parametrize("column", EVENTS)
def test_a_changed_byte_of_an_event_is_found(tmp_path: Path, column: str) -> None:
    """In the rows of all events."""
    check_events(tmp_path / "book.db", column, {"state": 97, "leaf": 29}.get(column, 11))


def check_heads(path: Path, table: str, column: str, step: int) -> None:
    """Every `step`th byte of a column that says something of the whole book."""
    with stored(path) as (ledger, connection):
        for place, byte in tampered(connection, table, column, step):
            for check in (checks, hashes):
                assert problems_of(ledger, check), f"byte {byte} of {table}.{column}, row {place}"
        assert problems_of(ledger) == problems_of(ledger, hashes) == []


@pytest.mark.parametrize(("table", "column"), HEADS)
def test_a_changed_byte_of_a_head_is_found(tmp_path: Path, table: str, column: str) -> None:
    """Sizes, roots, hashes, notes with their signatures."""
    check_heads(tmp_path / "book.db", table, column, {"note": 23, "frontier": 11}.get(column, 1))


def check_nodes(path: Path, column: str, step: int) -> None:
    """Every `step`th byte of a column of the hashes that are kept above 256 leaves, so that proofs are short."""
    ledger = new_ledger(f"sqlite:///{path}")
    ledger.save(*everything(), *results(210, 100))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for place, byte in tampered(connection, "nodes", column, step):
            for check in (checks, hashes):
                assert problems_of(ledger, check), f"byte {byte} of {column} of node {place}"
    assert problems_of(ledger) == problems_of(ledger, hashes) == []
    ledger.close()


@pytest.mark.parametrize(("column", "step"), [("book", 3), ("level", 2), ("place", 2), ("hash", 11)])
def test_a_changed_byte_of_a_node_is_found(tmp_path: Path, column: str, step: int) -> None:
    """In each column."""
    check_nodes(tmp_path / "book.db", column, step)


# --- rows where nobody might look ---------------------------------------------------------------------------

LEAST = -(2**63)
COPY = "INSERT INTO events SELECT {}, {}, {}, {}, version + {}, topic, state, leaf FROM events WHERE seq = 3"


def fitted(connection: sqlite3.Connection, book: str) -> None:
    """Leaves and tree made to fit what stands in a book, as its owner can."""
    rows = connection.execute("SELECT position, state FROM events WHERE book = ? ORDER BY seq", (book,)).fetchall()
    leaves = [leaf_hash(state) for _, state in rows]
    connection.executemany(
        "UPDATE events SET leaf = ? WHERE position = ?",
        [(leaf, row[0]) for leaf, row in zip(leaves, rows, strict=True)],
    )
    tree = Frontier().extend(leaves)
    connection.execute("INSERT OR REPLACE INTO books VALUES (?, ?, ?)", (book, tree.size, tree.to_bytes()))
    last = connection.execute("SELECT max(position) FROM events").fetchone()[0]
    connection.execute("UPDATE log_head SET position = ?", (last,))


@pytest.mark.parametrize("check", [checks, hashes])
@pytest.mark.parametrize(
    ("statement", "fit"),
    [
        (COPY.format(LEAST, "book", LEAST, "stream", 1), ()),  # below all others
        (COPY.format("(SELECT max(position) + 1 FROM events)", "book", LEAST, "stream", 1), ()),
        (COPY.format(LEAST, "book", "(SELECT max(seq) + 1 FROM events)", "stream", 1), ()),
        (COPY.format(0, "book", 0, "stream", 1), ("a-b",)),
        # Loaded with the streams of one book, and counted in another.
        (COPY.format("(SELECT max(position) + 1 FROM events)", "'zzz'", 1, "stream", 1), ("a-b", "zzz")),
        (COPY.format("(SELECT max(position) + 1 FROM events)", "CAST('a-b' AS BLOB)", 1, "stream", 1), ("a-b",)),
        # Bytes as they were, under another name.
        ("UPDATE events SET stream = 'a-b/entry/GONE' WHERE seq = 3", ("a-b",)),
        ("UPDATE events SET version = 9 WHERE seq = 3", ("a-b",)),
        ("UPDATE events SET topic = 'EntryVoided.v1' WHERE seq = 3", ("a-b",)),
        ("UPDATE events SET version = CAST('1' AS BLOB) WHERE seq = 3", ("a-b",)),
        ("UPDATE events SET topic = CAST(topic AS BLOB) WHERE seq = 3", ("a-b",)),
        ("UPDATE events SET stream = CAST(stream AS BLOB) WHERE seq = 3", ("a-b",)),
        # As columns say, and no JSON.
        (
            "UPDATE events SET stream = stream || '\\',"
            " state = CAST(replace(state, stream || '\"', stream || '\\\"') AS BLOB) WHERE seq = 3",
            ("a-b",),
        ),
        # So that a close, a signature, a key is not seen as such.
        ("UPDATE events SET state = CAST(' ' || state AS BLOB) WHERE topic = 'PeriodClosed.v1'", ("a-b",)),
        ("UPDATE events SET state = CAST(' ' || state AS BLOB) WHERE topic = 'KeyRegistered.v1'", ("a-b",)),
        ("UPDATE events SET state = CAST(replace(state, '\"type\":', '\"type\": ') AS BLOB) WHERE seq = 1", ("a-b",)),
    ],
)
def test_nothing_hides(
    tmp_path: Path, statement: str, fit: tuple[str, ...], check: Callable[[Ledger], Iterator[Check]]
) -> None:
    """Also where leaves, trees and the head of the log were made to fit."""
    with stored(tmp_path / "book.db") as (ledger, connection):
        connection.execute("DELETE FROM checkpoints")
        assert connection.execute(statement).rowcount > 0
        for book in fit:
            fitted(connection, book)
        assert problems_of(ledger, check)


@pytest.mark.parametrize("check", [checks, hashes])
@pytest.mark.parametrize("left", [False, True])
def test_a_book_that_is_gone_is_missed(tmp_path: Path, left: bool, check: Callable[[Ledger], Iterator[Check]]) -> None:
    """All of it, or all but a row that has no place: a checkpoint says how much there was."""
    with stored(tmp_path / "book.db") as (ledger, connection):
        if left:
            connection.execute(COPY.format(LEAST, "book", LEAST, "stream", 1))
        for statement in ("DELETE FROM events WHERE seq > 0", "DELETE FROM books", "UPDATE log_head SET position = 1"):
            connection.execute(statement)
        found = problems_of(ledger, check)
        assert any(re.search("there are only [01]$|has no events", each) for each in found), found
        for made in (check_hashes(ledger, "a-b", signed().last), _proved(ledger)):
            assert [each.ok for each in made if each.name == "since"] == [False]


def _proved(ledger: Ledger) -> list[Check]:
    proofs = Proofs(ledger, ledger.evidence, ledger.texts, "a-b", signed().last)
    return [*check_book(ledger, "a-b", beholder=proofs), *proofs.checks(())]

"""Stores that somebody changed behind our back: rows and values by SQL, bytes of the file itself.

Every command then says what is wrong or prints what is right, and `verify` finds every change to what was recorded.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.mutate import DAYS, NASTY, NUMBERS, TEXTS
from tests.fuzz.target import ListTarget
from tests.fuzz.world import Copies, called, demo, recorded, sound, within

#: What is asked of a changed store; some read, some record.
ASKED: tuple[str, ...] = (
    "balance acme-jot", "statement acme-jot 2025-07", "statement acme-jot 2025-06 --format json", "entries acme-jot",
    "history acme-jot", "history acme-jot --effects --format jsonl", "explain acme-jot 2025-07/jot/closing",
    "explain acme-jot 2025-07/inputs/result.sales.acme", "doctor", "rebuild", "agreement show acme-jot",
    "payout list acme-jot",
    "dispute list acme-jot", "close acme-jot --as acme/ann --today 2025-09-02", "audit export acme-jot -o out.pactbook",
    "void acme-jot TRK-2025-03 --reason x --as acme/ann --today 2025-08-12", "key list acme-jot",
    "evidence list acme-jot",
    "record cost acme-jot NEW-1 media 10.00 --on 2025-08-02 --as jot/leo --today 2025-08-12", "init", "config",
    "balance acme-jot --known-at 60", "diff acme-jot 2025-07", "verify acme-jot",
    "checkpoint acme-jot --key ann.pem --as acme/ann",
    "payout propose acme-jot --as acme/ann --today 2025-08-12", "journal acme-jot", "balance harbour-practice",
    "audit receipt acme-jot --statement 2025-06 -o receipt.json", "agreement show acme-jot --format json",
    "goals acme-jot",
    "dispute show acme-jot 2025-07-1", "liabilities acme-jot", "partner list harbour-practice", "terms show acme-jot",
)  # fmt: skip
#: Values of other kinds than a column has, as JSON holds them.
ODD: tuple[Any, ...] = (None, 0, -1, 1, 2**31, 2**63 - 1, -(2**63), 1.5, 1e300, "", "x", {"blob": ""}, {"blob": "00ff"})


class Stored(ListTarget):
    """Changes to a store, then commands: a list in which texts are commands, and everything else changes.

    `verify` comes last; where events have changed, it must have found it.
    """

    cost = 200

    def __init__(self, change: Callable[[Path, Sequence[Any]], None], made: Callable[[Random], list[Any]]) -> None:
        super().__init__(lambda: [b"[]"], self._ask, self.cost)
        self._change, self._made = change, made

    def case(self, random: Random) -> bytes:
        asked = random.sample(ASKED, 4)
        return json.dumps([*self._made(random), *asked]).encode()

    def _ask(self, data: bytes) -> None:
        items = json.loads(data)
        changes = [each for each in items if not isinstance(each, str)]
        asked = [each for each in items if isinstance(each, str)]
        folder = _copies().fresh()
        store = folder / "pactbook.db"
        before = recorded(store)
        self._change(store, changes)
        after = recorded(store)
        with within(folder):
            ended = called(["verify"])
            sound(ended)
            if before is not None and after is not None and before["events"] != after["events"]:
                assert ended.code == 5, f"events were changed, and verify says {ended.code}: {ended.err[-300:]}"
            for line in asked:
                sound(called(line.split()))


@cache
def _copies() -> Copies:
    return Copies(demo())


# --- rows -------------------------------------------------------------------------------------------------------


@cache
def _tables() -> dict[str, tuple[list[str], int]]:
    """The tables of the store, each with its columns and how many rows it has."""
    with contextlib.closing(sqlite3.connect(demo() / "pactbook.db")) as connection:
        every = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
        names = [name for (name,) in connection.execute(every)]
        return {
            name: (
                [row[1] for row in connection.execute(f"PRAGMA table_info({name})")],
                connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0],
            )
            for name in names
        }


def change_rows(store: Path, changes: Sequence[Any]) -> None:
    """Make changes: [table, row, column, value]; [table, row] deletes one, [table] drops it.

    A value may be {"blob": hex}, or {"edit": [at, cut, text]} of what is there. What SQLite refuses is left as it is.
    """
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for change in changes:
            with contextlib.suppress(sqlite3.Error, OverflowError, UnicodeEncodeError):
                _change_row(connection, change)


def _change_row(connection: sqlite3.Connection, change: Sequence[Any]) -> None:
    table, *rest = change
    match rest:
        case []:
            connection.execute(f"DROP TABLE {table}")
        case [row]:
            connection.execute(f"DELETE FROM {table} WHERE rowid = ({_rowid(table)})", (row,))
        case [row, str(column), value]:
            statement = f"UPDATE {table} SET {column} = ? WHERE rowid = ({_rowid(table)})"
            if isinstance(value, dict) and "edit" in value:
                found = connection.execute(f"SELECT {column} FROM {table} LIMIT 1 OFFSET ?", (row,)).fetchone()
                value = None if found is None else _edited(found[0], *value["edit"])
            elif isinstance(value, dict):
                value = bytes.fromhex(value["blob"])
            connection.execute(statement, (value, row))
        case _:
            pass  # a change that was made smaller until nothing is left of it


def _rowid(table: str) -> str:
    return f"SELECT rowid FROM {table} LIMIT 1 OFFSET ?"


def _edited(value: Any, at: int, cut: int, text: str) -> Any:
    """A value with some of it replaced, of the type that it had."""
    if isinstance(value, bytes):
        at %= len(value) + 1
        return value[:at] + text.encode("utf-8", "surrogatepass") + value[at + cut :]
    if isinstance(value, str):
        at %= len(value) + 1
        return value[:at] + text + value[at + cut :]
    return text


def _rows(random: Random) -> list[Any]:
    """One to three changes, most of them to events."""
    return [_row(random) for _ in range(random.choice((1, 1, 2, 3)))]


def _row(random: Random) -> list[Any]:
    tables = _tables()
    table = "events" if random.random() < 0.4 else random.choice(sorted(tables))
    columns, size = tables[table]
    row, chance = random.randrange(size + 1), random.random()
    if chance < 0.03:
        return [table]
    if chance < 0.12:
        return [table, row]
    column = "state" if table == "events" and random.random() < 0.5 else random.choice(columns)
    return [table, row, column, _new_value(random)]


def _new_value(random: Random) -> Any:
    match random.randrange(5):
        case 0:
            return random.choice(ODD)
        case 1:
            return random.choice((*NUMBERS, *DAYS, *TEXTS))
        case 2:
            return {"blob": random.choice(NASTY).hex()}
        case _:
            text = random.choice(("", "0", "9", "x", '"', "{", random.choice((*NUMBERS, *DAYS, *TEXTS))))
            return {"edit": [random.randrange(2000), random.choice((0, 1, 1, 2, 30)), text]}


# --- bytes of the file ------------------------------------------------------------------------------------------


def change_bytes(store: Path, changes: Sequence[Any]) -> None:
    """Make changes: [place, hex] writes bytes over what is there, [place] ends the file there."""
    data = bytearray(store.read_bytes())
    for change in changes:
        match change:
            case [place]:
                del data[place % (len(data) + 1) :]
            case [place, text]:
                new = bytes.fromhex(text)
                place %= len(data) + 1
                data[place : place + len(new)] = new[: max(0, len(data) - place)]
            case _:
                pass
    store.write_bytes(data)


def _bytes(random: Random) -> list[Any]:
    size = (demo() / "pactbook.db").stat().st_size
    if random.random() < 0.05:
        return [[random.randrange(size)]]
    return [_byte(random, size) for _ in range(random.choice((1, 1, 2, 8)))]


def _byte(random: Random, size: int) -> list[Any]:
    """Some bytes; the head of a page, and the first page, are what most depends on."""
    page = random.randrange(size // 4096) * 4096
    near = random.randrange(100)
    place = random.choice((random.randrange(size), page + near, random.randrange(4096), near))
    new = bytes(random.randrange(256) for _ in range(random.choice((1, 1, 2, 4, 64))))
    return [place, random.choice((new, b"\0" * len(new), b"\xff" * len(new))).hex()]


ROWS = Stored(change_rows, _rows)
BYTES = Stored(change_bytes, _bytes)

"""The doctor, on stores that somebody changed by hand: each change is found and named, and none of them throws."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.bundle.report import Check
from projections.check import check_tables
from projections.follower import Follower
from tests.cli.conftest import Pactbook
from tests.projections.story import everything, new_ledger
from tests.stores import Store

FREE = "DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_deleted; PRAGMA ignore_check_constraints = 1;"


pytestmark = pytest.mark.sqlite  # where anybody can change anything: the file is theirs


@pytest.fixture
def store(place: Store) -> Path:
    """A store in which everything happened at least once, with its projections."""
    place.fill(followed)
    return place.path


def followed(url: str) -> None:
    """Make that store."""
    ledger = new_ledger(url)
    ledger.save(*everything())
    Follower(ledger).catch_up()
    ledger.close()


def tamper(path: Path, script: str) -> None:
    """Change a store behind the ledger's back; the script must change something."""
    with closing(sqlite3.connect(path)) as connection:
        before = list(connection.iterdump())
        connection.executescript(script)
        assert list(connection.iterdump()) != before, script


def test_a_store_in_which_everything_happened_is_sound(store: Path, pactbook: Pactbook) -> None:
    """What the tables below break is whole before."""
    ran = pactbook("doctor")
    assert (ran.code, ran.err) == (0, "")


EVENTS = [
    ("UPDATE events SET state = CAST(state AS TEXT) WHERE seq = 7", "bytes", "event 7 of acme-jot is not kept"),
    ("UPDATE events SET state = x'ff' WHERE seq = 7", "bytes", "event 7 of acme-jot is not written as"),
    ("UPDATE events SET leaf = hex(zeroblob(16)) WHERE seq = 7", "trees", "event 7 of acme-jot has another leaf"),
    ("UPDATE events SET position = 99 WHERE seq = 7", "order", "event 8 of acme-jot is at position 8, not 7"),
    ("UPDATE events SET position = -3 WHERE seq = 7", "order", "event 7 of acme-jot is at position -3, not 1"),
    ("UPDATE events SET position = 99 WHERE seq = 50", "order", "the log ends at position 99, its head says 50"),
    ("UPDATE events SET seq = 'seven' WHERE seq = 7", "order", "event 8 of acme-jot follows event 6"),
    ("UPDATE events SET seq = 'seven' WHERE seq = 7", "order", "event seven of acme-jot follows event 50"),
    ("UPDATE events SET version = 'x' WHERE seq = 7", "columns", "event 7 of acme-jot: version x of"),
    ("UPDATE events SET topic = 'Nothing.v1' WHERE seq = 7", "columns", "event 7 of acme-jot: version 1 of"),
    ("UPDATE events SET stream = 'x' WHERE seq = 7", "columns", "event 7 of acme-jot: version 1 of x says"),
    ("UPDATE events SET book = CAST(book AS BLOB) WHERE seq = 7", "columns", "event 7 of b'acme-jot' says"),
    ("DELETE FROM events", "order", "the log ends at position 0, its head says 50"),
    ("UPDATE log_head SET position = 51", "order", "the log ends at position 50, its head says 51"),
    ("UPDATE log_head SET position = 'x'", "integrity", "the store has lost the head of its log"),
    ("DELETE FROM log_head", "integrity", "the store has lost the head of its log"),
    ("UPDATE books SET frontier = 'x'", "trees", "the tree of acme-jot is not the one"),
    ("INSERT INTO books VALUES ('ghost', 0, zeroblob(8))", "trees", "there is a tree of ghost, which has no events"),
    ("INSERT INTO books VALUES ('ghost', 3, zeroblob(8))", "trees", "there is a tree of ghost, which has no events"),
    (
        "INSERT INTO nodes VALUES ('acme-jot', 8, 0, zeroblob(32))",
        "trees", "there is a node 8/0 of acme-jot that its events do not make",
    ),
    ("DROP TABLE books", "integrity", "the store has lost its table books"),
    ("DROP TABLE tracking", "integrity", "the store has lost its table tracking"),
]  # fmt: skip

FRAME = [
    ("DROP TRIGGER events_are_not_changed", "schema", "the trigger events_are_not_changed is gone"),
    ("DROP TRIGGER events_are_not_deleted", "schema", "the trigger events_are_not_deleted is gone"),
    (
        "DROP TRIGGER events_are_not_deleted;"
        "CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events BEGIN SELECT 1; END",
        "schema", "the trigger events_are_not_deleted is another one",
    ),
    (
        "CREATE TRIGGER more AFTER INSERT ON events BEGIN DELETE FROM totals; END",
        "schema", "pactbook did not make the trigger more",
    ),
    ("UPDATE meta SET value = '0'", "integrity", "the store does not say its version"),
    ("UPDATE meta SET value = '4'", "integrity", "the store has version 4, newer than"),
    ("UPDATE meta SET value = 'one'", "integrity", "the store does not say its version"),
    ("DELETE FROM meta", "integrity", "the store does not say its version"),
]  # fmt: skip

FOLLOWING = [
    ("UPDATE projection_position SET position = 99", "the tables cannot follow the log: the tables follow"),
    ("UPDATE projection_position SET position = 30", "the tables cannot follow the log: the tables hold"),
    ("UPDATE projection_position SET position = -1", "the tables cannot follow the log: the tables hold"),
    ("INSERT INTO projection_position VALUES (2, 1, 50)", "projection_position: no event gives the row 2"),
    ("ALTER TABLE payouts DROP COLUMN payer", "the tables of acme-jot cannot be compared with the events: Oper"),
    ("UPDATE totals SET amount_minor = 'x'", "totals: the row acme-jot/0/2026-01/"),
    ("UPDATE closings SET closing_minor = '['", "closings: the row acme-jot/1 has closing_minor '[', the events give"),
    ("UPDATE versions SET terms = '{}'", "versions: the row acme-jot/1 has terms '{}', the events give"),
    ("UPDATE timeline SET actor = CAST(actor AS BLOB)", "timeline: the row acme-jot/1 has actor b'acme/ann'"),
    ("UPDATE payouts SET payout_id = 'X'||payout_id", "payouts: the row acme-jot/X"),
]  # fmt: skip

TABLES = (
    "agreements", "closings", "disputes", "endings", "entries", "movements", "payouts", "timeline", "totals", "versions"
)  # fmt: skip


def found(pactbook: Pactbook, check: str) -> list[str]:
    """The problems of a check, in a run of the doctor that ends with the exit code of lost integrity."""
    ran = pactbook("doctor --format json")
    assert ran.code == 5, ran
    assert "unexpected" not in ran.err
    assert "hint: " in ran.err
    return [problem for each in ran.json if each["check"] == check for problem in each["problems"]]


@pytest.mark.parametrize(("script", "check", "problem"), EVENTS)
def test_a_log_that_was_changed_is_named(
    store: Path, pactbook: Pactbook, script: str, check: str, problem: str
) -> None:
    """Events, heads and trees, changed in ways that no honest program could: a finding, never a traceback."""
    tamper(store, FREE + script)
    problems = found(pactbook, check)
    assert any(each.startswith(problem) for each in problems), problems


@pytest.mark.parametrize(("script", "check", "problem"), FRAME)
def test_a_frame_that_was_changed_is_named(
    store: Path, pactbook: Pactbook, script: str, check: str, problem: str
) -> None:
    """The version of the store, and the guards of its events."""
    tamper(store, script)
    problems = found(pactbook, check)
    assert any(each.startswith(problem) for each in problems), problems


def healed(pactbook: Pactbook) -> bool:
    """Whether folding anew from the events makes everything sound again."""
    return (pactbook("rebuild").code, pactbook("doctor").code) == (0, 0)


@pytest.mark.parametrize(("script", "problem"), FOLLOWING)
def test_tables_that_do_not_fit_the_log_are_named_and_made_anew(
    store: Path, pactbook: Pactbook, script: str, problem: str
) -> None:
    """Where the tables are ahead, behind, or no tables of ours any more: said, and repaired by a rebuild."""
    tamper(store, script)
    problems = found(pactbook, "projections")
    assert any(each.startswith(problem) for each in problems), problems
    assert "pactbook rebuild" in pactbook("doctor").err
    assert healed(pactbook)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_was_deleted_is_named(store: Path, pactbook: Pactbook, table: str) -> None:
    """The last row of any table: its key is told."""
    with closing(sqlite3.connect(store)) as connection:
        keys = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
        order = ", ".join(f"{key} DESC" for key in keys)
        last = connection.execute(f"SELECT {', '.join(keys)} FROM {table} ORDER BY {order}").fetchone()
    given = " AND ".join(f"{key} = '{value}'" for key, value in zip(keys, last, strict=True))
    tamper(store, f"DELETE FROM {table} WHERE {given}")
    key = "/".join(str(value) for value in last)
    assert found(pactbook, "projections") == [f"{table}: the row {key} is missing"]
    assert healed(pactbook)


@pytest.mark.parametrize("table", TABLES)
def test_any_column_that_was_changed_is_named(store: Path, table: str) -> None:
    """Every column that is not in the key of its table: the row is told, and what it should say."""
    ledger = Ledger(f"sqlite:///{store}")
    with closing(sqlite3.connect(store)) as connection:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if not row[5]]
    for column in columns:
        other = f"CASE typeof({column}) WHEN 'integer' THEN {column} + 1 ELSE 'x' END"
        tamper(store, f"UPDATE {table} SET {column} = {other}")
        check = Check("projections")
        check_tables(ledger, "acme-jot", check)
        (problem,) = check.problems
        assert problem.startswith(f"{table}: the row acme-jot")
        assert f" has {column} " in problem
        Follower(ledger).rebuild()
    ledger.close()


def test_tables_ahead_of_the_log_are_not_read(store: Path, pactbook: Pactbook) -> None:
    """Any command that reads them says so, instead of an answer, and names the way out."""
    tamper(store, "UPDATE projection_position SET position = 99")
    ran = pactbook("entries acme-jot")
    assert (ran.code, ran.errors) == (5, ["the tables follow the log up to position 99, but it ends at 50"])
    assert "pactbook rebuild" in ran.err
    assert pactbook("rebuild").code == 0
    assert pactbook("entries acme-jot").code == 0

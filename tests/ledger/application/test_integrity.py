"""What a closing says of its statement is tried again, even where the trees were made to fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec
import pytest

from ledger.application.integrity import check_frame, check_store, examining
from ledger.book.events import Event, PeriodClosed
from ledger.bundle.report import Check
from ledger.store import schema
from ledger.store.encoding import encode
from ledger.store.failures import StoreBusy
from ledger.store.proof import Frontier, leaf_hash
from ledger.values.errors import Broken
from tests.ledger.application.partners import BOOK, Partners, sales
from tests.stores import unguard

Change = Callable[[PeriodClosed], Event]


def rewritten(partners: Partners, change: Change) -> None:
    """History with its last event changed, and with leaves and tree made to fit."""
    close = partners.events()[-1]
    assert isinstance(close, PeriodClosed)
    events = [*partners.events()[:-1], change(close)]
    leaves = [leaf_hash(encode(event)) for event in events]
    with partners.ledger.writing() as connection:
        unguard(connection)
        last = {"state": encode(events[-1]), "leaf": leaves[-1]}
        connection.execute(schema.events.update().where(schema.events.c.seq == len(events)).values(last))
        connection.execute(schema.books.update().values(frontier=Frontier().extend(leaves).to_bytes()))


def problems(partners: Partners) -> dict[str, list[str]]:
    """What is wrong, by check."""
    return {check.name: check.problems for check in check_store(partners.ledger) if not check.ok}


def replacing(**values: object) -> Change:
    return lambda event: msgspec.structs.replace(event, **values)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (replacing(closing_minor={"acme": 1, "jot": -1}), f"the close of {BOOK}/2026-01 recorded other balances than"),
        (replacing(closing_minor={"acme": -454_000}), f"the close of {BOOK}/2026-01 recorded other balances than"),
        (replacing(closing_minor={}), f"the close of {BOOK}/2026-01 recorded other balances than"),
        (replacing(currency="USD"), f"the close of {BOOK}/2026-01 recorded balances in USD, not EUR"),
        (replacing(statement="0" * 64), f"the statement of {BOOK}/2026-01 is not the one that was issued"),
        (replacing(period="1999-01"), f"{BOOK} cannot be settled: 1999-01 is not a period of {BOOK}"),
    ],
)  # fmt: skip
def test_a_closing_that_says_something_else_than_its_statement_is_named(
    partners: Partners, change: Change, problem: str
) -> None:
    """Balances, currency and digest are compared with the statement made anew."""
    partners.first_month()
    assert problems(partners) == {}
    rewritten(partners, change)
    ((name, (told,)),) = problems(partners).items()
    assert name == "statements"
    assert told.startswith(problem)


def test_another_root_in_a_closing_is_named(partners: Partners) -> None:
    """A closing with another root than its events have does not agree with the log, whatever the trees say."""
    partners.first_month()
    rewritten(partners, replacing(root="0" * 64))
    assert problems(partners) == {
        "closings": [f"the close of {BOOK}/2026-01 recorded another root than its events have"]
    }


def test_a_book_in_which_nothing_was_closed_is_sound(anywhere: Partners) -> None:
    """On each kind of database: the frame and all parts, before any close and after one."""
    assert check_frame(anywhere.ledger).ok
    assert problems(anywhere) == {}
    anywhere.first_month()
    anywhere.record("S-2", sales(100, date(2026, 1, 20)))
    assert problems(anywhere) == {}


def test_guards_that_were_taken_off_are_named_on_a_server(postgres_url: str) -> None:
    """A trigger that is switched off, one that does nothing, one that is gone: each is told."""
    partners = Partners(postgres_url)
    for statement, problem in (
        ("ALTER TABLE events DISABLE TRIGGER events_are_not_changed", "switched off"),
        ("ALTER TABLE events ENABLE TRIGGER events_are_not_changed", None),
        (
            "CREATE OR REPLACE FUNCTION pactbook_refuse_change() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NULL; END $$",
            "another one than pactbook made",
        ),
        ("DROP TRIGGER events_are_not_changed ON events", "is gone"),
    ):
        with partners.ledger.writing() as connection:
            connection.exec_driver_sql(statement)
        told = check_frame(partners.ledger).problems
        assert len(told) == (problem is not None)
        assert all(str(problem) in each for each in told)
    partners.close()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("ALTER TABLE events ALTER seq DROP NOT NULL", "the database no longer demands that events.seq has a value"),
        (
            "ALTER TABLE events DROP CONSTRAINT events_book_seq",
            "the database no longer demands that book, seq of events are there once",
        ),
        ("ALTER TABLE events ALTER version TYPE text", "the column version of events holds TEXT, not BIGINT"),
        ("ALTER TABLE books DROP size", "the table books has lost its column size"),
        ("CREATE RULE odd AS ON INSERT TO events DO INSTEAD NOTHING", "the table of events has a rule, which"),
        ("ALTER TABLE events ENABLE ROW LEVEL SECURITY", "the table of events has row level security, which"),
        (
            "ALTER TABLE events DROP CONSTRAINT events_book_seq;"
            " ALTER TABLE events ADD CONSTRAINT events_book_seq UNIQUE (book, seq) DEFERRABLE",
            "the table of events has a key that may be violated for a while, which",
        ),
    ],
)
def test_what_a_server_no_longer_demands_is_named(postgres_url: str, statement: str, problem: str) -> None:
    """What a table does not demand of its rows lets some stand where no check would come by."""
    partners = Partners(postgres_url)
    with partners.ledger.writing() as connection:
        connection.exec_driver_sql(statement)
    [found] = check_frame(partners.ledger).problems
    assert found.startswith(problem)
    partners.close()


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("seq INTEGER NOT NULL", "seq INTEGER", "the database no longer demands that events.seq has a value"),
        ("UNIQUE (book, seq)", "UNIQUE (book, position)", "the database no longer demands that book, seq of events"),
        ("UNIQUE (book, seq)", "UNIQUE (book, seq) ON CONFLICT REPLACE", "the table of events has another definition"),
        ("book TEXT NOT NULL", "book TEXT COLLATE NOCASE NOT NULL", "the table of events has another definition"),
    ],
)
def test_what_a_file_no_longer_demands_is_named(sqlite_url: str, before: str, after: str, problem: str) -> None:
    """In a file it stands in the statement that made the table."""
    partners = Partners(sqlite_url)
    with partners.ledger.writing() as connection:
        connection.exec_driver_sql("PRAGMA writable_schema = 1")
        changed = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = 'events'"
        connection.exec_driver_sql(changed, (before, after))
    partners.ledger.engine.dispose()
    assert any(each.startswith(problem) for each in check_frame(partners.ledger).problems)
    partners.close()


def test_what_ends_an_examination_is_a_finding_unless_the_database_does_not_answer() -> None:
    """Errors of every kind are told in one line; a store that is busy is not blamed for it."""
    check = Check("any")
    for error in (Broken("torn"), KeyError("x"), ValueError("first\nsecond")):
        with examining(check, "it cannot be read"):
            raise error
    assert check.problems == [
        "it cannot be read: torn", "it cannot be read: KeyError: 'x'", "it cannot be read: ValueError: first",
    ]  # fmt: skip
    with pytest.raises(StoreBusy), examining(check, "it cannot be read"):
        raise StoreBusy("busy")

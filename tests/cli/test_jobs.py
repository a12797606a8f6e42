"""`--jobs` and `--scheduler`: the same output, whoever does the work."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook, Ran
from tests.fleet.several import make_several

FREE = "DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_deleted;"


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of several partnerships, to be copied, not used."""
    path = tmp_path_factory.mktemp("several") / "pactbook.db"
    make_several(path)
    return path


@pytest.fixture
def store(several: Path, folder: Path) -> Path:
    """The store, in the folder where commands look for it."""
    return Path(shutil.copy(several, folder / "pactbook.db"))


def tamper(store: Path, script: str) -> None:
    """Change the store behind the ledger's back."""
    with closing(sqlite3.connect(store)) as connection:
        connection.executescript(script)


def both(pactbook: Pactbook, line: str) -> Ran:
    """How a command ends, alone and with two processes alike."""
    alone = pactbook(line)
    assert pactbook(f"{line} --jobs 2") == alone
    return alone


@pytest.mark.usefixtures("store")
def test_processes_find_a_store_sound_in_the_same_words(pactbook: Pactbook) -> None:
    """The report is the same to the byte."""
    ran = both(pactbook, "verify")
    assert (ran.code, ran.err) == (0, "")
    assert "5 tree heads" in ran.out


@pytest.mark.slow
def test_processes_find_what_was_changed_in_the_same_words(store: Path, pactbook: Pactbook) -> None:
    """In several books, in the log as a whole and in the tables: the same problems in the same order, the same code."""
    tamper(
        store,
        FREE + "UPDATE events SET leaf = zeroblob(32) WHERE book IN ('p-2', 'p-4') AND seq > 2;"
        "DELETE FROM events WHERE book = 'p-3' AND seq = 5; UPDATE events SET book = x'ff' WHERE position = 9;"
        "UPDATE totals SET amount_minor = '1' WHERE book = 'p-5'; DELETE FROM timeline WHERE book = 'p-1' AND seq = 2;"
        "INSERT INTO books VALUES ('ghost', 1, zeroblob(8)); UPDATE agreements SET book = 'nobody' WHERE book = 'p-4';"
        "INSERT INTO checkpoints VALUES ('none', 3, 'x');",
    )
    ran = both(pactbook, "verify --format json")
    assert ran.code == 5
    wrong = {each["check"]: "\n".join(each["problems"]) for each in ran.json if not each["ok"]}
    for check, problem in {
        "trees": "there is a tree of ghost, which has no events",
        "order": "event 6 of p-3 follows event 4",
        "columns": "says that it belongs to p-1",
        "projections": "timeline: the row p-1/3 stands where the events give p-1/2",
        "checkpoints": "the store: there are 1 checkpoints of none, which has no events",
        "rules": r"b'\xff': event 9",
    }.items():
        assert problem in wrong[check], wrong[check]
    assert next(each for each in ran.json if each["check"] == "trees")["problems"][-1].startswith("event ")


@pytest.mark.usefixtures("store")
def test_one_book_is_examined_alone(store: Path, pactbook: Pactbook) -> None:
    """What is wrong with the tables of another book is not its affair."""
    tamper(store, "UPDATE totals SET amount_minor = '1' WHERE book = 'p-5'; DELETE FROM books WHERE book = 'p-4'")
    assert pactbook("verify p-1").code == 0
    assert pactbook("verify p-5").code == 5


def test_a_broken_head_is_a_finding_like_any_other(store: Path, pactbook: Pactbook) -> None:
    """The book is examined nevertheless."""
    tamper(store, "UPDATE books SET frontier = x'00' WHERE book = 'p-1'")
    ran = pactbook("verify p-1 --format json")
    assert ran.code == 5
    problems = {each["check"]: each["problems"] for each in ran.json}
    assert problems["trees"] == ["the tree of p-1 is not the one that its events make"]
    assert problems["columns"] == problems["rules"] == problems["projections"] == []


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("--jobs 0", "'0' is not a number of processes"),
        ("--jobs many", "'many' is not a number of processes"),
        ("--jobs -1", "'-1' is not a number of processes"),
        ("--jobs 2 --scheduler tcp://10.0.0.5:8786", "--jobs and --scheduler are two ways to say who works"),
    ],
)
def test_who_works_is_said_once_and_sensibly(pactbook: Pactbook, line: str, error: str) -> None:
    """Anything else is an error of usage, before anything is opened."""
    ran = pactbook(f"verify {line}")
    assert ran.code == 2
    assert error in ran.errors[0]

"""Those who do the work: one alone and several processes give the same; one that dies costs its own task alone."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fleet.crew import TRIES, Alone, Crew, Processes
from fleet.place import Desk, Place
from ledger.store.failures import StoreUnavailable
from ledger.values.errors import PactbookError, Refused, Rejected
from tests.fleet.several import BOOKS
from tests.fleet.work import Errand, break_, mistake, reject, runs, size


def errands(folder: Path, *books: str, **deaths: int) -> dict[str, Errand]:
    """A task for each book; `p_1=2` has the first two processes die that are at work on p-1."""
    return {book: Errand(str(folder), book, deaths.get(book.replace("-", "_"), 0)) for book in books}


def done(crew: Crew, *given: Any) -> dict[str, Any]:
    """What came of each task, in the order of books."""
    return dict(sorted(crew.each(*given)))


def test_processes_come_to_what_one_alone_comes_to(desk: Desk, place: Place, counted: Path) -> None:
    """The same results and the same errors, whatever comes first; each task is done once."""
    tasks = errands(counted, *BOOKS, "ghost")
    here, there = done(Alone(desk), size, tasks), done(Processes(place, 2), size, tasks)
    errors = [each.pop("ghost") for each in (here, there)]
    assert here == there
    assert set(here) == set(BOOKS)
    assert [(type(error), str(error), error.hint) for error in errors] == [
        (Refused, "there is no agreement 'ghost'", "there are: p-1, p-2, p-3, p-4, p-5")
    ] * 2
    assert runs(counted) == dict.fromkeys([*BOOKS, "ghost"], 2)


def test_a_process_that_dies_costs_its_own_task_alone(place: Place, counted: Path) -> None:
    """Its task is begun again by another process; those of other processes go on."""
    found = done(Processes(place, 2), size, errands(counted, *BOOKS, p_2=1, p_4=TRIES - 1))
    assert all(isinstance(each, int) for each in found.values())
    assert runs(counted) == {"p-1": 1, "p-2": 2, "p-3": 1, "p-4": TRIES, "p-5": 1}


def test_a_task_that_kills_every_process_is_named_and_hides_no_other(place: Place, counted: Path) -> None:
    """After some tries: an error that names the book, and how its process ended."""
    found = done(Processes(place, 2), size, errands(counted, *BOOKS, p_3=99))
    error = found.pop("p-3")
    assert isinstance(error, Refused)
    assert error.message == "3 processes ended while they were at work on p-3 (SIGKILL)"
    assert all(isinstance(each, int) for each in found.values())
    assert runs(counted)["p-3"] == TRIES


@pytest.mark.parametrize("crew", ["alone", "processes"])
def test_errors_of_books_are_told_one_by_one(crew: str, desk: Desk, place: Place, counted: Path) -> None:
    """With their kind, their hint and their findings, from another process too."""
    who: Crew = Alone(desk) if crew == "alone" else Processes(place, 2)
    found = done(who, break_, errands(counted, "p-1", "p-2"))
    assert [(each.kind, each.message, each.hint) for each in found.values()] == [
        ("broken", "it does not agree", None),
        ("refused", "no", "ask again"),
    ]
    error = done(who, reject, errands(counted, "p-1"))["p-1"]
    assert isinstance(error, Rejected)
    assert [(each.message, each.hint) for each in error.findings] == [("this is wrong", "write it rightly")]


def test_a_mistake_ends_everything_and_says_where_it_was(place: Place, counted: Path) -> None:
    """It is about no book; and no process is left behind."""
    with pytest.raises(ZeroDivisionError, match="nobody thought of this") as raised:
        done(Processes(place, 2), mistake, errands(counted, *BOOKS))
    assert "in mistake" in "".join(raised.value.__notes__)
    assert multiprocessing.active_children() == []


def test_a_store_that_cannot_be_asked_ends_everything(place: Place, counted: Path, tmp_path: Path) -> None:
    """As it would in one process; so does another version of pactbook, which may have other rules."""
    elsewhere = replace(place, store=f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(StoreUnavailable, match="there is no store at"):
        done(Processes(elsewhere, 2), size, errands(counted, *BOOKS))
    other = replace(place, version=("0.0.1", 7))
    with pytest.raises(Refused, match=r"is installed here, and the command is of 0\.0\.1 \(tables 00000007\)"):
        done(Processes(other, 2), size, errands(counted, *BOOKS))
    assert runs(counted) == {}


def test_who_loses_interest_leaves_no_process_behind(place: Place, counted: Path) -> None:
    """Stopped in the middle, the processes end."""
    outcomes = Processes(place, 2).each(size, errands(counted, *BOOKS))
    book, found = next(outcomes)
    assert book in BOOKS
    assert not isinstance(found, PactbookError)
    outcomes.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


def test_no_tasks_are_done_at_once(desk: Desk, place: Place) -> None:
    """Without any process."""
    assert done(Alone(desk), size, {}) == done(Processes(place, 4), size, {}) == {}

"""A cluster does the same work: real worker processes, some of which are killed at it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from fleet.cluster import Cluster, at_cluster
from fleet.crew import Alone
from fleet.place import Desk, Place
from ledger.values.errors import Refused
from tests.fleet import cluster_process
from tests.fleet.several import BOOKS
from tests.fleet.test_crew import done, errands
from tests.fleet.work import break_, mistake, runs, size, worker_process

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a scheduler with two workers."""
    with cluster_process.running(2) as address:
        yield address


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a worker that was killed is back only after a while."""
    monkeypatch.setattr("fleet.cluster.WORKERS_PATIENCE", 120)


@pytest.fixture
def cluster(place: Place, scheduler: str) -> Iterator[Cluster]:
    """A crew of its workers."""
    with at_cluster(place, scheduler) as crew:
        yield crew


def test_workers_come_to_what_one_alone_comes_to(desk: Desk, cluster: Cluster, counted: Path) -> None:
    """Results and errors are the same, and each task is done once."""
    tasks = errands(counted, *BOOKS, "ghost")
    there = done(cluster, size, tasks)
    assert runs(counted) == dict.fromkeys(tasks, 1)
    here = done(Alone(desk), size, tasks)
    assert [str(each) for each in there.values()] == [str(each) for each in here.values()]
    found = done(cluster, break_, errands(counted, "p-1", "p-2"))
    assert [(each.kind, each.message, each.hint) for each in found.values()] == [
        ("broken", "it does not agree", None),
        ("refused", "no", "ask again"),
    ]


def test_a_worker_that_dies_at_a_book_costs_that_book_alone(desk: Desk, cluster: Cluster, counted: Path) -> None:
    """Killed while it is at work: another worker begins the book again; no other book is begun twice."""
    found = done(cluster, size, errands(counted, *BOOKS, p_2=1))
    assert runs(counted) == {"p-1": 1, "p-2": 2, "p-3": 1, "p-4": 1, "p-5": 1}
    assert found == done(Alone(desk), size, errands(counted, *BOOKS))


def test_a_worker_that_is_killed_from_outside_is_made_up_for(desk: Desk, cluster: Cluster, counted: Path) -> None:
    """The results are whole, and the same as ever; at most what it had before it is begun again."""
    tasks = errands(counted, *(f"p-{1 + n % 5}" for n in range(5)))
    outcomes = cluster.each(worker_process, tasks)
    _, victim = next(outcomes)
    assert isinstance(victim, int)
    os.kill(victim, signal.SIGKILL)
    assert {book for book, _ in outcomes} | {_} == set(BOOKS)
    assert done(cluster, size, tasks) == done(Alone(desk), size, tasks)


def test_a_book_that_kills_every_worker_is_named(cluster: Cluster, counted: Path) -> None:
    """And hides nothing of the others."""
    found = done(cluster, size, errands(counted, *BOOKS, p_3=99))
    error = found.pop("p-3")
    assert isinstance(error, Refused)
    assert error.message == "worker after worker of the cluster died while it was at work on p-3"
    assert all(isinstance(each, int) for each in found.values())


def test_a_mistake_at_a_worker_says_where_it_was(cluster: Cluster, counted: Path) -> None:
    """As one in this process does."""
    with pytest.raises(ZeroDivisionError, match="nobody thought of this") as raised:
        done(cluster, mistake, errands(counted, *BOOKS))
    assert "in mistake" in "".join(raised.value.__notes__)


def test_workers_that_would_do_other_work_are_not_asked(
    place: Place, scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of pactbook or none, a store that is not there for them or another one: asked beforehand."""
    refused(replace(place, version=("0.0.1", 7)), scheduler, r"cannot help: pactbook \S+ \(tables \w+\) is installed")
    refused(replace(place, store=f"sqlite:///{tmp_path / 'none.db'}"), scheduler, "cannot help: there is no store at")
    monkeypatch.setattr("fleet.cluster.mark", lambda ledger: b"another first event")
    refused(place, scheduler, "finds another store at the same address")
    (tmp_path / "lone_module.py").write_text("def meet(place): ...\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("fleet.cluster.meet", import_module("lone_module").meet)
    refused(place, scheduler, "has no pactbook")


def refused(place: Place, scheduler: str, why: str) -> None:
    """The first worker is named, and what is wrong with it."""
    with pytest.raises(Refused, match=rf"the worker tcp://\S+ {why}"):
        at_cluster(place, scheduler).__enter__()


def test_a_scheduler_that_is_not_there_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Soon, and with what to do."""
    monkeypatch.setattr("fleet.cluster.PATIENCE", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense", "tcp://nowhere.invalid:1", "http://127.0.0.1:9"):
        with pytest.raises(Refused, match=f"no scheduler answers at {address}") as raised:
            at_cluster(place, address).__enter__()
        assert raised.value.hint is not None
        assert raised.value.hint.startswith("start one: dask scheduler")

"""The workers of a Dask cluster: they work on the same store, so they must reach it, with the same version of pactbook.

The engine is `distributed` as it is. It gives each task to a worker, and to another one where the first dies, a few
times (`distributed.scheduler.allowed-failures`, 3 unless the scheduler is told otherwise).
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from distributed import Client, KilledWorker, as_completed

from fleet.crew import Result, Task, Work, attempt, portable
from fleet.place import Place, mark
from ledger.values.errors import PactbookError, Refused

PATIENCE = 10  #: seconds to wait for a scheduler to answer
WORKERS_PATIENCE = 30  #: seconds to wait for a scheduler to have a worker: one that died is only being started again


@contextmanager
def at_cluster(place: Place, scheduler: str) -> Iterator[Cluster]:
    """The workers of a cluster, each of which was seen to reach the store.

    Raises `Refused` where the scheduler does not answer, or where one of its workers would not do the same work.
    """
    client = _client(scheduler)
    try:
        _require_same_work(client, place, scheduler)
        yield Cluster(client, place)
    finally:
        with suppress(Exception):
            client.close()


@dataclass(frozen=True, slots=True)
class Cluster:
    """A crew of workers wherever they are."""

    client: Any
    place: Place

    def each(self, work: Work[Task, Result], tasks: Mapping[Any, Task]) -> Iterator[tuple[Any, Result | PactbookError]]:
        """The result for each book, as they come; an error where worker after worker died at its task."""
        name = f"pactbook-{uuid4().hex}"
        books = {
            self.client.submit(at_work, self.place, work, task, key=f"{name}-{n}", pure=False): book
            for n, (book, task) in enumerate(tasks.items())
        }
        doubtful = []
        for future in as_completed(list(books), loop=self.client.loop):
            if future.status == "error" and isinstance(future.exception(), KilledWorker):
                doubtful.append(books[future])
            else:
                yield books[future], _outcome(future, books[future])
            future.release()
        for book in doubtful:  # it may only have waited at workers that another book killed: alone, there is no doubt
            alone = self.client.submit(at_work, self.place, work, tasks[book], key=f"{name}-{book}-alone", pure=False)
            yield book, _outcome(alone, book)


def at_work(place: Place, work: Work[Task, Result], task: Task) -> tuple[bool, Any]:
    """What a worker does: one task, with a desk of its own. Whether it went well, and the outcome or the error."""
    try:
        with place.open() as desk:
            return True, attempt(work, desk, task)
    except Exception as error:
        return False, portable(error)


def _outcome(future: Any, book: Any) -> Any:
    try:
        sound, outcome = future.result()
    except KilledWorker:
        message = f"worker after worker of the cluster died while it was at work on {book}"
        return Refused(message, "perhaps there is not enough memory: see the logs of the workers")
    except (asyncio.CancelledError, OSError, TimeoutError) as error:
        raise Refused(f"the scheduler was lost: {_first_line(error)}", "repeat the command") from None
    if not sound:
        raise outcome
    return outcome


# --- before anything is done ------------------------------------------------------------------------------


def _client(scheduler: str) -> Any:
    try:
        return Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        why = _first_line(error)
    # The client that came to nothing ends its thread when it is collected: not at any moment later, for in one where
    # another thread is about to begin each would wait for the other.
    gc.collect()
    hint = f"start one: dask scheduler; then name its address ({why})"
    raise Refused(f"no scheduler answers at {scheduler}", hint)


def _require_same_work(client: Any, place: Place, scheduler: str) -> None:
    with suppress(TimeoutError):
        client.wait_for_workers(1, timeout=WORKERS_PATIENCE)
    found = client.run(meet, place, on_error="return")
    if not found:
        raise Refused(f"the scheduler at {scheduler} has no workers", f"start some: dask worker {scheduler}")
    for worker, said in sorted(found.items()):
        if isinstance(said, Exception) and "No module named" in str(said):
            raise Refused(
                f"the worker {worker} has no pactbook", f"install the same version there ({_first_line(said)})"
            )
        if isinstance(said, Exception):
            hint = said.hint if isinstance(said, PactbookError) else None
            raise Refused(f"the worker {worker} cannot help: {_first_line(said)}", hint or "see its log")
    with place.open() as desk:
        here = mark(desk.ledger)
    for worker in sorted(found):
        if found[worker] != here:
            raise Refused(
                f"the worker {worker} finds another store at the same address",
                "a SQLite file must be on a file system that all share; a server, one that all reach by this name",
            )


def meet(place: Place) -> bytes:
    """What a worker finds where the store should be."""
    with place.open() as desk:
        return mark(desk.ledger)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__

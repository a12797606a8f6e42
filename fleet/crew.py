"""Those who do the work: one alone, in this process, or several processes of this machine.

Whoever it is, each task ends in a result, or in the error that the work itself ended in; that one book cannot be worked
on hides nothing of the others. What is not about the book ends everything: a store that cannot be asked, a mistake.
"""

from __future__ import annotations

import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol, TypeVar

from fleet.place import Desk, Place
from ledger.store.failures import StoreBusy, StoreUnavailable
from ledger.values.errors import PactbookError, Refused

Task = TypeVar("Task")
Result = TypeVar("Result")
Work = Callable[[Desk, Task], Result]

TRIES = 3  #: how often a task is begun whose process dies
_NEW = get_context("spawn")  # a copy of this process would share its connections to the store


class Crew(Protocol):
    """Whoever does a task for each book."""

    def each(self, work: Work[Task, Result], tasks: Mapping[Any, Task]) -> Iterator[tuple[Any, Result | PactbookError]]:
        """The result for each book, or the error that its task ended in, as they come."""


@dataclass(frozen=True, slots=True)
class Alone:
    """One task after the other, in this process."""

    desk: Desk

    def each(self, work: Work[Task, Result], tasks: Mapping[Any, Task]) -> Iterator[tuple[Any, Result | PactbookError]]:
        """The result for each book, in the order of the tasks."""
        for book, task in tasks.items():
            yield book, attempt(work, self.desk, task)


def attempt(work: Work[Task, Result], desk: Desk, task: Task) -> Result | PactbookError:
    """Do a task; returns the error that it ends in, if it is about the book. Raises any other."""
    try:
        return work(desk, task)
    except (StoreBusy, StoreUnavailable):
        raise
    except PactbookError as error:
        return error


# --- several processes ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Processes:
    """So many processes, each with a desk of its own, that take the tasks in turn.

    A process that dies costs the task that it was at, which is begun again by a new one.
    """

    place: Place
    jobs: int

    def each(self, work: Work[Task, Result], tasks: Mapping[Any, Task]) -> Iterator[tuple[Any, Result | PactbookError]]:
        """The result for each book, as they come; an error where process after process died at its task."""
        waiting = deque((book, task, 1) for book, task in tasks.items())
        workers = [_Worker(self.place, work) for _ in range(min(self.jobs, len(waiting)))]
        try:
            while workers:
                for pipe in wait([worker.pipe for worker in workers]):
                    worker = next(each for each in workers if each.pipe is pipe)
                    job, worker.job = worker.job, None
                    try:
                        sound, outcome = worker.pipe.recv()
                    except (EOFError, OSError):
                        yield from self._died(worker, job, waiting)
                        workers.remove(worker)
                        if waiting:
                            workers.append(_Worker(self.place, work))
                        continue
                    if not sound:
                        raise outcome
                    if job is not None:
                        yield job[0], outcome
                    worker.give(waiting)
                    if worker.job is None:
                        workers.remove(worker)
                        worker.end()
        finally:
            for worker in workers:
                worker.end()

    def _died(self, worker: _Worker, job: _Job | None, waiting: deque[_Job]) -> Iterator[tuple[Any, PactbookError]]:
        """Have the task of a process that died begun again, unless that was tried often enough."""
        how = worker.end()
        if job is None:
            raise Refused(f"a process that should help ended before it began ({how})", "repeat without --jobs")
        book, task, tries = job
        if tries < TRIES:
            waiting.appendleft((book, task, tries + 1))
        else:
            message = f"{TRIES} processes ended while they were at work on {book} ({how})"
            yield book, Refused(message, "perhaps there is not enough memory: repeat with fewer --jobs")


_Job = tuple[Any, Any, int]
"""A book, its task, and which try this is."""


class _Worker:
    """A process, and what it is at."""

    def __init__(self, place: Place, work: Work[Any, Any]) -> None:
        self.job: _Job | None = None
        self.pipe, theirs = _NEW.Pipe()
        self._process = _NEW.Process(target=serve, args=(theirs, place, work), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, waiting: deque[_Job]) -> None:
        """Take up the next task, if there is one."""
        if waiting:
            self.job = waiting.popleft()
            with suppress(OSError):  # it has died: that is seen when its answer is waited for
                self.pipe.send(self.job[1])

    def end(self) -> str:
        """End the process, at once; returns how it ended."""
        self._process.kill()
        self._process.join()
        self.pipe.close()
        code = self._process.exitcode or 0
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def serve(pipe: Connection, place: Place, work: Work[Any, Any]) -> None:
    """What such a process does: task after task, until whoever gives them is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who stops the command ends this process too
    with suppress(EOFError, OSError):
        try:
            with place.open() as desk:
                pipe.send((True, None))
                while True:
                    task = pipe.recv()
                    pipe.send((True, attempt(work, desk, task)))
        except (EOFError, BrokenPipeError):
            raise
        except Exception as error:
            pipe.send((False, portable(error)))


def portable(error: Exception) -> Exception:
    """An error for another process: with where it came from, which is not known there."""
    error.add_note("".join(traceback.format_exception(error)))
    error.__cause__ = error.__context__ = None
    return error

"""`--jobs` and `--scheduler`: who does the work of a command that goes through many books."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.options import Parsed
from cli.output import counting
from cli.session import session
from ledger.values.errors import PactbookError, Refused, Rejected

if TYPE_CHECKING:
    from fleet.crew import Crew, Result, Task, Work
    from fleet.place import Desk, Place

Command = TypeVar("Command", bound=Callable[..., Any])

_MOST = 1_000  #: processes that anybody can mean


@dataclass(frozen=True, slots=True)
class Hands:
    """Whom a command asks to do its work: so many processes, or the workers of a cluster."""

    jobs: int = 1
    scheduler: str | None = None

    @property
    def alone(self) -> bool:
        """Whether this process does it all."""
        return self.scheduler is None and self.jobs == 1

    @contextmanager
    def at_work(self) -> Iterator[tuple[Desk, Crew]]:
        """The desk of this process, and the crew; how far it is is told on stderr."""
        from fleet.crew import Alone, Processes
        from fleet.place import Desk

        ledger, follower = session().ledger, session().follower
        if self.alone:
            with counting("events") as advance:
                desk = Desk(ledger, follower, advance)
                yield desk, Alone(desk)
            return
        desk = Desk(ledger, follower)
        with counting("books") as advance:
            if self.scheduler is None:
                yield desk, _Counted(Processes(_place(), self.jobs), advance)
                return
            with _cluster()(_place(), self.scheduler) as crew:
                yield desk, _Counted(crew, advance)


@dataclass(frozen=True, slots=True)
class _Counted:
    """A crew, and whom to tell of each book that is done."""

    crew: Crew
    advance: Callable[[int], None]

    def each(self, work: Work[Task, Result], tasks: Mapping[Any, Task]) -> Iterator[tuple[Any, Result | PactbookError]]:
        for outcome in self.crew.each(work, tasks):
            self.advance(1)
            yield outcome


def _place() -> Place:
    """What others need to know to work as this command would."""
    from fleet.place import Place, present_version

    here = session()
    evidence, texts = (None if (folder := here.setting(name)) is None else str(Path(folder).absolute())
                       for name in ("evidence", "texts"))  # fmt: skip
    return Place(here.ledger.address, here.now(), present_version(), evidence, texts)


def _cluster() -> Any:
    try:
        from fleet.cluster import at_cluster
    except ModuleNotFoundError:
        message = "--scheduler needs a package that is not installed"
        raise Refused(message, "pip install 'pactbook[cluster]'") from None
    return at_cluster


def _jobs(text: str) -> int:
    if text == "auto":
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST:
        raise Rejected(f"{text!r} is not a number of processes", "write a number from 1, or auto: one for each core")
    return int(text)


def fleet_options(command: Command) -> Command:
    """`--jobs` and `--scheduler`: the command is given the hands that they name."""

    @wraps(command)
    def handed(*args: Any, jobs: int, scheduler: str | None, **given: Any) -> Any:
        if scheduler is not None and jobs != 1:
            raise click.UsageError("--jobs and --scheduler are two ways to say who works; name one of them")
        return command(*args, hands=Hands(jobs, scheduler), **given)

    found = click.option(
        "--scheduler", metavar="ADDRESS", help="Work on a Dask cluster: its scheduler, such as tcp://10.0.0.5:8786."
    )(handed)
    return click.option(
        "--jobs", metavar="N", type=Parsed("number", _jobs), default="1",
        help="Work on so many books at once, each in a process of its own (auto: one per core) [default: 1].",
    )(found)  # type: ignore[return-value]  # it is called as the command was  # fmt: skip

"""Units of work for tests of crews: each says that it was begun, and some of them kill the process that they are in."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from fleet.place import Desk
from ledger.values.errors import Broken, Refused, Rejected


@dataclass(frozen=True)
class Errand:
    """Where runs are counted, which book it is, and what is to happen: `deaths` of its process before it succeeds."""

    folder: str
    book: str
    deaths: int = 0


def runs(folder: Path) -> dict[str, int]:
    """How often the task of each book was begun."""
    return {path.name: len(path.read_text("utf-8")) for path in sorted(folder.iterdir())}


def begin(errand: Errand) -> int:
    """Count a run; returns which one it is."""
    path = Path(errand.folder) / errand.book
    with path.open("a", encoding="utf-8") as counted:
        counted.write(".")
    return len(path.read_text("utf-8"))


def size(desk: Desk, errand: Errand) -> int:
    """How many events a book has; the first processes that are asked die."""
    if begin(errand) <= errand.deaths:
        os.kill(os.getpid(), signal.SIGKILL)
    desk.ledger.require_book(errand.book)
    return desk.ledger.head(errand.book).size


def reject(desk: Desk, errand: Errand) -> None:
    """An error with all that it carries."""
    raise Rejected("this is wrong", "write it rightly")


def break_(desk: Desk, errand: Errand) -> None:
    """An error of integrity for some, a refusal for others."""
    raise Broken("it does not agree") if errand.book == "p-1" else Refused("no", "ask again")


def mistake(desk: Desk, errand: Errand) -> None:
    """A mistake of ours, which is about no book."""
    raise ZeroDivisionError("nobody thought of this")


def worker_process(desk: Desk, errand: Errand) -> int:
    """The process that is at work, which takes a moment."""
    begin(errand)
    time.sleep(0.2)
    return os.getpid()

"""Sudden death at an exact point: before and after each statement and commit, and at each change of a file."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

from ledger.store.direct import Direct

#: What a process does to files, by the names of Python's audit events.
_FILES = frozenset({"os.rename", "os.remove", "os.mkdir", "os.truncate"})
#: Whatever a process asks of a database goes through one of these.
_STATEMENTS: dict[type, tuple[str, ...]] = {
    DefaultDialect: ("do_execute", "do_executemany", "do_execute_no_params", "do_commit"),
    Direct: ("rows", "run", "run_many", "begin"),
}


def die_at(point: int) -> None:
    """Have this process killed, as by `kill -9`, at its `point`-th point (from 1)."""
    left = point

    def passed() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for kind, names in _STATEMENTS.items():
        for name in names:
            setattr(kind, name, _between(getattr(kind, name), passed))
    sys.addaudithook(lambda event, arguments: passed() if _changes_a_file(event, arguments) else None)


def _between(act: Callable[..., Any], passed: Callable[[], None]) -> Callable[..., Any]:
    def acted(*arguments: Any, **named: Any) -> Any:
        passed()
        result = act(*arguments, **named)
        passed()
        return result

    return acted


def _changes_a_file(event: str, arguments: tuple[Any, ...]) -> bool:
    if event == "open":
        _, _, flags = arguments
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    return event in _FILES

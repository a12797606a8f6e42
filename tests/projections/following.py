"""A process that follows a log: `python -m tests.projections.following URL PAGE [KILL]`.

With KILL it is killed, as by `kill -9`, at its KILL-th write of rows: in the middle of a page's transaction.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Table

from ledger.application import Ledger
from projections import bulk
from projections.follower import Follower

Process = subprocess.Popen[str]
ROOT = Path(__file__).parent.parent.parent


def start(url: str, page: int, kill: int = 0) -> Process:
    """Start such a process. It says `ready` once it could begin, and begins when it is told anything."""
    command = [sys.executable, "-m", "tests.projections.following", url, str(page), str(kill)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def follow(url: str, page: int, kill: int) -> None:
    """Catch up, and say how many pages this process has written."""
    pages = 0

    def count(_position: int, _last: int) -> None:
        nonlocal pages
        pages += 1

    follower = Follower(Ledger(url), count, page)
    if kill:
        _kill_at_write(kill)
    _say("ready")
    sys.stdin.readline()
    follower.catch_up()
    _say(str(pages))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _kill_at_write(number: int) -> None:
    insert, left = bulk.insert, number

    def insert_or_die(connection: Connection, table: Table, rows: Sequence[bulk.Row]) -> None:
        nonlocal left
        left -= bool(rows)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        insert(connection, table, rows)

    bulk.insert = insert_or_die


if __name__ == "__main__":
    follow(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

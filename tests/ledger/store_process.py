"""Another process at work on a store, for tests of many processes and of sudden death.

python -m tests.ledger.store_process create URL
python -m tests.ledger.store_process append URL NAME SAVES    records so many saves of two events each
python -m tests.ledger.store_process hold URL EVENTS          appends so many, says so, and waits for its end
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from eventsourcing.persistence import StoredEvent

from ledger.store.engine import make_engine
from ledger.store.recorder import BookRecorder
from ledger.store.schema import create_schema

PAGE = 1000


def start(*arguments: object) -> subprocess.Popen[str]:
    """Start a process that does what the arguments say."""
    command = [sys.executable, "-m", __name__, *map(str, arguments)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def finish(*processes: subprocess.Popen[str]) -> None:
    """Wait until all have ended well."""
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0] * len(processes)


def main(verb: str, url: str, *arguments: str) -> None:
    """Do as the command line says."""
    engine = make_engine(url)
    if verb == "append":
        create_schema(engine)
        _append(BookRecorder(engine), arguments[0], int(arguments[1]))
    else:
        _hold(BookRecorder(engine), int(arguments[0]))
    engine.dispose()


def _append(recorder: BookRecorder, name: str, saves: int) -> None:
    for number in range(1, saves + 1):
        recorder.insert_events(
            [
                StoredEvent(f"shared/{name}", number, "Topic.v1", f"{name} {number}".encode()),
                StoredEvent(f"{name}/own", number, "Topic.v1", b"own"),
            ]
        )


def _hold(recorder: BookRecorder, events: int) -> None:
    with recorder.appending() as turn:
        for first in range(0, events, PAGE):
            numbers = range(first, min(first + PAGE, events))
            turn.append([StoredEvent(f"held/{number}", 1, "Topic.v1", b"x" * 500) for number in numbers])
        sys.stdout.write("appended\n")
        sys.stdout.flush()
        sys.stdin.readline()


if __name__ == "__main__":
    main(*sys.argv[1:])

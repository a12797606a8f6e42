"""What a power failure leaves of a SQLite file: copies of it at random moments, without what was not safe yet.

A process that is killed loses nothing that it has handed to the system; a machine that stops does. SQLite writes each
commit to its log and waits for the disk before it says so (`synchronous = FULL`). Behind that place the log may be cut
off or hold anything. So a writer is stopped, its files are copied, the log's end is cut off or garbled at random, and
the copy has to be a whole store that holds everything acknowledged before.
"""

from __future__ import annotations

import os
import shutil
import signal
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random

from ledger.application import Ledger
from tests.durability import crowd
from tests.durability.examine import problems
from tests.durability.killing import CONTEXT

_LOG_HEADER, _FRAME_HEADER = 32, 24  #: bytes before the first frame of the log, and before the page of each frame
_INDEX = struct.Struct("=16xI12x8s8x")  #: of the log's index: how many frames there are, and the salt of this log
_COPIED_FROM = 96  #: where the index says how many frames are in the database file already


@dataclass(frozen=True, slots=True)
class Mark:
    """A position that was acknowledged, and where the log ended then: its salt, and its number of frames."""

    position: int
    salt: bytes
    frames: int


def write(store: Path, marks: Path) -> None:
    """Record entries, whole files of them and closes, and write down each acknowledged position; never ends."""
    file = os.open(marks, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    worker = crowd.Worker(f"sqlite:///{store}", marks.parent, 0, 0)
    for number in count():
        worker.ledger.entries.record(crowd.BOOK, f"S-{number}", crowd.sale(number))
        if number % 10 == 9 and number < 120:
            worker.ledger.statements.close(crowd.BOOK)
        elif number % 5 == 4:
            worker.follower.catch_up()
        frames, salt = _INDEX.unpack_from(store.with_name(f"{store.name}-shm").read_bytes())
        line = f"{worker.ledger.books.max_notification_id()} {salt.hex()} {frames}\n"
        os.write(file, line.encode())


def begun(folder: Path) -> ForkServerProcess:
    """A writer at work on a new store in a folder."""
    crowd.make(f"sqlite:///{folder / 'book.db'}", crowd.BOOK)
    process = CONTEXT.Process(target=write, args=(folder / "book.db", folder / "marks.txt"), daemon=True)
    process.start()
    return process


@contextmanager
def stopped(process: ForkServerProcess) -> Iterator[None]:
    """The writer stands still meanwhile: what it writes while others look only makes their work longer."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        _wait_until_stopped(process.pid)
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def taken(folder: Path, image: Path) -> tuple[Mark, int]:
    """Copy the files of a store as they are now; returns the last mark, and how many frames are copied from the log."""
    position, salt, frames = (folder / "marks.txt").read_text().splitlines()[-1].split()
    image.mkdir()
    for name in ("book.db", "book.db-wal"):
        shutil.copy(folder / name, image / name)
    index = (folder / "book.db-shm").read_bytes()
    [copied] = struct.unpack_from("=I", index, _COPIED_FROM)
    return Mark(int(position), bytes.fromhex(salt), int(frames)), copied


def _wait_until_stopped(pid: int) -> None:
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        time.sleep(0.001)


def aged(image: Path, mark: Mark, copied: int, chance: Random) -> Iterator[tuple[Path, bool]]:
    """The image as it is, and as a power failure may leave it; each with whether all that was marked must be there."""
    log = (image / "book.db-wal").read_bytes()
    yield image, True
    if len(log) <= _LOG_HEADER:
        return
    size = _FRAME_HEADER + struct.unpack_from(">I", log, 8)[0]
    sure = mark.frames if log[16:24] == mark.salt else 0
    for number, (least, complete) in enumerate([(max(sure, copied), True), (copied, sure <= copied)]):
        start = _LOG_HEADER + least * size
        if start >= len(log):
            continue
        cut = chance.randrange(start, len(log) + 1)
        garbage = chance.randbytes(len(log) - cut) if chance.random() < 0.5 else b""
        other = image.with_name(f"{image.name}-{number}")
        other.mkdir()
        shutil.copy(image / "book.db", other / "book.db")
        (other / "book.db-wal").write_bytes(log[:cut] + garbage)
        yield other, complete


def check(image: Path, least: int) -> None:
    """An image is a whole store, which holds what was acknowledged, and can be written to."""
    url = f"sqlite:///{image / 'book.db'}"
    assert problems(url) == []
    ledger = Ledger(url, "acme/ann", lambda: crowd.NOW)
    assert (ledger.books.max_notification_id() or 0) >= least
    ledger.entries.record(crowd.BOOK, "AFTER", crowd.sale(1))
    ledger.close()
    assert problems(url) == []


def try_images(folder: Path, images: int, chance: Random, longest: float = 0.2) -> None:
    """Take so many images of a writer at random moments, and check each, and what may be left of it."""
    process, marks = begun(folder), folder / "marks.txt"
    try:
        while not (marks.exists() and marks.stat().st_size):
            assert process.is_alive()
            time.sleep(0.01)
        for number in range(images):
            time.sleep(chance.uniform(0, longest))
            image = folder / f"image-{number}"
            with stopped(process):
                mark, copied = taken(folder, image)
                for each, complete in list(aged(image, mark, copied, chance)):
                    check(each, mark.position if complete else 2)
                    shutil.rmtree(each)
        assert process.is_alive()
    finally:
        process.kill()
        process.join()

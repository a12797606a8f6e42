"""Files that commands read, and files that they write: whole, or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ledger.values.errors import Broken, Finding, Refused, Rejected

if TYPE_CHECKING:
    from ledger.store.checkpoint import Checkpoint


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file for as long as it is read. Raises `Rejected` where it cannot be."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise Rejected([Finding(f"cannot be read: {error.strerror or error}", file=str(path))]) from None


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in a file. Raises `Rejected` where there is none."""
    from ledger.store.checkpoint import parse_checkpoint
    from ledger.store.notes import LIMIT

    with opened(path) as file:
        data = file.read(LIMIT + 1)
    try:
        return parse_checkpoint(data)
    except Broken as error:
        hint = "a checkpoint is what `pactbook checkpoint` writes"
        raise Rejected([Finding(f"is no checkpoint: {error.message}", hint, file=str(path))]) from None


@contextmanager
def written(target: str) -> Iterator[IO[bytes]]:
    """The file that something is written to: whole, or not at all. Pipes and devices are written to as they are."""
    if target == "-":
        yield sys.stdout.buffer
        return
    path = Path(os.path.realpath(target))
    try:
        if os.path.exists(path) and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        partial = path.with_name(f".{path.name}.partial")
        try:
            with partial.open("wb") as file:
                yield file
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise Refused(f"{target} cannot be written: {error.strerror}", "check the folder and its permissions") from None

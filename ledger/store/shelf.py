"""Folders beside a store, for files that are named by their own SHA-256: `pactbook.evidence/ab/abcdef...`.

A file is written under another name first, and gets its own when it is whole; it is read-only and never written again.
So what stands under a name either has the bytes that the name says, or somebody changed it. What a process that was
killed has left under the other name goes when the next file is put here.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine

from ledger.values.errors import Broken, Refused

_CHUNK = 1 << 20
_LEFT = 3600  #: seconds: a partial file that nobody has written to for so long is nobody's


class Found(StrEnum):
    """How a file stands on its shelf."""

    WHOLE = "whole"
    ABSENT = "absent"
    ALTERED = "altered"


class Shelf:
    """A folder of files by digest. It is made when the first file is put there; `mode` are the permissions of files."""

    def __init__(self, folder: Path, mode: int = 0o444) -> None:
        self.folder = folder
        self._mode = mode

    def path(self, digest: str) -> Path:
        """Where the file of a digest lies."""
        return self.folder / digest[:2] / digest

    def put(self, pieces: Iterable[bytes]) -> str:
        """Keep a file, whole or not at all, and return its digest; one that is there already stays as it is.

        Raises `Refused` where the folder cannot be written, `Broken` where the file that is there has other bytes.
        """
        partial = self.folder / f".{secrets.token_hex(8)}.partial"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            try:
                return self._place(partial, _written(partial, pieces, self._mode))
            finally:
                partial.unlink(missing_ok=True)
        except OSError as error:
            said = f"{error.filename or self.folder} cannot be written: {error.strerror or error}"
            raise Refused(said, "check the folder and its permissions") from None

    def _sweep(self) -> None:
        """Take away what was never finished."""
        for each in self.folder.glob(".*.partial"):
            with suppress(OSError):  # another process is as quick
                if time.time() - each.stat().st_mtime > _LEFT:
                    each.unlink()

    def _place(self, partial: Path, digest: str) -> str:
        """Give a whole file its name."""
        path = self.path(digest)
        match self.found(digest):
            case Found.ABSENT:
                path.parent.mkdir(exist_ok=True)
                partial.rename(path)
                _settle(path.parent)
            case Found.ALTERED:
                raise Broken(f"{path} was altered: it is not what its name says", "move it away, and repeat")
            case Found.WHOLE:
                pass
        return digest

    def found(self, digest: str) -> Found:
        """How the file of a digest stands; it is read whole."""
        path = self.path(digest)
        if not os.path.lexists(path):
            return Found.ABSENT
        try:
            with path.open("rb") as file:
                return Found.WHOLE if sha256_of(file) == digest else Found.ALTERED
        except OSError:
            return Found.ALTERED

    def pieces(self, digest: str) -> Iterator[bytes]:
        """The content of a file, piece by piece. Raises `Broken` at its end where it is not what its name says."""
        path, state = self.path(digest), sha256()
        try:
            with path.open("rb") as file:
                while piece := file.read(_CHUNK):
                    state.update(piece)
                    yield piece
        except OSError as error:
            raise Broken(f"{path} cannot be read: {error.strerror or error}") from None
        if state.hexdigest() != digest:
            raise Broken(f"{path} was altered: it is not what its name says", "look for another copy of the file")

    def remove(self, digest: str) -> bool:
        """Take a file away; returns whether there was one."""
        path = self.path(digest)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise Refused(f"{path} cannot be removed: {error.strerror or error}", "check its permissions") from None
        return True


def shelf_beside(engine: Engine, named: str | Path | None, name: str, mode: int = 0o444) -> Shelf | None:
    """The folder that is named; else the one beside a SQLite file; None for a server, which has no place of its own."""
    if named:
        return Shelf(Path(named), mode)
    if engine.dialect.name != "sqlite":
        return None
    file = Path(engine.url.database or "")
    return Shelf(file.with_name(f"{file.stem}.{name}"), mode)


def sha256_of(file: Iterable[bytes]) -> str:
    """The SHA-256 of what is left of a file (or of pieces), in hexadecimal."""
    state = sha256()
    for piece in file:
        state.update(piece)
    return state.hexdigest()


def _written(partial: Path, pieces: Iterable[bytes], mode: int) -> str:
    """Write pieces to a new file and make sure that they are on the disk; returns their SHA-256."""
    state = sha256()
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        for piece in pieces:
            state.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return state.hexdigest()


def _settle(folder: Path) -> None:
    """Have the disk remember a new name; where a system cannot, the file is there all the same."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)

"""The one way to write a bundle's file: a zip whose members are stored as they are, in order, with no date but 1980.

Equal content gives equal bytes, on every machine. So a bundle can be checked by writing it again: whatever stands in
the file that was not written this way (a byte of a header, a comment, something before or behind) is noticed. Members
are not compressed: compressors differ from version to version, and nothing can swell when it is read.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import IO, Protocol, cast

from ledger.values.errors import Broken, Refused

CHUNK = 1 << 20
MEMBERS = 20_000  #: how many members a bundle has at the most
SIZE = 2**31 - 1  #: how large a bundle is at the most, in bytes: what the library writes without extensions of zip

_DATE = (1980, 1, 1, 0, 0, 0)
_END_BYTES = 22
_HEADER_BYTES = 30
_ENTRY = b"PK\x01\x02"  #: how a member's line of the directory begins
_ENTRY_BYTES = 46
_LOCATOR_BYTES = 20
_LOCATOR = b"PK\x06\x07"  #: what stands before the end where a zip has the extensions for large files
_ENCRYPTED = 0x01
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\Z")
_NAME_LIMIT = 200
_UNIX = 3

Members = Iterable[tuple[str, Iterable[bytes]]]
"""Names of members, in order, each with its content in pieces."""


class Sink(Protocol):
    """Whatever takes bytes one after the other."""

    def write(self, data: bytes, /) -> object: ...


def write(sink: Sink, members: Members) -> None:
    """Write a bundle's file. Raises `Refused` for one that would be too large."""
    out = _Forward(sink)
    with zipfile.ZipFile(cast("IO[bytes]", out), "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for count, (name, pieces) in enumerate(members, 1):
            if count > MEMBERS:
                raise Refused(f"the bundle would have more than {MEMBERS:,} members", "leave the documents out")
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system, info.external_attr = _UNIX, 0o100644 << 16
            with archive.open(info, "w") as member:
                for piece in pieces:
                    if out.written + len(piece) > SIZE:
                        raise Refused("the bundle would be larger than 2 GiB", "leave the documents out")
                    member.write(piece)


class _Forward:
    """A sink that cannot go back, so that members are written in the same way to a file and to a hash."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.written = 0

    def write(self, data: bytes) -> int:
        self._sink.write(data)
        self.written += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


class Archive:
    """A bundle's file, opened: its members by name. Nothing of it is ever written to a path that it names."""

    def __init__(self, file: IO[bytes], archive: zipfile.ZipFile) -> None:
        self._file = file
        self._archive = archive
        self._infos = {info.filename: info for info in archive.infolist()}

    def names(self) -> list[str]:
        """The names of the members, in the order of the file."""
        return list(self._infos)

    def read(self, name: str, limit: int) -> bytes:
        """A whole member. Raises `Broken` where there is none, or one of more than `limit` bytes."""
        info = self._infos.get(name)
        if info is None:
            raise Broken(f"the bundle has no {name}")
        if info.file_size > limit:
            raise Broken(f"{name} has {info.file_size:,} bytes, more than {limit:,}")
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """A member piece by piece, as it stands in the file: whether its checksum fits is `is_written_so`'s to say."""
        start, left = self._place(name), self._infos[name].file_size
        while left:
            self._file.seek(start)
            piece = self._file.read(min(CHUNK, left))
            if not piece:
                raise Broken(f"the bundle ends within {name}")
            start, left = start + len(piece), left - len(piece)
            yield piece

    def lines(self, name: str, limit: int) -> Iterator[bytes]:
        """The lines of a member without their ends. Raises `Broken` for one that is longer or has no end."""
        if name not in self._infos:
            raise Broken(f"the bundle has no {name}")
        number, held = 0, b""
        for piece in self.pieces(name):
            *whole, held = (held + piece).split(b"\n")
            for line in (*whole, held):
                if len(line) > limit:
                    raise Broken(f"line {number + 1} of {name} is longer than {limit:,} bytes")
                number += line is not held
            yield from whole
        if held:
            raise Broken(f"line {number + 1} of {name} has no end")

    def _place(self, name: str) -> int:
        """Where the content of a member begins: behind its own header, its name and what else is said of it."""
        at = self._infos[name].header_offset
        self._file.seek(at)
        header = self._file.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES or not header.startswith(b"PK\x03\x04"):
            raise Broken(f"{name} does not begin where the bundle says")
        return at + _HEADER_BYTES + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")

    def is_written_so(self) -> bool:
        """Whether the file is, byte for byte, what `write` makes of its members."""
        again, found = _Hash(), _Hash()
        write(again, ((name, self.pieces(name)) for name in self._infos))
        self._file.seek(0)
        while piece := self._file.read(CHUNK):
            found.write(piece)
        return found.state.digest() == again.state.digest()


class _Hash:
    """A sink that keeps only the hash of what it takes."""

    def __init__(self) -> None:
        self.state = sha256()

    def write(self, data: bytes) -> None:
        self.state.update(data)


@contextmanager
def opened(file: IO[bytes]) -> Iterator[Archive]:
    """A bundle's file, for as long as it is read.

    Raises `Broken` for a file that is no zip, or that holds what no bundle has; memory stays small whatever it claims.
    """
    size = _check_end(file)
    with _as_broken(), zipfile.ZipFile(file) as archive:
        _check_members(archive.infolist(), size)
        yield Archive(file, archive)


def _check_members(infos: Sequence[zipfile.ZipInfo], size: int) -> None:
    """Refuse names that a bundle never has, and members that are not simply there, once each, as they are."""
    names: set[str] = set()
    left = size
    for info in infos:
        name = info.filename
        if not _NAME.match(name) or len(name) > _NAME_LIMIT:
            raise Broken(f"no bundle has a member of the name {name[:80]!a}")
        if name in names:
            raise Broken(f"the bundle has two members of the name {name}")
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise Broken(f"{name} is compressed, which no member of a bundle is")
        if info.flag_bits & _ENCRYPTED:
            raise Broken(f"{name} is encrypted, which no member of a bundle is")
        names.add(name)
        left -= info.file_size
        if left < 0:
            raise Broken("the members of the bundle claim to be larger than the file that they are in")


def _check_end(file: IO[bytes]) -> int:
    """What the end of a zip claims, before anything is read by it: no comment, few members, a small directory.

    Returns the size of the file.
    """
    size = file.seek(0, 2)
    if size > SIZE:
        raise Broken("the file is larger than any bundle")
    file.seek(max(0, size - _END_BYTES))
    end = file.read(_END_BYTES)
    if size < _END_BYTES or not end.startswith(b"PK\x05\x06") or end[20:] != b"\0\0":
        raise Broken("the file is no bundle of pactbook", "make one with `pactbook audit export`")
    members, directory = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if members > MEMBERS or directory > members * 512 or directory > size:
        raise Broken(f"the file claims to have {members:,} members in {directory:,} bytes, more than a bundle has")
    file.seek(max(0, size - _END_BYTES - _LOCATOR_BYTES))
    if file.read(_LOCATOR_BYTES).startswith(_LOCATOR):
        raise Broken("the file has extensions of zip for large files, which no bundle has")
    file.seek(size - _END_BYTES - directory)
    if _listed(file.read(directory)) != members:
        raise Broken(f"the file claims to have {members:,} members, and lists others")
    return size


def _listed(directory: bytes) -> int | None:
    """How many members a directory lists; None where it is none."""
    at = count = 0
    while at < len(directory):
        if not directory.startswith(_ENTRY, at):
            return None
        lengths = (directory[at + 28 : at + 30], directory[at + 30 : at + 32], directory[at + 32 : at + 34])
        at += _ENTRY_BYTES + sum(int.from_bytes(each, "little") for each in lengths)
        count += 1
    return count if at == len(directory) else None


_UNREADABLE = (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError, RuntimeError, struct.error)


@contextmanager
def _as_broken() -> Iterator[None]:
    """What the library says of a damaged zip, as our own error."""
    try:
        yield
    except _UNREADABLE as error:
        raise Broken(f"the bundle cannot be read: {error}") from error

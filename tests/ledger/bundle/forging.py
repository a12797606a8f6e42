"""Bundles that somebody wrote without pactbook's help: rewritten consistently, or not even that."""

from __future__ import annotations

import io
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from ledger.book.events import Event
from ledger.bundle import archive
from ledger.bundle.contents import BOOK, LEAVES, MANIFEST, Gathered, members, statement_members
from ledger.bundle.report import Check
from ledger.bundle.verify import verify
from ledger.settlement.replay import Replay
from ledger.store.checkpoint import Checkpoint
from ledger.store.encoding import decode, encode
from ledger.store.notes import PublicKey
from ledger.store.proof import Frontier, leaf_hash
from ledger.values.errors import Broken
from tests.projections.story import BOOK as SLUG
from tests.projections.story import everything, new_ledger


@cache
def told(events: Callable[[], tuple[Event, ...]] = everything, book: str = SLUG) -> bytes:
    """The bundle of a book, as pactbook exports it."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = new_ledger(f"sqlite:///{Path(folder) / 'book.db'}")
        ledger.save(*events())
        out = io.BytesIO()
        ledger.audit.export(book, out)
        ledger.close()
    return out.getvalue()


def opened(data: bytes) -> dict[str, bytes]:
    """The members of a bundle by name, in order."""
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return {name: found.read(name) for name in found.namelist()}


def lines(data: bytes) -> list[bytes]:
    """The events of a bundle, as they are stored."""
    return opened(data)[BOOK].splitlines()


def written(contents: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    """A file with these members, as pactbook writes bundles."""
    out = io.BytesIO()
    pairs = contents.items() if isinstance(contents, Mapping) else contents
    archive.write(out, ((name, [data]) for name, data in pairs))
    return out.getvalue()


def rewritten(
    stored: Sequence[bytes], book: str = SLUG, further: Mapping[str, bytes] | None = None, *, honest: bool = True
) -> bytes:
    """A bundle of other events, with leaves, root, terms, statements and manifest that fit them.

    `honest`: where the events make no statements, that is an error; else the statements are left out.
    """
    events = [(seq, decode(line)) for seq, line in enumerate(stored, 1)]
    gathered = Gathered()
    for _, event in events:
        gathered.take(event)
    others = dict(gathered.members()) | dict(further or {})
    try:
        others |= dict(statement_members(Replay(book, events)))
    except Exception:
        if honest:
            raise
    leaves = [leaf_hash(line) for line in stored]
    head = Frontier().extend(leaves).head()
    out = io.BytesIO()
    archive.write(out, members(book, head, stored, leaves, {name: [data] for name, data in others.items()}))
    return out.getvalue()


def changed(data: bytes, place: int, change: Callable[[bytes], bytes]) -> list[bytes]:
    """The events of a bundle, one of them other bytes."""
    found = lines(data)
    found[place] = change(found[place])
    return found


def line(event: Event) -> bytes:
    """An event as it is stored."""
    return encode(event)


def checks(data: bytes, since: Checkpoint | None = None, trusted: tuple[PublicKey, ...] = ()) -> list[Check]:
    """Every check of some bytes; none where they are no bundle at all."""
    return list(verify(io.BytesIO(data), since, trusted))


def problems(data: bytes, since: Checkpoint | None = None, trusted: tuple[PublicKey, ...] = ()) -> list[str]:
    """What a check of some bytes finds wrong."""
    try:
        return [problem for check in checks(data, since, trusted) for problem in check.problems]
    except Broken as error:
        return [error.message]


class Zip:
    """A zip written by hand, in which anything may be claimed."""

    def __init__(self) -> None:
        self.body = b""
        self.directory = b""
        self.count = 0

    def add(
        self,
        name: bytes,
        data: bytes = b"",
        *,
        at: int | None = None,
        size: int | None = None,
        flags: int = 0,
        method: int = 0,
        mode: int = 0o100644,
        extra: bytes = b"",
    ) -> Zip:
        """One more member; `at` and `size` are claimed instead of what is true."""
        start, length = len(self.body) if at is None else at, len(data) if size is None else size
        crc = zipfile.crc32(data)  # type: ignore[attr-defined]
        if at is None:
            local = (20, flags, method, 0, 33, crc, length & 0xFFFFFFFF, length & 0xFFFFFFFF, len(name), len(extra))
            self.body += b"PK\x03\x04" + struct.pack("<HHHHHLLLHH", *local) + name + extra + data
        self.directory += b"PK\x01\x02" + struct.pack(
            "<BBHHHHHLLLHHHHHLL", 20, 3, 20, flags, method, 0, 33, crc, length & 0xFFFFFFFF, length & 0xFFFFFFFF,
            len(name), len(extra), 0, 0, 0, mode << 16, start,
        ) + name + extra  # fmt: skip
        self.count += 1
        return self

    def end(self, *, count: int | None = None, before: bytes = b"", comment: bytes = b"") -> bytes:
        """The whole file; `before` stands between the directory and the end."""
        count = self.count if count is None else count
        counts = (0, 0, count & 0xFFFF, count & 0xFFFF, len(self.directory), len(self.body), len(comment))
        return self.body + self.directory + before + b"PK\x05\x06" + struct.pack("<HHHHLLH", *counts) + comment


__all__ = [
    "BOOK", "LEAVES", "MANIFEST", "SLUG", "Zip", "changed", "checks", "line", "lines", "opened", "problems",
    "rewritten", "told", "written",
]  # fmt: skip

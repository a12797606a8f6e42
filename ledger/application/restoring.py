"""A ledger rebuilt from a bundle: the stored bytes of its events are appended as they are, so all hashes stay the same.

A store that has the beginning of the book gets the rest; one that has another history under its name gets nothing. What
is on record already is never written again. All of it happens in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import msgspec

from ledger.application.core import Core
from ledger.application.evidence import Evidence
from ledger.application.together import BATCH, batches
from ledger.bundle.archive import Archive, opened
from ledger.bundle.contents import BOOK, CHECKPOINTS, DOCUMENTS
from ledger.bundle.verify import LINE_LIMIT, Read
from ledger.store.appender import Appender
from ledger.store.checkpoint import parse_checkpoint
from ledger.store.documents import note_kept
from ledger.store.encoding import stored_event
from ledger.store.kept import keep
from ledger.store.log import log_of
from ledger.store.notes import LIMIT
from ledger.store.proof import Frontier, Head, leaf_hash
from ledger.store.tree import Tree
from ledger.values.errors import Broken

_TWO = "keep the bundle and the store as they are, and compare their checkpoints: somebody was shown another history"


class Restored(msgspec.Struct, frozen=True):
    """What came of an import: events that were appended, checkpoints and documents that are kept with them.

    `left_out` are documents for which there is no folder.
    """

    book: str
    head: Head
    events: int
    checkpoints: int
    documents: int
    left_out: int


def restore(core: Core, evidence: Evidence, file: IO[bytes], read: Read) -> Restored:
    """Bring the book of a bundle into a store, after the bundle was found sound; `read` is what was read of it then.

    Raises `Broken` where the store has another history under the name of the book.
    """
    if read.tree.size == 0:
        raise Broken("the bundle has no events")
    with opened(file) as archive, core.books.appending() as turn:
        appended = _append(archive, turn, read)
        checkpoints = _keep_checkpoints(archive, turn, read)
        digests = [name.removeprefix(DOCUMENTS) for name in archive.names() if name.startswith(DOCUMENTS)]
        kept = digests if evidence.keeps else []
        if core.dry_run:
            turn.rollback()
        else:
            for digest in kept:
                evidence.restore(digest, archive.pieces(f"{DOCUMENTS}{digest}"))
            note_kept(turn.connection, kept)
    head = read.tree.head()
    return Restored(read.book, head, appended, checkpoints, len(kept), len(digests) - len(kept))


def _append(archive: Archive, turn: Appender, read: Read) -> int:
    """Append what the store does not have; returns how many events that was."""
    head, size = read.tree.head(), turn.tree(read.book).size
    lines = archive.lines(BOOK, LINE_LIMIT)
    if size < head.size:
        _require_same(read.book, size, turn.tree(read.book).head(), _beginning(lines, size))
        for batch in batches(lines, BATCH):
            turn.append([stored_event(line) for line in batch])
    _require_same(read.book, head.size, Tree(log_of(turn.connection), read.book).head(head.size), head)
    return max(0, head.size - size)


def _beginning(lines: Iterator[bytes], size: int) -> Head:
    """The head of the first events of a bundle; the others are left to be read."""
    tree = Frontier()
    for _ in range(size):
        tree = tree.push(leaf_hash(next(lines, b"")))
    return tree.head()


def _require_same(book: str, size: int, found: Head, expected: Head) -> None:
    if found != expected:
        here, there = found.root.hex()[:16], expected.root.hex()[:16]
        raise Broken(f"the first {size:,} events of {book} have root {here} here, and {there} in the bundle", _TWO)


def _keep_checkpoints(archive: Archive, turn: Appender, read: Read) -> int:
    """Keep the checkpoints of the bundle, each of a root that the book has."""
    names = [name for name in archive.names() if name.startswith(CHECKPOINTS)]
    tree = Tree(log_of(turn.connection), read.book)
    for name in names:
        checkpoint = parse_checkpoint(archive.read(name, LIMIT))
        _require_same(read.book, checkpoint.head.size, tree.head(checkpoint.head.size), checkpoint.head)
        keep(turn.connection, checkpoint)
    return len(names)

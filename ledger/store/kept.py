"""The checkpoints that a store keeps: for each size of a book one note, with every signature that was added to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from ledger.store.checkpoint import Checkpoint, parse_checkpoint
from ledger.store.schema import checkpoints
from ledger.values.errors import Broken


def keep(connection: Connection, checkpoint: Checkpoint) -> Checkpoint:
    """Keep a checkpoint, together with the signatures that are there already; returns it with all of them.

    Raises `Broken` where another root is kept for this size: then somebody was shown another history.
    """
    book, size = checkpoint.book, checkpoint.head.size
    here = (checkpoints.c.book == book, checkpoints.c.size == size)
    held = connection.scalar(select(checkpoints.c.note).where(*here))
    if held is None:
        connection.execute(checkpoints.insert().values(book=book, size=size, note=str(checkpoint.note)))
        return checkpoint
    known = parse_checkpoint(held.encode())
    if known.head != checkpoint.head:
        said = f"another checkpoint of {book} at {size:,} events is kept here, with root {known.head.root.hex()[:16]}"
        raise Broken(said, "two histories were shown: keep both checkpoints, and compare the books of the parties")
    both = Checkpoint(book, known.head, known.note.signed(checkpoint.note.signatures))
    connection.execute(checkpoints.update().where(*here).values(note=str(both.note)))
    return both


def kept(connection: Connection, book: str) -> list[Checkpoint]:
    """The checkpoints of a book, by size."""
    notes = connection.scalars(
        select(checkpoints.c.note).where(checkpoints.c.book == book).order_by(checkpoints.c.size)
    )
    return [parse_checkpoint(note.encode()) for note in notes]


def kept_notes(connection: Connection, book: Any) -> dict[str, bytes]:
    """The bytes of every checkpoint of a book as they are kept, unread, by the name `checkpoints/SIZE.txt`."""
    of_book = select(checkpoints.c.size, checkpoints.c.note).where(checkpoints.c.book == book)
    found = connection.execute(of_book.order_by(checkpoints.c.size))
    return {f"checkpoints/{size}.txt": str(note).encode() for size, note in found}


def kept_counts(connection: Connection) -> dict[str, int]:
    """How many checkpoints are kept of each book."""
    counted = select(checkpoints.c.book, func.count()).group_by(checkpoints.c.book).order_by(checkpoints.c.book)
    return {str(book): count for book, count in connection.execute(counted)}

"""A book in one file for those who want to check it themselves: exporting it, and what stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

from ledger.application.core import PAGE, Core
from ledger.application.evidence import Evidence, Status
from ledger.application.restoring import Restored, restore
from ledger.bundle import archive, receipt
from ledger.bundle.archive import Sink
from ledger.bundle.contents import CHECKPOINTS, DOCUMENTS, Gathered, members, statement_members
from ledger.bundle.verify import Read
from ledger.settlement import canonical
from ledger.settlement.closing import statement_of
from ledger.store.checkpoint import Checkpoint, text_of
from ledger.store.engine import reading, writing
from ledger.store.kept import keep, kept
from ledger.store.keys import SigningKey
from ledger.store.log import log_of
from ledger.store.notes import Note
from ledger.store.proof import Head, leaf_hash, verify_consistency
from ledger.store.tree import Tree
from ledger.values.errors import Broken, Refused
from ledger.values.periods import Period


class Audit:
    """What a book shows to who does not trust the operator of its store."""

    def __init__(self, core: Core, evidence: Evidence) -> None:
        self._core = core
        self._evidence = evidence

    def export(self, book: str, sink: Sink, *, documents: bool = False) -> Head:
        """Write the bundle of a book, with the `documents` that are kept if wanted; returns its size and root.

        What is recorded meanwhile is not in it. Raises `Refused` for a book that does not exist, `Broken` where a
        document was altered.
        """
        facts = self._core.facts(book)
        size = facts.head()
        with reading(self._core.engine) as connection:
            head = Tree(log_of(connection), book).head(size)
            held = [each for each in kept(connection, book) if each.head.size <= size]
        gathered = Gathered()
        for _, event in self._core.events_of(book, upto=size):
            gathered.take(event)
        others: dict[str, Iterable[bytes]] = {
            name: [data] for name, data in (*gathered.members(), *statement_members(facts))
        }
        if documents:
            others |= self._documents(gathered)
        others |= {f"{CHECKPOINTS}{each.head.size}.txt": [str(each.note).encode()] for each in held}
        leaves = (leaf_hash(line) for line in self._lines(book, size))
        archive.write(sink, members(book, head, self._lines(book, size), leaves, others))
        return head

    def restore(self, file: IO[bytes], read: Read) -> Restored:
        """Bring the book of a bundle into this store, after the bundle was found sound: all of it, or nothing.

        Where the store has the beginning of the book, the rest is appended; where it has all, nothing is. Raises
        `Broken` where it has another history under the name of the book.
        """
        return restore(self._core, self._evidence, file, read)

    def head(self, book: str, size: int | None = None) -> Head:
        """The size and root of a book, now or when it had so many events. Raises `Refused` for a size it never had."""
        self._core.require_book(book)
        with reading(self._core.engine) as connection:
            return Tree(log_of(connection), book).head(size)

    def checkpoint(self, book: str, key: SigningKey, size: int | None = None) -> Checkpoint:
        """Sign the size and root of a book, and keep the note with those signatures that it has already."""
        head = self.head(book, size)
        text = text_of(book, head)
        return self._keep(Checkpoint(book, head, Note(text).signed((key.sign(text),))))

    def cosign(self, book: str, shown: Checkpoint, key: SigningKey, earlier: Checkpoint | None = None) -> Checkpoint:
        """Add a party's signature to a checkpoint, after the book was found to be the one that it says.

        `earlier` is the last checkpoint that the party kept: the book must only have grown since. Raises `Broken` where
        the book is not that of either; then nothing is signed.
        """
        self._hold(book, shown, "the checkpoint to be signed")
        if earlier is not None:
            self._hold(book, earlier, "the checkpoint that was kept")
            with reading(self._core.engine) as connection:
                proof = Tree(log_of(connection), book).consistency(earlier.head.size, shown.head.size)
            verify_consistency(earlier.head, shown.head, proof)
        time = int(self._core.now().timestamp())
        return self._keep(Checkpoint(book, shown.head, shown.note.signed((key.cosign(shown.note.text, time),))))

    def check(self, book: str, checkpoint: Checkpoint) -> None:
        """Raise `Broken` unless the book had the root that a checkpoint says when it had that size."""
        self._hold(book, checkpoint, "the checkpoint")

    def receipt(self, book: str, checkpoint: Checkpoint, seq: int | None = None, period: Period | None = None) -> bytes:
        """What proves one event, or the statement of a closed period, against a checkpoint of the book.

        Raises `Refused` for what was not there yet at the checkpoint, `Broken` for a checkpoint of another book.
        """
        self._hold(book, checkpoint, "the checkpoint")
        statement = None
        if period is not None:
            facts = self._core.facts(book)
            closed = next((each for each in facts.closings() if each.period == period), None)
            if closed is None:
                raise Refused(f"{book}/{period} is not closed", "a receipt shows a statement that was issued")
            seq = closed.seq
            statement = canonical.canonical_bytes(canonical.statement_data(statement_of(facts, period)))
        assert seq is not None, "either an event or a statement is asked for"
        with reading(self._core.engine) as connection:
            proof = Tree(log_of(connection), book).inclusion(seq, checkpoint.head.size)
        [(_, stored)] = self._core.books.select_book(book, after=seq - 1, upto=seq)
        return receipt.write(receipt.Shown(book, seq, stored.state, proof, checkpoint, statement))

    def checkpoints(self, book: str) -> list[Checkpoint]:
        """The checkpoints of a book that this store keeps, by size."""
        with reading(self._core.engine) as connection:
            return kept(connection, book)

    def _documents(self, gathered: Gathered) -> dict[str, Iterable[bytes]]:
        """The documents that are kept, as members of a bundle."""
        found: dict[str, Iterable[bytes]] = {}
        for each in self._evidence.standing(gathered.evidence):
            if each.status is Status.ALTERED:
                raise Broken(f"the document {each.digest} was altered", "look for another copy of it")
            if each.status is Status.KEPT:
                found[f"{DOCUMENTS}{each.digest}"] = self._evidence.pieces(each.digest)
        return found

    def _keep(self, checkpoint: Checkpoint) -> Checkpoint:
        with writing(self._core.engine) as connection:
            return keep(connection, checkpoint)

    def _hold(self, book: str, checkpoint: Checkpoint, what: str) -> None:
        """Raise `Broken` unless the book had this root at this size."""
        if checkpoint.book != book:
            raise Broken(f"{what} is of the book {checkpoint.book}, not of {book}")
        if checkpoint.head.size == 0:
            raise Broken(f"{what} is of an empty book, and proves nothing")
        found = self.head(book, checkpoint.head.size)
        if found != checkpoint.head:
            said = f"{what} says that the first {found.size:,} events have root {checkpoint.head.root.hex()[:16]}"
            hint = "the book was rewritten, or this is another copy of it: keep the checkpoint, and ask its signers"
            raise Broken(f"{said}; here they have {found.root.hex()[:16]}", hint)

    def _lines(self, book: str, upto: int) -> Iterator[bytes]:
        """The stored bytes of a book's events."""
        after = 0
        while page := self._core.books.select_book(book, after=after, upto=upto, limit=PAGE):
            yield from (stored.state for _, stored in page)
            after = page[-1][0]

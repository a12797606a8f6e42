"""Whether the bytes of a book are still those that its roots were made of: nothing but the hashes.

Every event is hashed and its first bytes are compared with its columns; only the few are read that carry a root or a
signature, so a million events take seconds. No byte of an event can be changed, and none added, moved or left out,
without this finding it where somebody else has seen a root that is here. What the events mean, and what was made of
them, is for `ledger.application.integrity`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ledger.application.core import Core
from ledger.application.integrity import Progress, agreeing, event_of, examining
from ledger.application.tree_audit import OrderAudit, TreeAudit, pages
from ledger.book.events import Event, PeriodClosed, topic
from ledger.bundle.report import Check, of_book
from ledger.bundle.signatures import ABOUT
from ledger.bundle.watch import SignedWatch
from ledger.store.checkpoint import Checkpoint
from ledger.store.encoding import decode
from ledger.store.engine import reading
from ledger.store.kept import kept_notes
from ledger.store.log import Log, log_of
from ledger.store.notes import PublicKey

_TYPES: tuple[type[Event], ...] = (PeriodClosed, *ABOUT)  # those that say a root, and those that may be signed

#: How the bytes of events of these types begin, in any version.
_READ = tuple(f'{{"type":"{topic(each).partition(".")[0]}.'.encode() for each in _TYPES)


def check_hashes(
    core: Core,
    book: Any,
    since: Checkpoint | None = None,
    trusted: Sequence[PublicKey] = (),
    progress: Progress = lambda count: None,
) -> list[Check]:
    """Check the leaves, the tree and the closings of a book, its checkpoints and its signatures.

    `since` is a checkpoint that somebody kept, `trusted` are keys that are known otherwise; `progress` is told how many
    events were hashed.
    """
    with reading(core.engine) as connection:
        log = log_of(connection)
        audit = _Audit(book, SignedWatch(str(book), since, kept_notes(connection, book)))
        for rows in pages(log, f"position, state, leaf, {log.begins}", book):
            audit.take(rows, log)
            progress(len(rows))
        audit.grown.finish(log)
    return list(audit.checks(trusted))


class _Audit:
    """What one pass over a book finds."""

    def __init__(self, book: Any, signed: SignedWatch) -> None:
        self._book = book
        self._signed = signed
        self._columns = Check("columns")
        self._numbers = OrderAudit(book, "positions and seqs have no gaps")
        self._signing = Check("signatures")
        self.grown = TreeAudit(book)

    def take(self, rows: Sequence[Any], log: Log) -> None:
        """Check the next events, in the order of their seqs."""
        positions, kept, told, begins, seqs = zip(*rows, strict=True)
        self._numbers.take_all(positions, seqs)
        if not all(begins):
            self._compare([seq for seq, fits in zip(seqs, begins, strict=True) if not fits], log)
        states = [self._bytes(seq, each) for seq, each in zip(seqs, kept, strict=True)]
        leaves = self.grown.leaves(seqs, states, told)
        read = {place for place, state in enumerate(states) if state.startswith(_READ)}
        before = self.grown.tree.size
        signed = {size - before for size in self._signed.sizes() if before < size <= before + len(rows)}
        done = 0
        for place in sorted({*read, *signed, len(rows)}):
            self.grown.grow(leaves[done:place])
            self._signed.grow(self.grown.tree)
            if place in read:
                self._examine(seqs[place], states[place])
            done = place

    def _compare(self, seqs: Sequence[Any], log: Log) -> None:
        """Events whose bytes do not simply begin with their columns, each read as a whole."""
        wanted = "SELECT stream, version, topic, state FROM events WHERE book = ? AND seq = ?"
        for seq in seqs:
            for stored in log.select(wanted, self._book, seq):
                event_of(self._columns, self._book, stored, f"event {seq} of {self._book}")

    def _bytes(self, seq: Any, kept: Any) -> bytes:
        if isinstance(kept, bytes):
            return kept
        self.grown.trees.blame(f"event {seq} of {self._book} is not kept as bytes")
        return str(kept).encode()

    def _examine(self, seq: int, state: bytes) -> None:
        """An event that says a root, or is signed; the tree is the one before it."""
        with examining(self._signing, f"event {seq} of {self._book} cannot be examined"):
            event = decode(state)
            if isinstance(event, PeriodClosed):
                self.grown.close(event, seq)
            self._signed.take(seq, event)

    def checks(self, trusted: Sequence[PublicKey]) -> Iterator[Check]:
        """What was found, when all events have passed; `trusted` are keys that are known otherwise."""
        self._columns.tell(agreeing, self.grown.tree.size)
        yield from (self._columns, self._numbers.order, *self.grown.checks())
        if self._signing.problems:
            yield self._signing
        yield from (of_book(str(self._book), each) for each in self._signed.checks(trusted))

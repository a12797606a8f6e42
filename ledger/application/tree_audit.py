"""The numbers and the tree of one book: counted and grown again, and held against all that the store says of them.

Whoever goes through the events of a book, to read each or only to hash it, shows them these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import lt
from typing import Any

from ledger.book.events import PeriodClosed
from ledger.bundle.report import Check, many
from ledger.store.log import Log, NodeRow
from ledger.store.proof import TILE_LEVELS, Frontier, leaf_hash

PAGE = 5_000
_LEVELS = range(TILE_LEVELS, 64, TILE_LEVELS)


class OrderAudit:
    """The seqs of a book, which have no gaps, and its positions in the log, which rise; `order` is what was found."""

    def __init__(self, book: Any, found: str) -> None:
        self._book = book
        self._seq = 0
        self._position = 0
        self.order = Check("order", found)

    def take_all(self, positions: Sequence[int], seqs: Sequence[Any]) -> None:
        """The numbers of the next events: one after the other, if they are not as they should be."""
        after = self._seq + 1
        if seqs == tuple(range(after, after + len(seqs))) and all(map(lt, (self._position, *positions), positions)):
            self._position, self._seq = positions[-1], seqs[-1]
            return
        for position, seq in zip(positions, seqs, strict=True):
            self.take(position, seq)

    def take(self, position: int, seq: Any) -> None:
        """The numbers of the next event; anything at all may stand in the place of a seq."""
        if seq != self._seq + 1:
            self.order.blame(f"event {seq} of {self._book} follows event {self._seq}")
        if position <= self._position:
            self.order.blame(f"event {seq} of {self._book} is at position {position}, before the event that it follows")
        self._seq = seq if isinstance(seq, int) else self._seq
        self._position = position


class TreeAudit:
    """The tree so far; `trees` and `closings` are what was found wrong with it."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._nodes: list[NodeRow] = []
        self.tree = Frontier()
        self.trees = Check("trees")
        self.closings = Check("closings")
        self.periods = 0

    def leaves(self, seqs: Sequence[Any], states: Sequence[bytes], kept: Sequence[Any]) -> Sequence[bytes]:
        """The leaves of the bytes of events, which have to be those that are kept beside them."""
        own = tuple(map(leaf_hash, states))
        if own != kept:
            for seq, right, leaf in zip(seqs, own, kept, strict=True):
                if right != leaf:
                    self.trees.blame(f"event {seq} of {self._book} has another leaf than its bytes")
        return own

    def grow(self, leaves: Sequence[bytes]) -> None:
        """The tree with the leaves of the next events."""
        self.tree, completed = self.tree.grow(leaves)
        self._nodes += [(self._book, *node) for node in completed]

    def close(self, event: PeriodClosed, seq: int) -> None:
        """A close, which is the next event: it says how many events there were, and their root."""
        self.periods += 1
        if event.cutoff_seq + 1 != seq:
            self.closings.blame(
                f"the close of {self._book}/{event.period} counted {event.cutoff_seq} events, and is event {seq}"
            )
        elif self.tree.head().root.hex() != event.root:
            self.closings.blame(f"the close of {self._book}/{event.period} recorded another root than its events have")

    def finish(self, log: Log) -> None:
        """Compare what has grown with what the store has of the book: its events, size, frontier and nodes."""
        [(count, size, frontier)] = log.select(
            "SELECT e.count, b.size, b.frontier FROM (SELECT count(*) AS count FROM events WHERE book = ?) e"
            " LEFT JOIN books b ON b.book = ?",
            self._book,
            self._book,
        )
        head = None if size is None and frontier is None else (size, frontier)
        if count != self.tree.size:
            self.trees.blame(f"{self._book} has {count:,} events, of which {self.tree.size:,} have a place in it")
        if head is not None and not self.tree.size:
            self.trees.blame(f"there is a tree of {self._book}, which has no events")
        elif self.tree.size and head != (self.tree.size, self.tree.to_bytes()):
            self.trees.blame(f"the tree of {self._book} is not the one that its events make")
        self._compare_nodes(log)

    def checks(self) -> Iterator[Check]:
        """What was found."""
        self.trees.tell(_grown, self.tree.size, int(self.tree.size > 0))
        self.closings.tell(_closed, self.periods)
        yield from (self.trees, self.closings)

    def _compare_nodes(self, log: Log) -> None:
        """What is kept for proofs has to be what the events make; what was recorded since the pass does no harm."""
        made = {node[:3]: node[3] for node in self._nodes}
        kept_nodes = log.select(
            "SELECT n.book, n.level, n.place, n.hash, b.size FROM nodes n LEFT JOIN books b ON b.book = n.book"
            " WHERE n.book = ? ORDER BY 1, 2, 3",
            self._book,
        )
        for book, level, place, kept, present in kept_nodes:
            here = (book, level, place)
            if here not in made and not _may_follow(level, place, self.tree.size, present):
                self.trees.blame(f"there is a node {level}/{place} of {book} that its events do not make")
            elif made.pop(here, kept) != kept:
                self.trees.blame(f"the node {level}/{place} of {book} is not the one that its events make")
        for book, level, place in made:
            self.trees.blame(f"the node {level}/{place} of {book} is gone")


def pages(log: Log, columns: str, book: Any) -> Iterator[Sequence[Any]]:
    """The events of a book, in the order of seqs; the seq is the last of the columns.

    The first page has no lower bound, for whatever a column can hold may be there.
    """
    after: tuple[Any, ...] = ()
    while rows := log.select(
        f"SELECT {columns}, seq FROM events WHERE book = ?{' AND seq > ?' if after else ''} ORDER BY seq LIMIT ?",
        book, *after, PAGE,
    ):  # fmt: skip
        yield rows
        after = (rows[-1][-1],)


def _may_follow(level: Any, place: Any, size: int, present: Any) -> bool:
    """Whether a node can be of events beyond a size, up to the present one; what is no place in a tree never is."""
    if not all(isinstance(each, int) for each in (level, place, present)) or level not in _LEVELS:
        return False
    return bool(size < (place + 1) << level <= present)


def _grown(events: int, books: int) -> str:
    return f"{many(events, 'event')}, {many(books, 'tree head')}: with the hashes that the bytes make"


def _closed(periods: int) -> str:
    return f"{many(periods, 'closing')}: with the cut-off and the root of their moment"

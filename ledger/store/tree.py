"""A book's tree as the store keeps it: proofs from a few hundred hashes, however many events there are.

Leaves stand beside their events, and above them the nodes of every eighth level (`nodes`). Any other node is made of
at most 128 of these, so a proof in a book of a million events reads some hundred rows for each of its twenty hashes.
"""

from __future__ import annotations

from ledger.store.log import Log
from ledger.store.proof import TILE_LEVELS, Frontier, Head, Span, consistency_path, inclusion_path, join, perfect
from ledger.values.errors import Broken, Refused

_DAMAGED = "run `pactbook verify`: it checks the whole book"


class Tree:
    """The tree of one book, within one transaction."""

    def __init__(self, log: Log, book: str) -> None:
        self._log = log
        self._book = book
        self.size = log.tree(book).size

    def head(self, size: int | None = None) -> Head:
        """The head that the book had at a size (None: that it has). Raises `Refused` for one that is still to come."""
        wanted = self._within(self.size if size is None else size)
        return Head(wanted, self._root((0, wanted)) if wanted else Frontier().root())

    def leaf(self, seq: int) -> bytes:
        """The leaf of an event."""
        return self._perfect(0, self._within(seq) - 1)

    def inclusion(self, seq: int, size: int | None = None) -> list[bytes]:
        """The proof that the event of a seq is in the book at a size (None: as it is)."""
        wanted = self._within(self.size if size is None else size)
        if not 1 <= seq <= wanted:
            raise Refused(f"{self._book} at size {wanted} has no event {seq}", "name an event and a size that holds it")
        return [self._root(span) for span in inclusion_path(seq - 1, wanted)]

    def consistency(self, first: int, second: int | None = None) -> list[bytes]:
        """The proof that the book at one size begins with the book at an earlier one. Nothing is proved from size 0."""
        wanted = self._within(self.size if second is None else second)
        if not 1 <= first <= wanted:
            raise Refused(
                f"no proof leads from size {first} to size {wanted} of {self._book}", "name the earlier size first"
            )
        return [self._root(span) for span in consistency_path(first, wanted)]

    def _within(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise Refused(f"{self._book} has {self.size} events, not {size}", "name a size that it had")
        return size

    def _root(self, span: Span) -> bytes:
        return join([self._perfect(level, index) for level, index in perfect(*span)])

    def _perfect(self, level: int, index: int) -> bytes:
        """The root of a perfect subtree, from the hashes that are kept below it."""
        above = level % TILE_LEVELS
        kept, first = level - above, index << above
        hashes = self._hashes(kept, first, first + (1 << above))
        return Frontier().extend(hashes).root()

    def _hashes(self, level: int, start: int, end: int) -> list[bytes]:
        if level == 0:
            rows = self._log.select(
                "SELECT leaf FROM events WHERE book = ? AND seq > ? AND seq <= ? ORDER BY seq", self._book, start, end
            )
        else:
            rows = self._log.select(
                "SELECT hash FROM nodes WHERE book = ? AND level = ? AND place >= ? AND place < ? ORDER BY place",
                self._book, level, start, end,
            )  # fmt: skip
        if len(rows) != end - start:
            raise Broken(f"the tree of {self._book} has lost hashes of level {level}", _DAMAGED)
        return [bytes(row[0]) for row in rows]


_PAGE = 1 << 16


def keep_nodes(log: Log, book: str) -> None:
    """Keep the nodes of a book whose events were recorded before nodes were kept."""
    frontier = Frontier()
    while leaves := log.select(
        "SELECT leaf FROM events WHERE book = ? AND seq > ? ORDER BY seq LIMIT ?", book, frontier.size, _PAGE
    ):
        frontier, completed = frontier.grow(bytes(row[0]) for row in leaves)
        log.insert_nodes([(book, *node) for node in completed])

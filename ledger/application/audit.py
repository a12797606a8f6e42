"""A book in one file for those who want to check it themselves: exporting it, and what stands in it."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.application.core import PAGE, Core
from ledger.bundle import archive
from ledger.bundle.archive import Sink
from ledger.bundle.contents import Gathered, members, statement_members
from ledger.store.engine import reading
from ledger.store.log import log_of
from ledger.store.proof import Head, leaf_hash
from ledger.store.tree import Tree


class Audit:
    """What a book shows to who does not trust the operator of its store."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def export(self, book: str, sink: Sink) -> Head:
        """Write the bundle of a book; returns the size and root that it is of.

        What is recorded meanwhile is not in it. Raises `Refused` for a book that does not exist.
        """
        facts = self._core.facts(book)
        size = facts.head()
        with reading(self._core.engine) as connection:
            head = Tree(log_of(connection), book).head(size)
        gathered = Gathered()
        for _, event in self._core.events_of(book, upto=size):
            gathered.take(event)
        others = {name: [data] for name, data in (*gathered.members(), *statement_members(facts))}
        leaves = (leaf_hash(line) for line in self._lines(book, size))
        archive.write(sink, members(book, head, self._lines(book, size), leaves, others))
        return head

    def _lines(self, book: str, upto: int) -> Iterator[bytes]:
        """The stored bytes of a book's events."""
        after = 0
        while page := self._core.books.select_book(book, after=after, upto=upto, limit=PAGE):
            yield from (stored.state for _, stored in page)
            after = page[-1][0]

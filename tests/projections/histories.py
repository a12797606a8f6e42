"""Random histories in a store: recorded in parts, with followers that came by in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from hypothesis import HealthCheck, settings

from ledger.application import Ledger
from ledger.book.events import Event
from projections.follower import Follower
from tests.playing import play
from tests.projections.story import new_ledger
from tests.stores import Stores
from tests.strategies import History
from tests.world import Book

some = settings(
    max_examples=max(8, settings().max_examples // 6),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""How often to try: each history is written to a store of its own."""


@contextmanager
def followed(history: History, stores: Stores, sizes: list[int]) -> Iterator[tuple[Ledger, list[tuple[int, Event]]]]:
    """A ledger with the events of a history, saved in parts of these sizes, and the events by seq."""
    book = play(history, Book).book
    assert isinstance(book, Book)
    with stores.new() as url, closing(new_ledger(url)) as ledger:
        start = turn = 0
        while start < len(book.events):
            size = sizes[turn % len(sizes)]
            ledger.save(*(event for _, event in book.events[start : start + size]))
            if turn % 2:
                Follower(ledger, page=1 + turn % 5).catch_up()
            start, turn = start + size, turn + 1
        yield ledger, book.events

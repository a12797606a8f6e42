"""A ledger rebuilt from a bundle is the ledger that it was: the same bytes, heads, statements and balances."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from ledger.application import Ledger
from ledger.application.restoring import Restored
from ledger.bundle.verify import Read, verify
from ledger.settlement.canonical import digest
from ledger.store.keys import signing_key
from ledger.values.errors import Broken
from projections.balances import balances
from tests.projections.story import BOOK, everything, new_ledger
from tests.stores import Stores

STORY = everything()
MIDDLE = len(STORY) // 2


@contextmanager
def ledger_at(url: str, count: int = 0) -> Iterator[Ledger]:
    """A new ledger with so many events of the story."""
    ledger = new_ledger(url)
    if count:
        ledger.save(*STORY[:count])
    try:
        yield ledger
    finally:
        ledger.close()


def exported(ledger: Ledger) -> bytes:
    """The bundle of the story's book, with documents."""
    out = io.BytesIO()
    ledger.audit.export(BOOK, out, documents=True)
    return out.getvalue()


def told(ledger: Ledger) -> tuple[object, str]:
    """The balances of the book, and the digest of the statement that they are drafted on."""
    found = balances(ledger, BOOK)
    return (found.last, found.plan, found.balances), digest(found.draft)


def imported(ledger: Ledger, data: bytes) -> Restored:
    """What came of importing a bundle."""
    read = Read()
    assert not [problem for check in verify(io.BytesIO(data), read=read) for problem in check.problems]
    return ledger.audit.restore(io.BytesIO(data), read)


@pytest.fixture
def original(any_stores: Stores) -> Iterator[Ledger]:
    """A ledger in which everything happened, with a checkpoint and a document that is kept."""
    with any_stores.new() as url, ledger_at(url, len(STORY)) as ledger:
        ledger.audit.checkpoint(BOOK, signing_key("acme/ann", bytes(32)), MIDDLE)
        yield ledger


def test_a_book_makes_the_round_trip(original: Ledger, store_url: str) -> None:
    """To either kind of database and back: identical bytes, and equal balances."""
    data = exported(original)
    with ledger_at(store_url) as ledger:
        came = imported(ledger, data)
        assert (came.events, came.head, came.checkpoints) == (len(STORY), original.head(BOOK), 1)
        assert exported(ledger) == data
        assert told(ledger) == told(original)

        assert ledger.replay(BOOK).closings() == original.replay(BOOK).closings()
        again = imported(ledger, data)
        assert (again.events, ledger.head(BOOK)) == (0, original.head(BOOK))
        assert exported(ledger) == data


def test_the_rest_of_a_book_is_appended(original: Ledger, store_url: str) -> None:
    """Where a store has its beginning; a bundle of the beginning adds nothing to who has more."""
    with ledger_at(store_url, MIDDLE) as ledger:
        beginning = exported(ledger)
        came = imported(ledger, exported(original))
        assert (came.events, ledger.head(BOOK)) == (len(STORY) - MIDDLE, original.head(BOOK))
        assert exported(ledger) == exported(original)
        assert imported(ledger, beginning).events == 0


@pytest.mark.parametrize("kept", [MIDDLE, len(STORY)])
def test_another_history_is_refused(original: Ledger, store_url: str, kept: int) -> None:
    """Whether the store's is longer or shorter: nothing is recorded, and nothing is written again."""
    with ledger_at(store_url) as ledger:
        first, *rest = STORY[:kept]
        ledger.save(msgspec.structs.replace(first, salt="f" * 32), *rest)
        head = ledger.head(BOOK)
        with pytest.raises(Broken, match="in the bundle"):
            imported(ledger, exported(original))
        assert (ledger.head(BOOK), ledger.audit.checkpoints(BOOK)) == (head, [])


def test_a_dry_run_records_nothing(original: Ledger, store_url: str) -> None:
    """And tells what would come."""
    with ledger_at(store_url) as ledger:
        ledger.dry_run = True
        assert imported(ledger, exported(original)).events == len(STORY)
        assert (ledger.head(BOOK).size, ledger.audit.checkpoints(BOOK)) == (0, [])

"""Ledgers on new stores, of each kind of database in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.application import Ledger
from tests.projections.story import new_ledger


@pytest.fixture
def ledger(store_url: str) -> Iterator[Ledger]:
    """A ledger on a store without events, on each kind of database in turn."""
    yield from _opened(store_url)


@pytest.fixture
def sqlite_ledger(sqlite_url: str) -> Iterator[Ledger]:
    """A ledger on a store without events, in a SQLite file."""
    yield from _opened(sqlite_url)


@pytest.fixture
def postgres_ledger(postgres_url: str) -> Iterator[Ledger]:
    """A ledger on a store without events, on PostgreSQL."""
    yield from _opened(postgres_url)


def _opened(url: str) -> Iterator[Ledger]:
    ledger = new_ledger(url)
    yield ledger
    ledger.close()

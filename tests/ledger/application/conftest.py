"""Partners for tests of the application: on a SQLite file, or on every kind of database where that may matter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ledger.application.partners import Partners, terms


@pytest.fixture
def partners(sqlite_url: str) -> Iterator[Partners]:
    """Acme and JOT with their agreement in force, on a SQLite file."""
    made = Partners(sqlite_url, terms())
    yield made
    made.close()


@pytest.fixture
def anywhere(store_url: str) -> Iterator[Partners]:
    """Acme and JOT with their agreement in force, on each kind of database in turn."""
    made = Partners(store_url, terms())
    yield made
    made.close()


@pytest.fixture
def strangers(sqlite_url: str) -> Iterator[Partners]:
    """An empty store on a SQLite file."""
    made = Partners(sqlite_url)
    yield made
    made.close()

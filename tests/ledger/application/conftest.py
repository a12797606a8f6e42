"""Partners for tests of the application: on one kind of database, or on each of them where that may matter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ledger.application.partners import Partners, terms


@pytest.fixture
def partners(any_url: str) -> Iterator[Partners]:
    """Acme and JOT with their agreement in force, on the usual kind of database."""
    made = Partners(any_url, terms())
    yield made
    made.close()


@pytest.fixture
def anywhere(store_url: str) -> Iterator[Partners]:
    """Acme and JOT with their agreement in force, on each kind of database in turn."""
    made = Partners(store_url, terms())
    yield made
    made.close()


@pytest.fixture
def strangers(any_url: str) -> Iterator[Partners]:
    """An empty store on the usual kind of database."""
    made = Partners(any_url)
    yield made
    made.close()

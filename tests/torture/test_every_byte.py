"""Every single byte of a bundle and of the tables of a store, one at a time: none can be changed unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.bundle.signed_book import signed
from tests.ledger.bundle.test_tampering import EVENTS, HEADS, check_bundle, check_events, check_heads, check_nodes

PARTS = 4  #: so that several processes share the file


@pytest.mark.parametrize("part", range(PARTS))
def test_any_changed_byte_of_a_bundle_is_found(part: int) -> None:
    """The whole file."""
    check_bundle(range(part, len(signed().bundle), PARTS))


@pytest.mark.parametrize("column", EVENTS)
def test_any_changed_byte_of_an_event_is_found(tmp_path: Path, column: str) -> None:
    """Every column of every event, and the first event concerned is named."""
    check_events(tmp_path / "book.db", column, 1)


@pytest.mark.parametrize(("table", "column"), HEADS)
def test_any_changed_byte_of_a_head_is_found(tmp_path: Path, table: str, column: str) -> None:
    """Sizes, roots, hashes, notes with their signatures."""
    check_heads(tmp_path / "book.db", table, column, 1)


@pytest.mark.parametrize("column", ["book", "level", "place", "hash"])
def test_any_changed_byte_of_a_node_is_found(tmp_path: Path, column: str) -> None:
    """What is kept above 256 leaves."""
    check_nodes(tmp_path / "book.db", column, 1)

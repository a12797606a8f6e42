"""Several processes at one store, for a second or two; `make torture` has sixteen, for longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.durability import crowd
from tests.durability.examine import problems

pytestmark = pytest.mark.slow


def test_many_record_in_one_book(store_url: str, tmp_path: Path) -> None:
    """Each entry that was acknowledged to anybody is on record once, and nothing else is."""
    crowd.make(store_url, crowd.BOOK)
    acknowledged = crowd.at_once(store_url, tmp_path, [crowd.write_same_book] * 4, turns=10)
    found = crowd.recorded(store_url)
    assert [found[stream] for stream in acknowledged] == [1] * 40
    assert found.total() == 40 + 2
    assert problems(store_url) == []


def test_many_record_in_books_of_their_own(store_url: str, tmp_path: Path) -> None:
    """Books are independent; the log of the store is still one, without gaps."""
    crowd.make(store_url, *(f"book-{number}" for number in range(4)))
    acknowledged = crowd.at_once(store_url, tmp_path, [crowd.write_own_book] * 4, turns=10)
    found = crowd.recorded(store_url)
    assert [found[stream] for stream in acknowledged] == [1] * 40
    assert problems(store_url) == []


def test_many_record_the_same(store_url: str, tmp_path: Path) -> None:
    """What several report at once is recorded once, and acknowledged to all of them."""
    crowd.make(store_url, crowd.BOOK)
    acknowledged = crowd.at_once(store_url, tmp_path, [crowd.write_same_entries] * 4, turns=10)
    assert sorted(acknowledged) == sorted(4 * [f"{crowd.BOOK}/entry/R-{turn}" for turn in range(10)])
    found = crowd.recorded(store_url)
    assert [found[stream] for stream in acknowledged] == [1] * 40
    assert problems(store_url) == []


def test_closing_rebuilding_and_reading_beside_writers(store_url: str, tmp_path: Path) -> None:
    """Months are closed, tables dropped and balances read while others record: all of it is right at the end."""
    crowd.make(store_url, crowd.BOOK)
    works = [crowd.write_same_book, crowd.write_same_book, crowd.close_months, crowd.rebuild, crowd.read]
    acknowledged = crowd.at_once(store_url, tmp_path, works, turns=10)
    found = crowd.recorded(store_url)
    entries = [stream for stream in acknowledged if "/entry/" in stream]
    assert [found[stream] for stream in entries] == [1] * 20
    assert found[f"{crowd.BOOK}/closing"] == 12
    assert problems(store_url) == []

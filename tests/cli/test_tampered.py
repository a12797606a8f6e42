"""A store and a bundle in which something was changed: the commands say so, and end with the code of lost integrity."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook
from tests.ledger.bundle.signed_book import BOOK, signed

FREE = "DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_deleted;"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET leaf = zeroblob(32) WHERE seq = 3",
        "UPDATE events SET state = CAST(replace(CAST(state AS TEXT), '1001', '1002') AS BLOB) WHERE seq = 6",
        "DELETE FROM events WHERE seq = 14",
        "UPDATE checkpoints SET size = size + 1",
    ],
)
def test_a_changed_store_ends_with_code_5(folder: Path, pactbook: Pactbook, change: str) -> None:
    """And a whole one with 0."""
    (folder / "pactbook.db").write_bytes(signed().store)
    assert pactbook("verify").code == 0
    with closing(sqlite3.connect(folder / "pactbook.db")) as connection:
        connection.executescript(FREE + change)
    ran = pactbook(f"verify {BOOK}")
    assert (ran.code, "WRONG" in ran.out) == (5, True)


def test_a_changed_bundle_ends_with_code_5(folder: Path, pactbook: Pactbook) -> None:
    """And a whole one with 0."""
    whole = signed().bundle
    (folder / "whole.pactbook").write_bytes(whole)
    assert pactbook("audit verify whole.pactbook").code == 0
    for place in range(5, len(whole), 2999):
        (folder / "changed.pactbook").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert pactbook("audit verify changed.pactbook").code == 5, f"byte {place}"

"""A store and a bundle in which something was changed: the commands say so, and end with the code of lost integrity."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook
from tests.ledger.bundle.signed_book import BOOK, signed, tell
from tests.projections.story import new_ledger
from tests.stores import NOUGHT, Store, rewriting


def make_signed(url: str) -> None:
    """The signed book."""
    ledger = new_ledger(url)
    tell(ledger)
    ledger.close()


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE events SET leaf = {NOUGHT} WHERE seq = 3",
        rewriting("1001", "1002", "seq = 6"),
        "DELETE FROM events WHERE seq = 14",
        "UPDATE checkpoints SET size = size + 1",
    ],
)
def test_a_changed_store_ends_with_code_5(place: Store, pactbook: Pactbook, change: str) -> None:
    """And a whole one with 0."""
    place.fill(make_signed)
    assert pactbook("verify").code == 0
    place.tamper(change)
    ran = pactbook(f"verify {BOOK}")
    assert (ran.code, "WRONG" in ran.out) == (5, True)


def test_a_changed_bundle_ends_with_code_5(folder: Path, pactbook: Pactbook) -> None:
    """And a whole one with 0."""
    whole = signed().bundle
    (folder / "whole.pactbook").write_bytes(whole)
    assert pactbook("audit verify whole.pactbook").code == 0
    for at in range(5, len(whole), 2999):
        (folder / "changed.pactbook").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert pactbook("audit verify changed.pactbook").code == 5, f"byte {at}"

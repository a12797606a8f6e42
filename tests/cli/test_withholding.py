"""Advances on accounts and reserves, as people record and read them: the royalty of the gallery."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook
from tests.stores import Store

ROYALTY = Path(__file__).parents[2] / "examples" / "terms" / "royalty.yaml"


@pytest.fixture
def royalty(store: Store, pactbook: Pactbook) -> Pactbook:
    """The agreement of the gallery, accepted by all."""
    pactbook("init")
    pactbook(f"agreement propose {ROYALTY} --as label/lo")
    for who in ("artist/ann", "producer/ada"):
        assert pactbook(f"agreement accept night-train --as {who}").code == 0
    return pactbook


def test_an_advance_is_recorded_on_its_account(royalty: Pactbook) -> None:
    """The line says the account; one that the terms do not have, or not for these two, is refused."""
    line = "record advance night-train {} 20000 --to {} --account {} --on 2026-01-05 --as label/lo"
    ran = royalty(line.format("A-1", "artist", "signing"))
    assert ran.out.rstrip().endswith("paid by label, paid to artist, account signing")
    assert royalty(line.format("A-2", "artist", "album-9")).code == 1
    assert royalty(line.format("A-3", "producer", "signing")).errors == [
        "signing is for advances of label to artist, not of label to producer"
    ]
    ran = royalty('correct night-train A-1 --account tour-support --reason "the wrong one" --as label/lo')
    assert "account signing -> tour-support" in ran.out
    ran = royalty("entries night-train --name tour-support --format json")
    assert [entry["reference"] for entry in ran.json["entries"]] == ["A-1"]


def test_a_statement_shows_what_is_withheld(royalty: Pactbook) -> None:
    """Rows of the current accounts, the reserve from opening to closing, and a row for each account of advances."""
    royalty("record advance night-train A-1 20000 --to artist --account signing --on 2026-01-05 --as label/lo")
    royalty("record result night-train R-1 album-1 90000 --on 2026-02-05 --collected-by label --as label/lo")
    shown = [" ".join(row.split()) for row in royalty("close night-train --as label/lo").out.splitlines()]
    assert "held in reserve -2,880.00 reserve.artist reserve.held" in shown
    assert "advance signing recouped -11,520.00 11,520.00 advances.signing recouped.signing" in shown
    assert "closing reserve 2,880.00 reserve.closing" in shown
    assert "signing artist 0.00 20,000.00 -11,520.00 8,480.00 advance.signing.closing" in shown
    rows = royalty("statement night-train --format csv").out.splitlines()
    assert next(row for row in rows if ",advance.signing,artist,closing," in row).split(",")[5] == "8480.00"
    ran = royalty("explain night-train 2026-Q1/artist/recouped.signing")
    assert "rate of recoupment" in ran.out
    assert "1 entry  inputs/advance_received.signing.artist" in ran.out

"""What people read on a printed statement: the order of its rows, their names, and what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.statement_rows import without
from tests.cli.conftest import Pactbook
from tests.stores import Store

GALLERY = Path(__file__).parents[2] / "examples" / "terms"


def rows_of_shares(printed: str) -> list[tuple[str, str]]:
    """Label and clause of the rows of "Accounts" that steps made."""
    lines = printed[printed.index("Accounts") :].splitlines()
    cells = [line.split("  ") for line in lines if " shares[" in line]
    return [(line[0].strip(), next(cell.strip() for cell in line if "shares[" in cell)) for line in cells]


@pytest.fixture
def film(store: Store, pactbook: Pactbook) -> Pactbook:
    """The co-production of the gallery after two quarters: each party takes part in other steps."""
    pactbook("init")
    pactbook(f"agreement propose {GALLERY / 'co-production.yaml'} --as north/nora --today 2026-01-01")
    for who in ("south/sam", "agent/al", "writer/iris"):
        assert pactbook(f"agreement accept long-winter --as {who} --today 2026-01-01").code == 0
    for line in (
        "contribution long-winter CAP-1 300000 --party north --on 2026-01-10 --as north/nora",
        "contribution long-winter CAP-2 100000 --party south --on 2026-01-12 --as south/sam",
        "result long-winter R-1 receipts 600000 --on 2026-04-20 --collected-by agent --as agent/al",
    ):
        assert pactbook(f"record {line} --today 2026-04-20").code == 0
    assert pactbook("close long-winter 2026-Q1 --as north/nora --today 2026-07-01").code == 0
    return pactbook


def test_rows_come_in_the_order_of_the_clauses(film: Pactbook) -> None:
    """Whoever takes part in which step; and no row is named after one of its parties."""
    printed = film("close long-winter 2026-Q2 --as north/nora --today 2026-07-01").out
    assert rows_of_shares(printed) == [
        ("fee", "shares[1]"), ("capital returned", "shares[2]"), ("fee", "shares[3]"), ("share", "shares[4]"),
    ]  # fmt: skip


def test_a_label_loses_its_party_and_nothing_else() -> None:
    """A party whose name begins another word, and labels that say the party after a comma, or in the middle."""
    said = {
        "capital returned to no": "capital returned", "deal by deal, of no": "deal by deal",
        "beside the catch-up, to no": "beside the catch-up", "capital returned to no so far": "capital returned so far",
        "cap of ann, part of no": "cap of ann", "fee of north": "fee of north", "fee of no-one": "fee of no-one",
        "fee of no, as far as the pool goes": "fee, as far as the pool goes", "opening balance": "opening balance",
    }  # fmt: skip
    assert {label: without(label, "no") for label in said} == said


def test_a_step_that_has_a_name_shows_it(store: Store, pactbook: Pactbook) -> None:
    """So that rows of the same word can be told apart."""
    pactbook("init")
    pactbook(f"agreement propose {GALLERY / 'royalty.yaml'} --as label/lo --today 2026-01-01")
    for who in ("artist/ann", "producer/ada"):
        pactbook(f"agreement accept night-train --as {who} --today 2026-01-01")
    line = "record result night-train R-1 album-1 90000 --on 2026-02-05 --collected-by label --as label/lo"
    assert pactbook(f"{line} --today 2026-02-05").code == 0
    printed = pactbook("statement night-train 2026-Q1 --today 2026-04-01").out
    assert ("bands (royalty-1)", "shares[1]") in rows_of_shares(printed)
    assert ("fee", "shares[3]") in rows_of_shares(printed)


def test_entries_that_wait_are_named_below_the_statement(book: Store, pactbook: Pactbook) -> None:
    """Those of the period and before, not of later days; an issued statement is as it was, its seal too."""
    for reference, day in (("M-1", "2026-01-05"), ("M-2", "2026-02-01")):
        pactbook(f"record cost acme-jot {reference} media 1500 --on {day} --as jot/leo --today 2026-02-01")
    said = "confirmation{} and does not count: M-1, cost media, 1,500.00 EUR (by jot)"
    assert "1 entry awaits " + said.format("") in pactbook("statement acme-jot 2026-01 --today 2026-02-01").out
    closed = pactbook("close acme-jot 2026-01 --today 2026-02-01")
    assert "1 entry awaits " + said.format("") in closed.out
    pactbook("confirm acme-jot M-1 --as acme/ann --today 2026-02-02")
    assert "1 entry awaited " + said.format(" then") in pactbook("statement acme-jot 2026-01").out
    data = pactbook("statement acme-jot 2026-01 --format json").json
    assert data["awaiting"]["count"] == 1
    assert [each["reference"] for each in data["awaiting"]["first"]] == ["M-1"]
    after = pactbook("statement acme-jot 2026-02 --format json --today 2026-02-03").json
    assert [each["reference"] for each in after["awaiting"]["first"]] == ["M-2"]


def test_many_entries_that_wait_are_counted(book: Store, pactbook: Pactbook) -> None:
    """The first few are named; where none waits, nothing is said."""
    assert "awaiting" not in pactbook("statement acme-jot 2026-01 --format json --today 2026-01-09").json
    for number in range(6):
        pactbook(f"record cost acme-jot M-{number} media 1500 --on 2026-01-05 --as jot/leo --today 2026-01-09")
    printed = pactbook("statement acme-jot 2026-01 --today 2026-01-09").out
    assert "6 entries await confirmation and do not count: M-0, cost media" in printed
    assert printed.rstrip().endswith("; and 2 more")


def test_who_leaves_for_less_than_its_capital_leaves_a_bonus(book: Store, pactbook: Pactbook) -> None:
    """It is said so, and not as an amount below zero that it was paid beyond its capital."""
    for party, who in (("acme", "acme/ann"), ("jot", "jot/leo")):
        pactbook(f"record contribution acme-jot C-{party} 10000 --party {party} --on 2026-01-02 --as {who}")
    printed = pactbook("partner retire acme-jot L-1 jot 9000 --method bonus --ratio acme=1,jot=1 --on 2026-01-31").out
    assert "bonus to those who stay: 1,000.00 EUR" in printed

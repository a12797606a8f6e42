"""Partners who come and go, and a liquidation, as people type them; the page on it (`docs/partners.md`) runs too."""

from __future__ import annotations

import json

import pytest

from tests.checker import wrong_figures
from tests.cli.conftest import Pactbook
from tests.stores import Store

ADMIT = "partner admit acme-jot J-1 jot 25000.00 --interest 1/3 --method bonus --ratio acme=1 --on 2026-01-05"
OPEN = (
    "liquidation open acme-jot --liquidator acme --ratio acme=1,jot=1 --deficiencies ratio --cash 100 "
    "--assets stock=900 --capital acme=600,jot=400 --on 2026-01-31"
)


@pytest.fixture
def capital(book: Store, pactbook: Pactbook) -> Store:
    """Acme has paid in 65,000.00."""
    assert pactbook("record contribution acme-jot C-1 65000 --on 2026-01-02").code == 0
    return book


def test_capital_before_is_read_from_the_book(capital: Store, pactbook: Pactbook) -> None:
    """The table says what was, what changes and what is; the same again is nothing, whatever has counted since."""
    ran = pactbook(ADMIT)
    assert ran.code == 0
    assert ran.out.splitlines()[0].endswith("capital of acme -5000.00 jot +30000.00 (counts once jot confirms it)")
    rows = [line.split() for line in ran.out.splitlines()[4:6]]
    assert rows == [["acme", "65,000.00", "-5,000.00", "60,000.00"], ["jot", "30,000.00", "30,000.00"]]
    assert pactbook("confirm acme-jot J-1 --as jot/leo").out.endswith("jot +30000.00\n")
    assert pactbook(ADMIT).out == "already so; nothing recorded\n"


def test_a_dry_run_records_nothing(capital: Store, pactbook: Pactbook) -> None:
    """It shows what would be recorded, and a confirmation shows whom it would still wait for."""
    assert pactbook(f"{ADMIT} --dry-run").out.startswith("would have recorded J-1")
    assert "no entries" in pactbook("entries acme-jot --kind admission").out
    assert pactbook(ADMIT).code == 0
    assert "waits" not in pactbook("confirm acme-jot J-1 --as jot/leo --dry-run").out
    assert pactbook("entries acme-jot --kind admission --format json").json["entries"][0]["status"] == "awaiting"


def test_the_line_of_the_statement_is_explained_to_what_was_agreed(capital: Store, pactbook: Pactbook) -> None:
    """The derivation is figures like any other: they evaluate from their own parts."""
    assert pactbook(ADMIT).code == pactbook("confirm acme-jot J-1 --as jot/leo").code == 0
    for figure in ("acme/capital.admission.jot", "inputs/capital_changed.admission.jot.acme"):
        data = pactbook(f"explain acme-jot 2026-01/{figure} --format json").json
        (found,) = data["derivations"].values()
        assert found["acme-jot/entry/J-1/acme/change"]["value"] == "-500000"
        assert wrong_figures({"figures": found}) == []
        assert "bonus to jot" in pactbook(f"explain acme-jot 2026-01/{figure}").out
    shown = pactbook("partner show acme-jot J-1 --format json").json
    assert shown["status"] == "counted"
    assert shown["figures"][shown["change"]["jot"]]["text"] == "30,000.00 EUR"


def test_a_correction_works_the_change_out_anew(capital: Store, pactbook: Pactbook) -> None:
    """Whoever corrects the payment says no word of the bonus."""
    pactbook(ADMIT)
    ran = pactbook('correct acme-jot J-1 --amount 25000.03 --reason "three cents more"')
    assert "acme -5000.00 jot +30000.00 -> acme -4999.98 jot +30000.01" in ran.out
    assert "every other party concerned confirms it" in ran.out


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        (ADMIT.replace("1/3", "half"), 2, "'half' is not a rate"),
        (ADMIT.replace("acme=1", "acme"), 2, "'acme' does not say whose and how much"),
        (ADMIT.replace("acme=1", "acme=1,acme=2"), 2, "acme is there twice"),
        (ADMIT.replace("acme=1", "acme=-1"), 2, "'-1' is"),
        (ADMIT.replace("--method bonus", ""), 2, "missing option '--method'"),
        (ADMIT.replace("jot 25", "kim 25"), 1, "kim is no party of acme-jot"),
        (ADMIT.replace("2026-01-05", "2025-01-05"), 1, "acme-jot had not begun on 2025-01-05"),
        ("partner ratio acme-jot R --old acme=1,jot=1 --on 2026-01-05", 2, "give either --new or --transfer"),
        ("partner ratio acme-jot R --old acme=1,jot=1 --transfer acme jot 2/3 --on 2026-01-05", 3,
         "acme hands on more than its share"),
        ("partner ratio acme-jot R --old acme=1,jot=1 --new acme=2,jot=1 --years 2 --on 2026-01-05", 2,
         "--years, --employed and --rate value a goodwill by --profits"),
        ("partner ratio acme-jot R --old acme=1,jot=1 --new acme=2,jot=1 --profits 1 --on 2026-01-05", 2,
         "--profits needs --years"),
        ("partner show acme-jot C-1", 1, "C-1 is no change among partners"),
        ("liquidation show acme-jot", 1, "there is no liquidation"),
        (OPEN.replace("--cash 100", "--cash 101"), 1, "the opening does not balance"),
        (OPEN.replace("--deficiencies ratio", ""), 2, "missing option '--deficiencies'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(capital: Store, pactbook: Pactbook, line: str, code: int, error: str) -> None:
    """One line, with the exit code of its kind and a hint."""
    ran = pactbook(line)
    assert ran.code == code
    assert error in ran.errors[0]
    assert "hint: " in ran.err


def test_transfers_and_a_valued_goodwill(capital: Store, pactbook: Pactbook) -> None:
    """Parts that are handed on are a new ratio; two years' purchase of an average of 60.00 is 120.00."""
    ran = pactbook(
        "partner ratio acme-jot R --old acme=1,jot=1 --transfer acme jot 1/6 --profits 50,60,70 --years 2"
        " --on 2026-01-05"
    )
    assert "new acme 1/3 jot 2/3, capital of acme +20.00 jot -20.00" in ran.out


def test_a_liquidation_from_the_opening_to_the_last_payment(capital: Store, pactbook: Pactbook) -> None:
    """Every step has its line; the account and each figure of it can be had as data."""
    lines = [
        (OPEN, "proposed to wind up acme, jot from 2026-01-31; acme is the liquidator; waits for jot"),
        ("liquidation accept acme-jot --as jot/leo", "accepted the liquidation; it is under way"),
        ("liquidation realise acme-jot S-1 stock 100 --on 2026-02-01",
         "recorded S-1: stock of 900.00 EUR realised for 100.00 EUR on 2026-02-01"),
        ("liquidation realise acme-jot S-1 stock 100 --on 2026-02-01", "already so; nothing recorded"),
        ("liquidation expense acme-jot E-1 lawyer 50 --on 2026-02-01",
         "recorded E-1: 50.00 EUR of lawyer paid on 2026-02-01"),
        ('liquidation void acme-jot E-1 --reason "never sent"', "voided E-1 of the liquidation"),
        ("liquidation distribute acme-jot P-1 --reserve 0 --on 2026-02-02",
         "recorded P-1: paid out acme 200.00 EUR on 2026-02-02"),
    ]  # fmt: skip
    for line, said in lines:
        assert pactbook(line).out.splitlines()[0] == said, line
    data = pactbook("liquidation show acme-jot --format json").json
    assert [step["step"] for step in data["steps"]] == ["opening", "S-1", "P-1"]
    assert {data["steps"][-1][f"capital.{party}"] for party in ("acme", "jot")} == {"0.00"}
    assert wrong_figures(data) == []
    explained = pactbook("liquidation show acme-jot --explain acme/capital --format json").json
    assert explained["figures"]["acme-jot/liquidation/acme/capital"]["value"] == "0"
    assert "it has acme/payment" in pactbook("liquidation show acme-jot --explain nothing").err
    told = pactbook("history acme-jot --stream liquidation --format json").json
    assert "LiquidationDistributed" in json.dumps(told)
    assert pactbook("explain acme-jot 2026-02/acme/capital.liquidation.realisation --today 2026-02-03").code == 0
    assert pactbook("doctor").code == 0

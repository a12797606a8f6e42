"""`pactbook liabilities`: what is owed and who would bear it, as people and programs read it."""

from __future__ import annotations

import csv
import io

import pytest

from tests.cli.conftest import Pactbook
from tests.stores import Store


@pytest.fixture
def owed(book: Store, pactbook: Pactbook) -> None:
    """A chargeback of 100.01 of January, 40.00 of it settled by JOT in February, and a fine that is not shared."""
    pactbook("record liability acme-jot CB-1 chargebacks 100.01 --on 2026-01-05")
    pactbook("record liability acme-jot F-1 fines 7.00 --on 2026-01-06")
    pactbook("record liability-settled acme-jot CB-1 P-1 40.00 --on 2026-02-05 --as jot/leo --paid-by jot")


def test_exposures_add_up_to_what_is_outstanding(owed: None, pactbook: Pactbook) -> None:
    """On the day that is asked for: before the settlement all is outstanding."""
    ran = pactbook("liabilities acme-jot --as-of 2026-02-28")
    assert ran.out.splitlines() == [
        "acme-jot, liabilities up to 2026-02-28, in EUR, as known at event 5",
        "Category             recognised   settled   released   outstanding",
        "──────────────────────────────────────────────────────────────────",
        "chargebacks              100.01     40.00       0.00         60.01",
        "fines (not shared)         7.00      0.00       0.00          7.00",
        "",
        "Party    paid   borne   exposure   figure",
        "──────────────────────────────────────────────────────",
        "acme     0.00   24.00      36.01   acme/exposure",
        "jot     40.00   16.00      24.00   jot/exposure",
        "",
        "all     40.00   40.00      60.01   venture/liabilities",
    ]
    before = pactbook("liabilities acme-jot --as-of 2026-01-31 --format json").json
    assert (before["outstanding"], [each["exposure"] for each in before["parties"]]) == ("100.01", ["60.01", "40.00"])


def test_each_liability_and_each_figure_is_in_the_data(owed: None, pactbook: Pactbook) -> None:
    """Entries by themselves, and the derivation of every exposure."""
    data = pactbook("liabilities acme-jot --as-of 2026-02-28 --entries --format json").json
    assert data["schema"] == "pactbook/liabilities/1"
    assert data["entries"] == [
        {"category": "chargebacks", "reference": "CB-1", "recognised": "100.01", "settled": "40.00", "released": "0.00",
         "outstanding": "60.01", "currency": "EUR"},
        {"category": "fines", "reference": "F-1", "recognised": "7.00", "settled": "0.00", "released": "0.00",
         "outstanding": "7.00", "currency": "EUR"},
    ]  # fmt: skip
    figures = data["figures"]
    assert figures["acme/exposure"]["op"] == "apportioned"
    assert all(part in figures for each in figures.values() for part in each.get("operands", []))
    rows = list(csv.DictReader(io.StringIO(pactbook("liabilities acme-jot --as-of 2026-02-28 --format csv").out)))
    assert [row["amount"] for row in rows if row["figure"] == "jot/exposure"] == ["24.00"]


def test_a_voided_liability_is_owed_by_nobody(owed: None, pactbook: Pactbook) -> None:
    """What was taken back is left out, but for what was known before."""
    pactbook("void acme-jot F-1 --reason 'not ours'")
    listed = pactbook("liabilities acme-jot --as-of 2026-02-28 --entries --format json").json["entries"]
    assert [each["reference"] for each in listed] == ["CB-1"]
    known = pactbook("liabilities acme-jot --as-of 2026-02-28 --entries --known-at 4 --format json").json
    assert [(each["reference"], each["settled"]) for each in known["entries"]] == [("CB-1", "0.00"), ("F-1", "0.00")]


def test_a_statement_shows_who_would_bear_what_is_outstanding(owed: None, pactbook: Pactbook) -> None:
    """At its end, and only where anything is."""
    ran = pactbook("close acme-jot 2026-01 --today 2026-02-10")
    assert "Liabilities   paid   borne   exposure" in ran.out
    assert "acme          0.00    0.00      60.01" in ran.out


def test_an_agreement_without_liabilities_says_so(book: Store, pactbook: Pactbook) -> None:
    """The category that the terms share is listed with nothing in it."""
    assert "chargebacks         0.00      0.00       0.00          0.00" in pactbook("liabilities acme-jot").out

"""`pactbook terms diff` and `pactbook simulate`: what other terms say, are worth, and would have paid."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import TERMS, Pactbook, size
from tests.stores import Store

BETTER = TERMS.replace("{acme: 60%, jot: 40%}", "{acme: 50%, jot: 50%}", 1)
LATE = "--today 2026-04-01"


@pytest.fixture(autouse=True)
def better(folder: Path) -> None:
    """Terms that are better for JOT are in a file."""
    (folder / "better.yaml").write_text(BETTER, "utf-8")


@pytest.fixture
def lived(book: Store, pactbook: Pactbook) -> None:
    """January is closed with sales of 1,000.00 and February is open with sales of 500.00."""
    pactbook("record result acme-jot INV-1 sales 1000.00 --on 2026-01-10 --collected-by acme")
    pactbook("record result acme-jot INV-2 sales 500.00 --on 2026-02-10 --collected-by acme")
    assert pactbook("close acme-jot 2026-01 --today 2026-02-03").code == 0


def rows(text: str) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text.splitlines()]


# --- two documents --------------------------------------------------------------------------------------


def test_a_difference_is_told_in_sentences_and_in_money(pactbook: Pactbook, folder: Path) -> None:
    """What a clause says now and then, and what it is worth at some levels; no store is needed."""
    ran = pactbook("terms diff terms.yaml better.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert "now    What remains is shared: acme 60%, jot 40%." in ran.out
    assert "then   What remains is shared: acme 50%, jot 50%." in ran.out
    assert "losses" not in ran.out
    assert ["40,000.00", "24,000.00", "20,000.00", "-4,000.00", "16,000.00", "20,000.00", "4,000.00"] in rows(ran.out)
    assert not (folder / "pactbook.db").exists()


def test_what_is_new_and_what_is_gone_is_told_as_such(pactbook: Pactbook, folder: Path) -> None:
    """A clause that only one of the documents has is new, or gone."""
    (folder / "bare.yaml").write_text(TERMS.partition("confirm:")[0], "utf-8")
    assert ["confirm", "gone", "A", "cost"] in [
        row[:4] for row in rows(pactbook("terms diff terms.yaml bare.yaml").out)
    ]
    assert ["confirm", "new", "A", "cost"] in [row[:4] for row in rows(pactbook("terms diff bare.yaml terms.yaml").out)]


def test_a_difference_is_data_too(pactbook: Pactbook) -> None:
    """JSON has the changes and, for each level, the shares now and then."""
    data = pactbook("terms diff terms.yaml better.yaml --format json").json
    assert (data["schema"], data["metric"]) == ("pactbook/terms-difference/1", "sales")
    [change] = data["changes"]
    assert (change["clause"], change["change"]) == ("shares[1]", "changed")
    level = next(each for each in data["levels"] if each["level"] == "100000.00")
    assert level == {
        "level": "100000.00",
        "now": {"acme": "60000.00", "jot": "40000.00"},
        "then": {"acme": "50000.00", "jot": "50000.00"},
        "difference": {"acme": "-10000.00", "jot": "10000.00"},
    }
    assert pactbook("terms diff terms.yaml better.yaml --format csv").out.startswith("clause,change,now,then\n")


def test_the_same_terms_do_not_differ(pactbook: Pactbook, folder: Path) -> None:
    """Another order of keys, or a comment, is no difference."""
    (folder / "same.yaml").write_text("# a comment\n" + TERMS, "utf-8")
    assert pactbook("terms diff terms.yaml same.yaml").out.endswith(": nothing changes.\n")


def test_terms_of_an_agreement_are_compared_with_a_file(book: Store, pactbook: Pactbook) -> None:
    """Whoever got a new draft compares it with what is in force."""
    assert pactbook("terms diff acme-jot better.yaml").out == pactbook("terms diff terms.yaml better.yaml").out


def test_what_cannot_be_compared_in_money_is_compared_in_words(pactbook: Pactbook, folder: Path) -> None:
    """Across two currencies, or without a result in common, only the sentences are told."""
    (folder / "usd.yaml").write_text(TERMS.replace("EUR", "USD"), "utf-8")
    (folder / "rent.yaml").write_text(TERMS.replace("results: [sales]", "results: [rent]"), "utf-8")
    assert "cannot be told across two currencies" in pactbook("terms diff terms.yaml usd.yaml").out
    assert "have no result in common" in pactbook("terms diff terms.yaml rent.yaml").out


# --- history under other terms --------------------------------------------------------------------------


def test_history_is_replayed_under_other_terms(lived: None, pactbook: Pactbook) -> None:
    """The difference per party and period with totals, closed or not; nothing is recorded."""
    before = size()
    ran = pactbook(f"simulate acme-jot better.yaml {LATE}")
    assert (ran.code, ran.err) == (0, "")
    assert rows(ran.out)[3:7] == [
        ["2026-01", "-100.00", "100.00"],
        ["2026-02", "-50.00", "50.00"],
        [],
        ["together", "-150.00", "150.00"],
    ]
    assert "Not closed yet, so as far as they are known: 2026-02." in ran.out
    assert size() == before


def test_a_simulation_is_what_an_amendment_would_change(lived: None, pactbook: Pactbook) -> None:
    """The table of a retroactive amendment, shown before anybody accepts, has the same rows."""
    simulated = rows(pactbook(f"simulate acme-jot better.yaml --to 2026-01 {LATE}").out)
    amended = rows(pactbook("agreement amend better.yaml --from 2026-01 --reason fair").out)
    assert ["2026-01", "-100.00", "100.00"] in simulated
    assert ["2026-01", "-100.00", "100.00"] in amended
    assert ["period", "acme", "jot"] in simulated
    assert ["period", "acme", "jot"] in amended


def test_periods_can_be_chosen(lived: None, pactbook: Pactbook) -> None:
    """From a period on the other terms hold; what was before is not shown."""
    data = pactbook(f"simulate acme-jot better.yaml --from 2026-02 --to 2026-03 --format json {LATE}").json
    assert (data["schema"], data["from"], data["to"]) == ("pactbook/simulation/1", "2026-02", "2026-03")
    assert data["totals"] == {"acme": "-50.00", "jot": "50.00"}
    assert data["differences"][0] == {
        "period": "2026-02", "status": "open", "party": "acme", "share_now": "300.00", "share_then": "250.00",
        "difference": "-50.00", "currency": "EUR",
    }  # fmt: skip
    assert [each["difference"] for each in data["differences"]] == ["-50.00", "50.00", "0.00", "0.00"]


def test_a_simulation_in_csv_has_a_row_for_each_party_and_period(lived: None, pactbook: Pactbook) -> None:
    """The same rows for a spreadsheet."""
    out = pactbook(f"simulate acme-jot better.yaml --format csv {LATE}").out
    assert out.startswith("period,status,party,share_now,share_then,difference,currency\n")
    assert "2026-01,closed,acme,600.00,500.00,-100.00,EUR\n" in out


def test_terms_of_the_store_can_be_simulated(lived: None, pactbook: Pactbook) -> None:
    """An open amendment is named by its digest; the terms in force change nothing."""
    proposed = pactbook("agreement amend better.yaml --from 2026-03 --reason spring").out
    digest = proposed.partition("terms ")[2][:12]
    assert ["together", "-150.00", "150.00"] in rows(pactbook(f"simulate acme-jot {digest} {LATE}").out)
    assert "change nothing for anybody" in pactbook(f"simulate acme-jot acme-jot {LATE}").out


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (("EUR", "USD"), "its currency is EUR, theirs is USD"),
        (("every: month", "every: quarter"), "its settlement period is month, theirs is quarter"),
        (("from: 2026-01-01", "from: 2026-02-01"), "its first day is 2026-01-01, theirs is 2026-02-01"),
        (("agreement: acme-jot", "agreement: acme-kim"), "its agreement is acme-jot, theirs is acme-kim"),
    ],
)
def test_terms_of_something_else_are_refused(
    lived: None, pactbook: Pactbook, folder: Path, change: tuple[str, str], error: str
) -> None:
    """History can only be replayed under terms of its own currency, periods and beginning."""
    (folder / "other.yaml").write_text(TERMS.replace(*change), "utf-8")
    ran = pactbook("simulate acme-jot other.yaml")
    assert (ran.code, ran.errors) == (1, [f"these terms are not for acme-jot: {error}"])
    assert "in the terms to try them here" in ran.err


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("acme-kim better.yaml", 1, "there is no agreement 'acme-kim'"),
        ("acme-jot missing.yaml", 3, "missing.yaml: cannot be read: No such file or directory"),
        ("acme-jot better.yaml --from 2025-12", 1, "2025-12 is not a period of acme-jot"),
        ("acme-jot better.yaml --to 2026-Q1", 1, "2026-Q1 is not a period of acme-jot"),
        ("acme-jot better.yaml --from 2026-02 --to 2026-01", 1, "2026-01 is before 2026-02"),
        ("acme-jot better.yaml --to 2026-09", 1, "2026-09 has not begun"),
        (
            "acme-jot better.yaml --from 2026-13",
            2,
            "invalid value for '--from': '2026-13' is not a period of the calendar",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused(lived: None, pactbook: Pactbook, line: str, code: int, error: str) -> None:
    """Periods that the agreement does not have, or that have not begun, and terms that are not there."""
    ran = pactbook(f"simulate {line} {LATE}")
    assert (ran.code, ran.out) == (code, ""), ran.out
    assert ran.errors == [error]

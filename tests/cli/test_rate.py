"""Rates of exchange as people type them, or as the European Central Bank publishes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.application import Ledger, create_store
from ledger.terms.written.document import parse_terms
from tests.cli.conftest import TERMS, Pactbook, size
from tests.stores import Store

ECB = """\
Date,USD,JPY,BGN,CYP,
2026-04-13,1.1684,186.75,N/A,N/A,
2026-04-10,1.1711,186.43,N/A,N/A,
2026-04-09,N/A,185.93,N/A,N/A,
1999-01-04,1.1789,133.73,N/A,0.58231,
"""
"""A few lines of eurofxref-hist.csv."""

CLAUSE = "exchange: {USD: {rate: on the day, differences: shared}}\n"
Agreed = Callable[[str], None]


@pytest.fixture
def agreed(store: Store, folder: Path) -> Agreed:
    """Makes a store in which terms are in force; the ECB's file lies in the folder."""
    (folder / "ecb.csv").write_text(ECB, "utf-8")

    def make(text: str) -> None:
        create_store(store.url)
        ledger = Ledger(store.url, "acme/ann")
        ledger.agreements.propose(parse_terms(text))
        ledger.acting_as("jot/leo")
        ledger.agreements.accept("acme-jot")
        ledger.close()

    return make


def rates(pactbook: Pactbook, rest: str = "") -> list[tuple[str, str, str, bool]]:
    """The rates that are on record: currency, day, ratio, and whether it counts."""
    found = pactbook(f"rate list acme-jot {rest} --format json").json
    return [(each["currency"], each["day"], each["rate"], each["counts"]) for each in found]


# --- one by one -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said", "ratio"),
    [
        ("0.9157", "1 USD = 0.9157 EUR", "9157/10000"),
        ("10000/10921", "1 USD = 0.9156670635… EUR", "10000/10921"),
        ("1.0921 --inverse", "1 USD = 0.9156670635… EUR", "10000/10921"),
        ("2", "1 USD = 2 EUR", "2"),
    ],
)
def test_a_rate_is_recorded_exactly(agreed: Agreed, pactbook: Pactbook, line: str, said: str, ratio: str) -> None:
    """As a decimal or a ratio, either way round; the same again records nothing."""
    agreed(TERMS + CLAUSE)
    command = f"rate record acme-jot USD {line} --on 2026-04-10"
    assert pactbook(command).out == f"recorded the rate of 2026-04-10: {said}\n"
    assert pactbook(command).out == "already so; nothing recorded\n"
    assert rates(pactbook) == [("USD", "2026-04-10", ratio, True)]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("USD 0 --on 2026-04-10", 2, "'0' is not a rate of exchange"),
        ("USD 12% --on 2026-04-10", 2, "'12%' is not a rate of exchange"),
        ("USD 1,09 --on 2026-04-10", 2, "'1,09' is not a rate"),
        ("Dollar 1 --on 2026-04-10", 2, "'Dollar' is not a currency of ISO 4217"),
        ("EUR 1 --on 2026-04-10", 1, "acme-jot is kept in EUR itself"),
        ("USD 1 --on 2026-04-10 --correct why", 1, "no rate of USD is fixed for 2026-04-10 that could be corrected"),
        ("USD 1", 2, "Missing option '--on'"),
    ],
)
def test_what_is_no_rate_is_refused(agreed: Agreed, pactbook: Pactbook, line: str, code: int, said: str) -> None:
    """With a message that says what would be right, and nothing on record."""
    agreed(TERMS + CLAUSE)
    ran = pactbook(f"rate record acme-jot {line}")
    assert (ran.code, said.lower() in ran.err.lower()) == (code, True)
    assert rates(pactbook) == []


def test_a_rate_is_put_right_with_a_reason(agreed: Agreed, pactbook: Pactbook) -> None:
    """Both stay on record; the list says which one counts, and why; as known before, the first one does."""
    agreed(TERMS + CLAUSE)
    pactbook("rate record acme-jot USD 0.9 --on 2026-04-10 --source Bank")
    refused = pactbook("rate record acme-jot USD 0.8 --on 2026-04-10")
    assert refused.errors == ["the rate of USD on 2026-04-10 is fixed already: 9/10 there, 4/5 here"]
    assert pactbook("rate record acme-jot USD 0.8 --on 2026-04-10 --correct typo --as jot/leo").code == 1
    assert pactbook("rate record acme-jot USD 0.8 --on 2026-04-10 --correct typo").code == 0
    assert rates(pactbook) == [("USD", "2026-04-10", "9/10", False), ("USD", "2026-04-10", "4/5", True)]
    assert rates(pactbook, "--known-at 3") == [("USD", "2026-04-10", "9/10", True)]
    table = pactbook("rate list acme-jot USD").out
    assert "replaced" in table
    assert "corrected: typo" in table


# --- from the file of the ECB ---------------------------------------------------------------------------


def test_the_file_of_the_ecb_is_imported_as_a_whole(agreed: Agreed, pactbook: Pactbook) -> None:
    """By default the currencies of the clause, of all days that have a rate; the same again records nothing."""
    agreed(TERMS + CLAUSE)
    assert "would have recorded 3 rates" in pactbook("rate import acme-jot ecb.csv --dry-run").out
    assert rates(pactbook) == []
    assert pactbook("rate import acme-jot ecb.csv").out.endswith("recorded 3 rates\n")
    assert rates(pactbook) == [
        ("USD", "1999-01-04", "10000/11789", True),
        ("USD", "2026-04-10", "10000/11711", True),
        ("USD", "2026-04-13", "2500/2921", True),
    ]
    assert pactbook("rate import acme-jot ecb.csv").out.endswith("nothing new\n")
    assert rates(pactbook, "--from 2026-01-01 --to 2026-04-12") == [("USD", "2026-04-10", "10000/11711", True)]


def test_an_agreement_in_another_currency_gets_exact_ratios(agreed: Agreed, pactbook: Pactbook) -> None:
    """Of two columns for a third currency; the euro itself is a foreign one."""
    agreed(TERMS.replace("currency: EUR", "currency: USD"))
    line = "rate import acme-jot ecb.csv --currency JPY --currency EUR --from 2026-01-01"
    assert pactbook(line).out.endswith("recorded 4 rates\n")
    assert rates(pactbook) == [
        ("EUR", "2026-04-10", "11711/10000", True),
        ("EUR", "2026-04-13", "2921/2500", True),
        ("JPY", "2026-04-10", "11711/1864300", True),
        ("JPY", "2026-04-13", "2921/466875", True),
    ]
    (quote,) = {each["quote"] for each in pactbook("rate list acme-jot JPY --to 2026-04-10 --format json").json}
    assert quote == "1 EUR = 186.43 JPY = 1.1711 USD"


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (ECB, "--currency GBP", "ecb.csv:1: has no column GBP"),
        ("day;rate\n1;2\n", "", "ecb.csv:1: is not a file of euro reference rates"),
        ("", "", "ecb.csv:1: is not a file of euro reference rates"),
        (ECB.replace("1.1711", "1,1711"), "", "ecb.csv:3:2: '1,1711'"),
        (ECB.replace("1.1711", "-1"), "", "ecb.csv:3:2: '-1' is no rate"),
        (ECB.replace("2026-04-10", "10.4.2026"), "", "ecb.csv:3:1: '10.4.2026'"),
    ],
)
def test_a_file_that_is_wrong_is_rejected_whole(
    agreed: Agreed, pactbook: Pactbook, folder: Path, text: str, options: str, said: str
) -> None:
    """Line and column are named, and nothing of it is recorded."""
    agreed(TERMS + CLAUSE)
    (folder / "ecb.csv").write_text(text.replace("1,1711", '"1,1711"'), "utf-8")
    ran = pactbook(f"rate import acme-jot ecb.csv {options}")
    assert (ran.code, said in ran.err, rates(pactbook)) == (3, True, [])


def test_a_rate_that_is_fixed_otherwise_stops_the_file(agreed: Agreed, pactbook: Pactbook) -> None:
    """Nothing is recorded, and the line is named; other days can be asked for."""
    agreed(TERMS + CLAUSE)
    pactbook("rate record acme-jot USD 0.5 --on 2026-04-10")
    ran = pactbook("rate import acme-jot ecb.csv")
    assert ran.code == 3
    assert ran.errors == ["ecb.csv:3: the rate of USD on 2026-04-10 is fixed already: 1/2 there, 10000/11711 here"]
    assert pactbook("rate import acme-jot ecb.csv --from 2026-04-11").code == 0
    assert len(rates(pactbook)) == 2


def test_without_the_clause_a_currency_has_to_be_named(agreed: Agreed, pactbook: Pactbook) -> None:
    """Nobody imports all that the ECB publishes by accident."""
    agreed(TERMS)
    assert pactbook("rate import acme-jot ecb.csv").code == 2
    assert pactbook("rate import acme-jot nothing.csv --currency USD").code == 1


# --- what rates are for -----------------------------------------------------------------------------------


def test_a_missing_rate_stops_the_close_and_says_how_to_record_it(agreed: Agreed, pactbook: Pactbook) -> None:
    """The draft counts with the newest rate and says so; once the rate is there, the period can be closed."""
    agreed(TERMS + CLAUSE)
    on, today = "--on 2026-01-20", "--today 2026-02-02"
    assert pactbook(f"record result acme-jot S-1 sales 100.00 --currency USD --collected-by acme {on}").code == 0
    none = pactbook(f"statement acme-jot 2026-01 {today}")
    assert none.errors == ["no rate of USD is recorded for 2026-01-20 or the 7 days before"]
    pactbook("rate record acme-jot USD 0.9 --on 2026-01-05")
    draft = pactbook(f"statement acme-jot 2026-01 {today}").out
    assert "It cannot be closed: no rate of USD is recorded for 2026-01-20 or the 7 days before" in draft
    data = pactbook(f"statement acme-jot 2026-01 {today} --format json").json
    assert data["missing_rates"] == [
        {"currency": "USD", "for": "2026-01-20"},
        {"currency": "USD", "for": "2026-01-31"},
    ]
    before = size()
    ran = pactbook(f"close acme-jot 2026-01 {today}")
    assert (ran.code, size()) == (1, before)
    assert "hint: pactbook rate record acme-jot USD RATE --on 2026-01-20" in ran.err
    for day in ("2026-01-19", "2026-01-30"):
        pactbook(f"rate record acme-jot USD 0.9 --on {day}")
    assert pactbook(f"close acme-jot 2026-01 {today}").code == 0
    sealed = pactbook(f"statement acme-jot 2026-01 {today} --format json").json
    assert "missing_rates" not in sealed
    told = pactbook(f"explain acme-jot 2026-01/inputs/result.sales.acme {today}").out
    assert "rate of USD on 2026-01-19 (event 5)" in told
    assert "recorded rate [exchange.USD.rate]" in told


def test_foreign_money_is_sold_and_corrected(agreed: Agreed, pactbook: Pactbook) -> None:
    """A conversion names what was sold and what it brought; each part of it can be put right."""
    agreed(TERMS + CLAUSE)
    line = "record conversion acme-jot FX-1 4500.00 4120.66 --on 2026-01-20"
    assert pactbook(line).code == 2
    said = "recorded FX-1: conversion acme, 4500.00 USD, for 4120.66 EUR, on 2026-01-20\n"
    assert pactbook(f"{line} --currency USD").out == said
    ran = pactbook('correct acme-jot FX-1 --proceeds 4000 --amount 4400 --reason "bank slip"')
    assert ran.out == "corrected FX-1: amount 4500.00 USD -> 4400.00 USD, for 4120.66 EUR -> 4000.00 EUR\n"
    pactbook("record result acme-jot S-1 sales 100.00 --collected-by acme --on 2026-01-20")
    ran = pactbook('correct acme-jot S-1 --currency USD --reason "they were dollars"')
    assert ran.out == "corrected S-1: amount 100.00 EUR -> 100.00 USD\n"
    assert len(pactbook("entries acme-jot --kind conversion --format json").json["entries"]) == 1


def test_a_file_of_entries_may_be_in_several_currencies(agreed: Agreed, pactbook: Pactbook, folder: Path) -> None:
    """Each currency has a line of its own in what was imported."""
    agreed(TERMS + CLAUSE)
    (folder / "s.csv").write_text("id,day,amount,code\n1,2026-01-05,10.00,USD\n2,2026-01-05,20.00,EUR\n", "utf-8")
    (folder / "s.yaml").write_text(
        "dates: YYYY-MM-DD\ncurrency: {column: code}\n"
        "entries:\n  - {result: sales, reference: 'S-{id}', on: day, amount: amount, collected by: acme}\n",
        "utf-8",
    )
    ran = pactbook("import acme-jot s.csv --map s.yaml --format json")
    assert ran.code == 0, ran.err
    assert [(each["currency"], each["amount"]) for each in ran.json["totals"]] == [("EUR", "20.00"), ("USD", "10.00")]

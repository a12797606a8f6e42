"""The leaves of a period: one per party whatever days and reporters it has, and beside it one for each of those."""

from __future__ import annotations

from ledger.book.movements import Kind, Movement, dimensions, payment
from ledger.settlement.canonical import NARROWING, statement_data
from ledger.settlement.closing import statement_of
from ledger.settlement.knowledge import Knowledge, Total
from ledger.settlement.leaves import inputs_of
from ledger.terms.context import Inputs
from ledger.values.figures import Entries
from ledger.values.periods import parse_period
from tests.ledger.settlement.books import book, day, recorded, stake
from tests.settling import knowledge, terms_of

JANUARY = parse_period("2026-01")
TERMS = terms_of(shares=[{"split": {"acme": "50%", "jot": "50%"}}])


def inputs(*totals: Total) -> Inputs:
    """The leaves of a January with these totals."""
    known = knowledge(TERMS, [{}])
    return inputs_of(Knowledge(known.agreement, 9, known.versions, {"2026-01": totals}), JANUARY)


def test_capital_is_one_leaf_and_one_for_each_day() -> None:
    """The days add up to the leaf, in order; each finds its own entries."""
    found = inputs(
        Total("contribution", "", "acme", 500, 0, 2, day="2026-01-09"),
        Total("contribution", "", "acme", 300, 0, 1, day="2026-01-02"),
        Total("contribution", "", "jot", 7, 0, 1, day="2026-01-03"),
    )
    whole = found.of(Kind.CONTRIBUTION, "")["acme"]
    assert (whole.minor, whole.name) == (800, "inputs/contribution.acme")
    assert whole.entries == Entries("acme-jot", "contribution", "", "acme", "2026-01", 9, 3)
    assert [(on, each.minor, each.name) for on, each in found.dated("contribution", "", "acme")] == [
        (day("01-02"), 300, "inputs/contribution.acme.2026-01-02"),
        (day("01-09"), 500, "inputs/contribution.acme.2026-01-09"),
    ]
    _, (_, last) = found.dated("contribution", "", "acme")
    assert last.entries == Entries("acme-jot", "contribution", "", "acme", "2026-01", 9, 2, day="2026-01-09")
    assert found.dated("contribution", "", "kim") == []


def test_a_result_is_one_leaf_and_one_for_each_reporter() -> None:
    """Who reported it matters to an authority alone: amounts and quantities by who collected."""
    found = inputs(
        Total("result", "sales", "acme", 500, 2_000_000, 2, reporter="acme"),
        Total("result", "sales", "acme", 300, 0, 1, reporter="jot"),
        Total("result", "sales", "", 0, 5_000_000, 1, reporter="jot"),
    )
    whole = found.of("result", "sales")["acme"]
    assert (whole.minor, whole.name, whole.label) == (800, "inputs/result.sales.acme", "sales collected by acme")
    amounts, quantities = found.reported("sales", "jot")
    assert {holder: each.minor for holder, each in amounts.items()} == {"acme": 300, "": 0}
    assert {holder: (each.minor, each.name) for holder, each in quantities.items()} == {
        "": (5, "inputs.units/result.sales.by.jot")
    }
    assert amounts["acme"].entries == Entries("acme-jot", "result", "sales", "acme", "2026-01", 9, 1, reporter="jot")
    assert found.reported("sales", "kim") == ({}, {})


def test_a_total_is_told_apart_by_currency_and_day_where_something_depends_on_it() -> None:
    """The own currency is not said; capital has its day, and so has foreign money."""
    cost = Movement(day("01-05"), Kind.COST, "media", "jot", 100, 0, "C-1", currency="EUR")
    assert dimensions(cost, "EUR") == ("", "", "")
    assert dimensions(cost, "USD") == ("EUR", "2026-01-05", "")
    units = Movement(day("01-05"), Kind.RESULT, "signups", "", 0, 5, "R-1", reporter="jot")
    assert dimensions(units, "EUR") == ("", "", "jot")
    capital = Movement(day("01-05"), Kind.WITHDRAWAL, "", "jot", 100, 0, "W-1", currency="EUR")
    assert dimensions(capital, "EUR") == ("", "2026-01-05", "")
    ahead = payment(
        day("01-05"), (Kind.ADVANCE_PAID, Kind.ADVANCE_RECEIVED), ("acme", "jot"), 100, "EUR", "A-1", "album"
    )
    assert [dimensions(each, "EUR") for each in ahead] == [("", "", ""), ("", "", "acme")]


def test_a_statement_mentions_no_part_of_a_query_that_is_not_said() -> None:
    """What no clause looks closer at is written as it always was."""
    one = recorded(book(), K1=stake(5, "01-07"))
    data = statement_data(statement_of(one.facts, JANUARY))
    queries = [figure["entries"] for figure in data["figures"].values() if "entries" in figure]
    assert queries
    assert not any(part in query for query in queries for part in NARROWING)

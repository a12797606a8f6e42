"""Whose number counts: what several parties report of a metric is compared, and one number goes into the pool."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book.events import Result
from ledger.settlement.canonical import statement_data
from ledger.settlement.settle import Settlement
from ledger.values.errors import Refused
from ledger.values.figures import evaluate, walk
from ledger.values.periods import parse_period
from tests.docs_terms_reading import moved
from tests.settling import document, settled_from, terms_of
from tests.world import Book

SHARES: list[Any] = [{"split": {"acme": "60%", "jot": "40%"}}]
JANUARY = date(2026, 1, 31)


def january(said: str, **authority: str) -> Settlement:
    """The settlement of a month in which parties reported what is said."""
    terms = terms_of(shares=SHARES, authority={"sales": authority})
    [found] = settled_from(terms, moved(said, terms.unit, JANUARY), parse_period("2026-01"))
    return found


def reports(**sales: str) -> str:
    """What parties report of sales that Acme collected."""
    return "; ".join(f"sales {amount} collected by acme, as {party} reports" for party, amount in sales.items())


@pytest.mark.parametrize(
    ("sales", "authority", "counted", "whose"),
    [
        ({"acme": "100", "jot": "300"}, {"party": "acme"}, "100", "acme"),
        ({"acme": "100", "jot": "102"}, {"party": "acme", "tolerance": "2%", "beyond": "higher"}, "100", "acme"),
        ({"acme": "100", "jot": "98"}, {"party": "acme", "tolerance": "2%", "beyond": "lower"}, "100", "acme"),
        ({"acme": "100", "jot": "102.01"}, {"party": "acme", "tolerance": "2%", "beyond": "higher"}, "102.01", "jot"),
        ({"acme": "100", "jot": "103"}, {"party": "acme", "tolerance": "2%", "beyond": "lower"}, "100", "acme"),
        ({"acme": "100", "jot": "103"}, {"party": "acme", "tolerance": "2%", "beyond": "average"}, "101.5", "average"),
        ({"acme": "100", "jot": "101", "kim": "110"}, {"party": "acme", "tolerance": "2%", "beyond": "average"},
         "103.67", "average"),
        ({"acme": "-100", "jot": "-103"}, {"party": "acme", "tolerance": "2%", "beyond": "lower"}, "-103", "jot"),
        ({"jot": "70"}, {"party": "acme", "tolerance": "2%", "beyond": "stop"}, "70", "jot"),
        ({"jot": "70", "kim": "80"}, {"party": "acme", "tolerance": "2%", "beyond": "lower"}, "70", "jot"),
        ({"jot": "70", "kim": "70"}, {"party": "acme"}, "70", "jot"),
    ],
)  # fmt: skip
def test_the_number_that_counts(sales: dict[str, str], authority: dict[str, str], counted: str, whose: str) -> None:
    """The authority's within the tolerance, and beyond it by the rule; where it reports nothing, that of the others."""
    found = january(reports(**sales), **authority)
    assert found.pool.results.value == Fraction(counted) * 100
    assert [each.counts for each in found.compared] == [whose]
    assert sum(figure.value for figure in found.pool.collected.values()) == found.pool.results.value
    assert sum(figure.value for figure in found.net.values()) == 0
    assert evaluate(found.pool.results) == found.pool.results.value


def test_what_only_the_authority_reports_is_settled_as_if_nothing_were_said() -> None:
    """There is nothing to compare, and the statement is the one without the clause but for its terms."""
    terms, plain = terms_of(shares=SHARES, authority={"sales": {"party": "acme"}}), terms_of(shares=SHARES)
    said = moved(reports(acme="100"), terms.unit, JANUARY)
    [found], [expected] = (settled_from(each, said, parse_period("2026-01")) for each in (terms, plain))
    assert found.compared == ()
    assert told(found) == told(expected)


def told(found: Settlement) -> list[tuple[str, str, str, Fraction]]:
    """All that follows for the accounts, in words and numbers."""
    figures = walk((*found.pool.lines, *found.net.values()))
    return [(figure.name, figure.label, figure.clause, figure.value) for figure in figures]


def test_the_comparison_shows_every_number_and_how_far_it_lies_from_the_authoritys() -> None:
    """Totals first, then differences, also in proportion; nothing to measure by where the authority has nothing."""
    found = january(reports(acme="100", jot="103", kim="99"), party="acme")
    assert [(line.name, line.value) for line in found.compared[0].lines] == [
        ("results/sales.by.acme", 10_000),
        ("results/sales.by.jot", 10_300),
        ("results/sales.by.kim", 9_900),
        ("results/sales.apart.jot", 300),
        ("results/sales.apart.jot.rate", Fraction(3, 100)),
        ("results/sales.apart.kim", -100),
        ("results/sales.apart.kim.rate", Fraction(-1, 100)),
    ]
    said = "sales 5.00 collected by acme, as acme reports; sales -5.00 collected by acme, as acme reports; "
    said += "sales 1.00 collected by acme, as jot reports"
    nothing = january(said, party="acme", tolerance="9%", beyond="higher")
    assert [line.name for line in nothing.compared[0].lines][-1] == "results/sales.apart.jot"
    assert nothing.pool.results.value == 100


def test_money_and_units_are_compared_apart() -> None:
    """A report of units alone says nothing of money."""
    found = january("sales 100.00 collected by acme, as acme reports; 7 sales, as jot reports", party="acme")
    assert [each.counts for each in found.compared] == ["jot"]
    assert found.pool.results.value == 10_000


def test_the_holders_of_the_money_go_with_the_number() -> None:
    """Who collected it is as the party says whose number counts; of an average each holds its average in cents."""
    said = "sales 1.00 collected by acme, as acme reports; "
    said += "sales 0.52 collected by acme, as jot reports; sales 0.53 collected by jot, as jot reports"
    higher = january(said, party="acme", tolerance="0%", beyond="higher")
    assert {party: figure.value for party, figure in higher.pool.collected.items()} == {"acme": 52, "jot": 53}
    average = january(said, party="acme", tolerance="0%", beyond="average")
    assert {party: figure.value for party, figure in average.pool.collected.items()} == {"acme": 76, "jot": 27}


_PARTIES = st.sampled_from(["acme", "jot", "kim"])
_HELD = st.dictionaries(_PARTIES, st.dictionaries(_PARTIES, st.integers(-500, 500), min_size=1), min_size=1)


@given(_HELD, st.sampled_from(["lower", "higher", "average", "stop"]), st.sampled_from(["0%", "10%", "200%"]))
def test_whatever_is_reported_all_accounts_add_up_to_nothing(
    held: dict[str, dict[str, int]], beyond: str, tolerance: str
) -> None:
    """The money that is held, as it counts, is the money that is shared; the number lies among those reported."""
    said = "; ".join(
        f"sales {minor / 100:.2f} collected by {holder}, as {party} reports"
        for party, by in held.items()
        for holder, minor in by.items()
        if minor
    )
    if not said:
        return
    found = january(said, party="acme", tolerance=tolerance, beyond=beyond)
    assert sum(figure.value for figure in found.net.values()) == 0
    totals = [sum(by.values()) for by in held.values() if any(by.values())]
    assert min(totals) <= found.pool.results.value <= max(totals)


# --- what cannot be closed ----------------------------------------------------------------------------------


def result(minor: int, day: date = JANUARY) -> Result:
    """Sales that Acme collected."""
    return Result(metric="sales", effective_on=day, amount_minor=minor, currency="EUR", collected_by="acme")


@pytest.fixture
def strict() -> Book:
    """A book whose terms do not let a period be closed where reports lie further apart than 2%."""
    return Book(document(shares=SHARES, authority={"sales": {"party": "acme", "tolerance": "2%", "beyond": "stop"}}))


def test_reports_that_lie_too_far_apart_keep_a_period_open(strict: Book) -> None:
    """The refusal names the metric and all totals; once the reports agree, the period can be closed."""
    strict.record("A-1", result(100_000), "acme")
    strict.record("J-1", result(110_000), "jot")
    said = "2026-01: acme reports 1,000.00 EUR, jot reports 1,100.00 EUR of sales; by the terms they may lie 2% apart"
    with pytest.raises(Refused) as refused:
        strict.close()
    assert refused.value.message == f"2026-01 cannot be closed. {said}"
    draft = strict.statement("2026-01")
    assert draft.stopped == (said,)
    assert draft.settlement.pool.results.value == 100_000
    strict.correct("J-1", result(101_000))
    assert strict.close().stopped == ()


def test_a_late_report_keeps_the_next_period_open(strict: Book) -> None:
    """What was issued stays; the next close is refused until the reports of the earlier period agree."""
    strict.record("A-1", result(100_000), "acme")
    strict.close()
    strict.record("J-1", result(110_000), "jot")
    with pytest.raises(Refused, match=r"2026-02 cannot be closed\. 2026-01: acme reports"):
        strict.close()
    strict.void("J-1")
    [adjustment] = strict.close().adjustments
    assert adjustment.net == {}


def test_without_a_number_to_measure_from_and_without_a_rule_nothing_is_closed() -> None:
    """Nobody agreed on which of two others counts."""
    book = Book(document(shares=SHARES, authority={"sales": {"party": "acme"}}))
    book.record("J-1", result(70_000), "jot")
    book.record("K-1", result(80_000), "kim")
    with pytest.raises(Refused) as refused:
        book.close()
    said = "jot reports 700.00 EUR, kim reports 800.00 EUR of sales, and acme, whose number counts, reports none"
    assert refused.value.message == f"2026-01 cannot be closed. 2026-01: {said}"


def test_a_late_report_becomes_an_adjustment() -> None:
    """A number that no longer counts is taken back like any other late knowledge, and the statement is data."""
    book = Book(document(shares=SHARES, authority={"sales": {"party": "acme"}}))
    book.record("J-1", result(70_000), "jot")
    first = json.loads(json.dumps(statement_data(book.close())))
    [compared] = first["compared"]
    assert (compared["counts"], compared["authority"], compared["beyond"]) == ("jot", "acme", False)
    assert [(row["text"], row["figure"]) for row in compared["rows"]] == [
        ("700.00 EUR", "acme-jot/2026-01/results/sales.by.jot")
    ]
    book.record("A-1", result(60_000), "acme")
    [adjustment] = book.close().adjustments
    assert {party: figure.value for party, figure in adjustment.net.items()} == {"acme": 4_000, "jot": -4_000}
    assert [cause.reference for cause in adjustment.causes] == ["A-1"]

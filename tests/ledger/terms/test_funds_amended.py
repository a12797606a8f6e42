"""A fund whose terms change, or end: what was paid in, owed and distributed before still counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from ledger.settlement.knowledge import Knowledge, TermsInForce, Total
from ledger.settlement.settle import Settlement, fold
from tests.settling import settled, terms_of

Clauses = dict[str, Any]
Known = tuple[str, Total]

YEARS: Clauses = {
    "parties": {"lp": {"name": "The investors"}, "gp": {"name": "The manager"}},
    "periods": {"every": "year", "from": "2026-01-01"},
    "pool": {"results": ["alpha", "beta"]},
    "losses": {"lp": "100%"},
}
RETURN: Clauses = {"return of capital": {}}
FIFTH: Clauses = {"split": {"lp": "80%", "gp": "20%"}}
REST: Clauses = {"split": "lp"}
CLAWBACK: Clauses = {"from": "gp", "to": "lp", "keeps": "20%", "when": "every period"}


def under(
    versions: Sequence[tuple[str, Clauses]], known: Sequence[Known], periods: int, ended_on: date | None = None
) -> list[dict[str, Fraction]]:
    """The shares of each period, in major units, where terms (from a day on) follow each other."""
    found = folded(versions, known, periods, ended_on)
    return [{party: share.value / 100 for party, share in each.shares.items() if share.value} for each in found]


def folded(
    versions: Sequence[tuple[str, Clauses]], known: Sequence[Known], periods: int, ended_on: date | None = None
) -> tuple[Settlement, ...]:
    """The settlements of some periods."""
    force = [
        TermsInForce(terms_of(**clauses), date.fromisoformat(day), place)
        for place, (day, clauses) in enumerate(versions, 1)
    ]
    totals: dict[str, tuple[Total, ...]] = {}
    for key, total in known:
        totals[key] = (*totals.get(key, ()), total)
    upto = force[0].terms.first_period
    for _ in range(periods - 1):
        upto = upto.next()
    return fold(Knowledge("acme-jot", 1, tuple(force), totals, ended_on), upto)


def paid_in(day: str, major: int, deal: str = "", every: str = "year") -> Known:
    """Capital of the investors."""
    key = day[:4] if every == "year" else f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"
    return key, Total("contribution", deal, "lp", major * 100, 0, 1, day=day)


def brought(key: str, deal: str, major: int) -> Known:
    """What a deal brought."""
    return key, Total("result", deal, "gp", major * 100, 0, 1)


# --- preferred return -----------------------------------------------------------------------------------------


def test_what_was_paid_meanwhile_bears_no_preferred_return() -> None:
    """Compounding by the year, never, by the year again: all was paid in between, so only the capital earns."""

    def preferred(compound: str) -> Clauses:
        how = {"rate": "8%", "days": "30/360", "compound": compound, "unpaid": "carried", "to": "lp"}
        quarters = {"every": "quarter", "from": "2026-01-01"}
        return {**YEARS, "periods": quarters, "shares": [{"preferred return": how}, {"split": "gp"}]}

    versions = [
        ("2026-01-01", preferred("every year")),
        ("2027-04-01", preferred("never")),
        ("2027-07-01", preferred("every year")),
    ]
    known = [paid_in("2026-01-01", 1000, every="quarter"), brought("2027-Q2", "alpha", 500)]
    last = folded(versions, [*known, brought("2027-Q3", "alpha", 100)], 7)[-1]
    assert last.shares["lp"].value == 20_00


# --- after the end --------------------------------------------------------------------------------------------


def test_no_fee_and_no_interest_inside_a_deal_after_the_end() -> None:
    """As for the pool, only what outlives the agreement comes before the last step."""
    inner = [
        {"fee": {"to": "gp", "amount": "100"}},
        {"interest": {"on": "opening capital", "rate": "12%", "days": "30/360"}},
        RETURN,
        FIFTH,
    ]
    terms = {**YEARS, "shares": [{"each deal": {"deals": ["alpha"], "shares": inner}}, REST]}
    known = [paid_in("2026-01-01", 500, "alpha"), brought("2027", "alpha", 1500)]
    assert under([("2026-01-01", terms)], known, 2, date(2026, 12, 31)) == [{}, {"lp": 1300, "gp": 200}]


# --- caps -----------------------------------------------------------------------------------------------------


def test_a_cap_does_not_touch_capital_that_is_returned() -> None:
    """The party whose capital falls by the return gets all of it; a cap limits what it gets beyond."""
    cap = {"jot": {"at most": "300", "excess to": "acme"}}
    terms = terms_of(shares=[RETURN, {"split": {"jot": "50%", "acme": "50%"}}], cap=cap)
    first, second = settled(
        terms,
        {"contributed": {"2026-01-01": {"jot": 1000}}, "results": {"sales": 1000}},
        {"contributed": {"2026-02-01": {"jot": 1000}}, "results": {"sales": 2000}},
    )
    assert first.shares["jot"].value == 1000_00
    assert second.shares["jot"].value == 1300_00
    assert second.shares["acme"].value == 700_00


# --- deal by deal ---------------------------------------------------------------------------------------------


def by_deal(label: str = "", deals: Sequence[str] = ("alpha", "beta"), clawback: Clauses | None = CLAWBACK) -> Clauses:
    """Terms that share deal by deal."""
    each: Clauses = {"deals": list(deals), "shares": [RETURN, FIFTH]}
    if clawback is not None:
        each["clawback"] = clawback
    step: Clauses = {"each deal": each}
    return {**YEARS, "shares": [{**step, "as": label} if label else step, REST]}


TWO_DEALS = [
    paid_in("2026-01-01", 500, "alpha"), paid_in("2026-01-01", 500, "beta"),
    brought("2027", "alpha", 2000), brought("2028", "beta", 100),
]  # fmt: skip
PLAIN: Clauses = {**YEARS, "shares": [REST]}


@pytest.mark.parametrize(
    "first",
    [by_deal("deals"), by_deal(clawback=None), by_deal(deals=["alpha"]), by_deal(deals=["beta"], clawback=None), PLAIN],
    ids=["named", "without a clawback", "without beta", "without alpha", "without deals"],
)
def test_an_amendment_loses_no_capital_of_a_deal(first: Clauses) -> None:
    """Terms that name the step, bring it in, add a deal or a clawback: as if they had been there from the beginning."""
    begin = [("2026-01-01", first), ("2027-01-01", by_deal())]
    always = under([("2026-01-01", by_deal())], TWO_DEALS, 3)
    assert under(begin, TWO_DEALS, 3) == always == [{}, {"lp": 1800, "gp": 200}, {"lp": 80, "gp": 20}]


@pytest.mark.parametrize("between", [by_deal("deals", clawback=None), by_deal(clawback=None), by_deal("deals")])
def test_what_came_before_a_clawback_counts(between: Clauses) -> None:
    """A clawback that was dropped, or never there, while carried interest was paid still knows of it."""
    versions = [("2026-01-01", by_deal()), ("2027-01-01", between), ("2028-01-01", by_deal())]
    found = under(versions, TWO_DEALS, 3)
    together = {party: found[1][party] + found[2][party] for party in ("lp", "gp")}
    assert together == {"lp": 1880, "gp": 220}


def test_capital_that_all_deals_as_one_gave_back_is_not_given_back_again() -> None:
    """Deal by deal after the whole fund: what was returned counts for the deals in proportion to their capital."""
    whole = {**YEARS, "shares": [RETURN, FIFTH]}
    known = [
        paid_in("2026-01-01", 500, "alpha"), paid_in("2026-01-01", 300, "beta"), paid_in("2026-01-01", 200),
        brought("2026", "alpha", 400), brought("2027", "alpha", 1300), brought("2028", "beta", 180),
    ]  # fmt: skip
    versions = [("2026-01-01", whole), ("2027-01-01", by_deal(clawback=None))]
    found = under(versions, known, 3)
    assert found == [{"lp": 400}, {"lp": 300 + 800, "gp": 200}, {"lp": 180}]


def test_a_loss_of_a_deal_lessens_the_profit() -> None:
    """A deal that brought its capital and as much again, and then lost that: there is no profit, so no carry."""
    known = [paid_in("2026-01-01", 500, "alpha"), brought("2026", "alpha", 1000), brought("2027", "alpha", -500)]
    found = under([("2026-01-01", by_deal())], known, 2)
    assert found == [{"lp": 900, "gp": 100}, {"lp": -400, "gp": -100}]


def test_a_loss_that_lessened_another_deal_counts_once() -> None:
    """Of 1,500.00 there are 500.00 left, with 500.00 paid in: no profit. More comes: a fifth of it."""
    known = [
        paid_in("2026-01-01", 500, "alpha"), brought("2026", "alpha", 1500), brought("2026", "beta", -1000),
        brought("2027", "alpha", 100),
    ]  # fmt: skip
    found = under([("2026-01-01", by_deal())], known, 2)
    assert found == [{"lp": 500}, {"lp": 80, "gp": 20}]


def test_a_loss_that_is_carried_forward_counts_where_it_is_made_good() -> None:
    """Nobody bears it; the deal that makes it good brings less."""
    terms = {**by_deal(), "losses": "carried forward"}
    known = [
        paid_in("2026-01-01", 500, "alpha"), brought("2026", "alpha", 1000), brought("2027", "beta", -500),
        brought("2028", "beta", 700),
    ]  # fmt: skip
    found = under([("2026-01-01", terms)], known, 3)
    assert found == [{"lp": 900, "gp": 100}, {}, {"lp": 160, "gp": 40}]

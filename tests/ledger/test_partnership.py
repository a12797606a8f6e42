"""Admission, retirement, change of ratio, revaluation, goodwill: nothing is created or lost, and refusals say why."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book.partner_facts import Admission, CapitalFact, RatioChange, Retirement, Revaluation, Revalued, Valuation
from ledger.book.partner_rules import check_content, concerned, worked_out
from ledger.book.partnership import change_of
from ledger.values.errors import Refused
from ledger.values.figures import evaluate

DAY = date(2026, 7, 1)
NAMES = ("ann", "ben", "cleo", "dan")
AMOUNTS = st.integers(-(10**9), 10**12)


def admission(**changes: Any) -> Admission:
    given: dict[str, Any] = {
        "party": "soto", "effective_on": DAY, "amount_minor": 2_500_000, "currency": "EUR", "interest": "1/3",
        "method": "bonus", "capital_minor": {"arias": 3_000_000, "cicci": 3_500_000},
        "ratio": {"arias": "3", "cicci": "7"}, "change_minor": {},
    }  # fmt: skip
    return Admission(**{**given, **changes})


def retirement(**changes: Any) -> Retirement:
    given: dict[str, Any] = {
        "party": "katherine", "effective_on": DAY, "amount_minor": 13_000_000, "currency": "EUR", "method": "bonus",
        "capital_minor": dict.fromkeys(("carney", "katherine", "ross"), 10_000_000),
        "ratio": {"carney": "1", "katherine": "2", "ross": "1"}, "change_minor": {},
    }  # fmt: skip
    return Retirement(**{**given, **changes})


def ratio_change(**changes: Any) -> RatioChange:
    given: dict[str, Any] = {
        "effective_on": DAY, "amount_minor": 60_000, "currency": "EUR", "old": {"ann": "1", "ben": "1"},
        "new": {"ann": "2", "ben": "1"}, "change_minor": {},
    }  # fmt: skip
    return RatioChange(**{**given, **changes})


def revaluation(**changes: Any) -> Revaluation:
    given: dict[str, Any] = {
        "effective_on": DAY, "currency": "EUR", "ratio": {"ann": "1", "ben": "2"}, "change_minor": {},
        "assets": (Revalued(name="land", before_minor=100, after_minor=200),),
    }  # fmt: skip
    return Revaluation(**{**given, **changes})


def minor(fact: CapitalFact) -> dict[str, int]:
    return change_of(fact).minor()


# --- the goodwill method ----------------------------------------------------------------------------------


def test_goodwill_of_the_old_partners() -> None:
    """50,000.00 for a quarter say that the whole is worth 200,000.00: 30,000.00 more than is there."""
    fact = admission(
        amount_minor=5_000_000,
        interest="1/4",
        method="goodwill",
        capital_minor={"arias": 8_000_000, "cicci": 4_000_000},
    )
    change = change_of(fact)
    assert change.minor() == {"arias": 900_000, "cicci": 2_100_000, "soto": 5_000_000}
    assert sum(figure.minor for figure in change.after.values()) == 20_000_000


def test_goodwill_that_the_newcomer_brings() -> None:
    """30,000.00 for a third of what is 90,000.00 without it: 15,000.00 of goodwill make its capital a third of all."""
    fact = admission(amount_minor=3_000_000, method="goodwill", capital_minor={"arias": 4_000_000, "cicci": 5_000_000})
    change = change_of(fact)
    assert change.minor() == {"arias": 0, "cicci": 0, "soto": 4_500_000}
    assert 3 * change.after["soto"].minor == sum(figure.minor for figure in change.after.values())


def test_goodwill_of_a_retirement_is_recorded_for_all() -> None:
    """30,000.00 beyond its capital for half of the profits: a goodwill of 60,000.00, half of it the others'."""
    assert minor(retirement(method="goodwill")) == {"carney": 1_500_000, "katherine": -10_000_000, "ross": 1_500_000}


@pytest.mark.parametrize(("capital", "rate", "goodwill"), [(None, None, 4_000_000), (8_000_000, "3/20", 1_600_000)])
def test_goodwill_by_average_or_super_profit(capital: int | None, rate: str | None, goodwill: int) -> None:
    """Two years' purchase of the average profit of 20,000.00, or of what it is above 12,000.00."""
    profits = (1_700_000, 2_000_000, 2_300_000)
    valuation = Valuation(profits_minor=profits, years="2", capital_minor=capital, rate=rate)
    (step,) = change_of(worked_out(ratio_change(amount_minor=goodwill, valuation=valuation))).steps
    assert step.minor == goodwill
    assert evaluate(step) == goodwill


# --- properties -------------------------------------------------------------------------------------------

RATIOS = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 50), min_size=2)


@st.composite
def partners(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, int]]:
    """Ratios and capitals of some partners."""
    ratio = draw(RATIOS)
    return {party: str(part) for party, part in ratio.items()}, {party: draw(AMOUNTS) for party in ratio}


@given(partners(), st.integers(0, 10**11), st.fractions(Fraction(1, 90), Fraction(89, 90), max_denominator=97))
def test_an_admission_keeps_the_total(
    held: tuple[dict[str, str], dict[str, int]], paid: int, interest: Fraction
) -> None:
    """By the bonus method capital before and payment are capital after, and the newcomer has its interest of it."""
    ratio, capital = held
    change = change_of(admission(ratio=ratio, capital_minor=capital, amount_minor=paid, interest=str(interest)))
    total = sum(capital.values()) + paid
    assert sum(figure.minor for figure in change.after.values()) == total
    assert abs(change.after["soto"].minor - interest * total) <= Fraction(1, 2)
    assert all(evaluate(figure) == figure.value for figure in change.after.values())


@given(partners(), st.integers(1, 10**11), st.fractions(Fraction(1, 90), Fraction(89, 90), max_denominator=97))
def test_goodwill_makes_the_interest_true(
    held: tuple[dict[str, str], dict[str, int]], paid: int, interest: Fraction
) -> None:
    """By the goodwill method nobody loses, and the newcomer has its interest of all, to the unit."""
    ratio, capital = held
    capital = {party: abs(each) for party, each in capital.items()}
    fact = admission(ratio=ratio, capital_minor=capital, amount_minor=paid, interest=str(interest), method="goodwill")
    change = change_of(fact)
    assert all(figure.minor >= 0 for figure in change.change.values())
    assert abs(change.after["soto"].minor - interest * sum(each.minor for each in change.after.values())) <= 1


@given(partners(), st.integers(0, 10**11))
def test_a_retirement_costs_what_is_paid(held: tuple[dict[str, str], dict[str, int]], paid: int) -> None:
    """By the bonus method capital before less the payment is capital after, and nothing is left of the leaver's."""
    ratio, capital = held
    leaver = min(ratio)
    change = change_of(retirement(party=leaver, ratio=ratio, capital_minor=capital, amount_minor=paid))
    assert sum(figure.minor for figure in change.after.values()) == sum(capital.values()) - paid
    assert change.after[leaver].minor == 0


@given(RATIOS, RATIOS, st.integers(0, 10**12))
def test_a_change_of_ratio_is_among_the_partners(old: dict[str, int], new: dict[str, int], goodwill: int) -> None:
    """What some gain others give up: the sum is nothing, whatever the rounding."""
    fact = ratio_change(old=written(old), new=written(new), amount_minor=goodwill)
    change = minor(fact)
    assert sum(change.values()) == 0
    for party, moved in change.items():
        gain = Fraction(new.get(party, 0), sum(new.values())) - Fraction(old.get(party, 0), sum(old.values()))
        assert abs(moved + goodwill * gain) < 1


@given(RATIOS, st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=4))
def test_a_revaluation_is_shared_whole(ratio: dict[str, int], values: list[tuple[int, int]]) -> None:
    """The gains of all assets are what the partners gain together."""
    assets = tuple(
        Revalued(name=f"a{n}", before_minor=before, after_minor=after) for n, (before, after) in enumerate(values)
    )
    fact = worked_out(revaluation(assets=assets, ratio=written(ratio)))
    assert sum(fact.change_minor.values()) == fact.amount_minor
    check_content(fact)


def written(ratio: dict[str, int]) -> dict[str, str]:
    return {party: str(part) for party, part in ratio.items()}


# --- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (admission(party="arias"), "arias has capital already, so it cannot be admitted"),
        (admission(interest="1"), "the interest of soto is 1"),
        (admission(interest="0"), "the interest of soto is 0"),
        (admission(amount_minor=-1), "the amount is negative"),
        (admission(ratio={"arias": "1"}), "either capital or ratio is missing of cicci"),
        (admission(ratio={"arias": "0", "cicci": "0"}), "the ratio of the old partners has no part above zero"),
        (admission(method="goodwill", amount_minor=0), "nothing is paid in by soto, so there is no goodwill to see"),
        (retirement(party="dan"), "the capital of dan, who leaves, is not given"),
        (retirement(ratio={"carney": "0", "katherine": "2", "ross": "0"}),
         "the ratio of the partners who stay has no part above zero"),
        (retirement(method="goodwill", amount_minor=10_000_000),
         "katherine is not paid more than its capital, so there is no goodwill to record"),
        (retirement(method="goodwill", ratio={"carney": "1", "katherine": "0", "ross": "1"}),
         "katherine has no part of the profits, so none of a goodwill"),
        (ratio_change(old={"ann": "0"}), "the ratio of the partners before has no part above zero"),
        (ratio_change(valuation=Valuation(profits_minor=(), years="2")), "the goodwill is valued by no profits"),
        (ratio_change(valuation=Valuation(profits_minor=(1,), years="2", rate="1/10")),
         "the normal profit needs both a capital and a rate"),
        (ratio_change(valuation=Valuation(profits_minor=(-5,), years="2")),
         "there is no goodwill: the profits are not above normal"),
        (ratio_change(valuation=Valuation(profits_minor=(5,), years="2")),
         "the goodwill is not what its valuation says"),
        (revaluation(assets=()), "nothing is revalued, or an asset twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out_is_refused(fact: CapitalFact, why: str) -> None:
    """The reason names what is missing or makes no sense."""
    with pytest.raises(Refused) as refused:
        worked_out(fact)
    assert refused.value.message == why
    assert refused.value.hint


def test_a_change_that_does_not_follow_is_refused() -> None:
    """Nobody records another change than what was agreed leads to."""
    fact = worked_out(admission())
    check_content(fact)
    for wrong in ({**fact.change_minor, "arias": 0}, {"arias": -150_000}):
        with pytest.raises(Refused, match="not what follows"):
            check_content(msgspec.structs.replace(fact, change_minor=wrong))
    assert concerned(fact) == {"arias", "cicci", "soto"}

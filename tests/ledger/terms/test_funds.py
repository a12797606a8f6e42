"""Laws of the tiers of a fund, over random histories: hurdles, catch-ups, deals and clawbacks come out as agreed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book.movements import Kind, Movement
from ledger.settlement.canonical import figure_data
from ledger.settlement.knowledge import Knowledge, TermsInForce, Totals
from ledger.settlement.settle import Settlement, fold
from ledger.terms.document import Terms
from ledger.values.figures import evaluate, walk
from ledger.values.periods import parse_period
from tests.settling import settled_from, terms_of

Step = dict[str, Any]

PARTIES = {"lp": {"name": "The investors"}, "fo": {"name": "A family office"}, "gp": {"name": "The manager"}}
QUARTERS = ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3")
LAST = "2027-Q4"

RETURN: Step = {"return of capital": {}}
DEALS = ("alpha", "beta")
FIFTH = Fraction(1, 5)


def preferred(rate: str = "8%", days: str = "ACT/365F", compound: str = "never", unpaid: str = "carried") -> Step:
    """A preferred return."""
    return {"preferred return": {"rate": rate, "days": days, "compound": compound, "unpaid": unpaid}}


def split(rate: Fraction) -> Step:
    """So much for the manager, the rest for the investors."""
    return {"split": {"gp": str(rate), "lp": str(1 - rate)}}


def fund(shares: Sequence[Step], results: Iterable[str] = DEALS, **clauses: Any) -> Terms:
    """The terms of a fund."""
    return terms_of(
        parties=PARTIES,
        periods={"every": "quarter", "from": "2026-01-01"},
        pool={"results": list(results)},
        shares=list(shares),
        losses="carried forward",
        **clauses,
    )


def contributed(day: date, party: str, minor: int, deal: str = "") -> Movement:
    """Capital that was paid in."""
    return Movement(day, Kind.CONTRIBUTION, deal, party, minor, 0, "C-1", currency="EUR")


def brought(period: str, deal: str, minor: int) -> Movement:
    """What a deal brought in a period."""
    return Movement(parse_period(period).last, Kind.RESULT, deal, "gp", minor, 0, "P-1", currency="EUR")


def day_in(period: str, share: int) -> date:
    """A day of a period."""
    found = parse_period(period)
    return found.first + timedelta(days=share % ((found.last - found.first).days + 1))


contributions = st.lists(
    st.builds(
        lambda period, share, party, minor, deal: contributed(day_in(period, share), party, minor, deal),
        st.sampled_from(QUARTERS), st.integers(0, 91), st.sampled_from(["lp", "fo"]), st.integers(1, 10**6),
        st.sampled_from(DEALS),
    ),
    min_size=1, max_size=5,
)  # fmt: skip
proceeds = st.lists(
    st.builds(brought, st.sampled_from(QUARTERS), st.sampled_from(DEALS), st.integers(-(10**5), 10**6)), max_size=6
)
rates = st.sampled_from([Fraction(1, 5), Fraction(1, 4), Fraction(1, 7)])


def taken(settlements: Iterable[Settlement], place: int, party: str | None = None) -> Fraction:
    """What a party (or all of them) got by a step, over all periods, exactly."""
    lines = [settled.shared.lines[place] for settled in settlements]
    return sum((f.value for line in lines for who, f in line.items() if party in (None, who)), Fraction(0))


def capital_of(moves: Iterable[Movement]) -> int:
    """All that was paid in."""
    return sum(move.amount_minor for move in moves if move.kind is Kind.CONTRIBUTION)


def same(one: Fraction, other: Fraction) -> bool:
    """The same but for what is cut off figures from period to period: a part in 10^18 of each of some of them."""
    return abs(one - other) < Fraction(1, 10**12)


def check(settlements: Iterable[Settlement]) -> None:
    """Nothing is lost or created, and every figure follows from its own derivation."""
    for settled in settlements:
        assert sum(share.value for share in settled.shares.values()) == settled.available.value + settled.loss.value
        assert all(evaluate(figure) == figure.value for figure in walk((*settled.forward.values(),)))


# --- the hurdle -----------------------------------------------------------------------------------------------


@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(contributions, proceeds, st.sampled_from(["never", "every period"]), st.booleans())
def test_a_hurdle_is_reached_exactly_once(
    paid_in: list[Movement], out: list[Movement], compound: str, before: bool
) -> None:
    """Once enough came in, all capital and all that accrued on it was paid, and what comes later goes elsewhere."""
    tiers = [preferred(compound=compound), RETURN] if before else [RETURN, preferred(compound=compound)]
    enough = [brought("2027-Q3", "alpha", 10**9), brought(LAST, "beta", 10**6)]
    found = settled_from(fund([*tiers, split(Fraction(1, 5))]), [*paid_in, *out, *enough], parse_period(LAST))
    place = tiers.index(RETURN)
    assert same(taken(found, place), Fraction(capital_of(paid_in)))
    assert same(taken(found, 1 - place), accrual(found, paid_in, compound, place))
    assert all(same(taken(found[-1:], place), Fraction(0)) for place in (0, 1))
    check(found)


def accrual(found: Sequence[Settlement], paid_in: Sequence[Movement], compound: str, place: int) -> Fraction:
    """The preferred return of all parties, day by day: 8% of the capital of each day, by 365."""
    whole = Fraction(0)
    for party in ("lp", "fo"):
        given_back = owed = Fraction(0)
        for settled in found:
            base = owed if compound == "every period" else Fraction(0)
            day = settled.period.first
            while day <= settled.period.last:
                there = sum(move.amount_minor for move in paid_in if move.party == party and move.effective_on <= day)
                owed += (there - given_back + base) * Fraction(8, 36500)
                whole += (there - given_back + base) * Fraction(8, 36500)
                day += timedelta(days=1)
            lines = settled.shared.lines
            given_back += lines[place][party].value if party in lines[place] else 0
            owed -= lines[1 - place][party].value if party in lines[1 - place] else 0
    return whole


def test_figures_stay_short_over_ten_years_of_weeks() -> None:
    """What two investors share in proportion every week makes fractions that no statement could hold uncut."""
    chance = Random(3)
    terms = terms_of(
        parties=PARTIES,
        periods={"every": "week", "from": "2026-01-05"},
        pool={"results": list(DEALS)},
        shares=[preferred(compound="every period"), RETURN, split(FIFTH)],
        losses="carried forward",
    )
    period, moved = (
        terms.first_period,
        [contributed(date(2026, 1, 5), "lp", 10**8), contributed(date(2026, 1, 6), "fo", 7)],
    )
    for _ in range(520):
        moved.append(brought(period.key, "alpha", chance.randint(1, 200_000)))
        period = period.next()
    *_, last = settled_from(terms, moved, period)
    figures = list(walk(last.forward.values()))
    assert max(len(str(figure.value)) for figure in figures) < 200
    assert all(figure_data(figure, dict.fromkeys(map(id, figures), ""), terms.unit) for figure in figures)
    check([last])


def test_compounding_every_year_makes_the_powers_of_the_rate() -> None:
    """Ten years at 8% without a distribution: what is owed is the capital times 1.08 to the tenth, less the capital."""
    terms = fund([RETURN, preferred(days="30/360", compound="every year"), split(Fraction(1, 5))])
    found = settled_from(terms, [contributed(date(2026, 1, 1), "lp", 10**6)], parse_period("2035-Q4"))
    owed = found[-1].forward["carry/preferred-return.owed.lp"]
    assert owed.value == 10**6 * (Fraction(108, 100) ** 10 - 1)


def test_an_amendment_does_not_lose_what_is_owed() -> None:
    """Steps that are moved, at another rate and behind a fee, still pay what accrued before."""
    first = fund([RETURN, preferred(days="30/360"), split(Fraction(1, 5))])
    fee = {"fee": {"to": "gp", "amount": "1.00"}}
    other = fund([fee, preferred("4%", "30/360"), RETURN, split(Fraction(1, 5))], short="in order")
    versions = (
        TermsInForce(first, date(2026, 1, 1), 1),
        TermsInForce(other, date(2026, 7, 1), 2),
    )
    moves = [contributed(date(2026, 1, 1), "lp", 100_000), brought("2026-Q4", "alpha", 200_000)]
    found = _fold(versions, moves, "2026-Q4")
    assert taken(found[-1:], 1, "lp") == 100_000 * (Fraction(8, 100) + Fraction(4, 100)) / 2


def _fold(
    versions: tuple[TermsInForce, ...], moves: Iterable[Movement], upto: str, ended_on: date | None = None
) -> tuple[Settlement, ...]:
    terms = versions[0].terms
    totals = Totals(terms.every, terms.currency)
    for move in moves:
        totals.add(move)
    known = Knowledge(terms.agreement, 9, versions, totals.per_period(), ended_on=ended_on)
    return fold(known, parse_period(upto))


# --- catch-up -------------------------------------------------------------------------------------------------


@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(contributions, proceeds, rates, st.sampled_from(["100%", "60%", "3/4"]))
def test_a_catch_up_ends_with_exactly_its_part_of_the_profit(
    paid_in: list[Movement], out: list[Movement], until: Fraction, rate: str
) -> None:
    """The manager never has more than its part of the profit, and exactly that once enough came in."""
    catch_up = {"catch-up": {"to": "gp", "rate": rate, "until": str(until), "rest": "lp"}}
    terms = fund([RETURN, preferred(), catch_up, split(until)])
    enough = [brought(LAST, "alpha", 10**9)]
    found = settled_from(terms, [*paid_in, *out, *enough], parse_period(LAST))
    profit = manager = Fraction(0)
    for upto in range(1, len(found) + 1):
        profit = sum((taken(found[:upto], place) for place in (1, 2, 3)), Fraction(0))
        manager = taken(found[:upto], 2, "gp") + taken(found[:upto], 3, "gp")
        assert manager < until * profit or same(manager, until * profit)
    assert same(manager, until * profit)
    assert same(profit, sum((taken(found, place) for place in range(4)), Fraction(-capital_of(paid_in))))
    check(found)


# --- deal by deal ---------------------------------------------------------------------------------------------

PARTIAL = {"catch-up": {"to": "gp", "rate": "50%", "until": "20%", "rest": "lp"}}
INNER = st.sampled_from(
    [
        [RETURN],
        [RETURN, preferred(), {"catch-up": {"to": "gp", "rate": "100%", "until": "20%"}}],
        [
            RETURN,
            preferred(compound="every year"),
            {"catch-up": {"to": "gp", "rate": "50%", "until": "20%", "rest": "lp"}},
        ],
        [RETURN, preferred()],
    ]
)


def by_deal(inner: Sequence[Step], when: str = "every period", keeps: str = "20%") -> Terms:
    """A fund that shares deal by deal, with a clawback."""
    clawback = {"from": "gp", "to": "lp", "keeps": keeps, "when": when}
    each = {"deals": list(DEALS), "shares": [*inner, split(FIFTH)], "clawback": clawback}
    return fund([{"each deal": each}, {"split": "lp"}])


def kept(settled: Settlement) -> dict[str, Fraction]:
    """What the step remembers of all periods so far."""
    prefix = "carry/each-deal."
    return {name.removeprefix(prefix): f.value for name, f in settled.forward.items() if name.startswith(prefix)}


@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(contributions, proceeds, INNER)
def test_carried_interest_less_clawback_is_the_smallest_of_three(
    paid_in: list[Movement], out: list[Movement], inner: list[Step]
) -> None:
    """What came deal by deal, what all deals as one would give, and a fifth of the profit: in every period."""
    found = settled_from(by_deal(inner), [*paid_in, *out], parse_period(LAST))
    distributed = Fraction(0)
    for settled in found:
        after = kept(settled)
        distributed += sum(figure.value for figure in settled.shared.lines[0].values())
        capital = capital_of(move for move in paid_in if move.effective_on <= settled.period.last)
        profit = max(distributed - capital, Fraction(0))
        assert same(
            after["carry.gp"] - after["clawed-back"], min(after["carry.gp"], after["whole.carry.gp"], FIFTH * profit)
        )
    check(found)


@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(contributions, proceeds, INNER)
def test_american_carry_less_clawback_is_european_carry(
    paid_in: list[Movement], out: list[Movement], inner: list[Step]
) -> None:
    """Where capital comes before proceeds: as a fund of the same steps for all of it gives, unless deals gave less."""
    first = [contributed(date(2026, 1, 1), move.party, move.amount_minor, move.name) for move in paid_in]
    deals = settled_from(by_deal(inner), [*first, *out], parse_period(LAST))
    passed_on = [
        brought(settled.period.key, "alpha", int(sum(f.value for f in settled.shared.lines[0].values())))
        for settled in deals
    ]
    whole = settled_from(fund([*inner, split(FIFTH)]), [*first, *passed_on], parse_period(LAST))
    for upto, settled in enumerate(deals, 1):
        european = sum((taken(whole[:upto], place, "gp") for place in range(len(inner) + 1)), Fraction(0))
        after = kept(settled)
        american = after["carry.gp"] - after["clawed-back"]
        assert same(american, min(after["carry.gp"], european))
        assert same(american, european) or inner != [RETURN]


def test_the_profit_limits_where_capital_comes_after_proceeds() -> None:
    """Carried interest that was right is too much once a later deal loses: then a fifth of the profit counts."""
    moves = [
        contributed(date(2026, 1, 1), "lp", 50_000, "alpha"), brought("2026-Q1", "alpha", 100_000),
        contributed(date(2026, 4, 1), "lp", 40_000, "beta"), brought("2026-Q2", "beta", 10_000),
    ]  # fmt: skip
    first, second = (kept(each) for each in settled_from(by_deal([RETURN]), moves, parse_period("2026-Q2")))
    names = ("carry.gp", "whole.carry.gp", "clawed-back")
    assert [first[name] for name in names] == [10_000, 10_000, 0]
    assert [second[name] for name in names] == [10_000, 10_000, 6_000]


def test_a_clawback_at_the_end_falls_due_after_the_last_day() -> None:
    """Nothing goes back while the agreement lasts, all in the first period after it, and later what changes."""
    moves = [
        contributed(date(2026, 1, 1), "lp", 50_000, "alpha"), contributed(date(2026, 1, 1), "lp", 50_000, "beta"),
        brought("2026-Q1", "alpha", 200_000), brought("2026-Q4", "beta", 20_000),
    ]  # fmt: skip
    versions = (TermsInForce(by_deal([RETURN], "at the end"), date(2026, 1, 1), 1),)
    found = _fold(versions, moves, "2026-Q4", date(2026, 5, 15))
    assert [kept(each)["clawed-back"] for each in found] == [0, 0, 10_000, 6_000]
    assert [each.shares["gp"].value for each in found] == [30_000, 0, -10_000, 4_000]
    check(found)


@pytest.mark.parametrize("place", [0, 1])
def test_deals_that_bring_more_than_there_is_are_cut_in_proportion(place: int) -> None:
    """One deal lost as much as half of what the others brought: each of these has half of it to share."""
    results = ("alpha", "beta", "gamma")
    each = {"deals": ["alpha", "beta"], "shares": [split(FIFTH)]}
    terms = fund([{"each deal": each}, {"split": "fo"}], results)
    moves = [brought("2026-Q1", deal, minor) for deal, minor in zip(results, (20_000, 40_000, -30_000), strict=True)]
    [found] = settled_from(terms, moves[place:] + moves[:place], parse_period("2026-Q1"))
    assert {party: share.value for party, share in found.shares.items() if share.value} == {"gp": 6_000, "lp": 24_000}
    [alpha] = [f for f in walk(found.shared.lines[0].values()) if f.name == "gp/shares.1.alpha"]
    assert alpha.value == 2_000

"""What holds of partners' steps whatever the numbers are: interest by days, bonuses, capital, retained shares.

What they yield in single cases is in `clauses/partners.yaml`; that everybody comes to the same, in any order, in
`tests.test_history`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.settlement.settle import Settlement
from tests.settling import settled, terms_of
from tests.strategies import DAY_COUNTS, RATES, Document, ratios

PARTIES = ("acme", "jot", "kim")
DAYS = st.dates().map(lambda day: day.replace(year=2028, day=min(day.day, 29)).isoformat())  # a leap year
MOVES = st.dictionaries(DAYS, st.dictionaries(st.sampled_from(PARTIES), st.integers(1, 9999), min_size=1), max_size=4)


def year(shares: list[Document], given_amounts: Any, **clauses: Any) -> Settlement:
    """The year 2028, settled as one period."""
    terms = terms_of(periods={"every": "year", "from": "2028-01-01"}, shares=shares, **{"short": "in full", **clauses})
    return settled(terms, given_amounts)[0]


def exact(settlement: Settlement) -> dict[str, Fraction]:
    """Entitlements that are something."""
    return {party: figure.value for party, figure in settlement.shared.entitlements.items() if figure.value}


@given(MOVES, MOVES, DAY_COUNTS)
def test_twelve_months_of_interest_are_a_year_of_it(paid_in: Any, drawn: Any, days: str) -> None:
    """Interest on average capital is the same whether it is reckoned by months or by the year."""
    interest = {"on": "average capital", "rate": "9%", "days": days, "overdrawn": "charged"}
    shares: list[Document] = [{"interest": interest}, {"split": "kim"}]
    whole = exact(year(shares, {"contributed": paid_in, "withdrawn": drawn}))
    terms = terms_of(periods={"every": "month", "from": "2028-01-01"}, shares=shares, short="in full")
    months = [
        {"contributed": within(paid_in, f"2028-{number:02}"), "withdrawn": within(drawn, f"2028-{number:02}")}
        for number in range(1, 13)
    ]
    parts = [exact(month) for month in settled(terms, *months)]
    sums = {party: sum((part.get(party, Fraction(0)) for part in parts), Fraction(0)) for party in PARTIES}
    assert {party: value for party, value in sums.items() if value} == whole


def within(moves: Any, month: str) -> Any:
    """The moves of a month."""
    return {day: parties for day, parties in moves.items() if day.startswith(month)}


@given(MOVES, st.sampled_from(["opening", "closing", "average", "contributed"]), st.integers(2, 50))
def test_a_split_by_capital_is_about_proportions(paid_in: Any, balance: str, times: int) -> None:
    """With all capital so many times as large, everybody gets the same; and together they get all there is."""
    clause: Document = {"balance": balance, "otherwise": "kim", **({"days": "ACT/ACT"} if balance == "average" else {})}
    shares = [{"split by capital": clause}]
    grown = {day: {party: amount * times for party, amount in moved.items()} for day, moved in paid_in.items()}
    once, again = (
        exact(year(shares, {"results": {"sales": 1000}, "contributed": moved})) for moved in (paid_in, grown)
    )
    assert once == again
    assert sum(once.values()) == 100_000


@given(RATES, st.integers(-9999, 9999), st.integers(0, 2000))
def test_a_bonus_after_itself_is_the_rate_of_what_it_leaves(rate: str, sales: int, salary: int) -> None:
    """Bonus = rate x (base - bonus), where the base is a profit; else there is none."""
    paid = {"salary": {"amounts": {"kim": str(salary)}, "per": "year"}}
    bonus = {"bonus": {"to": "jot", "rate": rate, "of": "remaining", "reckoned": "after itself"}, "as": "bonus"}
    settlement = year([paid, bonus, {"split": "acme"}], {"results": {"sales": sales}})
    taken = settlement.shared.taken["bonus"]["jot"].value
    base = max(100 * (sales - salary), 0)
    exact_rate = Fraction(rate[:-1]) / 100 if rate.endswith("%") else Fraction(rate)
    assert taken == exact_rate * (base - taken)


@given(st.data(), st.integers(-(10**6), 10**6), st.dictionaries(st.sampled_from(PARTIES), RATES, min_size=1))
def test_what_is_retained_moves_from_one_account_to_the_other(data: st.DataObject, sales: int, rates: Any) -> None:
    """Shares are the same with and without; what an account has less, the capital has more, to half a unit."""
    shares = [{"split": data.draw(ratios(PARTIES))}]
    amounts = {"results": {"sales": Fraction(sales, 100)}, "contributed": {"2028-01-01": {"jot": 70}}}
    without, kept = year(shares, amounts), year(shares, amounts, retain=rates)
    for party in PARTIES:
        assert value(kept.shares, party) == value(without.shares, party)
        moved = value(without.net, party) - value(kept.net, party)
        assert moved == stake(kept, party) - stake(without, party)
        rate = rates.get(party, "0%")
        exact_rate = Fraction(rate[:-1]) / 100 if rate.endswith("%") else Fraction(rate)
        assert abs(moved - exact_rate * value(kept.shares, party)) <= Fraction(1, 2)
        assert moved.denominator == 1


def value(figures: Any, party: str) -> Fraction:
    """A party's figure, or nothing."""
    return figures[party].value if party in figures else Fraction(0)


def stake(settlement: Settlement, party: str) -> Fraction:
    """What a party's capital changed by."""
    return sum((line.value for line in settlement.capital.get(party, ())), Fraction(0))


# --- more is never less -----------------------------------------------------------------------------------

PARTS = st.sampled_from(["0%", "1%", "5%", "1/17", "12.5%"])  #: two of them, for each of three steps, leave a quarter


@st.composite
def bands(draw: st.DrawFn) -> Document:
    """Marginal bands whose rates leave enough for the others."""
    some = st.dictionaries(st.sampled_from(PARTIES), PARTS, min_size=1, max_size=2)
    rates = {
        level: draw(some) for level in ["0", *draw(st.lists(st.sampled_from(["10.5", "100", "900"]), unique=True))]
    }
    of, over = draw(st.sampled_from(["sales", "pool", "results"])), draw(st.sampled_from(["period", "year", "life"]))
    return {"bands": {"of": of, "over": over, "mode": "marginal", "rates": rates}}


@st.composite
def allowances(draw: st.DrawFn) -> Document:
    """What does not depend on the pool, or is a part of it."""
    to = draw(st.sampled_from(PARTIES))
    reckoned = draw(st.sampled_from(["before itself", "after itself"]))
    bonus = {"to": to, "rate": draw(PARTS), "of": draw(st.sampled_from(["pool", "remaining", "sales"]))}
    return draw(
        st.sampled_from(
            [
                {"salary": {"amounts": {to: "90"}, "per": "year"}},
                {"interest": {"on": "average capital", "rate": "8%", "days": "ACT/ACT", "overdrawn": "charged"}},
                {"interest on withdrawals": {"rate": "5%", "days": "flat"}},
                {"bonus": {**bonus, "reckoned": reckoned}},
                {"fee": {"to": to, "rate": draw(PARTS), "of": "remaining", "at most": "50"}},
            ]
        )
    )


@st.composite
def last_steps(draw: st.DrawFn) -> Document:
    """A plain split, one by capital, or marginal bands of what remains."""
    shared = draw(ratios(PARTIES))
    rates = {"0": shared, "120": draw(ratios(PARTIES))}
    marginal = {level: {each: "100%"} if isinstance(each, str) else each for level, each in rates.items()}
    return draw(
        st.sampled_from(
            [
                {"split": shared},
                {"split by capital": {"balance": "closing", "otherwise": shared}},
                {"bands": {"of": "remaining", "over": "period", "mode": "marginal", "rates": marginal}},
            ]
        )
    )


@given(
    st.lists(st.one_of(bands(), allowances()), max_size=3), last_steps(), st.sampled_from(["in full", "in order"]),
    ratios(PARTIES), st.booleans(), MOVES, MOVES, st.integers(-2000, 4000), st.integers(0, 3000), st.integers(0, 900),
)  # fmt: skip
def test_a_larger_pool_is_never_less_for_anybody(
    steps: list[Document], last: Document, short: str, borne: Any, as_profits: bool, paid_in: Any, drawn: Any,
    sales: int, more: int, cost: int,
) -> None:  # fmt: skip
    """Under splits and marginal bands whose rates leave something to share, whoever bears a loss."""
    clauses: Document = {"short": short} if steps else {}
    clauses["losses"] = "as profits" if as_profits and "bands" not in last else borne
    clauses["pool"] = {"results": ["sales"], "less costs": ["media"]}

    def shared(amount: int) -> Settlement:
        facts = {"results": {"sales": amount}, "costs": {"media": {"jot": cost}}}
        return year([*steps, last], {**facts, "contributed": paid_in, "withdrawn": drawn}, **clauses)

    less, grown = shared(sales), shared(sales + more)
    for party in PARTIES:
        assert value(grown.shared.entitlements, party) >= value(less.shared.entitlements, party)
    assert sum(share.value for share in grown.shares.values()) == grown.available.value

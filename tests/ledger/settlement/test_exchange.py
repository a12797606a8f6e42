"""Foreign money, settled: which rate counts, how it is rounded, what exchange gains, and what a missing rate does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book.events import Conversion, Cost, Fact, Liability, LiabilityPart, Result
from ledger.book.movements import Movement, of_fact, of_release, of_settlement
from ledger.settlement.knowledge import Knowledge, TermsInForce, Totals, currencies_of
from ledger.settlement.rates import Fixing, Missing, fixings
from ledger.settlement.settle import Settlement, fold
from ledger.terms.document import Terms
from ledger.values.errors import Refused
from ledger.values.figures import evaluate, walk
from ledger.values.periods import parse_period
from tests.settling import settled_from, terms_of

ON_THE_DAY, PERIOD_END, AVERAGE = "on the day", "period end", "period average"
SHARED, HOLDER = "shared", "with the holder"
POOL = {"results": ["sales"], "less costs": ["media"], "less liabilities": ["chargebacks"]}


def terms(rate: str = ON_THE_DAY, differences: str = SHARED, own: str = "EUR", foreign: str = "USD") -> Terms:
    """Everything is shared by halves; one foreign currency."""
    return terms_of(
        currency=own, pool=POOL, shares=[{"split": {"acme": "50%", "jot": "50%"}}],
        exchange={foreign: {"rate": rate, "differences": differences}},
    )  # fmt: skip


def sales(minor: int, day: str, code: str = "USD", party: str = "acme") -> Result:
    """Money that a party collected."""
    return Result(
        metric="sales", effective_on=on(day), amount_minor=minor, currency=code, collected_by=party
    )  # fmt: skip


def media(minor: int, day: str, code: str = "USD", party: str = "acme") -> Cost:
    """Media that a party paid."""
    return Cost(category="media", effective_on=on(day), amount_minor=minor, currency=code, paid_by=party)


def sold(minor: int, proceeds: int, day: str, party: str = "acme") -> Conversion:
    """Dollars that a party sold."""
    return Conversion(
        party=party, effective_on=on(day), amount_minor=minor, currency="USD", proceeds_minor=proceeds, into="EUR"
    )


def on(day: str) -> date:
    """A day of 2026, as `01-31`."""
    return date.fromisoformat(f"2026-{day}")


def fixed(code: str = "USD", **rates: str) -> list[Fixing]:
    """Rates by day: `d01_31="0.9"`."""
    return [
        Fixing(code, on(day[1:].replace("_", "-")), Fraction(rate), seq, "acme/ann")
        for seq, (day, rate) in enumerate(rates.items(), 1)
    ]


def settle(terms: Terms, facts: Iterable[Fact | Movement], rates: list[Fixing], upto: str = "2026-01") -> Settlement:
    """The last settlement of what happened."""
    return settled_from(terms, moved(facts), parse_period(upto), rates)[-1]


def moved(facts: Iterable[Fact | Movement]) -> list[Movement]:
    """What facts add to the totals."""
    found: list[Movement] = []
    for each in facts:
        found += [each] if isinstance(each, Movement) else of_fact(each, "R-1", "acme")
    return found


# --- which rate ---------------------------------------------------------------------------------------------

RATES = fixed(d01_02="0.80", d01_09="0.90", d01_30="0.95")


@pytest.mark.parametrize(
    ("rule", "day", "pool"),
    [
        (ON_THE_DAY, "01-02", 8_000),
        (ON_THE_DAY, "01-08", 8_000),
        (ON_THE_DAY, "01-09", 9_000),
        (ON_THE_DAY, "01-16", 9_000),
        (PERIOD_END, "01-02", 9_500),
        (AVERAGE, "01-02", 8_833),
    ],
)
def test_an_entry_counts_at_the_rate_that_the_terms_name(rule: str, day: str, pool: int) -> None:
    """The newest of the day or before; of the period's last day; or the exact mean of the period's."""
    found = settle(terms(rule, HOLDER), [sales(10_000, day)], RATES)
    assert (found.pool.pool.minor, found.missing) == (pool, ())


@pytest.mark.parametrize(
    ("rule", "day", "missing"),
    [
        (ON_THE_DAY, "01-17", Missing("USD", on("01-17"), "")),
        (PERIOD_END, "01-17", Missing("USD", on("01-31"), "")),
    ],
)
def test_a_rate_that_is_too_old_is_missing(rule: str, day: str, missing: Missing) -> None:
    """It serves all the same, so that there is a draft; a day nearer and it would count."""
    rates = fixed(d01_02="0.80", d01_09="0.90")
    found = settle(terms(rule, HOLDER), [sales(10_000, day)], rates)
    assert (found.pool.pool.minor, found.missing) == (9_000, (missing,))
    assert str(missing) == f"no rate of USD is recorded for {missing.day} or the 7 days before"


def test_a_period_without_a_rate_has_no_mean() -> None:
    """The newest before serves for the draft."""
    found = settle(terms(AVERAGE, HOLDER), [sales(10_000, "02-17")], RATES, "2026-02")
    assert found.pool.pool.minor == 9_500
    assert [str(each) for each in found.missing] == ["no rate of USD is recorded in 2026-02"]


@pytest.mark.parametrize("rule", [ON_THE_DAY, PERIOD_END, AVERAGE])
def test_without_any_rate_there_is_not_even_a_draft(rule: str) -> None:
    """The currency and the day are named, and how the rate is recorded."""
    with pytest.raises(Refused, match="no rate of USD is recorded") as refused:
        settle(terms(rule), [sales(10_000, "01-05")], fixed(d02_02="1"))
    assert (refused.value.hint or "").startswith("pactbook rate record acme-jot USD RATE --on 2026-01-")


def test_the_later_one_of_two_rates_for_a_day_counts() -> None:
    """Whatever their order in the list; rates of other currencies and of long before are left out."""
    first, second = Fixing("USD", on("01-02"), Fraction(1), 5, "a/b"), Fixing("USD", on("01-02"), Fraction(2), 9, "a/b")
    others = [
        Fixing("GBP", on("01-02"), Fraction(3), 1, "a/b"),
        Fixing("USD", date(2025, 12, 24), Fraction(4), 2, "a/b"),
    ]
    early = Fixing("USD", date(2025, 12, 25), Fraction(5), 3, "a/b")
    for order in ([first, second, *others, early], [early, second, *others, first]):
        assert fixings(order, ["USD"], on("01-01")) == {"USD": (early, second)}


@pytest.mark.parametrize(
    ("own", "foreign", "minor", "rate", "expected"),
    [
        ("EUR", "JPY", 12_345, "0.006", 7_407),
        ("JPY", "EUR", 12_345, "163.27", 20_156),
        ("EUR", "BHD", 12_345, "2.41", 2_975),
        ("BHD", "JPY", 7, "0.0025", 18),
        ("BHD", "JPY", -7, "0.0025", -18),
        ("USD", "EUR", 450_000, "1.09", 490_500),
        ("EUR", "USD", 1, "1/2", 1),
        ("EUR", "USD", -1, "1/2", -1),
        ("EUR", "USD", 1, "49/100", 0),
    ],
)
def test_minor_units_of_both_currencies_count(own: str, foreign: str, minor: int, rate: str, expected: int) -> None:
    """A rate is between whole units; the amount is rounded to the minor unit, half away from zero."""
    agreed = terms(ON_THE_DAY, HOLDER, own, foreign)
    rates = [Fixing(foreign, on("01-05"), Fraction(rate), 1, "acme/ann")]
    assert settle(agreed, [sales(minor, "01-05", foreign)], rates).pool.pool.minor == expected


def test_entries_of_a_day_are_converted_together_and_days_apart() -> None:
    """Three half cents of one day are two cents; on three days they are three."""
    rates = fixed(d01_01="1/2")
    together = settle(terms(ON_THE_DAY, HOLDER), [sales(1, "01-05")] * 3, rates)
    apart = settle(terms(ON_THE_DAY, HOLDER), [sales(1, f"01-0{day}") for day in (5, 6, 7)], rates)
    assert (together.pool.pool.minor, apart.pool.pool.minor) == (2, 3)


# --- gain and loss ------------------------------------------------------------------------------------------


def gains(found: Settlement) -> dict[str, int]:
    """The gain of each party that holds something, and of each category that is owed."""
    exchange = found.pool.exchange
    return {name: figure.minor for each in (exchange.held, exchange.owed) for name, figure in each.items()}


@pytest.mark.parametrize(
    ("says", "facts", "expected"),
    [
        ("held to the end", [sales(1_000, "01-05")], {"acme": 100}),
        ("sold for more", [sales(1_000, "01-05"), sold(1_000, 950, "01-20")], {"acme": 50}),
        ("sold in part", [sales(1_000, "01-05"), sold(400, 380, "01-20")], {"acme": 20 + 60}),
        ("spent on media", [sales(1_000, "01-05"), media(1_000, "01-20")], {"acme": 0}),
        ("spent more than there was", [sales(1_000, "01-05"), media(1_500, "01-05")], {"acme": 0}),
        ("own money alone", [media(1_500, "01-05")], {}),
        ("given back", [sales(1_000, "01-05"), sales(-1_000, "01-06")], {"acme": 0}),
        ("a credit note", [media(-500, "01-05")], {"acme": 50}),
        ("two holders", [sales(1_000, "01-05"), sales(10, "01-05", party="jot")], {"acme": 100, "jot": 1}),
        ("in the own currency", [sales(1_000, "01-05", "EUR")], {}),
    ],
)
def test_what_a_party_holds_gains(says: str, facts: list[Fact], expected: dict[str, int]) -> None:
    """Counted at 0.90 and worth 1.00 at the end of the month; what was spent went at the rate of its day."""
    found = settle(terms(), facts, fixed(d01_01="0.90", d01_31="1"))
    assert gains(found) == expected, says
    final = settle(terms(differences=HOLDER), [each for each in facts if not isinstance(each, Conversion)],
                   fixed(d01_01="0.90", d01_31="1"))  # fmt: skip
    assert gains(final) == {}


def test_what_is_owed_gains_when_it_takes_less_to_pay() -> None:
    """Valued anew each month until it is settled; what is released goes at the rate of its day."""
    owed = Liability(category="chargebacks", effective_on=on("01-05"), amount_minor=1_000, currency="USD")
    settled = LiabilityPart(reference="P-1", effective_on=on("02-10"), amount_minor=600, paid_by="jot")
    released = LiabilityPart(reference="P-2", effective_on=on("02-20"), amount_minor=400)
    facts: list[Fact | Movement] = [owed, of_settlement(settled, owed, "L-1"), of_release(released, owed, "L-1")]
    rates = fixed(d01_01="0.90", d01_31="0.80", d02_10="0.85", d02_20="0.70")
    january, february, march = settled_from(terms(differences=HOLDER), moved(facts), parse_period("2026-03"), rates)
    assert (gains(january), january.pool.outstanding.minor) == ({"chargebacks": 100}, 800)
    assert (gains(february), february.pool.outstanding.minor) == ({"chargebacks": 800 - 510 - 280}, -800)
    assert february.accounts["jot"][-1].minor == 510
    assert (gains(march), march.pool.outstanding.minor) == ({}, 0)


def test_nothing_that_is_held_or_owed_needs_no_rate() -> None:
    """Once all is sold, later months ask for no rates."""
    facts: list[Fact] = [sales(1_000, "01-05"), sold(1_000, 950, "01-20")]
    found = settled_from(terms(), moved(facts), parse_period("2026-06"), fixed(d01_01="0.90"))
    assert [each.missing for each in found] == [()] * 6


def test_a_currency_that_the_terms_no_longer_name_counts_at_the_rate_of_its_day() -> None:
    """An amendment may leave it out; what was recorded in it is still settled, and its gain is with the holder."""
    before, after = terms(PERIOD_END), terms(PERIOD_END, foreign="GBP")
    totals = Totals(before.every, before.currency)
    for each in moved([sales(1_000, "01-05")]):
        totals.add(each)
    versions = (TermsInForce(before, on("01-01"), 1), TermsInForce(after, on("01-01"), 2))
    rates = fixings(fixed(d01_01="0.90", d01_31="1"), currencies_of(versions), on("01-01"))
    (found,) = fold(Knowledge("acme-jot", 3, versions, totals.per_period(), None, rates), parse_period("2026-01"))
    assert (found.pool.pool.minor, gains(found)) == (900, {})


# --- properties ---------------------------------------------------------------------------------------------

MINOR = st.integers(-5_000, 5_000).filter(bool)
DAYS = st.integers(0, 88).map(lambda day: date(2026, 1, 1) + timedelta(days=day))
PARTIES = st.sampled_from(["acme", "jot"])
CODES = st.sampled_from(["USD", "USD", "EUR"])
FACTS: Any = st.lists(
    st.one_of(
        st.builds(lambda minor, day, code, who: sales(minor, f"{day:%m-%d}", code, who), MINOR, DAYS, CODES, PARTIES),
        st.builds(lambda minor, day, code, who: media(minor, f"{day:%m-%d}", code, who), MINOR, DAYS, CODES, PARTIES),
        st.builds(
            lambda minor, get, day, who: sold(abs(minor), get, f"{day:%m-%d}", who),
            MINOR, st.integers(1, 5_000), DAYS, PARTIES,
        ),
    ),
    max_size=12,
)  # fmt: skip
FIXED = st.lists(st.fractions(Fraction(1, 2), 2, max_denominator=50), min_size=15, max_size=15).map(
    lambda rates: [
        Fixing("USD", date(2025, 12, 28) + timedelta(days=7 * week), rate, week + 1, "acme/ann")
        for week, rate in enumerate(rates)
    ]
)


@given(FACTS, FIXED, st.sampled_from([ON_THE_DAY, PERIOD_END, AVERAGE]), st.sampled_from([SHARED, HOLDER]))
def test_everything_ties_out_whatever_happens(facts: list[Fact], rates: list[Fixing], rule: str, whose: str) -> None:
    """Each month: figures re-evaluate, the accounts add up to nothing, and nobody holds less than nothing."""
    kept = [each for each in facts if whose == SHARED or not isinstance(each, Conversion)]
    for found in settled_from(terms(rule, whose), moved(kept), parse_period("2026-03"), rates):
        roots = (*found.pool.lines, *found.net.values(), *found.forward.values())
        assert all(evaluate(figure) == figure.value for figure in walk(roots))
        assert sum(net.value for net in found.net.values()) + found.pool.outstanding.value == 0
        assert all(figure.value >= 0 for name, figure in found.forward.items() if ".held." in name)
        assert found.missing == ()


@given(FACTS, FIXED)
def test_what_exchange_gains_is_what_an_obvious_sum_says(facts: list[Fact], rates: list[Fixing]) -> None:
    """Month by month and party by party: worth now and what went, less worth before and what came."""
    found = settled_from(terms(), moved(facts), parse_period("2026-03"), rates)
    held = dict.fromkeys(("acme", "jot"), (0, 0))
    for month, settlement in enumerate(found, 1):
        for party in held:
            gain, *held[party] = obvious(party, month, facts, rates, held[party])  # type: ignore[assignment]
            shown = settlement.pool.exchange.held.get(party)
            assert (0 if shown is None else shown.value) == gain


def obvious(
    party: str, month: int, facts: list[Fact], rates: list[Fixing], before: tuple[int, int]
) -> tuple[int, int, int]:
    """What a party gains in a month, what it holds after it, and what that is worth."""
    days: dict[tuple[str, date], int] = {}
    sold_minor = proceeds = 0
    for each in facts:
        if each.effective_on.month != month or each.currency != "USD":
            continue
        if isinstance(each, Conversion) and each.party == party:
            sold_minor, proceeds = sold_minor + each.amount_minor, proceeds + each.proceeds_minor
        if isinstance(each, Result) and each.collected_by == party:
            key = "in", each.effective_on
            days[key] = days.get(key, 0) + (each.amount_minor or 0)
        if isinstance(each, Cost) and each.paid_by == party:
            key = "out", each.effective_on
            days[key] = days.get(key, 0) + each.amount_minor
    came, came_for = before
    went, went_for = sold_minor, proceeds
    for (way, day), minor in days.items():
        worth = nearest(minor * rate_of(rates, day))
        if (way == "in") is (minor > 0):
            came, came_for = came + abs(minor), came_for + abs(worth)
        else:
            went, went_for = went + abs(minor), went_for + abs(worth)
    used = min(came, went)
    brought = went_for if used == went else nearest(Fraction(went_for * used, went))
    last = date(2026, month + 1, 1) - timedelta(days=1)
    worth_now = nearest((came - used) * rate_of(rates, last))
    return worth_now + brought - came_for, came - used, worth_now


def rate_of(rates: list[Fixing], day: date) -> Fraction:
    """The newest rate of a day or before."""
    return next(each.rate for each in reversed(rates) if each.day <= day)


def nearest(value: Fraction) -> int:
    """The nearest whole number, half away from zero."""
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole

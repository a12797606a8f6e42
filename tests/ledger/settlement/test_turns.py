"""Where terms turn: found by settling, whatever the clauses are."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.settlement.trial import PERIODS_LIMIT, Assumed, Outcome, Varied, What, collector, payer, tried
from ledger.settlement.turns import SETTLED_LIMIT, levels, round_step, turns
from ledger.terms.document import Terms
from ledger.terms.numbers import PortionOf
from ledger.terms.written.document import parse_terms
from ledger.values.errors import Refused
from tests.settling import terms_of
from tests.strategies import documents

SALES = Varied(What.RESULT, "sales")
CAPPED = {"fee": {"to": "jot", "rate": "10%", "of": "sales", "at most": "40.00"}}
SPLIT = {"split": {"acme": "60%", "jot": "40%"}}


def major(minor: int) -> str:
    """Minor units as they are written."""
    return f"{minor // 100}.{minor % 100:02d}"


def found(terms: Terms, assumed: Assumed | None = None, varied: Varied = SALES) -> list[tuple[str, ...]]:
    """Each turn as its level in major units (or units) and its clauses."""
    taken = assumed or Assumed()
    scale = 100 if varied.what is What.RESULT else 10**6
    made = turns(lambda level: tried(terms, varied, level, taken), varied)
    return [(f"{Fraction(turn.level, scale)}", *turn.clauses) for turn in made]


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ({"shares": [SPLIT], "losses": "as profits"}, [("0", "losses")]),
        ({"shares": [SPLIT], "losses": {"acme": "50%", "jot": "50%"}}, [("0", "losses")]),
        ({"shares": [SPLIT], "losses": "carried forward"}, [("0", "losses")]),
        (
            {"shares": [SPLIT], "cap": {"jot": {"at most": "300.00", "excess to": "acme"}}},
            [("0", "losses"), ("750", "cap.jot")],
        ),
        (
            {"shares": [SPLIT], "guarantee": {"jot": {"at least": "50.00", "borne by": "acme"}}},
            [("0", "losses"), ("125", "guarantee.jot")],
        ),
        (
            {"shares": [CAPPED, SPLIT], "short": "in full"},
            [("0", "losses"), ("400", "shares[1]")],
        ),
        (
            {"shares": [{"fee": {"to": "jot", "amount": "70.00"}}, SPLIT], "short": "in order"},
            [("0", "losses"), ("70", "shares[1]")],
        ),
        (
            {"shares": [{"fee": {"to": "jot", "amount": "70.00"}}, {"fee": {"to": "acme", "amount": "30.00"}}, SPLIT],
             "short": "pro rata"},
            [("0", "losses"), ("100", "shares[1]")],
        ),
    ],
)  # fmt: skip
def test_each_rule_turns_where_it_sets_in(clauses: dict[str, Any], expected: list[tuple[str, ...]]) -> None:
    """Losses at zero, a cap and a guarantee where they are reached, a fee where the pool suffices for it."""
    assert found(terms_of(**clauses)) == expected


@pytest.mark.parametrize("mode", ["marginal", "whole"])
def test_bands_turn_at_their_thresholds(mode: str) -> None:
    """Rates by level turn at each level, whether the rate holds for a part or for all of it."""
    rates = {"0": {"jot": "10%"}, "500": {"jot": "20%"}, "2000": {"jot": "15%"}}
    bands = {"bands": {"of": "sales", "over": "period", "mode": mode, "rates": rates}}
    turned = found(terms_of(shares=[bands, SPLIT], short="in full"))
    assert turned == [("0", "losses"), ("500", "shares[1]"), ("2000", "shares[1]")]


def test_a_cap_on_costs_turns_where_it_no_longer_bites() -> None:
    """Media of 300.00 under a cap of 30% of sales are borne in full from sales of 1,000.00 on."""
    terms = terms_of(shares=[SPLIT], pool={"results": ["sales"], "less costs": {"media": {"cap": "30% of sales"}}})
    assert found(terms, Assumed(costs={"media": 30_000})) == [("0", "losses"), ("1000", "pool.costs.media")]


def test_where_parts_of_parts_are_taken_shares_bend() -> None:
    """A fee of 10% of sales and one of 70.00 that are cut pro rata follow a curve, until the pool suffices for both."""
    fees = [{"fee": {"to": "jot", "rate": "10%", "of": "sales"}}, {"fee": {"to": "kim", "amount": "70.00"}}]
    terms = terms_of(shares=[*fees, SPLIT], short="pro rata")
    made = turns(lambda level: tried(terms, SALES, level, Assumed()), SALES)
    assert [(turn.clauses, turn.bends) for turn in made] == [(("losses",), True), (("shares[1]",), False)]
    assert [turn.level for turn in made] == [0, pytest.approx(7_778, abs=3)]


def test_quantities_turn_too() -> None:
    """What is varied may be the number of something: the price falls from the hundredth signup on."""
    prices = {"0": {"jot": "2.00"}, "100": {"jot": "1.00"}}
    bands = {"bands": {"each": "signups", "over": "period", "mode": "marginal", "rates": prices}}
    terms = terms_of(shares=[bands, SPLIT], short="in full")
    varied = Varied(What.UNITS, "signups")
    assert found(terms, Assumed(results={"sales": 100_000_000}), varied)[:1] == [("100", "shares[1]")]


@settings(max_examples=max(8, settings().max_examples // 4), deadline=None)
@given(
    st.integers(1, 90), st.integers(100, 10**7), st.integers(100, 10**7),
    st.sampled_from(["in full", "in order", "pro rata"]), st.data(),
)  # fmt: skip
def test_between_turns_shares_are_straight_lines(
    rate: int, fee: int, cap: int, short: str, data: st.DataObject
) -> None:
    """What lies between two turns lies on the line between them, to the minor unit: no turn was missed."""
    split = {"split": {"acme": f"{rate}%", "jot": f"{100 - rate}%"}}
    terms = terms_of(
        shares=[{"fee": {"to": "kim", "amount": major(fee)}}, split], short=short, losses={"acme": "50%", "jot": "50%"},
        cap={"jot": {"at most": major(cap), "excess to": "acme"}},
    )  # fmt: skip

    def outcome(level: int) -> Outcome:
        return tried(terms, SALES, level, Assumed())

    shown = levels(turns(outcome, SALES), SALES, terms.unit)
    place = data.draw(st.integers(0, len(shown) - 2))
    low, high = shown[place], shown[place + 1]
    level = data.draw(st.integers(low, high))
    left, right, between = (outcome(each).shares for each in (low, high, level))
    for party, share in between.items():
        line = left[party] + Fraction((right[party] - left[party]) * (level - low), high - low)
        assert abs(line - share) <= 3


@settings(max_examples=max(8, settings().max_examples // 4), deadline=None)
@given(documents(), st.integers(-(10**7), 10**8), st.integers(1, 3))
def test_any_terms_can_be_tried(document: dict[str, Any], level: int, periods: int) -> None:
    """Whatever the clauses: the search for turns comes to an end, and the rows add up."""
    terms = parse_terms(json.dumps(document))
    varied = Varied(What.RESULT, terms.pool.results[0])
    looked_at: list[int] = []

    def outcome(at: int) -> Outcome:
        looked_at.append(at)
        return tried(terms, varied, at, Assumed())

    for each in (*levels(turns(outcome, varied), varied, terms.unit), level):
        made = tried(terms, varied, each, Assumed(), periods)
        assert sum(made.shares.values()) == made.pool + made.carried_on
    assert len(looked_at) < 2 * SETTLED_LIMIT


def test_levels_to_show_are_round_and_hold_every_turn() -> None:
    """From a loss to beyond the last turn; where nothing turns, up to 100,000."""
    terms = terms_of(
        shares=[SPLIT], losses={"acme": "1/2", "jot": "1/2"}, cap={"jot": {"at most": "333.00", "excess to": "acme"}}
    )
    made = levels(turns(lambda level: tried(terms, SALES, level, Assumed()), SALES), SALES, terms.unit)
    assert [each / 100 for each in made] == [-400, -200, 0, 200, 400, 600, 800, 832.5, 1000, 1200]
    assert levels((), SALES, terms.unit)[-1] >= 100_000_00
    assert round_step(Fraction(1, 3)) == 1
    assert round_step(Fraction(2001)) == 5000


# --- trials ---------------------------------------------------------------------------------------------


def test_a_trial_settles_as_a_book_does() -> None:
    """Shares add up to the pool; a loss that is carried on is made good by the next period."""
    terms = terms_of(shares=[SPLIT], losses="carried forward")
    lost = tried(terms, SALES, -10_000, Assumed(), 3)
    assert (lost.pool, lost.carried_on, lost.shares) == (-30_000, 30_000, {"acme": 0, "jot": 0, "kim": 0})
    last = lost.alone(-1)
    assert (last.pool, last.brought_forward, last.carried_on) == (-10_000, 20_000, 30_000)


def test_what_happens_besides_is_booked_to_whom_it_belongs() -> None:
    """Costs go to who pays the category, results to who reports the metric; a cost may be a rate of a result."""
    terms = terms_of(
        parties={
            "acme": {"name": "A"}, "jot": {"name": "J", "reports": ["sales"]}, "kim": {"name": "K", "pays": ["media"]},
        },
        pool={"results": ["sales"], "less costs": ["media"], "less liabilities": ["chargebacks"]}, shares=[SPLIT],
    )  # fmt: skip
    assert (collector(terms, "sales"), payer(terms, "media"), payer(terms, "rent")) == ("jot", "kim", "acme")
    assumed = Assumed(
        costs={"media": PortionOf(Fraction(1, 3), "sales")}, liabilities={"chargebacks": 100}, capital={"acme": 500}
    )
    [settled] = tried(terms, SALES, 10_000, assumed).settlements
    assert settled.pool.pool.value == 10_000 - 3_333 - 100
    assert settled.net["jot"].value == settled.shares["jot"].value - 10_000
    assert settled.net["kim"].value == 3_333
    assert settled.capital.keys() == {"acme"}


def test_a_trial_has_an_end() -> None:
    """Nobody waits for a trial of ten thousand months."""
    with pytest.raises(Refused, match="cannot have"):
        tried(terms_of(shares=[SPLIT]), SALES, 0, Assumed(), PERIODS_LIMIT + 1)

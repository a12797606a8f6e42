"""Whole minor units out of exact shares: the parts equal the whole, and nobody loses over the years.

The published examples of each rule are in `tests/cases/apportionment.yaml`; here are the laws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.values.apportionment import (
    CARRIED,
    RULES_OF_TERMS,
    Apportioned,
    Rule,
    RuleName,
    apportion,
    apportion_exact,
    round_half_away,
    to,
)
from ledger.values.errors import Refused, Rejected

PARTIES = ("acme", "bolt", "core", "dune", "echo", "fern")


def rule_of(name: RuleName) -> Rule:
    """The rule of a name; `to` names the second party."""
    return to(PARTIES[1]) if name is RuleName.TO else Rule(name)


RULES = [rule_of(name) for name in RuleName]
SETTLING = [rule for rule in RULES if rule.name in RULES_OF_TERMS]
#: The rules under which nobody's part is a whole unit or more from the exact share.
NEAR = [rule for rule in SETTLING if rule.name is not RuleName.TO]
#: The rules that treat a loss as the mirror of a gain.
MIRRORED = [rule for rule in RULES if rule.name is not RuleName.MONEYPHP]

AMOUNTS = st.integers(-(10**15), 10**15) | st.integers(-200, 200)
WEIGHTS = st.lists(st.fractions(0, 1000, max_denominator=999), min_size=2, max_size=6).filter(any)
STEPS = st.sampled_from([1, 5, 10, 100])
EXACT = st.dictionaries(
    st.sampled_from(PARTIES), st.fractions(-(10**9), 10**9, max_denominator=360), min_size=2, max_size=6
).filter(lambda exact: PARTIES[1] in exact)
CARRY = st.dictionaries(st.sampled_from(PARTIES), st.fractions(-2, 2, max_denominator=360), max_size=6)


#: Every rule gets its share of the examples.
laws = settings(max_examples=3 * settings().max_examples)


def divide(amount: int, weights: Sequence[Fraction], rule: Rule, step: int = 1) -> tuple[int, ...]:
    return apportion(amount, weights, rule, step=step, names=PARTIES[: len(weights)])


def thirds(*amounts: int) -> dict[str, Fraction]:
    return {party: Fraction(amount, 3) for party, amount in zip(PARTIES, amounts, strict=False)}


# --- laws of dividing by weights --------------------------------------------------------------------------


@laws
@given(rule=st.sampled_from(RULES), steps=AMOUNTS, weights=WEIGHTS, step=STEPS)
def test_the_parts_equal_the_whole(rule: Rule, steps: int, weights: list[Fraction], step: int) -> None:
    """Whatever the rule, not a unit is lost or made, and every part is whole steps."""
    parts = divide(steps * step, weights, rule, step)
    assert sum(parts) == steps * step
    assert all(part % step == 0 for part in parts)


@laws
@given(rule=st.sampled_from(NEAR), steps=AMOUNTS, weights=WEIGHTS, step=STEPS)
def test_a_part_is_within_one_step_of_the_exact_share(
    rule: Rule, steps: int, weights: list[Fraction], step: int
) -> None:
    """Rounding moves nobody by more than one step; by less than one where units go to fractions only."""
    total = sum(weights)
    for part, weight in zip(divide(steps * step, weights, rule, step), weights, strict=True):
        gap = abs(part - steps * step * weight / total)
        assert gap <= step
        assert gap < step or rule.name not in {RuleName.CARRIED, RuleName.LARGEST_FRACTION, RuleName.MONEYPHP}


@laws
@given(
    rule=st.sampled_from([rule for rule in RULES if rule.name is not RuleName.TO]),
    steps=AMOUNTS,
    weights=WEIGHTS.filter(lambda weights: len(weights) < 6),
    place=st.integers(0, 5),
)
def test_a_weight_of_zero_never_gets_a_unit(rule: Rule, steps: int, weights: list[Fraction], place: int) -> None:
    """Who has no share gets nothing, wherever it stands, and changes nothing for the others."""
    place = min(place, len(weights))
    parts = divide(steps, [*weights[:place], Fraction(0), *weights[place:]], rule)
    assert parts[place] == 0
    assert (*parts[:place], *parts[place + 1 :]) == divide(steps, weights, rule)


@laws
@given(rule=st.sampled_from(MIRRORED), steps=AMOUNTS, weights=WEIGHTS)
def test_a_loss_mirrors_a_gain(rule: Rule, steps: int, weights: list[Fraction]) -> None:
    """A loss is divided as the gain of the same size, with every sign turned."""
    assert divide(-steps, weights, rule) == tuple(-part for part in divide(steps, weights, rule))


@laws
@given(rule=st.sampled_from(RULES), steps=AMOUNTS, weights=WEIGHTS, scale=st.fractions(Fraction(1, 50), 50))
def test_only_the_ratio_of_the_weights_matters(
    rule: Rule, steps: int, weights: list[Fraction], scale: Fraction
) -> None:
    """60:40 and 3:2 and 60%:40% are one agreement."""
    assert divide(steps, [weight * scale for weight in weights], rule) == divide(steps, weights, rule)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_nothing_divides_into_nothing(rule: Rule) -> None:
    """No amount makes no parts, even where nobody has a weight."""
    separate = rule.name in {RuleName.FLOOR_SEPARATE, RuleName.BLOCK_SEPARATE}
    assert divide(0, [Fraction(0), Fraction(0)], rule) == (0, 0, 0)[: 3 if separate else 2]
    assert divide(0, [Fraction(1), Fraction(2)], rule) == (0, 0, 0)[: 3 if separate else 2]


def test_all_spare_units_can_go_to_one_party() -> None:
    """Under `to`, the named party takes what rounding leaves, in gains and in losses, with or without a share."""
    weights = [Fraction(1), Fraction(0), Fraction(1), Fraction(1)]
    assert apportion(101, weights, to("bolt"), names=PARTIES[:4]) == (33, 2, 33, 33)
    assert apportion(-101, weights, to("core"), names=PARTIES[:4]) == (-33, 0, -35, -33)


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "weights", "step", "why"),
    [
        (1, [], 1, "nobody to apportion to"),
        (0, [], 1, "nobody to apportion to"),
        (1, ["1", "-1/2"], 1, "a weight is negative"),
        (12, ["1", "1"], 5, "not whole steps of 5"),
        (12, ["1", "1"], 0, "a step of 0"),
        (12, ["1", "1"], -1, "a step of -1"),
    ],
)
def test_malformed_questions_are_rejected(amount: int, weights: list[str], step: int, why: str) -> None:
    """What cannot be divided is named, before anything is divided."""
    with pytest.raises(Rejected, match=why):
        apportion(amount, [Fraction(weight) for weight in weights], step=step)


def test_an_amount_needs_somebody_with_a_weight() -> None:
    """Money cannot be divided by weights that are all zero, such as capital before anybody has paid in."""
    with pytest.raises(Refused, match="every weight is zero"):
        apportion(1, [Fraction(0), Fraction(0)])


def test_the_named_party_must_be_there() -> None:
    """Spare units do not go to a party that is not part of the division."""
    with pytest.raises(Rejected, match="'zeta', who has no share"):
        apportion(100, [Fraction(1)] * 3, to("zeta"), names=PARTIES[:3])
    with pytest.raises(Rejected, match="'zeta', who has no share"):
        apportion_exact(thirds(100, 100, 100), {}, to("zeta"))


def test_whom_an_order_does_not_name_comes_last_by_name() -> None:
    """A party may have left, and still get capital back; naming others, or one twice, does no harm."""
    parts = apportion_exact(thirds(200, 200, 200), {}, Rule(RuleName.FIRST), order=("core", "zeta")).parts
    assert parts == {"acme": 67, "bolt": 66, "core": 67}
    longer = ("zeta", "core", "acme", "core", "bolt")
    parts = apportion_exact(thirds(100, 100, 100), {}, Rule(RuleName.FIRST), order=longer).parts
    assert parts == {"acme": 33, "bolt": 33, "core": 34}


@pytest.mark.parametrize(("name", "party"), [(RuleName.TO, None), (RuleName.CARRIED, "acme"), (RuleName.FIRST, "acme")])
def test_only_the_rule_to_names_a_party(name: RuleName, party: str | None) -> None:
    """`to` needs a party, and no other rule has one."""
    with pytest.raises(Rejected, match="does not fit party"):
        Rule(name, party)


def test_rules_read_as_they_are_written() -> None:
    """A rule shows as its name, with the party where there is one."""
    assert (str(CARRIED), str(to("acme"))) == ("carried", "to acme")


@pytest.mark.parametrize("name", [name for name in RuleName if name not in RULES_OF_TERMS])
def test_terms_cannot_name_a_rule_that_leaves_money_over(name: RuleName) -> None:
    """Settlement takes only rules that start from exact entitlements and give all of them to parties."""
    with pytest.raises(Rejected, match="divides by weights only"):
        apportion_exact(thirds(100, 100, 100), {}, Rule(name))


# --- laws of settling exact entitlements ------------------------------------------------------------------


@laws
@given(rule=st.sampled_from(SETTLING), exact=EXACT, carry=CARRY)
def test_entitlements_add_up_and_the_rest_is_carried(
    rule: Rule, exact: dict[str, Fraction], carry: dict[str, Fraction]
) -> None:
    """Parts equal the rounded sum; each party carries exactly what rounding took from it or gave it."""
    result = apportion_exact(exact, carry, rule)
    total = round_half_away(sum(exact.values(), Fraction(0)))
    assert sum(result.parts.values()) == total
    assert list(result.parts) == sorted(exact)
    assert list(result.carry) == sorted({*exact, *carry})
    for party, carried in result.carry.items():
        due = carry.get(party, Fraction(0)) + exact.get(party, Fraction(0))
        assert carried == due - result.parts.get(party, 0)
    assert sum(result.carry.values()) == sum(carry.values()) + sum(exact.values()) - total


@laws
@given(rule=st.sampled_from(NEAR), exact=EXACT, carry=CARRY)
def test_an_entitlement_moves_by_at_most_one_unit(
    rule: Rule, exact: dict[str, Fraction], carry: dict[str, Fraction]
) -> None:
    """Whatever has been carried, a period's part is its entitlement rounded up or down; zero stays zero."""
    for party, part in apportion_exact(exact, carry, rule).parts.items():
        assert abs(part - exact[party]) <= 1
        assert part == 0 or exact[party] != 0
        if rule.name in {RuleName.CARRIED, RuleName.LARGEST_FRACTION, RuleName.MONEYPHP}:
            assert abs(part - exact[party]) < 1


@laws
@given(rule=st.sampled_from(SETTLING), exact=EXACT, carry=CARRY, chance=st.randoms(use_true_random=False))
def test_the_order_of_the_parties_in_a_mapping_never_matters(
    rule: Rule, exact: dict[str, Fraction], carry: dict[str, Fraction], chance: Random
) -> None:
    """Two machines that read the same book in another order pay the same."""

    def shuffled(mapping: Mapping[str, Fraction]) -> dict[str, Fraction]:
        items = list(mapping.items())
        chance.shuffle(items)
        return dict(items)

    once = apportion_exact(exact, carry, rule, exact)
    again = apportion_exact(shuffled(exact), shuffled(carry), rule, shuffled(exact))
    assert list(once.parts.items()) == list(again.parts.items())
    assert list(once.carry.items()) == list(again.carry.items())


@laws
@given(rule=st.sampled_from([rule for rule in SETTLING if rule in MIRRORED]), exact=EXACT, carry=CARRY)
def test_swapping_gain_and_loss_swaps_the_signs(
    rule: Rule, exact: dict[str, Fraction], carry: dict[str, Fraction]
) -> None:
    """Seen from the other side, every part and every carry is the same with its sign turned."""

    def turned(mapping: Mapping[str, Fraction]) -> dict[str, Fraction]:
        return {party: -value for party, value in mapping.items()}

    result, mirror = apportion_exact(exact, carry, rule), apportion_exact(turned(exact), turned(carry), rule)
    assert mirror == Apportioned({party: -part for party, part in result.parts.items()}, turned(result.carry))


@given(steps=AMOUNTS, weights=WEIGHTS)
def test_weights_and_entitlements_agree(steps: int, weights: list[Fraction]) -> None:
    """To divide an amount by weights, and to settle the entitlements that those weights yield, is one thing."""
    named = dict(zip(PARTIES, weights, strict=False))
    exact = {party: steps * weight / sum(weights) for party, weight in named.items()}
    for rule in (CARRIED, *(Rule(name) for name in (RuleName.FIRST, RuleName.LAST, RuleName.LARGEST_FRACTION))):
        parts = apportion_exact(exact, {}, rule, named, PARTIES).parts
        assert tuple(parts.values()) == divide(steps, weights, rule)


# --- the carried rule -------------------------------------------------------------------------------------


def test_who_was_short_is_served_first() -> None:
    """Three equal parties and 1.00 a month: the spare cent goes round, and after three months all are even."""
    carry: dict[str, Fraction] = {}
    months = []
    for _ in range(3):
        result = apportion_exact(thirds(100, 100, 100), carry)
        months.append(tuple(result.parts.values()))
        carry = result.carry
    assert months == [(34, 33, 33), (33, 34, 33), (33, 33, 34)]
    assert set(carry.values()) == {0}


def test_ties_go_to_the_larger_weight_then_by_name() -> None:
    """Of equal claims to the spare unit, the larger share has the better one; then the name decides."""
    halves = {"zeta": Fraction(7, 2), "acme": Fraction(3, 2)}
    assert apportion_exact(halves, {}).parts == {"acme": 1, "zeta": 4}
    assert apportion_exact(halves, {}, weights={"acme": Fraction(2), "zeta": Fraction(1)}).parts == {
        "acme": 2,
        "zeta": 3,
    }
    equal = {"zeta": Fraction(1, 2), "acme": Fraction(1, 2)}
    assert apportion_exact(equal, {}).parts == {"acme": 1, "zeta": 0}


def test_other_rules_take_the_parties_as_the_terms_name_them() -> None:
    """First and last are those of the terms, whatever the alphabet says."""
    order = ("core", "acme", "bolt")
    shares = thirds(100, 100, 100)
    assert apportion_exact(shares, {}, Rule(RuleName.FIRST), order=order).parts == {"acme": 33, "bolt": 33, "core": 34}
    assert apportion_exact(shares, {}, Rule(RuleName.LAST), order=order).parts == {"acme": 33, "bolt": 34, "core": 33}
    assert apportion_exact(shares, {}, Rule(RuleName.FIRST)).parts == {"acme": 34, "bolt": 33, "core": 33}


def test_a_sum_with_a_fraction_is_rounded_half_away_from_zero() -> None:
    """Where the entitlements do not make a whole, their sum is rounded, and each carries its part of that."""
    result = apportion_exact({"acme": Fraction(5, 4), "bolt": Fraction(5, 4)}, {})
    assert result == Apportioned({"acme": 2, "bolt": 1}, {"acme": Fraction(-3, 4), "bolt": Fraction(1, 4)})
    assert sum(apportion_exact({"acme": Fraction(-5, 4), "bolt": Fraction(-5, 4)}, {}).parts.values()) == -3
    assert apportion_exact({"acme": Fraction(1, 3)}, {}).parts == {"acme": 0}


def test_claims_and_debts_are_apportioned_together() -> None:
    """What one party owes the others is whole too, the signs cancel, and each side sees the same."""
    exact = {"acme": Fraction(200, 3), "bolt": Fraction(-100, 3), "core": Fraction(-100, 3)}
    assert apportion_exact(exact, {}).parts == {"acme": 67, "bolt": -33, "core": -34}
    assert apportion_exact({party: -value for party, value in exact.items()}, {}).parts == {
        "acme": -67,
        "bolt": 33,
        "core": 34,
    }


def test_who_takes_no_part_in_a_period_keeps_its_carry() -> None:
    """A party without a share this month gets nothing and loses nothing of what it carries."""
    result = apportion_exact({"acme": Fraction(1, 2), "bolt": Fraction(1, 2)}, {"core": Fraction(2, 3)})
    assert result.carry == {"acme": Fraction(-1, 2), "bolt": Fraction(1, 2), "core": Fraction(2, 3)}
    assert apportion_exact({}, {"core": Fraction(2, 3)}) == Apportioned({}, {"core": Fraction(2, 3)})


@given(
    weights=st.lists(st.integers(1, 1000), min_size=2, max_size=6),
    scale=st.sampled_from([3, 50, 10_000, 10**8]),
    losses=st.booleans(),
    chance=st.randoms(use_true_random=False),
)
def test_nobody_drifts_two_units_over_a_lifetime(weights: list[int], scale: int, losses: bool, chance: Random) -> None:
    """After each of 300 periods every party has been paid its exact due to within two minor units."""
    total = sum(weights)
    named = dict(zip(PARTIES, map(Fraction, weights), strict=False))
    due, paid = dict.fromkeys(named, Fraction(0)), dict.fromkeys(named, 0)
    carry: Mapping[str, Fraction] = {}
    for _ in range(300):
        amount = chance.randint(-scale if losses else 0, scale)
        exact = {party: Fraction(amount) * weight / total for party, weight in named.items()}
        result = apportion_exact(exact, carry, CARRIED, named)
        carry = result.carry
        for party in named:
            due[party] += exact[party]
            paid[party] += result.parts[party]
            assert abs(due[party] - paid[party]) < 2
    assert carry == {party: due[party] - paid[party] for party in named}


def test_the_first_in_order_would_drift() -> None:
    """What the carried rule is for: with the first in order favoured, 300 months of 1.00 cost the last one 1.00."""
    carry: dict[str, Fraction] = {}
    for _ in range(300):
        carry = apportion_exact(thirds(100, 100, 100), carry, Rule(RuleName.FIRST)).carry
    assert carry == {"acme": -200, "bolt": 100, "core": 100}


@pytest.mark.parametrize(
    ("value", "whole"),
    [("0", 0), ("1/2", 1), ("-1/2", -1), ("5/2", 3), ("-5/2", -3), ("49/100", 0), ("-49/100", 0), ("7", 7), ("-7", -7)],
)
def test_a_half_is_rounded_away_from_zero(value: str, whole: int) -> None:
    """As invoices round: 2.5 is 3, and -2.5 is -3."""
    assert round_half_away(Fraction(value)) == whole

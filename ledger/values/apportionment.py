"""Whole minor units out of exact shares: the parts equal the whole, and nobody loses over the years.

A share is exact (a third of 100.00 is a third of 100.00), a payment is in whole minor units. To *apportion* is
to go from one to the other once, where a party's share is posted: every part is rounded down, and the units
that are left over, the *spare units*, go to somebody. The `Rule` says to whom. The default, `carried`, remembers
what rounding has cost each party so far (its *shortfall*) and favours who is owed most, so that a party's total
over its life stays within two minor units of its exact due; every other rule here is one that other systems
use, and does not. That holds where the shares add up to whole units; where they do not, their sum is rounded by
itself, and what that adds or takes is not looked at by later periods.

`apportion` divides an amount by weights. `apportion_exact` is what settlement calls: it starts from each
party's exact entitlement, and keeps the shortfall.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from itertools import islice, repeat
from math import gcd, lcm
from typing import Final

import msgspec

from ledger.values.errors import Refused, Rejected


class RuleName(StrEnum):
    """The published ways to place the spare units."""

    CARRIED = "carried"
    """To the largest fraction plus carried shortfall, then the larger weight, then the party's name."""
    LARGEST_FRACTION = "largest_fraction"
    """To the largest fractions, ties in order (Hamilton; brick/money, Shopify `nearest`)."""
    FIRST = "first"
    """To the first parties in order, one each (numscript, brick/money, Shopify `roundrobin`)."""
    LAST = "last"
    """To the last parties in order, one each (Shopify `roundrobin_reverse`)."""
    TO = "to"
    """All of them to one party named in the terms."""
    LARGEST_RATIO = "largest_ratio"
    """To the largest weights, one each, ties in order (dinero.js, brick/money)."""
    MONEYPHP = "moneyphp"
    """To the largest fractions after rounding toward minus infinity, so that a loss is no mirror of a gain."""
    CASCADE = "cascade"
    """From the last party to the first, each its share of what is still there, rounded down (RubyMoney)."""
    FLOOR_SEPARATE = "floor_separate"
    """To nobody: they are one more part at the end (brick/money)."""
    BLOCK_SEPARATE = "block_separate"
    """Only whole multiples of the weights are given out; what is left is one more part (brick/money)."""


class Rule(msgspec.Struct, frozen=True):
    """A remainder rule: who gets the spare units. `party` is named by the rule `to`, and by no other."""

    name: RuleName
    party: str | None = None

    def __post_init__(self) -> None:
        if (self.name is RuleName.TO) != (self.party is not None):
            raise Rejected(
                f"the remainder rule {self.name} does not fit party {self.party!r}", "name a party with `to`"
            )

    def __str__(self) -> str:
        return f"{self.name} {self.party}" if self.party else str(self.name)


CARRIED: Final = Rule(RuleName.CARRIED)

#: The rules that terms may name: those under which spare units go to parties, whatever the shares come from.
RULES_OF_TERMS: Final = (
    RuleName.CARRIED,
    RuleName.LARGEST_FRACTION,
    RuleName.FIRST,
    RuleName.LAST,
    RuleName.TO,
    RuleName.LARGEST_RATIO,
    RuleName.MONEYPHP,
)


def to(party: str) -> Rule:
    """The rule that gives all spare units to one party."""
    return Rule(RuleName.TO, party)


class Apportioned(msgspec.Struct, frozen=True):
    """What came of apportioning: whole minor units per party, and the shortfall that each carries on.

    Both are ordered by party. A positive carry is what rounding still owes the party, in minor units.
    """

    parts: dict[str, int]
    carry: dict[str, Fraction]


def apportion(
    amount_minor: int,
    weights: Sequence[Fraction],
    rule: Rule = CARRIED,
    *,
    step: int = 1,
    names: Sequence[str] = (),
) -> tuple[int, ...]:
    """An amount in whole minor units, divided by weights: one part per weight, in their order.

    `step` hands the units out in steps of so many (5 for cash in CHF); `names` are the parties of the weights,
    which the rule `to` looks up. `floor_separate` and `block_separate` return one part more, the undistributed
    rest. A weight of zero gets nothing, unless its party is the one that `to` names.

    Raises `Rejected` when the amount is not whole steps, a weight is negative or the named party is not there;
    `Refused` when there is something to divide and all weights are zero.

    Source: cases RG, NS, MP, BR, RB, SH, DN and HZ in `tests/cases/apportionment.yaml`.
    """
    steps = _steps(amount_minor, step)
    total = _total(steps, weights)
    if total == 0:
        return (0,) * (len(weights) + _extra_parts(rule))
    # Money owed mirrors money due: divide the absolute amount, give the sign back (moneyphp does not).
    mirror = -1 if steps < 0 and rule.name is not RuleName.MONEYPHP else 1
    parts = _divide(mirror * steps, [weight / total for weight in weights], rule, names)
    return tuple(mirror * step * part for part in parts)


def apportion_exact(
    exact: Mapping[str, Fraction],
    carry: Mapping[str, Fraction],
    rule: Rule = CARRIED,
    weights: Mapping[str, Fraction] | None = None,
    order: Sequence[str] | None = None,
) -> Apportioned:
    """Whole minor units for every party's exact entitlement, and the shortfall that is carried on.

    The entitlements are in minor units, of either sign. The parts add up to their sum; where that is itself a
    fraction of a minor unit, to the sum rounded half away from zero. Under the rule `carried` the spare units go
    to the parties with a fraction, the largest fraction plus carried shortfall first, then the larger weight
    (by default the larger entitlement), then the party's name. Other rules take the parties in the `order` that
    the terms name them (by default by name) and do not look at the carry, which is kept all the same.

    A party whose entitlement is zero gets nothing (unless `to` names it), and its carry stays. Swapping gain
    and loss swaps every sign and nothing else. The order of the mappings never matters.

    Raises `Rejected` for a rule that is not one of `RULES_OF_TERMS`, that names a party who is not there, or
    whose order leaves a party out.
    """
    if rule.name not in RULES_OF_TERMS:
        raise Rejected(f"the remainder rule {rule.name} divides by weights only", "use one of those that terms name")
    parties = _in_order(exact, None if rule.name is RuleName.CARRIED else order)
    values = [exact[party] for party in parties]
    mirror = _mirror(values) if rule.name is not RuleName.MONEYPHP else 1
    sizes = [abs(exact[party]) if weights is None else weights.get(party, Fraction(0)) for party in parties]
    shares = _Shares(
        exact=[mirror * value for value in values],
        weights=sizes,
        shortfall=[mirror * carry.get(party, Fraction(0)) for party in parties],
        names=parties,
    )
    units = [mirror * part for part in _hand_out(mirror * round_half_away(sum(values, Fraction(0))), shares, rule)]
    parts = dict(sorted(zip(parties, units, strict=True)))
    carried = {
        party: carry.get(party, Fraction(0)) + exact.get(party, Fraction(0)) - parts.get(party, 0)
        for party in sorted({*exact, *carry})
    }
    return Apportioned(parts, carried)


def round_half_away(value: Fraction) -> int:
    """The nearest whole number; a half goes away from zero, as invoices round."""
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


# --- floors and spare units -------------------------------------------------------------------------------


class _Shares(msgspec.Struct, frozen=True):
    """Exact shares in the order in which a rule looks at them."""

    exact: Sequence[Fraction]
    weights: Sequence[Fraction]
    shortfall: Sequence[Fraction]
    names: Sequence[str]


def _hand_out(total: int, shares: _Shares, rule: Rule) -> list[int]:
    """Every share rounded down, and the spare units placed by the rule.

    There is always somebody to place them with. Let F be the sum of the fractions and k the number of shares
    that have one. Then spare = total - (sum - F), where the total is the sum of the shares or differs from it by
    at most a half, so F - 1/2 <= spare <= F + 1/2. With k = 0 the sum is whole and spare is 0; else 0 < F < k,
    and as spare is whole, 0 <= spare <= k: never more units than shares with a fraction, nor a negative number.
    """
    parts = [share.numerator // share.denominator for share in shares.exact]
    for index in islice(_priority(shares, parts, rule), total - sum(parts)):
        parts[index] += 1
    return parts


def _priority(shares: _Shares, floors: Sequence[int], rule: Rule) -> Iterable[int]:
    """The indices of the shares, in the order in which the rule gives each a spare unit."""
    fractions = [share - floor for share, floor in zip(shares.exact, floors, strict=True)]
    partial = [index for index, fraction in enumerate(fractions) if fraction]
    taking = [index for index, share in enumerate(shares.exact) if share]
    match rule.name:
        case RuleName.CARRIED:
            owed = [fraction + short for fraction, short in zip(fractions, shares.shortfall, strict=True)]
            return sorted(partial, key=lambda index: (-owed[index], -shares.weights[index]))
        case RuleName.LARGEST_FRACTION | RuleName.MONEYPHP:
            return sorted(partial, key=lambda index: -fractions[index])
        case RuleName.FIRST:
            return taking
        case RuleName.LAST:
            return reversed(taking)
        case RuleName.LARGEST_RATIO:
            return sorted(taking, key=lambda index: -shares.weights[index])
        case RuleName.TO:
            return repeat(_index(shares.names, rule))
        case RuleName.CASCADE | RuleName.FLOOR_SEPARATE | RuleName.BLOCK_SEPARATE:
            return ()  # these place no spare units: _divide has its own way for each


def _mirror(values: Sequence[Fraction]) -> int:
    """-1 where the whole is negative, or, when it is nothing, where the first of its parts is; else 1."""
    leading = sum(values, Fraction(0)) or next((value for value in values if value), Fraction(0))
    return -1 if leading < 0 else 1


def _in_order(exact: Mapping[str, Fraction], order: Sequence[str] | None) -> list[str]:
    """The parties in the order that is named; those that it does not name (they left, say) after them, by name."""
    named = [party for party in dict.fromkeys(order or ()) if party in exact]
    return named + sorted(exact.keys() - set(named))


def _index(names: Sequence[str], rule: Rule) -> int:
    assert rule.party is not None
    if rule.party not in names:
        raise Rejected(f"the remainder goes to {rule.party!r}, who has no share", "name one of the parties")
    return list(names).index(rule.party)


# --- dividing by weights ----------------------------------------------------------------------------------


def _divide(steps: int, weights: Sequence[Fraction], rule: Rule, names: Sequence[str]) -> list[int]:
    """Whole steps by weights that add up to one; not negative, but for moneyphp."""
    match rule.name:
        case RuleName.CASCADE:
            return _cascade(steps, weights)
        case RuleName.BLOCK_SEPARATE:
            block = _smallest_block(weights)
            parts = [steps // sum(block) * times for times in block]
            return [*parts, steps - sum(parts)]
        case RuleName.FLOOR_SEPARATE:
            parts = [int(steps * weight) for weight in weights]
            return [*parts, steps - sum(parts)]
        case _:
            exact = [steps * weight for weight in weights]
            return _hand_out(steps, _Shares(exact, weights, [Fraction(0)] * len(exact), names), rule)


def _cascade(steps: int, weights: Sequence[Fraction]) -> list[int]:
    parts: list[int] = []
    rest, ahead = steps, sum(weights, Fraction(0))
    for weight in reversed(weights):
        part = int(rest * weight / ahead) if ahead else 0
        parts.append(part)
        rest, ahead = rest - part, ahead - weight
    return parts[::-1]


def _smallest_block(weights: Sequence[Fraction]) -> list[int]:
    """The smallest whole numbers in the ratio of the weights: 30:20:40 is 3:2:4."""
    common = lcm(*(weight.denominator for weight in weights))
    whole = [int(weight * common) for weight in weights]
    return [times // gcd(*whole) for times in whole]


def _extra_parts(rule: Rule) -> int:
    return 1 if rule.name in (RuleName.FLOOR_SEPARATE, RuleName.BLOCK_SEPARATE) else 0


def _steps(amount_minor: int, step: int) -> int:
    if step < 1:
        raise Rejected(f"a step of {step} minor units is none", "use 1, or the smallest coin, such as 5")
    steps, left = divmod(amount_minor, step)
    if left:
        raise Rejected(
            f"{amount_minor} minor units are not whole steps of {step}", "round the amount to the step first"
        )
    return steps


def _total(steps: int, weights: Sequence[Fraction]) -> Fraction:
    if not weights:
        raise Rejected("there is nobody to apportion to", "give at least one weight")
    if any(weight < 0 for weight in weights):
        raise Rejected(f"a weight is negative: {', '.join(map(str, weights))}", "weights are zero or more")
    total = sum(weights, Fraction(0))
    if steps and not total:
        raise Refused("there is nothing to apportion by: every weight is zero", "give a party a weight")
    return total

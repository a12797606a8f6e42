"""Retention: the part of a party's share that stays in the venture and becomes its capital.

retain: {dee: 100%}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from ledger.terms.context import PerParty
from ledger.terms.problems import Found, Problem
from ledger.values.figures import Figure, Op, add, derive, multiply, negate, term
from ledger.values.money import format_rate

RETAINED_LINE = "capital.retained"


def retained(shares: PerParty, rates: Mapping[str, Fraction]) -> PerParty:
    """What of each posted share becomes capital, in whole minor units. Of a share below zero it is below zero, too."""
    found = {}
    for party in sorted(rates.keys() & shares.keys()):
        clause = clause_of(party)
        rate = term(rates[party], "", f"part that {party} leaves in", clause)
        exact = multiply((rate, shares[party]), f"part of the share of {party} that becomes capital", clause)
        found[party] = derive(Op.ROUND, (exact,), "retained, in whole minor units", clause)
    return found


def off_the_account(party: str, kept: Figure) -> Figure:
    """The row of the current account: what became capital is not owed to the party any more."""
    return negate(kept, "retained as capital", clause_of(party), f"{party}/retained")


def on_the_stake(party: str, kept: Figure) -> Figure:
    """The row of the capital account."""
    return add((kept,), "share retained", clause_of(party), f"{party}/{RETAINED_LINE}")


def clause_of(party: str) -> str:
    """The address of the clause for a party."""
    return f"retain.{party}"


def retention_reading(rates: Mapping[str, Fraction]) -> list[tuple[str, str]]:
    """The clause as sentences: (clause, sentence)."""
    return [
        (clause_of(party), f"{format_rate(rate)} of each share of {party} becomes its capital, of a loss as of a gain.")
        for party, rate in rates.items()
    ]


def retention_problems(rates: Mapping[str, Fraction]) -> Iterator[Found]:
    """Parts that are more than the share."""
    for party, rate in rates.items():
        if rate > 1:
            said = f"{format_rate(rate)} is more than the share"
            yield ("retain", party), Problem(said, "retain at most 100%")

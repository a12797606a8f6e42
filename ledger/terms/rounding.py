"""Who gets the minor units that are left when exact shares are rounded down: the remainder rule of the terms."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ledger.terms.problems import Found, Problem
from ledger.values.apportionment import RuleName
from ledger.values.figures import Rounding


def rounding_problems(rounding: Rounding, parties: Collection[str]) -> Iterator[Found]:
    """An order that leaves out a party, or names one twice."""
    order = rounding.order
    if order and (len(order) != len(set(order)) or not set(parties) <= set(order)):
        hint = f"the parties are {', '.join(parties)}"
        yield ("rounding",), Problem("the order must name every party, once", hint)


def rounding_parties(rounding: Rounding) -> Iterator[tuple[tuple[str, ...], str]]:
    """The parties that the rule names, with their paths."""
    for party in (*rounding.order, *((rounding.rule.party,) if rounding.rule.party else ())):
        yield ("rounding",), party


def rounding_reading(rounding: Rounding) -> str:
    """The rule as a sentence."""
    match rounding.rule.name:
        case RuleName.CARRIED:
            return "Shares are rounded down; the units left over go to whom rounding owes most so far."
        case RuleName.TO:
            return f"Shares are rounded down; the units left over go to {rounding.rule.party}."
        case name:
            order = f", in the order {', '.join(rounding.order)}" if rounding.order else ""
            return f"Shares are rounded by the rule `{name.value.replace('_', ' ')}`{order}."

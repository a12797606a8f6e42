"""The auditor's way to find the number that counts of a metric that several parties report.

Like `tests.auditor`, which it belongs to, it shares no code with the ledger.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.auditor_shares import rate_of, round_off

Plain = dict[str, Any]


def that_count(terms: Plain, facts: list[Plain]) -> list[Plain]:
    """The facts of a period, with those results left out (or averaged) that do not count."""
    for metric, clause in terms.get("authority", {}).items():
        for side in ("amount", "quantity"):
            about = [fact for fact in facts if fact["kind"] == "result" and fact["name"] == metric]
            about = [fact for fact in about if bool(fact["quantity"]) == (side == "quantity")]
            others = [fact for fact in facts if all(fact is not each for each in about)]
            facts = [*others, *choose(clause, about, side)]
    return facts


def choose(clause: Plain, about: list[Plain], side: str) -> list[Plain]:
    """The reports that count, of all reports of money or of units."""
    by: dict[str, list[Plain]] = {}
    for fact in about:
        by.setdefault(fact["by"], []).append(fact)
    sums = {who: sum(fact[side] for fact in told) for who, told in by.items()}
    if side == "quantity":
        sums = {who: value for who, value in sums.items() if value}
    if not set(sums) - {clause["party"]}:
        return about
    rule = clause.get("beyond", "the party's own") if apart(clause, sums) else "the party's own"
    own = clause["party"] if clause["party"] in sums else min(sums)
    match rule:
        case "average":
            return averaged(by, sums, side)
        case "lower":
            return by[min(sums, key=lambda who: (sums[who], who != own, who))]
        case "higher":
            return by[min(sums, key=lambda who: (-sums[who], who != own, who))]
        case _:
            return by[own]


def apart(clause: Plain, sums: dict[str, int]) -> bool:
    """Whether the numbers lie further apart than is tolerated; without the party's own, whether they differ."""
    if clause["party"] not in sums:
        return len(set(sums.values())) > 1
    own = sums[clause["party"]]
    if "tolerance" not in clause:
        return False
    return any(abs(value - own) > rate_of(clause["tolerance"]) * abs(own) for value in sums.values())


def averaged(by: dict[str, list[Plain]], sums: dict[str, int], side: str) -> list[Plain]:
    """What each holder has on average of all reports: whole minor units of money, exact units."""
    held: dict[str, Fraction] = {}
    for who in sums:
        for fact in by[who]:
            held[fact["party"]] = held.get(fact["party"], Fraction(0)) + Fraction(fact[side], len(sums))
    whole: dict[str, Any] = round_off(held, {}, "largest fraction", []) if side == "amount" else held
    first = by[next(iter(sums))][0]
    return [{**first, "party": party, side: value} for party, value in whole.items()]

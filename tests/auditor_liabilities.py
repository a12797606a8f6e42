"""The auditor's way to find what of liabilities the pool bears.

Like `tests.auditor`, which it belongs to, it shares no code with the ledger.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.auditor_shares import round_off

Plain = dict[str, Any]


def borne(terms: Plain, versions: list[Plain], facts: list[Plain], left: dict[str, int]) -> tuple[int, dict[str, int]]:
    """What a period charges to the pool, and what of settlements it gives back to whom.

    `left` is what the pool bears of each category that not all versions of the terms share, and is kept up here.
    """
    mine = set(terms["pool"].get("less liabilities", []))
    always = [set(each["pool"].get("less liabilities", [])) for each in versions]
    charged, back = 0, dict[str, int]()
    for category in sorted(set.union(*always)):
        new = sum(f["amount"] for f in facts if f["kind"] == "liability" and f["name"] == category)
        released = sum(f["amount"] for f in facts if f["kind"] == "released" and f["name"] == category)
        paid: dict[str, int] = {}
        for fact in facts:
            if fact["kind"] == "settled" and fact["name"] == category:
                paid[fact["party"]] = paid.get(fact["party"], 0) + fact["amount"]
        if not all(category in each for each in always):
            new = new if category in mine else 0
            limit, asked = left.get(category, 0) + new, sum(paid.values())
            if asked > limit:
                cut = {party: Fraction(amount * limit, asked) for party, amount in paid.items()}
                paid = round_off(cut, {}, "largest fraction", []) if limit else {}
            released = min(released, limit - sum(paid.values()))
            left[category] = limit - sum(paid.values()) - released
        charged += new - released
        back = {party: back.get(party, 0) + paid.get(party, 0) for party in {*back, *paid}}
    return charged, {party: amount for party, amount in back.items() if amount}

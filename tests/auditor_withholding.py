"""The auditor's way to guarantee a share over time, to hold a part of it back, and to recoup advances out of it.

Like `tests.auditor`, which it belongs to, it shares no code with the ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

Plain = dict[str, Any]

# --- guarantees -------------------------------------------------------------------------------------------


def missing(party: str, clause: Plain, share: Fraction, seen: Plain, scale: int) -> Fraction:
    """What a guarantee adds to a share in a period (or takes back), with all that came before on a list of the party.

    `seen["guaranteed"]` goes from party to (what its clause was about, year, share, part of the amount) by period, as
    long as the clause stands.
    """
    kind = "instalments" if "instalments" in clause else clause.get("over", "period")
    if kind == "period":
        return max(Fraction(0), int(clause["at least"]) * scale - share)
    amount = Fraction(int(clause.get("at least", 0)) * scale)
    past = [*seen["guaranteed"].get(party, []), (kind, seen["year"], share, amount / seen["periods in year"])]
    seen["still guaranteed"][party] = past
    of_life: list[Any] = lasting(past, lambda each: each[0] != "year")
    if kind == "instalments":
        due = sum(int(minor) * scale for key, minor in clause["instalments"].items() if key <= seen["key"])
        ahead = max(Fraction(0), due - sum((each[2] for each in of_life), Fraction(0)))
        seen["still ahead"][party] = ahead
        before: Fraction = seen["ahead"].get(party, Fraction(0))
        return Fraction(ahead - before)
    if kind == "life":
        return (
            max(Fraction(0), amount - sum((each[2] for each in of_life), Fraction(0))) if seen["final"] else Fraction(0)
        )
    if not seen["final"] and not seen["year ends"]:
        return Fraction(0)
    year = lasting(past, lambda each: each[:2] == ("year", seen["year"]))
    return max(Fraction(0), sum((each[3] - each[2] for each in year), Fraction(0)))


def lasting(past: list[Any], holds: Callable[[Any], bool]) -> list[Any]:
    """The last of a list, as far back as something holds of all of them."""
    found = []
    for each in reversed(past):
        if not holds(each):
            break
        found.append(each)
    return found

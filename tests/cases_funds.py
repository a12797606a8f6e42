"""What computes the published examples about funds: each becomes terms, contributions and proceeds, and its figures.

A preferred return that the source gives as an amount is one year's at the rate that makes this amount of the capital; a
hurdle's capital is there from the year before, so that it is opening capital.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from ledger.book.movements import Kind, Movement
from ledger.settlement.settle import Settlement
from ledger.values.figures import Figure
from ledger.values.periods import parse_period
from tests.settling import settled_from, terms_of

Inputs = dict[str, Any]

PARTIES = {"lp": {"name": "The investors"}, "gp": {"name": "The manager"}}


def waterfall(inputs: Inputs) -> dict[str, Any]:
    """Capital, preferred return, catch-up where there is one, and the split; all in one year."""
    rate = f"{Fraction(inputs['pref'], inputs['capital'])}"
    carry = Fraction(inputs["carry"])
    catch_up = {"to": "gp", "rate": f"{Fraction(inputs['catchup'])}", "until": inputs["carry"], "rest": "lp"}
    shares: list[Inputs] = [
        {"return of capital": {}},
        {"preferred return": {"rate": rate, "days": "30/360", "compound": "never", "unpaid": "carried"}},
        *([{"catch-up": catch_up}] if inputs["catchup"] else []),
        {"split": {"lp": f"{1 - carry}", "gp": f"{carry}"}},
    ]
    paid_in = moved("2026-01-01", Kind.CONTRIBUTION, "", "lp", inputs["capital"])
    proceeds = moved("2026-12-31", Kind.RESULT, "proceeds", "gp", inputs["proceeds"])
    settlement = fund(shares, [paid_in, proceeds], "2026")
    lines = settlement.shared.lines
    tiers = {"capital": lines[0]["lp"], "pref": lines[1]["lp"]}
    tiers |= {f"split_{party}": lines[-1][party] for party in PARTIES}
    if inputs["catchup"]:
        tiers["catchup_gp"] = lines[2]["gp"]
    shares_of = {party: major(share) for party, share in settlement.shares.items()}
    return {**shares_of, "tiers": {name: major(figure) for name, figure in tiers.items()}}


def hurdle(inputs: Inputs) -> dict[str, Any]:
    """A year's gain on the capital that was there when it began, with a hard and with a soft hurdle."""
    found = {}
    for mode in ("hard", "soft"):
        clause = {"rate": inputs["hurdle"], "on": "opening capital", "days": "30/360", "mode": mode}
        carried = {"to": "gp", "rate": inputs["fee"], "of": "pool", "hurdle": clause}
        paid_in = moved("2026-06-30", Kind.CONTRIBUTION, "", "lp", inputs["base"])
        gain = moved("2027-12-31", Kind.RESULT, "proceeds", "gp", inputs["gain"])
        settlement = fund([{"carried interest": carried}, {"split": "lp"}], [paid_in, gain], "2027")
        found[mode] = major(settlement.shares["gp"])
    return found


def clawback(inputs: Inputs) -> dict[str, Any]:
    """Deals one after the other, then a look at all of them as one."""
    carry = Fraction(inputs["carry"])
    names = [f"deal-{number}" for number in range(1, len(inputs["deals"]) + 1)]
    inner: list[Inputs] = [{"return of capital": {}}, {"split": {"lp": f"{1 - carry}", "gp": f"{carry}"}}]
    back = {"from": "gp", "to": "lp", "keeps": inputs["carry"], "when": "every period"}
    moves = []
    for year, (name, (capital, proceeds)) in enumerate(zip(names, inputs["deals"], strict=True), 2027):
        moves.append(moved("2026-01-01", Kind.CONTRIBUTION, name, "lp", capital))
        moves.append(moved(f"{year}-06-30", Kind.RESULT, name, "gp", proceeds))
    shares: list[Inputs] = [{"each deal": {"deals": names, "shares": inner, "clawback": back}}, {"split": "lp"}]
    settlement = fund(shares, moves, f"{2026 + len(names)}", results=names)
    after = {name.removeprefix("carry/each-deal."): figure for name, figure in settlement.forward.items()}
    profit = major(after["distributed"]) - major(after["whole.contributed.lp"])
    return {
        "carry_paid_deal_by_deal": major(after["carry.gp"]),
        "total_profit": profit,
        "gp_share_of_profit": major(after["carry.gp"]) / profit,
        "entitled_whole_fund": major(after["whole.carry.gp"]),
        "clawback": major(after["clawed-back"]),
    }


def fund(
    shares: Iterable[Inputs], moves: Iterable[Movement], upto: str, results: Iterable[str] = ("proceeds",)
) -> Settlement:
    """The settlement of a year of a fund of these steps, after all that moved."""
    clauses: Mapping[str, Any] = {
        "parties": PARTIES,
        "periods": {"every": "year", "from": "2026-01-01"},
        "pool": {"results": list(results)},
        "shares": list(shares),
        "losses": "as profits",
    }
    return settled_from(terms_of(**clauses), moves, parse_period(upto))[-1]


def moved(day: str, kind: Kind, name: str, party: str, amount: int) -> Movement:
    """So much, in major units, on a day."""
    return Movement(date.fromisoformat(day), kind, name, party, amount * 100, 0, "E-1", currency="EUR")


def major(figure: Figure) -> Fraction:
    """The value in major units."""
    return figure.value / 100


CALCS: dict[str, Callable[[Inputs], dict[str, Any]]] = {"waterfall": waterfall, "hurdle": hurdle, "clawback": clawback}

"""The auditor's way to what partners take for their work and capital: day by day, from balances as they were.

Like `tests.auditor`, which it belongs to, it shares no code with the ledger. What it knows of capital in a period
(`capital_in`) are the days of the agreement, what each party had before, and what moved on which day.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Plain = dict[str, Any]

#: Steps that may take below nothing from a party: that is owed, and never cut.


def capital_in(facts: list[Plain], days: list[str], memory: Plain) -> Plain:
    """What is known of capital in a period; `memory` has what was held and contributed before."""
    moves = [(fact["day"], fact["party"], fact["amount"]) for fact in facts if fact["kind"] == "contribution"]
    paid_in = dict(memory["contributed"])
    for _, party, amount in moves:
        paid_in[party] = paid_in.get(party, 0) + amount
    drawn = [(fact["day"], fact["party"], fact["amount"]) for fact in facts if fact["kind"] == "withdrawal"]
    moves += [(day, party, -amount) for day, party, amount in drawn]
    return {"days": days, "held": dict(memory["held"]), "moves": moves, "contributed": paid_in, "drawn": drawn}


def retained(rates: dict[str, Fraction], shares: dict[str, int]) -> dict[str, int]:
    """What of each share becomes capital: the nearest whole unit, half away from nothing."""
    found = {}
    for party, rate in rates.items():
        if party not in shares:
            continue
        exact = rate * shares[party]
        found[party] = (1 if exact > 0 else -1) * int(abs(exact) + Fraction(1, 2))
    return found


def take(word: str, clause: Plain, rate: Fraction, base: Fraction, cap: Any, known: Plain) -> dict[str, Fraction]:
    """What a step takes; `rate`, `base` and `cap` are those that it names, `known` has capital and calendar."""
    capital, scale = known["capital"], known["scale"]
    match word:
        case "salary":
            parts = 1 if clause["per"] == "period" else known["periods in year"]
            return {party: Fraction(amount) * scale / parts for party, amount in clause["amounts"].items()}
        case "interest":
            named = clause.get("to") or [party for party in known["parties"] if ever(party, capital)]
            how = clause["on"].split()[0]
            year = time(capital["days"][0], capital["days"], clause["days"])
            due = {party: rate * balance(party, how, clause["days"], capital) * year for party in named}
            charged = clause.get("overdrawn") == "charged"
            return {party: amount if charged else max(amount, Fraction(0)) for party, amount in due.items()}
        case "interest on withdrawals":
            found: dict[str, Fraction] = {}
            for day, party, amount in capital["drawn"]:
                if party in known["parties"]:
                    span = 1 if clause["days"] == "flat" else time(day, capital["days"], clause["days"])
                    found[party] = found.get(party, Fraction(0)) - rate * amount * span
            return found
        case _:
            whole = 1 + rate if clause["reckoned"] == "after itself" else Fraction(1)
            due_to = max(base, Fraction(0)) * rate / whole
            return {clause["to"]: due_to if cap is None else min(due_to, Fraction(cap))}


def by_capital(clause: Plain, otherwise: dict[str, Fraction], known: Plain) -> dict[str, Fraction]:
    """The rates of a split by capital."""
    capital = known["capital"]
    weights = {p: balance(p, clause["balance"], clause.get("days", ""), capital) for p in known["parties"]}
    weights = {party: weight for party, weight in weights.items() if weight > 0}
    whole = sum(weights.values(), Fraction(0))
    return {party: weight / whole for party, weight in weights.items()} if whole else otherwise


def ever(party: str, capital: Plain) -> bool:
    """Whether a party has, or had, capital."""
    return party in capital["held"] or any(moved == party for _, moved, _ in capital["moves"])


def balance(party: str, how: str, convention: str, capital: Plain) -> Fraction:
    """The capital of a party in a period: `opening`, `closing`, `average`, `contributed`."""
    if how == "contributed":
        return Fraction(capital["contributed"].get(party, 0))
    days = capital["days"]
    if how == "opening":
        return Fraction(on_day(party, days[0], capital))
    if how == "closing":
        return Fraction(on_day(party, "9999", capital))
    if convention == "30/360":
        moved = [(day, amount) for day, mover, amount in capital["moves"] if mover == party and day > days[0]]
        whole = time(days[0], days, convention)
        if not whole:
            return Fraction(on_day(party, days[-1], capital))
        weighed = [on_day(party, days[0], capital) * whole]
        weighed += [amount * time(day, days, convention) for day, amount in moved]
        return sum(weighed, Fraction(0)) / whole
    weights = [time(day, [day], convention) for day in days]
    held = [on_day(party, day, capital) for day in days]
    return sum((w * h for w, h in zip(weights, held, strict=True)), Fraction(0)) / sum(weights, Fraction(0))


def on_day(party: str, day: str, capital: Plain) -> int:
    """What a party has in on a day, with what moves on it."""
    moved = sum(amount for when, mover, amount in capital["moves"] if mover == party and when <= day)
    return int(capital["held"].get(party, 0)) + int(moved)


def time(since: str, days: list[str], convention: str) -> Fraction:
    """The part of a year from a day to the last of some days; both count."""
    end = date.fromisoformat(days[-1]) + timedelta(days=1)
    start = max(date.fromisoformat(since), date.fromisoformat(days[0]))
    if start >= end:
        return Fraction(0)
    if convention == "30/360":
        first = 30 if start.day == 31 else start.day
        last = 30 if end.day == 31 and first == 30 else end.day
        return Fraction((end.year * 12 + end.month - start.year * 12 - start.month) * 30 + last - first, 360)
    spent = [start + timedelta(days=number) for number in range((end - start).days)]
    length = {"ACT/365F": 365, "ACT/360": 360}
    return sum((Fraction(1, length.get(convention) or year_of(day)) for day in spent), Fraction(0))


def year_of(day: date) -> int:
    """How many days the year of a day has."""
    return 366 if day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0) else 365

"""The auditor's way to the tiers of a fund: what everybody put in and is owed, day by day, for all deals or each alone.

Like `tests.auditor`, which it belongs to, it shares no code with the ledger. A `world` is what a step sees: the days of
the period, capital as it was when the period began (exactly) and what moved of it, the steps before it in its list,
and a memory that lasts from period to period, filed under the step's key.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from tests import auditor_partners as partners

Plain = dict[str, Any]
Shares = dict[str, Fraction]
Taker = Callable[[Plain, Fraction, Plain], Shares]

WORDS = ("return of capital", "preferred return", "catch-up", "carried interest", "each deal")


def keys_of(steps: list[Plain]) -> list[str]:
    """What each step remembers by: its name or its word, with a number where that was there already."""
    found: list[str] = []
    for step in steps:
        [word] = [each for each in step if each != "as"]
        own = step.get("as") or word.replace(" ", "-")
        same = len([key for key in found if key.split(".")[0] == own])
        found.append(own if not same else f"{own}.{same + 1}")
    return found


def rate_of(text: str) -> Fraction:
    """A rate as it is written."""
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def rates_of(written: Any) -> Shares:
    """Rates of some parties, or one party alone."""
    return {written: Fraction(1)} if isinstance(written, str) else {p: rate_of(text) for p, text in written.items()}


def take(word: str, clause: Plain, left: Fraction, world: Plain, taker: Taker) -> Shares:
    """What a tier takes of what is left; `taker` does a step inside a deal."""
    room = max(left, Fraction(0))
    match word:
        case "return of capital":
            due = {party: capital_left(party, world) for party in receivers(clause, world)}
            taken = as_far_as(due, room)
            world["returned"].append(taken)
            return taken
        case "preferred return":
            return preferred_return(clause, room, world)
        case "catch-up":
            return catch_up(clause, room, world)
        case "carried interest":
            return {clause["to"]: min(carried(clause, room, world), room)}
        case _:
            return each_deal(clause, room, world, taker)


def receivers(clause: Plain, world: Plain) -> list[str]:
    """The parties that are named, or all that ever had capital."""
    named = clause.get("to")
    return sorted([named] if isinstance(named, str) else named or world["holders"])


def capital_left(party: str, world: Plain) -> Fraction:
    """Capital at the end of the period, less what steps before gave back."""
    back = sum((line.get(party, Fraction(0)) for word, _, line in world["earlier"] if word == WORDS[0]), Fraction(0))
    moved = sum(amount for _, mover, amount in world["moves"] if mover == party)
    capital: Fraction = Fraction(world["capital"].get(party, 0)) + moved - back
    return max(capital, Fraction(0))


def as_far_as(due: Shares, room: Fraction) -> Shares:
    """What is due, in proportion where there is less."""
    asked = sum(due.values(), Fraction(0))
    return due if asked <= room else {party: amount * room / asked for party, amount in due.items()}


def preferred_return(clause: Plain, room: Fraction, world: Plain) -> Shares:
    """What accrued, with what was owed before."""
    memory, key, rate = world["memory"], world["key"], rate_of(clause["rate"])
    carries, due, bearing = clause["unpaid"] == "carried", {}, {}
    for party in receivers(clause, world):
        owed = memory.get(f"{key}.owed.{party}")
        bears = None if clause["compound"] == "never" else owed
        if clause["compound"] == "every year" and not world["begins year"]:
            bears = memory.get(f"{key}.bearing.{party}")
        parts = [(world["days"][0], world["capital"].get(party, Fraction(0)) + (bears or 0))]
        parts += [(day, Fraction(amount)) for day, mover, amount in world["moves"] if mover == party]
        spans = [amount * partners.time(day, world["days"], clause["days"]) for day, amount in parts]
        accrued = sum(spans, Fraction(0))
        due[party] = max(rate * accrued, Fraction(0)) + ((owed or 0) if carries else 0)
        bearing[party] = bears
    taken = as_far_as(due, room)
    for party, amount in due.items() if carries else ():
        memory[f"{key}.owed.{party}"] = amount - taken[party]
        oldest = bearing[party] if clause["compound"] == "every year" else memory.get(f"{key}.bearing.{party}")
        if oldest is not None:
            memory[f"{key}.bearing.{party}"] = max(oldest - taken[party], Fraction(0))
    world["paid now"][key] = sum(taken.values(), Fraction(0))
    memory[f"{key}.paid"] = memory.get(f"{key}.paid", Fraction(0)) + world["paid now"][key]
    return taken


def catch_up(clause: Plain, room: Fraction, world: Plain) -> Shares:
    """The manager's part of a tier that reaches, over the life, until * P / (rate - until)."""
    memory, key = world["memory"], f"{world['key']}.distributed"
    rate, until = rate_of(clause["rate"]), rate_of(clause["until"])
    paid = sum((world["memory"][f"{of}.paid"] for word, of, _ in world["earlier"] if word == WORDS[1]), Fraction(0))
    before = memory.get(key, Fraction(0))
    tier = min(max(until * paid / (rate - until) - before, Fraction(0)), room)
    memory[key] = before + tier
    taken = {clause["to"]: rate * tier}
    if rate < 1:
        for party, part in rates_of(clause["rest"]).items():
            taken[party] = (1 - rate) * tier * part
    return taken


def carried(clause: Plain, room: Fraction, world: Plain) -> Fraction:
    """A rate of the pool or of what remains: of what exceeds a hard hurdle, of all once a soft one is reached."""
    base = room if clause["of"] == "remaining" else Fraction(world["money"]["pool"])
    rate, hurdle = rate_of(clause["rate"]), clause.get("hurdle")
    if hurdle is None:
        return rate * base
    known = {"days": world["days"], "held": world["shown"], "moves": world["moves"], "contributed": {}}
    how, span = hurdle["on"].split()[0], partners.time(world["days"][0], world["days"], hurdle["days"])
    holders = [party for party in world["parties"] if party in world["holders"]]
    capital = sum((partners.balance(party, how, hurdle["days"], known) for party in holders), Fraction(0))
    reached = max(capital, Fraction(0)) * rate_of(hurdle["rate"]) * span
    if hurdle["mode"] == "hard":
        return rate * max(base - reached, Fraction(0))
    return rate * base if base >= reached else Fraction(0)


# --- deal by deal -----------------------------------------------------------------------------------------


def each_deal(clause: Plain, room: Fraction, world: Plain, taker: Taker) -> Shares:
    """Every deal by itself; then all of them as one, to see what the manager got too much."""
    memory = world["memory"]
    number = 1 + sum(word == "each deal" for word, _, _ in world["earlier"])
    key = "each-deal" if number == 1 else f"each-deal.{number}"
    deals = [clause["deals"]] if isinstance(clause["deals"], str) else sorted(clause["deals"])
    results = {deal: Fraction(world["money"].get(deal, 0)) for deal in deals}
    proceeds = as_far_as({deal: max(result, Fraction(0)) for deal, result in results.items()}, room)
    lines = []
    for deal in deals:
        lines += inside("each-deal", deal, [deal], proceeds[deal], clause, world, taker)
    everything = sum(proceeds.values(), Fraction(0))
    given_back = len(world["returned"])
    as_one = inside(key, "whole", deals, everything, clause, world, taker)
    del world["returned"][given_back:]
    missed = sum((max(result, Fraction(0)) for result in results.values()), Fraction(0)) - everything
    lost = -sum((min(result, Fraction(0)) for result in results.values()), Fraction(0))
    borne = Fraction(0) if world["carries losses"] else max(lost - missed, Fraction(0))
    counted = {f"{key}.distributed": everything - borne}
    for party in {party for _, line in (*lines, *as_one) for party in line}:
        counted[f"{key}.carry.{party}"] = carry_in(lines, party)
        counted[f"{key}.whole.carry.{party}"] = carry_in(as_one, party)
    for what, amount in counted.items():
        memory[what] = memory.get(what, Fraction(0)) + amount
    back = clause.get("clawback")
    moved = clawed_back(back, key, world) if back is not None else {}
    return sums([*(line for _, line in lines), moved])


def inside(
    root: str, scope: str, deals: list[str], proceeds: Fraction, clause: Plain, world: Plain, taker: Taker
) -> list[tuple[str, Shares]]:
    """The inner steps on some deals, with the capital that was paid in for them: (word, what everybody got)."""
    memory, key = world["memory"], f"{root}.{scope}"
    moves = [(day, party, amount) for day, party, amount, deal in world["paid in"] if deal in deals]
    capital, known, contributed = before_in(deals, key, world)
    for _, party, amount in moves:
        contributed[party] = contributed.get(party, 0) + amount
    own = {**world, "capital": capital, "shown": capital, "moves": moves, "contributed": contributed, "earlier": []}
    own |= {"holders": sorted({*known, *(party for _, party, _ in moves)}), "returned": []}
    own["money"] = {**world["money"], "pool": proceeds, "results": proceeds}
    left, done = proceeds, []
    for step, name in zip(clause["shares"], keys_of(clause["shares"]), strict=True):
        [word] = [each for each in step if each != "as"]
        if world["over"] and word not in WORDS and step is not clause["shares"][-1]:
            continue
        own["key"] = f"{key}.{name}"
        taken = taker(step, left, own)
        own["earlier"] = [*own["earlier"], (word, own["key"], taken)]
        done.append((word, taken))
        left -= sum(taken.values(), Fraction(0))
    back = sums(own["returned"])
    for party in own["holders"]:
        moved = sum(amount for _, mover, amount in moves if mover == party)
        memory[f"{key}.capital.{party}"] = capital.get(party, Fraction(0)) + moved - back.get(party, Fraction(0))
        memory[f"{key}.contributed.{party}"] = contributed.get(party, 0)
        if scope != "whole":
            memory[f"{key}.as-one.{party}"] = world["as one"].get((party, scope), Fraction(0))
    world["returned"] += own["returned"]
    return done


def before_in(deals: list[str], key: str, world: Plain) -> tuple[Shares, set[str], Shares]:
    """What parties have in deals when a period begins, who has or had any, and what they paid in for them before."""
    memory, capital, contributed = world["memory"], {}, {}
    known = {party for party in world["holders"] if f"{key}.capital.{party}" in memory}
    for party in world["holders"]:
        capital[party] = memory.get(f"{key}.capital.{party}", Fraction(0))
        paid = memory.get(f"{key}.contributed.{party}", Fraction(0))
        for deal in deals:
            if (party, deal) in world["paid before"]:
                known.add(party)
            late, back = unseen(party, deal, world)
            capital[party] += late - back
            paid += late
        if party in known:
            contributed[party] = paid
    return capital, known, contributed


def unseen(party: str, deal: str, world: Plain) -> tuple[Fraction, Fraction]:
    """What was paid in for a deal, and given back of it, in periods in which it was not shared by itself."""
    memory, key = world["memory"], f"each-deal.{deal}"
    paid = Fraction(world["paid before"].get((party, deal), 0)) - memory.get(f"{key}.contributed.{party}", 0)
    back = world["as one"].get((party, deal), Fraction(0)) - memory.get(f"{key}.as-one.{party}", 0)
    return paid, back


def after_period(world: Plain, returned: Shares, before: Shares, contributed: Shares, *, by_deal: bool) -> None:
    """What was paid in for deals by now, and what was given back of it for all of them as one: in proportion."""
    now: dict[tuple[str, str], Fraction] = {}
    for _, party, amount, deal in world["paid in"]:
        if deal:
            now[party, deal] = now.get((party, deal), Fraction(0)) + amount
    for party, deal in {} if by_deal else sorted({*now, *world["paid before"]}):
        late, back = unseen(party, deal, world)
        there = world["memory"].get(f"each-deal.{deal}.capital.{party}", Fraction(0)) + late - back
        there += now.get((party, deal), Fraction(0))
        whole = contributed.get(party, Fraction(0)) - before.get(party, Fraction(0))
        if there > 0 and whole > 0:
            part = min(returned.get(party, Fraction(0)) * there / whole, there)
            world["as one"][party, deal] = world["as one"].get((party, deal), Fraction(0)) + part
    for of, amount in now.items():
        world["paid before"][of] = world["paid before"].get(of, Fraction(0)) + amount


def carry_in(lines: list[tuple[str, Shares]], party: str) -> Fraction:
    """What a party got other than for its capital."""
    return sum((line.get(party, Fraction(0)) for word, line in lines if word not in WORDS[:2]), Fraction(0))


def clawed_back(back: Plain, key: str, world: Plain) -> Shares:
    """What moves from the manager: what is due back by now, less what was moved before."""
    memory, giver = world["memory"], back["from"]
    before = memory.get(f"{key}.clawed", Fraction(0))
    if back["when"] == "at the end" and not world["over"]:
        return {}
    start = f"{key}.whole.contributed."
    paid_in = sum(amount for name, amount in memory.items() if name.startswith(start))
    most = rate_of(back["keeps"]) * max(memory[f"{key}.distributed"] - paid_in, Fraction(0))
    carry, as_one = (memory.get(f"{key}.{what}.{giver}", Fraction(0)) for what in ("carry", "whole.carry"))
    due = max(carry - min(as_one, most), Fraction(0))
    memory[f"{key}.clawed"] = due
    moved = {back["from"]: before - due}
    for party, part in rates_of(back["to"]).items():
        moved[party] = (due - before) * part
    return moved


def sums(lines: list[Shares]) -> Shares:
    """Sums per party."""
    found: Shares = {}
    for line in lines:
        for party, amount in line.items():
            found[party] = found.get(party, Fraction(0)) + amount
    return found

"""The slow, obvious recomputation of statements, for tests to check the ledger against.

It reads what was done (the log of `tests.playing`) and the terms as people wrote them, both plain dictionaries, and
shares no code with the ledger: not its parsing, its periods, its apportionment nor its fold over movements. For
every close it works out everything anew, day by day and entry by entry.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Plain = dict[str, Any]
DIGITS = {"EUR": 2, "JPY": 0, "BHD": 3}


def audit(document: Plain, log: list[Plain]) -> list[Plain]:
    """What every close should have stated, in minor units: balances, the pool, the shares, what is adjusted."""
    found: list[Plain] = []
    for close in log:
        if close["do"] == "close":
            months = settled_periods(document, log, close["seq"] - 1, close["period"])
            now = months[-1]
            opening = found[-1]["closing"] if found else {}
            closing = total([month["net"] for month in months])
            found.append(
                {
                    "period": close["period"],
                    "opening": opening,
                    "net": now["net"],
                    "adjusted": total([closing], minus=[opening, now["net"]]),
                    "closing": closing,
                    "pool": now["pool"],
                    "available": now["available"],
                    "shares": now["shares"],
                    "owed": now["owed"],
                    "liabilities": sum(month["outstanding"] for month in months),
                    "loss": now["loss"],
                    "capital": total([month["capital"] for month in months]),
                }
            )
    return found


def total(parts: list[dict[str, Any]], minus: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Sums per party; those that are nothing are left out."""
    found: dict[str, Any] = {}
    for sign, listed in ((1, parts), (-1, minus or [])):
        for part in listed:
            for party, value in part.items():
                found[party] = found.get(party, 0) + sign * value
    return {party: value for party, value in found.items() if value}


# --- what is known ----------------------------------------------------------------------------------------


def settled_periods(document: Plain, log: list[Plain], cutoff: int, last: str) -> list[Plain]:
    """Every period from the first to the last, settled with all that is known at a cut-off."""
    known = [step for step in log if step["seq"] <= cutoff]
    versions = [(document["periods"]["from"], document)]
    versions += [(step["from"], step["terms"]) for step in known if step["do"] == "amend"]
    facts = facts_of(known, document)
    memory: Plain = {"loss": 0, "owed": {}, "seen": []}
    months = []
    for key, days in periods_to(document["periods"], last):
        terms = governing(versions, days[-1])
        mine = [fact for fact in facts if period_key(fact["day"], document["periods"]["every"]) == key]
        months.append(settle_one(terms, mine, key, memory))
    return months


def governing(versions: list[tuple[str, Plain]], day: str) -> Plain:
    """The terms of a day: the last agreed of those that had begun."""
    begun = [terms for begins, terms in versions if begins <= day]
    return begun[-1] if begun else versions[0][1]


def periods_to(periods: Plain, last: str) -> list[tuple[str, list[str]]]:
    """Each period up to the last with its days, by walking through the calendar."""
    found: dict[str, list[str]] = {}
    day = date.fromisoformat(periods["from"])
    while True:
        key = period_key(day.isoformat(), periods["every"])
        if last in found and key != last:
            return list(found.items())
        found.setdefault(key, []).append(day.isoformat())
        day += timedelta(days=1)


def period_key(day: str, every: str) -> str:
    """The name of the period that a day is in."""
    year, month, _ = day.split("-")
    match every:
        case "month":
            return f"{year}-{month}"
        case "quarter":
            return f"{year}-Q{(int(month) + 2) // 3}"
        case "week":
            iso = date.fromisoformat(day).isocalendar()
            return f"{iso.year}-W{iso.week:02d}"
        case _:
            return year


def facts_of(known: list[Plain], document: Plain) -> list[Plain]:
    """What counts of all that was done, each with the day it belongs to."""
    entries: dict[str, Plain] = {}
    parts: dict[tuple[str, str], Plain] = {}
    paid = []
    versions = [(document["periods"]["from"], document)]
    for step in known:
        match step["do"]:
            case "amend":
                versions.append((step["from"], step["terms"]))
            case "record":
                entries[step["ref"]] = {**step, "counts": not awaits(step, versions)}
            case "correct":
                again = entries[step["ref"]].get("rejected") or awaits(step, versions)
                entries[step["ref"]] = {**step, "counts": not again}
            case "confirm":
                entries[step["ref"]]["counts"] = True
            case "reject":
                entries[step["ref"]]["rejected"] = True
            case "void" if step["part"]:
                del parts[step["ref"], step["part"]]
            case "void":
                del entries[step["ref"]]
            case "settle" | "release":
                parts[step["ref"], step["part"]] = step
            case "pay":
                paid.append({**step, "kind": "payout"})
            case "reverse":
                paid.append({**step, "kind": "payout", "amount": -step["amount"]})
            case _:
                pass  # a close, which changes nothing
    counted = [entry for entry in entries.values() if entry["counts"]]
    for (reference, _), part in parts.items():
        if entries[reference]["counts"]:
            kind = "settled" if part["do"] == "settle" else "released"
            counted.append({**part, "kind": kind, "name": entries[reference]["name"]})
    return [*counted, *paid]


def awaits(step: Plain, versions: list[tuple[str, Plain]]) -> bool:
    """Whether the terms of the day want another party's yes for an amount as large as this."""
    terms = governing(versions, step["day"])
    word = {"result": "results over", "cost": "costs over", "liability": "liabilities over"}.get(step["kind"], "")
    limit = terms.get("confirm", {}).get(word)
    return limit is not None and abs(step["amount"]) > int(limit) * scale_of(terms)


# --- one period -------------------------------------------------------------------------------------------


def settle_one(terms: Plain, facts: list[Plain], key: str, memory: Plain) -> Plain:
    """The pool of a period, what everybody gets of it, and what is left to the next."""
    pool = make_pool(terms, facts)
    available = pool["total"] - memory["loss"]
    bases = dict(pool["metrics"])
    bases |= {"results": pool["results"], "pool": max(pool["total"], 0)}
    seen = {"year": key[:4], "money": bases, "units": pool["units"]}
    exact = share_out(terms, available, {**seen, "before": memory["seen"]})
    memory["seen"].append(seen)
    order: Any = []
    rule = terms["rounding"]
    if isinstance(rule, dict):
        [(rule, order)] = rule.items()
        if rule == "to":
            exact, rule, order = {**exact, order: exact.get(order, Fraction(0))}, f"to {order}", []
    shares = round_off(exact, memory["owed"], rule, order)
    memory["owed"] = total([memory["owed"], exact], minus=[shares])
    memory["loss"] = sum(shares.values()) - available
    net = total(
        [
            shares,
            pool["reimbursed"],
            pool["settled"],
            by_party(facts, "advance", "party"),
            by_party(facts, "payout", "party"),
        ],
        minus=[pool["collected"], by_party(facts, "advance", "to"), by_party(facts, "payout", "to")],
    )
    return {
        "pool": pool["total"], "available": available, "shares": total([shares]), "net": net,
        "owed": memory["owed"], "outstanding": pool["outstanding"], "loss": memory["loss"],
        "capital": total([by_party(facts, "contribution", "party")], minus=[by_party(facts, "withdrawal", "party")]),
    }  # fmt: skip


def by_party(facts: list[Plain], kind: str, side: str, names: Any = None) -> dict[str, int]:
    """Amounts of a kind per party."""
    found: dict[str, int] = {}
    for fact in facts:
        if fact["kind"] == kind and (names is None or fact["name"] in names):
            found[fact[side]] = found.get(fact[side], 0) + fact["amount"]
    return found


def make_pool(terms: Plain, facts: list[Plain]) -> Plain:
    """Results less what is allowed of costs less liabilities, and who had what of it."""
    scale, clause = scale_of(terms), terms["pool"]
    metrics: dict[str, int] = {}
    units: dict[str, Fraction] = {}
    for fact in facts:
        if fact["kind"] == "result":
            metrics[fact["name"]] = metrics.get(fact["name"], 0) + fact["amount"]
            units[fact["name"]] = units.get(fact["name"], Fraction(0)) + Fraction(fact["quantity"], 1_000_000)
    results = sum(metrics.get(metric, 0) for metric in clause["results"])
    costs, reimbursed = 0, []
    for category, how in clause.get("less costs", {}).items():
        paid = by_party(facts, "cost", "party", [category])
        asked = allowed = sum(paid.values())
        if how != "all":
            rate, middle, of = how["cap"].partition(" of ")
            base = results if of == "results" else metrics.get(of, 0)
            cap = max(Fraction(0), rate_of(rate) * base) if middle else Fraction(rate) * scale
            allowed = min(asked, cap.numerator // cap.denominator)
        if allowed < asked:
            cut = {party: Fraction(amount * allowed, asked) for party, amount in paid.items()}
            paid = round_off(cut, {}, "largest fraction", [])
        costs += allowed
        reimbursed.append(paid)
    borne = clause.get("less liabilities", [])
    recognised = sum(by_party(facts, "liability", "party", borne).values())
    recognised -= sum(by_party(facts, "released", "party", borne).values())
    settled = by_party(facts, "settled", "party", borne)
    return {
        "metrics": metrics, "units": units, "results": results, "total": results - costs - recognised,
        "collected": by_party(facts, "result", "party", clause["results"]), "reimbursed": total(reimbursed),
        "settled": settled, "outstanding": recognised - sum(settled.values()),
    }  # fmt: skip


# --- shares -----------------------------------------------------------------------------------------------


def share_out(terms: Plain, available: int, seen: Plain) -> dict[str, Fraction]:
    """Everybody's exact part of what is available."""
    *steps, last = terms["shares"]
    short = terms.get("short")
    left, lines = Fraction(available), []
    for step in steps:
        taken = take(step, left, seen, terms)
        if short == "in order":
            [taken] = cut_down([taken], left)
        lines.append(taken)
        left -= sum(taken.values())
    if short == "pro rata":
        lines = cut_down(lines, Fraction(available))
        left = available - sum(together(lines).values(), Fraction(0))
    seen["money"]["remaining"] = max(left, Fraction(0))
    if left >= 0:
        lines.append(take(last, left, seen, terms))
    elif terms["losses"] == "as profits":
        lines.append({party: rate * left for party, rate in ratio_of(last["split"]).items()})
    elif terms["losses"] != "carried forward":
        lines.append({party: rate * left for party, rate in ratio_of(terms["losses"]).items()})
    return protect(terms, together(lines))


def together(lines: list[dict[str, Fraction]]) -> dict[str, Fraction]:
    """Sums per party; a party that got nothing is still one that was there."""
    found: dict[str, Fraction] = {}
    for line in lines:
        for party, value in line.items():
            found[party] = found.get(party, Fraction(0)) + value
    return found


def cut_down(lines: list[dict[str, Fraction]], available: Fraction) -> list[dict[str, Fraction]]:
    """The lines, in proportion, if they ask for more than there is."""
    room = max(available, Fraction(0))
    asked = sum(together(lines).values(), Fraction(0))
    if asked <= room or asked <= 0:
        return lines
    return [{party: value * room / asked for party, value in line.items()} for line in lines]


def take(step: Plain, left: Fraction, seen: Plain, terms: Plain) -> dict[str, Fraction]:
    """What one step takes of what is left."""
    [(word, content)] = step.items()
    match word:
        case "split":
            return {party: rate * max(left, Fraction(0)) for party, rate in ratio_of(content).items() if rate}
        case "fee":
            return {content["to"]: fee(content, left, seen, scale_of(terms))}
        case "bands":
            return bands(content, left, seen, scale_of(terms))
        case _:
            pot, lines = rate_of(content["rate"]) * base_of(content["of"], left, seen), []
            for inner in content["shares"]:
                taken = take(inner, pot, seen, terms)
                pot -= sum(taken.values(), Fraction(0))
                lines.append(taken)
            return together(lines)


def base_of(name: str, left: Fraction, seen: Plain) -> Fraction:
    """The amount that a rate is taken of."""
    return max(left, Fraction(0)) if name == "remaining" else Fraction(seen["money"].get(name, 0))


def fee(clause: Plain, left: Fraction, seen: Plain, scale: int) -> Fraction:
    """A rate, an amount per unit or a flat amount, at most so much."""
    if "rate" in clause:
        due = rate_of(clause["rate"]) * base_of(clause["of"], left, seen)
    else:
        due = Fraction(clause["amount"]) * scale
        if "each" in clause:
            due *= seen["units"].get(clause["each"], Fraction(0))
    return min(due, Fraction(clause["at most"]) * scale) if "at most" in clause else due


def bands(clause: Plain, left: Fraction, seen: Plain, scale: int) -> dict[str, Fraction]:
    """What is due on the count so far, less what was due on it before."""
    by_units = "each" in clause
    this = seen["units"].get(clause["each"], Fraction(0)) if by_units else base_of(clause["of"], left, seen)
    before = Fraction(0)
    for earlier in seen["before"]:
        if clause["over"] == "life" or (clause["over"] == "year" and earlier["year"] == seen["year"]):
            found = earlier["units"] if by_units else earlier["money"]
            before += found.get(clause["each"] if by_units else clause["of"], 0)
    steps = sorted(
        (Fraction(level) * (1 if by_units else scale), {p: read_value(v, by_units, scale) for p, v in rates.items()})
        for level, rates in clause["rates"].items()
    )  # fmt: skip
    parties = {party for _, rates in steps for party in rates}
    return {
        party: due(steps, party, clause["mode"], before + this) - due(steps, party, clause["mode"], before)
        for party in parties
    }


def read_value(text: str, by_units: bool, scale: int) -> Fraction:
    """A price in minor units, or a rate."""
    return Fraction(text) * scale if by_units else rate_of(text)


def due(steps: list[tuple[Fraction, dict[str, Fraction]]], party: str, mode: str, count: Fraction) -> Fraction:
    """What a party is due on a count from nothing."""
    if mode == "whole":
        reached = [rates for level, rates in steps if count >= level] or [steps[0][1]]
        return reached[-1].get(party, Fraction(0)) * count
    whole = Fraction(0)
    for place, (level, rates) in enumerate(steps):
        upper = steps[place + 1][0] if place + 1 < len(steps) else count
        within = min(count, max(upper, level)) - level
        if place > 0:
            within = max(within, Fraction(0))
        whole += rates.get(party, Fraction(0)) * within
    return whole


def protect(terms: Plain, shares: dict[str, Fraction]) -> dict[str, Fraction]:
    """Caps, then guarantees."""
    scale = scale_of(terms)
    before = dict(shares)
    for party, cap in terms.get("cap", {}).items():
        if party in before:
            excess = before[party] - int(cap["at most"]) * scale
            if excess > 0:
                shares = move(shares, party, -excess, cap["excess to"])
    before = dict(shares)
    for party, guarantee in terms.get("guarantee", {}).items():
        missing = int(guarantee["at least"]) * scale - before.get(party, Fraction(0))
        if missing > 0:
            shares = move(shares, party, missing, guarantee["borne by"])
    return shares


def move(shares: dict[str, Fraction], party: str, amount: Fraction, others: Any) -> dict[str, Fraction]:
    """An amount to a party, from others."""
    return together([shares, {party: amount}, {other: -amount * rate for other, rate in ratio_of(others).items()}])


# --- reading and rounding ---------------------------------------------------------------------------------


def scale_of(terms: Plain) -> int:
    """Minor units in a major one."""
    return int(10 ** DIGITS[terms["currency"]])


def rate_of(text: str) -> Fraction:
    """A rate as it is written."""
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def ratio_of(written: Any) -> dict[str, Fraction]:
    """Rates of some parties, or one party alone."""
    if isinstance(written, str):
        return {written: Fraction(1)}
    return {party: rate_of(text) for party, text in written.items()}


def round_off(exact: dict[str, Fraction], owed: dict[str, Fraction], rule: str, order: list[str]) -> dict[str, int]:
    """Whole minor units: all are rounded down, and the units that are left over go by the rule."""
    names = [name for name in order if name in exact] if order else sorted(exact)
    whole = sum(exact.values(), Fraction(0))
    nearest = int(abs(whole) + Fraction(1, 2))
    leading = whole or next((exact[name] for name in names if exact[name]), Fraction(0))
    sign = -1 if leading < 0 and rule != "moneyphp" else 1
    value = {name: sign * exact[name] for name in names}
    parts = {name: value[name].numerator // value[name].denominator for name in names}
    left = sign * (nearest if whole >= 0 else -nearest) - sum(parts.values())
    rest = {name: value[name] - parts[name] for name in names}
    some, any_ = [name for name in names if rest[name]], [name for name in names if value[name]]
    match rule:
        case "carried":
            queue = sorted(some, key=lambda n: (-rest[n] - sign * owed.get(n, 0), -abs(exact[n]), n))
        case "largest fraction" | "moneyphp":
            queue = sorted(some, key=lambda n: -rest[n])
        case "largest ratio":
            queue = sorted(any_, key=lambda n: -abs(exact[n]))
        case "first":
            queue = any_
        case "last":
            queue = any_[::-1]
        case _:
            queue = [rule.removeprefix("to ")] * left
    for name in queue[:left]:
        parts[name] += 1
    return {name: sign * part for name, part in parts.items()}

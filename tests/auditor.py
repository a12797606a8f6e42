"""The slow, obvious recomputation of statements, for tests to check the ledger against.

It reads what was done (the log of `tests.playing`) and the terms as people wrote them, both plain dictionaries, and
shares no code with the ledger: not its parsing, its periods, its apportionment nor its fold over movements. For
every close it works out everything anew, day by day and entry by entry.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests import auditor_funds as funds
from tests.auditor_liabilities import borne
from tests.auditor_partners import capital_in, retained
from tests.auditor_reports import that_count
from tests.auditor_shares import rate_of, round_off, scale_of, share_out
from tests.auditor_withholding import withhold

Plain = dict[str, Any]


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
                    "held": now["held"],
                    "unrecouped": now["unrecouped"],
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
    ends = [step["day"] for step in known if step["do"] == "terminate"]
    memory: Plain = {"loss": 0, "owed": {}, "seen": [], "guaranteed": {}, "ahead": {}, "vintages": {}, "unrecouped": {}}
    memory |= {"held": {}, "contributed": {}, "returned": {}, "tiers": {}, "as one": {}, "paid for": {}}
    memory |= {"borne": {}, "versions": [terms for _, terms in versions]}
    months = []
    for key, days in periods_to(document["periods"], last):
        terms = governing(versions, days[-1])
        mine = [fact for fact in facts if period_key(fact["day"], document["periods"]["every"]) == key]
        memory["over"] = bool(ends) and ends[-1] < days[0]
        if memory["over"]:
            terms = after_the_end(terms)
        memory |= calendar_of(days, document["periods"]["every"], ends[-1] if ends else "")
        inside = [day for day in days if not (ends and ends[-1] in days) or day <= ends[-1]]
        memory["capital"] = capital_in(mine, inside, memory)
        memory["fund"] = fund_in(mine, days, document["periods"]["every"], memory)
        months.append(settle_one(terms, mine, key, memory))
        memory |= {name: cut(memory[name]) for name in ("loss", "owed", "returned", "tiers", "ahead", "as one")}
    return months


def cut(known: Any) -> Any:
    """What the next period starts from: no finer than a part in 10^18 of a unit, half away from zero."""
    if isinstance(known, dict):
        return {name: cut(value) for name, value in known.items()}
    if not isinstance(known, Fraction) or known.denominator <= 10**18:
        return known
    return Fraction(int(abs(known) * 10**18 + Fraction(1, 2)), 10**18) * (1 if known > 0 else -1)


def fund_in(facts: list[Plain], days: list[str], every: str, memory: Plain) -> Plain:
    """What the tiers of a fund see: capital exactly, what moved, and what they remember."""
    held, moves = memory["held"], memory["capital"]["moves"]
    returned = memory["returned"]
    eve = (date.fromisoformat(days[0]) - timedelta(days=1)).isoformat()
    return {
        "days": days,
        "begins year": period_key(eve, every)[:4] != period_key(days[0], every)[:4],
        "shown": held,
        "capital": {p: held[p] + nearest(returned.get(p, Fraction(0))) - returned.get(p, Fraction(0)) for p in held},
        "moves": moves,
        "holders": sorted({*held, *(party for _, party, _ in moves)}),
        "paid in": [(f["day"], f["party"], f["amount"], f["deal"]) for f in facts if f["kind"] == "contribution"],
        "memory": memory["tiers"],
        "earlier": [], "returned": [], "paid now": {}, "over": memory["over"],
        "as one": memory["as one"], "paid before": memory["paid for"],
    }  # fmt: skip


def nearest(amount: Fraction) -> int:
    """The nearest whole unit of what is not below nothing."""
    return int(amount + Fraction(1, 2))


def calendar_of(days: list[str], every: str, end: str) -> Plain:
    """What a period is to its year and to the agreement; found by walking through the days of a year."""
    year, after = period_key(days[0], every)[:4], date.fromisoformat(days[-1]) + timedelta(days=1)
    begins = date(int(year), 1, 1) - timedelta(days=7)
    keys = {period_key((begins + timedelta(days=number)).isoformat(), every) for number in range(380)}
    return {
        "periods in year": sum(key[:4] == year for key in keys),
        "year ends": period_key(after.isoformat(), every)[:4] != year,
        "final": days[0] <= end <= days[-1],
    }


def governing(versions: list[tuple[str, Plain]], day: str) -> Plain:
    """The terms of a day: the last agreed of those that had begun."""
    begun = [terms for begins, terms in versions if begins <= day]
    return begun[-1] if begun else versions[0][1]


def after_the_end(terms: Plain) -> Plain:
    """What is left when the agreement has ended: the last step shares it out, and nothing protects anybody."""
    left = {word: clause for word, clause in terms.items() if word not in ("cap", "guarantee", "short", "retain")}
    tiers = [step for step in terms["shares"][:-1] if not step.keys().isdisjoint(funds.WORDS)]
    return {**left, "all shares": terms["shares"], "shares": [*tiers, terms["shares"][-1]]}


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
    clock = 0
    for step in [*known, {"do": "close"}]:  # the close that asks accepts what was not answered, as those before did
        match step["do"]:
            case "amend":
                versions.append((step["from"], step["terms"]))
            case "record":
                entries[step["ref"]] = {**step, **answered_by(step, versions, clock)}
            case "correct":
                step = {**step, "by": entries[step["ref"]].get("by")}
                held = {**step, **answered_by(step, versions, clock)}
                if entries[step["ref"]].get("rejected"):
                    held |= {"rejected": True, "counts": False}
                entries[step["ref"]] = held
            case "confirm":
                entries[step["ref"]] |= {"counts": True, "rejected": False}
            case "wait":
                clock += step["days"]
            case "close":
                for entry in entries.values():
                    silent = not entry.get("rejected") and entry["until"] is not None and clock >= entry["until"]
                    entry["counts"] = entry["counts"] or silent
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
                pass  # the end of the agreement
    counted = [entry for entry in entries.values() if entry["counts"]]
    for (reference, _), part in parts.items():
        if entries[reference]["counts"]:
            kind = "settled" if part["do"] == "settle" else "released"
            counted.append({**part, "kind": kind, "name": entries[reference]["name"]})
    return [*counted, *paid]


def answered_by(step: Plain, versions: list[tuple[str, Plain]], clock: int) -> Plain:
    """Whether a fact counts at once, and from which day of the clock on even when nobody answers."""
    words = governing(versions, step["day"]).get("confirm", {}).get("silence", "").split()
    return {"counts": not awaits(step, versions), "until": clock + int(words[2]) if words else None}


def awaits(step: Plain, versions: list[tuple[str, Plain]]) -> bool:
    """Whether the terms of the day want another party's yes for an amount as large as this."""
    terms = governing(versions, step["day"])
    word = {"result": "results over", "cost": "costs over", "liability": "liabilities over"}.get(step["kind"], "")
    limit = terms.get("confirm", {}).get(word)
    return limit is not None and abs(step["amount"]) > int(limit) * scale_of(terms)


# --- one period -------------------------------------------------------------------------------------------


def settle_one(terms: Plain, facts: list[Plain], key: str, memory: Plain) -> Plain:
    """The pool of a period, what everybody gets of it, and what is left to the next."""
    facts = that_count(terms, facts)
    pool = make_pool(terms, facts, memory)
    available = pool["total"] - memory["loss"]
    bases = dict(pool["metrics"])
    bases |= {"results": pool["results"], "pool": max(pool["total"], 0)}
    seen = {"year": key[:4], "money": bases, "units": pool["units"]}
    kept: Plain = {"given": {}}
    exact = share_out(terms, available, {**memory, **seen, **kept, "key": key, "before": memory["seen"]})
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
    left_in = retained({party: rate_of(part) for party, part in terms.get("retain", {}).items()}, shares)
    aside = withhold(terms, exact, kept["given"], advanced(facts), memory)
    net = total(
        [
            shares,
            aside["rows"],
            pool["reimbursed"],
            pool["settled"],
            by_party(facts, "advance", "party", [""]),
            by_party(facts, "payout", "party"),
        ],
        minus=[pool["collected"], by_party(facts, "advance", "to", [""]), by_party(facts, "payout", "to"), left_in],
    )
    back = funds.sums(memory["fund"]["returned"])
    before = dict(memory["returned"])
    memory["returned"] = cut(funds.sums([before, back]))
    given_back = {p: nearest(memory["returned"][p]) - nearest(before.get(p, Fraction(0))) for p in back}
    drawn = [by_party(facts, "withdrawal", "party"), given_back]
    stake = total([by_party(facts, "contribution", "party"), left_in], minus=drawn)
    known = memory["capital"]
    held = [*known["held"], *(party for _, party, _ in known["moves"]), *left_in, *back]
    memory["held"] = {party: known["held"].get(party, 0) + stake.get(party, 0) for party in held}
    memory["contributed"] = known["contributed"]
    by_deal = any("each deal" in step for step in terms["shares"])
    funds.after_period(memory["fund"], back, before, known["contributed"], by_deal=by_deal)
    return {
        "pool": pool["total"], "available": available, "shares": total([shares]), "net": net,
        "owed": memory["owed"], "outstanding": pool["outstanding"], "loss": memory["loss"],
        "capital": stake, "held": aside["held"], "unrecouped": aside["unrecouped"],
    }  # fmt: skip


def advanced(facts: list[Plain]) -> dict[tuple[str, str, str], int]:
    """The advances on accounts, by who got them, who paid them, and on which account."""
    found: dict[tuple[str, str, str], int] = {}
    for fact in facts:
        if fact["kind"] == "advance" and fact["name"]:
            key = fact["to"], fact["party"], fact["name"]
            found[key] = found.get(key, 0) + fact["amount"]
    return found


def by_party(facts: list[Plain], kind: str, side: str, names: Any = None) -> dict[str, int]:
    """Amounts of a kind per party."""
    found: dict[str, int] = {}
    for fact in facts:
        if fact["kind"] == kind and (names is None or fact["name"] in names):
            found[fact[side]] = found.get(fact[side], 0) + fact["amount"]
    return found


def make_pool(terms: Plain, facts: list[Plain], memory: Plain) -> Plain:
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
    recognised, settled = borne(terms, memory["versions"], facts, memory["borne"])
    return {
        "metrics": metrics, "units": units, "results": results, "total": results - costs - recognised,
        "collected": by_party(facts, "result", "party", clause["results"]), "reimbursed": total(reimbursed),
        "settled": settled, "outstanding": recognised - sum(settled.values()),
    }  # fmt: skip

"""The auditor's way to share out a pool: the steps of the terms as people wrote them, done one after the other.

Like `tests.auditor`, which it belongs to, it shares no code with the ledger.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests import auditor_funds as funds
from tests import auditor_partners as partners
from tests.auditor_withholding import missing

Plain = dict[str, Any]
DIGITS = {"EUR": 2, "JPY": 0, "BHD": 3}

# --- shares -----------------------------------------------------------------------------------------------


def share_out(terms: Plain, available: int, seen: Plain) -> dict[str, Fraction]:
    """Everybody's exact part of what is available."""
    *steps, last = terms["shares"]
    short = terms.get("short")
    left, lines = Fraction(available), []
    everything: list[Plain] = terms.get("all shares") or terms["shares"]
    names = {id(step): key for step, key in zip(everything, funds.keys_of(everything), strict=True)}
    for step in steps:
        seen["fund"]["key"] = names[id(step)]
        taken = take(step, left, seen, terms)
        if short == "in order":
            [taken] = cut_down([taken], left)
        lines.append(taken)
        seen["fund"]["earlier"].append((word_of(step), names[id(step)], taken))
        left -= sum(taken.values())
    if short == "pro rata":
        lines = cut_down(lines, Fraction(available))
        left = available - sum(together(lines).values(), Fraction(0))
    seen["money"]["remaining"] = max(left, Fraction(0))
    if left >= 0:
        lines.append(take(last, left, seen, terms))
    elif terms["losses"] == "as profits":
        lines.append({party: rate * left for party, rate in profit_rates(last, seen, terms).items()})
    elif terms["losses"] != "carried forward":
        lines.append({party: rate * left for party, rate in ratio_of(terms["losses"]).items()})
    seen["given"] |= {step["as"]: line for step, line in zip(steps, lines, strict=False) if "as" in step}
    if "as" in last and len(lines) > len(steps):
        seen["given"][last["as"]] = lines[-1]
    return protect(terms, together(lines), seen)


def together(lines: list[dict[str, Fraction]]) -> dict[str, Fraction]:
    """Sums per party; a party that got nothing is still one that was there."""
    found: dict[str, Fraction] = {}
    for line in lines:
        for party, value in line.items():
            found[party] = found.get(party, Fraction(0)) + value
    return found


def cut_down(lines: list[dict[str, Fraction]], available: Fraction) -> list[dict[str, Fraction]]:
    """The lines, in proportion, if they ask for more than there is; what goes back stays as it is."""
    fixed = [{party for party, value in line.items() if value < 0} for line in lines]
    charged = sum((line[party] for line, kept in zip(lines, fixed, strict=True) for party in kept), Fraction(0))
    room = max(available - charged, Fraction(0))
    asked = sum(together(lines).values(), Fraction(0)) - charged
    if asked <= room or asked <= 0:
        return lines
    return [
        {party: value if party in kept else value * room / asked for party, value in line.items()}
        for line, kept in zip(lines, fixed, strict=True)
    ]


def profit_rates(last: Plain, seen: Plain, terms: Plain) -> dict[str, Fraction]:
    """The rates by which the last step shares whatever is left."""
    if "split" in last:
        return ratio_of(last["split"])
    clause = last["split by capital"]
    return partners.by_capital(clause, ratio_of(clause["otherwise"]), known_of(seen, terms))


def known_of(seen: Plain, terms: Plain) -> Plain:
    """What partners' steps look at besides their words."""
    return {**seen, "parties": sorted(terms["parties"]), "scale": scale_of(terms)}


def take(step: Plain, left: Fraction, seen: Plain, terms: Plain) -> dict[str, Fraction]:
    """What one step takes of what is left."""
    [(word, content)] = [each for each in step.items() if each[0] != "as"]
    match word:
        case "split":
            return {party: rate * max(left, Fraction(0)) for party, rate in ratio_of(content).items() if rate}
        case "fee":
            return {content["to"]: fee(content, left, seen, scale_of(terms))}
        case "bands":
            return bands(content, left, seen, scale_of(terms))
        case "split by capital":
            rates = profit_rates(step, seen, terms)
            return {party: rate * max(left, Fraction(0)) for party, rate in rates.items()}
        case "salary" | "interest" | "interest on withdrawals" | "bonus":
            rate, base = rate_of(content.get("rate", "0")), base_of(content.get("of", ""), left, seen)
            cap = Fraction(content["at most"]) * scale_of(terms) if "at most" in content else None
            return partners.take(word, content, rate, base, cap, known_of(seen, terms))
        case _ if word in funds.WORDS:
            fund = {**seen["fund"], "money": seen["money"], "parties": sorted(terms["parties"])}
            fund["carries losses"] = terms["losses"] == "carried forward"
            return funds.take(word, content, left, fund, lambda step, rest, own: inside(step, rest, own, seen, terms))
        case _:
            return of_a_pot(content, rate_of(content["rate"]) * base_of(content["of"], left, seen), seen, terms)


def of_a_pot(content: Plain, pot: Fraction, seen: Plain, terms: Plain) -> dict[str, Fraction]:
    """What the steps of a pot give: no more than it has, unless they are due in full."""
    *steps, last = content["shares"]
    left, lines = pot, []
    for step in steps:
        taken = take(step, left, seen, terms)
        if terms.get("short") == "in order":
            [taken] = cut_down([taken], left)
        lines.append(taken)
        left -= sum(taken.values(), Fraction(0))
    if terms.get("short") == "pro rata":
        lines = cut_down(lines, pot)
        left = pot - sum(together(lines).values(), Fraction(0))
    return together([*lines, take(last, left, seen, terms)])


def inside(step: Plain, left: Fraction, own: Plain, seen: Plain, terms: Plain) -> dict[str, Fraction]:
    """What a step inside a deal takes: at most what is left, and by the capital of the deal."""
    capital = {**seen["capital"], "held": own["shown"], "moves": own["moves"], "drawn": []}
    capital["contributed"] = own["contributed"]
    taken = take(step, left, {**seen, "fund": own, "money": own["money"], "capital": capital}, terms)
    return cut_down([taken], left)[0]


def word_of(step: Plain) -> str:
    """The word of a step, beside which its name may stand."""
    [word] = [each for each in step if each != "as"]
    return str(word)


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


def protect(terms: Plain, shares: dict[str, Fraction], seen: Plain) -> dict[str, Fraction]:
    """Caps, then guarantees."""
    scale = scale_of(terms)
    before, returned = dict(shares), funds.sums(seen["fund"]["returned"])
    for party, cap in terms.get("cap", {}).items():
        if party in before:
            excess = before[party] - int(cap["at most"]) * scale - returned.get(party, Fraction(0))
            if excess > 0:
                shares = move(shares, party, -excess, cap["excess to"])
    before = dict(shares)
    for party, guarantee in terms.get("guarantee", {}).items():
        lacks = missing(party, guarantee, before.get(party, Fraction(0)), seen, scale)
        if lacks:
            shares = move(shares, party, lacks, guarantee["borne by"])
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
    names = [name for name in order if name in exact]
    names += sorted(name for name in exact if name not in names)
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

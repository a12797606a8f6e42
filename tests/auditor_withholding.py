"""The auditor's way to guarantee a share over time, to hold a part of it back, and to recoup advances out of it.

Like `tests.auditor`, which it belongs to, it shares no code with the ledger.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

Plain = dict[str, Any]

# --- guarantees -------------------------------------------------------------------------------------------


def missing(party: str, clause: Plain, share: Fraction, seen: Plain, scale: int) -> Fraction:
    """What a guarantee adds to a share in a period (or takes back), with all that came before on a list of the party.

    `seen["guaranteed"]` goes from party to (what its clause was about, year, share, part of the amount) by period.
    """
    kind = "instalments" if "instalments" in clause else clause.get("over", "period")
    if kind == "period":
        return max(Fraction(0), int(clause["at least"]) * scale - share)
    amount = Fraction(int(clause.get("at least", 0)) * scale)
    past = seen["guaranteed"].setdefault(party, [])
    past.append((kind, seen["year"], share, amount / seen["periods in year"]))
    earned = sum((each[2] for each in past if each[0] != "year"), Fraction(0))
    before: Fraction = seen["ahead"].get(party, Fraction(0))
    if kind == "instalments":
        due = sum(int(minor) * scale for key, minor in clause["instalments"].items() if key <= seen["key"])
        seen["ahead"][party] = max(Fraction(0), due - earned)
        return Fraction(seen["ahead"][party] - before)
    if kind == "life":
        return max(Fraction(0), amount - earned - before) if seen["final"] else Fraction(0)
    if not seen["final"] and not seen["year ends"]:
        return Fraction(0)
    year = [each for each in past if each[:2] == ("year", seen["year"])]
    return max(Fraction(0), sum((each[3] - each[2] for each in year), Fraction(0)))


def accounts_of(terms: Plain) -> list[tuple[str, Plain]]:
    """The accounts of advances in their order."""
    return [pair for each in terms.get("advances", []) for pair in each.items()]


# --- reserves and advances --------------------------------------------------------------------------------


def withhold(
    terms: Plain, exact: dict[str, Fraction], given: Plain, paid: dict[tuple[str, str, str], int], m: Plain
) -> Plain:
    """What every current account changes by, and what is held and not recouped then; `m` remembers both.

    `exact` are the shares, `given` what each named step gave, `paid` the advances of the period by payee, payer
    and account.
    """
    rows: dict[str, int] = {}
    after: dict[tuple[str, str], Fraction] = {}
    taken: dict[str, int] = {}
    clauses = terms.get("reserve", {})
    for party in sorted({*clauses, *(party for party, _ in m["vintages"])}):
        asked = listed(clauses[party]) or [""] if party in clauses else []
        for section in sorted({*asked, *(name for who, name in m["vintages"] if who == party)}):
            money = None
            if section in asked:
                money = exact.get(party) if section == "" else given.get(section, {}).get(party)
            vintages = m["vintages"].pop((party, section), [])
            room = room_of(exact, party) - taken.get(party, 0)
            change, holds = turn(clauses.get(party), vintages, money or Fraction(0), m, room)
            taken[party] = taken.get(party, 0) + holds
            if vintages:
                m["vintages"][party, section] = vintages
            after[party, section] = Fraction(change)
            rows[party] = rows.get(party, 0) + change
    for key, minor in paid.items():
        m["unrecouped"][key] = m["unrecouped"].get(key, 0) + minor
    used: dict[tuple[str, str], int] = {}
    for name, account in accounts_of(terms):
        recouped = recoup(terms, name, account, exact, given, after, used, m)
        rows[account["to"]] = rows.get(account["to"], 0) - recouped
        rows[account["from"]] = rows.get(account["from"], 0) + recouped
    m["unrecouped"] = {key: minor for key, minor in m["unrecouped"].items() if minor}
    unrecouped: dict[str, int] = {}
    for (party, _, name), minor in m["unrecouped"].items():
        unrecouped[f"{party} {name}"] = unrecouped.get(f"{party} {name}", 0) + minor
    held: dict[str, int] = {}
    for (party, _), vintages in m["vintages"].items():
        held[party] = held.get(party, 0) + sum(minor for _, minor in vintages)
    return {
        "rows": rows,
        "held": held,
        "unrecouped": unrecouped,
    }


def listed(clause: Plain) -> list[str]:
    """The steps that a clause names."""
    names = clause.get("out of", [])
    return [names] if isinstance(names, str) else list(names)


def room_of(exact: dict[str, Fraction], party: str, more: Fraction = Fraction(0)) -> int:
    """The whole units of a party's share, with more of it or less, if it has any."""
    return max(0, (exact.get(party, Fraction(0)) + more).__floor__())


def turn(clause: Plain | None, vintages: list[list[int]], money: Fraction, m: Plain, room: int) -> tuple[int, int]:
    """What a reserve gives back of its vintages (a list of [number of the period, amount]) less what it takes (no more
    than there is room for), and what it takes.
    """
    back, now = 0, len(m["seen"])
    reversed_ = max(Fraction(0), -money).__floor__()
    for vintage in vintages:
        covers = min(vintage[1], reversed_)
        vintage[1] -= covers
        reversed_ -= covers
        back += covers
    for vintage in vintages:
        if clause is None or vintage[0] + int(clause["release after"].split()[0]) <= now:
            back += vintage[1]
            vintage[1] = 0
    vintages[:] = [vintage for vintage in vintages if vintage[1]]
    holds = (part_of(clause["rate"]) * money).__floor__() if clause is not None and money > 0 and not m["over"] else 0
    holds = min(holds, room)
    if holds:
        vintages.append([now, holds])
    return back - holds, holds


def recoup(
    terms: Plain, name: str, account: Plain, exact: dict[str, Fraction], given: Plain,
    after: dict[tuple[str, str], Fraction], used: dict[tuple[str, str], int], m: Plain,
) -> int:  # fmt: skip
    """What one account recoups; `after` is what reserves did to each section, `used` what others took of it."""
    party = account["to"]
    mine_to_recoup = party, account["from"], name
    if not m["unrecouped"].get(mine_to_recoup):
        return 0
    clauses = [each for _, each in accounts_of(terms) if each["to"] == party]
    clauses += [terms["reserve"][party]] if party in terms.get("reserve", {}) else []
    asked = {each for clause in clauses for each in listed(clause)}
    money = {step["as"]: given.get(step["as"], {}).get(party, Fraction(0)) for step in terms["shares"]
             if step.get("as") in asked}  # fmt: skip
    rest = exact.get(party, Fraction(0)) - sum(money.values())
    gone = {section: Fraction(0) for who, section in after if who == party and section and section not in money}
    money = {**money, **gone, "": rest}
    money = {section: value + after.get((party, section), 0) for section, value in money.items()}
    there = {section for section in money if party in (given.get(section, {}) if section else exact)}
    there |= {section for section in money if after.get((party, section))}
    mine = [section for section in money if section in (listed(account) or money) and section in there]
    share = sum((money[section] for section in mine), Fraction(0))
    limit = max(0, (part_of(account["rate"]) * share).__floor__())
    limit = max(0, limit - sum(used.get((party, section), 0) for section in mine))
    reserve = sum((change for (who, _), change in after.items() if who == party), Fraction(0))
    already = sum(minor for (who, _), minor in used.items() if who == party)
    recouped: int = min(limit, room_of(exact, party, reserve) - already, m["unrecouped"][mine_to_recoup])
    m["unrecouped"][mine_to_recoup] -= recouped
    left = recouped
    for section in mine:
        room = max(0, max(0, money[section].__floor__()) - used.get((party, section), 0))
        takes = left if section == mine[-1] else min(room, left)
        used[party, section] = used.get((party, section), 0) + takes
        left -= takes
    return recouped


def part_of(text: str) -> Fraction:
    """A rate as it is written."""
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)

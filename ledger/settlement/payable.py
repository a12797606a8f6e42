"""Who should pay whom: balances after the last close, less what is under way and what is disputed.

Parties that owe the venture pay those whom the venture owes, net, in as few payments as the order of names
allows. What a dispute is about is held back, and nothing else of the balance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ledger.book import dispute, payout
from ledger.book.closing import Closing
from ledger.book.movements import Kind
from ledger.settlement.knowledge import Facts, Knowledge
from ledger.values.apportionment import Rule, RuleName, apportion
from ledger.values.errors import Refused


@dataclass(frozen=True, slots=True)
class Payable:
    """What a party can be paid (or must pay, negative) now, in minor units, and how that came about.

    `closing` is the balance of the last statement, `paid` what payouts settled since change of it, `in_flight`
    what payouts under way will change, `held` what open disputes hold back. `payable` is their sum.
    """

    party: str
    closing: int
    paid: int
    in_flight: int
    held: int

    @property
    def balance(self) -> int:
        """What the venture owes the party after all payouts that were settled."""
        return self.closing + self.paid

    @property
    def payable(self) -> int:
        """What is free to be paid."""
        return self.balance + self.in_flight + self.held


@dataclass(frozen=True, slots=True)
class Transfer:
    """A payment that would settle balances, in minor units."""

    payer: str
    payee: str
    amount_minor: int


def payables(facts: Facts) -> tuple[Payable, ...]:
    """What each party can be paid now. Raises `Refused` before the first close: there is no balance yet."""
    closings = facts.closings()
    if not closings:
        raise Refused("no period is closed yet, so there is no balance to pay", "close a period first")
    last = closings[-1]
    paid = _paid_since(facts.knowledge(), facts.knowledge(last.cutoff_seq), last)
    flying = _in_flight(facts.payouts())
    claims = [dispute.held_minor(state) for state in facts.disputes()]
    parties = sorted({*last.closing_minor, *paid, *flying})
    return tuple(
        _payable(party, last.closing_minor.get(party, 0), paid.get(party, 0), flying.get(party, 0), claims)
        for party in parties
    )


def _payable(party: str, closing: int, paid: int, in_flight: int, claims: list[Mapping[str, int]]) -> Payable:
    free = closing + paid + in_flight
    effects = [claim.get(party, 0) for claim in claims]
    return Payable(party, closing, paid, in_flight, _undisputed(free, effects) - free)


def _undisputed(balance: int, effects: list[int]) -> int:
    """The part of a balance that is owed whoever is right: the value nearest to nothing that disputes allow."""
    lowest = balance + sum(effect for effect in effects if effect < 0)
    highest = balance + sum(effect for effect in effects if effect > 0)
    return lowest if lowest > 0 else highest if highest < 0 else 0


def _paid_since(now: Knowledge, counted: Knowledge, last: Closing) -> dict[str, int]:
    """What payouts changed that the last statement does not show yet."""
    total = _payouts(now, None)
    for party, minor in _payouts(counted, last).items():
        total[party] = total.get(party, 0) - minor
    return {party: minor for party, minor in total.items() if minor}


def _payouts(knowledge: Knowledge, upto: Closing | None) -> dict[str, int]:
    sign = {Kind.PAYOUT_PAID: 1, Kind.PAYOUT_RECEIVED: -1}
    found: dict[str, int] = {}
    for period, totals in knowledge.totals.items():
        if upto is None or period <= upto.period.key:
            for total in totals:
                if total.kind in sign:
                    found[total.party] = found.get(total.party, 0) + sign[Kind(total.kind)] * total.amount_minor
    return found


def _in_flight(payouts: tuple[payout.Payout, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in payouts:
        minor = payout.in_flight_minor(state)
        if minor and state.order is not None:
            found[state.order.payer] = found.get(state.order.payer, 0) + minor
            found[state.order.payee] = found.get(state.order.payee, 0) - minor
    return found


def transfers(found: tuple[Payable, ...], minimum_minor: int) -> tuple[Transfer, ...]:
    """The payments that settle what is payable; balances below the minimum are carried to a later payout.

    Where debtors owe less than creditors are due (or the other way round), each side gets (or pays) in
    proportion, in whole minor units.
    """
    due = {each.party: each.payable for each in found if each.payable > 0 and each.payable >= minimum_minor}
    owed = {each.party: -each.payable for each in found if each.payable < 0}
    total = min(sum(due.values()), sum(owed.values()))
    return tuple(_matched(_scaled(owed, total), _scaled(due, total), minimum_minor))


def _scaled(sides: Mapping[str, int], total: int) -> dict[str, int]:
    parties = sorted(sides)
    if sum(sides.values()) == total:
        return {party: sides[party] for party in parties}
    weights = [Fraction(sides[party]) for party in parties]
    parts = apportion(total, weights, Rule(RuleName.LARGEST_FRACTION)) if total else (0,) * len(parties)
    return dict(zip(parties, parts, strict=True))


def _matched(payers: dict[str, int], payees: dict[str, int], minimum_minor: int) -> list[Transfer]:
    made, left = [], dict(payers)
    for payee, due in payees.items():
        for payer in left:
            amount = min(left[payer], due)
            if amount > 0:
                made.append(Transfer(payer, payee, amount))
                left[payer] -= amount
                due -= amount
    return [transfer for transfer in made if transfer.amount_minor >= max(1, minimum_minor) or len(payers) > 1]

"""Who should pay whom: balances after the last close, less what is under way and what is disputed.

Parties that owe the venture pay those whom the venture owes, net. What is paid now is what a party is owed
*whatever comes of it*: whether payouts under way arrive or fail, and whoever is right in open disputes. So
nothing is paid twice, no payment has to be sent back, and a dispute holds back the difference that it is about
and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction

import msgspec

from ledger.book import dispute, payout
from ledger.book.closing import Closing
from ledger.book.movements import Kind
from ledger.settlement.knowledge import Facts, Knowledge
from ledger.values.apportionment import Rule, RuleName, apportion
from ledger.values.errors import Refused

Changes = Mapping[str, int]
"""What an account of each party may yet change by, in minor units."""


class Payable(msgspec.Struct, frozen=True):
    """What a party can be paid (or must pay, negative) now, in minor units, and how that came about.

    `closing` is the balance of the last statement and `paid` what payouts that arrived changed of it since.
    Of that balance `in_flight` is covered by payouts under way, and `held` is held back by disputes; both go
    against the balance. What is left is payable.
    """

    party: str
    closing: int
    paid: int
    in_flight: int
    held: int

    @property
    def balance(self) -> int:
        """What the venture owes the party after all payouts that arrived."""
        return self.closing + self.paid

    @property
    def payable(self) -> int:
        """What is free to be paid: of the balance's sign, and never more than the balance."""
        return self.balance + self.in_flight + self.held


class Transfer(msgspec.Struct, frozen=True):
    """A payment that would settle balances, in minor units."""

    payer: str
    payee: str
    amount_minor: int


class Plan(msgspec.Struct, frozen=True):
    """The payments that settle what is payable now, and what of it has to wait."""

    payables: tuple[Payable, ...]
    transfers: tuple[Transfer, ...]
    minimum_minor: int

    def is_below_minimum(self, found: Payable) -> bool:
        """Whether the party is due less than the minimum of the terms, and carries it."""
        return 0 < found.payable < self.minimum_minor

    def paid_minor(self, party: str) -> int:
        """What the plan pays a party, negative for what it has the party pay."""
        received = sum(each.amount_minor for each in self.transfers if each.payee == party)
        return received - sum(each.amount_minor for each in self.transfers if each.payer == party)

    def waiting_minor(self, found: Payable) -> int:
        """What of a party's payable stays: below the minimum, or beyond what the other side owes or is due."""
        return found.payable - self.paid_minor(found.party)


# --- what is payable ----------------------------------------------------------------------------------------


def payables(facts: Facts, claims: Sequence[Changes] = ()) -> tuple[Payable, ...]:
    """What each party can be paid now. Raises `Refused` before the first close: there is no balance yet.

    `claims` are what further disputes may change, besides those on record.
    """
    closings = facts.closings()
    if not closings:
        raise Refused("no period is closed yet, so there is no balance to pay", "close a period first")
    last = closings[-1]
    paid = _paid_since(facts.knowledge(), facts.knowledge(last.cutoff_seq), last)
    flights = [payment for state in facts.payouts() if (payment := _in_flight(state))]
    held = [*claims, *(state.claim.effect_minor for state in holding(facts) if state.claim is not None)]
    parties = sorted({*last.closing_minor, *paid, *(party for changes in (*flights, *held) for party in changes)})
    return tuple(
        _payable(party, last.closing_minor.get(party, 0), paid.get(party, 0), flights, held) for party in parties
    )


def _payable(party: str, closing: int, paid: int, flights: Sequence[Changes], claims: Sequence[Changes]) -> Payable:
    balance = closing + paid
    uncovered = _certain(balance, [changes.get(party, 0) for changes in flights])
    free = _certain(balance, [changes.get(party, 0) for changes in (*flights, *claims)])
    return Payable(party, closing, paid, uncovered - balance, free - uncovered)


def _certain(balance: int, changes: Sequence[int]) -> int:
    """The part of a balance that stays whichever of the changes come true: the value nearest to nothing."""
    lowest = balance + sum(change for change in changes if change < 0)
    highest = balance + sum(change for change in changes if change > 0)
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


def _in_flight(state: payout.Payout) -> Changes:
    """What a payout under way will change when it arrives."""
    minor = payout.in_flight_minor(state)
    return {state.order.payer: minor, state.order.payee: -minor} if minor and state.order is not None else {}


def holding(facts: Facts) -> tuple[dispute.Dispute, ...]:
    """The disputes that hold something back: the open ones, and those whose corrections no statement shows yet.

    A correction may belong to any day, also of a period that is still open, such as a credit note.
    """
    disputes = facts.disputes()
    closings = facts.closings()
    unposted: set[str] = set()
    if closings and any(state.corrections for state in disputes):
        last = closings[-1]
        changes = facts.changes(last.cutoff_seq, facts.head(), date.max)
        unposted = {change.reference for change in changes}
    return tuple(state for state in disputes if dispute.is_open(state) or unposted.intersection(state.corrections))


# --- who pays whom ------------------------------------------------------------------------------------------


def plan(found: tuple[Payable, ...], minimum_minor: int) -> Plan:
    """The payments that settle what is payable; a party that is due less than the minimum carries it.

    The minimum is about what a party is due in all, not about single payments: a party that owes less than the
    minimum pays it all the same where others are due it, so that nobody waits for a part.
    """
    free = {each.party: each.payable for each in found if each.payable < 0 or each.payable >= minimum_minor}
    return Plan(found, settling(free), minimum_minor)


def settling(balances: Mapping[str, int]) -> tuple[Transfer, ...]:
    """The payments that settle balances, net: each settles one of its two parties for good.

    So there are fewer payments than parties. Where those who owe have less to pay than the others are due (a loss
    is carried forward), or more (a liability is outstanding), each side gets or pays in proportion, in whole minor
    units, and the rest stays.
    """
    due = {party: minor for party, minor in balances.items() if minor > 0}
    owed = {party: -minor for party, minor in balances.items() if minor < 0}
    total = min(sum(due.values()), sum(owed.values()))
    made = _matched(_scaled(owed, total), _scaled(due, total))
    return tuple(sorted(made, key=lambda each: (each.payer, each.payee)))


def _scaled(sides: Mapping[str, int], total: int) -> dict[str, int]:
    """A side's amounts, cut in proportion to a total that they are not below; nobody gets more than it had."""
    if not total:
        return {}
    parties = sorted(sides)
    weights = [Fraction(sides[party]) for party in parties]
    parts = dict(zip(parties, apportion(total, weights, Rule(RuleName.LARGEST_FRACTION)), strict=True))
    return {party: minor for party, minor in parts.items() if minor}


def _matched(payers: dict[str, int], payees: dict[str, int]) -> Iterator[Transfer]:
    """Payments between two sides of the same total; the two sides are used up."""
    while payers:
        payer, payee = _next_pair(payers, payees)
        amount_minor = min(payers[payer], payees[payee])
        yield Transfer(payer, payee, amount_minor)
        for side, party in ((payers, payer), (payees, payee)):
            side[party] -= amount_minor
            if not side[party]:
                del side[party]


def _next_pair(payers: Mapping[str, int], payees: Mapping[str, int]) -> tuple[str, str]:
    """The largest two that settle each other exactly; where there are none, the largest payer and payee."""
    by_size = [sorted(side, key=lambda party: (-side[party], party)) for side in (payers, payees)]
    exact = ((payer, payee) for payer in by_size[0] for payee in by_size[1] if payers[payer] == payees[payee])
    return next(exact, (by_size[0][0], by_size[1][0]))

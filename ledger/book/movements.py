"""What an event adds to, or takes from, the totals that settlement reads.

An entry's life (recorded, confirmed, corrected, voided) is a story; settlement needs sums. A movement is
the step between the two: after each event, the movements so far add up to what counts now. A correction
is the negative of what counted before and the new content; a void is the negative alone. The inputs of a
period as known at a cut-off are then one sum over rows that are never changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import assert_never

from ledger.book.events import Advance, Contribution, Cost, Fact, Liability, LiabilityPart, Result, Withdrawal


class Kind(StrEnum):
    """The totals that settlement tells apart."""

    RESULT = "result"
    COST = "cost"
    LIABILITY = "liability"
    LIABILITY_SETTLED = "liability_settled"
    LIABILITY_RELEASED = "liability_released"
    CONTRIBUTION = "contribution"
    WITHDRAWAL = "withdrawal"
    ADVANCE_PAID = "advance_paid"
    ADVANCE_RECEIVED = "advance_received"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_RECEIVED = "payout_received"


@dataclass(frozen=True, slots=True)
class Movement:
    """One addition to a total, on the effective date that decides its period.

    `name` is the metric or category ("" if none; a settlement or release carries its liability's),
    `party` whose account or cash it is ("" if nobody's), `counter` the other side of a payment between
    parties. `amount_minor` is in minor units of the terms' currency, `quantity_micro` in millionths.
    `reference` names the entry or payout behind it; `count` is 1, or -1 where an entry is taken back.
    """

    effective_on: date
    kind: Kind
    name: str
    party: str
    amount_minor: int
    quantity_micro: int
    reference: str
    counter: str = ""
    count: int = 1

    def __neg__(self) -> Movement:
        """The movement that takes this one back, on the same day."""
        return Movement(
            self.effective_on,
            self.kind,
            self.name,
            self.party,
            -self.amount_minor,
            -self.quantity_micro,
            self.reference,
            self.counter,
            -self.count,
        )


def difference(before: tuple[Movement, ...], after: tuple[Movement, ...]) -> tuple[Movement, ...]:
    """What must be added to totals that hold `before`, so that they hold `after`.

    What stays is not mentioned; what goes comes first, negated; what is new follows.
    """
    if not before or before == after:
        return after if not before else ()
    added = list(after)
    taken = []
    for movement in before:
        if movement in added:
            added.remove(movement)
        else:
            taken.append(-movement)
    return (*taken, *added)


def of_fact(fact: Fact, reference: str) -> tuple[Movement, ...]:
    """What the content of an entry adds while it counts. An advance moves two accounts, all else one total."""
    match fact:
        case Result():
            amount, quantity = fact.amount_minor or 0, fact.quantity_micro or 0
            holder = fact.collected_by or ""
            return (Movement(fact.effective_on, Kind.RESULT, fact.metric, holder, amount, quantity, reference),)
        case Cost():
            return (
                Movement(fact.effective_on, Kind.COST, fact.category, fact.paid_by, fact.amount_minor, 0, reference),
            )
        case Liability():
            return (Movement(fact.effective_on, Kind.LIABILITY, fact.category, "", fact.amount_minor, 0, reference),)
        case Contribution():
            return (Movement(fact.effective_on, Kind.CONTRIBUTION, "", fact.party, fact.amount_minor, 0, reference),)
        case Withdrawal():
            return (Movement(fact.effective_on, Kind.WITHDRAWAL, "", fact.party, fact.amount_minor, 0, reference),)
        case Advance():
            kinds = Kind.ADVANCE_PAID, Kind.ADVANCE_RECEIVED
            return payment(fact.effective_on, kinds, fact.paid_by, fact.paid_to, fact.amount_minor, reference)
        case _:
            assert_never(fact)


def payment(
    day: date, kinds: tuple[Kind, Kind], payer: str, payee: str, amount_minor: int, reference: str
) -> tuple[Movement, Movement]:
    """The two sides of a payment between parties: the payer's (the first kind), then the payee's."""
    return (
        Movement(day, kinds[0], "", payer, amount_minor, 0, reference, payee),
        Movement(day, kinds[1], "", payee, amount_minor, 0, reference, payer),
    )


def of_settlement(part: LiabilityPart, category: str, reference: str) -> Movement:
    """What a settled part of a liability adds: the amount that its payer laid out."""
    payer = part.paid_by or ""
    return Movement(part.effective_on, Kind.LIABILITY_SETTLED, category, payer, part.amount_minor, 0, reference)


def of_release(part: LiabilityPart, category: str, reference: str) -> Movement:
    """What a released part of a liability adds: the amount that turned out not to be owed."""
    return Movement(part.effective_on, Kind.LIABILITY_RELEASED, category, "", part.amount_minor, 0, reference)

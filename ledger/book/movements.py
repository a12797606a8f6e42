"""What an event adds to, or takes from, the totals that settlement reads.

An entry's life (recorded, confirmed, corrected, voided) is a story; settlement needs sums. A movement is
the step between the two: after each event, the movements so far add up to what counts now. A correction
is the negative of what counted before and the new content; a void is the negative alone. The inputs of a
period as known at a cut-off are then one sum over rows that are never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import assert_never

import msgspec

from ledger.book.events import (
    Advance,
    Contribution,
    Conversion,
    Cost,
    Fact,
    Liability,
    LiabilityPart,
    Result,
    Withdrawal,
)
from ledger.book.partner_facts import Admission, CapitalFact, RatioChange, Retirement, Revaluation


class Kind(StrEnum):
    """The totals that settlement tells apart."""

    __hash__ = str.__hash__  # as its text, which it equals; an enumeration's own would be called for every movement

    RESULT = "result"
    COST = "cost"
    LIABILITY = "liability"
    LIABILITY_SETTLED = "liability_settled"
    LIABILITY_RELEASED = "liability_released"
    CONTRIBUTION = "contribution"
    WITHDRAWAL = "withdrawal"
    ADVANCE_PAID = "advance_paid"
    ADVANCE_RECEIVED = "advance_received"
    CAPITAL_CHANGED = "capital_changed"
    CURRENCY_SOLD = "currency_sold"
    CURRENCY_PROCEEDS = "currency_proceeds"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_RECEIVED = "payout_received"


class Movement(msgspec.Struct, frozen=True, gc=False):
    """One addition to a total, on the effective date that decides its period.

    `name` is the metric or category, the deal of a contribution or the account of an advance ("" if none; a settlement
    or release carries its liability's, foreign money that was sold the code of its currency; for a change of capital
    what changes it, such as `admission.kim`),
    `party` whose account or cash it is ("" if nobody's), `counter` the other side of a payment between
    parties. `quantity_micro` is in millionths.
    `reference` names the entry or payout behind it; `count` is 1, or -1 where an entry is taken back.
    `currency` is the code of the fact's ("" for a quantity without money), `amount_minor` its minor units;
    `reporter` is the party that recorded a result ("" for all else).
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
    currency: str = ""
    reporter: str = ""

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
            self.currency,
            self.reporter,
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


def of_fact(fact: Fact, reference: str, recorder: str) -> tuple[Movement, ...]:
    """What the content of an entry adds while it counts. An advance moves two accounts, all else one total."""
    match fact:
        case Result():
            return (_of_result(fact, reference, recorder),)
        case Cost():
            return (_money(fact, Kind.COST, fact.category, fact.paid_by, reference),)
        case Liability():
            return (_money(fact, Kind.LIABILITY, fact.category, "", reference),)
        case Contribution():
            return (_money(fact, Kind.CONTRIBUTION, fact.deal or "", fact.party, reference),)
        case Withdrawal():
            return (_money(fact, Kind.WITHDRAWAL, "", fact.party, reference),)
        case Advance():
            kinds, parties = (Kind.ADVANCE_PAID, Kind.ADVANCE_RECEIVED), (fact.paid_by, fact.paid_to)
            account = fact.account or ""
            return payment(fact.effective_on, kinds, parties, fact.amount_minor, fact.currency, reference, account)
        case Admission() | Retirement() | RatioChange() | Revaluation():
            return _of_capital_fact(fact, reference)
        case Conversion():
            return _of_conversion(fact, reference)
        case _:
            assert_never(fact)


def _of_result(fact: Result, reference: str, recorder: str) -> Movement:
    return Movement(
        fact.effective_on, Kind.RESULT, fact.metric, fact.collected_by or "", fact.amount_minor or 0,
        fact.quantity_micro or 0, reference, "", 1, fact.currency or "", recorder,
    )  # fmt: skip


def _of_conversion(fact: Conversion, reference: str) -> tuple[Movement, Movement]:
    """What was sold, in its own currency, and what it brought, both under the name of that currency."""
    day, party = fact.effective_on, fact.party
    sold, brought = ((fact.currency, party, each, 0, reference) for each in (fact.amount_minor, fact.proceeds_minor))
    return (
        Movement(day, Kind.CURRENCY_SOLD, *sold, currency=fact.currency),
        Movement(day, Kind.CURRENCY_PROCEEDS, *brought, currency=fact.into),
    )


def _money(
    fact: Cost | Liability | Contribution | Withdrawal, kind: Kind, name: str, party: str, reference: str
) -> Movement:
    return Movement(fact.effective_on, kind, name, party, fact.amount_minor, 0, reference, "", 1, fact.currency)


def _of_capital_fact(fact: CapitalFact, reference: str) -> tuple[Movement, ...]:
    """The change of each party's capital; of a newcomer's, what it pays in is a contribution."""
    day, change_minor = fact.effective_on, dict(fact.change_minor)
    paid_in: tuple[Movement, ...] = ()
    if isinstance(fact, Admission) and fact.amount_minor:
        change_minor[fact.party] -= fact.amount_minor
        amount = fact.amount_minor, 0, reference
        paid_in = (Movement(day, Kind.CONTRIBUTION, "", fact.party, *amount, currency=fact.currency),)
    return (*paid_in, *of_change(day, what_changes(fact), change_minor, fact.currency, reference))


def what_changes(fact: CapitalFact) -> str:
    """The name under which a change of capital is counted: its kind, and the partner that comes or goes."""
    kind = str(fact.__struct_config__.tag)
    return f"{kind}.{fact.party}" if isinstance(fact, Admission | Retirement) else kind


def of_change(
    day: date, name: str, change_minor: Mapping[str, int], currency: str, reference: str
) -> tuple[Movement, ...]:
    """What a change of several parties' capital adds, party by party; nothing for those it leaves alone."""
    return tuple(
        Movement(day, Kind.CAPITAL_CHANGED, name, party, minor, 0, reference, currency=currency)
        for party, minor in sorted(change_minor.items())
        if minor
    )


def payment(
    day: date,
    kinds: tuple[Kind, Kind],
    parties: tuple[str, str],
    amount_minor: int,
    currency: str,
    reference: str,
    name: str = "",
) -> tuple[Movement, Movement]:
    """The two sides of a payment between parties: the payer's (the first of each), then the payee's."""
    payer, payee = parties
    return (
        Movement(day, kinds[0], name, payer, amount_minor, 0, reference, payee, currency=currency),
        Movement(day, kinds[1], name, payee, amount_minor, 0, reference, payer, currency=currency),
    )


def of_settlement(part: LiabilityPart, of: Liability, reference: str) -> Movement:
    """What a settled part of a liability adds: the amount that its payer laid out."""
    return _of_part(part, of, Kind.LIABILITY_SETTLED, part.paid_by or "", reference)


def of_release(part: LiabilityPart, of: Liability, reference: str) -> Movement:
    """What a released part of a liability adds: the amount that turned out not to be owed."""
    return _of_part(part, of, Kind.LIABILITY_RELEASED, "", reference)


def _of_part(part: LiabilityPart, of: Liability, kind: Kind, party: str, reference: str) -> Movement:
    amount, currency = part.amount_minor, of.currency
    return Movement(part.effective_on, kind, of.category, party, amount, 0, reference, currency=currency)


_DATED = frozenset({Kind.CONTRIBUTION, Kind.WITHDRAWAL, Kind.CAPITAL_CHANGED})


def dimensions(movement: Movement, own: str) -> tuple[str, str, str]:
    """What else a total is told apart by, beside its period, kind, name and party: currency, day and reporter.

    The currency is said only where it is not `own`, that of the agreement. The day (ISO) is said where something
    depends on it: of capital, which bears interest by days, and of foreign money, which has a rate by day. An advance
    on an account comes from its payer, who alone recoups it.
    """
    foreign = movement.currency if movement.currency != own else ""
    dated = foreign or movement.kind in _DATED
    ahead = movement.kind is Kind.ADVANCE_RECEIVED and movement.name
    reporter = movement.counter if ahead else movement.reporter
    return foreign, movement.effective_on.isoformat() if dated else "", reporter

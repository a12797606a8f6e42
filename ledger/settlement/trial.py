"""Terms tried out: what each party would get in periods that nobody has lived through yet.

A trial settles periods with the engine that settles real ones; only their totals are assumed. So a trial says
what the terms say, whatever clauses they have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any

import msgspec
from msgspec.structs import replace

from ledger.book.events import Advance, Contribution, Cost, Fact, Liability, Result
from ledger.book.movements import of_fact
from ledger.settlement.knowledge import Knowledge, TermsInForce, Totals
from ledger.settlement.settle import Settlement, fold
from ledger.terms.document import Terms
from ledger.terms.numbers import PortionOf
from ledger.values.errors import Refused
from ledger.values.figures import Figure
from ledger.values.periods import Period

PERIODS_LIMIT = 1_200
"""The most periods of one trial: a hundred years of months."""


class What(StrEnum):
    """What a level is an amount of: money of a metric, or its quantity."""

    RESULT = "result"
    UNITS = "units"


class Varied(msgspec.Struct, frozen=True):
    """What differs from row to row of a trial: the money of a metric (minor units) or its quantity (millionths)."""

    what: What
    name: str


class Assumed(msgspec.Struct, frozen=True):
    """What is taken to happen in each period of a trial.

    Money is in minor units, quantities are in millionths. A cost may be a rate of a metric. On the first day, once,
    `capital` is contributed (by `party`, or by `party:deal` for one deal), and `advances` are paid (`from:to`, with
    `from:to:account` on an account of the terms).
    """

    results: Mapping[str, int] = msgspec.field(default_factory=dict)
    units: Mapping[str, int] = msgspec.field(default_factory=dict)
    costs: Mapping[str, PortionOf | int] = msgspec.field(default_factory=dict)
    liabilities: Mapping[str, int] = msgspec.field(default_factory=dict)
    capital: Mapping[str, int] = msgspec.field(default_factory=dict)
    advances: Mapping[str, int] = msgspec.field(default_factory=dict)

    def at(self, varied: Varied, level: int) -> Assumed:
        """The same, with what is varied at a level."""
        if varied.what is What.UNITS:
            return replace(self, units={**self.units, varied.name: level})
        return replace(self, results={**self.results, varied.name: level})


class Outcome(msgspec.Struct, frozen=True):
    """What a level comes to: the settlements of the periods of a trial, all alike in what happened."""

    level: int
    settlements: tuple[Settlement, ...]

    @property
    def pool(self) -> int:
        """What there was to share in all periods together, in minor units."""
        return sum(int(settled.pool.pool.value) for settled in self.settlements)

    @property
    def shares(self) -> dict[str, int]:
        """What each party gets of all periods together, in minor units."""
        return _sums([settled.shares for settled in self.settlements], self.settlements[-1].terms)

    @property
    def due(self) -> dict[str, int]:
        """What each party is paid of its share in all periods together, in minor units.

        That is the share less what stays in as capital, is held in reserve or recouped, plus what is released.
        """
        found = self.shares
        for settled in self.settlements:
            for party, line in set_aside(settled):
                found[party] = found.get(party, 0) + int(line.value)
        return found

    @property
    def carried_on(self) -> int:
        """The loss that is still to be made good by later periods: shares = pool + this."""
        return int(self.settlements[-1].loss.value)

    def alone(self, place: int) -> Outcome:
        """One of the periods, by its place."""
        return Outcome(self.level, (self.settlements[place],))

    @property
    def brought_forward(self) -> int:
        """The loss that the first of the periods made good for those before it."""
        first = self.settlements[0]
        return int(first.pool.pool.value - first.available.value)


_NOT_ASIDE = frozenset(
    {
        "share", "held", "exchange", "reimbursed", "settled",
        "advances.paid", "advances.received", "payouts.paid", "payouts.received",
    }
)  # fmt: skip
"""Rows of a current account that are the share itself, or about who has the money and not about whose it is."""


def set_aside(settled: Settlement) -> Iterator[tuple[str, Figure]]:
    """What is not paid of the shares of a period (below zero), or paid of what was set aside before, by party."""
    for party, lines in settled.accounts.items():
        yield from ((party, line) for line in lines if line.name.partition("/")[2] not in _NOT_ASIDE)


def _sums(found: list[dict[str, Figure]], terms: Terms) -> dict[str, int]:
    parties = dict.fromkeys((*terms.parties, *(party for shares in found for party in shares)))
    return {party: sum(int(shares[party].value) for shares in found if party in shares) for party in parties}


def tried(terms: Terms, varied: Varied, level: int, assumed: Assumed, periods: int = 1) -> Outcome:
    """What a level comes to in a number of periods from the first on.

    Raises `Refused` for more periods than a trial has.
    """
    if not 1 <= periods <= PERIODS_LIMIT:
        raise Refused(f"a trial cannot have {periods} periods", f"try 1 to {PERIODS_LIMIT}")
    totals = Totals(terms.every, terms.currency)
    last = period = terms.first_period
    for place in range(periods):
        for fact, actor in _facts(assumed.at(varied, level), terms, period, first=place == 0):
            for movement in of_fact(fact, "", actor):
                totals.add(movement)
        last, period = period, period.next()
    known = Knowledge(terms.agreement, 1, (TermsInForce(terms, terms.starts_on, 1),), totals.per_period())
    return Outcome(level, fold(known, last))


def _facts(assumed: Assumed, terms: Terms, period: Period, *, first: bool) -> Iterator[tuple[Fact, str]]:
    """What is assumed as the facts of a period, each with the party that records it."""
    day: Any = {"effective_on": period.last}
    unit: Any = {"currency": terms.currency}
    for name in sorted({*assumed.results, *assumed.units}):
        holder, amount = collector(terms, name), assumed.results.get(name)
        money: Any = {} if amount is None else {"amount_minor": amount, "collected_by": holder, **unit}
        yield Result(metric=name, quantity_micro=assumed.units.get(name), **day, **money), holder
    for name, cost in sorted(assumed.costs.items()):
        holder = payer(terms, name)
        yield Cost(category=name, amount_minor=_cost(cost, assumed), paid_by=holder, **day, **unit), holder
    for name, minor in sorted(assumed.liabilities.items()):
        yield Liability(category=name, amount_minor=minor, **day, **unit), ""
    if first:
        yield from _on_the_first_day(assumed, {"effective_on": terms.starts_on, **unit})


def _on_the_first_day(assumed: Assumed, common: Any) -> Iterator[tuple[Fact, str]]:
    for who, minor in sorted(assumed.capital.items()):
        party, _, deal = who.partition(":")
        yield Contribution(party=party, amount_minor=minor, deal=deal or None, **common), party
    for way, minor in sorted(assumed.advances.items()):
        payer, payee, *account = way.split(":")
        more: Any = {"account": account[0]} if account else {}
        yield Advance(paid_by=payer, paid_to=payee, amount_minor=minor, **more, **common), payer


def _cost(cost: PortionOf | int, assumed: Assumed) -> int:
    if isinstance(cost, int):
        return cost
    return int(max(Fraction(0), cost.rate * assumed.results.get(cost.of, 0)))


def collector(terms: Terms, metric: str) -> str:
    """Who is taken to collect a metric: the first party that reports it, else the first party."""
    return next((party for party, who in terms.parties.items() if metric in who.reports), next(iter(terms.parties)))


def payer(terms: Terms, category: str) -> str:
    """Who is taken to pay a cost: the first party that pays its category, else the first party."""
    return next((party for party, who in terms.parties.items() if category in who.pays), next(iter(terms.parties)))

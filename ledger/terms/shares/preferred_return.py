"""Preferred return: what capital earns before anybody else has a part in the profit.

It accrues day by day on capital that was not yet returned. A contribution counts from its day; distributions happen at
the end of a period, so what is given back bears the rate to the end of its period. Source of the rule: usual limited
partnership agreements ("a preferred return of 8% a year, compounded annually, on unreturned contributions, from the day
of each contribution"); ILPA Principles, part on the waterfall.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from msgspec.structs import replace

from ledger.terms.context import Context, PerParty
from ledger.terms.shares.limit import within_remaining
from ledger.terms.shares.on_capital import part_of_year
from ledger.terms.shares.step import Leaving, Named, Step, Taking, Trouble, nobody, not_deal_by_deal, said_receivers
from ledger.values.daycounts import DayCount
from ledger.values.figures import Figure, add, multiply, positive, subtract, term
from ledger.values.money import Currency, format_rate

OWED, BEARING, PAID = "owed", "bearing", "paid"


class Compound(StrEnum):
    """When preferred return that is not paid begins to bear the rate itself."""

    NEVER = "never"
    PERIOD = "every period"
    YEAR = "every year"


class Unpaid(StrEnum):
    """What becomes of preferred return for which the pool did not suffice."""

    CARRIED = "carried"
    LAPSES = "lapses"


class PreferredReturn(Step, frozen=True):
    """A rate a year on the capital that was not yet returned; in proportion to what is owed where less remains.

    `to` are the parties that get it; None for all that contributed.
    """

    rate: Fraction
    days: DayCount
    compound: Compound
    unpaid: Unpaid
    to: tuple[str, ...] | None = None

    word: ClassVar[str] = "preferred return"
    limited: ClassVar[bool] = True
    outlives: ClassVar[bool] = True

    def take(self, ctx: Context) -> Taking:
        bearing = {party: self._bearing(party, ctx) for party in self.to or ctx.stakes.parties()}
        due = {party: self._due(party, unpaid, ctx) for party, unpaid in bearing.items()}
        taken = within_remaining(due, ctx, lambda party: f"preferred return of {party}")
        return Taking(taken, lambda got: Leaving(forward=tuple(self._forward(due, bearing, got, ctx))))

    def _bearing(self, party: str, ctx: Context) -> Figure | None:
        """The preferred return brought forward that bears the rate in this period."""
        if self.compound is Compound.PERIOD or (self.compound is Compound.YEAR and ctx.period.begins_year):
            return _owed(party, ctx)
        if self.compound is Compound.YEAR:
            return _bore(party, ctx)
        return None

    def _due(self, party: str, bearing: Figure | None, ctx: Context) -> Figure:
        accrual = accrued(party, self.rate, self.days, ctx, bearing)
        owed = _owed(party, ctx)
        if owed is None or self.unpaid is Unpaid.LAPSES:
            return accrual
        return add((owed, accrual), f"preferred return due to {party}", ctx.clause)

    def _forward(
        self, due: PerParty, bearing: dict[str, Figure | None], got: PerParty, ctx: Context
    ) -> Iterator[Figure]:
        """What is still owed; what of it bears the rate, as the oldest is paid first; all that was paid so far."""
        for party, figure in due.items() if self.unpaid is Unpaid.CARRIED else ():
            label = f"preferred return still owed to {party}"
            yield subtract((figure, got[party]), label, ctx.clause, ctx.carry(f"{OWED}.{party}"))
            oldest = bearing[party] if self.compound is Compound.YEAR else _bore(party, ctx)
            if oldest is not None:  # also while it does not compound by the year: terms may come back to it
                label = f"preferred return owed to {party} that bears the rate"
                rest = subtract((oldest, got[party]), label, ctx.clause)
                yield positive(rest, label, ctx.clause, ctx.carry(f"{BEARING}.{party}"))
        before = paid_before(ctx.key, ctx)
        parts = [*([before] if before is not None else []), *got.values()]
        label = "preferred return paid so far"
        yield add(parts, label, ctx.clause, ctx.carry(PAID), ctx.currency.code)

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        verb = "take" if self.to is not None and len(self.to) > 1 else "takes"
        rate = f"{format_rate(self.rate)} a year ({self.days})"
        said = f"{said_receivers(self.to)} {verb} a preferred return of {rate} on capital not yet returned"
        return f"{said}; {_READ[self.unpaid]}{_READ_COMPOUND[self.compound]}."

    def parties(self) -> Iterator[Named]:
        for party in self.to or ():
            yield ("to",), party

    def troubles_after(self, before: Sequence[Step]) -> Iterator[Trouble]:
        yield from not_deal_by_deal(before)

    def troubles(self, last: bool) -> Iterator[Trouble]:
        yield from Step.troubles(self, last)
        yield from nobody(self.to)
        if self.unpaid is Unpaid.LAPSES and self.compound is not Compound.NEVER:
            yield ("compound",), "what lapses cannot bear a return", "write `compound: never`, or `unpaid: carried`"


_READ = {
    Unpaid.CARRIED: "what cannot be paid stays owed",
    Unpaid.LAPSES: "what cannot be paid lapses",
}
_READ_COMPOUND = {
    Compound.NEVER: "",
    Compound.PERIOD: ", and bears the same rate from the next period on",
    Compound.YEAR: ", and bears the same rate from the next year on",
}


def paid_before(key: str, ctx: Context) -> Figure | None:
    """What a preferred return, by the key of its memory, had paid to all parties before this period."""
    return ctx.brought(ctx.at(ctx.clause, ctx.name, key).carry(PAID), "preferred return paid before")


def _owed(party: str, ctx: Context) -> Figure | None:
    return ctx.before(f"{OWED}.{party}", f"preferred return owed to {party}")


def _bore(party: str, ctx: Context) -> Figure | None:
    return ctx.before(f"{BEARING}.{party}", f"preferred return of {party} that bears the rate")


def accrued(party: str, rate: Fraction, days: DayCount, ctx: Context, bearing: Figure | None = None) -> Figure:
    """What a party's capital earns in a period, never below zero: every move counts from its day to the end.

    `bearing` is what bears the rate beside the capital.
    """
    going_on = replace(ctx, last=ctx.period.last)  # whatever the agreement's last day
    annual = term(rate, "", "rate a year", ctx.clause)
    parts = []
    for what, since, amount in _bearers(party, ctx, bearing):
        span = part_of_year(going_on, since, days)
        parts.append(multiply((amount, annual, span), f"on {what}", ctx.clause))
    whole = add(parts, f"return on capital of {party}", ctx.clause, "", ctx.currency.code)
    return positive(whole, whole.label, ctx.clause) if any(part.value < 0 for part in parts) else whole


def _bearers(party: str, ctx: Context, bearing: Figure | None) -> Iterator[tuple[str, date, Figure]]:
    opening = ctx.stakes.unreturned(party)
    if opening.value:
        yield "the capital brought forward", ctx.first, opening
    for day, amount in ctx.stakes.moves(party):
        yield f"what was {'paid in' if amount.value > 0 else 'taken out'} on {day}", max(day, ctx.first), amount
    if bearing is not None and bearing.value:
        yield "preferred return owed since before", ctx.first, bearing

"""Interest on withdrawals: what parties are charged for the capital that they took out within the period."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from ledger.terms.context import Context
from ledger.terms.shares.on_capital import part_of_year
from ledger.terms.shares.step import Step, Taking
from ledger.values.daycounts import DayCount
from ledger.values.figures import Figure, add, multiply, negate, term
from ledger.values.money import Currency, format_rate

FLAT = "flat"


class Reckoned(StrEnum):
    """How time counts: not at all (the rate is of the amount), or from the day of a withdrawal by a day count."""

    FLAT = FLAT
    ACT_365F = DayCount.ACT_365F.value
    ACT_360 = DayCount.ACT_360.value
    THIRTY_360 = DayCount.THIRTY_360.value
    ACT_ACT = DayCount.ACT_ACT.value


class WithdrawalInterest(Step, frozen=True):
    """What each party is charged for what it took out in the period: a negative take, which the others share."""

    rate: Fraction
    days: Reckoned

    word: ClassVar[str] = "interest on withdrawals"

    def take(self, ctx: Context) -> Taking:
        moves = {party: ctx.stakes.taken_out[party] for party in sorted(ctx.parties & ctx.stakes.taken_out.keys())}
        return Taking({party: self._charged(party, taken, ctx) for party, taken in moves.items() if taken})

    def _charged(self, party: str, taken: tuple[tuple[date, Figure], ...], ctx: Context) -> Figure:
        base = add([self._base(day, figure, ctx) for day, figure in taken], f"withdrawals of {party}", ctx.clause)
        rate = term(self.rate, "", "rate" if self.days is Reckoned.FLAT else "rate for a year", ctx.clause)
        label = f"interest on withdrawals of {party}"
        return negate(multiply((rate, base), label, ctx.clause), label, ctx.clause, f"{party}/{ctx.name}")

    def _base(self, day: date, figure: Figure, ctx: Context) -> Figure:
        if self.days is Reckoned.FLAT:
            return figure
        time = part_of_year(ctx, max(day, ctx.first), DayCount(self.days.value))
        return multiply((figure, time), f"{figure.label}, from {day} on", ctx.clause)

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        rate = format_rate(self.rate)
        if self.days is Reckoned.FLAT:
            return f"Each party is charged {rate} of the capital that it withdrew in the period, whenever it did."
        return (
            f"Each party is charged interest of {rate} a year on the capital that it withdrew, from the day of the "
            f"withdrawal to the end of the period ({self.days})."
        )

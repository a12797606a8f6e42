"""Interest on capital: a yearly rate of what a party has put in, by the days of the period."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from ledger.terms.context import Context
from ledger.terms.shares.on_capital import average_capital, opening_capital, part_of_year, with_capital
from ledger.terms.shares.step import Named, Step, Taking, Trouble
from ledger.values.daycounts import DayCount
from ledger.values.figures import Figure, multiply, positive, term
from ledger.values.money import Currency, format_rate


class On(StrEnum):
    """Which capital of a period bears interest: what it begins with, or that of an average day."""

    OPENING = "opening capital"
    AVERAGE = "average capital"


class Overdrawn(StrEnum):
    """What a capital below zero bears: nothing, or interest that the party is charged."""

    NOTHING = "nothing"
    CHARGED = "charged"


class Interest(Step, frozen=True):
    """Interest on the capital of some parties, or of all that have any (`to` is None); the rate is for a year."""

    on: On
    rate: Fraction
    days: DayCount
    overdrawn: Overdrawn = Overdrawn.NOTHING
    to: tuple[str, ...] | None = None

    word: ClassVar[str] = "interest"

    def take(self, ctx: Context) -> Taking:
        return Taking({party: self._due(party, ctx) for party in with_capital(ctx, self.to)})

    def _due(self, party: str, ctx: Context) -> Figure:
        rate = term(self.rate, "", "rate for a year", ctx.clause)
        operands = (rate, self._capital(party, ctx), part_of_year(ctx, ctx.first, self.days))
        return multiply(operands, f"interest on capital of {party}", ctx.clause, f"{party}/{ctx.name}")

    def _capital(self, party: str, ctx: Context) -> Figure:
        held = opening_capital(ctx, party) if self.on is On.OPENING else average_capital(ctx, party, self.days)
        if self.overdrawn is Overdrawn.CHARGED:
            return held
        return positive(held, f"{held.label}, if above zero", ctx.clause)

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        who = "Each party" if self.to is None else f"Each of {', '.join(self.to)}"
        below = "bears none" if self.overdrawn is Overdrawn.NOTHING else "is charged the same rate"
        return (
            f"{who} takes interest of {format_rate(self.rate)} a year on its {self.on} of the period ({self.days}); "
            f"a capital below zero {below}."
        )

    def parties(self) -> Iterator[Named]:
        for party in self.to or ():
            yield ("to",), party

    def troubles(self, last: bool) -> Iterator[Trouble]:
        yield from Step.troubles(self, last)
        if self.to == ():
            yield ("to",), "names nobody", "leave it out where all parties are meant"

"""A salary: fixed amounts for some parties, for a period or for a year in equal parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from ledger.terms.context import Context
from ledger.terms.shares.step import Named, Step, Taking
from ledger.values.figures import Figure, multiply, term
from ledger.values.money import Currency, format_money
from ledger.values.periods import Every, Period, every


class Per(StrEnum):
    """What time an amount is for: the period, or a year."""

    PERIOD = "period"
    YEAR = "year"


class Salary(Step, frozen=True):
    """A fixed amount for each of some parties, in minor units; a year's amount comes in equal parts."""

    amounts: Mapping[str, int]
    per: Per

    word: ClassVar[str] = "salary"

    def take(self, ctx: Context) -> Taking:
        return Taking({party: self._due(party, amount, ctx) for party, amount in self.amounts.items()})

    def _due(self, party: str, amount: int, ctx: Context) -> Figure:
        operands = [term(amount, ctx.currency.code, f"amount per {self.per}", ctx.clause)]
        if self.per is Per.YEAR:
            operands.append(
                term(part_of_its_year(ctx.period), "", f"part of the year that {ctx.period} is", ctx.clause)
            )
        return multiply(operands, f"salary of {party}", ctx.clause, f"{party}/{ctx.name}")

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        said = ", ".join(f"{party} {format_money(amount, currency)}" for party, amount in self.amounts.items())
        span = "in each period" if self.per is Per.PERIOD else "for each year, in equal parts"
        return f"As a salary {span}: {said}."

    def parties(self) -> Iterator[Named]:
        for party in self.amounts:
            yield ("amounts", party), party


def part_of_its_year(period: Period) -> Fraction:
    """A month is a twelfth of its year, a quarter a quarter, an ISO week one of the 52 or 53 of its ISO year."""
    match every(period.key):
        case Every.MONTH:
            return Fraction(1, 12)
        case Every.QUARTER:
            return Fraction(1, 4)
        case Every.YEAR:
            return Fraction(1)
        case Every.WEEK:
            return Fraction(1, date(period.year, 12, 28).isocalendar().week)

"""A bonus: a rate of a profit, reckoned before the bonus itself is taken off it, or after."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from ledger.terms.context import Context
from ledger.terms.shares.step import Named, Step, Taking, said_base
from ledger.values.figures import RATE, Figure, Op, add, derive, lesser, multiply, positive, term
from ledger.values.money import Currency, format_money, format_rate

#: Bases that are never below zero.
PROFITS = ("pool", "remaining")


class Reckoned(StrEnum):
    """Whether the rate is of the base as it is, or of what the bonus leaves of it."""

    BEFORE = "before itself"
    AFTER = "after itself"


class Bonus(Step, frozen=True):
    """A rate of a base, and nothing where the base is not above zero.

    After itself, the bonus is the rate of the base less the bonus: a rate r of the base gives r/(1+r) of it. Before
    or after other allowances is a matter of the order of the steps. `at_most` is in minor units.
    """

    to: str
    rate: Fraction
    of: str
    reckoned: Reckoned
    at_most: int | None = None

    word: ClassVar[str] = "bonus"

    def take(self, ctx: Context) -> Taking:
        base = ctx.base(self.of)
        if self.of not in PROFITS:
            base = positive(base, f"{self.of}, if above zero", ctx.clause)
        name = f"{self.to}/{ctx.name}"
        due = multiply(
            (self._factor(ctx), base), f"bonus of {self.to}", ctx.clause, name if self.at_most is None else ""
        )
        if self.at_most is not None:
            cap = term(self.at_most, ctx.currency.code, "at most", ctx.clause)
            due = lesser((due, cap), f"bonus of {self.to}, capped", ctx.clause, name)
        return Taking({self.to: due})

    def _factor(self, ctx: Context) -> Figure:
        rate = term(self.rate, RATE, f"rate of {self.of}", ctx.clause)
        if self.reckoned is Reckoned.BEFORE:
            return rate
        whole = add((term(1, RATE, "what the bonus leaves", ctx.clause), rate), "with the bonus itself", ctx.clause)
        return derive(Op.QUOTIENT, (rate, whole), "part that is the bonus", ctx.clause)

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        limit = f", at most {format_money(self.at_most, currency)} in each period" if self.at_most is not None else ""
        base = said_base(self.of, whole)
        how = "before" if self.reckoned is Reckoned.BEFORE else "after"
        rate = format_rate(self.rate)
        return (
            f"{self.to} takes a bonus of {rate} of {base}, reckoned {how} the bonus itself{limit}; a loss gives none."
        )

    def parties(self) -> Iterator[Named]:
        yield ("to",), self.to

    def bases(self) -> Iterator[Named]:
        yield ("of",), self.of

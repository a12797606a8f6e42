"""A fee: a rate of a base, an amount per unit of a metric, or a flat amount in each period."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar

from ledger.terms.context import Context
from ledger.terms.shares.step import Named, Step, Taking, Trouble, said_base
from ledger.values.figures import Figure, lesser, multiply, term
from ledger.values.money import Currency, format_money, format_rate


class Fee(Step, frozen=True):
    """A rate of a base, an amount per unit of a metric, or a flat amount in each period, with an optional cap.

    `amount` is in (fractions of) minor units.
    """

    to: str
    rate: Fraction | None = None
    of: str | None = None
    amount: Fraction | None = None
    each: str | None = None
    at_most: int | None = None

    word: ClassVar[str] = "fee"

    def take(self, ctx: Context) -> Taking:
        return Taking({self.to: self._capped(self._due(ctx), ctx)})

    def _due(self, ctx: Context) -> Figure:
        name = "" if self.at_most is not None else f"{self.to}/{ctx.name}"
        label = f"fee of {self.to}"
        if self.rate is not None and self.of is not None:
            rate = term(self.rate, "", f"rate of {self.of}", ctx.clause)
            return multiply((rate, ctx.base(self.of)), label, ctx.clause, name)
        unit = ctx.currency.code
        assert self.amount is not None
        amount = term(self.amount, unit, f"amount per {self.each}" if self.each else "amount per period", ctx.clause)
        operands = (amount, ctx.inputs.quantity(self.each)) if self.each else (amount,)
        return multiply(operands, label, ctx.clause, name, unit)

    def _capped(self, due: Figure, ctx: Context) -> Figure:
        if self.at_most is None:
            return due
        cap = term(self.at_most, ctx.currency.code, "at most", ctx.clause)
        return lesser((due, cap), f"fee of {self.to}, capped", ctx.clause, f"{self.to}/{ctx.name}")

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        limit = f", at most {format_money(self.at_most, currency)} in each period" if self.at_most is not None else ""
        if self.rate is not None:
            return f"{self.to} takes {format_rate(self.rate)} of {said_base(self.of, whole)}{limit}."
        assert self.amount is not None
        per = f"for each unit of {self.each}" if self.each else "in each period"
        return f"{self.to} takes {format_money(self.amount, currency)} {per}{limit}."

    def parties(self) -> Iterator[Named]:
        yield ("to",), self.to

    def bases(self) -> Iterator[Named]:
        if self.of is not None:
            yield ("of",), self.of

    def metrics(self) -> Iterator[Named]:
        if self.each is not None:
            yield ("each",), self.each

    def troubles(self, last: bool) -> Iterator[Trouble]:
        hint = "write `rate` with `of`, or `amount` with `each`, or `amount` alone"
        if (self.rate is None) == (self.amount is None):
            yield (), "a fee has either a rate or an amount", hint
        if self.rate is not None and self.of is None:
            yield (), "a rate needs to say of what", "add `of: sales`, `of: pool` or `of: remaining`"
        if self.rate is not None and self.each is not None:
            yield ("each",), "a rate is not taken per unit", hint
        if self.amount is not None and self.of is not None:
            yield ("of",), "an amount is not taken of a base", hint
        if self.amount is not None and self.each is None and self.amount.denominator != 1:
            yield ("amount",), "a flat amount has whole minor units", "round it"
        yield from Step.troubles(self, last)

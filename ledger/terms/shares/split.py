"""A split: what remains, by fixed rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import ClassVar

from ledger.terms.context import Context, PerParty
from ledger.terms.shares.step import Named, Step, Taking, Trouble, said_rates
from ledger.values.figures import Figure, multiply, term
from ledger.values.money import Currency


class Split(Step, frozen=True):
    """What remains of the pool, by fixed rates that add up to the whole."""

    rates: Mapping[str, Fraction]

    word: ClassVar[str] = "split"
    bears: ClassVar[bool] = True

    def take(self, ctx: Context) -> Taking:
        return Taking(split(ctx.base("remaining"), self.rates, ctx, "share"))

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        return f"What remains is shared: {said_rates(self.rates)}."

    def parties(self) -> Iterator[Named]:
        for party in self.rates:
            yield (party,), party

    def bear(self, ctx: Context) -> PerParty:
        return split(ctx.remaining, self.rates, ctx, "loss")

    def troubles(self, last: bool) -> Iterator[Trouble]:
        if not last:
            yield (), "nothing remains after a split", "make it the last step"


def split(amount: Figure, rates: Mapping[str, Fraction], ctx: Context, what: str) -> PerParty:
    """An amount by rates, exactly."""
    clause = ctx.clause
    return {
        party: multiply(
            (term(rate, "", f"part of {party}", clause), amount), f"{what} of {party}", clause, f"{party}/{ctx.name}"
        )
        for party, rate in rates.items()
        if rate
    }

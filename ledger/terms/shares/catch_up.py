"""Catch-up: the manager takes most or all of what remains until it has its part of the profit so far.

Source of the rule: usual limited partnership agreements ("third, 100% to the general partner until it has received 20%
of the sum of the preferred return and the amounts distributed under this paragraph"). A partial catch-up gives the
manager less than all (80%, say), and the rest to the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import ClassVar

from ledger.terms.context import Context, PerParty
from ledger.terms.shares.preferred_return import PreferredReturn, paid_before
from ledger.terms.shares.step import Leaving, Named, Step, Taking, Trouble, said_rates
from ledger.values.figures import Figure, Op, add, derive, lesser, multiply, positive, subtract, term
from ledger.values.money import Currency, format_rate

DISTRIBUTED = "distributed"


class CatchUp(Step, frozen=True):
    """`to` takes `rate` of what remains until it has `until` of the preferred return and this tier together.

    Both are counted since the beginning: P of preferred return calls for a tier of until * P / (rate - until).
    `rest` has what `to` does not take of the tier.
    """

    to: str
    rate: Fraction
    until: Fraction
    rest: Mapping[str, Fraction] | None = None

    word: ClassVar[str] = "catch-up"
    limited: ClassVar[bool] = True
    outlives: ClassVar[bool] = True

    def take(self, ctx: Context) -> Taking:
        rate = term(self.rate, "", f"part of {self.to} in the catch-up", ctx.clause)
        tier = self._tier(rate, ctx)
        label = f"catch-up of {self.to}"
        taken = {self.to: multiply((rate, tier), label, ctx.clause, f"{self.to}/{ctx.name}")}
        if self.rest is not None and self.rate < 1:
            whole = term(1, "", "the whole", ctx.clause)
            others = multiply((subtract((whole, rate), "part of the others", ctx.clause), tier), "rest", ctx.clause)
            for party, part in self.rest.items():
                share = term(part, "", f"part of {party}", ctx.clause)
                label = f"beside the catch-up, to {party}"
                taken[party] = multiply((share, others), label, ctx.clause, f"{party}/{ctx.name}")
        return Taking(taken, lambda got: Leaving(forward=(self._distributed(got, ctx),)))

    def _tier(self, rate: Figure, ctx: Context) -> Figure:
        """What all parties take by the tier in this period."""
        until = term(self.until, "", f"until {self.to} has", ctx.clause)
        preferred = multiply((until, _preferred(ctx)), f"{format_rate(self.until)} of the preferred return", ctx.clause)
        gap = subtract((rate, until), "gained on each unit of the tier", ctx.clause)
        whole = derive(Op.QUOTIENT, (preferred, gap), "catch-up called for so far", ctx.clause)
        before = ctx.before(DISTRIBUTED, "distributed by the catch-up before")
        due = whole if before is None else subtract((whole, before), "still to catch up", ctx.clause)
        due = positive(due, "still to catch up, if anything", ctx.clause)
        room = positive(ctx.remaining, "what remains, if anything", ctx.clause)
        return lesser((due, room), "catch-up of this period", ctx.clause)

    def _distributed(self, got: PerParty, ctx: Context) -> Figure:
        before = ctx.before(DISTRIBUTED, "distributed by the catch-up before")
        parts = [*([before] if before is not None else []), *got.values()]
        return add(parts, "distributed by the catch-up so far", ctx.clause, ctx.carry(DISTRIBUTED))

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        until = f"until it has {format_rate(self.until)} of the preferred return and this together"
        rest = f"; the rest meanwhile: {said_rates(self.rest)}" if self.rest is not None and self.rate < 1 else ""
        return f"{self.to} catches up: it takes {format_rate(self.rate)} of what remains of {whole} {until}{rest}."

    def parties(self) -> Iterator[Named]:
        yield ("to",), self.to
        for party in self.rest or ():
            yield ("rest", party), party

    def troubles(self, last: bool) -> Iterator[Trouble]:
        yield from Step.troubles(self, last)
        if self.rate > 1:
            yield ("rate",), "more than all cannot be taken", "write a rate of at most 100%"
        if self.rate <= self.until:
            said = f"{self.to} never reaches {format_rate(self.until)} by taking {format_rate(self.rate)}"
            yield ("rate",), said, "let the rate be above `until`"
        if self.rate < 1 and self.rest is None:
            yield (), f"must say who takes the other {format_rate(1 - self.rate)}", "add `rest: lp`"
        if self.rest is not None and self.to in self.rest:
            yield ("rest",), f"{self.to} cannot be among the rest", "name the others, or let the rate be higher"

    def troubles_after(self, before: Sequence[Step]) -> Iterator[Trouble]:
        if not any(isinstance(step, PreferredReturn) for step in before):
            said = "there is no preferred return before it to catch up with"
            yield (), said, "add `- preferred return: {...}` before it"


def _preferred(ctx: Context) -> Figure:
    """All that the preferred returns before this step in its list have paid so far."""
    parts: list[Figure] = []
    for each in ctx.earlier:
        if each.word == PreferredReturn.word:
            before = paid_before(each.key, ctx)
            parts += [*([before] if before is not None else []), *each.taken.values()]
    return add(parts, "preferred return paid so far", ctx.clause, "", ctx.currency.code)

"""Clawback: what the manager got deal by deal beyond its part of the fund as a whole goes back.

Source of the rule: usual limited partnership agreements with a deal-by-deal ("American") waterfall: the general partner
returns carried interest to the extent that it exceeds what a distribution of all proceeds as one would have given it,
and in any case its rate of the cumulative profit; ILPA Principles, part on clawback. Taxes on carried interest are not
deducted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction

import msgspec

from ledger.terms.context import Context, PerParty
from ledger.terms.shares.step import Named, Trouble, said_rates
from ledger.values.figures import Figure, add, lesser, multiply, negate, positive, subtract, term
from ledger.values.money import format_rate


class When(StrEnum):
    """When it falls due: in every period, or in those after the agreement's last day."""

    EVERY = "every period"
    END = "at the end"


class SoFar(msgspec.Struct, frozen=True):
    """What a clawback compares, each since the beginning.

    `carry` is carried interest as it was distributed, `whole` as it would be with all deals as one, `distributed` and
    `contributed` are what all parties got, and paid in.
    """

    carry: Figure
    whole: Figure
    distributed: Figure
    contributed: Figure


class Clawback(msgspec.Struct, frozen=True):
    """`giver` keeps what the fund as a whole gives it, and at most its rate of the profit; the excess goes to `to`."""

    giver: str
    to: Mapping[str, Fraction]
    keeps: Fraction
    when: When

    def take(self, so_far: SoFar, ctx: Context) -> tuple[PerParty, Figure]:
        """What moves in this period, and all that was moved so far (named for the next period)."""
        before = ctx.before("clawed-back", f"clawed back from {self.giver} before")
        now = self._due(so_far, before, ctx)
        parts = [*([before] if before is not None else []), *([now] if now is not None else [])]
        label = f"clawed back from {self.giver} so far"
        total = add(parts, label, ctx.clause, ctx.carry("clawed-back"), ctx.currency.code)
        return ({} if now is None else dict(self._moved(now, ctx))), total

    def _due(self, so_far: SoFar, before: Figure | None, ctx: Context) -> Figure | None:
        """What is due back now; below zero where later profits earn back what was clawed back."""
        if self.when is When.END and not ctx.over:
            return None
        profit = subtract((so_far.distributed, so_far.contributed), "profit of all deals so far", ctx.clause)
        profit = positive(profit, "profit of all deals so far, if any", ctx.clause)
        rate = term(self.keeps, "", f"{self.giver} keeps at most", ctx.clause)
        most = multiply((rate, profit), f"{format_rate(self.keeps)} of the profit so far", ctx.clause)
        entitled = lesser((so_far.whole, most), f"carried interest that {self.giver} may keep", ctx.clause)
        excess = positive(subtract((so_far.carry, entitled), "excess", ctx.clause), "due back so far", ctx.clause)
        operands = (excess,) if before is None else (excess, before)
        return subtract(operands, f"clawback from {self.giver} in this period", ctx.clause, f"pool/{ctx.name}.clawback")

    def _moved(self, now: Figure, ctx: Context) -> Iterator[tuple[str, Figure]]:
        yield self.giver, negate(now, f"clawback from {self.giver}", ctx.clause, f"{self.giver}/{ctx.name}.clawback")
        for party, part in self.to.items():
            share = term(part, "", f"part of {party}", ctx.clause)
            label = f"clawback to {party}"
            yield party, multiply((share, now), label, ctx.clause, f"{party}/{ctx.name}.clawback")

    def reading(self) -> str:
        """The clawback in words."""
        time = "In every period" if self.when is When.EVERY else "After the agreement's last day"
        excess = "beyond what all deals as one would give it"
        most = f"and beyond {format_rate(self.keeps)} of the profit of all of them"
        said = f"{time} {self.giver} gives back the carried interest that it got {excess}, {most}"
        return f"{said}; it goes to: {said_rates(self.to)}."

    def parties(self) -> Iterator[Named]:
        """Every party that it names."""
        yield ("clawback", "from"), self.giver
        for party in self.to:
            yield ("clawback", "to", party), party

    def troubles(self) -> Iterator[Trouble]:
        """What is contradictory in it."""
        if self.giver in self.to:
            yield ("clawback", "to"), f"{self.giver} cannot give back to itself", "name the other parties"
        if self.keeps > 1:
            yield ("clawback", "keeps"), "more than all cannot be kept", "write a rate of at most 100%"

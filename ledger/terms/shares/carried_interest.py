"""Carried interest: the manager's part of the profit, if a hurdle was passed where there is one.

A hard hurdle leaves what it covers free: only the profit beyond it bears the rate. A soft one is a condition: once it
is reached, the whole profit bears the rate. Source of the rule: usual management agreements of hedge funds; ILPA
Principles for the words.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from ledger.terms.context import Context
from ledger.terms.shares.interest import On
from ledger.terms.shares.on_capital import average_capital, opening_capital, part_of_year, with_capital
from ledger.terms.shares.step import Named, Step, Taking, Trouble, said_base
from ledger.values.daycounts import DayCount
from ledger.values.figures import Figure, add, band, lesser, multiply, positive, subtract, term
from ledger.values.money import Currency, format_rate


class Base(StrEnum):
    """What of the pool bears carried interest: all of it, or what the steps before left."""

    POOL = "pool"
    REMAINING = "remaining"


class Mode(StrEnum):
    """Hard: only what exceeds the hurdle bears the rate. Soft: all of it does, once the hurdle is reached."""

    HARD = "hard"
    SOFT = "soft"


class Hurdle(msgspec.Struct, frozen=True):
    """A rate a year on the capital of all parties, reckoned anew for every period."""

    rate: Fraction
    on: On
    days: DayCount
    mode: Mode

    def amount(self, ctx: Context) -> Figure:
        """What the base has to reach in this period."""
        ctx = replace(ctx, last=ctx.period.last)
        parties = with_capital(ctx)
        if self.on is On.OPENING:
            held = [opening_capital(ctx, party) for party in parties]
        else:
            held = [average_capital(ctx, party, self.days) for party in parties]
        capital = add(held, f"{self.on} of all parties", ctx.clause, "", ctx.currency.code)
        rate = term(self.rate, "", "hurdle a year", ctx.clause)
        return multiply(
            (positive(capital, capital.label, ctx.clause), rate, part_of_year(ctx, ctx.first, self.days)),
            "hurdle",
            ctx.clause,
        )

    def reading(self) -> str:
        """The hurdle in words, as the rest of a sentence."""
        what = f"a return of {format_rate(self.rate)} a year ({self.days}) on the {self.on} of all parties"
        if self.mode is Mode.HARD:
            return f"of what exceeds {what}"
        return f"of all of it, where it reaches {what}"


class CarriedInterest(Step, frozen=True):
    """A rate of the pool, or of what remains of it; never more than remains."""

    to: str
    rate: Fraction
    of: Base
    hurdle: Hurdle | None = None

    word: ClassVar[str] = "carried interest"
    limited: ClassVar[bool] = True
    outlives: ClassVar[bool] = True

    def take(self, ctx: Context) -> Taking:
        room = positive(ctx.remaining, "what remains, if anything", ctx.clause)
        label = f"carried interest of {self.to}"
        return Taking({self.to: lesser((self._due(ctx), room), label, ctx.clause, f"{self.to}/{ctx.name}")})

    def _due(self, ctx: Context) -> Figure:
        base, rate = ctx.base(self.of), term(self.rate, "", "rate of carried interest", ctx.clause)
        if self.hurdle is None:
            return multiply((rate, base), "carried interest", ctx.clause)
        hurdle = self.hurdle.amount(ctx)
        if self.hurdle.mode is Mode.HARD:
            excess = positive(subtract((base, hurdle), "beyond the hurdle", ctx.clause), "excess, if any", ctx.clause)
            return multiply((rate, excess), "carried interest on the excess", ctx.clause)
        nothing = term(0, ctx.currency.code, "below the hurdle, nothing", ctx.clause)
        whole = multiply((rate, base), "carried interest on all of it", ctx.clause)
        start = term(0, ctx.currency.code, "from nothing", ctx.clause)
        return band(base, ((start, nothing), (hurdle, whole)), "carried interest, if the hurdle is reached", ctx.clause)

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        base = said_base(self.of, whole)
        said = f"{self.to} takes a carried interest of {format_rate(self.rate)} of {base}"
        return f"{said}." if self.hurdle is None else f"{said}: {self.hurdle.reading()}."

    def parties(self) -> Iterator[Named]:
        yield ("to",), self.to

    def troubles(self, last: bool) -> Iterator[Trouble]:
        yield from Step.troubles(self, last)
        if self.rate > 1:
            yield ("rate",), "more than all cannot be taken", "write a rate of at most 100%"

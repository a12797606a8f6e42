"""Bands: rates by the level that a base reaches in a period, a year or the life of the agreement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from ledger.terms.context import Context, Counter, Over
from ledger.terms.numbers import said_level
from ledger.terms.shares.step import Named, Step, Taking, Trouble, said_base
from ledger.values.figures import Figure, add, band, greater, lesser, multiply, subtract, term
from ledger.values.money import Currency, format_decimal, format_money, format_rate


class Mode(StrEnum):
    """Marginal: each rate for what lies within its band. Whole: the rate of the band reached, for all."""

    MARGINAL = "marginal"
    WHOLE = "whole"


class Bands(Step, frozen=True):
    """Rates by level of a base, or prices per unit by quantity of a metric; bands are half-open [from, next).

    `rates` goes from the level at which a band begins (in major units, or in units of a quantity), in
    rising order, to each party's rate (or price in minor units). What a period takes is what is due on
    the count to its end less what is due on the count to its beginning, so that the periods of a year
    add up to the year.
    """

    over: Over
    mode: Mode
    rates: tuple[tuple[Fraction, Mapping[str, Fraction]], ...]
    of: str | None = None
    each: str | None = None

    word: ClassVar[str] = "bands"

    @property
    def _names(self) -> list[str]:
        return sorted({party for _, rates in self.rates for party in rates})

    def take(self, ctx: Context) -> Taking:
        if self.each is not None:
            this, scale, unit = ctx.inputs.quantity(self.each), 1, ctx.currency.code
        else:
            this, scale, unit = ctx.base(self.of or "remaining"), ctx.currency.scale, None
        before = None if self.over is Over.PERIOD else ctx.counted(next(self.counters()))
        label = f"{self.each or self.of} to the end of this period"
        after = this if before is None else add((before, this), label, ctx.clause, f"{ctx.name}/reached")
        if self.mode is Mode.WHOLE:
            return Taking({party: self._whole(party, before, after, scale, unit, ctx) for party in self._names})
        slices = self._slices(before, after, scale, ctx)
        return Taking({party: self._marginal(party, slices, unit, ctx) for party in self._names})

    def _slices(self, before: Figure | None, after: Figure, scale: int, ctx: Context) -> list[Figure]:
        slices = []
        for place, (lower, _) in enumerate(self.rates):
            upper = self.rates[place + 1][0] if place + 1 < len(self.rates) else None
            label = f"in the band from {_level(lower)}"
            within = _within(after, lower * scale if place else None, upper and upper * scale, label, ctx.clause)
            if before is not None:
                earlier = _within(
                    before, lower * scale if place else None, upper and upper * scale, f"{label} earlier", ctx.clause
                )
                within = subtract((within, earlier), label, ctx.clause)
            slices.append(within)
        return slices

    def _marginal(self, party: str, slices: Sequence[Figure], unit: str | None, ctx: Context) -> Figure:
        parts = [
            multiply((self._rate(rates[party], lower, ctx), part), part.label, ctx.clause, unit=unit)
            for (lower, rates), part in zip(self.rates, slices, strict=True)
            if party in rates and part.value
        ]
        return add(parts, f"bands of {party}", ctx.clause, f"{party}/{ctx.name}", ctx.currency.code)

    def _whole(
        self, party: str, before: Figure | None, after: Figure, scale: int, unit: str | None, ctx: Context
    ) -> Figure:
        def due(level: Figure) -> Figure:
            choices = [
                (
                    term(lower * scale, level.unit, "from", ctx.clause),
                    self._rate(rates.get(party, Fraction(0)), lower, ctx),
                )
                for lower, rates in self.rates
            ]
            rate = band(level, choices, f"rate of the band that {level.label} reaches", ctx.clause)
            return multiply((rate, level), f"due on {level.label}", ctx.clause, unit=unit)

        parts = (due(after),) if before is None else (due(after), due(before))
        return subtract(parts, f"bands of {party}", ctx.clause, f"{party}/{ctx.name}")

    def _rate(self, value: Fraction, lower: Fraction, ctx: Context) -> Figure:
        what = "rate" if self.each is None else f"amount per {self.each}"
        unit = "" if self.each is None else ctx.currency.code
        return term(value, unit, f"{what} from {_level(lower)}", ctx.clause)

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        span = {Over.PERIOD: "in each period", Over.YEAR: "of the year to date", Over.LIFE: "since the beginning"}[
            self.over
        ]
        how = (
            "each rate for what lies in its band"
            if self.mode is Mode.MARGINAL
            else "the rate of the band reached, for all"
        )
        steps = "; ".join(f"from {_level(lower)}: {self._said(rates, currency)}" for lower, rates in self.rates)
        base = f"the number of {self.each}" if self.each else said_base(self.of, whole)
        return f"By bands of {base} {span} ({how}): {steps}."

    def _said(self, rates: Mapping[str, Fraction], currency: Currency) -> str:
        say = (lambda value: f"{format_money(value, currency)} each") if self.each else format_rate
        return ", ".join(f"{party} {say(rate)}" for party, rate in sorted(rates.items()))

    def parties(self) -> Iterator[Named]:
        for lower, rates in self.rates:
            for party in rates:
                yield ("rates", said_level(lower), party), party

    def bases(self) -> Iterator[Named]:
        if self.of is not None:
            yield ("of",), self.of

    def metrics(self) -> Iterator[Named]:
        if self.each is not None:
            yield ("each",), self.each

    def troubles(self, last: bool) -> Iterator[Trouble]:
        if (self.of is None) == (self.each is None):
            yield (), "bands are either `of` an amount or `each` of a quantity", "write `of: sales` or `each: signups`"
        levels = [lower for lower, _ in self.rates]
        if levels[0] != 0:
            yield ("rates",), "the first band must begin at 0", "add a band from 0"
        if last:
            yield from self._residual()
        elif self.of == "remaining":
            yield ("of",), "bands of what remains must be the last step", "band `of: pool` or a metric"

    def _residual(self) -> Iterator[Trouble]:
        if self.of != "remaining":
            yield (
                (),
                "the last step must share out all that remains",
                "add `- split: {...}` after it, or band `of: remaining`",
            )
            return
        for lower, rates in self.rates:
            total = sum(rates.values(), Fraction(0))
            if total != 1:
                said = f"the shares of this band add up to {format_rate(total)}, not to 100%"
                yield ("rates", said_level(lower)), said, None

    def counters(self) -> Iterator[Counter]:
        if self.over is not Over.PERIOD:
            yield Counter(self.each or self.of or "remaining", self.each is not None, self.over)


def _level(level: Fraction) -> str:
    whole, _, decimals = format_decimal(level, 9, grouped=True).partition(".")
    return f"{whole}.{decimals.rstrip('0')}".rstrip(".")


def _within(level: Figure, lower: Fraction | None, upper: Fraction | None, label: str, clause: str) -> Figure:
    """The part of a level that lies in [lower, upper); the first band reaches down without limit."""
    found = level
    if upper is not None:
        found = lesser((found, term(upper, level.unit, "up to", clause)), label, clause)
    if lower is None:
        return found
    start = term(lower, level.unit, "from", clause)
    return subtract((greater((found, start), label, clause), start), label, clause)

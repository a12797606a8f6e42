"""The steps that take from the pool, in order; the last of them shares out all that remains.

A step is one class with four things: its value, how it is written, what it yields, how it reads. To add one,
write the class and name it in `STEPS` at the end of this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, ClassVar, Protocol

from marshmallow import ValidationError, fields, post_load

from ledger.terms.context import RESERVED_BASES, Context, Counter, Over, PerParty
from ledger.terms.fields import (
    Amount,
    Clause,
    Level,
    OneOf,
    PerName,
    Price,
    Problem,
    Rate,
    Ratio,
    Slug,
    Word,
    did_you_mean,
    read_one,
    read_rates,
    refuse,
    write_rates,
)
from ledger.values.figures import Figure, add, band, greater, lesser, multiply, subtract, term
from ledger.values.money import Currency, format_amount, format_decimal, format_rate

Trouble = tuple[tuple[str | int, ...], str, str | None]
"""A contradiction in a clause: the path below the clause, the message, and a hint."""

Named = tuple[tuple[str | int, ...], str]
"""A name that a clause uses, and the path below the clause at which it does."""


class Step(Protocol):
    """What every step can do."""

    word: ClassVar[str]

    def take(self, ctx: Context) -> PerParty:
        """What each party takes, from the pool as it stands when its turn comes."""
        ...

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        """The step as a sentence; `whole` is what it takes from: the pool, or a pot."""
        ...

    def parties(self) -> Iterator[Named]:
        """Every party that the step names."""
        ...

    def bases(self) -> Iterator[Named]:
        """Every base that the step takes a rate of."""
        ...

    def metrics(self) -> Iterator[Named]:
        """Every metric that the step counts in units."""
        ...

    def profit_rates(self) -> Mapping[str, Fraction] | None:
        """The rates by which the step shares out all that remains, whatever its amount; None where there are none."""
        ...

    def troubles(self, last: bool) -> Iterator[Trouble]:
        """What is contradictory; `last` tells whether the step must share out all that remains."""
        ...

    def counters(self) -> Iterator[Counter]:
        """What must be counted beyond the period for this step."""
        ...


# --- fee ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fee:
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

    def take(self, ctx: Context) -> PerParty:
        return {self.to: self._capped(self._due(ctx), ctx)}

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
        limit = f", at most {_money(self.at_most, currency)} in each period" if self.at_most is not None else ""
        if self.rate is not None:
            return f"{self.to} takes {format_rate(self.rate)} of {_base(self.of, whole)}{limit}."
        assert self.amount is not None
        per = f"for each unit of {self.each}" if self.each else "in each period"
        return f"{self.to} takes {_money(self.amount, currency)} {per}{limit}."

    def parties(self) -> Iterator[Named]:
        yield ("to",), self.to

    def bases(self) -> Iterator[Named]:
        if self.of is not None:
            yield ("of",), self.of

    def metrics(self) -> Iterator[Named]:
        if self.each is not None:
            yield ("each",), self.each

    def profit_rates(self) -> Mapping[str, Fraction] | None:
        return None

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
        if last:
            yield (), "the last step must share out all that remains", "add `- split: {...}` after it"

    def counters(self) -> Iterator[Counter]:
        return iter(())


class FeeSchema(Clause):
    """How a fee is written."""

    to = Slug(required=True)
    rate = Rate(load_default=None)
    of = Slug(load_default=None)
    amount = Price(load_default=None)
    each = Slug(load_default=None)
    at_most = Amount(data_key="at most", load_default=None)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Fee:
        return Fee(**data)


# --- bands ----------------------------------------------------------------------------------------------


class Mode(StrEnum):
    """Marginal: each rate for what lies within its band. Whole: the rate of the band reached, for all."""

    MARGINAL = "marginal"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Bands:
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

    def take(self, ctx: Context) -> PerParty:
        if self.each is not None:
            this, scale, unit = ctx.inputs.quantity(self.each), 1, ctx.currency.code
        else:
            this, scale, unit = ctx.base(self.of or "remaining"), ctx.currency.scale, None
        before = None if self.over is Over.PERIOD else ctx.counted(next(self.counters()))
        label = f"{self.each or self.of} to the end of this period"
        after = this if before is None else add((before, this), label, ctx.clause, f"{ctx.name}/reached")
        if self.mode is Mode.WHOLE:
            return {party: self._whole(party, before, after, scale, unit, ctx) for party in self._names}
        slices = self._slices(before, after, scale, ctx)
        return {party: self._marginal(party, slices, unit, ctx) for party in self._names}

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
        base = f"the number of {self.each}" if self.each else _base(self.of, whole)
        return f"By bands of {base} {span} ({how}): {steps}."

    def _said(self, rates: Mapping[str, Fraction], currency: Currency) -> str:
        say = (lambda value: f"{_money(value, currency)} each") if self.each else format_rate
        return ", ".join(f"{party} {say(rate)}" for party, rate in sorted(rates.items()))

    def parties(self) -> Iterator[Named]:
        for lower, rates in self.rates:
            for party in rates:
                yield ("rates", Level().write(lower), party), party

    def bases(self) -> Iterator[Named]:
        if self.of is not None:
            yield ("of",), self.of

    def metrics(self) -> Iterator[Named]:
        if self.each is not None:
            yield ("each",), self.each

    def profit_rates(self) -> Mapping[str, Fraction] | None:
        return None

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
                yield ("rates", Level().write(lower)), said, None

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


class _BandRates(fields.Field[tuple[tuple[Fraction, Mapping[str, Fraction]], ...]]):
    """`{0: {jot: 30%}, 500000: {jot: 35%}}`."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if not isinstance(value, dict) or not value:
            raise refuse("must be a mapping from where each band begins to its rates", "write `0: {jot: 30%}`")
        priced = isinstance(data, Mapping) and "each" in data and "of" not in data
        found, errors = {}, {}
        for level, rates in value.items():
            try:
                lower = read_one(Level(), level)
                found[lower] = PerName(Price()).deserialize(rates) if priced else read_rates(rates)
                if lower < 0:
                    raise refuse("a band cannot begin below 0")
            except ValidationError as error:
                errors[level] = error.messages
        if not errors and len(found) != len(value):
            raise refuse("two bands begin at the same level")
        if errors:
            raise ValidationError(errors)
        return tuple(sorted(found.items()))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> dict[str, dict[str, str]]:
        write = (
            write_rates if obj.each is None else lambda rates: {p: Price().write(v) for p, v in sorted(rates.items())}
        )
        return {Level().write(lower): write(rates) for lower, rates in value}


class BandsSchema(Clause):
    """How bands are written."""

    of = Slug(load_default=None)
    each = Slug(load_default=None)
    over = OneOf(Over, required=True)
    mode = OneOf(Mode, required=True)
    rates = _BandRates(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Bands:
        return Bands(**data)


# --- split ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Split:
    """What remains of the pool, by fixed rates that add up to the whole."""

    rates: Mapping[str, Fraction]

    word: ClassVar[str] = "split"

    def take(self, ctx: Context) -> PerParty:
        return split(ctx.base("remaining"), self.rates, ctx, "share")

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        return f"What remains is shared: {said_rates(self.rates)}."

    def parties(self) -> Iterator[Named]:
        for party in self.rates:
            yield (party,), party

    def bases(self) -> Iterator[Named]:
        return iter(())

    def metrics(self) -> Iterator[Named]:
        return iter(())

    def profit_rates(self) -> Mapping[str, Fraction] | None:
        return self.rates

    def troubles(self, last: bool) -> Iterator[Trouble]:
        if not last:
            yield (), "nothing remains after a split", "make it the last step"

    def counters(self) -> Iterator[Counter]:
        return iter(())


def split(amount: Figure, rates: Mapping[str, Fraction], ctx: Context, what: str, clause: str = "") -> PerParty:
    """An amount by rates, exactly."""
    cited = clause or ctx.clause
    return {
        party: multiply(
            (term(rate, "", f"part of {party}", cited), amount), f"{what} of {party}", cited, f"{party}/{ctx.name}"
        )
        for party, rate in rates.items()
        if rate
    }


# --- pot ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pot:
    """A part of the pool that is shared out among some parties by steps of its own."""

    rate: Fraction
    of: str
    shares: tuple[Step, ...]

    word: ClassVar[str] = "pot"

    def take(self, ctx: Context) -> PerParty:
        rate = term(self.rate, "", f"rate of {self.of}", ctx.clause)
        pot = multiply((rate, ctx.base(self.of)), "pot", ctx.clause, f"{ctx.name}/pot")
        inner, takings = ctx.left(pot), []
        for place, step in enumerate(self.shares, 1):
            taken = step.take(inner.at(f"{ctx.clause}.shares[{place}]", f"{ctx.name}.{place}"))
            takings.append(taken)
            inner = inner.left(subtract((inner.remaining, *taken.values()), "left in the pot", ctx.clause))
        parties = sorted({party for taken in takings for party in taken})
        return {
            party: add(
                [taken[party] for taken in takings if party in taken],
                f"pot of {party}",
                ctx.clause,
                f"{party}/{ctx.name}",
            )
            for party in parties
        }

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        inner = " ".join(f"({place}) {step.reading(currency, 'the pot')}" for place, step in enumerate(self.shares, 1))
        return f"{format_rate(self.rate)} of {_base(self.of, whole)} goes into a pot: {inner}"

    def parties(self) -> Iterator[Named]:
        return below(self.shares, lambda step: step.parties())

    def bases(self) -> Iterator[Named]:
        yield ("of",), self.of
        yield from below(self.shares, lambda step: step.bases())

    def metrics(self) -> Iterator[Named]:
        return below(self.shares, lambda step: step.metrics())

    def profit_rates(self) -> Mapping[str, Fraction] | None:
        return None

    def troubles(self, last: bool) -> Iterator[Trouble]:
        if last:
            yield (), "the last step must share out all that remains", "add `- split: {...}` after it"
        for place, step in enumerate(self.shares):
            for path, message, hint in step.troubles(place == len(self.shares) - 1):
                yield ("shares", place, step.word, *path), message, hint
            if any(counter.base in RESERVED_BASES for counter in step.counters()):
                yield (
                    ("shares", place, step.word, "over"),
                    "a pot is counted within the period only",
                    "write `over: period`",
                )

    def counters(self) -> Iterator[Counter]:
        for step in self.shares:
            yield from step.counters()


def below(steps: Sequence[Step], ask: Callable[[Step], Iterator[Named]]) -> Iterator[Named]:
    """The names that the steps of a list use, with their paths from where the list is."""
    for place, step in enumerate(steps):
        for path, name in ask(step):
            yield ("shares", place, step.word, *path), name


# --- the list of steps ----------------------------------------------------------------------------------


class Steps(fields.Field[tuple[Step, ...]]):
    """An ordered list of steps, each a mapping of one word to its content."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> tuple[Step, ...]:
        if not isinstance(value, list) or not value:
            raise refuse("must be a list of steps, the last of them a split", "write `- split: {acme: 60%, jot: 40%}`")
        steps, errors = [], {}
        for place, item in enumerate(value):
            try:
                steps.append(self._step(item))
            except ValidationError as error:
                errors[place] = error.messages
        if errors:
            raise ValidationError(errors)
        return tuple(steps)

    def _step(self, item: Any) -> Step:
        if isinstance(item, dict) and len(item) > 1 and next(iter(item.values())) is None:
            raise refuse("a step is one word with its content", f"indent what belongs to `{next(iter(item))}`")
        if not isinstance(item, dict) or len(item) != 1:
            raise refuse("a step is one word with its content", f"one of: {', '.join(sorted(STEPS))}")
        [(word, content)] = item.items()
        if word not in STEPS:
            raise ValidationError({word: [Problem(f"{word!r} is no step", did_you_mean(word, STEPS))]})
        try:
            step: Step = STEPS[word][0](content)
        except ValidationError as error:
            raise ValidationError({word: error.messages}) from None
        return step

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> list[dict[str, Any]]:
        return [{step.word: STEPS[step.word][1](step)} for step in value]


class PotSchema(Clause):
    """How a pot is written."""

    rate = Rate(required=True)
    of = Slug(required=True)
    shares = Steps(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Pot:
        return Pot(**data)


STEPS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "fee": (FeeSchema().load, FeeSchema().dump),
    "bands": (BandsSchema().load, BandsSchema().dump),
    "split": (lambda content: Split(Ratio().deserialize(content)), lambda step: write_rates(step.rates)),
    "pot": (PotSchema().load, PotSchema().dump),
}
"""How each step is read and written, by its word."""


def said_rates(rates: Mapping[str, Fraction]) -> str:
    """Rates per party in words: `acme 60%, jot 40%`."""
    return ", ".join(f"{party} {format_rate(rate)}" for party, rate in sorted(rates.items()))


def _money(minor: Fraction | int, currency: Currency) -> str:
    return f"{format_amount(minor, currency, grouped=True)} {currency.code}"


def _base(of: str | None, whole: str) -> str:
    return {"pool": "the pool", "remaining": f"what remains of {whole}", "results": "all results", None: ""}.get(
        of, str(of)
    )

"""A pot: a part of the pool that some parties share by steps of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import ClassVar

from ledger.terms.context import RESERVED_BASES, Context, Counter, PerParty
from ledger.terms.shares.limit import limited
from ledger.terms.shares.step import Named, Step, Taking, Trouble, below, said_base
from ledger.terms.short import Short
from ledger.values.figures import add, multiply, subtract, term
from ledger.values.money import Currency, format_rate


class Pot(Step, frozen=True):
    """A part of the pool that is shared out among some parties by steps of its own."""

    rate: Fraction
    of: str
    shares: tuple[Step, ...]

    word: ClassVar[str] = "pot"

    def take(self, ctx: Context) -> Taking:
        rate = term(self.rate, "", f"rate of {self.of}", ctx.clause)
        pot = multiply((rate, ctx.base(self.of)), "pot", ctx.clause, f"{ctx.name}/pot")
        takings = self._inside(ctx.left(pot))
        parties = sorted({party for taken in takings for party in taken})
        return Taking(
            {
                party: add(
                    [taken[party] for taken in takings if party in taken],
                    f"pot of {party}",
                    ctx.clause,
                    f"{party}/{ctx.name}",
                )
                for party in parties
            }
        )

    def _inside(self, ctx: Context) -> list[PerParty]:
        """What each step takes of the pot. Where the pot is short, its steps get no more than it has, by the same rule.

        In full they get what they are due all the same, and the pot takes so much more of the pool.
        """
        *allowances, last = self.shares
        lines: list[PerParty] = []
        inner = ctx
        for place, step in enumerate(allowances, 1):
            taken = step.take(inner.within(place, step.word)).parties
            if ctx.short is Short.IN_ORDER:
                [taken] = limited([taken], inner.remaining, ctx.clause)
            lines.append(taken)
            inner = inner.left(subtract((inner.remaining, *taken.values()), "left in the pot", ctx.clause))
        if ctx.short is Short.PRO_RATA and lines is not (cut := limited(lines, ctx.remaining, ctx.clause)):
            parts = [figure for line in cut for figure in line.values()]
            lines, inner = cut, ctx.left(subtract((ctx.remaining, *parts), "left in the pot", ctx.clause))
        return [*lines, last.take(inner.within(len(self.shares), last.word)).parties]

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        inner = " ".join(f"({place}) {step.reading(currency, 'the pot')}" for place, step in enumerate(self.shares, 1))
        return f"{format_rate(self.rate)} of {said_base(self.of, whole)} goes into a pot: {inner}"

    def parties(self) -> Iterator[Named]:
        return below(self.shares, lambda step: step.parties())

    def bases(self) -> Iterator[Named]:
        yield ("of",), self.of
        yield from below(self.shares, lambda step: step.bases())

    def metrics(self) -> Iterator[Named]:
        return below(self.shares, lambda step: step.metrics())

    def troubles(self, last: bool) -> Iterator[Trouble]:
        yield from Step.troubles(self, last)
        for place, step in enumerate(self.shares):
            for path, message, hint in step.troubles(place == len(self.shares) - 1):
                yield ("shares", place, step.word, *path), message, hint
            if step.outlives:
                said = f"{step.word!r} remembers what is still owed, which a pot cannot"
                yield ("shares", place, step.word), said, "let it be a step of the list itself"
            if any(counter.base in RESERVED_BASES for counter in step.counters()):
                yield (
                    ("shares", place, step.word, "over"),
                    "a pot is counted within the period only",
                    "write `over: period`",
                )

    def counters(self) -> Iterator[Counter]:
        for step in self.shares:
            yield from step.counters()

    def inner(self) -> Sequence[Step]:
        return self.shares

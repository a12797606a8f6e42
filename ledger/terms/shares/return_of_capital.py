"""Return of capital: the parties get back what they put in, before anything counts as profit.

Source of the rule: the first tier of a distribution waterfall, as in usual limited partnership agreements ("first, 100%
to the partners until each has received its capital contributions"; ILPA Model LPA, article on distributions).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from ledger.terms.context import Context
from ledger.terms.shares.limit import within_remaining
from ledger.terms.shares.step import Leaving, Named, Step, Taking, Trouble, nobody, not_deal_by_deal, said_receivers
from ledger.values.figures import Figure, add, positive, subtract
from ledger.values.money import Currency


class ReturnOfCapital(Step, frozen=True):
    """What each party contributed, less what it took out and what was given back; in proportion where less remains.

    `to` are the parties that get it; None for all that contributed.
    """

    to: tuple[str, ...] | None = None

    word: ClassVar[str] = "return of capital"
    limited: ClassVar[bool] = True
    outlives: ClassVar[bool] = True

    def take(self, ctx: Context) -> Taking:
        due = {party: _due(party, ctx) for party in self.to or ctx.stakes.parties()}
        taken = within_remaining(due, ctx, lambda party: f"capital returned to {party}")
        return Taking(taken, lambda got: Leaving(returned=got))

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        verb = "get" if self.to is not None and len(self.to) > 1 else "gets"
        said = f"{said_receivers(self.to)} {verb} back the capital that was put in"
        return f"{said}; in proportion, where what remains of {whole} does not suffice."

    def parties(self) -> Iterator[Named]:
        for party in self.to or ():
            yield ("to",), party

    def troubles_after(self, before: Sequence[Step]) -> Iterator[Trouble]:
        yield from not_deal_by_deal(before)

    def troubles(self, last: bool) -> Iterator[Trouble]:
        yield from Step.troubles(self, last)
        yield from nobody(self.to)


def _due(party: str, ctx: Context) -> Figure:
    """The party's capital at the end of the period, less what steps before it returned in this period."""
    moved = [figure for _, figure in ctx.stakes.moves(party)]
    label = f"capital of {party} not yet returned"
    capital = add((ctx.stakes.unreturned(party), *moved), label, ctx.clause)
    before = [each.taken[party] for each in ctx.earlier if each.word == ReturnOfCapital.word and party in each.taken]
    if before:
        capital = subtract((capital, *before), label, ctx.clause)
    return positive(capital, label, ctx.clause)

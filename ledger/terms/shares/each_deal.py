"""Each deal: the proceeds of every deal by themselves, with the capital that was paid in for it.

Source of the rule: the deal-by-deal ("American") waterfall of usual limited partnership agreements, in contrast to the
whole-of-fund ("European") one, in which capital of all deals comes back before carried interest is paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from ledger.terms.context import RESERVED_BASES, Context, Counter, PerParty
from ledger.terms.shares.clawback import Clawback, SoFar
from ledger.terms.shares.deal_capital import DEALS, capital_left, known_as_one, stakes_of_deals
from ledger.terms.shares.inner import Done, inner_troubles, run, together
from ledger.terms.shares.limit import within_remaining
from ledger.terms.shares.preferred_return import PreferredReturn
from ledger.terms.shares.return_of_capital import ReturnOfCapital
from ledger.terms.shares.step import BOTH_WAYS, ONE_WAY, Leaving, Named, Step, Taking, Trouble, below
from ledger.values.figures import Figure, add, negate, positive, subtract
from ledger.values.money import Currency

#: Under which name the memory of all deals as one is kept, which therefore cannot name a deal.
WHOLE = "whole"


_Moved = tuple[PerParty, list[Figure]]
"""What moves by a clawback, and what is handed on to the next period."""


class _Scope(msgspec.Struct, frozen=True):
    """A deal (or all of them as one) in a period: its steps done on its proceeds, with its own capital and memory."""

    ctx: Context
    done: Sequence[Done]

    @property
    def returned(self) -> PerParty:
        """The capital that its steps gave back."""
        lines = [each.leaving.returned for each in self.done if each.leaving.returned]
        return together(lines, "capital returned to {}", self.ctx)

    def forward(self) -> Iterator[Figure]:
        """What its steps and its capital hand on to the next period."""
        for each in self.done:
            yield from each.leaving.forward
        yield from capital_left(self.ctx.stakes, self.returned, self.ctx)

    def carry(self) -> Mapping[str, list[Figure]]:
        """What each party took other than as the owner of capital."""
        found: dict[str, list[Figure]] = {}
        for each in self.done:
            for party, figure in each.taken.items():
                if not isinstance(each.step, ReturnOfCapital | PreferredReturn):
                    found.setdefault(party, []).append(figure)
        return found


class EachDeal(Step, frozen=True):
    """The results of each deal are shared by the same steps, as if it were alone; a clawback looks at all of them.

    A deal is a metric of the pool. Where less remains than the deals brought, all of them are cut in proportion.
    """

    deals_: tuple[str, ...]
    shares: tuple[Step, ...]
    clawback: Clawback | None = None

    word: ClassVar[str] = "each deal"
    limited: ClassVar[bool] = True
    outlives: ClassVar[bool] = True

    def take(self, ctx: Context) -> Taking:
        brought = {
            deal: positive(ctx.inputs.money(deal), f"results of {deal}, if any", ctx.clause) for deal in self.deals_
        }
        # in proportion where less remains of the pool
        proceeds = within_remaining(brought, ctx, lambda deal: f"proceeds of {deal}", f"pool/{ctx.name}.{{}}")
        scopes = [self._scope(deal, (deal,), proceeds[deal], replace(ctx, key=DEALS)) for deal in self.deals_]
        lines = [
            together([each.taken for each in scope.done], f"{deal} of {{}}", ctx, f"{{}}/{scope.ctx.name}")
            for deal, scope in zip(self.deals_, scopes, strict=True)
        ]
        forward = [figure for scope in scopes for figure in scope.forward()]
        forward += [figure for deal in self.deals_ for figure in known_as_one(deal, ctx)]
        moved, handed_on = self._as_one(brought, proceeds, scopes, _remembering(ctx))
        if moved:
            lines.append(moved)
        returned = together([scope.returned for scope in scopes], "capital returned to {} by all deals", ctx)
        taken = together(lines, "deal by deal, of {}", ctx, f"{{}}/{ctx.name}")
        return Taking(taken, lambda _: Leaving((*forward, *handed_on), returned))

    def _scope(self, name: str, deals: Sequence[str], proceeds: Figure, ctx: Context) -> _Scope:
        inside = replace(ctx, name=f"{ctx.name}.{name}", key=f"{ctx.key}.{name}", earlier=())
        stakes = stakes_of_deals(deals, inside)
        inside = replace(inside, stakes=stakes, results=proceeds, pool=proceeds, remaining=proceeds)
        return _Scope(inside, run(inside, self.shares))

    def _as_one(self, brought: PerParty, proceeds: PerParty, scopes: Sequence[_Scope], ctx: Context) -> _Moved:
        """What moves by a clawback, and what it looks at in later periods: the same steps on all deals as one.

        It is handed on without a clawback, too: an amendment may bring one.
        """
        everything = add(list(proceeds.values()), "proceeds of all deals", ctx.clause)
        whole = self._scope(WHOLE, self.deals_, everything, ctx)
        label = "distributed by all deals so far"
        distributed = _counted("distributed", label, [self._distributed(everything, brought, ctx)], ctx)
        by_deal: dict[str, list[Figure]] = {}
        for scope in scopes:
            for party, figures in scope.carry().items():
                by_deal.setdefault(party, []).extend(figures)
        as_one = whole.carry()
        givers = {*by_deal, *as_one, *([self.clawback.giver] if self.clawback else [])}
        carry, carry_as_one = {}, {}
        for party in sorted(givers):
            what, label = f"carry.{party}", f"carried interest of {party} so far"
            carry[party] = _counted(what, f"{label}, deal by deal", by_deal.get(party, ()), ctx)
            carry_as_one[party] = _counted(what, f"{label}, all deals as one", as_one.get(party, ()), whole.ctx)
        handed_on = [*whole.forward(), *carry.values(), *carry_as_one.values(), distributed]
        if self.clawback is None:
            return {}, handed_on
        giver, stakes = self.clawback.giver, whole.ctx.stakes
        contributed = [stakes.contributed(party) for party in stakes.parties()]
        paid_in = add(contributed, "paid in for all deals so far", ctx.clause, "", ctx.currency.code)
        so_far = SoFar(carry[giver], carry_as_one[giver], distributed, paid_in)
        moved, total = self.clawback.take(so_far, ctx)
        return moved, [*handed_on, total]

    def _distributed(self, everything: Figure, brought: PerParty, ctx: Context) -> Figure:
        """What all parties got of the deals: their proceeds, less losses of deals that the parties bear.

        A loss that lessened the proceeds of other deals is in these already, and so is one that is carried forward.
        """
        results = {deal: ctx.inputs.money(deal) for deal in self.deals_}
        lost = [negate(result, f"loss of {deal}", ctx.clause) for deal, result in results.items() if result.value < 0]
        if not lost or ctx.carries_losses:
            return everything
        cut = subtract((add(list(brought.values()), "brought", ctx.clause), everything), "not there", ctx.clause)
        borne = subtract((add(lost, "losses of deals", ctx.clause), cut), "not out of other deals", ctx.clause)
        borne = positive(borne, "losses of deals that the parties bear", ctx.clause)
        return subtract((everything, borne), "proceeds of all deals, less losses", ctx.clause)

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        listed = ", ".join(self.deals_)
        inner = " ".join(
            f"({place}) {step.reading(currency, 'its proceeds')}" for place, step in enumerate(self.shares, 1)
        )
        said = f"What each deal ({listed}) brings is shared by itself, with the capital paid in for it: {inner}"
        return said if self.clawback is None else f"{said} {self.clawback.reading()}"

    def parties(self) -> Iterator[Named]:
        yield from below(self.shares, lambda step: step.parties())
        if self.clawback is not None:
            yield from self.clawback.parties()

    def bases(self) -> Iterator[Named]:
        return below(self.shares, lambda step: step.bases())

    def metrics(self) -> Iterator[Named]:
        return below(self.shares, lambda step: step.metrics())

    def deals(self) -> Iterator[Named]:
        for deal in self.deals_:
            yield ("deals",), deal

    def troubles(self, last: bool) -> Iterator[Trouble]:
        yield from Step.troubles(self, last)
        if not self.deals_:
            yield ("deals",), "names no deal", "list metrics of the pool, such as [alpha, beta]"
        for deal in self.deals_:
            if deal == WHOLE or deal in RESERVED_BASES:
                yield ("deals",), f"{deal!r} cannot name a deal", "choose another name"
        for place, step in enumerate(self.shares):
            if isinstance(step, EachDeal):
                yield ("shares", place, step.word), "a deal has no deals of its own", "list them all in one step"
        yield from inner_troubles(self.shares)
        if self.clawback is not None:
            yield from self.clawback.troubles()

    def troubles_after(self, before: Sequence[Step]) -> Iterator[Trouble]:
        taken = {deal for step in before for _, deal in step.deals()}
        for deal in self.deals_:
            if deal in taken:
                yield ("deals",), f"{deal!r} is shared by a step before it", "list each deal once"
        if any(isinstance(step, ReturnOfCapital | PreferredReturn) for step in before):
            yield (), BOTH_WAYS, ONE_WAY

    def counters(self) -> Iterator[Counter]:
        for step in self.shares:
            yield from step.counters()

    def inner(self) -> Sequence[Step]:
        return self.shares


def _remembering(ctx: Context) -> Context:
    """The same, with a memory that does not depend on what the step is called."""
    before = sum(each.word == EachDeal.word for each in ctx.earlier)
    return replace(ctx, key=f"{DEALS}.{before + 1}" if before else DEALS)


def _counted(what: str, label: str, now: Sequence[Figure], ctx: Context) -> Figure:
    """A sum since the beginning, handed on to the next period."""
    before = ctx.before(what, f"{label}, before this period")
    parts = [*([before] if before is not None else []), *now]
    return add(parts, label, ctx.clause, ctx.carry(what), ctx.currency.code)

"""How a pool becomes entitlements: the steps in order, what if the pool is short, losses, caps, guarantees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import msgspec

from ledger.terms.context import Context, PerParty
from ledger.terms.guarantees import Guarantee, guaranteed
from ledger.terms.protections import Cap, Losses, capped
from ledger.terms.shares.limit import limited
from ledger.terms.shares.split import split
from ledger.terms.shares.step import Leaving, Step, Taking, keys
from ledger.terms.short import Short
from ledger.values.figures import Figure, add, subtract, term

LOSSES = "losses"


class Shared(msgspec.Struct, frozen=True):
    """What a pool yields each party, exactly.

    `lines` are the parts in the order in which they came about; `entitlements` are their sums per party.
    `residual` is what the last step shared out; where losses are carried forward it may stay negative. `taken` is what
    each step gave, by its key; `forward` what steps and guarantees hand on to the next period; `returned` the capital
    given back.
    """

    lines: tuple[PerParty, ...]
    entitlements: PerParty
    residual: Figure
    taken: Mapping[str, PerParty]
    forward: tuple[Figure, ...]
    returned: PerParty


def share_out(
    ctx: Context,
    steps: Sequence[Step],
    short: Short | None,
    losses: Losses,
    caps: Mapping[str, Cap],
    guarantees: Mapping[str, Guarantee],
) -> Shared:
    """Every party's entitlement to what `ctx.remaining` has at the start.

    The entitlements add up to it exactly, unless a loss is carried forward: then to it plus that loss.
    """
    unit = ctx.currency.code
    run = _run(ctx, _placed(steps), short, losses)
    lines = list(run.lines)
    lines += capped(_sums(lines, unit), caps, unit, run.returned(unit))
    kept = guaranteed(_sums(lines, unit), guarantees, ctx)
    return run.shared([*lines, *kept.lines], unit, kept.forward)


def wind_up(ctx: Context, steps: Sequence[Step], losses: Losses) -> Shared:
    """Every party's entitlement to what is left after the agreement has ended: the last step's, and hardly any other.

    Fees, bands before the last step, caps and guarantees are about the periods of the agreement. What still
    changes the pool later (a liability that is released, say) is shared as what remains is; only steps that outlive
    the agreement, such as the return of capital, come before.
    """
    placed = _placed(steps)
    going_on = [each for each in placed[:-1] if each.step.outlives]
    run = _run(ctx, [*going_on, placed[-1]], Short.IN_ORDER, losses)
    return run.shared(run.lines, ctx.currency.code)


class _Placed(msgspec.Struct, frozen=True):
    """A step at its place in the list, counted from 1, with the key of its memory."""

    step: Step
    place: int
    key: str

    @property
    def clause(self) -> str:
        return f"shares[{self.place}]"

    def at(self, ctx: Context) -> Context:
        return ctx.at(self.clause, f"shares.{self.place}", self.key)


def _placed(steps: Sequence[Step]) -> list[_Placed]:
    return [_Placed(step, place, key) for place, (step, key) in enumerate(zip(steps, keys(steps), strict=True), 1)]


class _Run(msgspec.Struct, frozen=True):
    """What the steps of a list took, each with what it leaves behind."""

    lines: list[PerParty]
    residual: Figure
    taken: dict[str, PerParty]
    leavings: list[Leaving]

    def shared(self, lines: Sequence[PerParty], unit: str, further: tuple[Figure, ...] = ()) -> Shared:
        forward = (*(figure for leaving in self.leavings for figure in leaving.forward), *further)
        entitlements = _sums(lines, unit, named=True)
        return Shared(tuple(lines), entitlements, self.residual, self.taken, forward, self.returned(unit))

    def returned(self, unit: str) -> PerParty:
        """The capital that the steps gave back."""
        returned = [dict(leaving.returned) for leaving in self.leavings if leaving.returned]
        return _totals(returned, lambda party: f"capital returned to {party}", "shares", unit)


def _run(ctx: Context, steps: Sequence[_Placed], short: Short | None, losses: Losses) -> _Run:
    """All steps in order: what those before the last take, then the last shares out what they leave, or the loss."""
    *allowances, last = steps
    takings, lines, left = _allowances(ctx, allowances, short)
    ctx = ctx.left(left)
    if left.value >= 0:
        takings.append(last.step.take(last.at(ctx)))
        lines.append(takings[-1].parties)
    else:
        takings.append(Taking(_loss(ctx, last.step, losses)))
        lines.append(takings[-1].parties)
    leavings = [taking.leaving(line) for taking, line in zip(takings, lines, strict=True)]
    taken = {each.key: line for each, line in zip(steps, lines, strict=True)}
    return _Run(lines, left, taken, leavings)


def _allowances(
    ctx: Context, steps: Sequence[_Placed], short: Short | None
) -> tuple[list[Taking], list[PerParty], Figure]:
    """What the steps before the last ask for, what they get, and what they leave."""
    takings: list[Taking] = []
    lines: list[PerParty] = []
    start = ctx.remaining
    for each in steps:
        taking = each.step.take(each.at(ctx))
        taken = taking.parties
        if short is Short.IN_ORDER:
            [taken] = limited([taken], ctx.remaining, each.clause)
        takings.append(taking)
        lines.append(taken)
        left = _left(ctx.remaining, [taken], each.clause, f"pool/left.{each.place}")
        ctx = ctx.left(left).after(each.step.word, each.key, taken)
    if short is Short.PRO_RATA:
        cut = limited(lines, start, "short")
        if cut is not lines:
            return takings, cut, _left(start, cut, "short", "pool/left")
    return takings, lines, ctx.remaining


def _left(remaining: Figure, taken: Sequence[PerParty], clause: str, name: str) -> Figure:
    parts = [figure for line in taken for figure in line.values()]
    return subtract((remaining, *parts), "what remains of the pool", clause, name)


def loss_rates(ctx: Context, steps: Sequence[Step], losses: Losses) -> dict[str, Fraction]:
    """In which parts a loss in this period is borne; empty where later pools make it good."""
    one = term(-1, ctx.currency.code, "a loss of one minor unit", LOSSES)
    return {party: -part.value for party, part in _loss(ctx.left(one), steps[-1], losses).items()}


def _loss(ctx: Context, last: Step, losses: Losses) -> PerParty:
    if losses.carried_forward:
        return {}
    if losses.rates is None:
        return last.bear(ctx.at(LOSSES, LOSSES))
    return split(ctx.remaining, losses.rates, ctx.at(LOSSES, LOSSES), "loss")


def _sums(lines: Sequence[PerParty], unit: str, *, named: bool = False) -> PerParty:
    name = (lambda party: f"{party}/entitlement") if named else (lambda _: "")
    return _totals(lines, lambda party: f"entitlement of {party}", "shares", unit, name)


def _totals(
    lines: Sequence[PerParty],
    label: Callable[[str], str],
    clause: str,
    unit: str,
    name: Callable[[str], str] = lambda _: "",
) -> PerParty:
    parties = sorted({party for line in lines for party in line})
    return {
        party: add([line[party] for line in lines if party in line], label(party), clause, name(party), unit)
        for party in parties
    }

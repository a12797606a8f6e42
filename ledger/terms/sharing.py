"""How a pool becomes entitlements: the steps in order, what if the pool is short, losses, caps, guarantees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.terms.context import Context, PerParty
from ledger.terms.protections import Cap, Guarantee, Losses, Short, capped, guaranteed
from ledger.terms.shares import Step, split
from ledger.values.figures import Figure, Op, add, derive, multiply, positive, subtract

LOSSES = "losses"


@dataclass(frozen=True, slots=True)
class Shared:
    """What a pool yields each party, exactly.

    `lines` are the parts in the order in which they came about; `entitlements` are their sums per party.
    `residual` is what the last step shared out; where losses are carried forward it may stay negative.
    """

    lines: tuple[PerParty, ...]
    entitlements: PerParty
    residual: Figure


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
    lines, left = _allowances(ctx, steps[:-1], short)
    ctx = ctx.left(left)
    last = steps[-1].take(ctx.at(f"shares[{len(steps)}]", f"shares.{len(steps)}")) if left.value >= 0 else {}
    lines += [last] if left.value >= 0 else [_loss(ctx, steps[-1], losses)]
    unit = ctx.currency.code
    lines += capped(_sums(lines, unit), caps, unit)
    lines += guaranteed(_sums(lines, unit), guarantees, unit)
    return Shared(tuple(lines), _sums(lines, unit, named=True), left)


def wind_up(ctx: Context, steps: Sequence[Step], losses: Losses) -> Shared:
    """Every party's entitlement to what is left after the agreement has ended: the last step's, and no other.

    Fees, bands before the last step, caps and guarantees are about the periods of the agreement. What still
    changes the pool later (a liability that is released, say) is shared as what remains is.
    """
    last = steps[-1]
    address = f"shares[{len(steps)}]", f"shares.{len(steps)}"
    lines = [last.take(ctx.at(*address)) if ctx.remaining.value >= 0 else _loss(ctx, last, losses)]
    return Shared(tuple(lines), _sums(lines, ctx.currency.code, named=True), ctx.remaining)


def _allowances(ctx: Context, steps: Sequence[Step], short: Short | None) -> tuple[list[PerParty], Figure]:
    """What the steps before the last take, and what they leave."""
    lines: list[PerParty] = []
    start = ctx.remaining
    for place, step in enumerate(steps, 1):
        taken = step.take(ctx.at(f"shares[{place}]", f"shares.{place}"))
        if short is Short.IN_ORDER:
            taken = _limited([taken], ctx.remaining, f"shares[{place}]")[0]
        lines.append(taken)
        ctx = ctx.left(_left(ctx.remaining, [taken], f"shares[{place}]", f"pool/left.{place}"))
    if short is Short.PRO_RATA:
        limited = _limited(lines, start, "short")
        if limited is not lines:
            return limited, _left(start, limited, "short", "pool/left")
    return lines, ctx.remaining


def _left(remaining: Figure, taken: Sequence[PerParty], clause: str, name: str) -> Figure:
    parts = [figure for line in taken for figure in line.values()]
    return subtract((remaining, *parts), "what remains of the pool", clause, name)


def _limited(lines: list[PerParty], available: Figure, clause: str) -> list[PerParty]:
    """The lines, cut in proportion where they ask for more than is available; the same list where they do not."""
    asked = add([figure for line in lines for figure in line.values()], "asked for", clause, "", available.unit)
    room = positive(available, "available", clause)
    if asked.value <= room.value or asked.value <= 0:
        return lines
    ratio = derive(Op.QUOTIENT, (room, asked), "part that the pool can bear", "short")
    return [
        {
            party: multiply(
                (figure, ratio), f"{figure.label}, as far as the pool goes", figure.clause, f"{figure.name}.limited"
            )
            for party, figure in line.items()
        }
        for line in lines
    ]


def _loss(ctx: Context, last: Step, losses: Losses) -> PerParty:
    if losses.carried_forward:
        return {}
    rates = losses.rates if losses.rates is not None else last.profit_rates()
    assert rates is not None, "the document was checked: `as profits` needs a last step with rates of its own"
    return split(ctx.remaining, rates, ctx.at(LOSSES, LOSSES), "loss", LOSSES)


def _sums(lines: Sequence[PerParty], unit: str, *, named: bool = False) -> PerParty:
    parties = sorted({party for line in lines for party in line})
    return {
        party: add(
            [line[party] for line in lines if party in line], f"entitlement of {party}", "shares",
            f"{party}/entitlement" if named else "", unit,
        )
        for party in parties
    }  # fmt: skip

"""The capital of one deal, or of several taken as one: what was paid in for it, less what its own steps gave back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from ledger.terms.context import Context, PerParty
from ledger.terms.stakes import Stakes
from ledger.values.figures import Figure, add, subtract

#: The kind of the totals of capital that was paid in.
CONTRIBUTION = "contribution"
CAPITAL, CONTRIBUTED = "capital", "contributed"


def stakes_of_deals(deals: Sequence[str], ctx: Context) -> Stakes:
    """What every party has in these deals; `ctx` is that in which the memory of the deals is kept."""
    parties = ctx.stakes.parties()
    paid_in: dict[str, tuple[tuple[date, Figure], ...]] = {}
    for party in parties:
        moves = [move for deal in deals for move in ctx.inputs.dated(CONTRIBUTION, deal, party)]
        if moves:
            paid_in[party] = tuple(sorted(moves, key=lambda move: move[0]))
    return Stakes(
        unit=ctx.currency.code,
        brought=_brought(CAPITAL, "capital in it of {}, brought forward", parties, ctx),
        paid_in=paid_in,
        taken_out={},
        contributed_before=_brought(CONTRIBUTED, "paid in for it by {} before", parties, ctx),
    )


def _brought(what: str, label: str, parties: Sequence[str], ctx: Context) -> dict[str, Figure]:
    found = {}
    for party in parties:
        figure = ctx.before(f"{what}.{party}", label.format(party))
        if figure is not None:
            found[party] = figure
    return found


def capital_left(stakes: Stakes, returned: PerParty, ctx: Context) -> Iterator[Figure]:
    """What the next period starts from, of every party that has (or had) capital in these deals."""
    for party in stakes.parties():
        label = f"capital in it of {party}"
        left = stakes.closing(party)
        if party in returned:
            left = subtract((left, returned[party]), label, ctx.clause)
        yield add((left,), label, ctx.clause, ctx.carry(f"{CAPITAL}.{party}"))
        whole = stakes.contributed(party)
        yield add((whole,), f"paid in for it by {party} so far", ctx.clause, ctx.carry(f"{CONTRIBUTED}.{party}"))

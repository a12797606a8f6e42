"""The capital of one deal, or of several taken as one: what was paid in for it, less what its own steps gave back.

What was paid in for a deal is kept by settlement whether or not terms name the deal, and so is what steps that look at
all deals as one gave back of it. What the deals' own steps gave back is remembered under the deal, whatever its step is
called: so an amendment that names the step, brings it in or adds a deal loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from ledger.terms.context import MEMORY, Context, PerParty
from ledger.terms.stakes import Stakes
from ledger.values.figures import Figure, add, subtract

#: The kind of the totals of capital that was paid in.
CONTRIBUTION = "contribution"
CAPITAL, CONTRIBUTED, AS_ONE = "capital", "contributed", "as-one"

#: Under which key deals remember.
DEALS = "each-deal"

Brought = Callable[[str, str], Figure | None]


def paid_in_for(party: str, deal: str = "") -> str:
    """The name of all that a party paid in for a deal."""
    return f"{party}/capital.paid-in.{deal}"


def returned_as_one(party: str, deal: str = "") -> str:
    """The name of what was given back of it by steps that look at all deals as one."""
    return f"{party}/capital.returned-as-one.{deal}"


def stakes_of_deals(deals: Sequence[str], ctx: Context) -> Stakes:
    """What every party has in these deals; `ctx` is that in which the memory of the deals is kept."""
    parties = ctx.stakes.parties()
    paid_in: dict[str, tuple[tuple[date, Figure], ...]] = {}
    capital: dict[str, Figure] = {}
    contributed: dict[str, Figure] = {}
    for party in parties:
        moves = [move for deal in deals for move in ctx.inputs.dated(CONTRIBUTION, deal, party)]
        if moves:
            paid_in[party] = tuple(sorted(moves, key=lambda move: move[0]))
        paid = [figure for deal in deals for figure in _news(deal, party, ctx.brought)]
        back = [figure for deal in deals for figure in _taken_back(deal, party, ctx.brought)]
        label = f"capital in it of {party}, brought forward"
        _put(capital, party, label, [ctx.before(f"{CAPITAL}.{party}", label), *paid], back)
        label = f"paid in for it by {party} before"
        _put(contributed, party, label, [ctx.before(f"{CONTRIBUTED}.{party}", label), *paid], [])
    return Stakes(
        unit=ctx.currency.code, brought=capital, paid_in=paid_in, taken_out={}, contributed_before=contributed
    )


def _put(found: dict[str, Figure], party: str, label: str, more: list[Figure | None], less: list[Figure]) -> None:
    parts = [figure for figure in more if figure is not None]
    if len(parts) > 1:
        parts = [add(parts, label, "")]
    if parts:
        found[party] = subtract((*parts, *less), label, "") if less else parts[0]


def capital_in(deal: str, party: str, brought: Brought) -> Figure | None:
    """What a party has in a deal from the periods before; None where it never had any."""
    found: dict[str, Figure] = {}
    label = f"capital of {party} in {deal}, brought forward"
    remembered = brought(_remembered(deal, CAPITAL, party), label)
    news, back = list(_news(deal, party, brought)), list(_taken_back(deal, party, brought))
    _put(found, party, label, [remembered, *news], back)
    return found.get(party)


def _remembered(deal: str, what: str, party: str) -> str:
    return f"{MEMORY}/{DEALS}.{deal}.{what}.{party}"


def _news(deal: str, party: str, brought: Brought) -> Iterator[Figure]:
    """What was paid in for a deal in periods in which no step shared it."""
    return _since(
        brought(paid_in_for(party, deal), f"paid in for {deal} by {party} before"),
        brought(_remembered(deal, CONTRIBUTED, party), f"of it known to {deal}, of {party}"),
        f"paid in for {deal} by {party} while it was not shared by itself",
    )


def _taken_back(deal: str, party: str, brought: Brought) -> Iterator[Figure]:
    """What was given back of its capital in these periods."""
    return _since(
        brought(returned_as_one(party, deal), f"returned of {deal} to {party} for all deals as one"),
        brought(_remembered(deal, AS_ONE, party), f"of it known to {deal}, of {party}"),
        f"returned of {deal} to {party} while it was not shared by itself",
    )


def _since(whole: Figure | None, known: Figure | None, label: str) -> Iterator[Figure]:
    if whole is not None and known is None:
        yield whole
    elif whole is not None and known is not None and whole.value != known.value:
        yield subtract((whole, known), label, "")


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


def known_as_one(deal: str, ctx: Context) -> Iterator[Figure]:
    """That a deal has seen what was given back of its capital for all deals as one."""
    for party in ctx.stakes.parties():
        label = f"returned of {deal} to {party} for all deals as one"
        figure = ctx.brought(returned_as_one(party, deal), label)
        if figure is not None:
            yield add((figure,), label, ctx.clause, _remembered(deal, AS_ONE, party))

"""Taking no more than there is: what several parties are due, in proportion where less remains."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from ledger.terms.context import Context, PerParty
from ledger.values.figures import Figure, Op, add, derive, lesser, multiply, positive, subtract


def limited(lines: list[PerParty], available: Figure, clause: str) -> list[PerParty]:
    """The lines, cut in proportion where they ask for more than is available; the same list where they do not.

    What a step takes back (a fee of negative sales, a charge) is not cut, and there is so much more for the others.
    """
    kept = [{party: figure for party, figure in line.items() if figure.value < 0} for line in lines]
    if owed := [figure for line in kept for figure in line.values()]:
        available = subtract((available, *owed), "available, with what parties give back", clause)
    asking = [figure for line in lines for figure in line.values() if figure.value >= 0]
    asked = add(asking, "asked for", clause, "", available.unit)
    room = positive(available, "available", clause)
    if asked.value <= room.value or asked.value <= 0:
        return lines
    ratio = derive(Op.QUOTIENT, (room, asked), "part that the pool can bear", "short")
    return [
        {party: figure if figure.value < 0 else _cut(figure, ratio) for party, figure in line.items()} for line in lines
    ]


def _cut(figure: Figure, ratio: Figure) -> Figure:
    label, name = f"{figure.label}, as far as the pool goes", f"{figure.name}.limited"
    return multiply((figure, ratio), label, figure.clause, name)


def within_remaining(due: Mapping[str, Figure], ctx: Context, label: Callable[[str], str], name: str = "") -> PerParty:
    """What each party is due (nothing below zero), in proportion where less remains; the figures of a tier.

    `name` has each party's place in braces, where it is not that of the step.
    """
    room = positive(ctx.remaining, "what remains, if anything", ctx.clause)
    names = {party: (name or f"{{}}/{ctx.name}").format(party) for party in due}
    if len(due) == 1:
        [(party, figure)] = due.items()
        return {party: lesser((figure, room), label(party), ctx.clause, names[party])}
    asked = add(list(due.values()), "due to all", ctx.clause, "", ctx.remaining.unit)
    if asked.value <= room.value:
        return {party: replace(figure, label=label(party), name=names[party]) for party, figure in due.items()}
    ratio = derive(Op.QUOTIENT, (room, asked), "part of it for which enough remains", ctx.clause)
    return {party: multiply((figure, ratio), label(party), ctx.clause, names[party]) for party, figure in due.items()}

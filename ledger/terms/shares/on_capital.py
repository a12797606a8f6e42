"""What steps reckon with the capital of the parties: as it stands on a day, or weighed by its days."""

from __future__ import annotations

from datetime import date

from ledger.terms.context import Context
from ledger.values.daycounts import DayCount, year_fraction
from ledger.values.figures import Figure, Op, add, derive, multiply, term


def with_capital(ctx: Context, named: tuple[str, ...] | None = None) -> list[str]:
    """The parties that a step is about: those it names, or all of the terms that have, or had, capital."""
    return sorted(ctx.parties.intersection(ctx.stakes.parties()) if named is None else named)


def opening_capital(ctx: Context, party: str) -> Figure:
    """The capital that the period begins with; what moves on its first day is in it."""
    return ctx.stakes.at(party, ctx.first)


def weighed(ctx: Context, party: str, days: DayCount) -> Figure:
    """The capital times the part of a year that it was there: what moves on a day counts from that day on."""
    opening = opening_capital(ctx, party)
    parts = [_for(opening, opening.label, ctx.first, ctx, days)]
    parts += [
        _for(figure, f"{figure.label}, moved on {day}", day, ctx, days)
        for day, figure in ctx.stakes.moves(party)
        if ctx.first < day < ctx.end
    ]
    return add(parts, f"capital of {party} times the part of a year that it was there", ctx.clause)


def average_capital(ctx: Context, party: str, days: DayCount) -> Figure:
    """The capital of an average day of the period; where the day count sees no time pass, that of its last day."""
    whole = part_of_year(ctx, ctx.first, days)
    if not whole.value:
        return ctx.stakes.at(party, ctx.last)
    return derive(Op.QUOTIENT, (weighed(ctx, party, days), whole), f"average capital of {party}", ctx.clause)


def part_of_year(ctx: Context, since: date, days: DayCount) -> Figure:
    """From a day to the end of the period, as a part of a year."""
    value = year_fraction(since, ctx.end, days) if since < ctx.end else 0
    return term(value, "", f"part of a year from {since} to {ctx.last}, {days}", ctx.clause)


def _for(amount: Figure, label: str, since: date, ctx: Context, days: DayCount) -> Figure:
    return multiply((amount, part_of_year(ctx, since, days)), f"{label}, by its time", ctx.clause)

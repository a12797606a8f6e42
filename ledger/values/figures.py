"""A number that is its own derivation.

A `Figure` holds a value, what it means, the clause it follows from, and the operation and operands that made
it. There is no way to build one from an operation but to perform the operation, so the derivation cannot
disagree with the number. Leaves are totals of entries, constants of the terms, and figures carried over from
another statement.

Values are exact rationals: money in minor units of `unit` (a currency code), quantities in units, rates plain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from functools import reduce
from operator import mul

import msgspec

from ledger.values.apportionment import CARRIED, Rule, apportion_exact, round_half_away

RATE = ""  #: the unit of a plain number, such as a rate

#: Into how many parts a unit is divided, at most, in what one period hands on to the next.
FINENESS = 10**18


class Op(StrEnum):
    """What was done to the operands. The set is closed, so that a checker can repeat each of them."""

    ENTRIES = "entries"  # leaf: the total of the entries that a query finds
    TERM = "term"  # leaf: a constant of the terms
    CARRIED = "carried"  # leaf: a figure of another statement
    FIXED = "fixed"  # leaf: a recorded rate of exchange
    SUM = "sum"
    DIFFERENCE = "difference"  # the first less all others
    NEGATIVE = "negative"
    PRODUCT = "product"
    QUOTIENT = "quotient"  # the first by the second
    LESSER = "lesser"  # the least of the operands
    GREATER = "greater"  # the greatest of the operands
    FLOOR = "floor"  # down to whole minor units
    ROUND = "round"  # to whole minor units, half away from zero
    BAND = "band"  # operands: level, then (from, value) pairs: the value of the band that the level is in
    APPORTIONED = "apportioned"  # operands: exact shares of all parties, then carried shortfalls of all


class Entries(msgspec.Struct, frozen=True):
    """The query behind a leaf: which entries of a book were added up.

    They are those of a kind (`result`), name (a metric or category, "" where there is none) and party (""
    where there is none), effective in a period, as known at a seq of the book; `count` says how many.

    `currency` is a foreign one ("": the entries in the agreement's own, and those without money). `day` and
    `reporter` narrow it to one day and to what one party recorded ("": all of them).
    """

    agreement: str
    kind: str
    name: str
    party: str
    period: str
    known_at: int
    count: int
    currency: str = ""
    day: str = ""
    reporter: str = ""


class Rounding(msgspec.Struct, frozen=True):
    """The remainder rule of the terms, and the order of parties for rules that need one."""

    rule: Rule = CARRIED
    order: tuple[str, ...] = ()


class Apportionment(msgspec.Struct, frozen=True):
    """Which part of an apportionment a figure is: the rule, the parties in order, and whose part it is.

    `order` is the order that the terms name for rules that need one; empty for the order of the parties' names.
    """

    rule: Rule
    order: tuple[str, ...]
    parties: tuple[str, ...]
    party: str


class Figure(msgspec.Struct, frozen=True, eq=False):
    """A value with its label, clause, operation and operands.

    `name` is its address within a statement (`jot/shares.1`), empty for an intermediate figure, which is
    then addressed through the figure it belongs to. `reference` is the id of the figure that a CARRIED
    leaf stands for, or the stream and the seq of the event that a FIXED one was recorded by.
    """

    value: Fraction
    unit: str
    label: str
    clause: str
    op: Op
    operands: tuple[Figure, ...] = ()
    name: str = ""
    entries: Entries | None = None
    reference: str = ""
    apportionment: Apportionment | None = None

    @property
    def minor(self) -> int:
        """The value of a figure that is known to be whole (minor units)."""
        assert self.value.denominator == 1, f"{self.name or self.label} is not whole: {self.value}"
        return self.value.numerator


def entries_total(value: Fraction | int, unit: str, label: str, clause: str, entries: Entries, name: str) -> Figure:
    """A leaf: the total of the entries that a query finds."""
    return Figure(Fraction(value), unit, label, clause, Op.ENTRIES, name=name, entries=entries)


def term(value: Fraction | int, unit: str, label: str, clause: str, name: str = "") -> Figure:
    """A leaf: a constant that the terms name."""
    return Figure(Fraction(value), unit, label, clause, Op.TERM, name=name)


def fixed(value: Fraction, unit: str, label: str, clause: str, event: str, name: str) -> Figure:
    """A leaf: a rate of exchange that an event recorded (`acme-jot/rate/USD@12`)."""
    return Figure(value, unit, label, clause, Op.FIXED, name=name, reference=event)


def carried(source: Figure, statement: str, label: str, name: str = "") -> Figure:
    """A leaf: a named figure of another statement, whose id there is `statement/source.name`."""
    assert source.name, f"only a named figure can be carried: {source.label}"
    reference = f"{statement}/{source.name}"
    return Figure(source.value, source.unit, label, source.clause, Op.CARRIED, name=name, reference=reference)


def derive(
    op: Op, operands: Sequence[Figure], label: str, clause: str, name: str = "", unit: str | None = None
) -> Figure:
    """The figure that an operation makes of its operands."""
    parts = tuple(operands)
    value = _OPERATIONS[op](tuple(part.value for part in parts))
    return Figure(value, _unit(op, parts) if unit is None else unit, label, clause, op, parts, name)


def add(operands: Sequence[Figure], label: str, clause: str, name: str = "", unit: str | None = None) -> Figure:
    """The sum of the operands; `unit` is needed where there may be none."""
    return derive(Op.SUM, operands, label, clause, name, unit)


def subtract(operands: Sequence[Figure], label: str, clause: str, name: str = "") -> Figure:
    """The first operand less all others."""
    return derive(Op.DIFFERENCE, operands, label, clause, name)


def negate(operand: Figure, label: str, clause: str, name: str = "") -> Figure:
    """The operand with the other sign."""
    return derive(Op.NEGATIVE, (operand,), label, clause, name)


def multiply(operands: Sequence[Figure], label: str, clause: str, name: str = "", unit: str | None = None) -> Figure:
    """The product of the operands, in the unit of the one that is money if there is one."""
    return derive(Op.PRODUCT, operands, label, clause, name, unit)


def lesser(operands: Sequence[Figure], label: str, clause: str, name: str = "") -> Figure:
    """The least of the operands."""
    return derive(Op.LESSER, operands, label, clause, name)


def greater(operands: Sequence[Figure], label: str, clause: str, name: str = "") -> Figure:
    """The greatest of the operands."""
    return derive(Op.GREATER, operands, label, clause, name)


def positive(figure: Figure, label: str, clause: str, name: str = "") -> Figure:
    """The figure, or nothing where it is negative."""
    return greater((figure, term(0, figure.unit, "nothing", clause)), label, clause, name)


def cut(figure: Figure, clause: str) -> Figure:
    """The figure itself, or, where its denominator is larger than `FINENESS`, rounded to that part of a unit.

    Exact fractions grow: what is divided in proportion in every period has as many more digits after each. What
    a period starts from is therefore cut, by operations that can be repeated like all others.
    """
    if figure.value.denominator <= FINENESS:
        return figure
    parts = term(FINENESS, RATE, "the finest parts of a unit", clause)
    counted = multiply((figure, parts), f"{figure.label}, in finest parts", clause)
    whole = derive(Op.ROUND, (counted,), f"{figure.label}, in whole finest parts", clause)
    return derive(Op.QUOTIENT, (whole, parts), f"{figure.label}, to the finest part", clause)


def band(level: Figure, bands: Sequence[tuple[Figure, Figure]], label: str, clause: str) -> Figure:
    """The value of the band that the level is in; bands are half-open, and the first reaches down without limit."""
    operands = (level, *(figure for pair in bands for figure in pair))
    return derive(Op.BAND, operands, label, clause, unit=bands[0][1].unit)


def apportioned(
    exact: Mapping[str, Figure],
    shortfall: Mapping[str, Figure],
    rounding: Rounding,
    label: Callable[[str], str],
    clause: str,
    name: Callable[[str], str],
) -> dict[str, Figure]:
    """Whole minor units out of exact shares, one figure per party; they add up to the exact shares' rounded sum."""
    parties = tuple(sorted(exact))
    values = {party: exact[party].value for party in parties}
    carry = {party: shortfall[party].value for party in parties}
    parts = apportion_exact(values, carry, rounding.rule, order=rounding.order or None).parts
    operands = (*(exact[party] for party in parties), *(shortfall[party] for party in parties))
    return {
        party: Figure(
            Fraction(parts[party]), exact[party].unit, label(party), clause, Op.APPORTIONED, operands, name(party),
            apportionment=Apportionment(rounding.rule, rounding.order, parties, party),
        )
        for party in parties
    }  # fmt: skip


def evaluate(figure: Figure, given: Mapping[int, Fraction] | None = None) -> Fraction:
    """The figure's value, worked out anew from its leaves, as if other figures had the `given` values.

    `given` goes from `id(figure)` to the value. With nothing given this repeats the derivation; with a value
    given it answers what a figure would be if another one were different.
    """
    replaced = given or {}
    seen: dict[int, Fraction] = {}
    for node in walk((figure,)):
        if id(node) in replaced:
            seen[id(node)] = replaced[id(node)]
        elif node.operands:
            seen[id(node)] = repeat(node, tuple(seen[id(part)] for part in node.operands))
        else:
            seen[id(node)] = node.value
    return seen[id(figure)]


def repeat(figure: Figure, values: tuple[Fraction, ...]) -> Fraction:
    """The figure's operation on other operand values."""
    if figure.apportionment is None:
        return _OPERATIONS[figure.op](values)
    how, half = figure.apportionment, len(values) // 2
    exact = dict(zip(how.parties, values[:half], strict=True))
    shortfall = dict(zip(how.parties, values[half:], strict=True))
    return Fraction(apportion_exact(exact, shortfall, how.rule, order=how.order or None).parts[how.party])


def walk(roots: Iterable[Figure]) -> Iterator[Figure]:
    """Every figure below the roots once, operands before what is made of them."""
    seen: set[int] = set()
    for root in roots:
        stack = [(root, False)]
        while stack:
            figure, expanded = stack.pop()
            if expanded:
                yield figure
            elif id(figure) not in seen:
                seen.add(id(figure))
                stack.append((figure, True))
                stack.extend((part, False) for part in reversed(figure.operands) if id(part) not in seen)


def addresses(roots: Iterable[Figure]) -> dict[int, str]:
    """The address of every figure below the roots, by `id(figure)`.

    A named figure is addressed by its name; any other by the first figure that uses it and its place
    among that figure's operands, counted from 1: `pool/costs.media:2`.
    """
    found: dict[int, str] = {}
    stack = [(root, root.name) for root in reversed(list(roots))]
    while stack:
        figure, address = stack.pop()
        if id(figure) in found:
            continue
        found[id(figure)] = figure.name or address
        own = found[id(figure)]
        stack.extend(
            (part, part.name or f"{own}:{place}") for place, part in reversed(list(enumerate(figure.operands, 1)))
        )
    return found


def _unit(op: Op, parts: tuple[Figure, ...]) -> str:
    units = [part.unit for part in parts if part.unit != RATE]
    if op is Op.PRODUCT:
        return units[0] if units else RATE
    if op is Op.QUOTIENT:
        return RATE if len(units) != 1 else units[0]
    assert all(part.unit == parts[0].unit for part in parts), f"units differ: {[part.unit for part in parts]}"
    return parts[0].unit


def _band(values: tuple[Fraction, ...]) -> Fraction:
    level, chosen = values[0], values[2]
    for lower, value in zip(values[1::2], values[2::2], strict=True):
        if level >= lower:
            chosen = value
    return chosen


_OPERATIONS: dict[Op, Callable[[tuple[Fraction, ...]], Fraction]] = {
    Op.SUM: lambda values: sum(values, Fraction(0)),
    Op.DIFFERENCE: lambda values: values[0] - sum(values[1:], Fraction(0)),
    Op.NEGATIVE: lambda values: -values[0],
    Op.PRODUCT: lambda values: reduce(mul, values, Fraction(1)),
    Op.QUOTIENT: lambda values: values[0] / values[1],
    Op.LESSER: min,
    Op.GREATER: max,
    Op.FLOOR: lambda values: Fraction(values[0].numerator // values[0].denominator),
    Op.ROUND: lambda values: Fraction(round_half_away(values[0])),
    Op.BAND: _band,
}

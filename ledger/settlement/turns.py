"""Where terms turn: the levels at which a share stops growing as it did, because a rule sets in or ends.

Between two turns every share is a straight line of the level. So the turns, and a point on either side, show all
that the terms do. They are found by settling and not by reading clauses: whatever a clause does is seen, in the way
in which it does it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise

import msgspec

from ledger.settlement.trial import Outcome, Varied, What, set_aside
from ledger.values.figures import Figure, Op, repeat, walk
from ledger.values.money import MICRO, Currency

LOSSES = "losses"
NAMED_LIMIT = 12  #: amounts of the terms that say where to look, the largest first
NOISE = 2  #: minor units by which what is rounded beforehand may bend a straight line

NARROW = 256  #: a curve is looked for in this part of all levels, and in smaller ones
SETTLED_LIMIT = 4_000  #: levels that are settled at most
NEAR = 8  #: minor units between two turns that are one

Part = tuple[str, str]
"""A clause and a party: whose line of it."""
Parts = dict[Part, Fraction]


class Turn(msgspec.Struct, frozen=True):
    """A level from which on some clauses work otherwise than below it.

    `bends` tells that shares are no straight lines from there on: so it is where a part of a part is taken.
    """

    level: int
    clauses: tuple[str, ...]
    bends: bool = False


class _Line(msgspec.Struct, frozen=True):
    """A straight line for each part: its value at a level, and what it grows by with each unit of the level."""

    at: int
    values: Parts
    slopes: Parts

    def value(self, part: Part, level: int) -> Fraction:
        return self.values.get(part, Fraction(0)) + self.slopes.get(part, Fraction(0)) * (level - self.at)

    def is_idle(self, part: Part) -> bool:
        return not self.values.get(part) and not self.slopes.get(part)


class _Piece(msgspec.Struct, frozen=True):
    """Levels over which everything is straight.

    There is no line where it jumps from one whole unit to the next, and where some parts, the `bent` ones, curve.
    """

    low: int
    high: int
    line: _Line | None
    bent: tuple[Part, ...] = ()


class _Search:
    """What was settled so far, and how far from straight a straight line may be."""

    def __init__(self, outcome: Callable[[int], Outcome], noise: int) -> None:
        self._outcome = outcome
        self._seen: dict[int, Parts] = {}
        self.noise = noise
        self.narrow = 0

    @property
    def weary(self) -> bool:
        """Whether so much was settled that the rest is taken to be straight."""
        return len(self._seen) > SETTLED_LIMIT

    def parts(self, level: int) -> Parts:
        """What each clause gives each party at a level."""
        if level not in self._seen:
            self._seen[level] = _parts(self._outcome(level))
        return self._seen[level]

    def line(self, low: int, high: int) -> _Line:
        """The line through two levels."""
        first, second = self.parts(low), self.parts(high)
        width = high - low
        slopes = {
            part: (second.get(part, Fraction(0)) - first.get(part, Fraction(0))) / width for part in _all(first, second)
        }
        return _Line(low, first, slopes)

    def fits(self, line: _Line, level: int) -> bool:
        """Whether a line goes through what there is at a level."""
        found = self.parts(level)
        return all(
            abs(line.value(part, level) - found.get(part, Fraction(0))) <= self.noise
            for part in _all(found, line.values)
        )

    def differ(self, left: _Line, right: _Line, level: int, step: int) -> list[Part]:
        """The parts of which two lines are not one."""
        slack = Fraction(2 * self.noise, step)
        return [
            part
            for part in _all(left.values, left.slopes, right.values, right.slopes)
            if abs(left.slopes.get(part, Fraction(0)) - right.slopes.get(part, Fraction(0))) > slack
            or abs(left.value(part, level) - right.value(part, level)) > 4 * self.noise
        ]

    def bent(self, low: int, high: int) -> tuple[Part, ...]:
        """The parts that curve all the way: whose slope changes alike from each eighth to the next."""
        step = (high - low) // 8
        if step < 2 or high - low > self.narrow:
            return ()
        slopes = [self.line(low + place * step, low + (place + 1) * step).slopes for place in range(8)]

        def curves(part: Part) -> bool:
            changes = [
                after.get(part, Fraction(0)) - before.get(part, Fraction(0)) for before, after in pairwise(slopes)
            ]
            sizes = [abs(change) for change in changes]
            alike = all(change > 0 for change in changes) or all(change < 0 for change in changes)
            return alike and max(sizes) <= 4 * min(sizes) and min(sizes) > Fraction(4 * self.noise, step)

        return tuple(part for part in _all(*slopes) if curves(part))


def turns(
    outcome: Callable[[int], Outcome], varied: Varied, known: tuple[int, ...] = (), *, rough: bool = False
) -> tuple[Turn, ...]:
    """The turns of what `outcome` says of a level, in rising order.

    `known` are levels that may matter. They and the amounts that the terms name say how far to look: from minus four
    times the largest of them to 64 times. `rough` tells that what is assumed is itself rounded, level by level.
    """
    unit = outcome(0).settlements[0].terms.unit
    start = base(varied, unit)
    looked_at = [figure for level in (start, -start) for figure in _figures(outcome(level))]
    named = sorted({*known, *_named(looked_at, varied, unit)} - {0})[-NAMED_LIMIT:] or [start]
    aside = any(True for level in (start, -start) for each in outcome(level).settlements for _ in set_aside(each))
    search = _Search(outcome, NOISE if rough or aside else 0)
    top = max(abs(each) for each in named)
    marks = sorted({-4 * top, 0, *named, *(4 * each for each in named), 16 * top, 64 * top})
    search.narrow = (marks[-1] - marks[0]) // NARROW
    pieces = [piece for low, high in pairwise(marks) for piece in _pieces(search, low, high)]
    return tuple(_gathered(list(_turns(search, pieces))))


def base(varied: Varied, unit: Currency) -> int:
    """A level to begin with where nothing says which matter: 100,000 of the currency, or 1,000 units."""
    return 1_000 * MICRO if varied.what is What.UNITS else 100_000 * unit.scale


def _named(figures: list[Figure], varied: Varied, unit: Currency) -> Iterator[int]:
    """The amounts that the terms name, as far as the settlement looked at them, as levels of what is varied."""
    wanted, factor = (varied.name, MICRO) if varied.what is What.UNITS else (unit.code, 1)
    for figure in walk(figures):
        if figure.op is Op.TERM and figure.unit == wanted:
            level = figure.value * factor
            if level.denominator == 1 and abs(level) > 1:
                yield int(level)


# --- what is looked at ------------------------------------------------------------------------------------


def _figures(outcome: Outcome) -> list[Figure]:
    found: list[Figure] = []
    for settled in outcome.settlements:
        found += settled.pool.lines
        found += [figure for line in settled.shared.lines for figure in line.values()]
    return found


def _parts(outcome: Outcome) -> Parts:
    """What each clause gives each party, or sets aside of it, over all periods together."""
    exact = _unrounded(_figures(outcome))
    found: Parts = {}
    for settled in outcome.settlements:
        for figure in settled.pool.lines:
            _count(found, (figure.clause, ""), exact[id(figure)])
        for line in settled.shared.lines:
            for party, figure in line.items():
                _count(found, (figure.clause, party), exact[id(figure)])
        for party, figure in set_aside(settled):
            _count(found, (figure.clause, party), figure.value)
        if settled.terms.losses.carried_forward:
            _count(found, (LOSSES, ""), settled.loss.value)
    return found


def _unrounded(figures: list[Figure]) -> dict[int, Fraction]:
    """The value of each figure if no cap inside the pool were rounded down: steps of a cent would hide the turns."""
    found: dict[int, Fraction] = {}
    for figure in walk(figures):
        operands = tuple(found[id(part)] for part in figure.operands)
        if figure.op is Op.FLOOR:
            [found[id(figure)]] = operands
        else:
            found[id(figure)] = repeat(figure, operands) if operands else figure.value
    return found


def _count(found: Parts, part: Part, value: Fraction) -> None:
    found[part] = found.get(part, Fraction(0)) + value


def _all(*found: Parts) -> list[Part]:
    return list(dict.fromkeys(part for parts in found for part in parts))


# --- straight pieces --------------------------------------------------------------------------------------


def _pieces(search: _Search, low: int, high: int) -> Iterator[_Piece]:
    """The straight pieces between two levels.

    The line through two points at the low end and the line through two points at the high end are one, or they
    meet in the only turn, or they do not fit what lies between: then each half is looked at by itself.
    """
    if high - low == 1:
        yield _Piece(low, high, None)
        return
    step = max((high - low) // 8, 1)
    left, right = search.line(low, low + step), search.line(high - step, high)
    middle = (low + high) // 2
    apart = search.differ(left, right, middle, step)
    if search.weary or (not apart and search.fits(left, middle)):
        yield _Piece(low, high, search.line(low, high))
    elif search.fits(left, high - 1) and search.fits(left, middle):
        yield _Piece(low, high - 1, left)
        yield _Piece(high - 1, high, None)
    elif (turn := _meeting(search, left, right, apart, (low + step, high - step))) is not None:
        yield _Piece(low, turn, left)
        yield _Piece(turn, high, right)
    elif bent := search.bent(low, high):
        yield _Piece(low, high, None, bent)
    else:
        yield from _pieces(search, low, middle)
        yield from _pieces(search, middle, high)


def _meeting(search: _Search, left: _Line, right: _Line, apart: list[Part], within: tuple[int, int]) -> int | None:
    """The one level at which the lines of all parts meet, if what is settled there lies on both."""
    for part in apart:
        turned = right.slopes.get(part, Fraction(0)) - left.slopes.get(part, Fraction(0))
        if not turned:
            return None
        exact = left.at + (right.value(part, left.at) - left.value(part, left.at)) / -turned
        level = _roundest(exact, search.noise / abs(turned))
        if not within[0] < level < within[1]:
            continue
        inside = (
            (left.at + level) // 2,
            (level + within[1]) // 2,
        )  # a line drawn over a turn passes at its two ends only
        if (
            search.fits(left, level - (level != exact)) and search.fits(right, level)
            and search.fits(left, inside[0]) and search.fits(right, inside[1])
        ):  # fmt: skip
            return level
    return None


def _roundest(exact: Fraction, slack: Fraction) -> int:
    """A number so round that it does not lie within `slack` by chance; else the next whole one from `exact` on."""
    power = 10**12
    while power > 20 * slack and power > 1:
        near = round(exact / power) * power
        if abs(near - exact) <= slack:
            return near
        power //= 10
    return -(-exact.numerator // exact.denominator)


def _turns(search: _Search, pieces: list[_Piece]) -> Iterator[Turn]:
    """Where one straight piece goes over into another one, or into a curve, or a curve ends."""
    for before, after in pairwise(piece for piece in pieces if piece.line is not None or piece.bent):
        if before.line is not None and after.line is not None:
            width = min(before.high - before.low, after.high - after.low)
            apart = search.differ(before.line, after.line, after.low, width)
            if apart:
                yield Turn(after.low, _causes(apart, before.line, after.line))
        elif not (before.bent and after.bent):
            first = min((clause for clause, _ in before.bent or after.bent), key=_rank)
            lost = {_loses(search.parts(level)) for level in (before.low, after.high)}
            yield Turn(after.low, (LOSSES,) if len(lost) > 1 else (first,), bool(after.bent))


def _loses(parts: Parts) -> bool:
    return any(value for (clause, _), value in parts.items() if clause == LOSSES)


def _gathered(found: list[Turn]) -> Iterator[Turn]:
    """Turns that lie within a few minor units are one: amounts that were rounded in between may tear it apart."""
    near: list[Turn] = []
    for turn in [*found, None]:
        if near and (turn is None or turn.level - near[-1].level > NEAR):
            clauses = tuple(dict.fromkeys(each for one in near for each in one.clauses))
            yield Turn(near[(len(near) - 1) // 2].level, clauses, near[-1].bends)
            near = []
        near += [turn] if turn is not None else []


def _causes(apart: list[Part], left: _Line, right: _Line) -> tuple[str, ...]:
    """The clauses that turn: losses where they begin or end; else the first in the order in which money flows, as
    what follows it only follows, and each cap and guarantee that sets in or ends.
    """
    begun = {clause for clause, party in apart if left.is_idle((clause, party)) != right.is_idle((clause, party))}
    if LOSSES in begun:
        return (LOSSES,)
    first = min((clause for clause, _ in apart), key=_rank)
    return tuple(dict.fromkeys((first, *sorted(clause for clause in begun if _rank(clause) == _PROTECTION))))


_STEP = re.compile(r"shares\[(\d+)\]")


_PROTECTION = 2, 0


def _rank(clause: str) -> tuple[int, int]:
    if clause.startswith("pool"):
        return 0, 0
    step = _STEP.match(clause)
    return (1, int(step[1])) if step else _PROTECTION


# --- levels to show ---------------------------------------------------------------------------------------


def levels(found: tuple[Turn, ...], varied: Varied, unit: Currency) -> tuple[int, ...]:
    """Levels for a table: the round ones, and every turn."""
    return tuple(sorted({*round_levels(found, varied, unit), *(turn.level for turn in found)}))


def round_levels(found: tuple[Turn, ...], varied: Varied, unit: Currency) -> tuple[int, ...]:
    """Round levels from a loss to beyond the last turn."""
    places = [turn.level for turn in found]
    top = max([0, *places]) or base(varied, unit)
    step = round_step(Fraction(top, 6))
    high = (top // step + 2) * step
    low = min(0 if varied.what is What.UNITS else -2 * step, (min([0, *places]) // step) * step)
    return tuple(range(low, high + 1, step))


def round_step(least: Fraction) -> int:
    """The least of 1, 2, 5, 10, 20, 50 and so on that is not below `least`."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power >= least:
                return digit * power
        power *= 10

"""A statement checked from its exported data alone: every figure is worked out anew from its operands.

It shares no code with the engine that made the statement, so that a mistake there is not repeated here. Whoever has
nothing but the file of a statement can write the same in an afternoon: `docs/statement-format.md` says all it needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

Plain = Mapping[str, Any]


_VALUE = re.compile(r"-?[0-9]{1,4300}(/[1-9][0-9]{0,4299})?\Z")
_BITS = 30_000  #: how large numerator and denominator grow on the way, where a value has some 14,000 at the most
_MALFORMED = (ZeroDivisionError, ValueError, IndexError, KeyError, TypeError, AttributeError)


def wrong_figures(data: object) -> list[str]:
    """The ids of the figures that do not follow from their operands, or whose operands are not there.

    The data may be anything that JSON can say: what is no figure is wrong. Raises `ValueError` where there are none.
    """
    figures = data.get("figures") if isinstance(data, Mapping) else None
    if not isinstance(figures, Mapping):
        raise ValueError("there are no figures")
    circular, values = _circular(figures), _values(figures)
    return [name for name, figure in figures.items() if name in circular or not _follows(name, figure, values)]


def _operands(figure: object) -> list[str]:
    """The ids that a figure is made of; none for what is no figure."""
    names = figure.get("operands", []) if isinstance(figure, Mapping) else []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _circular(figures: Plain) -> set[str]:
    """The figures that, step by step, are made of themselves: nothing follows from that."""
    left = {name: sum(each in figures for each in _operands(figure)) for name, figure in figures.items()}
    used_by: dict[str, list[str]] = {}
    for name, figure in figures.items():
        for operand in _operands(figure):
            used_by.setdefault(operand, []).append(name)
    known = [name for name, count in left.items() if not count]
    while known:
        name = known.pop()
        del left[name]
        for user in used_by.get(name, ()):
            left[user] -= 1
            if not left[user]:
                known.append(user)
    return set(left)


def _follows(name: str, figure: Plain, known: Mapping[str, Fraction]) -> bool:
    """Whether the figure's operation on its operands gives its value; a leaf is what it is, an empty sum nothing."""
    try:
        value, names = known[name], figure.get("operands", [])
        if not names:
            return figure["op"] in {"entries", "term", "carried", "fixed"} or (figure["op"] == "sum" and not value)
        values = [known[operand] for operand in names]
        if figure["op"] == "apportioned":
            return _part(values, figure["apportionment"]) == value
        return _result(figure["op"], values) == value
    except _MALFORMED:
        return False


def _values(figures: Plain) -> dict[str, Fraction]:
    """The values that figures say; none for anything but a number, or a ratio of two."""
    found = {}
    for name, figure in figures.items():
        said = figure.get("value") if isinstance(figure, Mapping) else None
        if isinstance(said, str) and _VALUE.match(said):
            found[name] = Fraction(said)
    return found


def _total(values: Iterable[Fraction]) -> Fraction:
    return reduce(lambda total, value: _held(total + value), values, Fraction(0))


def _held(value: Fraction) -> Fraction:
    """The value, unless it grows beyond what any figure is. Raises `ValueError`."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _BITS:
        raise ValueError("too large")
    return value


def _result(op: str, values: list[Fraction]) -> Fraction:
    """What an operation makes of its operands. Raises `ValueError` for one that there is not."""
    first, *others = values
    match op:
        case "sum":
            return _total(values)
        case "difference":
            return first - _total(others)
        case "negative":
            return -first
        case "product":
            for other in others:
                first = _held(first * other)
            return first
        case "quotient":
            return first / others[0]
        case "lesser":
            return min(values)
        case "greater":
            return max(values)
        case "floor":
            return Fraction(first.numerator // first.denominator)
        case "round":
            nearest = int(abs(first) + Fraction(1, 2))
            return Fraction(nearest if first >= 0 else -nearest)
        case "band":
            reached = [value for lower, value in zip(others[::2], others[1::2], strict=True) if first >= lower]
            return (reached or others[1:2])[-1]
        case _:
            raise ValueError(f"{op!r} is no operation")


def _part(values: list[Fraction], how: Plain) -> int:
    """A party's part: the exact shares of all come first, then what rounding owes them."""
    parties, half = how["parties"], len(values) // 2
    exact = dict(zip(parties, values[:half], strict=True))
    owed = dict(zip(parties, values[half:], strict=True))
    return _rounded(exact, owed, how)[how["party"]]


def _rounded(exact: dict[str, Fraction], owed: dict[str, Fraction], how: Plain) -> dict[str, int]:
    """Whole minor units: all are rounded down, and the units that are left over go by the rule."""
    rule, order = how["rule"], how["order"]
    named = [name for name in order if name in exact]
    names = named + sorted(name for name in exact if name not in named)
    whole = _total(exact.values())
    nearest = int(abs(whole) + Fraction(1, 2))
    leading = whole or next((exact[name] for name in names if exact[name]), Fraction(0))
    sign = -1 if leading < 0 and rule != "moneyphp" else 1
    value = {name: sign * exact[name] for name in names}
    parts = {name: value[name].numerator // value[name].denominator for name in names}
    left = sign * (nearest if whole >= 0 else -nearest) - sum(parts.values())
    rest = {name: value[name] - parts[name] for name in names}
    with_rest, shared = [name for name in names if rest[name]], [name for name in names if value[name]]
    match rule:
        case "carried":
            queue = sorted(with_rest, key=lambda n: (-rest[n] - sign * owed.get(n, 0), -abs(exact[n]), n))
        case "largest_fraction" | "moneyphp":
            queue = sorted(with_rest, key=lambda n: -rest[n])
        case "largest_ratio":
            queue = sorted(shared, key=lambda n: -abs(exact[n]))
        case "first":
            queue = shared
        case "last":
            queue = shared[::-1]
        case _:
            queue = [how["to"]] * left
    for name in queue[:left]:
        parts[name] += 1
    return {name: sign * part for name, part in parts.items()}

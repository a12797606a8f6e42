"""A statement checked from its exported data alone: every figure is worked out anew from its operands.

It shares no code with the engine that made the statement, so that a mistake there is not repeated here. Whoever has
nothing but the file of a statement can write the same in an afternoon: `docs/statement-format.md` says all it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

Plain = Mapping[str, Any]


def wrong_figures(data: Plain) -> list[str]:
    """The ids of the figures that do not follow from their operands, or whose operands are not there."""
    figures = data["figures"]
    return [name for name, figure in figures.items() if not _follows(figure, figures)]


def _follows(figure: Plain, figures: Mapping[str, Plain]) -> bool:
    """Whether the figure's operation on its operands gives its value; a leaf is what it is."""
    names = figure.get("operands", [])
    if not names:
        return figure["op"] in {"entries", "term", "carried", "fixed", "sum"}
    if any(name not in figures for name in names):
        return False
    values = [Fraction(figures[name]["value"]) for name in names]
    try:
        if figure["op"] == "apportioned":
            return _part(values, figure["apportionment"]) == Fraction(figure["value"])
        return _result(figure["op"], values) == Fraction(figure["value"])
    except (ZeroDivisionError, ValueError, IndexError):
        return False


def _result(op: str, values: list[Fraction]) -> Fraction:
    """What an operation makes of its operands. Raises `ValueError` for one that there is not."""
    first, *others = values
    match op:
        case "sum":
            return sum(values, Fraction(0))
        case "difference":
            return first - sum(others, Fraction(0))
        case "negative":
            return -first
        case "product":
            for other in others:
                first *= other
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
    names = [name for name in order if name in exact] if order else sorted(exact)
    whole = sum(exact.values(), Fraction(0))
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

"""A statement checked from its exported data alone: every figure is worked out anew from its operands.

It shares no code with the ledger; who has nothing but the file of a statement can write the same in an afternoon.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.auditor_shares import round_off

Plain = dict[str, Any]


def wrong_figures(data: Plain) -> list[str]:
    """The ids of the figures that do not follow from their operands, or whose operands are not there."""
    figures = data["figures"]
    return [each for each, figure in figures.items() if not follows(figure, figures)]


def follows(figure: Plain, figures: dict[str, Plain]) -> bool:
    """Whether the figure's operation on its operands gives its value; a leaf is what it is."""
    names = figure.get("operands", [])
    if not names:
        return figure["op"] in {"entries", "term", "carried", "fixed", "sum"}
    if any(name not in figures for name in names):
        return False
    values = [Fraction(figures[name]["value"]) for name in names]
    if figure["op"] == "apportioned":
        return part_of(values, figure["apportionment"]) == Fraction(figure["value"])
    return result(figure["op"], values) == Fraction(figure["value"])


def part_of(values: list[Fraction], how: Plain) -> int:
    """A party's part: the exact shares of all come first, then what rounding owes them."""
    parties, half = how["parties"], len(values) // 2
    exact, owed = dict(zip(parties, values[:half], strict=True)), dict(zip(parties, values[half:], strict=True))
    rule = how["rule"].replace("_", " ") + (f" {how['to']}" if how["to"] else "")
    return round_off(exact, owed, rule, how["order"])[how["party"]]


def result(op: str, values: list[Fraction]) -> Fraction:
    """What an operation makes of its operands."""
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
            raise AssertionError(f"{op!r} is no operation")


def is_plain(value: Any) -> bool:
    """Whether data is made of mappings, lists, text, whole numbers, truth and nothing; never of floats."""
    match value:
        case dict():
            return all(isinstance(key, str) and is_plain(item) for key, item in value.items())
        case list():
            return all(is_plain(item) for item in value)
        case _:
            return value is None or isinstance(value, str | int)

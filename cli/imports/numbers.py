"""Numbers as files write them, read exactly: digits and decimals, never a float.

The mapping says which marks a file uses. Anything else in a cell is refused, so that `1.234` is never a
thousand in one file and a bit more than one in the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cli.imports.expressions import Number
from cli.imports.findings import BadValue, shown

ReadNumber = Callable[[str], Number]

_DIGITS_LIMIT = 40
_SPACES = str.maketrans({"\xa0": " ", "\u202f": " "})


class Negative(StrEnum):
    """How a number below zero is written."""

    LEADING = "-1"
    TRAILING = "1-"
    PARENTHESES = "(1)"


class Rounding(StrEnum):
    """What becomes of decimals beyond a currency's minor unit; `half up` and `down` look at the absolute value."""

    REJECT = "reject"
    HALF_UP = "half up"
    HALF_EVEN = "half even"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """The marks of numbers: decimal mark, mark between thousands, a symbol beside them, and the sign."""

    decimal: str = "."
    thousands: str | None = None
    symbol: str | None = None
    negative: Negative = Negative.LEADING
    empty_is_zero: bool = False


def compile_numbers(form: NumberFormat) -> ReadNumber:
    """A function that reads a cell as an exact number, and raises `BadValue` when it is none."""
    is_plain = form.symbol is None and form.negative is Negative.LEADING
    read = _plain(form) if is_plain else _adorned(form)
    simple = re.compile(rf"(-?[0-9]{{1,15}})(?:{re.escape(form.decimal)}([0-9]{{1,15}}))?\Z").match

    def cell(text: str) -> Number:
        common = simple(text) if is_plain else None
        if common is not None:  # as nearly all cells are: what `read` would say of it, sooner
            whole, decimals = common.groups("")
            return int(whole + decimals), len(decimals)
        body = text.strip()
        if body:
            number = read(body)
            if number is not None:
                return number
            raise _no_number(body, form)
        if form.empty_is_zero:
            return 0, 0
        raise BadValue("is empty: a number is needed", "if nothing means zero here, write `numbers: {empty: zero}`")

    return cell


def _plain(form: NumberFormat) -> Callable[[str], Number | None]:
    """Sign, digits, decimals."""
    unsigned = _unsigned(form)

    def read(text: str) -> Number | None:
        if text[0] == "-":
            number = unsigned(text[1:])
            return None if number is None else (-number[0], number[1])
        return unsigned(text[1:] if text[0] == "+" else text)

    return read


def _unsigned(form: NumberFormat) -> Callable[[str], Number | None]:
    decimal, thousands = form.decimal, form.thousands

    def read(text: str) -> Number | None:
        whole, mark, decimals = text.partition(decimal)
        if thousands is not None and whole:
            ungrouped = _ungroup(whole, thousands)
            if ungrouped is None:
                return None
            whole = ungrouped
        digits = whole + decimals
        if not (digits.isascii() and digits.isdigit()) or len(digits) > _DIGITS_LIMIT or (mark and not decimals):
            return None
        return int(digits), len(decimals)

    return read


def _ungroup(whole: str, thousands: str) -> str | None:
    """Digits without the marks between thousands; None when the groups are not of three."""
    if thousands == " ":
        whole = whole.translate(_SPACES)
    if thousands not in whole:
        return whole
    first, *groups = whole.split(thousands)
    if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
        return None
    return first + "".join(groups)


def _adorned(form: NumberFormat) -> Callable[[str], Number | None]:
    """A symbol before or after, the sign outside or inside of it."""
    unsigned = _unsigned(form)

    def read(text: str) -> Number | None:
        text, sign = _take_sign(text, form.negative)
        if form.symbol is not None:
            text = text.removeprefix(form.symbol) if text.startswith(form.symbol) else text.removesuffix(form.symbol)
            text = text.strip()
            if sign is None:
                text, sign = _take_sign(text, form.negative)
        number = unsigned(text)
        return number if number is None or sign != -1 else (-number[0], number[1])

    return read


def _take_sign(text: str, style: Negative) -> tuple[str, int | None]:
    """The text without its sign, and the sign; None when it has none."""
    match style:
        case Negative.LEADING if text[:1] in ("-", "+"):
            return text[1:].strip(), -1 if text[0] == "-" else 1
        case Negative.TRAILING if text.endswith(("-", "+")):
            return text[:-1].strip(), -1 if text[-1] == "-" else 1
        case Negative.PARENTHESES if text.startswith("(") and text.endswith(")"):
            return text[1:-1].strip(), -1
        case _:
            return text, None


def _no_number(text: str, form: NumberFormat) -> BadValue:
    marks = f"decimal: {form.decimal!r}" + (f", thousands: {form.thousands!r}" if form.thousands else "")
    hint = f"numbers here have {marks}; see `numbers` in the mapping"
    return BadValue(f"{shown(text)} is not a number", hint)


def to_units(number: Number, digits: int, rounding: Rounding) -> tuple[int, bool] | None:
    """An exact number in units of `digits` decimals, and whether rounding changed it.

    None when it has more decimals than that and nothing may be rounded.
    """
    mantissa, places = number
    if places <= digits:
        return int(mantissa * 10 ** (digits - places)), False
    unit = 10 ** (places - digits)
    whole, rest = divmod(abs(mantissa), unit)
    if rest:
        match rounding:
            case Rounding.REJECT:
                return None
            case Rounding.HALF_UP:
                whole += 2 * rest >= unit
            case Rounding.HALF_EVEN:
                whole += 2 * rest > unit or (2 * rest == unit and whole % 2 == 1)
            case Rounding.DOWN:
                pass
    return (-whole if mantissa < 0 else whole), rest != 0

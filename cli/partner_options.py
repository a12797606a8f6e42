"""Parameters that hold something for each party: `cicci=7,arias=3` or `cicci=35000.00,arias=30000.00`."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from cli.options import Parsed
from ledger.values.errors import Rejected
from ledger.values.money import Currency, parse_amount, parse_decimal, parse_rate

Value = TypeVar("Value")

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z", re.ASCII)


def _per_party(text: str, parse: Callable[[str], Value], such_as: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for part in text.split(","):
        name, equals, value = (each.strip() for each in part.partition("="))
        if not equals or not _NAME.match(name):
            raise Rejected(f"{part.strip()!r} does not say whose and how much", f"write it as {such_as}")
        if name in found:
            raise Rejected(f"{name} is there twice", "name each once")
        found[name] = parse(value)
    return found


def _share(text: str) -> Fraction:
    """A part of something, or a number of parts: zero or more."""
    value = parse_rate(text)
    if value < 0:
        raise Rejected(f"{text!r} is negative", "write a part such as 7, 30% or 1/3")
    return value


def _amount(text: str) -> str:
    parse_decimal(text)
    return text


SHARE = Parsed("part", _share)
RATIOS = Parsed("ratio", lambda text: _per_party(text, _share, "cicci=7,arias=3"))
AMOUNTS = Parsed("amounts", lambda text: _per_party(text, _amount, "cicci=35000.00,arias=30000.00"))


def amounts_minor(amounts: dict[str, str] | None, unit: Currency) -> dict[str, int] | None:
    """Amounts in minor units of a currency; None where none were given."""
    return None if amounts is None else {name: parse_amount(text, unit) for name, text in amounts.items()}

"""Numbers that terms are made of, besides rates and amounts."""

from __future__ import annotations

from fractions import Fraction

import msgspec

from ledger.values.money import format_number

#: Prices per unit may be finer than a minor unit (0.0035 a click), up to this many decimals.
PRICE_DECIMALS = 9


class PortionOf(msgspec.Struct, frozen=True):
    """A rate of a named base: `30% of sales`."""

    rate: Fraction
    of: str


def said_level(level: Fraction) -> str:
    """A threshold as terms write it: an exact number, with no more decimals than it needs."""
    return format_number(level, PRICE_DECIMALS)

"""Money in whole minor units, exact rates and quantities: parsed strictly, formatted plainly, never a float."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

import msgspec

from ledger.values.errors import Rejected

#: The largest absolute amount of one entry, in minor units: sums of millions of them still fit 64 bits.
AMOUNT_LIMIT = 10**15
#: Quantities (clicks, hours, tonnes) keep up to six decimals, as whole millionths.
QUANTITY_DECIMALS = 6
MICRO = 10**QUANTITY_DECIMALS

#: The decimals of the currencies that most agreements are in, as ISO 4217 lists them.
DIGITS = {
    "AUD": 2, "BRL": 2, "CAD": 2, "CHF": 2, "CNY": 2, "CZK": 2, "DKK": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2,
    "IDR": 2, "ILS": 2, "INR": 2, "JPY": 0, "KRW": 0, "MXN": 2, "NOK": 2, "NZD": 2, "PLN": 2, "RON": 2, "SEK": 2,
    "SGD": 2, "THB": 2, "TRY": 2, "TWD": 2, "USD": 2, "ZAR": 2,
}  # fmt: skip

#: Currencies that ISO 4217 has withdrawn since 2020, with their decimals (its list 3): books keep them for ever,
#: while the list of current ones drops them.
_WITHDRAWN = {"ANG": 2, "BGN": 2, "CUC": 2, "HRK": 2, "SLL": 2, "ZWL": 2}

_DECIMAL = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?\Z", re.ASCII)
_RATIO = re.compile(r"([+-]?[0-9]{1,30})/([0-9]{1,30})\Z", re.ASCII)


class Currency(msgspec.Struct, frozen=True):
    """An ISO 4217 currency: its three-letter code and how many decimals its minor unit has."""

    code: str
    digits: int

    @property
    def scale(self) -> int:
        """Minor units in one major unit (100 for EUR, 1 for JPY, 1000 for BHD)."""
        return int(10**self.digits)


@lru_cache(maxsize=256)
def currency(code: str) -> Currency:
    """The currency of an ISO 4217 code, current or withdrawn since 2020 (a book of 2022 may be in HRK).

    Raises `Rejected` for a code that ISO 4217 does not list, or that has no minor unit (such as XAU).
    """
    digits = DIGITS.get(code)
    if digits is None:
        digits = _listed(code)
    if digits is None:
        raise Rejected(f"{code!r} is not a currency of ISO 4217", "use a three-letter code such as EUR, USD or JPY")
    return Currency(code, digits)


def _listed(code: str) -> int | None:
    """The decimals of a currency as ISO 4217 lists it; None where it lists none."""
    from iso4217 import Currency as Iso  # noqa: PLC0415  (reading its table takes longer than most commands)

    try:
        digits: int | None = Iso(code).exponent
    except ValueError:
        digits = _WITHDRAWN.get(code)
    return digits


def parse_decimal(text: str) -> Fraction:
    """An exact decimal number such as `1234.56` or `-0.5`: no exponent, no separators, no spaces.

    Raises `Rejected` for anything else.
    """
    if not _DECIMAL.match(text) or len(text) > 60:
        raise Rejected(f"{text!r} is not a decimal number", "write digits and at most one point, such as 1234.56")
    return Fraction(text)


def parse_amount(text: str, unit: Currency) -> int:
    """An amount of money as whole minor units: `12.50` EUR is 1250.

    Raises `Rejected` when the text is no decimal number, is written with more decimals than the currency
    has (zeros too), or is beyond `AMOUNT_LIMIT`.
    """
    value = parse_decimal(text)
    if _decimals(text) > unit.digits:
        raise Rejected(
            f"{text!r} has more decimals than {unit.code} has ({unit.digits})",
            f"write the amount with at most {unit.digits} decimals, and no separator of thousands",
        )
    return checked_amount(int(value * unit.scale), text)


def _decimals(text: str) -> int:
    """How many decimals are written, zeros included: `1.500` EUR may mean fifteen hundred, so it has three."""
    return len(text.partition(".")[2])


def checked_amount(minor: int, text: str) -> int:
    """The amount itself, or `Rejected` when it is beyond `AMOUNT_LIMIT` (`text` is what the user wrote)."""
    if abs(minor) > AMOUNT_LIMIT:
        raise Rejected(f"{text!r} is too large", f"amounts go up to {AMOUNT_LIMIT} minor units; split the entry")
    return minor


def parse_rate(text: str) -> Fraction:
    """An exact rate: `12.5%`, `1/3` or `0.07`.

    Raises `Rejected` for anything else, a zero denominator included.
    """
    body = text.strip()
    if ratio := _RATIO.match(body):
        if int(ratio[2]) == 0:
            raise Rejected(f"{text!r} divides by zero", "write a rate such as 1/3")
        return Fraction(int(ratio[1]), int(ratio[2]))
    try:
        return parse_decimal(body[:-1].rstrip()) / 100 if body.endswith("%") else parse_decimal(body)
    except Rejected:
        raise Rejected(f"{text!r} is not a rate", "write a rate such as 12.5%, 1/3 or 0.07") from None


def parse_quantity(text: str) -> int:
    """A quantity as whole millionths: `12.5` is 12500000.

    Raises `Rejected` when the text is no decimal number, has more than six decimals, or is too large.
    """
    value = parse_decimal(text)
    if _decimals(text) > QUANTITY_DECIMALS:
        raise Rejected(f"{text!r} has more than {QUANTITY_DECIMALS} decimals", "round the quantity first")
    micro = int(value * MICRO)
    if abs(micro) > AMOUNT_LIMIT:
        raise Rejected(f"{text!r} is too large", f"quantities go up to {AMOUNT_LIMIT // MICRO}; split the entry")
    return micro


def format_quantity(micro: int) -> str:
    """Millionths as the shortest plain decimal: 12500000 is `12.5`."""
    return format_number(Fraction(micro, MICRO))


def format_amount(minor: int | Fraction, unit: Currency, *, grouped: bool = False) -> str:
    """Minor units as a plain decimal: 123456 EUR is `1234.56`, or `1,234.56` when grouped.

    A fraction of a minor unit is shown with two more decimals, rounded half away from zero: it is for
    reading, the exact value is in the figure.
    """
    value = Fraction(minor, unit.scale)
    digits = unit.digits if value.denominator == 1 or (value * unit.scale).denominator == 1 else unit.digits + 2
    return format_decimal(value, digits, grouped=grouped)


def format_money(minor: int | Fraction, unit: Currency) -> str:
    """Minor units as people read them, with their currency: 123456 EUR is `1,234.56 EUR`."""
    return f"{format_amount(minor, unit, grouped=True)} {unit.code}"


def format_decimal(value: Fraction, digits: int, *, grouped: bool = False) -> str:
    """A rational as a decimal with a fixed number of digits, rounded half away from zero."""
    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    major, minor = divmod(whole, 10**digits)
    sign = "-" if value < 0 and whole else ""
    text = f"{sign}{major:,}" if grouped else f"{sign}{major}"
    return f"{text}.{minor:0{digits}d}" if digits else text


def format_number(value: Fraction, digits: int = QUANTITY_DECIMALS, *, grouped: bool = False) -> str:
    """A rational as the shortest plain decimal of up to so many digits (one or more): `12.5`, `4200`."""
    return format_decimal(value, digits, grouped=grouped).rstrip("0").rstrip(".")


def format_rate(rate: Fraction) -> str:
    """A rate as people write it: `12.5%` where that is exact, else `1/3`."""
    percent = rate * 100
    for digits in range(7):
        if (percent * 10**digits).denominator == 1:
            return f"{format_decimal(percent, digits)}%"
    return f"{rate.numerator}/{rate.denominator}"

"""Money is read strictly, kept exactly, and written plainly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency as Iso

from ledger.values.errors import Rejected
from ledger.values.money import (
    AMOUNT_LIMIT,
    DIGITS,
    MICRO,
    Currency,
    checked_amount,
    currency,
    format_amount,
    format_decimal,
    format_quantity,
    format_rate,
    parse_amount,
    parse_decimal,
    parse_quantity,
    parse_rate,
)

EUR, JPY, BHD = currency("EUR"), currency("JPY"), currency("BHD")

# What people, spreadsheets and other programs write that could be misread: none of it is a number here.
MISREADABLE = (
    "", " ", "-", "+", ".", "1.", ".5", "-.5", "1,5", "1,234.56", "1.234,56", "1 234", "1'234.56", "1_000",
    "1e3", "1E3", "1e-2", "0x10", "0b1", "007", "00.5", "-007", "--1", "+-1", "1-", "(12.50)", "€5", "5 EUR",
    " 5", "5 ", "\t5", "5\n", "5\x00", "\ufeff5", "5\u00a0000", "−5", "１２", "٣", "१२", "1२", "½", "²",
    "NaN", "nan", "inf", "-Infinity", "None", "null", "true", "1/2", "5%", "=1+1", "12.3.4", "9" * 61,
)  # fmt: skip


@pytest.mark.parametrize("text", MISREADABLE)
def test_what_could_be_misread_is_no_number(text: str) -> None:
    """A number is ASCII digits with at most one point: no exponent, separator, space or other script."""
    for parse in (parse_decimal, parse_quantity, lambda text: parse_amount(text, EUR)):
        with pytest.raises(Rejected) as caught:
            parse(text)
        assert repr(text) in caught.value.message
        assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", Fraction(0)),
        ("-0", Fraction(0)),
        ("+7", Fraction(7)),
        ("-12.50", Fraction(-25, 2)),
        ("0.1", Fraction(1, 10)),
        ("1234567890123456789012345678.000000000000001", Fraction(1234567890123456789012345678 * 10**15 + 1, 10**15)),
    ],
)
def test_a_decimal_is_exact(text: str, value: Fraction) -> None:
    """A decimal number is exactly what was written, at any length a person would write."""
    assert parse_decimal(text) == value


@pytest.mark.parametrize(
    ("text", "unit", "minor"),
    [
        ("12.50", EUR, 1250),
        ("12.5", EUR, 1250),
        ("12", EUR, 1200),
        ("-0.01", EUR, -1),
        ("-0.00", EUR, 0),
        ("1200", JPY, 1200),
        ("1.234", BHD, 1234),
        ("10000000000000.00", EUR, AMOUNT_LIMIT),
        ("-10000000000000.00", EUR, -AMOUNT_LIMIT),
    ],
)
def test_an_amount_is_whole_minor_units(text: str, unit: Currency, minor: int) -> None:
    """An amount counts in the currency's own minor unit: cents, whole yen, fils."""
    assert parse_amount(text, unit) == minor


@pytest.mark.parametrize(
    ("text", "unit"), [("1.234", EUR), ("1.000", EUR), ("1.500", EUR), ("1.0", JPY), ("1.0000", BHD)]
)
def test_more_decimals_than_the_currency_has_are_rejected(text: str, unit: Currency) -> None:
    """`1.500` EUR may be fifteen hundred, written as in Germany: it is not read as 1.50."""
    with pytest.raises(Rejected, match=f"more decimals than {unit.code} has"):
        parse_amount(text, unit)


@pytest.mark.parametrize("text", ["10000000000000.01", "-10000000000000.01", "9" * 40])
def test_an_amount_has_a_limit(text: str) -> None:
    """Amounts beyond the limit are rejected, so that sums of millions of them fit 64 bits."""
    with pytest.raises(Rejected, match="too large"):
        parse_amount(text, EUR)


def test_a_computed_amount_has_the_same_limit() -> None:
    """An amount that was computed is held to the limit too, and named as the user wrote it."""
    assert checked_amount(-AMOUNT_LIMIT, "x") == -AMOUNT_LIMIT
    with pytest.raises(Rejected, match=r"'7 at 3\.00' is too large"):
        checked_amount(AMOUNT_LIMIT + 1, "7 at 3.00")


@pytest.mark.parametrize(
    ("code", "digits"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4), ("UYW", 4), ("MRU", 2), ("ISK", 0)]
)
def test_decimals_are_those_of_iso_4217(code: str, digits: int) -> None:
    """Minor units come from ISO 4217, not from what locales display."""
    assert currency(code) == Currency(code, digits)
    assert currency(code).scale == 10**digits


@pytest.mark.parametrize("code", DIGITS)
def test_the_decimals_known_by_heart_are_those_of_iso_4217(code: str) -> None:
    """Common currencies are known without reading the whole list, and known as the list has them."""
    assert DIGITS[code] == Iso(code).exponent


@pytest.mark.parametrize("code", ["HRK", "BGN", "ANG", "ZWL"])
def test_withdrawn_currencies_stay_readable(code: str) -> None:
    """A book kept in kuna or leva is readable after the country has joined the euro."""
    assert currency(code).digits == 2


@pytest.mark.parametrize(
    "code", ["", "eur", "Eur", "EURO", "EU", "XAU", "XXX", "XTS", "DEM", "QQQ", " EUR", "EUR\n", "ЕUR"]
)
def test_what_is_no_currency_is_rejected(code: str) -> None:
    """Unknown codes, other spellings, and codes without a minor unit (gold, no currency, tests) are rejected."""
    with pytest.raises(Rejected, match="not a currency of ISO 4217"):
        currency(code)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("12.5%", Fraction(1, 8)),
        ("12.5 %", Fraction(1, 8)),
        (" 7% ", Fraction(7, 100)),
        ("0%", Fraction(0)),
        ("-2%", Fraction(-1, 50)),
        ("100%", Fraction(1)),
        ("0.07", Fraction(7, 100)),
        ("1", Fraction(1)),
        ("1/3", Fraction(1, 3)),
        ("2/6", Fraction(1, 3)),
        ("-7/3", Fraction(-7, 3)),
        ("0/5", Fraction(0)),
    ],
)
def test_a_rate_is_exact(text: str, rate: Fraction) -> None:
    """A rate is a percentage, a ratio or a decimal, and a third is a third."""
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text",
    ["", "%", "five", "5%%", "%5", "1/3%", "1 / 3", "1/-3", "1/", "/3", "1/2/3", "1.5/3", "1:3", "5‰", "１/３", "1e-2",
     "NaN", "5 pct", "1/" + "9" * 31],
)  # fmt: skip
def test_what_is_no_rate_is_rejected(text: str) -> None:
    """A rate that could be misread is rejected, with an example of a good one."""
    with pytest.raises(Rejected, match="is not a rate") as caught:
        parse_rate(text)
    assert caught.value.hint == "write a rate such as 12.5%, 1/3 or 0.07"


@pytest.mark.parametrize("text", ["1/0", "0/0", "-1/000"])
def test_a_rate_does_not_divide_by_zero(text: str) -> None:
    """A ratio with a zero below the line is named for what it is."""
    with pytest.raises(Rejected, match="divides by zero"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "micro"),
    [("12.5", 12_500_000), ("30", 30_000_000), ("0.000001", 1), ("-3", -3_000_000), ("1000000000", 10**15)],
)
def test_a_quantity_is_whole_millionths(text: str, micro: int) -> None:
    """Clicks, hours and tonnes are kept to six decimals."""
    assert parse_quantity(text) == micro


@pytest.mark.parametrize(
    ("text", "why"),
    [("0.0000001", "more than 6 decimals"), ("1.0000000", "more than 6"), ("1000000000.1", "too large")],
)
def test_a_quantity_beyond_its_limits_is_rejected(text: str, why: str) -> None:
    """A quantity is never rounded or cut: beyond six decimals or a thousand million units it is rejected."""
    with pytest.raises(Rejected, match=why):
        parse_quantity(text)


def test_the_limit_of_a_quantity_is_told_in_its_units() -> None:
    """The hint speaks of the quantity's own units, not of money."""
    with pytest.raises(Rejected) as caught:
        parse_quantity("5000000000")
    assert caught.value.hint == f"quantities go up to {AMOUNT_LIMIT // MICRO}; split the entry"


@pytest.mark.parametrize(
    ("minor", "unit", "text"),
    [
        (123456, EUR, "1234.56"),
        (-5, EUR, "-0.05"),
        (0, EUR, "0.00"),
        (1200, JPY, "1200"),
        (1, BHD, "0.001"),
        (Fraction(7), EUR, "0.07"),
        (Fraction(100, 3), EUR, "0.3333"),
        (Fraction(-200, 3), EUR, "-0.6667"),
        (Fraction(1, 2), JPY, "0.50"),
        (Fraction(-1, 1000), EUR, "0.0000"),
    ],
)
def test_amounts_read_plainly(minor: int | Fraction, unit: Currency, text: str) -> None:
    """An amount has its currency's decimals; a fraction of a minor unit shows two more, and zero has no sign."""
    assert format_amount(minor, unit) == text


def test_thousands_are_grouped_on_request() -> None:
    """For reading, thousands may be grouped; what is written for machines never is."""
    assert format_amount(-123456789, EUR, grouped=True) == "-1,234,567.89"
    assert format_amount(1234567, JPY, grouped=True) == "1,234,567"
    assert format_decimal(Fraction(999_999, 10), 0, grouped=True) == "100,000"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (Fraction(1, 2), 0, "1"),
        (Fraction(-1, 2), 0, "-1"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(49, 100), 0, "0"),
        (Fraction(-49, 100), 0, "0"),
        (Fraction(1005, 1000), 2, "1.01"),
        (Fraction(-1005, 1000), 2, "-1.01"),
        (Fraction(2, 3), 4, "0.6667"),
    ],
)
def test_halves_go_away_from_zero(value: Fraction, digits: int, text: str) -> None:
    """A half is rounded away from zero, for gains and losses alike; 1.005 is 1.01, as no float would have it."""
    assert format_decimal(value, digits) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Fraction(1, 8), "12.5%"),
        (Fraction(1, 3), "1/3"),
        (Fraction(0), "0%"),
        (Fraction(-1, 50), "-2%"),
        (Fraction(3), "300%"),
        (Fraction(1, 10**8), "0.000001%"),
        (Fraction(1, 10**9), "1/1000000000"),
    ],
)
def test_rates_read_as_people_write_them(rate: Fraction, text: str) -> None:
    """A rate is a percentage where that is exact, else a ratio."""
    assert format_rate(rate) == text


@given(st.integers(-AMOUNT_LIMIT, AMOUNT_LIMIT), st.sampled_from([EUR, JPY, BHD]))
def test_an_amount_comes_back_as_it_was_written(minor: int, unit: Currency) -> None:
    """Every amount reads back from what was written."""
    assert parse_amount(format_amount(minor, unit), unit) == minor


@given(st.integers(-AMOUNT_LIMIT, AMOUNT_LIMIT))
def test_a_quantity_comes_back_as_it_was_written(micro: int) -> None:
    """Every quantity reads back from what was written, which has no zeros to spare."""
    text = format_quantity(micro)
    assert parse_quantity(text) == micro
    assert "." not in text or not text.endswith(("0", "."))


@given(st.fractions(-(10**9), 10**9, max_denominator=10**12))
def test_a_rate_comes_back_as_it_was_written(rate: Fraction) -> None:
    """Every rate reads back from what was written."""
    assert parse_rate(format_rate(rate)) == rate


@given(st.text(max_size=20))
def test_whatever_is_written_is_read_or_rejected(text: str) -> None:
    """No text, however odd, does anything but give a number or a rejection; a number has ASCII digits only."""
    for parse in (parse_decimal, parse_rate, parse_quantity, lambda text: parse_amount(text, EUR)):
        try:
            parse(text)
        except Rejected:
            continue
        assert set(text) & set("0123456789")
        assert text.isascii() or text.strip().isascii()


@given(st.fractions(), st.integers(0, 8))
def test_a_decimal_is_within_half_of_its_last_digit(value: Fraction, digits: int) -> None:
    """What is shown is never further from the exact value than half of the last digit shown."""
    assert abs(Fraction(format_decimal(value, digits)) - value) <= Fraction(1, 2 * 10**digits)

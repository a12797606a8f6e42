"""Numbers are read exactly as the mapping says that they are written, and no other way."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.imports.expressions import Number
from cli.imports.findings import BadValue
from cli.imports.numbers import Negative, NumberFormat, Rounding, compile_numbers, to_units

PLAIN = NumberFormat()
US = NumberFormat(thousands=",", symbol="$")
GERMAN = NumberFormat(decimal=",", thousands=".")
FRENCH = NumberFormat(decimal=",", thousands=" ")
SWISS = NumberFormat(thousands="'")
SAP = NumberFormat(decimal=",", thousands=".", negative=Negative.TRAILING, symbol="EUR")
BOOKS = NumberFormat(thousands=",", symbol="$", negative=Negative.PARENTHESES)


@pytest.mark.parametrize(
    ("form", "text", "number"),
    [
        (PLAIN, "1234.50", (123450, 2)),
        (PLAIN, " -0.5 ", (-5, 1)),
        (PLAIN, "+7", (7, 0)),
        (PLAIN, ".5", (5, 1)),
        (PLAIN, "007", (7, 0)),
        (US, "1,234,567.89", (123456789, 2)),
        (US, "1234.5", (12345, 1)),
        (US, "$12", (12, 0)),
        (US, "-$1,000", (-1000, 0)),
        (US, "$-1,000", (-1000, 0)),
        (GERMAN, "1.234", (1234, 0)),
        (GERMAN, "-1.234,5", (-12345, 1)),
        (FRENCH, "1 234,5", (12345, 1)),
        (FRENCH, "1\u202f234\xa0567", (1234567, 0)),
        (SWISS, "1'234.50", (123450, 2)),
        (SAP, "12,50-", (-1250, 2)),
        (SAP, "12,50- EUR", (-1250, 2)),
        (SAP, "EUR 12,50", (1250, 2)),
        (BOOKS, "(1,234.50)", (-123450, 2)),
        (BOOKS, "($5)", (-5, 0)),
        (BOOKS, "$(5)", (-5, 0)),
    ],
)
def test_each_way_of_writing_has_one_meaning(form: NumberFormat, text: str, number: Number) -> None:
    """Marks, symbol and sign are where the mapping says."""
    assert compile_numbers(form)(text) == number


@pytest.mark.parametrize(
    ("form", "text"),
    [
        *((PLAIN, text) for text in ("1,5", "1.2.3", "1e3", "5.", ".", "-", "--1", "+-1", "1-", "(1)", "$1", "١", "½")),
        *((PLAIN, text) for text in ("1 000", "NaN", "Infinity", "0x10", "1_000", "9" * 41, "- 1")),
        *((US, text) for text in ("12,34", "1,2345", ",123", "1,,000", "1,000,00", "$$1", "1$2", "-$-1", "1.5,000")),
        *((GERMAN, text) for text in ("1.23", "1,234.5", "1.234.56")),
        *((SAP, text) for text in ("-12,50", "12,50--")),
        *((BOOKS, text) for text in ("-5", "(5", "((5))", "($(5))")),
    ],
)
def test_anything_else_is_refused(form: NumberFormat, text: str) -> None:
    """What could mean something else is not guessed at."""
    with pytest.raises(BadValue, match="is not a number"):
        compile_numbers(form)(text)


def test_nothing_is_zero_only_when_the_mapping_says_so() -> None:
    """An empty cell is an error without `empty: zero`."""
    assert compile_numbers(NumberFormat(empty_is_zero=True))("  ") == (0, 0)
    with pytest.raises(BadValue, match="is empty: a number is needed"):
        compile_numbers(PLAIN)("  ")


def test_the_message_says_which_marks_are_read() -> None:
    """Somebody who sees a refused number sees what the mapping takes for one."""
    with pytest.raises(BadValue) as caught:
        compile_numbers(GERMAN)("1,234.50")
    assert caught.value.hint == "numbers here have decimal: ',', thousands: '.'; see `numbers` in the mapping"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_written_and_read_again_nothing_changes(value: Decimal) -> None:
    """A number is the same whatever marks it is written with."""
    text = f"{value:,.4f}"
    swapped = text.translate(str.maketrans(",.", ".,"))
    expected = int(value.scaleb(4)), 4
    assert compile_numbers(NumberFormat(thousands=","))(text) == expected
    assert compile_numbers(GERMAN)(swapped) == expected
    assert compile_numbers(PLAIN)(f"{value:f}") == expected


RULES = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.HALF_EVEN: ROUND_HALF_EVEN, Rounding.DOWN: ROUND_DOWN}


@given(st.integers(-(10**20), 10**20), st.integers(0, 8), st.sampled_from([0, 2, 3, 6]), st.sampled_from(sorted(RULES)))
def test_rounding_is_what_its_name_says(mantissa: int, places: int, digits: int, rule: Rounding) -> None:
    """Each named rounding agrees with the decimal arithmetic of the standard library."""
    exact = Decimal(mantissa).scaleb(-places, Context(prec=60))
    rounded = exact.quantize(Decimal(1).scaleb(-digits), RULES[rule], Context(prec=60))
    assert to_units((mantissa, places), digits, rule) == (int(rounded.scaleb(digits)), rounded != exact)


def test_without_a_named_rounding_nothing_is_rounded() -> None:
    """More decimals than there are units is no number of units; zeros behind are harmless."""
    assert to_units((12345, 3), 2, Rounding.REJECT) is None
    assert to_units((12340, 3), 2, Rounding.REJECT) == (1234, False)


@given(st.text(), st.sampled_from([PLAIN, US, GERMAN, FRENCH, SAP, BOOKS]))
def test_any_text_is_a_number_or_refused(text: str, form: NumberFormat) -> None:
    """No cell can do anything else."""
    try:
        mantissa, places = compile_numbers(form)(text)
    except BadValue:
        return
    assert isinstance(mantissa, int)
    assert 0 <= places <= 40

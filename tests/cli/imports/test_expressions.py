"""References to columns: names, texts made of them, sums of them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.imports.expressions import Column, Number, parse_column, parse_sum, parse_template
from ledger.values.errors import Rejected


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Sales", [(1, "Sales")]),
        ("Sales - Profit", [(1, "Sales"), (-1, "Profit")]),
        ("Gross Sales  +  Tax - Fee", [(1, "Gross Sales"), (1, "Tax"), (-1, "Fee")]),
        ("Sub-Total - P&L", [(1, "Sub-Total"), (-1, "P&L")]),
        ("{Cost - net} + {Tax}", [(1, "Cost - net"), (1, "Tax")]),
        ("Amount - 1.50", [(1, "Amount"), (-1, (150, 2))]),
        ("12", [(1, (12, 0))]),
        ("{12}", [(1, "12")]),
        ("2026 Total", [(1, "2026 Total")]),
    ],
)
def test_a_sum_is_columns_and_numbers(text: str, terms: list[tuple[int, str | Number]]) -> None:
    """Plus and minus count between spaces; braces hold a name together."""
    found = [(sign, term.name if isinstance(term, Column) else term) for sign, term in parse_sum(text).terms]
    assert found == terms


@pytest.mark.parametrize(
    "text", ["", " ", "Sales -", "+ Sales", "a - - b", "-Sales", "{Sales", "Sales}", "{}", "{a}{b}"]
)
def test_a_sum_with_a_gap_is_refused(text: str) -> None:
    """A sign needs a column on both sides, a brace its partner."""
    with pytest.raises(Rejected):
        parse_sum(text)


def test_a_text_is_made_of_columns_and_letters() -> None:
    """What stands between braces is a column, the rest is as it is."""
    assert parse_template("{Order}:{Line} x").parts == (Column("Order"), ":", Column("Line"), " x")
    assert [column.name for column in parse_template("{Order}:{Line} x").columns] == ["Order", "Line"]


@pytest.mark.parametrize("text", ["{", "a}", "{}", "{ }", "{a}}", "{{a}}"])
def test_a_brace_needs_a_name_and_a_partner(text: str) -> None:
    """A template with a stray brace is a slip of the pen."""
    with pytest.raises(Rejected):
        parse_template(text)


def test_a_column_may_stand_in_braces() -> None:
    """With braces or without, it is the same column."""
    assert parse_column("Order Date") == parse_column("{ Order Date }") == Column("Order Date")


@given(st.text(alphabet="ab{}+- .1", max_size=20))
def test_any_text_is_understood_or_refused(text: str) -> None:
    """Nothing that somebody writes there breaks anything."""
    for parse in (parse_sum, parse_template, parse_column):
        with contextlib.suppress(Rejected):
            parse(text)

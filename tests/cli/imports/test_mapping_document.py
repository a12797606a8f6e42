"""A mapping is validated whole: every error names its line, its place and what is allowed."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.imports import load_mapping, parse_mapping
from cli.imports.expressions import Column
from cli.imports.mapping import Layout, NameFrom
from cli.imports.numbers import NumberFormat, Rounding
from ledger.terms.yaml_lines import SIZE_LIMIT
from ledger.values.errors import Rejected

GOOD = """\
format: csv
dates: M/D/YYYY
numbers: {decimal: ".", thousands: ","}
currency: EUR
only where: {Region: South}
entries:
  - result: sales
    reference: "{Row ID}"
    on: Order Date
    amount: Sales
    collected by: store
  - cost: {column: Category, map: {Office Supplies: office}, else: goods}
    reference: "{Row ID}:cost"
    on: 2026-10-31
    amount: Sales - Profit
    paid by: store
"""


def refusals(text: str) -> list[tuple[str, str | None]]:
    with pytest.raises(Rejected) as caught:
        parse_mapping(text, "m.yaml")
    return [(str(finding), finding.hint) for finding in caught.value.findings]


def with_line(line: str, replaced: str) -> str:
    assert replaced in GOOD
    return GOOD.replace(replaced, line)


def test_a_mapping_says_no_more_than_it_must() -> None:
    """What is left out has one plain meaning: CSV in UTF-8 with a header, ISO dates, points, no rounding."""
    mapping = parse_mapping(
        "currency: EUR\nentries: [{cost: media, reference: '{Id}', on: Day, amount: Net, paid by: jot}]"
    )
    assert mapping.layout == Layout()
    assert mapping.numbers == NumberFormat()
    assert mapping.rounding is Rounding.REJECT
    assert [pattern.text for pattern in mapping.dates] == ["YYYY-MM-DD"]
    assert mapping.columns == ("Id", "Net", "Day")


def test_every_column_is_known_once() -> None:
    """The columns that a mapping reads, in the order of their first use."""
    assert parse_mapping(GOOD).columns == ("Region", "Row ID", "Sales", "Order Date", "Category", "Profit")


def test_a_name_may_come_from_a_column() -> None:
    """A table translates what stands in the column; `else` is for the rest."""
    assert parse_mapping(GOOD).entries[1].name == NameFrom(Column("Category"), {"Office Supplies": "office"}, "goods")


def test_the_document_itself_is_kept() -> None:
    """The text of a mapping goes with it, so that it can be kept with the ledger."""
    assert parse_mapping(GOOD).text == GOOD


@pytest.mark.parametrize(
    ("text", "finding", "hint"),
    [
        ("a: 1", "m.yaml:1: entries: is missing", "such as `- result: sales`"),
        ("entries:", "m.yaml:1: entries: must not be empty", None),
        ("entries: []", "m.yaml:1: entries: is an empty list", "such as `- result: sales`"),
        ("entries: x", "m.yaml:1: entries: must be a list of entries", "begin each with a hyphen"),
        ("entries: [x]", "m.yaml:1: entries[1]: must be a mapping that begins", "such as `result: sales`"),
        ("entries: [{reslt: a}]", "m.yaml:1: entries[1]: does not say what it is", "did you mean result?"),
        ("entries: [{result: a, cost: b}]", "m.yaml:1: entries[1]: is a result and a cost at once", "for each"),
        (with_line("format: cvs", "format: csv"), "m.yaml:1: format: 'cvs' is not known here", "did you mean csv?"),
        (with_line("encoding: utf8", "format: csv"), "m.yaml:1: encoding: 'utf8' is not known", "did you mean utf-8?"),
        (with_line("delimeter: ;", "format: csv"), "m.yaml:1: delimeter: 'delimeter' is not known", "mean delimiter?"),
        (with_line("delimiter: x", "format: csv"), "m.yaml:1: delimiter: 'x' is not a mark for this", "';', tab, '|'"),
        (with_line("delimiter: [a]", "format: csv"), "m.yaml:1: delimiter: must be a single value", None),
        (with_line("skip lines: -1", "format: csv"), "m.yaml:1: skip lines: '-1' is not a number", "from 0 to 1000"),
        (with_line("columns: [a]", "format: csv"), "m.yaml:1: columns: must be a mapping of names", "{Date: 1"),
        (with_line("columns: {a: x}", "format: csv"), "m.yaml:1: columns.a: 'x' is not a number here", "1 to 10000"),
        (with_line("rounding: up", "format: csv"), "m.yaml:1: rounding: 'up' is not known here", "half even, half up"),
        (with_line("dates: m/d/y", "dates: M/D/YYYY"), "m.yaml:2: dates: 'm/d/y' is not a pattern", "DD.MM.YYYY"),
        (with_line("dates: [x]", "dates: M/D/YYYY"), "m.yaml:2: dates[1]: 'x' is not a pattern", "DD.MM.YYYY"),
        (with_line("dates: []", "dates: M/D/YYYY"), "m.yaml:2: dates: is an empty list", "YYYY-MM-DD"),
        (
            with_line("dates: [M/D/YYYY, YYYY-MM-DD, D/M/YYYY]", "dates: M/D/YYYY"),
            "m.yaml:2: dates: M/D/YYYY and D/M/YYYY read the same text as different days",
            "keep one",
        ),
        (
            with_line('thousands: "."', 'thousands: ","'),
            "m.yaml:3: numbers.thousands: is the decimal mark too",
            "must differ",
        ),
        (with_line("symbol: 5", 'thousands: ","'), "m.yaml:3: numbers.symbol: '5' cannot stand beside", "such as $"),
        (with_line("negative: +", 'thousands: ","'), "m.yaml:3: numbers.negative: '+' is not known", "(1), -1, 1-"),
        (with_line("empty: 0", 'thousands: ","'), "m.yaml:3: numbers.empty: '0' is not a mark", "'zero'"),
        (with_line("numbers:", 'numbers: {decimal: ".", thousands: ","}'), "m.yaml:3: numbers: must not be", None),
        (with_line("currency: EURO", "currency: EUR"), "m.yaml:4: currency: 'EURO' is not a currency", "EUR, USD"),
        (with_line("", "currency: EUR"), "m.yaml:7: entries[1].currency: is missing", "at the top"),
        (with_line("{Region: ~}", "{Region: South}"), "m.yaml:5: only where.Region: must be a value", "write ''"),
        (with_line("{Region: []}", "{Region: South}"), "m.yaml:5: only where.Region: must be a value", "write ''"),
        (with_line("x", "{Region: South}"), "m.yaml:5: only where: must be a mapping of columns", "{Region"),
        (with_line("[x]", "{Region: South}"), "m.yaml:5: only where[1]: must be a mapping of", "{Region: South}"),
        (with_line("result: Sales", "result: sales"), "m.yaml:7: entries[1].result: 'Sales' is not a short", "lower"),
        (with_line("{Row ID}", '"{Row ID}"'), "m.yaml:8: entries[1].reference: must be a single value", "needs quotes"),
        (with_line("Row ID", '"{Row ID}"'), "m.yaml:8: entries[1].reference: 'Row ID' is the same", "'{Row ID}'"),
        (with_line("'{Row ID'", '"{Row ID}"'), "m.yaml:8: entries[1].reference: a brace in", "between braces"),
        (with_line("'{Row ID}'", '"{Row ID}:cost"'), "m.yaml:13: entries[2].reference: is that of an entry", "differ"),
        (with_line("amount: -Sales\n", "amount: Sales\n"), "m.yaml:10: entries[1].amount: '-Sales", "negate: true"),
        (with_line("Sales +", "Sales - Profit"), "m.yaml:15: entries[2].amount: a column is missing", "with + or -"),
        (with_line("paid by: x", "collected by: store"), "m.yaml:7: entries[1].collected by: is missing", "holds"),
        (with_line("negate: yes", "collected by: store"), "m.yaml:11: entries[1].negate: 'yes' is neither", "true"),
        (with_line("column: [a]", "column: Category"), "m.yaml:12: entries[2].cost.column: must be a single", None),
        (with_line("map: {a: B}", "map: {Office Supplies: office}"), "m.yaml:12: entries[2].cost.map.a: 'B'", "lower"),
        (with_line("{a: b, ' a': c}", "{Office Supplies: office}"), "m.yaml:12: entries[2].cost.map: has two", None),
        (with_line("map: {}", "map: {Office Supplies: office}"), "m.yaml:12: entries[2].cost.map: must be", None),
        (
            with_line("else: goods", "map: {Office Supplies: office}, else: goods"),
            "m.yaml:12: entries[2].cost.else: needs a `map`",
            "add one",
        ),
        (with_line("negate: true", "paid by: store"), "m.yaml:12: entries[2].paid by: is missing", None),
        ("a: &x 1\nentries: *x", "m.yaml:1:4: a: an anchor (&x) is not allowed", "write the value out"),
        (GOOD + "currency: USD\n", "m.yaml:17:1: currency: 'currency' is written twice", "already on line 4"),
    ],
)  # fmt: skip
def test_every_error_names_its_place_and_what_is_allowed(text: str, finding: str, hint: str | None) -> None:
    """A person who wrote something else learns where, and what to write."""
    told, told_hint = refusals(text)[0]
    assert told.startswith(finding)
    assert hint is None or (told_hint is not None and hint in told_hint)


def test_all_errors_are_told_at_once() -> None:
    """One mistake does not hide the next."""
    bad = GOOD.replace("csv", "cvs").replace("EUR", "EURO").replace("Sales - Profit", "Sales -")
    assert [told.split(": ")[1] for told, _ in refusals(bad)] == ["format", "currency", "entries[2].amount"]


def test_words_of_csv_do_not_stand_in_a_mapping_for_json() -> None:
    """Lines of JSON have no delimiter, header or column numbers."""
    bad = GOOD.replace("format: csv", "format: jsonl\ndelimiter: tab\nskip lines: 1\ncolumns: {a: 1}")
    assert [told.split(": ")[1] for told, _ in refusals(bad)][:3] == ["delimiter", "skip lines", "columns"]


def test_numbered_columns_include_all_that_are_read() -> None:
    """A file without a header has only the columns that the mapping numbers."""
    bad = GOOD.replace("format: csv", "columns: {Row ID: 1, Region: 2, Category: 3, Sale: 4, Order Date: 5, Profit: 6}")
    assert refusals(bad) == [
        (
            "m.yaml:1: columns: does not number 'Sales', which the mapping reads",
            "did you mean Sale? allowed here: Category, Order Date, Profit, Region, Row ID, Sale",
        )
    ]


def test_a_result_needs_something_to_count() -> None:
    """Money with the party that holds it, a quantity, or both."""
    head = "currency: EUR\nentries:\n  - result: clicks\n    reference: '{Id}'\n    on: Day\n"
    assert parse_mapping(head + "    quantity: 1").entries[0].currency is None
    assert "a result has an amount, a quantity or both" in str(refusals(head)[0][1])
    assert refusals(head + "    quantity: 1\n    collected by: acme")[0][0].endswith("collected by: needs an amount")


def test_the_sign_is_turned_in_one_way() -> None:
    """Turning it always and turning it sometimes contradict each other."""
    bad = GOOD.replace("    paid by: store", "    paid by: store\n    negate: true\n    negate where: {Type: refund}")
    assert refusals(bad)[0][0] == "m.yaml:18: entries[2].negate where: cannot stand beside `negate: true`"


def test_entries_of_different_rows_may_share_a_reference() -> None:
    """Sales and fees of one report are told apart by a condition, not by their reference."""
    text = GOOD.replace(":cost", "").replace("paid by: store", "paid by: store\n    only where: {Type: fee}")
    assert len(parse_mapping(text).entries) == 2


def test_a_mapping_comes_from_a_file(tmp_path: Path) -> None:
    """The file is named in errors; one that cannot be read is an error like any other."""
    path = tmp_path / "orders.yaml"
    path.write_text(GOOD)
    assert load_mapping(path) == parse_mapping(GOOD)
    path.write_bytes(b"currency: \xff")
    with pytest.raises(Rejected, match=r"orders.yaml:1:11: byte 0xff is not UTF-8"):
        load_mapping(path)
    path.write_bytes(b"#" * (SIZE_LIMIT + 1))
    with pytest.raises(Rejected, match="larger than"):
        load_mapping(path)
    with pytest.raises(Rejected, match="cannot be read: No such file"):
        load_mapping(tmp_path / "nowhere.yaml")
    with pytest.raises(Rejected, match="cannot be read: Is a directory"):
        load_mapping(tmp_path)


ENTRY = ["result", "cost", "reference", "on", "amount", "column", "map", "else", "paid by", "collected by"]
WORDS = st.sampled_from([*ENTRY, "entries", "dates", "numbers", "only where", "columns", "currency", "format"])
VALUES = st.recursive(
    st.one_of(st.none(), st.text(max_size=5), WORDS, st.sampled_from(["{a}", "a - b", "EUR", "true", "2026-01-01"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=6)),
)


@given(st.text())
def test_any_text_is_a_mapping_or_refused(text: str) -> None:
    """Whatever somebody hands in, the answer is a mapping or findings."""
    with contextlib.suppress(Rejected):
        assert parse_mapping(text).entries


@given(st.dictionaries(WORDS, VALUES))
def test_any_structure_is_a_mapping_or_refused(data: dict[str, object]) -> None:
    """Known words with values of any shape are understood, or refused with a line for each problem."""
    lines: list[int | None] = []
    try:
        parse_mapping(json.dumps(data))
    except Rejected as rejected:
        lines = [finding.line for finding in rejected.findings]
    assert None not in lines

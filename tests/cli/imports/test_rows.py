"""Rows become entries: what a mapping says about each value is done to each row, exactly."""

from __future__ import annotations

import hashlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.imports import Entry, Findings
from ledger.book.events import Advance, Contribution, Cost, Fact, Liability, Result, Withdrawal
from ledger.values.errors import Finding
from tests.cli.imports.reading import entries, findings, reading, rows

HEAD = "Id,Day,Amount,Kind,Party\n"
ROW = "1,2026-10-05,12.50,x,acme\n"


def mapping(entry: str, top: str = "currency: EUR") -> str:
    return f"{top}\nentries:\n  - {entry}\n    reference: '{{Id}}'\n    on: Day\n"


SALES = mapping("result: sales\n    amount: Amount\n    collected by: acme")


def minor(entry: Entry) -> int | None:
    return entry.fact.amount_minor


@pytest.mark.parametrize(
    ("entry", "fact"),
    [
        ("result: sales\n    quantity: Amount", Result),
        ("result: sales\n    amount: Amount\n    collected by: {column: Party}", Result),
        ("cost: {column: Kind}\n    amount: Amount\n    paid by: acme", Cost),
        ("liability: refunds\n    amount: Amount", Liability),
        ("contribution: {column: Party}\n    amount: Amount", Contribution),
        ("withdrawal: acme\n    amount: Amount", Withdrawal),
        ("advance: jot\n    amount: Amount\n    paid by: {column: Party}", Advance),
    ],
)
def test_each_kind_of_entry_has_its_fact(entry: str, fact: type[Fact]) -> None:
    """The first word of a rule decides which fact is recorded."""
    [found] = entries(mapping(entry), HEAD + ROW)
    assert type(found.fact) is fact


def test_a_fact_holds_what_the_row_says() -> None:
    """Amounts are whole minor units, quantities whole millionths."""
    both = mapping("result: sales\n    amount: Amount\n    quantity: Amount - 0.5\n    collected by: {column: Party}")
    [entry] = entries(both, HEAD + ROW)
    assert entry.fact == Result(
        metric="sales",
        effective_on=entry.fact.effective_on,
        amount_minor=1250,
        currency="EUR",
        collected_by="acme",
        quantity_micro=12_000_000,
    )
    [advance] = entries(mapping("advance: jot\n    amount: Amount\n    paid by: acme"), HEAD + ROW)
    assert isinstance(advance.fact, Advance)
    assert (advance.fact.paid_by, advance.fact.paid_to, advance.fact.account) == ("acme", "jot", None)
    recouped = "advance: jot\n    amount: Amount\n    paid by: acme\n    account: album-1"
    [advance] = entries(mapping(recouped), HEAD + ROW)
    assert isinstance(advance.fact, Advance)
    assert advance.fact.account == "album-1"


def test_an_entry_knows_where_it_came_from() -> None:
    """Its source is the digest of the file and the line on which its row begins."""
    data = HEAD + '1,2026-10-05,1.00,"two\nlines",acme\n\n2,2026-10-05,2.00,x,acme\n'
    digest = hashlib.sha256(data.encode()).hexdigest()
    found = entries(SALES, data)
    assert [(entry.line, entry.source) for entry in found] == [(2, f"{digest}:2"), (5, f"{digest}:5")]


def test_a_file_can_be_gone_through_again() -> None:
    """A first pass may look for findings, a second one record."""
    with reading(SALES, HEAD + ROW * 3) as found:
        assert list(found) == list(found)
        assert found.rows == 3


def test_what_was_left_out_is_counted() -> None:
    """Rows, rows that conditions leave out, and zeros that are passed over are numbers to show."""
    data = HEAD + ROW + "2,2026-10-05,0,x,acme\n3,2026-10-05,1,y,acme\n4,2026-10-05,0.00,x,acme\n"
    with reading(SALES.replace("entries:", "skip where: {Kind: y}\nentries:") + "    skip zero: true\n", data) as found:
        assert len(list(found)) == 1
        assert (found.rows, found.left_out, found.zeros) == (4, 1, 2)


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("only where: {Kind: a}", "13"),
        ("only where: {Kind: [a, b]}", "123"),
        ("only where: {Kind: a, Party: jot}", "3"),
        ("only where: [{Kind: b}, {Party: jot}]", "23"),
        ("only where: {Kind: ''}", "4"),
        ("only where: {Kind: A}", ""),
        ("skip where: {Kind: [a, '']}", "2"),
        ("skip where: {Kind: a, Party: jot}", "124"),
        ("only where: {Kind: [a, b]}\n    skip where: {Party: jot}", "12"),
    ],
)
def test_conditions_choose_rows(where: str, kept: str) -> None:
    """Conditions mean the same at the top of a mapping and in an entry."""
    data = HEAD + "".join(
        f"{number},2026-10-05,1,{kind},{party}\n"
        for number, kind, party in [(1, "a", "acme"), (2, "b", "acme"), (3, " a ", "jot"), (4, "", "acme")]
    )
    in_entry = SALES + f"    {where}\n"
    at_top = where.replace("\n    ", "\n") + "\n" + SALES
    assert "".join(entry.reference for entry in entries(in_entry, data)) == kept
    assert "".join(entry.reference for entry in entries(at_top, data)) == kept


def test_the_sign_can_be_turned() -> None:
    """Always, or where a condition holds; quantities turn with amounts."""
    turned = mapping("result: s\n    amount: Amount\n    quantity: 2\n    collected by: acme\n    negate: true")
    [entry] = entries(turned, HEAD + ROW)
    assert isinstance(entry.fact, Result)
    assert (entry.fact.amount_minor, entry.fact.quantity_micro) == (-1250, -2_000_000)
    some = SALES + "    negate where: {Kind: refund}\n"
    found = entries(some, HEAD + ROW + ROW.replace("x", "refund").replace("1,", "2,", 1))
    assert [minor(entry) for entry in found] == [1250, -1250]


def test_rounding_is_named_and_kept() -> None:
    """Sums are exact and rounded once; the entry keeps what the file says when that changed something."""
    text = mapping("cost: c\n    amount: Amount - 0.0051\n    paid by: acme", "currency: EUR\nrounding: half up")
    assert [(minor(entry), entry.original) for entry in entries(text, HEAD + ROW)] == [(1249, "12.50 - 0.0051")]
    assert [entry.original for entry in entries(text.replace("0.0051", "0.5000"), HEAD + ROW)] == [None]
    both = mapping(
        "result: s\n    amount: Amount\n    quantity: Amount\n    collected by: acme", "currency: JPY\nrounding: down"
    )
    [entry] = entries(both, HEAD + ROW.replace("12.50", "12.12345678"))
    assert entry.original == "12.12345678; quantity 12.12345678"
    assert isinstance(entry.fact, Result)
    assert (entry.fact.amount_minor, entry.fact.quantity_micro) == (12, 12_123_456)


def test_what_would_be_rounded_is_refused_without_a_name_for_it() -> None:
    """Money does not disappear behind a comma."""
    assert findings(SALES, HEAD + ROW.replace("12.50", "12.505")) == [
        'file.csv:2:3: Amount: "12.505" has more decimals than EUR has (2)'
    ]
    assert findings(mapping("result: s\n    quantity: Amount"), HEAD + ROW.replace("12.50", "0.1234567")) == [
        'file.csv:2:3: Amount: "0.1234567" has more decimals than quantities have (6)'
    ]


def test_the_currency_may_come_from_a_column() -> None:
    """Each currency has its own number of decimals."""
    text = mapping("liability: l\n    amount: Amount\n    currency: {column: Kind}")
    data = HEAD + "1,2026-10-05,12.5,EUR,\n2,2026-10-05,12,JPY,\n3,2026-10-05,12.5,BHD,\n"
    assert [(entry.fact.currency, minor(entry)) for entry in entries(text, data)] == [
        ("EUR", 1250), ("JPY", 12), ("BHD", 12500),
    ]  # fmt: skip
    assert findings(text, HEAD + "1,2026-10-05,12.5,EURO,\n") == [
        "file.csv:2:4: Kind: 'EURO' is not a currency of ISO 4217"
    ]


@pytest.mark.parametrize(
    ("amount", "finding"),
    [
        ("0.00", "is zero: there is nothing to record"),
        ("-1", "is below zero, which a liability cannot be"),
        ("10000000000000.01", '"10000000000000.01" is too large'),
        ("", "is empty: a number is needed"),
    ],
)
def test_amounts_that_cannot_be_recorded(amount: str, finding: str) -> None:
    """Nothing, less than nothing where that has no meaning, and too much."""
    text = mapping("liability: l\n    amount: Amount")
    assert findings(text, HEAD + f"1,2026-10-05,{amount},,\n") == [f"file.csv:2:3: Amount: {finding}"]


def test_a_result_with_a_quantity_may_have_no_money() -> None:
    """Something given away was still achieved; nothing at all is not."""
    text = mapping("result: s\n    amount: Amount\n    quantity: Kind\n    collected by: acme")
    [entry] = entries(text, HEAD + "1,2026-10-05,0,3,\n")
    assert minor(entry) == 0
    assert findings(text, HEAD + "1,2026-10-05,0,0,\n") == [
        "file.csv:2: Amount and Kind: is zero: there is nothing to record"
    ]


@pytest.mark.parametrize(
    ("reference", "finding"),
    [
        ("", "file.csv:2:1: Id: is empty: the reference needs it"),
        ('"a\nb"', 'file.csv:2: {Id}: "a b" cannot be a reference'),
        ("a\xa0b", 'file.csv:2: {Id}: "a b" cannot be a reference'),
        ("x" * 201, f'file.csv:2: {{Id}}: "{"x" * 60}..." cannot be a reference'),
    ],
)
def test_a_reference_is_a_name_that_a_stream_can_bear(reference: str, finding: str) -> None:
    """It is printable, not too long, and never empty."""
    assert findings(SALES, f"{HEAD}{reference},2026-10-05,1,,\n") == [finding]


def test_texts_are_made_of_columns() -> None:
    """References and notes put columns and letters together; an empty note is none."""
    text = SALES.replace("'{Id}'", "'{Kind}-{Id}/a'") + "    note: ' {Party} {Kind} '\n"
    assert [(entry.reference, entry.note) for entry in entries(text, HEAD + ROW)] == [("x-1/a", "acme x")]
    empty = SALES + "    note: '{Kind}'\n"
    assert [entry.note for entry in entries(empty, HEAD + ROW.replace("x", " "))] == [None]
    assert findings(empty, HEAD + ROW.replace("x", "y" * 4001)) == [
        "file.csv:2: {Kind}: the note is longer than 4000 characters"
    ]


def test_all_that_is_wrong_with_a_row_is_told() -> None:
    """From left to right, each value once however many entries need it."""
    text = SALES + SALES.partition("entries:\n")[2].replace("{Id}", "{Id}:2").replace("acme", "{column: Party}")
    assert findings(text, HEAD + ",x,y,z,Q\n") == [
        "file.csv:2:1: Id: is empty: the reference needs it",
        'file.csv:2:2: Day: "x" is not a date written as YYYY-MM-DD',
        'file.csv:2:3: Amount: "y" is not a number',
        "file.csv:2:5: Party: 'Q' is not a short name",
    ]


def test_a_row_with_a_finding_makes_no_entry() -> None:
    """Not even those entries of it that would be right."""
    text = SALES + mapping("cost: c\n    amount: Kind\n    paid by: acme").partition("entries:\n")[2].replace(
        "{Id}", "{Id}c"
    )
    assert [type(row) for row in rows(text, HEAD + ROW)] == [Finding]


def test_a_name_that_is_wrong_everywhere_is_told_once() -> None:
    """A thousand rows with the same unknown category are one thing to mend."""
    text = mapping("cost: {column: Kind, map: {a: media}}\n    amount: Amount\n    paid by: {column: Party}")
    data = HEAD + "".join(f"{number},2026-10-05,1,{'ab'[number % 2]},Jo\n" for number in range(100))
    found = [row for row in rows(text, data) if isinstance(row, Finding)]
    assert [(str(row), row.hint) for row in found] == [
        ("file.csv:2:5: Party: 'Jo' is not a short name", found[0].hint),
        ('file.csv:3:4: Kind: "b" is not in the map', 'add "b" to it, or an `else`'),
    ]


def test_findings_are_bounded() -> None:
    """The first thousand are kept, the rest are counted."""
    kept = Findings()
    for row in rows(SALES, HEAD + "1,x,1,,\n" * 1500):
        assert isinstance(row, Finding)
        kept.add(row)
    assert (len(kept.kept), kept.more) == (1000, 500)
    assert kept.rejected().more == 500


AMOUNTS = st.lists(st.decimals(-(10**9), 10**9, allow_nan=False, places=4), min_size=1, max_size=20)


@given(AMOUNTS)
def test_nothing_is_lost_on_the_way(amounts: list[object]) -> None:
    """What entries say, with their originals where they were rounded, adds up to what the file says."""
    text = mapping(
        "cost: c\n    amount: Amount\n    paid by: acme\n    skip zero: true", "currency: EUR\nrounding: half even"
    )
    data = HEAD + "".join(f"{number},2026-10-05,{amount:f},,\n" for number, amount in enumerate(amounts))
    total, rounded = Fraction(0), Fraction(0)
    for entry in entries(text, data):
        exact = Fraction(minor(entry) or 0, 100)
        rounded += abs(exact - Fraction(entry.original)) if entry.original else 0
        total += Fraction(entry.original) if entry.original else exact
    passed_over = [Fraction(str(amount)) for amount in amounts if abs(Fraction(str(amount))) <= Fraction(1, 200)]
    assert total == sum(Fraction(str(amount)) for amount in amounts) - sum(passed_over)
    assert rounded <= Fraction(len(amounts), 200)

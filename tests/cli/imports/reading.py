"""What the tests of imports share: a file read by a mapping, and entries as sentences."""

from __future__ import annotations

import io
from typing import assert_never

from cli.imports import Entry, Reading, Row, parse_mapping, read_entries
from ledger.book.events import Advance, Contribution, Conversion, Cost, Liability, Result, Withdrawal
from ledger.book.partner_facts import Admission, RatioChange, Retirement, Revaluation
from ledger.values.errors import Finding
from ledger.values.money import currency, format_amount, format_quantity


def reading(mapping: str, data: str | bytes, file_name: str = "file.csv") -> Reading:
    """The rows of a file's content, as if it came on standard input."""
    raw = data.encode() if isinstance(data, str) else data
    return read_entries(io.BytesIO(raw), parse_mapping(mapping, "mapping.yaml"), file_name=file_name)


def rows(mapping: str, data: str | bytes, file_name: str = "file.csv") -> list[Row]:
    """All rows of a file's content."""
    with reading(mapping, data, file_name) as found:
        return list(found)


def entries(mapping: str, data: str | bytes) -> list[Entry]:
    """The entries of a file in which nothing is wrong."""
    found = rows(mapping, data)
    assert [str(row) for row in found if isinstance(row, Finding)] == []
    return [row for row in found if isinstance(row, Entry)]


def findings(mapping: str, data: str | bytes) -> list[str]:
    """What is wrong with a file."""
    return [str(row) for row in rows(mapping, data) if isinstance(row, Finding)]


def sentence(row: Row) -> str:
    """A row as the documentation shows it."""
    if isinstance(row, Finding):
        return str(row)
    fact = row.fact
    kind = str(fact.__struct_config__.tag)
    parts = []
    if fact.amount_minor is not None:
        assert fact.currency is not None
        parts.append(f"{format_amount(fact.amount_minor, currency(fact.currency))} {fact.currency}")
    match fact:
        case Result():
            name = fact.metric
            if fact.quantity_micro is not None:
                parts.append(f"quantity {format_quantity(fact.quantity_micro)}")
            if fact.collected_by is not None:
                parts.append(f"collected by {fact.collected_by}")
        case Cost():
            name = fact.category
            parts.append(f"paid by {fact.paid_by}")
        case Liability():
            name = fact.category
        case Contribution() | Withdrawal() | Conversion():
            name = fact.party
        case Advance():
            name = fact.paid_to
            parts.append(f"paid by {fact.paid_by}")
        case Admission() | Retirement() | RatioChange() | Revaluation():
            raise AssertionError("no file holds what every partner has to say yes to")
        case _:
            assert_never(fact)
    if row.original is not None:
        parts.append(f"rounded from {row.original}")
    if row.note is not None:
        parts.append(f"note: {row.note}")
    article = "an" if kind == "advance" else "a"
    return f"{row.line}: {row.reference} is {article} {kind}, {name} on {fact.effective_on}: {', '.join(parts)}"

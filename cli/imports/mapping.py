"""A mapping: how the rows of somebody's file become entries of a book.

Mapping ── layout      how the file is written: CSV or JSON lines, encoding, delimiter, header
        ├─ dates, numbers, rounding
        ├─ only, skip  which rows count at all
        └─ entries     what each row says: one rule for each entry that comes of it
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cli.imports.dates import DatePattern
from cli.imports.expressions import Column, Sum, Template
from cli.imports.numbers import NumberFormat, Rounding


class Format(StrEnum):
    """How the file is laid out."""

    CSV = "csv"
    JSONL = "jsonl"


class Encoding(StrEnum):
    """How the file's bytes spell text; a byte order mark is passed over."""

    UTF_8 = "utf-8"
    UTF_8_SIG = "utf-8-sig"
    UTF_16 = "utf-16"
    LATIN_1 = "latin-1"
    LATIN_9 = "iso-8859-15"
    WINDOWS_1250 = "cp1250"
    WINDOWS_1252 = "cp1252"


class Kind(StrEnum):
    """What an entry is; the word that a rule begins with."""

    RESULT = "result"
    COST = "cost"
    LIABILITY = "liability"
    CONTRIBUTION = "contribution"
    WITHDRAWAL = "withdrawal"
    ADVANCE = "advance"


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is written. `columns` numbers the columns (from 1) of a file without a header."""

    format: Format = Format.CSV
    encoding: Encoding = Encoding.UTF_8
    delimiter: str = ","
    skip_lines: int = 0
    columns: Dict[str, int] | None = None


@dataclass(frozen=True, slots=True)
class NameFrom:
    """A name out of a column: as it stands there, or by a table, `otherwise` for what the table leaves out."""

    column: Column
    names: Dict[str, str] | None = None
    otherwise: str | None = None


Name = str | NameFrom
"""A metric, category, party or currency: always the same, or out of a column."""

Condition = tuple[tuple[Column, frozenset[str]], ...]
"""Columns and the values that each of them may have; all have to hold."""

Conditions = tuple[Condition, ...]
"""Conditions of which one has to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a row becomes one entry.

    `name` is the metric, the category, or the party that the entry is for; `by` the party that collected
    the money of a result, or paid a cost or an advance; `deal` what a contribution is for; `account` the one that an
    advance is recouped on. `negate` turns the sign of rows (always, or where a condition holds). A row whose amount and
    quantity are zero is an error, unless `skip_zero`.
    """

    kind: Kind
    name: Name
    reference: Template
    on: Column | date
    amount: Sum | None = None
    quantity: Sum | None = None
    currency: Name | None = None
    by: Name | None = None
    deal: Name | None = None
    account: Name | None = None
    note: Template | None = None
    negate: bool | Conditions = False
    only: Conditions = ()
    skip: Conditions = ()
    skip_zero: bool = False

    def columns(self) -> Iterator[Column]:
        """Every column that the rule reads, in the order of its words."""
        for name in (self.name, self.currency, self.by, self.deal, self.account):
            if isinstance(name, NameFrom):
                yield name.column
        for made in (self.reference, self.amount, self.quantity, self.note):
            if made is not None:
                yield from made.columns
        if isinstance(self.on, Column):
            yield self.on
        if not isinstance(self.negate, bool):
            yield from condition_columns(self.negate)
        yield from condition_columns(self.only)
        yield from condition_columns(self.skip)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A whole mapping, as it was validated; `text` is the document itself."""

    layout: Layout
    dates: tuple[DatePattern, ...]
    numbers: NumberFormat
    rounding: Rounding
    only: Conditions
    skip: Conditions
    entries: tuple[Rule, ...]
    text: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns that are read, each once, in the order of their first use."""
        columns = [*condition_columns(self.only), *condition_columns(self.skip)]
        for rule in self.entries:
            columns.extend(rule.columns())
        return tuple(dict.fromkeys(column.name for column in columns))


def condition_columns(conditions: Conditions) -> Iterator[Column]:
    """The columns that conditions look at."""
    for condition in conditions:
        for column, _ in condition:
            yield column

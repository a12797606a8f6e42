"""The file of euro reference rates that the European Central Bank publishes, as rates of any agreement's currency.

    Date,USD,JPY,BGN,...
    2026-04-13,1.1684,186.75,N/A,...

A line for each day, newest first; a cell says how many units of the currency one euro buys. An agreement in euros needs
the other way round, one in another currency the ratio of two cells: both are exact.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from cli.imports.findings import Findings
from ledger.application.rates import Quote
from ledger.book.rate import Quoted
from ledger.values.errors import Finding, PactbookError, Rejected
from ledger.values.money import parse_decimal
from ledger.values.periods import parse_date

EURO = "EUR"
SOURCE = "ECB euro foreign exchange reference rates"
_NONE = ("N/A", "")


def read_rates(path: Path, own: str, codes: Sequence[str], first: date | None, last: date | None) -> list[Quote]:
    """The rates of some currencies in units of `own`, of some days. Raises `Rejected` with everything that is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return _read(csv.reader(stream), str(path), own, codes, first, last)
    except UnicodeDecodeError as error:
        raise Rejected([Finding("is not text in UTF-8", None, str(path))]) from error


def _read(rows: _Rows, file: str, own: str, codes: Sequence[str], first: date | None, last: date | None) -> list[Quote]:
    try:
        reading = _Reading(file, own, next(rows, []))
        reading.require(codes)
        quotes = [quote for row in rows if row for quote in reading.quotes(rows.line_num, row, codes, first, last)]
    except csv.Error as error:
        raise Rejected([Finding(f"is not valid CSV: {error}", None, file, rows.line_num)]) from None
    if reading.findings:
        raise reading.findings.rejected()
    return quotes


class _Rows(Protocol):
    """What the library's reader of CSV is."""

    @property
    def line_num(self) -> int: ...
    def __next__(self) -> list[str]: ...
    def __iter__(self) -> Iterator[list[str]]: ...


class _Reading:
    """A file under way: where each currency stands, and what is wrong."""

    def __init__(self, file: str, own: str, header: Sequence[str]) -> None:
        self.findings = Findings()
        self._file = file
        self._own = own
        self._places = {name.strip(): place for place, name in enumerate(header) if name.strip()}

    def require(self, codes: Sequence[str]) -> None:
        """Refuse a file that is none of the ECB's, and currencies that it does not have."""
        if "Date" not in self._places:
            hint = "get eurofxref-hist.csv from the European Central Bank; its first column is `Date`"
            raise Rejected([Finding("is not a file of euro reference rates", hint, self._file, 1)])
        for code in (*codes, self._own):
            if code != EURO and code not in self._places:
                raise Rejected([Finding(f"has no column {code}", "the ECB publishes no rate of it", self._file, 1)])

    def quotes(
        self, line: int, row: Sequence[str], codes: Sequence[str], first: date | None, last: date | None
    ) -> Iterator[Quote]:
        """The rates of a line; none of a currency that has no rate on the day."""
        try:
            day = parse_date(row[self._places["Date"]].strip())
        except (PactbookError, IndexError) as error:
            said = error.message if isinstance(error, PactbookError) else "has no date"
            self.findings.add(Finding(said, None, self._file, line, self._places["Date"] + 1))
            return
        if (first is not None and day < first) or (last is not None and day > last):
            return
        own = self._units(line, row, self._own)
        for code in codes:
            foreign = self._units(line, row, code)
            if own is not None and foreign is not None:
                rate = Fraction(own[1]) / Fraction(foreign[1])
                parts = [f"{text} {unit}" for unit, text in ((code, foreign[0]), (self._own, own[0])) if unit != EURO]
                quoted = Quoted(day, rate, f"1 EUR = {' = '.join(parts)}", SOURCE)
                yield Quote(line, code, quoted)

    def _units(self, line: int, row: Sequence[str], code: str) -> tuple[str, Fraction] | None:
        """How many units of a currency one euro buys, as text and number; None where there is no rate."""
        if code == EURO:
            return "1", Fraction(1)
        place = self._places[code]
        text = row[place].strip() if place < len(row) else ""
        if text in _NONE:
            return None
        try:
            value = parse_decimal(text)
            if value > 0:
                return text, value
            message, hint = f"{text!r} is no rate", "a rate is above zero"
        except PactbookError as error:
            message, hint = error.message, error.hint or ""
        self.findings.add(Finding(message, hint, self._file, line, place + 1))
        return None

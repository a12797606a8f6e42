"""Functions from a row's cells to the values of an entry, made once for a mapping and a file.

Each raises `BadValue` with the column that is to blame. What a mapping leaves open is decided here once,
so that a row costs a few calls and nothing is looked up by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from cli.imports.dates import compile_dates
from cli.imports.expressions import Column, Number, Sum, Template
from cli.imports.fields import currency_code, short_name
from cli.imports.findings import BadValue, shown
from cli.imports.mapping import Conditions, Mapping, Name, NameFrom
from cli.imports.numbers import Rounding, compile_numbers, to_units
from cli.imports.tables import Cells
from ledger.book.rules import REFERENCE_LIMIT, TEXT_LIMIT
from ledger.values.errors import Rejected
from ledger.values.money import AMOUNT_LIMIT, QUANTITY_DECIMALS, currency

Units = tuple[int, str | None]
"""Whole units, and the text that was rounded to them (None when nothing was)."""

_CACHE_LIMIT = 50_000


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a column stands in the cells."""

    place: int
    name: str


class Compiler:
    """Makes the functions for one mapping and one file, in which `places` tells where columns stand."""

    def __init__(self, mapping: Mapping, places: dict[str, int]) -> None:
        self.places = places
        self.rounding = mapping.rounding
        self.read_number = compile_numbers(mapping.numbers)
        self.read_date = compile_dates(mapping.dates)

    # --- names, dates, texts ------------------------------------------------------------------------------

    def name(self, name: Name) -> Callable[[Cells], str]:
        """A metric, category or party."""
        return self._name(name, short_name)

    def currency(self, name: Name) -> Callable[[Cells], str]:
        """The code of a currency."""
        return self._name(name, currency_code)

    def _name(self, name: Name, check: Callable[[str], str]) -> Callable[[Cells], str]:
        if isinstance(name, str):
            return _always(name)
        place, column = self.places[name.column.name], name.column.name
        known: dict[str, str] = {}

        def read(cells: Cells) -> str:
            cell = cells[place]
            found = known.get(cell)
            if found is None:
                found = _named(cell.strip(), name, check, column)
                if len(known) < _CACHE_LIMIT:
                    known[cell] = found
            return found

        return read

    def day(self, on: Column | date) -> Callable[[Cells], date]:
        """The effective date."""
        if isinstance(on, date):
            return _always(on)
        place, column, read_date = self.places[on.name], on.name, self.read_date

        def read(cells: Cells) -> date:
            try:
                return read_date(cells[place])
            except BadValue as bad:
                bad.column = column
                raise

        return read

    def reference(self, template: Template) -> Callable[[Cells], str]:
        """A name that the entry's stream can bear; every column of it has to say something."""
        columns = [Cell(self.places[column.name], column.name) for column in template.columns]
        make, what = self._text(template), template.text

        def read(cells: Cells) -> str:
            for cell in columns:
                if not cells[cell.place].strip():
                    raise BadValue("is empty: the reference needs it", column=cell.name)
            text = make(cells)
            if len(text) > REFERENCE_LIMIT or not text.isprintable():
                hint = f"a reference has up to {REFERENCE_LIMIT} printable characters"
                raise BadValue(f"{shown(text)} cannot be a reference", hint, column=what)
            return text

        return read

    def note(self, template: Template | None) -> Callable[[Cells], str | None]:
        """A text, or None when nothing is in it."""
        if template is None:
            return _always(None)
        make, what = self._text(template), template.text

        def read(cells: Cells) -> str | None:
            text = " ".join(make(cells).split())  # a note is one line, whatever breaks a cell has
            if len(text) > TEXT_LIMIT:
                raise BadValue(f"the note is longer than {TEXT_LIMIT} characters", column=what)
            return text or None

        return read

    def _text(self, template: Template) -> Callable[[Cells], str]:
        match template.parts:
            case (Column(name),):
                place = self.places[name]
                return lambda cells: cells[place].strip()
            case (Column(name), str(after)):
                place = self.places[name]
                return lambda cells: (cells[place].strip() + after).strip()
            case parts:
                pieces = [part if isinstance(part, str) else Cell(self.places[part.name], part.name) for part in parts]
                return lambda cells: "".join(
                    piece if isinstance(piece, str) else cells[piece.place].strip() for piece in pieces
                ).strip()

    # --- conditions ---------------------------------------------------------------------------------------

    def condition(self, conditions: Conditions) -> Callable[[Cells], bool]:
        """Whether one of the conditions holds."""
        tests = [[(self.places[column.name], values) for column, values in condition] for condition in conditions]
        if len(tests) == 1 and len(tests[0]) == 1:
            [(place, values)] = tests[0]
            return lambda cells: cells[place].strip() in values
        return lambda cells: any(all(cells[place].strip() in values for place, values in test) for test in tests)

    # --- numbers ------------------------------------------------------------------------------------------

    def amount(self, total: Sum, code: Name) -> Callable[[Cells], Units]:
        """Minor units of a currency."""
        number = self._sum(total)
        if isinstance(code, str):
            return self._units(total, number, currency(code).digits, f"{code} has")
        read_code = self.currency(code)
        by_code: dict[str, Callable[[Cells], Units]] = {}

        def read(cells: Cells) -> Units:
            code = read_code(cells)
            if code not in by_code:
                by_code[code] = self._units(total, number, currency(code).digits, f"{code} has")
            return by_code[code](cells)

        return read

    def quantity(self, total: Sum) -> Callable[[Cells], Units]:
        """Millionths of a unit."""
        return self._units(total, self._sum(total), QUANTITY_DECIMALS, "quantities have")

    def _units(
        self, total: Sum, number: Callable[[Cells], Number], digits: int, limit: str
    ) -> Callable[[Cells], Units]:
        rounding, what = self.rounding, total.text

        def read(cells: Cells) -> Units:
            exact = number(cells)
            if exact[1] == digits and -AMOUNT_LIMIT <= exact[0] <= AMOUNT_LIMIT:
                return exact[0], None
            found = to_units(exact, digits, rounding)
            if found is None:
                hint = f"to round, write `rounding: {Rounding.HALF_EVEN}` (or {Rounding.HALF_UP}, {Rounding.DOWN})"
                raise BadValue(
                    f"{shown(self._written(total, cells))} has more decimals than {limit} ({digits})", hint, column=what
                )
            units, rounded = found
            if not -AMOUNT_LIMIT <= units <= AMOUNT_LIMIT:
                hint = f"amounts go up to {AMOUNT_LIMIT} minor units, quantities up to {AMOUNT_LIMIT} millionths"
                raise BadValue(f"{shown(self._written(total, cells))} is too large", hint, column=what)
            return units, self._written(total, cells) if rounded else None

        return read

    def _sum(self, total: Sum) -> Callable[[Cells], Number]:
        terms = [
            (sign, self._number(term) if isinstance(term, Column) else _always(term)) for sign, term in total.terms
        ]
        if len(terms) == 1:
            return terms[0][1]

        def read(cells: Cells) -> Number:
            whole, places = 0, 0
            for sign, term in terms:
                mantissa, decimals = term(cells)
                if decimals > places:
                    whole *= 10 ** (decimals - places)
                    places = decimals
                elif decimals < places:
                    mantissa *= 10 ** (places - decimals)
                whole += sign * mantissa
            return whole, places

        return read

    def _number(self, column: Column) -> Callable[[Cells], Number]:
        place, name, read_number = self.places[column.name], column.name, self.read_number

        def read(cells: Cells) -> Number:
            try:
                return read_number(cells[place])
            except BadValue as bad:
                bad.column = name
                raise

        return read

    def _written(self, total: Sum, cells: Cells) -> str:
        """A sum as the row has it: `261.96 - 41.9136`."""
        text = ""
        for sign, term in total.terms:
            body = cells[self.places[term.name]].strip() if isinstance(term, Column) else _decimal(term)
            text += f" {'+' if sign > 0 else '-'} {body or '0'}" if text else body
        return text


_Value = TypeVar("_Value")


def _always(value: _Value) -> Callable[[Cells], _Value]:
    """The same for every row."""
    return lambda _: value


def _decimal(number: Number) -> str:
    mantissa, places = number
    digits = f"{abs(mantissa):0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if mantissa < 0 else text


def _named(cell: str, name: NameFrom, check: Callable[[str], str], column: str) -> str:
    if name.names is not None:
        found = name.names.get(cell, name.otherwise)
        if found is None:
            raise BadValue(
                f"{shown(cell)} is not in the map", f"add {shown(cell)} to it, or an `else`", column=column, once=True
            )
        return found
    try:
        return check(cell)
    except Rejected as error:
        hint = f"{error.hint}; or give it a name: `map: {{{shown(cell)}: ...}}`"
        raise BadValue(error.message, hint, column=column, once=True) from None

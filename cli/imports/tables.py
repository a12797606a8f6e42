"""Files as rows of cells: CSV or lines of JSON, streamed, each row with the line where it begins."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from cli.imports.findings import shown
from cli.imports.mapping import Format, Layout
from ledger.terms.problems import did_you_mean
from ledger.values.errors import Finding

Cells = list[str]
Record = tuple[int, Cells] | Finding
"""The line where a row begins and its cells; or what is wrong with the row."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file being read: where each column stands in the cells, what is wrong with the head, the rows.

    `numbered` says that a place is the number of a column, as people count them (less one).
    """

    places: dict[str, int]
    problems: tuple[Finding, ...]
    rows: Iterator[Record]
    numbered: bool = True


def read_table(stream: TextIO, layout: Layout, names: tuple[str, ...], file: str) -> Table:
    """The rows of a file. `names` are the columns that will be read; a missing one is a problem of the head."""
    if layout.format is Format.JSONL:
        places = {name: place for place, name in enumerate(names)}
        return Table(places, (), _json_rows(stream, names, file), numbered=False)
    return _csv_table(stream, layout, names, file)


# --- CSV --------------------------------------------------------------------------------------------------


class _CsvRows:
    """The records of a CSV file, each with the physical line where it begins."""

    def __init__(self, stream: TextIO, layout: Layout, file: str) -> None:
        self.file = file
        self.skipped = sum(1 for _ in zip(range(layout.skip_lines), stream, strict=False))
        self.reader = csv.reader(stream, delimiter=layout.delimiter, strict=True)
        self.begun = 0

    def __iter__(self) -> Iterator[Record]:
        """Every record that holds anything; a record that cannot be read is a finding."""
        reader, skipped, begun = self.reader, self.skipped, self.reader.line_num
        while True:
            try:
                for cells in reader:
                    line, begun = begun + skipped + 1, reader.line_num
                    if any(cells):
                        yield line, cells
                return
            except csv.Error as error:
                line, begun = begun + skipped + 1, reader.line_num
                unclosed = "unexpected end of data" in str(error) or "field limit" in str(error)
                yield self._unreadable(error, line, unclosed)
                if unclosed:
                    return

    def _unreadable(self, error: csv.Error, line: int, unclosed: bool) -> Finding:
        if unclosed:
            hint = "close it, or write a quote inside a quoted field twice; nothing after this line was read"
            return Finding("a field in quotes begins here and never ends", hint, self.file, line)
        return Finding(f"is not valid CSV: {error}", "write a quote inside a quoted field twice", self.file, line)


def _csv_table(stream: TextIO, layout: Layout, names: tuple[str, ...], file: str) -> Table:
    records = iter(_CsvRows(stream, layout, file))
    first = next(records, None)
    if first is None:
        return Table({}, (Finding("the file is empty", "a header line and rows are expected", file),), iter(()))
    if isinstance(first, Finding):
        return Table({}, (first,), iter(()))
    line, cells = first
    width = len(cells)
    if layout.columns is not None:
        places = {name: number - 1 for name, number in layout.columns.items()}
        problems = tuple(
            Finding(f"there is no column {number}: rows have {width}", None, file, line, path=name)
            for name, number in layout.columns.items()
            if number > width
        )
        return Table(places, problems, _even(_chain(first, records), width, file))
    header = [cell.strip() for cell in cells]
    places = {name: header.index(name) for name in names if name in header}
    return Table(places, tuple(_header_problems(header, names, line, file)), _even(records, width, file))


def _chain(first: Record, rest: Iterator[Record]) -> Iterator[Record]:
    yield first
    yield from rest


def _even(records: Iterator[Record], width: int, file: str) -> Iterator[Record]:
    """The records, those of another width as findings."""
    for record in records:
        if isinstance(record, tuple) and len(record[1]) != width:
            line, cells = record
            message = f"has {len(cells)} field{'' if len(cells) == 1 else 's'} where the first line has {width}"
            yield Finding(message, "is a delimiter inside a field that needs quotes?", file, line)
        else:
            yield record


def _header_problems(header: list[str], names: tuple[str, ...], line: int, file: str) -> Iterator[Finding]:
    for name in names:
        if name not in header:
            hint = did_you_mean(name, {column for column in header if column})
            other = [word for word, sign in _OTHER_DELIMITERS if len(header) == 1 and sign in header[0]]
            if other:
                hint = f"the whole line is one column; is it `delimiter: {other[0]}`?"
            yield Finding(f"there is no column {name!r}", hint, file, line)
        elif header.count(name) > 1:
            at = [str(place) for place, column in enumerate(header, 1) if column == name]
            hint = f"number the columns instead: `skip lines: {line}` and `columns: {{{name}: {at[0]}}}`"
            yield Finding(f"two columns are called {name!r}: {' and '.join(at)}", hint, file, line)


_OTHER_DELIMITERS = (("semicolon", ";"), ("tab", "\t"), ("pipe", "|"), ("comma", ","))


# --- lines of JSON ----------------------------------------------------------------------------------------

_OBJECTS = 'write one object in each line, such as {"id": "7", "amount": "12.50"}'


class _BadRow(Exception):
    """A line is no object whose fields have one value each."""

    def __init__(self, message: str, hint: str = _OBJECTS, column: int | None = None) -> None:
        super().__init__(message)
        self.message, self.hint, self.column = message, hint, column


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _BadRow(f"has the field {next(name for name in names if names.count(name) > 1)!r} twice")
    return found


def _constant(name: str) -> Any:
    raise _BadRow(f"has {name}, which is not JSON")


#: Numbers stay the text that was written.
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_constant)


def _json_rows(stream: TextIO, names: tuple[str, ...], file: str) -> Iterator[Record]:
    paths = tuple((name, name.split(".")) for name in names)
    empty = True
    for number, line in enumerate(stream, 1):
        text = line.strip()
        if not text:
            continue
        empty = False
        try:
            yield number, _json_cells(text, paths)
        except _BadRow as error:
            yield Finding(error.message, error.hint, file, number, error.column)
    if empty:
        yield Finding("the file is empty", _OBJECTS, file)


def _json_cells(text: str, paths: tuple[tuple[str, list[str]], ...]) -> Cells:
    """The values of the fields that are read, as text."""
    try:
        row = _DECODER.decode(text)
    except RecursionError:
        raise _BadRow("is nested too deep") from None
    except json.JSONDecodeError as error:
        raise _BadRow(f"is not JSON: {error.msg}", column=error.colno) from None
    if type(row) is not dict:
        raise _BadRow("is not a JSON object")
    cells = [row[name] if name in row else _inner(row, name, path) for name, path in paths]
    for place, cell in enumerate(cells):
        if type(cell) is not str:
            cells[place] = _scalar(cell, paths[place][0])
    if "\\u" in text:
        _check_escapes(cells)
    return cells


def _inner(row: dict[str, Any], name: str, path: list[str]) -> Any:
    """The value of a field of an inner object: `user.country`."""
    value: Any = row
    for step in path:
        if not isinstance(value, dict) or step not in value:
            raise _BadRow(f"there is no field {name!r}", did_you_mean(name, row))
        value = value[step]
    return value


def _scalar(value: Any, name: str) -> str:
    match value:
        case None:
            return ""
        case True:
            return "true"
        case False:
            return "false"
        case _:
            raise _BadRow(f"the field {name!r} is not a single value", "name one of its fields, such as user.country")


def _check_escapes(cells: Cells) -> None:
    r"""Escapes can spell what no file should: NUL, and halves of characters (`\ud800`)."""
    for cell in cells:
        bad = next((mark for mark in cell if mark == "\0" or "\ud800" <= mark <= "\udfff"), None)
        if bad is not None:
            raise _BadRow(f"{shown(cell)} has the character U+{ord(bad):04X}", "remove it")

"""A file read by a mapping: each row becomes entries to record, or findings.

    with read_entries("orders.csv", mapping) as reading:
        for row in reading:                 # Entry | Finding, in the order of the file
            ...

Rows are read as they are asked for; memory does not grow with the file.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from cli.imports.cells import Compiler
from cli.imports.entries import Entry, Maker
from cli.imports.findings import BadValue
from cli.imports.mapping import Encoding, Format, Mapping
from cli.imports.sources import Source
from cli.imports.tables import Cells, Table, read_table
from ledger.values.errors import Finding

Row = Entry | Finding

#: Messages about names that were told once already: more different ones than this are repeated.
_TOLD_LIMIT = 10_000


class Reading:
    """The rows of one file. It can be gone through more than once, one time after the other.

    `digest` is the SHA-256 of the file. After a pass, `rows` counts the rows of the file without its
    header, `left_out` those that the mapping leaves out, `zeros` the entries that `skip zero` passed over.
    A row that has a finding makes no entry; a message about a name is told at its first row only.
    """

    def __init__(self, source: Source, mapping: Mapping) -> None:
        self._source = source
        self._mapping = mapping
        self.digest = source.digest
        self.rows = self.left_out = self.zeros = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._source.close()

    def __iter__(self) -> Iterator[Row]:
        if self._source.problem is not None:
            yield self._source.problem
            return
        layout, stream = self._mapping.layout, self._source.stream
        stream.seek(0)
        encoding = "utf-8-sig" if layout.encoding is Encoding.UTF_8 else layout.encoding.value
        text = io.TextIOWrapper(stream, encoding, newline="" if layout.format is Format.CSV else "\n")
        try:
            table = read_table(text, layout, self._mapping.columns, self._source.name)
            yield from table.problems or self._rows(table)
        except UnicodeDecodeError:
            yield Finding("the file changed while it was read", "import it again", self._source.name)
        else:
            if self._source.changed():
                yield Finding("the file changed while it was read", "import it again", self._source.name)
        finally:
            if not stream.closed:
                text.detach()

    def _rows(self, table: Table) -> Iterator[Row]:
        self.rows = self.left_out = self.zeros = 0
        compiler = Compiler(self._mapping, table.places)
        makers = [Maker(rule, compiler, self.digest) for rule in self._mapping.entries]
        make_all = [maker.make for maker in makers]
        leaves_out = _leaves_out(self._mapping, compiler)
        problems = _Problems(makers, table, self._source.name)
        for record in table.rows:
            self.rows += 1
            if isinstance(record, Finding):
                yield record
                continue
            line, cells = record
            if leaves_out is not None and leaves_out(cells):
                self.left_out += 1
                continue
            try:
                entries = [make(line, cells) for make in make_all]
            except BadValue:
                yield from problems.of(line, cells)
                continue
            for entry in entries:
                if entry is not None:
                    yield entry
        self.zeros = sum(maker.zeros for maker in makers)


class _Problems:
    """Tells what is wrong with a row: every value that is bad, each once."""

    def __init__(self, makers: Sequence[Maker], table: Table, file: str) -> None:
        self.makers = makers
        self.numbers = {name: place + 1 for name, place in table.places.items()} if table.numbered else {}
        self.file = file
        self.told: set[tuple[str | None, str]] = set()

    def of(self, line: int, cells: Cells) -> list[Finding]:
        """The findings of a row, from left to right."""
        found: dict[tuple[str | None, str], BadValue] = {}
        for maker in self.makers:
            for bad in maker.problems(line, cells):
                found.setdefault((bad.column, bad.message), bad)
        told = self.told & found.keys()
        if len(self.told) < _TOLD_LIMIT:
            self.told.update(key for key, bad in found.items() if bad.once)
        findings = [
            Finding(bad.message, bad.hint, self.file, line, self.numbers.get(bad.column or ""), bad.column)
            for key, bad in found.items()
            if key not in told
        ]
        return sorted(findings, key=lambda finding: finding.column or 0)


def _leaves_out(mapping: Mapping, compiler: Compiler) -> Callable[[Cells], bool] | None:
    """Whether the whole file's conditions leave a row out; None when there are none."""
    only = compiler.condition(mapping.only) if mapping.only else None
    skip = compiler.condition(mapping.skip) if mapping.skip else None
    if only is None:
        return skip
    if skip is None:
        return lambda cells: not only(cells)
    return lambda cells: not only(cells) or skip(cells)


def read_entries(file: str | Path | BinaryIO, mapping: Mapping, *, file_name: str | None = None) -> Reading:
    """The rows of a file (or of standard input, as a binary stream) by a mapping.

    The file is read once here for its digest, and again when the rows are asked for; `file_name` names it
    in findings. Raises `Rejected` when it cannot be read at all; all else that is wrong comes as findings
    among the rows, and then nothing of the file should be recorded.
    """
    name = file_name or (str(file) if isinstance(file, (str, Path)) else "standard input")
    return Reading(Source(file, mapping.layout.encoding, name), mapping)

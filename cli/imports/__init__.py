"""Somebody's file, read by a mapping into entries to record.

`load_mapping` reads the mapping, `read_entries` the file; both report everything that is wrong at once.
Nothing here records: that is one transaction of the application, for the whole file or for nothing of it.
"""

from cli.imports.entries import Entry
from cli.imports.findings import Findings
from cli.imports.mapping import Mapping
from cli.imports.rows import Reading, Row, read_entries
from cli.imports.schema import load_mapping, parse_mapping

__all__ = [
    "Entry",
    "Findings",
    "Mapping",
    "Reading",
    "Row",
    "load_mapping",
    "parse_mapping",
    "read_entries",
]

"""Everything that a command loads, loaded once: processes forked from here begin their work at once."""

from __future__ import annotations

from importlib import import_module

from cli.main import COMMANDS

for _module in {*(module for module, _ in COMMANDS.values()), "cli.imports", "cli.comparing"}:
    import_module(_module)
for _late in (
    "projections.facts", "projections.check", "projections.perspective", "sqlalchemy.dialects.sqlite", "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg", "rich.table", "rich.console", "tests.durability.story",
    "tests.durability.dying",
):  # fmt: skip
    import_module(_late)

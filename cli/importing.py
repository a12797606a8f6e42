"""`pactbook import`: a whole file by a mapping, or nothing of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from cli.options import dry_run_option, global_options
from cli.output import Column, Table, View, counting, show
from cli.recorded import ledger_for, remark_unknown

if TYPE_CHECKING:
    from cli.imports import Reading
    from ledger.application import Imported
    from ledger.terms.document import Terms


@click.command("import")
@click.argument("agreement")
@click.argument("file")
@click.option("--map", "mapping_file", metavar="MAPPING.yaml", required=True, help="How its rows become entries.")
@dry_run_option
@global_options
def import_(agreement: str, file: str, mapping_file: str, dry_run: bool) -> None:
    """Record the rows of FILE (CSV or JSON Lines, - for stdin) as entries of AGREEMENT.

    The whole file is recorded, or nothing: everything that is wrong is reported at once, with line and
    column. The same file again records nothing. docs/import.md says how mappings are written.

    \b
    Example:
      pactbook import acme-jot sales.csv --map sales.map.yaml --dry-run
      pactbook import acme-jot sales.csv --map sales.map.yaml
    """
    from cli.imports import load_mapping, read_entries

    ledger = ledger_for(dry_run)
    terms = ledger.terms(agreement)
    mapping = load_mapping(mapping_file)
    name = "standard input" if file == "-" else file
    source = sys.stdin.buffer if file == "-" else file
    with read_entries(source, mapping, file_name=name) as reading, counting(f"importing {name}") as progress:
        imported = ledger.entries.import_all(agreement, reading, name, progress=progress)
        show(_view(imported, reading, terms, name, dry_run))
    remark_unknown(agreement, [what for (_, what, _), tally in imported.tallies.items() if tally.recorded])


HEADINGS = ("kind", "name", "recorded", "amount", "currency", "quantity", "already_there", "voided", "awaiting")


def _view(imported: Imported, reading: Reading, terms: Terms, name: str, dry_run: bool) -> View:
    records = [_record(key, imported, terms) for key in sorted(imported.tallies)]
    data = {
        "file": name,
        "sha256": reading.digest,
        "dry_run": dry_run,
        "rows": reading.rows,
        "rows_left_out": reading.left_out,
        "zeros_left_out": reading.zeros,
        "recorded": imported.recorded,
        "already_there": imported.repeated,
        "voided": imported.voided,
        "awaiting": imported.awaiting,
        "totals": records,
    }
    return View(data, records, _tables(records, imported, reading, name, dry_run), HEADINGS)


def _record(key: tuple[str, str, str], imported: Imported, terms: Terms) -> dict[str, Any]:
    from ledger.values.money import currency, format_amount, format_quantity

    tally = imported.tallies[key]
    return {
        "kind": key[0],
        "name": key[1],
        "recorded": tally.recorded,
        "amount": format_amount(tally.amount_minor, currency(key[2] or terms.currency)),
        "currency": key[2] or terms.currency,
        "quantity": format_quantity(tally.quantity_micro) if tally.quantity_micro else None,
        "already_there": tally.repeated,
        "voided": tally.voided,
        "awaiting": tally.awaiting,
    }


def _tables(
    records: list[dict[str, Any]], imported: Imported, reading: Reading, name: str, dry_run: bool
) -> list[Table | str]:
    left_out = f", {reading.left_out:,} left out by the mapping" if reading.left_out else ""
    zeros = f", {reading.zeros:,} zeros left out" if reading.zeros else ""
    rows_read = f"{reading.rows:,} row" if reading.rows == 1 else f"{reading.rows:,} rows"
    source = f"{name}: {rows_read}{left_out}{zeros}; SHA-256 {reading.digest[:12]}"
    if not imported.recorded:
        return [source, _already(imported)]
    columns = [
        Column("kind"), Column("name"), Column("new", True), Column("amount", True), Column(""),
        Column("quantity", True), Column("already there", True), Column("awaiting", True),
    ]  # fmt: skip
    rows = [
        [
            each["kind"], each["name"], f"{each['recorded']:,}", each["amount"], each["currency"],
            each["quantity"] or "", f"{each['already_there']:,}", f"{each['awaiting']:,}",
        ]
        for each in records
    ]  # fmt: skip
    did = "would have recorded" if dry_run else "recorded"
    waits = f"; {imported.awaiting:,} count once another party confirms them" if imported.awaiting else ""
    there = f"; {imported.repeated:,} were there already" if imported.repeated else ""
    return [
        source,
        Table(columns, rows),
        f"{did} {imported.recorded:,} {_entries(imported.recorded)}{there}{_voided(imported)}{waits}",
    ]


def _already(imported: Imported) -> str:
    every = "" if imported.voided else "all "
    there = (
        f": {every}{imported.repeated:,} {_entries(imported.repeated)} were there already" if imported.repeated else ""
    )
    return f"nothing new{there}{_voided(imported)}"


def _voided(imported: Imported) -> str:
    """What the rows of this file are that were recorded once, and taken back."""
    if not imported.voided:
        return ""
    return f"; {imported.voided:,} {'was' if imported.voided == 1 else 'were'} voided and {_stay(imported.voided)} so"


def _stay(count: int) -> str:
    return "stays" if count == 1 else "stay"


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"

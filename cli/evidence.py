"""`pactbook evidence`: the documents behind entries, kept beside the store or only referenced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.files import written
from cli.options import global_options
from cli.output import Column, Table, View, show
from cli.recorded import SHORT
from cli.session import session

if TYPE_CHECKING:
    from ledger.application.evidence import Document


@click.group()
@global_options
def evidence() -> None:
    """List the documents behind entries, and get them back.

    The book holds the SHA-256 of each document. A copy is kept in a folder beside the store (pactbook.evidence
    for pactbook.db; setting `evidence` names another), unless it was recorded with --digest-only.
    """


HEADINGS = ("digest", "status", "size", "entries")


@evidence.command("list")
@click.argument("agreement")
@global_options
def list_(agreement: str) -> None:
    """List every document that entries of AGREEMENT refer to, and how it stands.

    Kept: it is there, as it was. Missing: it was kept here, and is gone. Altered: it is not what its name says.
    Only referenced: no copy was kept here.

    \b
    Example:
      pactbook evidence list acme-jot
    """
    records = [_record(each) for each in session().ledger.evidence.documents(agreement)]
    rows = [
        [each["digest"][:SHORT], each["status"], "" if each["size"] is None else f"{each['size']:,}", _few(each)]
        for each in records
    ]
    columns = (Column("digest"), Column("status"), Column("bytes", True), Column("entries"))
    data = {"agreement": agreement, "documents": records}
    flat = [{**each, "entries": " ".join(each["entries"])} for each in records]
    show(View(data, flat, [Table(columns, rows)] if rows else ["no documents"], HEADINGS))


@evidence.command()
@click.argument("agreement")
@click.argument("digest")
@global_options
def get(agreement: str, digest: str) -> None:
    """Copy a document of AGREEMENT to the file that -o names, once it was found to be what its DIGEST says.

    The first eight characters of a digest are enough.

    \b
    Example:
      pactbook evidence get acme-jot 3f786850 -o invoice.pdf
    """
    target = session().output
    if target is None:
        raise click.UsageError("say where to write it: -o invoice.pdf (or -o - for standard output)")
    documents = session().ledger.evidence
    found = documents.find(agreement, digest)
    with written(target) as sink:
        for piece in documents.pieces(found.digest):
            sink.write(piece)
    if target != "-":
        session().output = None
        record = {**_record(found), "file": target}
        show(View(record, [record], [f"wrote {found.size:,} bytes, {found.digest[:SHORT]}, to {target}"]))


def _record(document: Document) -> dict[str, Any]:
    values = (document.digest, document.status.value, document.size, list(document.entries))
    return dict(zip(HEADINGS, values, strict=True))


def _few(record: dict[str, Any]) -> str:
    entries = record["entries"]
    return ", ".join(entries[:3]) + (f" and {len(entries) - 3:,} more" if len(entries) > 3 else "")

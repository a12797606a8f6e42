"""`pactbook text`: private texts, of which the book holds only a salted digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.options import dry_run_option, global_options
from cli.output import View, show
from cli.recorded import ledger_for
from cli.session import session

if TYPE_CHECKING:
    from ledger.application.texts import Private


@click.group()
@global_options
def text() -> None:
    """Show and erase private texts.

    A text that was recorded with --note-private (or --reason-private) lies in a folder beside the store
    (pactbook.texts for pactbook.db; setting `texts` names another). The book holds its salted digest only, so
    it can be erased, and every proof stays what it was.
    """


HEADINGS = ("digest", "status", "salt", "text")


@text.command("show")
@click.argument("agreement")
@click.argument("reference")
@global_options
def show_(agreement: str, reference: str) -> None:
    """Show the private texts of the entry REFERENCE, as far as they are here.

    In JSON each comes with its salt: the SHA-256 of the salt, a line end and the text is what the book holds.

    \b
    Example:
      pactbook text show acme-jot INV-1
    """
    found = session().ledger.texts.of_entry(agreement, reference)
    records = [
        dict(zip(HEADINGS, (each.digest, each.found.value, each.salt, each.text), strict=True)) for each in found
    ]
    show(View(records, records, [said(each) for each in found] or ["no private texts"], HEADINGS))


@text.command()
@click.argument("agreement")
@click.argument("reference")
@dry_run_option
@global_options
def erase(agreement: str, reference: str, dry_run: bool) -> None:
    """Erase the private texts of the entry REFERENCE from this folder.

    Nothing that is on record changes. Copies elsewhere (backups, other parties) are not reached.

    \b
    Example:
      pactbook text erase acme-jot INV-1
    """
    count = ledger_for(dry_run).texts.erase(agreement, reference)
    done = f"{count} private {'text' if count == 1 else 'texts'} of {reference}"
    line = f"{'would have ' if dry_run else ''}erased {done}" if count else "already so; nothing erased"
    record = {"agreement": agreement, "reference": reference, "erased": count}
    show(View(record, [record], [line]))


def revealed(text: str | None) -> str | None:
    """A text on record as people read it: a private one from its folder, or what stands in its place."""
    if text is None or not text.startswith("sha256:"):
        return text
    private = session().ledger.texts.read(text)
    return text if private is None else said(private)


def said(private: Private) -> str:
    """A private text as people read it; what stands in its place where it is not here."""
    if private.text is not None:
        return private.text
    return f"(private text {private.digest[:12]}: {'altered' if private.found.value == 'altered' else 'not here'})"

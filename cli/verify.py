"""`pactbook verify`: everything that a live store says of itself, and everything that was signed of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.checks import show_checks
from cli.files import read_checkpoint
from cli.options import global_options
from cli.output import say
from cli.session import session
from cli.store_checks import blame, content, hint
from ledger.values.errors import Broken

if TYPE_CHECKING:
    from ledger.application import Ledger
    from ledger.bundle.report import Check
    from ledger.store.checkpoint import Checkpoint
    from ledger.store.notes import PublicKey


@click.command()
@click.argument("agreement", required=False)
@click.option(
    "--since",
    metavar="CHECKPOINT",
    type=click.Path(path_type=Path),
    help="A checkpoint that you kept: the book must begin with what it says.",
)
@click.option("--trust", metavar="KEY", multiple=True, help="A public key that you know to be right (may be repeated).")
@global_options
@click.pass_context  # fmt: skip
def verify(ctx: click.Context, agreement: str | None, since: Path | None, trust: tuple[str, ...]) -> None:
    """Check the store and every book in it, or the book of AGREEMENT.

    What the doctor checks of a store, and what the check of a bundle finds: signatures, acknowledgements,
    checkpoints, every figure by a second program, documents and private texts beside the store. Exit code 5
    says that something is wrong, and the line of the check says what.

    \b
    Example:
      pactbook verify
      pactbook verify acme-jot --since kept-in-march.txt
    """
    from ledger.store.notes import parse_key

    keys = tuple(map(parse_key, trust))
    kept = None if since is None else read_checkpoint(since)
    ledger = session().ledger
    if agreement is not None:
        ledger.require_book(agreement)
    checks = list(_checks(ledger, agreement, kept, keys))
    if not show_checks(checks):
        say(hint({check.name for check in checks if not check.ok}))
        ctx.exit(5)


def _checks(
    ledger: Ledger, book: str | None, since: Checkpoint | None, trusted: tuple[PublicKey, ...]
) -> Iterator[Check]:
    from ledger.application.proofs import Proofs
    from ledger.bundle.report import Check

    try:
        proofs = Proofs(ledger, ledger.evidence, ledger.texts, book=book, since=since)
        yield from content(ledger, book, proofs)
        yield from proofs.checks(trusted)
    except Broken as error:
        failed = Check("integrity")
        blame(failed, error)
        yield failed

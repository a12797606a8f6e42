"""`pactbook verify`: everything that a live store says of itself, and everything that was signed of it."""

from __future__ import annotations

from pathlib import Path

import click

from cli.checks import show_checks
from cli.crews import Hands, fleet_options
from cli.files import read_checkpoint
from cli.options import global_options
from cli.output import say
from cli.session import session
from cli.store_checks import hint


@click.command()
@click.argument("agreement", required=False)
@click.option(
    "--since",
    metavar="CHECKPOINT",
    type=click.Path(path_type=Path),
    help="A checkpoint that you kept: the book must begin with what it says.",
)
@click.option("--trust", metavar="KEY", multiple=True, help="A public key that you know to be right (may be repeated).")
@click.option(
    "--hashes", is_flag=True, help="Nothing but the hashes and what was signed: seconds where all of it takes minutes."
)
@fleet_options
@global_options
@click.pass_context  # fmt: skip
def verify(
    ctx: click.Context,
    agreement: str | None,
    since: Path | None,
    trust: tuple[str, ...],
    hashes: bool,
    hands: Hands,
) -> None:
    """Check the store and every book in it, or the book of AGREEMENT.

    What the doctor checks of a store, and what the check of a bundle finds: signatures, acknowledgements,
    checkpoints, every figure by a second program, documents and private texts beside the store. Exit code 5
    says that something is wrong, and the line of the check says what. With --hashes only that no byte of an event
    differs from what leaves, closes and checkpoints were made of.

    \b
    Example:
      pactbook verify
      pactbook verify --hashes
      pactbook verify acme-jot --since kept-in-march.txt
      pactbook verify --jobs auto
    """
    from fleet.verifying import Scope, verify
    from ledger.application.integrity import books_of
    from ledger.store.notes import parse_key

    keys = tuple(map(parse_key, trust))
    kept = None if since is None else read_checkpoint(since)
    if agreement is not None and (kept is None or kept.book != agreement):
        ledger = session().ledger
        if agreement not in books_of(ledger):  # a book of which little is left is for the checks to name
            ledger.require_book(agreement)
    with hands.at_work() as (desk, crew):
        checks = verify(desk, crew, Scope(agreement, True, kept, keys, hashes))
    if show_checks(checks):
        if hashes:
            say("Only hashes and signatures were checked; `pactbook verify` checks all that follows from events, too.")
    else:
        wrong = {check.name for check in checks if not check.ok}
        say(hint(wrong))
        ctx.exit(1 if wrong == {"books"} else 5)

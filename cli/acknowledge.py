"""`pactbook acknowledge`: say that a party has seen a statement, with its signature if need be."""

from __future__ import annotations

from pathlib import Path

import click

from cli.key import signer
from cli.options import PERIOD, dry_run_option, global_options
from cli.recorded import ledger_for, show_recorded
from cli.session import session
from ledger.values.periods import Period


@click.command()
@click.argument("agreement")
@click.argument("period", type=PERIOD)
@click.option("--sign", is_flag=True, help="Sign it with your key (pactbook key register).")
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help="Sign it with this key.")
@dry_run_option
@global_options
def acknowledge(agreement: str, period: Period, sign: bool, key_file: Path | None, dry_run: bool) -> None:
    """Say that your party has seen the statement of a closed PERIOD of AGREEMENT.

    What goes on record is the digest of the statement, and the size and root of the book that it stands on: whoever
    rewrites either is found out. You can still dispute any figure.

    \b
    Example:
      pactbook acknowledge acme-jot 2026-10 --as jot/leo
      pactbook acknowledge acme-jot 2026-10 --sign --as jot/leo
    """
    ledger = ledger_for(dry_run)
    events = ledger.signing.acknowledge(agreement, period, signer(sign, key_file))
    signed = ", signed" if sign or key_file else ""
    lines = [f"acknowledged the statement of {agreement}/{period}{signed}"]
    waiting = _waiting(agreement, period)
    show_recorded(events, [f"{lines[0]}; {waiting}" if waiting and not dry_run else lines[0]])


def _waiting(agreement: str, period: Period) -> str:
    """Who has not acknowledged it yet."""
    seen = session().ledger.signing.acknowledged(agreement, period)
    others = [party for party in session().ledger.terms(agreement).parties if party not in seen]
    return f"not yet by {', '.join(others)}" if others else "all parties have"

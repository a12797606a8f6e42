"""`pactbook demo`: seven months of a partnership, from handshake to dispute, in the folder where you are."""

from __future__ import annotations

from pathlib import Path

import click

from cli.options import global_options
from cli.output import say
from cli.session import session
from ledger.values.errors import Refused

FOLDER = "pactbook-demo"


@click.command()
@global_options
def demo() -> None:
    """See a whole partnership in one command.

    Makes the store, puts an agreement in force, imports seven months of sales and media costs, closes the
    months, pays, corrects and disputes; then prints a statement, explains a figure and says where to go
    next. The files it works with are left in the folder pactbook-demo, to read and to change.

    \b
    Example:
      pactbook demo
    """
    from cli.demo.story import AGREEMENT, tell

    folder = Path(FOLDER)
    if folder.exists():
        raise Refused(
            f"there is a folder {FOLDER} already",
            "run the demo in another folder, or remove this one and the store of the demo beside it",
        )
    say(f"the store is {session().store}, the files are in {FOLDER}/")
    tell(session().store, folder)
    _show(f"{AGREEMENT}/2025-07")


def _show(statement_id: str) -> None:
    """Print what a user would ask for next, by the commands that show it."""
    agreement, _, period = statement_id.partition("/")
    context = click.get_current_context()
    root = context.find_root().command
    assert isinstance(root, click.Group)
    questions = (
        ("statement", agreement, period),
        ("explain", agreement, f"{period}/jot/shares.2"),
        ("payout", "list", agreement),
    )
    for question in questions:
        click.echo(f"\n$ pactbook {' '.join(question)}")
        with root.make_context("pactbook", list(question), parent=context) as asked:
            root.invoke(asked)
    click.echo(WHERE_NEXT)


WHERE_NEXT = """
Where to go next:
  pactbook balance acme-jot --as-of 2025-07-31      who owes whom
  pactbook explain acme-jot 2025-07/jot/closing     a balance, down to clauses and entries
  pactbook history acme-jot                         every event, who did it and when
  pactbook dispute list acme-jot                    what is in dispute, and what is held back for it
  pactbook agreement show acme-jot                  the terms, in plain sentences
  pactbook-demo/terms.yaml                          the terms as they were written: change them, make your own
"""

"""`pactbook checkpoint` and `pactbook cosign`: the signed size and root of a book, for others to keep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.files import read_checkpoint
from cli.key import default_file, read
from cli.options import global_options
from cli.output import View, show, write
from cli.session import session

if TYPE_CHECKING:
    from ledger.store.checkpoint import Checkpoint

_KEY = click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path),
                    help="The key to sign with [default: yours, by --as].")  # fmt: skip
_PHRASE = click.option("--passphrase-file", metavar="FILE", type=click.Path(path_type=Path),
                       help="Where its passphrase stands [PACTBOOK_PASSPHRASE; default: it is asked for].")  # fmt: skip


@click.command()
@click.argument("agreement")
@_KEY
@_PHRASE
@click.option("--size", metavar="SEQ", type=click.IntRange(1, 10**15), help="Of the book up to this event.")
@global_options
def checkpoint(agreement: str, key_file: Path | None, passphrase_file: Path | None, size: int | None) -> None:
    """Sign the size and root of the book of AGREEMENT, and print the note for others to keep.

    Whoever keeps it can later prove that nothing before it was changed, dropped or put in another order.

    \b
    Example:
      pactbook checkpoint acme-jot --key operator.pem -o acme-jot-march.txt
    """
    key = read(key_file or default_file(session().setting("as")), passphrase_file)
    _print(session().ledger.audit.checkpoint(agreement, key, size))


@click.command()
@click.argument("agreement")
@click.argument("note", metavar="CHECKPOINT", type=click.Path(path_type=Path))
@_KEY
@_PHRASE
@click.option(
    "--since",
    metavar="CHECKPOINT",
    type=click.Path(path_type=Path),
    help="The last one that you kept: the book must only have grown since.",
)
@global_options  # fmt: skip
def cosign(agreement: str, note: Path, key_file: Path | None, passphrase_file: Path | None, since: Path | None) -> None:
    """Add your signature to a CHECKPOINT, once the book of AGREEMENT was found to be the one that it says.

    \b
    Example:
      pactbook cosign acme-jot march.txt --since february.txt --as jot/leo -o march-cosigned.txt
    """
    key = read(key_file or default_file(session().setting("as")), passphrase_file)
    shown = read_checkpoint(note)
    earlier = None if since is None else read_checkpoint(since)
    _print(session().ledger.audit.cosign(agreement, shown, key, earlier))


def _print(made: Checkpoint) -> None:
    if session().format == "table":
        return write(str(made.note))
    data: dict[str, Any] = {
        "agreement": made.book,
        "size": made.head.size,
        "root": made.head.root.hex(),
        "signed_by": [signature.name for signature in made.note.signatures],
        "note": str(made.note),
    }
    return show(View(data, [{**data, "signed_by": " ".join(data["signed_by"])}], [str(made.note)]))

"""`pactbook audit`: a book in one file, and checking one without trusting anybody."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from cli.checkpoint import read_checkpoint
from cli.checks import show_checks
from cli.options import global_options
from cli.output import View, say, show
from cli.session import session
from ledger.values.errors import Finding, Refused, Rejected

if TYPE_CHECKING:
    from ledger.store.notes import PublicKey


@click.group()
@global_options
def audit() -> None:
    """Put a book in one file, and check such a file without trusting anybody.

    A bundle holds every event of a book and all that follows from them. Who has it needs neither the store nor
    its operator: `pactbook audit verify` computes everything anew from the file alone.
    """


@audit.command()
@click.argument("agreement")
@global_options
def export(agreement: str) -> None:
    """Write the bundle of AGREEMENT to the file that -o names.

    The same events give the same file, byte for byte, from whichever store.

    \b
    Example:
      pactbook audit export acme-jot -o acme-jot.pactbook
    """
    target = session().output
    if target is None:
        raise click.UsageError("say where to write it: -o acme-jot.pactbook (or -o - for standard output)")
    with _written(target) as sink:
        head = session().ledger.audit.export(agreement, sink)
    if target != "-":
        session().output = None
        record = {"agreement": agreement, "file": target, "size": head.size, "root": head.root.hex()}
        show(
            View(
                record, [record], [f"wrote {agreement}, {head.size:,} events, root {head.root.hex()[:12]}, to {target}"]
            )
        )


@audit.command()
@click.argument("bundle", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--since",
    metavar="CHECKPOINT",
    type=click.Path(path_type=Path),
    help="A checkpoint that you kept: the book must begin with what it says.",
)
@click.option("--trust", metavar="KEY", multiple=True, help="A public key that you know to be right (may be repeated).")
@global_options
@click.pass_context  # fmt: skip
def verify(ctx: click.Context, bundle: Path, since: Path | None, trust: tuple[str, ...]) -> None:
    """Check a bundle from its file alone; no store is needed.

    Every event, the tree, every signature, every statement and every figure is worked out anew. Exit code 5 says
    that something is wrong, and the line of the check says what, with the first event that is concerned.

    \b
    Example:
      pactbook audit verify acme-jot.pactbook
      pactbook audit verify acme-jot.pactbook --since kept-in-march.txt
    """
    from ledger.bundle.verify import verify as checks_of
    from ledger.store.notes import parse_key

    keys: tuple[PublicKey, ...] = tuple(map(parse_key, trust))
    kept = None if since is None else read_checkpoint(since)
    with _opened(bundle) as file:
        checks = list(checks_of(file, kept, keys))
    if not show_checks(checks):
        say("hint: keep the file as it is, and compare it with the other party's copy")
        ctx.exit(5)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise Rejected([Finding(f"cannot be read: {error.strerror or error}", file=str(path))]) from None


@contextmanager
def _written(target: str) -> Iterator[IO[bytes]]:
    """The file that something is written to: whole, or not at all."""
    if target == "-":
        yield sys.stdout.buffer
        return
    path = Path(target)
    partial = path.with_name(f".{path.name}.partial")
    try:
        try:
            with partial.open("wb") as file:
                yield file
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise Refused(f"{target} cannot be written: {error.strerror}", "check the folder and its permissions") from None

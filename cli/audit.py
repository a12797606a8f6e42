"""`pactbook audit`: a book in one file, and checking one without trusting anybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.checks import show_checks
from cli.files import opened, read_checkpoint, written
from cli.options import PERIOD, dry_run_option, global_options
from cli.output import View, say, show, write
from cli.recorded import ALREADY, ledger_for
from cli.session import session
from ledger.values.errors import Refused

if TYPE_CHECKING:
    from ledger.application.restoring import Restored
    from ledger.store.checkpoint import Checkpoint
    from ledger.store.notes import PublicKey
    from ledger.values.periods import Period


@click.group()
@global_options
def audit() -> None:
    """Put a book in one file, and check such a file without trusting anybody.

    A bundle holds every event of a book and all that follows from them. Who has it needs neither the store nor
    its operator: `pactbook audit verify` computes everything anew from the file alone.
    """


@audit.command()
@click.argument("agreement")
@click.option("--with-evidence", is_flag=True, help="Put the documents in that are kept here.")
@global_options
def export(agreement: str, with_evidence: bool) -> None:
    """Write the bundle of AGREEMENT to the file that -o names.

    The same events give the same file, byte for byte, from whichever store.

    \b
    Example:
      pactbook audit export acme-jot -o acme-jot.pactbook
      pactbook audit export acme-jot --with-evidence -o acme-jot.pactbook
    """
    target = session().output
    if target is None:
        raise click.UsageError("say where to write it: -o acme-jot.pactbook (or -o - for standard output)")
    with written(target) as sink:
        head = session().ledger.audit.export(agreement, sink, documents=with_evidence)
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
    with opened(bundle) as file:
        checks = list(checks_of(file, kept, keys))
    if not show_checks(checks):
        say("hint: keep the file as it is, and compare it with the other party's copy")
        ctx.exit(5)


@audit.command("import")
@click.argument("bundle", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--since",
    metavar="CHECKPOINT",
    type=click.Path(path_type=Path),
    help="A checkpoint that you kept: the book must begin with what it says.",
)
@click.option("--trust", metavar="KEY", multiple=True, help="A public key that you know to be right (may be repeated).")
@dry_run_option
@global_options
@click.pass_context  # fmt: skip
def import_(ctx: click.Context, bundle: Path, since: Path | None, trust: tuple[str, ...], dry_run: bool) -> None:
    """Rebuild a ledger from a bundle: its events as they were stored, its checkpoints, its documents.

    The bundle is checked first, as `pactbook audit verify` does; where anything is wrong, nothing is recorded. Where
    the store has the beginning of the book, the rest is appended. What is on record is never written again.

    \b
    Example:
      pactbook audit import acme-jot.pactbook
      pactbook audit import acme-jot.pactbook --since kept-in-march.txt --dry-run
    """
    from ledger.bundle.verify import Read
    from ledger.bundle.verify import verify as checks_of
    from ledger.store.notes import parse_key

    keys: tuple[PublicKey, ...] = tuple(map(parse_key, trust))
    kept = None if since is None else read_checkpoint(since)
    ledger = ledger_for(dry_run)
    with opened(bundle) as file:
        read = Read()
        checks = list(checks_of(file, kept, keys, read))
        if not all(check.ok for check in checks):
            show_checks(checks)
            say("hint: nothing was recorded; keep the file as it is, and compare it with the other party's copy")
            ctx.exit(5)
        restored = ledger.audit.restore(file, read)
    _show_restored(restored, dry_run)


def _show_restored(restored: Restored, dry_run: bool) -> None:
    from ledger.bundle.report import many

    record = {
        "agreement": restored.book, "size": restored.head.size, "root": restored.head.root.hex(),
        "events": restored.events, "checkpoints": restored.checkpoints, "documents": restored.documents,
    }  # fmt: skip
    beside = f"{many(restored.checkpoints, 'checkpoint')}, {many(restored.documents, 'document')}"
    line = f"imported {restored.book}: {many(restored.events, 'event')} up to {restored.head.size:,}, {beside}"
    if restored.events:
        line = f"would have {line}" if dry_run else line
    else:
        line = f"{ALREADY}: {restored.book} has these {restored.head.size:,} events"
    show(View(record, [record], [line]))
    if restored.left_out:
        left = many(restored.left_out, "document")
        say(f"note: {left} not kept, for there is no folder; set PACTBOOK_EVIDENCE and import again")


@audit.command("receipt")
@click.argument("agreement")
@click.option("--event", "seq", metavar="SEQ", type=click.IntRange(1, 10**15), help="The event that it proves.")
@click.option("--statement", "period", metavar="PERIOD", type=PERIOD, help="The statement that it proves.")
@click.option(
    "--checkpoint",
    "note",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The checkpoint to prove it against [default: the newest that the store keeps].",
)
@global_options  # fmt: skip
def receipt_of(agreement: str, seq: int | None, period: Period | None, note: Path | None) -> None:
    """Prove that one event, or one statement, of AGREEMENT was on record, without showing the rest of the book.

    \b
    Example:
      pactbook audit receipt acme-jot --event 41 -o receipt.json
      pactbook audit receipt acme-jot --statement 2026-10 --checkpoint march.txt -o october.json
    """
    if (seq is None) == (period is None):
        raise click.UsageError("say what it is of: --event SEQ, or --statement PERIOD")
    ledger = session().ledger
    ledger.require_book(agreement)
    against = read_checkpoint(note) if note is not None else _newest(agreement)
    write(ledger.audit.receipt(agreement, against, seq, period).decode())


@audit.command("check")
@click.argument("file", metavar="RECEIPT", type=click.Path(path_type=Path))
@click.option(
    "--trust",
    metavar="KEY",
    multiple=True,
    required=True,
    help="The public key of who signed the checkpoint (may be repeated).",
)
@global_options
@click.pass_context  # fmt: skip
def check_receipt(ctx: click.Context, file: Path, trust: tuple[str, ...]) -> None:
    """Check a RECEIPT from its file alone. Exit code 5 says that it proves nothing.

    \b
    Example:
      pactbook audit check receipt.json --trust "acme/operator+9f7d...+Aek..."
    """
    from ledger.bundle.receipt import LIMIT, read, verify
    from ledger.store.notes import parse_key

    keys = tuple(map(parse_key, trust))
    with opened(file) as stream:
        shown = read(stream.read(LIMIT + 1))
    if not show_checks(list(verify(shown, keys))):
        ctx.exit(5)
    if session().format == "table":
        say(shown.line.decode())


def _newest(agreement: str) -> Checkpoint:
    kept = session().ledger.audit.checkpoints(agreement)
    if not kept:
        raise Refused(f"no checkpoint of {agreement} is kept here", "make one: pactbook checkpoint, or name a file")
    return kept[-1]

"""The command `pactbook`: global options, commands loaded when called, and the one place that catches errors."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import click

from cli.options import global_options
from cli.output import catching_up, complain, complain_of_usage, say
from cli.session import Session
from ledger.values.errors import PactbookError

#: Where each command lives: module, then the attribute. Nothing is imported before it is called.
COMMANDS = {
    "init": ("cli.store", "init"),
    "demo": ("cli.demo", "demo"),
    "agreement": ("cli.agreement", "agreement"),
    "terms": ("cli.terms", "terms"),
    "simulate": ("cli.simulate", "simulate"),
    "record": ("cli.record", "record"),
    "import": ("cli.importing", "import_"),
    "entries": ("cli.entries", "entries"),
    "confirm": ("cli.entries", "confirm"),
    "reject": ("cli.entries", "reject"),
    "correct": ("cli.entries", "correct"),
    "void": ("cli.entries", "void"),
    "rate": ("cli.rate", "rate"),
    "close": ("cli.statement", "close"),
    "statement": ("cli.statement", "statement"),
    "acknowledge": ("cli.acknowledge", "acknowledge"),
    "balance": ("cli.balance", "balance"),
    "goals": ("cli.goals", "goals"),
    "liabilities": ("cli.liabilities", "liabilities"),
    "explain": ("cli.explain", "explain"),
    "diff": ("cli.difference", "diff"),
    "payout": ("cli.payout", "payout"),
    "dispute": ("cli.dispute", "dispute"),
    "partner": ("cli.partner", "partner"),
    "liquidation": ("cli.liquidation", "liquidation"),
    "history": ("cli.history", "history"),
    "evidence": ("cli.evidence", "evidence"),
    "text": ("cli.text", "text"),
    "verify": ("cli.verify", "verify"),
    "audit": ("cli.audit", "audit"),
    "journal": ("cli.journal", "journal"),
    "checkpoint": ("cli.checkpoint", "checkpoint"),
    "cosign": ("cli.checkpoint", "cosign"),
    "key": ("cli.key", "key"),
    "rebuild": ("cli.store", "rebuild"),
    "doctor": ("cli.store", "doctor"),
    "config": ("cli.store", "config"),
}

#: What `--help` says of each, so that listing them imports none of them.
SUMMARIES = {
    "init": "Make a store.",
    "demo": "See a whole partnership in one command.",
    "agreement": "Propose, accept, amend and show agreements.",
    "terms": "Check, read, try and compare terms.",
    "simulate": "Replay a history under other terms.",
    "record": "Record a result, cost, liability, contribution, withdrawal, advance or conversion.",
    "import": "Record the rows of a CSV or JSON Lines file.",
    "entries": "List what was recorded.",
    "confirm": "Say yes to an entry of the counterparty.",
    "reject": "Say no to an entry of the counterparty.",
    "correct": "Put an entry right; the earlier content stays on record.",
    "void": "Take an entry back; it stays on record.",
    "rate": "Record, import and list rates of exchange.",
    "close": "Close a period and issue its statement.",
    "statement": "Show the statement of a period.",
    "acknowledge": "Say that your party has seen a statement.",
    "balance": "Show who owes whom now.",
    "goals": "Show how results stand against the goals of the terms.",
    "liabilities": "Show what the venture owes outsiders, and who would bear it.",
    "explain": "Follow a figure down to clauses and entries.",
    "diff": "Show what changed in a statement, and which events did it.",
    "payout": "Propose, approve and settle payments between parties.",
    "dispute": "Dispute a figure, answer, resolve.",
    "partner": "Admit and retire partners, change the profit ratio, revalue assets.",
    "liquidation": "Wind a partnership up: realise, pay, distribute what is safe.",
    "history": "Show what happened, event by event.",
    "evidence": "List the documents behind entries, and get them back.",
    "text": "Show and erase private texts.",
    "verify": "Check every book of the store, and what was signed of it.",
    "audit": "Put a book in one file, and check such a file.",
    "journal": "Write the book for hledger or beancount.",
    "checkpoint": "Sign the size and root of a book, for others to keep.",
    "cosign": "Add your signature to a checkpoint, once it was checked.",
    "key": "Make and show keys that sign.",
    "rebuild": "Drop the projections and fold them anew.",
    "doctor": "Check the installation and the store.",
    "config": "Show settings and where they come from.",
}

EPILOG = """\b
Exit codes: 0 ok, 1 a rule refused or a check found something, 2 usage, 3 input rejected,
4 changed meanwhile (repeat the command), 5 integrity failure.

\b
Start with `pactbook demo`, or in an empty folder:
  pactbook init
  pactbook agreement propose TERMS.yaml --as acme/ann
"""


class Commands(click.Group):
    """A group whose commands are imported when they are called, and suggested when they are misspelt."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    epilog=EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "obj": None},
)
@global_options
@click.version_option(package_name="pactbook", prog_name="pactbook")
@click.pass_context
def pactbook(ctx: click.Context) -> None:
    """The shared ledger of a partnership: every share computed before the eyes of both parties."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


class Stopped(KeyboardInterrupt):
    """A signal asked this process to end."""


def _stop(number: int, _frame: object) -> None:
    raise Stopped(number)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    _open_closed_streams()
    _stop_on_signals()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without a character still gets the rest
    code = run(arguments)
    _stop_on_signals(signal.SIG_IGN)  # what was asked for is done, and said
    sys.exit(code)


def _open_closed_streams() -> None:
    """A stream that the caller has closed leads nowhere; else the next file to be opened would be taken for it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115  (for as long as the process lives)


def _stop_on_signals(act: Callable[[int, object], None] | signal.Handlers = _stop) -> None:
    """Ctrl-C, a service manager and a terminal that is closed end a command alike; what is ignored stays so."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, act)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. No error leaves a traceback unless --debug is given."""
    session = Session(progress=catching_up())
    try:
        code = _invoke(sys.argv[1:] if arguments is None else arguments, session)
        sys.stdout.flush()
        return code
    except PactbookError as error:
        if session.debug:
            raise
        complain(error)
        return error.exit_code
    except click.ClickException as error:
        complain_of_usage(error)
        return 2
    except (click.Abort, KeyboardInterrupt) as error:
        say("stopped; nothing was left half done")
        return _stopped_by(error)
    except BrokenPipeError:
        return _unread()
    except OSError as error:
        if session.debug:
            raise
        say(f"error: {error.filename or 'the output'}: {error.strerror or error}")
        _unread()
        return 1
    except Exception as error:
        if session.debug:
            raise
        if (damage := _damage(session, error)) is not None:
            complain(damage)
            return damage.exit_code
        say(f"error: unexpected {type(error).__name__}: {error}")
        from importlib.metadata import version  # loads the library of e-mail, which takes longer than all else

        say(f"hint: this is a mistake in pactbook {version('pactbook')}; repeat with --debug and report what it prints")
        return 70


def _damage(session: Session, error: Exception) -> PactbookError | None:
    """What is wrong with the store that a command tripped over, if it had opened one and something is.

    Where the store cannot even be examined, or nobody waits for that, the error itself is what there is to say.
    """
    if not session.has_looked:
        return None
    from cli.store_checks import damage

    say("something went wrong: looking whether the store is damaged (Ctrl-C to skip)")
    try:
        with click.Context(pactbook, obj=Session(given=session.given)):
            return damage(f"{type(error).__name__}: {error}")
    except (Exception, KeyboardInterrupt):
        return None


def _invoke(arguments: Sequence[str], session: Session) -> int:
    for each in arguments:
        if any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in each):
            raise click.UsageError(f"{each!r} is not text in the encoding of this terminal")
    try:
        code: Any = pactbook.main(list(arguments), prog_name="pactbook", standalone_mode=False, obj=session)
    except SystemExit:
        return _unread()  # how click leaves when nobody reads its output any more
    return code if isinstance(code, int) else 0


def _stopped_by(error: BaseException) -> int:
    """The exit code that shells expect of what a signal has ended; of Ctrl-C where it is not known."""
    stopped = error.__cause__ or error
    return 128 + (stopped.args[0] if isinstance(stopped, Stopped) else signal.SIGINT)


def _unread() -> int:
    """Whoever read our output has seen enough; Python would complain once more when it closes the streams."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return 0

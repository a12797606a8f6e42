"""Data on stdout in the format asked for, messages on stderr, errors with hints: how every command prints."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from cli.files import written
from cli.session import session
from ledger.values.errors import PactbookError, Rejected

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

LINE_LIMIT = 2_000  #: characters of a message
WIDE = 10_000  #: columns of output that is not a terminal: nothing is ever cut or wrapped


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and whether it holds numbers (aligned right)."""

    heading: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for people: texts under headings, with an optional title. `rules` are rows followed by a line."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    title: str = ""
    rules: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What a command prints: `data` for JSON, `records` (flat) for JSON Lines and CSV, `tables` for people.

    `headings` are the columns of CSV, so that an empty list still has them; by default those of the first
    record.
    """

    data: Any
    records: Sequence[dict[str, Any]]
    tables: Sequence[Table | str]
    headings: Sequence[str] = field(default=())


def show(view: View) -> None:
    """Print a view in the format of this call, to stdout or to the file that -o names."""
    match session().format:
        case "json":
            write(json.dumps(view.data, ensure_ascii=False, indent=2) + "\n")
        case "jsonl":
            write("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in view.records))
        case "csv":
            write(_csv(view))
        case _:
            write(_text(view.tables))


def write(text: str) -> None:
    """Write output: whole or not at all, to stdout or to the file that -o names."""
    target = session().output
    if target is None or target == "-":
        click.echo(text, nl=False, color=True)
        return
    with written(target) as file:
        file.write(text.encode())


def say(message: str) -> None:
    """A message for the person at the terminal, on stderr."""
    click.echo(message, err=True)


def _csv(view: View) -> str:
    import csv

    buffer = io.StringIO()
    headings = list(view.headings or (view.records[0] if view.records else ()))
    writer = csv.DictWriter(buffer, headings, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({name: _cell(record.get(name)) for name in headings} for record in view.records)
    return buffer.getvalue()


def _cell(value: Any) -> str:
    """A value as CSV text; a text that a spreadsheet would run as a formula is put behind an apostrophe."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    runs = isinstance(value, str) and text.startswith(_FORMULAS) and not _is_number(text)
    return f"'{text}" if runs else text


_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


# --- tables ---------------------------------------------------------------------------------------------


def _text(tables: Iterable[Table | str]) -> str:
    console, buffer = _console()
    for place, table in enumerate(tables):
        if place:
            console.print()
        if isinstance(table, str):
            console.print(_plain(table))
            continue
        if table.title:
            console.print(_plain(table.title), style="bold")
        console.print(_rich(table))
        if table.note:
            console.print(_plain(table.note))
    return "".join(line.rstrip() + "\n" for line in buffer.getvalue().splitlines())


def _console() -> tuple[Console, io.StringIO]:
    from rich.console import Console

    buffer = io.StringIO()
    terminal = sys.stdout.isatty() and session().output in (None, "-")
    width = Console().width if terminal else WIDE
    return Console(file=buffer, width=width, force_terminal=coloured(), no_color=not coloured()), buffer


def coloured() -> bool:
    """Whether output has colour: --color, then NO_COLOR and FORCE_COLOR, then whether stdout is a terminal."""
    chosen = session().setting("color")
    if chosen in ("always", "never"):
        return chosen == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and session().output in (None, "-"))


def _rich(table: Table) -> RenderableType:
    from rich import box
    from rich.table import Table as RichTable

    made = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in table.columns:
        made.add_column(
            column.heading, justify="right" if column.number else "left", no_wrap=column.number, overflow="fold"
        )
    for place, row in enumerate(table.rows):
        made.add_row(*(_plain(cell) for cell in row), end_section=place in table.rules)
    return made


def _plain(text: str) -> Text:
    """A text as it is: no markup, no emoji by name, nothing that could steer a terminal."""
    from rich.text import Text

    return Text("".join(mark if mark.isprintable() or mark == "\n" else "\N{REPLACEMENT CHARACTER}" for mark in text))


# --- errors ---------------------------------------------------------------------------------------------


def complain(error: PactbookError) -> None:
    """Every finding of an error on stderr, each with its hint (a hint that repeats is given once)."""
    told: set[str] = set()
    for finding in error.findings:
        say(f"error: {_one_line(str(finding))}")
        if finding.hint and finding.hint not in told:
            told.add(finding.hint)
            say(f"hint: {_one_line(finding.hint)}")
    if isinstance(error, Rejected) and error.more:
        say(f"error: and {error.more} more like these")


def complain_of_usage(error: click.ClickException) -> None:
    """An error of usage in the same form; the hint is the nearest right word, or how the command is called."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.show()
    possible, hint = getattr(error, "possibilities", None), getattr(error, "hint", None)
    message = error.message if possible else error.format_message()
    say(f"error: {_one_line(_uncapitalised(message.rstrip('.')))}")
    if possible:
        say(f"hint: did you mean {' or '.join(possible)}?")
    elif hint:
        say(f"hint: {_one_line(hint)}")
    elif isinstance(error, click.UsageError) and error.ctx is not None:
        usage = " ".join(error.ctx.get_usage().removeprefix("Usage:").split())
        say(f"hint: {usage} (more: {error.ctx.command_path} --help)")
    else:
        say("hint: see pactbook --help")
    return None


def _uncapitalised(text: str) -> str:
    return text[:1].lower() + text[1:]


def _one_line(text: str) -> str:
    """A message on one line, cut where it quotes more than anybody reads."""
    shown = "".join(mark if mark.isprintable() or mark == " " else f"\\x{ord(mark):02x}" for mark in text[:LINE_LIMIT])
    return shown if len(text) <= LINE_LIMIT else f"{shown}..."


# --- progress -------------------------------------------------------------------------------------------


@contextmanager
def counting(label: str) -> Iterator[Callable[[int], None]]:
    """A counter on stderr for long work, where somebody watches: shown after a second, gone at the end."""
    from time import monotonic

    started, done, shown, watched = monotonic(), 0, 0.0, sys.stderr.isatty()

    def advance(count: int) -> None:
        nonlocal done, shown
        done += count
        now = monotonic()
        if watched and now - started > 1 and now - shown > 0.2:
            shown = now
            click.echo(f"\r{label}: {done:,}", err=True, nl=False)

    try:
        yield advance
    finally:
        if shown:
            click.echo(f"\r{' ' * (len(label) + 30)}\r", err=True, nl=False)


def catching_up() -> Callable[[int, int], None]:
    """Tells on stderr how far the projections are, where somebody watches for more than a second."""
    from time import monotonic

    started, before, shown, watched = monotonic(), 0, False, sys.stderr.isatty()

    def progress(position: int, last: int) -> None:
        nonlocal before, shown
        if not watched or monotonic() - started < 1:
            return
        text = f"catching up with the log: {position:,} of {last:,}"
        more = last - position >= position - before  # the page that is not full is the last, and not told of
        before = position
        if more:
            shown = True
            click.echo(f"\r{text}", err=True, nl=False)
        elif shown:
            click.echo(f"\r{' ' * len(text)}\r", err=True, nl=False)

    return progress

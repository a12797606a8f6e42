"""Options that many commands share, written once; those on time are in `cli.moments`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.session import FORMATS, Session
from ledger.values.errors import PactbookError, Rejected

if TYPE_CHECKING:
    from datetime import date
    from fractions import Fraction

    from ledger.values.periods import Period

Command = TypeVar("Command", bound=Callable[..., Any])


def _session(ctx: click.Context) -> Session:
    return ctx.ensure_object(Session)


def _give(name: str) -> Callable[[click.Context, click.Parameter, str | None], None]:
    def callback(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
        if value is not None:
            session = _session(ctx)
            session.given[name] = value
            session.__dict__.pop("settings", None)

    return callback


def _today(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    if value is not None:
        _session(ctx).today = value


def _output(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        _session(ctx).output = value


def _debug(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    _session(ctx).debug |= value


class BadValue(click.BadParameter):
    """A value that one of our parsers refused, with the parser's own hint."""

    def __init__(self, error: PactbookError, ctx: click.Context | None, param: click.Parameter | None) -> None:
        super().__init__(error.message, ctx, param)
        self.hint = error.hint


class Parsed(click.ParamType[Any]):
    """A parameter that one of our parsers reads; its errors become errors of usage."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except PactbookError as error:
            raise BadValue(error, ctx, param) from None


def parse_day(text: str) -> date:
    """A day, as `2026-10-31`."""
    from ledger.values.periods import parse_date

    return parse_date(text)


def _period(text: str) -> Period:
    from ledger.values.periods import parse_period

    return parse_period(text)


def _decimal(text: str) -> Fraction:
    from ledger.values.money import parse_decimal

    return parse_decimal(text)


def _decimal_text(text: str) -> str:
    """A decimal number as it was written: how many decimals it may have depends on the agreement's currency."""
    _decimal(text)
    return text


def _quantity(text: str) -> int:
    from ledger.values.money import parse_quantity

    return parse_quantity(text)


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", text, re.ASCII):
        raise Rejected(f"{text!r} is not a short name", "use lower-case letters, digits, - and _, such as acme-jot")
    return text


DATE = Parsed("date", parse_day)
PERIOD = Parsed("period", _period)
AMOUNT = Parsed("amount", _decimal_text)
QUANTITY = Parsed("quantity", _quantity)
SLUG = Parsed("name", _slug)

_NUMBER = re.compile(r"-\.?[0-9][0-9.,]*\Z", re.ASCII)


class CommandWithAmounts(click.Command):
    """A command that takes amounts for arguments: `-50.00` is a number there, not a misspelt option."""

    ignore_unknown_options = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        self._require_known_options(ctx, args)
        return super().parse_args(ctx, args)

    def _require_known_options(self, ctx: click.Context, args: list[str]) -> None:
        """Refuse what begins with a dash and is neither an option, nor the value of one, nor a number."""
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        takes_value = {name: not (each.is_flag or each.count) for each in options for name in each.opts}
        waiting = iter(args)
        for arg in waiting:
            name = arg.partition("=")[0]
            if arg == "--":
                return
            if not arg.startswith("-") or arg == "-" or _NUMBER.match(arg):
                continue
            if name in takes_value:
                if takes_value[name] and "=" not in arg:
                    next(waiting, None)
            elif arg.startswith("--") or arg[:2] not in takes_value:
                raise click.NoSuchOption(name, possibilities=takes_value, ctx=ctx)


_GLOBAL = (
    click.option("--store", metavar="URL", expose_value=False, callback=_give("store"),
                 help="The store [PACTBOOK_STORE; default: sqlite:///pactbook.db]."),
    click.option("--as", "as_", metavar="PARTY/PERSON", expose_value=False, callback=_give("as"),
                 help="Who does this [PACTBOOK_ACTOR]."),
    click.option("--format", "format_", type=click.Choice(FORMATS), expose_value=False, callback=_give("format"),
                 help="How to print [PACTBOOK_FORMAT; default: table]."),
    click.option("-o", "--output", metavar="FILE", expose_value=False, callback=_output,
                 help="Write to a file (- for stdout)."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), expose_value=False,
                 callback=_give("color"), help="Colour [default: auto]."),
    click.option("--today", type=DATE, metavar="DATE", expose_value=False, callback=_today,
                 help="Take this day for today."),
    click.option("--debug", is_flag=True, expose_value=False, callback=_debug, help="Show tracebacks."),
)  # fmt: skip

#: The names of these options, in their order.
_NAMES = ("--store", "--as", "--format", "--output", "--color", "--today", "--debug")


def global_options(command: Command) -> Command:
    """The options that every command takes, before or after its own name."""
    for option in reversed(_GLOBAL):
        command = option(command)
    return command


def global_options_but(left_out: str) -> Callable[[Command], Command]:
    """The same without one, for a command that has an option of this name itself."""

    def options(command: Command) -> Command:
        for option in reversed(_GLOBAL):
            if option is not _GLOBAL[_NAMES.index(left_out)]:
                command = option(command)
        return command

    return options


def evidence_options(command: Command) -> Command:
    """`--evidence` and `--digest-only`: documents that are kept beside the store, or stay where they are."""
    for option in (
        click.option("--digest-only", is_flag=True, help="Keep no copy of the documents, only their SHA-256."),
        click.option("--evidence", metavar="FILE", multiple=True, type=click.Path(path_type=Path),
                     help="A document; its SHA-256 is recorded, a copy kept beside the store (may be repeated)."),
    ):  # fmt: skip
        command = option(command)
    return command


def dry_run_option(command: Command) -> Command:
    """`--dry-run`: show what would be recorded, and record nothing."""
    return click.option("--dry-run", is_flag=True, help="Show what would be recorded, and record nothing.")(command)

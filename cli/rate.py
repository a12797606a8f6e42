"""`pactbook rate`: what foreign currencies were worth, recorded one by one or from the file of the ECB."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.moments import as_of_option, known_at_option
from cli.options import DATE, Parsed, dry_run_option, global_options
from cli.output import Column, Table, View, show
from cli.recorded import ledger_for, show_recorded
from cli.session import session
from ledger.values.errors import Rejected
from ledger.values.money import currency, format_number, parse_rate

if TYPE_CHECKING:
    from ledger.application.rates import Fixings
    from projections.rates import Listed


def _ratio(text: str) -> Fraction:
    value = parse_rate(text) if not text.strip().endswith("%") else Fraction(0)
    if value <= 0:
        raise Rejected(f"{text!r} is not a rate of exchange", "write a number such as 0.9157, or a ratio: 10000/10921")
    return value


RATIO = Parsed("rate", _ratio)
CODE = Parsed("currency", lambda text: currency(text).code)

_FROM = click.option("--from", "first", type=DATE, metavar="DATE", help="The first day.")
_TO = click.option("--to", "last", type=DATE, metavar="DATE", help="The last day.")


@click.group()
@global_options
def rate() -> None:
    """Record, import and list rates of exchange.

    A rate says what one unit of a foreign currency was worth on a day, in the agreement's currency. The clause
    `exchange` of the terms says which rates count.
    """


@rate.command()
@click.argument("agreement")
@click.argument("foreign", metavar="CURRENCY", type=CODE)
@click.argument("value", metavar="RATE", type=RATIO)
@click.option("--on", type=DATE, metavar="DATE", required=True, help="The day that it is the rate of.")
@click.option("--inverse", is_flag=True, help="RATE is the other way round: CURRENCY for one unit of ours.")
@click.option("--source", metavar="TEXT", help="Who published it.")
@click.option("--correct", "reason", metavar="REASON", help="Replace the rate of this day, and say why.")
@dry_run_option
@global_options
def record(
    agreement: str,
    foreign: str,
    value: Fraction,
    on: date,
    inverse: bool,
    source: str | None,
    reason: str | None,
    dry_run: bool,
) -> None:
    """Record what one unit of CURRENCY was worth on a day, in the agreement's currency.

    RATE is exact: a decimal or a ratio. The same rate again records nothing; another one for the same day is
    refused unless --correct says why. Both stay on record, and the later one counts.

    \b
    Example:
      pactbook rate record acme-jot USD 0.9157 --on 2026-10-05
      pactbook rate record acme-jot USD 1.0921 --inverse --on 2026-10-05 --source ECB
    """
    from ledger.book.rate import Quoted

    ledger = ledger_for(dry_run)
    own = ledger.terms(agreement).currency
    quote = f"1 {own} = {_said(value)} {foreign}" if inverse else None
    quoted = Quoted(on, 1 / value if inverse else value, quote, source)
    events = ledger.rates.fix(agreement, foreign, quoted, reason)
    show_recorded(events, [f"recorded the rate of {on}: 1 {foreign} = {_said(quoted.rate)} {own}"])


@rate.command("import")
@click.argument("agreement")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--currency",
    "codes",
    type=CODE,
    multiple=True,
    metavar="CODE",
    help="Which currency (may be repeated) [default: those of the clause `exchange`].",
)
@_FROM
@_TO
@dry_run_option
@global_options  # fmt: skip
def import_(
    agreement: str, file: Path, codes: tuple[str, ...], first: date | None, last: date | None, dry_run: bool
) -> None:
    """Record the rates of FILE, the euro reference rates of the European Central Bank (eurofxref-hist.csv).

    All rates of the file are recorded, or none. The same file again records nothing. For an agreement that is not in
    euros the rates are the exact ratio of two columns.

    \b
    Example:
      pactbook rate import acme-jot eurofxref-hist.csv --currency USD --from 2026-01-01
    """
    from cli.imports.ecb import read_rates

    ledger = ledger_for(dry_run)
    terms = ledger.terms(agreement)
    wanted = codes or tuple(terms.exchange)
    if not wanted:
        raise click.UsageError("the terms have no clause `exchange`: say which currency with --currency")
    quotes = read_rates(file, terms.currency, wanted, first, last)
    done = ledger.rates.import_all(agreement, quotes, str(file))
    show(_import_view(done, wanted, file, dry_run))


def _import_view(done: Fixings, codes: tuple[str, ...], file: Path, dry_run: bool) -> View:
    records = [
        {"currency": code, "recorded": done.recorded.get(code, 0), "already_there": done.repeated.get(code, 0)}
        for code in codes
    ]
    columns = [Column("currency"), Column("new", True), Column("already there", True)]
    rows = [[code, f"{done.recorded.get(code, 0):,}", f"{done.repeated.get(code, 0):,}"] for code in codes]
    total = sum(done.recorded.values())
    did = "would have recorded" if dry_run else "recorded"
    last = f"{did} {total:,} {'rate' if total == 1 else 'rates'}" if total else "nothing new"
    data = {"file": str(file), "dry_run": dry_run, "rates": records}
    return View(data, records, [Table(columns, rows), last], ("currency", "recorded", "already_there"))


@rate.command("list")
@click.argument("agreement")
@click.argument("foreign", metavar="[CURRENCY]", type=CODE, required=False)
@_FROM
@_TO
@known_at_option
@as_of_option
@global_options
def list_(
    agreement: str,
    foreign: str | None,
    first: date | None,
    last: date | None,
    known_at: int | None,
    as_of: date | None,
) -> None:
    """List the rates that were recorded, those that were replaced included.

    \b
    Example:
      pactbook rate list acme-jot USD --from 2026-10-01 --to 2026-10-31
    """
    from projections.rates import list_rates

    own = session().ledger.terms(agreement).currency
    ends = min((day for day in (last, as_of) if day is not None), default=None)
    found = list_rates(session().follower, agreement, foreign, first, ends, known_at)
    records = [_record(each, own) for each in found]
    columns = [
        Column("day"), Column("currency"), Column(f"{own} for one", True), Column("as published"), Column("source"),
        Column("event", True), Column("recorded by"), Column(""),
    ]  # fmt: skip
    rows = [
        [
            each.day.isoformat(), each.currency, _said(each.rate), each.quote or "", each.source or "",
            f"{each.seq:,}", each.actor, _remark(each),
        ]
        for each in found
    ]  # fmt: skip
    said = Table(columns, rows) if rows else "no rates are recorded"
    show(View(records, records, [said], HEADINGS))


HEADINGS = ("day", "currency", "rate", "into", "quote", "source", "seq", "actor", "reason", "counts")


def _record(each: Listed, own: str) -> dict[str, Any]:
    return {
        "day": each.day.isoformat(),
        "currency": each.currency,
        "rate": str(each.rate),
        "into": own,
        "quote": each.quote,
        "source": each.source,
        "seq": each.seq,
        "actor": each.actor,
        "reason": each.reason,
        "counts": each.counts,
    }


def _remark(each: Listed) -> str:
    """What became of a rate."""
    corrected = f"corrected: {each.reason}" if each.reason else ""
    return corrected if each.counts else "; ".join(part for part in ("replaced", corrected) if part)


def _said(value: Fraction) -> str:
    """A rate for people: to ten decimals, without zeros that say nothing."""
    text = format_number(value, 10)
    return text if Fraction(text) == value else f"{text}…"

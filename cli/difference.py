"""`pactbook diff`: a statement in two states of knowledge, or of two periods, and what made each difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cli.moments import Moment, parse_moment, seq_of
from cli.options import PERIOD, Parsed, global_options
from cli.output import Column, Table, View, show
from cli.session import session
from cli.text import revealed
from ledger.values.errors import Refused

if TYPE_CHECKING:
    from ledger.settlement.difference import Cause, Changed
    from ledger.settlement.statement import Statement
    from ledger.values.money import Currency
    from ledger.values.periods import Period

SCHEMA = "pactbook/difference/1"
SHOWN = 12  #: causes of a row that people are shown
ISSUED, NOW = "issued", "now"


def _state(text: str) -> Moment:
    return Moment(text) if text in (ISSUED, NOW) else parse_moment(text)


@click.command("diff")
@click.argument("agreement")
@click.argument("period", type=PERIOD)
@click.argument("other", metavar="[PERIOD]", type=PERIOD, required=False)
@click.option(
    "--between", nargs=2, type=Parsed("moment", _state), metavar="A B",
    help="Two moments: an event, an instant, a day, the file of a checkpoint, `issued` or `now` "
    "[default: issued now].",
)  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Also the rows that do not differ.")
@global_options
def diff(
    agreement: str, period: Period, other: Period | None, between: tuple[Moment, Moment] | None, everything: bool
) -> None:
    """Show what changed in the statement of PERIOD between two moments, row by row, and which event did it.

    The effects of a row add up to its difference. Where more than 200 events play a part, they are told by kinds of
    entries. With two periods it is what each input of a figure makes of the difference between their statements.

    \b
    Example:
      pactbook diff acme-jot 2026-10
      pactbook diff acme-jot 2026-10 --between 2026-11-05 now
      pactbook diff acme-jot 2026-10 --between issued 2026-11-15 --format csv
      pactbook diff acme-jot 2026-09 2026-10
    """
    if other is not None:
        if between is not None:
            raise click.UsageError("name two periods, or two moments of one")
        from ledger.settlement.across import across

        statements = session().ledger.statements
        then, now = statements.statement(agreement, period), statements.statement(agreement, other)
        return show(_view(then, now, across(then, now), everything))
    first, second = between or (Moment(ISSUED), Moment(NOW))
    then, now = _statement(agreement, period, first), _statement(agreement, period, second)
    return show(_view(then, now, _between(agreement, then, now), everything))


def _statement(agreement: str, period: Period, moment: Moment) -> Statement:
    ledger = session().ledger
    if moment.text == ISSUED:
        made = ledger.statements.statement(agreement, period)
        if not made.sealed:
            raise Refused(f"{agreement}/{period} is not issued yet", "name two moments: --between 120 now")
        return made
    seq = ledger.head(agreement).size if moment.text == NOW else seq_of(agreement, moment)
    return ledger.statements.statement(agreement, period, seq or None)


def _between(agreement: str, then: Statement, now: Statement) -> list[Changed]:
    """What happened from one to the other, also backwards."""
    from ledger.settlement.difference import backwards, between

    facts = session().ledger.facts(agreement)
    if then.known_at > now.known_at:
        return backwards(between(facts, now, then))
    return between(facts, then, now)


# --- views ----------------------------------------------------------------------------------------------

HEADINGS = (
    "section", "figure", "label", "clause", "then", "now", "difference", "effect", "currency", "what", "reference",
    "first_seq", "last_seq", "count", "effective_on", "actor", "reason",
)  # fmt: skip


def _view(then: Statement, now: Statement, found: list[Changed], everything: bool) -> View:
    unit = now.terms.unit
    rows = [row for row in found if everything or row.difference or row.effects]
    causes = list(dict.fromkeys(cause for row in rows for cause, _ in row.effects))
    if then.period == now.period:
        causes.sort(key=lambda cause: cause.first_seq)
    data = {
        "schema": SCHEMA,
        "agreement": now.agreement,
        "currency": unit.code,
        "then": _told(then),
        "now": _told(now),
        "rows": [{**_row(row, unit), **_ids(row, then, now), "effects": _effects(row, causes, unit)} for row in rows],
        "causes": [_cause(cause) for cause in causes],
    }
    records = [
        {**_row(row, unit), "effect": _plain(effect, unit), "currency": unit.code, **_cause(cause)}
        for row in rows
        for cause, effect in row.effects
    ]
    return View(data, records, _tables(then, now, rows), HEADINGS)


def _told(made: Statement) -> dict[str, Any]:
    return {
        "statement": made.id, "period": made.period.key, "known_at": made.known_at, "sealed": made.sealed,
        "terms": made.terms.digest,
    }  # fmt: skip


def _row(row: Changed, unit: Currency) -> dict[str, Any]:
    from ledger.settlement.difference import value_of

    return {
        "section": row.section,
        "figure": row.key,
        "label": row.shown.label,
        "clause": row.shown.clause,
        "then": None if row.then is None else _plain(value_of(row.then), unit),
        "now": None if row.now is None else _plain(value_of(row.now), unit),
        "difference": _plain(row.difference, unit),
    }


def _ids(row: Changed, then: Statement, now: Statement) -> dict[str, Any]:
    """How `pactbook explain` finds the figure in either statement."""
    return {
        "then_figure": None if row.then is None else f"{then.id}/{row.then.name}",
        "now_figure": None if row.now is None else f"{now.id}/{row.now.name}",
    }


def _effects(row: Changed, causes: list[Cause], unit: Currency) -> list[dict[str, Any]]:
    return [{"cause": causes.index(cause), "effect": _plain(effect, unit)} for cause, effect in row.effects]


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "what": cause.what,
        "reference": cause.reference or None,
        "first_seq": cause.first_seq or None,
        "last_seq": cause.last_seq or None,
        "count": cause.count,
        "effective_on": None if cause.effective_on is None else cause.effective_on.isoformat(),
        "actor": cause.actor or None,
        "reason": revealed(cause.reason or None),
    }


def _plain(value: Any, unit: Currency) -> str:
    from ledger.values.money import format_amount

    return format_amount(value, unit)


def _shown(value: Any, unit: Currency, *, signed: bool = False) -> str:
    from ledger.values.money import format_amount

    text = format_amount(value, unit, grouped=True)
    return f"+{text}" if signed and value > 0 else text


# --- for people -----------------------------------------------------------------------------------------


def _tables(then: Statement, now: Statement, rows: list[Changed]) -> list[Table | str]:
    unit = now.terms.unit
    heading = f"{now.agreement}: {_named(then)} and {_named(now)}, in {unit.code}"
    if not rows:
        return [f"{heading}: no row differs."]
    columns = (
        Column("Figure"), Column("row"), Column("then", True), Column("now", True), Column("difference", True),
        Column("of that", True), Column("because of"),
    )  # fmt: skip
    lines = [cells for row in rows for cells in _lines(row, unit)]
    return [Table(columns, lines, heading)]


def _lines(row: Changed, unit: Currency) -> Iterator[list[str]]:
    """A row, with its first cause; and one below for each other cause."""
    values = ("" if each is None else _shown(each.value, unit) for each in (row.then, row.now))
    cells = [row.key, row.shown.label, *values, _shown(row.difference, unit, signed=True)]
    for said in [*_said(row, unit)] or [["", ""]]:
        yield [*cells, *said]
        cells = [""] * len(cells)


def _said(row: Changed, unit: Currency) -> Iterator[list[str]]:
    """The effects of a row, each with its cause; of very many the largest, and what all others add up to."""
    sizes = sorted((abs(effect) for _, effect in row.effects), reverse=True)
    least = sizes[SHOWN - 1] if len(sizes) > SHOWN else 0
    told = [pair for pair in row.effects if abs(pair[1]) >= least][:SHOWN]
    for cause, effect in told:
        yield [_shown(effect, unit, signed=True), _because(cause)]
    if len(told) < len(row.effects):
        rest = row.difference - sum(effect for _, effect in told)
        yield [_shown(rest, unit, signed=True), f"{len(row.effects) - len(told):,} others; the data have them all"]


def _named(made: Statement) -> str:
    return f"{made.period} as issued" if made.sealed else f"{made.period} as known at event {made.known_at}"


def _because(cause: Cause) -> str:
    """A cause in a line."""
    if not cause.last_seq:
        return f"{cause.reference}: {cause.reason}" if cause.reference else cause.reason
    if cause.first_seq == cause.last_seq:
        where = f"event {cause.last_seq}"
    elif cause.what[0].islower():
        where = f"{cause.count:,} {'event' if cause.count == 1 else 'events'} up to {cause.last_seq}"
    else:
        where = f"events {cause.first_seq} to {cause.last_seq}"
    said = ": ".join(part for part in (cause.actor, revealed(cause.reason)) if part)
    return f"{cause.what} {cause.reference} ({where})" + (f", {said}" if said else "")

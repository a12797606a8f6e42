"""`pactbook liabilities`: what the venture owes outsiders, and who would bear it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from cli.moments import as_of_option, known_at_option
from cli.options import global_options
from cli.output import Column, Table, View, show
from cli.session import session

if TYPE_CHECKING:
    from ledger.settlement.liabilities import Liabilities
    from ledger.values.figures import Figure
    from projections.liabilities import Owed

SCHEMA = "pactbook/liabilities/1"


@click.command()
@click.argument("agreement")
@click.option("--entries", "each", is_flag=True, help="Also every liability by itself.")
@as_of_option
@known_at_option
@global_options
def liabilities(agreement: str, each: bool, as_of: date | None, known_at: int | None) -> None:
    """Show what the venture owes outsiders on a day [default: today], and who would bear it.

    Of what is outstanding every party's exposure is shown: its part by the rule for losses. Exposures add up to what
    is outstanding. Liabilities that the pool does not bear are listed, and stay with who pays them.

    \b
    Example:
      pactbook liabilities acme-jot
      pactbook liabilities acme-jot --as-of 2026-10-31 --entries
    """
    from ledger.values.periods import Perspective
    from projections.liabilities import liabilities as found_in
    from projections.liabilities import owed

    ledger = session().ledger
    found = found_in(ledger, agreement, Perspective(as_of, known_at))
    entries = owed(ledger, agreement, found.as_of, found.known_at) if each else None
    show(_view(agreement, found, entries))


HEADINGS = ("agreement", "as_of", "known_at", "row", "name", "figure", "amount", "currency")


def _view(agreement: str, found: Liabilities, entries: list[Owed] | None) -> View:
    from ledger.settlement.canonical import figure_data
    from ledger.values.figures import addresses, walk

    seen = {"agreement": agreement, "as_of": found.as_of.isoformat(), "known_at": found.known_at}
    ids, unit = addresses(found.roots()), found.unit
    data = {
        "schema": SCHEMA,
        **seen,
        "currency": unit.code,
        "categories": [
            {"category": each.name, "shared": each.shared, **_amounts(each, CATEGORY, found)}
            for each in found.categories
        ],
        "outstanding": _plain(found.outstanding, found),
        "exchange": None if found.exchange is None else _plain(found.exchange, found),
        "parties": [{"party": each.party, **_amounts(each, PARTY, found)} for each in found.bearings],
        **({} if entries is None else {"entries": [_entry(each, found) for each in entries]}),
        "figures": {ids[id(each)]: figure_data(each, ids, unit) for each in walk(found.roots())},
    }
    plain = {**seen, "currency": unit.code}
    records = [
        {**plain, "row": row, "name": name, "figure": figure.name, "amount": _plain(figure, found)}
        for row, name, figure in _rows(found)
    ]
    return View(data, records, [*tables(agreement, found), *_entries_table(entries, found)], HEADINGS)


CATEGORY = ("recognised", "settled", "released", "outstanding")
PARTY = ("paid", "borne", "exposure")


def _amounts(each: Any, words: tuple[str, ...], found: Liabilities) -> dict[str, str]:
    return {word: _plain(getattr(each, word), found) for word in words}


def _rows(found: Liabilities) -> Iterator[tuple[str, str, Figure]]:
    for category in found.categories:
        yield from (("category", category.name, getattr(category, word)) for word in CATEGORY)
    for bearing in found.bearings:
        yield from (("party", bearing.party, getattr(bearing, word)) for word in PARTY)


def tables(agreement: str, found: Liabilities) -> list[Table | str]:
    """Categories with what became of them, then everybody's part."""
    rows = [
        [each.name if each.shared else f"{each.name} (not shared)", *_shown_of(each, CATEGORY, found)]
        for each in found.categories
    ]
    if not rows:
        return [f"{agreement}: no liabilities up to {found.as_of}"]
    if found.exchange is not None:
        rows.append(["exchange, other terms", "", "", "", _shown(found.exchange, found)])
    title = f"{agreement}, liabilities up to {found.as_of}, in {found.unit.code}, as known at event {found.known_at}"
    columns = (Column("Category"), *(Column(word, True) for word in CATEGORY))
    return [Table(columns, rows, title), *exposure_table(found)]


def exposure_table(found: Liabilities, heading: str = "Party", *, figures: bool = True) -> list[Table | str]:
    """Everybody's part of shared liabilities; with the names of the figures, which the data in JSON explain."""
    rows = [[_name(each.party), *_shown_of(each, PARTY, found), each.exposure.name] for each in found.bearings]
    if not rows:
        return []
    total = [_shown(figure, found) for figure in (found.settled, found.settled, found.outstanding)]
    rows.append(["all", *total, found.outstanding.name])
    columns = [Column(heading), *(Column(word, True) for word in PARTY), Column("figure")]
    if not figures:
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return [Table(columns, rows, rules=frozenset({len(rows) - 2}))]


def _name(party: str) -> str:
    return "later pools" if party == "venture" else party


def _entries_table(entries: list[Owed] | None, found: Liabilities) -> list[Table | str]:
    if entries is None:
        return []
    words = ("category", "reference", *CATEGORY, "currency")
    shown = [_entry(each, found) for each in entries]
    columns = [Column(word.capitalize() if word == "category" else word, word in CATEGORY) for word in words]
    return [Table(columns, [[each[word] for word in words] for each in shown])]


def _entry(each: Owed, found: Liabilities) -> dict[str, Any]:
    from ledger.values.money import currency, format_amount

    unit = currency(each.currency) if each.currency else found.unit
    amounts = each.recognised_minor, each.settled_minor, each.released_minor, each.outstanding_minor
    shown = {word: format_amount(minor, unit) for word, minor in zip(CATEGORY, amounts, strict=True)}
    return {"category": each.category, "reference": each.reference, **shown, "currency": unit.code}


def _shown_of(each: Any, words: tuple[str, ...], found: Liabilities) -> list[str]:
    return [_shown(getattr(each, word), found) for word in words]


def _shown(figure: Figure, found: Liabilities) -> str:
    from ledger.values.money import format_amount

    return format_amount(figure.value, found.unit, grouped=True)


def _plain(figure: Figure, found: Liabilities) -> str:
    from ledger.values.money import format_amount

    return format_amount(figure.value, found.unit)

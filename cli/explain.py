"""`pactbook explain`: a figure as a tree, down to the clauses of the terms and the entries behind each input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cli.derivation import derivations, tree
from cli.moments import as_of_option, known_at_option
from cli.options import global_options
from cli.output import Column, Table, View, show
from cli.session import session

if TYPE_CHECKING:
    from datetime import date

    from cli.derivation import Derivation
    from ledger.application import FigureAt
    from ledger.values.figures import Figure
    from projections.behind import Counted

INLINE = 5  #: entries shown below an input of the tree; more are listed page by page


@click.command()
@click.argument("agreement")
@click.argument("figure")
@click.option("--depth", type=click.IntRange(min=0), help="How many levels to show [default: all].")
@click.option("--limit", type=click.IntRange(min=1, max=10_000), default=50, help="Entries on a page [default: 50].")
@click.option("--after", metavar="TOKEN", help="The next page of entries, as the page before says.")
@known_at_option
@as_of_option
@global_options
def explain(
    agreement: str,
    figure: str,
    depth: int | None,
    limit: int,
    after: str | None,
    known_at: int | None,
    as_of: date | None,
) -> None:
    """Show how FIGURE of AGREEMENT came about, down to clauses and entries.

    FIGURE is an id as statements print it, with or without the agreement: 2026-10/jot/share. For an input
    (a figure such as 2026-10/inputs/result.sales.acme) the entries behind it are listed, page by page.

    \b
    Example:
      pactbook explain acme-jot 2026-10/jot/share
      pactbook explain acme-jot acme-jot/2026-10/inputs/result.sales.acme --limit 20
      pactbook explain acme-jot 2026-10/jot/share --known-at 2026-11-15
    """
    full = figure if figure.startswith(f"{agreement}/") else f"{agreement}/{figure}"
    if as_of is not None:
        session().look_back(agreement, known_at, as_of)
    from ledger.application.issued import figure_at, parse_figure_id

    wanted = _known_at(full, known_at)
    found = figure_at(session().facts(parse_figure_id(wanted)[0]), wanted, session().day)
    if found.figure.entries is not None:
        show(_entries_view(found, limit, after, as_of))
    else:
        show(_tree_view(found, depth, as_of))


def _known_at(figure: str, known_at: int | None) -> str:
    """The id of a figure as known at an event. Raises `UsageError` for one that says so itself."""
    if known_at is None:
        return figure
    book, _, rest = figure.partition("/")
    period, _, address = rest.partition("/")
    if "@" in period:
        raise click.UsageError(f"{period} in the figure says already what was known: leave that or --known-at out")
    return f"{book}/{period}@{known_at}/{address}"


# --- the tree -------------------------------------------------------------------------------------------


def _tree_view(found: FigureAt, depth: int | None, as_of: date | None) -> View:
    from ledger.settlement.canonical import EXPLANATION, figure_data
    from ledger.values.figures import walk

    unit = found.statement.terms.unit
    below = list(walk((found.figure,)))
    data = {
        "schema": EXPLANATION,
        "figure": found.id,
        "statement": found.statement.id,
        "terms": found.statement.terms.digest,
        "currency": unit.code,
        "figures": {found.ids[id(each)]: figure_data(each, found.ids, unit) for each in reversed(below)},
        "entries": {
            found.ids[id(leaf)]: [_entry_data(counted) for counted in _first_entries(leaf, as_of)]
            for leaf in below
            if leaf.entries is not None
        },
    }
    records = [{"figure": found.ids[id(each)], **figure_data(each, found.ids, unit)} for each in reversed(below)]
    made = [each for leaf in below if leaf.entries is not None for each in _derived(leaf, _first_entries(leaf, as_of))]
    if made:
        data["derivations"] = {each.id: each.data(unit) for each in made}
    shown = ["\n".join(tree(found.figure, unit, depth)), *(each.text(unit) for each in made)]
    return View(data, records, ["\n".join(_heading(found)), *shown, *_hints(found, below)])


def _derived(leaf: Figure, counted: list[Counted]) -> list[Derivation]:
    """How changes of capital behind an input came about: they follow from what their entries say was agreed."""
    assert leaf.entries is not None
    return derivations(leaf.entries, [each.reference for each in counted])


def _heading(found: FigureAt) -> Iterator[str]:
    statement = found.statement
    yield found.id
    state = "statement" if statement.sealed else "draft"
    yield f"{statement.title}, {state} of {statement.period}, terms {statement.terms.digest[:12]}"


def _hints(found: FigureAt, below: list[Figure]) -> Iterator[str]:
    leaves = [leaf for leaf in below if leaf.entries is not None and leaf.entries.count]
    if leaves:
        agreement = found.statement.agreement
        yield "Entries behind an input:\n" + "\n".join(
            f"  pactbook explain {agreement} {found.ids[id(leaf)].partition('/')[2]}" for leaf in leaves[:6]
        )


# --- the entries behind an input ------------------------------------------------------------------------


def _first_entries(leaf: Figure, as_of: date | None) -> list[Counted]:
    from projections.behind import behind

    assert leaf.entries is not None
    return list(behind(session().tables(leaf.entries.agreement), leaf.entries, limit=INLINE, as_of=as_of).entries)


def _entries_view(found: FigureAt, limit: int, after: str | None, as_of: date | None) -> View:
    from ledger.settlement.canonical import EXPLANATION, figure_data, figure_text
    from projections.behind import behind

    query = found.figure.entries
    assert query is not None
    unit = found.statement.terms.unit
    page = behind(session().tables(query.agreement), query, limit=limit, after=after, as_of=as_of)
    records = [_entry_data(counted) for counted in page.entries]
    data = {
        "schema": EXPLANATION,
        "figure": found.id,
        "statement": found.statement.id,
        "terms": found.statement.terms.digest,
        "currency": unit.code,
        "figures": {found.id: figure_data(found.figure, found.ids, unit)},
        "entries": {found.id: records},
        "next": page.next,
    }
    columns = (
        Column("reference"), Column("effective"), Column("amount", True), Column("quantity", True),
        Column("seq", True), Column("recorded by"),
    )  # fmt: skip
    rows = [
        [
            each["reference"],
            each["effective_on"],
            each["amount"] or "",
            each["quantity"] or "",
            str(each["seq"]),
            each["actor"],
        ]
        for each in records
    ]
    entries = "1 entry" if query.count == 1 else f"{query.count:,} entries"
    total = f"{found.figure.label}: {figure_text(found.figure, unit)}, {entries}, as known at event {query.known_at}"
    more = (
        f"more: pactbook explain {query.agreement} {found.id.partition('/')[2]} --after {page.next}"
        if page.next
        else ""
    )
    made = derivations(query, [counted.reference for counted in page.entries])
    if made:
        data["derivations"] = {each.id: each.data(unit) for each in made}
    return View(data, records, [total, Table(columns, rows, note=more), *(each.text(unit) for each in made)])


def _entry_data(counted: Counted) -> dict[str, Any]:
    from ledger.values.money import currency, format_amount, format_quantity

    amount = None if counted.currency is None else format_amount(counted.amount_minor, currency(counted.currency))
    return {
        "reference": counted.reference,
        "effective_on": counted.effective_on.isoformat(),
        "amount": amount,
        "currency": counted.currency,
        "quantity": format_quantity(counted.quantity_micro) if counted.quantity_micro else None,
        "seq": counted.seq,
        "actor": counted.actor,
    }

"""`pactbook explain`: a figure as a tree, down to the clauses of the terms and the entries behind each input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from cli.options import global_options
from cli.output import Column, Table, View, show
from cli.session import session

if TYPE_CHECKING:
    from ledger.application import FigureAt
    from ledger.values.figures import Figure
    from ledger.values.money import Currency
    from projections.entries import Counted

INLINE = 5  #: entries shown below an input of the tree; more are listed page by page

_WORDS = {
    "sum": "sum",
    "difference": "the first less the others",
    "negative": "with the other sign",
    "product": "product",
    "quotient": "the first divided by the second",
    "lesser": "the lesser",
    "greater": "the greater",
    "floor": "rounded down",
    "round": "rounded",
    "band": "the value of the band reached",
    "term": "terms",
}


@click.command()
@click.argument("agreement")
@click.argument("figure")
@click.option("--depth", type=click.IntRange(min=0), help="How many levels to show [default: all].")
@click.option("--limit", type=click.IntRange(min=1, max=10_000), default=50, help="Entries on a page [default: 50].")
@click.option("--after", metavar="TOKEN", help="The next page of entries, as the page before says.")
@global_options
def explain(agreement: str, figure: str, depth: int | None, limit: int, after: str | None) -> None:
    """Show how FIGURE of AGREEMENT came about, down to clauses and entries.

    FIGURE is an id as statements print it, with or without the agreement: 2026-10/jot/share. For an input
    (a figure such as 2026-10/inputs/result.sales.acme) the entries behind it are listed, page by page.

    \b
    Example:
      pactbook explain acme-jot 2026-10/jot/share
      pactbook explain acme-jot acme-jot/2026-10/inputs/result.sales.acme --limit 20
    """
    full = figure if figure.startswith(f"{agreement}/") else f"{agreement}/{figure}"
    found = session().ledger.statements.figure(full)
    if found.figure.entries is not None:
        show(_entries_view(found, limit, after))
    else:
        show(_tree_view(found, depth))


# --- the tree -------------------------------------------------------------------------------------------


def _tree_view(found: FigureAt, depth: int | None) -> View:
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
            found.ids[id(leaf)]: [_entry_data(counted) for counted in _first_entries(leaf, INLINE)]
            for leaf in below
            if leaf.entries is not None
        },
    }
    records = [{"figure": found.ids[id(each)], **figure_data(each, found.ids, unit)} for each in reversed(below)]
    return View(
        data, records, ["\n".join(_heading(found)), "\n".join(_tree(found, unit, depth)), *_hints(found, below)]
    )


def _heading(found: FigureAt) -> Iterator[str]:
    statement = found.statement
    yield found.id
    state = "statement" if statement.sealed else "draft"
    yield f"{statement.title}, {state} of {statement.period}, terms {statement.terms.digest[:12]}"


def _tree(found: FigureAt, unit: Currency, depth: int | None) -> Iterator[str]:
    """Every figure on a line, its operands indented below it; what stands above already is not repeated."""
    lines: list[tuple[str, Figure, bool]] = []
    seen: set[int] = set()

    def visit(figure: Figure, indent: str, branch: str, level: int) -> None:
        again = id(figure) in seen and bool(figure.operands)
        seen.add(id(figure))
        lines.append((indent + branch, figure, again))
        if again or (depth is not None and level >= depth):
            return
        below = indent + {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
        shown = [part for part in figure.operands if _matters(figure, part)]
        for place, part in enumerate(shown):
            visit(part, below, "└─ " if place == len(shown) - 1 else "├─ ", level + 1)

    visit(found.figure, "", "", 0)
    from ledger.settlement.canonical import figure_text

    texts = [figure_text(figure, unit) for _, figure, _ in lines]
    left = max(len(prefix) + len(figure.label) for prefix, figure, _ in lines)
    right = max(len(text) for text in texts)
    for (prefix, figure, again), text in zip(lines, texts, strict=True):
        label = f"{prefix}{figure.label}"
        yield f"{label:<{left}}  {text:>{right}}  {_how(figure, again)}".rstrip()


def _matters(figure: Figure, part: Figure) -> bool:
    """Whether an operand is worth a line: not what adds nothing, nor a shortfall that there is not."""
    if figure.apportionment is not None:
        return bool(part.value)
    return part.op.value != "sum" or bool(part.operands)


def _how(figure: Figure, again: bool) -> str:
    """How the figure came about, the clause, and its address."""
    if again:
        return f"see above ({figure.name or figure.label})"
    if figure.apportionment is not None:
        what = f"apportioned by the rule `{figure.apportionment.rule.name.value}`"
    elif figure.entries is not None:
        count = figure.entries.count
        what = f"{count:,} {'entry' if count == 1 else 'entries'}"
    elif figure.reference:
        what = f"carried from {figure.reference}"
    else:
        what = _WORDS[figure.op.value]
    cited = f" [{figure.clause}]" if figure.clause else ""
    return f"{what}{cited}" + (f"  {figure.name}" if figure.name else "")


def _hints(found: FigureAt, below: list[Figure]) -> Iterator[str]:
    leaves = [leaf for leaf in below if leaf.entries is not None and leaf.entries.count]
    if leaves:
        agreement = found.statement.agreement
        yield "Entries behind an input:\n" + "\n".join(
            f"  pactbook explain {agreement} {found.ids[id(leaf)].partition('/')[2]}" for leaf in leaves[:6]
        )


# --- the entries behind an input ------------------------------------------------------------------------


def _first_entries(leaf: Figure, limit: int) -> list[Counted]:
    from projections.entries import behind

    assert leaf.entries is not None
    return list(behind(session().follower, leaf.entries, limit=limit).entries)


def _entries_view(found: FigureAt, limit: int, after: str | None) -> View:
    from ledger.settlement.canonical import EXPLANATION, figure_data, figure_text
    from projections.entries import behind

    query = found.figure.entries
    assert query is not None
    unit = found.statement.terms.unit
    page = behind(session().follower, query, limit=limit, after=after)
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
    return View(data, records, [total, Table(columns, rows, note=more)])


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

"""The entries that a statement leaves out because another party has not confirmed them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cli.output import View
from cli.session import session

if TYPE_CHECKING:
    from datetime import date

    from ledger.settlement.statement import Statement
    from projections.entries import Listed

SHOWN = 4  #: entries that are named; the others are counted


def with_awaiting(view: View, made: Statement, as_of: date | None = None, *, past: bool = False) -> View:
    """The view of a statement with the entries up to its last day that waited when it was made, if there are any.

    What is sealed stays as it is. `past` says that it was made some time ago: they may have been confirmed since.
    """
    from ledger.book.entry import Status
    from projections.waiting import any_awaiting

    last = made.period.last if as_of is None else min(as_of, made.period.last)
    if not any_awaiting(session().tables(made.agreement), made.agreement, last, made.known_at):
        return view
    from projections.entries import Filter, count_entries, list_entries

    follower = session().follower
    waiting = Filter(status=Status.AWAITING, last=last)
    page = list_entries(follower, made.agreement, waiting, made.known_at, limit=SHOWN)
    if not page.entries:
        return view
    count = len(page.entries)
    if page.next is not None:
        count = count_entries(follower, made.agreement, waiting, made.known_at)
    data = {**view.data, "awaiting": {"count": count, "first": [_record(each) for each in page.entries]}}
    return replace(view, data=data, tables=[*view.tables, _sentence(page.entries, count, past=past)])


def _sentence(first: tuple[Listed, ...], count: int, *, past: bool) -> str:
    noun, verb, does = ("entry", "awaits", "does") if count == 1 else ("entries", "await", "do")
    if past:
        verb = "awaited"
    named = "; ".join(_said(each) for each in first)
    more = f"; and {count - len(first):,} more" if count > len(first) else ""
    then = " then" if past else ""
    return f"{count:,} {noun} {verb} confirmation{then} and {does} not count: {named}{more}"


def _said(entry: Listed) -> str:
    from ledger.values.money import currency, format_amount, format_quantity

    said = [entry.reference, f"{entry.kind.replace('_', ' ')} {entry.name}".strip()]
    if entry.amount_minor is not None and entry.currency is not None:
        said.append(f"{format_amount(entry.amount_minor, currency(entry.currency), grouped=True)} {entry.currency}")
    elif entry.quantity_micro is not None:
        said.append(format_quantity(entry.quantity_micro))
    return f"{', '.join(said)} (by {entry.recorder})"


def _record(entry: Listed) -> dict[str, Any]:
    from ledger.values.money import currency, format_amount, format_quantity

    amount = entry.amount_minor
    return {
        "reference": entry.reference,
        "kind": entry.kind,
        "name": entry.name,
        "effective_on": entry.effective_on.isoformat(),
        "amount": None if amount is None or not entry.currency else format_amount(amount, currency(entry.currency)),
        "currency": entry.currency,
        "quantity": None if entry.quantity_micro is None else format_quantity(entry.quantity_micro),
        "recorded_by": entry.recorder,
    }

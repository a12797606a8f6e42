"""Two documents of terms side by side: what changes, and what it is worth to each party at some levels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.assumptions import Asked
from cli.output import Column, Table, View
from cli.recorded import SHORT
from cli.terms_view import change_data, changes_table
from cli.trying import Trial
from ledger.settlement.trial import Assumed, Varied, What
from ledger.settlement.turns import levels
from ledger.terms.difference import changes
from ledger.terms.document import Terms
from ledger.values.money import Currency, format_amount

DIFFERENCE = "pactbook/terms-difference/1"


def difference_view(now: Terms, then: Terms) -> View:
    """What changes between two documents, in sentences, and what it is worth at some levels."""
    found = changes(now, then)
    title = f"From terms {now.digest[:SHORT]} to {then.digest[:SHORT]}"
    tables: list[Table | str]
    data: dict[str, Any] = {
        "schema": DIFFERENCE, "from": now.digest, "to": then.digest, "changes": change_data(found), "levels": [],
    }  # fmt: skip
    if not found:
        tables = [f"{title}: nothing changes."]
    elif now.currency != then.currency:
        tables = [changes_table(found, title), "What it is worth cannot be told across two currencies."]
    else:
        tables = [changes_table(found, title), *_worth(now, then, data)]
    return View(data, change_data(found), tables, ("clause", "change", "now", "then"))


def _worth(now: Terms, then: Terms, data: dict[str, Any]) -> Iterator[Table | str]:
    """Both documents at the levels where either of them turns."""
    metric = next((name for name in now.pool.results if name in then.pool.results), None)
    if metric is None:
        yield "What it is worth cannot be told: the pools have no result in common."
        return
    varied = Varied(What.RESULT, metric)
    old, new = (Trial(terms, Asked(varied, None, Assumed())) for terms in (now, then))
    places = levels((*old.turns, *new.turns), varied, now.unit)
    parties = list(dict.fromkeys((*now.parties, *then.parties)))
    rows = []
    for level in places:
        before, after = old.outcome(level, 1).shares, new.outcome(level, 1).shares
        data["levels"].append(
            {
                "level": format_amount(level, now.unit),
                "now": {party: format_amount(before.get(party, 0), now.unit) for party in parties},
                "then": {party: format_amount(after.get(party, 0), now.unit) for party in parties},
                "difference": {
                    party: format_amount(after.get(party, 0) - before.get(party, 0), now.unit) for party in parties
                },
            }
        )
        rows.append([format_amount(level, now.unit, grouped=True), *_cells(before, after, parties, now.unit)])
    data["metric"] = metric
    headings = [text for party in parties for text in _headings(party, len(parties))]
    title = f"What it is worth in a {now.every}, in {now.currency}"
    note = "Nothing else happens in that period. Try more: pactbook terms try"
    yield Table([Column(metric, True), *(Column(text, True) for text in headings)], rows, title, note=note)


def _headings(party: str, count: int) -> tuple[str, ...]:
    return (f"{party} now", "then", "change") if count <= 3 else (f"{party} change",)


def _cells(
    before: Mapping[str, int], after: Mapping[str, int], parties: Sequence[str], unit: Currency
) -> Iterator[str]:
    for party in parties:
        old, new = before.get(party, 0), after.get(party, 0)
        if len(parties) <= 3:
            yield format_amount(old, unit, grouped=True)
            yield format_amount(new, unit, grouped=True)
        yield format_amount(new - old, unit, grouped=True) if new != old else ""

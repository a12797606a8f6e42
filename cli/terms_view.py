"""Terms as people and programs read them: the sentences, what changes between two documents, what that is worth."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cli.output import Column, Table, View
from cli.recorded import SHORT
from ledger.settlement.whatif import Effect
from ledger.terms.difference import Change
from ledger.terms.document import Terms
from ledger.values.money import Currency, format_amount

READING = "pactbook/terms/1"

# --- the contract, read back ----------------------------------------------------------------------------


def reading_view(terms: Terms) -> View:
    """A contract, clause by clause, in the order in which money flows."""
    data = {
        "schema": READING,
        "agreement": terms.agreement,
        "title": terms.title,
        "currency": terms.currency,
        "parties": {party: who.name for party, who in terms.parties.items()},
        "digest": terms.digest,
        "terms": json.loads(terms.canonical),
        "reading": reading_data(terms),
    }
    records = [
        {"agreement": terms.agreement, "terms": terms.digest, "clause": clause, "says": says}
        for clause, says in terms.reading()
    ]
    heading = f"{terms.agreement}: {terms.title}\nsettled every {terms.every} in {terms.currency}"
    return View(data, records, [heading, reading_table(terms)])


def reading_data(terms: Terms) -> list[dict[str, str]]:
    """The sentences for programs."""
    return [{"clause": clause, "says": says} for clause, says in terms.reading()]


def reading_table(terms: Terms) -> Table:
    """The sentences for people, named by the digest of the document."""
    return Table((Column("Clause"), Column("says")), terms.reading(), f"Terms {terms.digest[:SHORT]}")


# --- what changes ---------------------------------------------------------------------------------------


def changes_table(found: Sequence[Change], title: str) -> Table:
    """The clauses that change: what is new, what is gone, and what each of the others says now and then."""
    rows = []
    for change in found:
        if change.now:
            rows.append([change.clause, "now" if change.then else "gone", change.now])
        if change.then:
            rows.append(["" if change.now else change.clause, "then" if change.now else "new", change.then])
    return Table((Column("Clause"), Column(""), Column("says")), rows, title)


def change_data(found: Sequence[Change]) -> list[dict[str, str]]:
    """The clauses that change, for programs."""
    return [
        {"clause": change.clause, "change": change.how.value, "now": change.now, "then": change.then}
        for change in found
    ]


# --- what it is worth -----------------------------------------------------------------------------------


def effects_table(effects: Sequence[Effect], unit: Currency, title: str, note: str = "") -> Table:
    """What other terms change, a row for each period, parties side by side, and the total."""
    parties = sorted({party for effect in effects for party in effect.net_minor})

    def row(name: str, net: dict[str, int]) -> list[str]:
        return [name, *(format_amount(net.get(party, 0), unit, grouped=True) for party in parties)]

    rows = [row(effect.period, effect.net_minor) for effect in effects]
    if len(rows) > 1:
        rows.append(row("together", totals(effects)))
    columns = (Column("period"), *(Column(party, True) for party in parties))
    rules = frozenset({len(effects) - 1}) if len(effects) > 1 else frozenset()
    return Table(columns, rows, title, rules, note)


def totals(effects: Sequence[Effect]) -> dict[str, int]:
    """What each party gets more, or less, in all periods together."""
    parties = sorted({party for effect in effects for party in effect.net_minor})
    return {party: sum(effect.net_minor.get(party, 0) for effect in effects) for party in parties}


def amendment_table(effects: Sequence[Effect], unit: Currency) -> Table:
    """What an amendment changes in closed periods."""
    title = f"What the amendment changes in closed periods, in {unit.code}"
    return effects_table(effects, unit, title, "Once accepted, the next close posts this as adjustments.")

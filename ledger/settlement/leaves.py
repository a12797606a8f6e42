"""The leaves of a period: totals as figures, each with the query that finds the entries behind it.

A party's figure of a kind and name is one leaf, whatever days and reporters its entries have. Clauses that
look closer (interest counts days, an authority compares reporters) find the leaves of each day and reporter beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from ledger.book.movements import Kind
from ledger.settlement.knowledge import Knowledge, Total
from ledger.terms.context import Inputs, Part
from ledger.values.figures import Entries, Figure, entries_total
from ledger.values.money import MICRO
from ledger.values.periods import Period

_LABELS = {
    Kind.RESULT: "{name} collected by {party}",
    Kind.COST: "{name} paid by {party}",
    Kind.LIABILITY: "{name} recognised",
    Kind.LIABILITY_SETTLED: "{name} settled by {party}",
    Kind.LIABILITY_RELEASED: "{name} released",
    Kind.CONTRIBUTION: "capital contributed by {party}",
    Kind.WITHDRAWAL: "capital withdrawn by {party}",
    Kind.ADVANCE_PAID: "advances paid by {party}",
    Kind.ADVANCE_RECEIVED: "advances received by {party}",
    Kind.CAPITAL_CHANGED: "{what}, for {party}",
    Kind.PAYOUT_PAID: "payouts paid by {party}",
    Kind.PAYOUT_RECEIVED: "payouts received by {party}",
}


def inputs_of(knowledge: Knowledge, period: Period) -> Inputs:
    """The totals of a period as leaf figures, each with the query behind it."""
    terms = knowledge.terms_on(period.last)
    leaves = _Leaves(knowledge, period, terms.currency)
    amounts: dict[tuple[str, str], dict[str, Figure]] = {}
    quantities: dict[tuple[str, str], dict[str, Figure]] = {}
    parts: dict[tuple[str, str, str], tuple[Part, ...]] = {}
    for (kind, name, party), totals in _grouped(knowledge.totals.get(period.key, ())).items():
        whole = _whole(totals)
        amounts.setdefault((kind, name), {})[party] = leaves.amount(whole)
        if whole.quantity_micro:
            quantities.setdefault((kind, name), {})[party] = leaves.quantity(whole)
        narrow = tuple(leaves.part(total) for total in totals if total.day or total.reporter)
        if narrow:
            parts[kind, name, party] = narrow
    return Inputs(terms.unit, amounts, quantities, parts)


def _grouped(totals: Iterable[Total]) -> dict[tuple[str, str, str], list[Total]]:
    found: dict[tuple[str, str, str], list[Total]] = {}
    for total in totals:
        found.setdefault((total.kind, total.name, total.party), []).append(total)
    return found


def _whole(totals: Sequence[Total]) -> Total:
    """The sum of totals of all days and reporters."""
    amount = sum(total.amount_minor for total in totals)
    quantity = sum(total.quantity_micro for total in totals)
    first = totals[0]
    return Total(first.kind, first.name, first.party, amount, quantity, sum(total.count for total in totals))


def capital_words(name: str) -> str:
    """What changed capital, in words: `admission.kim` is "kim admitted"."""
    kind, _, whose = name.partition(".")
    what = _CHANGES[kind]
    return what.format(whose.replace("_", " ")) if whose else what


_CHANGES = {
    "admission": "{} admitted",
    "retirement": "{} retired",
    "ratio_change": "change of the profit ratio",
    "revaluation": "revaluation of assets",
    "liquidation": "liquidation: {}",
}


class _Leaves:
    """Makes the leaves of a period."""

    def __init__(self, knowledge: Knowledge, period: Period, currency: str) -> None:
        self._knowledge = knowledge
        self._period = period
        self._currency = currency

    def amount(self, total: Total) -> Figure:
        what = capital_words(total.name) if total.kind == Kind.CAPITAL_CHANGED else ""
        said = _LABELS[Kind(total.kind)].format(name=total.name, party=total.party or "nobody", what=what)
        label = said + _further(total)
        name = _leaf_name("inputs", total)
        return entries_total(total.amount_minor, self._currency, label, "", self._query(total), name)

    def quantity(self, total: Total) -> Figure:
        label, name = f"number of {total.name}{_further(total)}", _leaf_name("inputs.units", total)
        value = Fraction(total.quantity_micro, MICRO)
        return entries_total(value, total.name, label, "", self._query(total), name)

    def part(self, total: Total) -> Part:
        """What is known of one day, or from one reporter."""
        quantity = self.quantity(total) if total.quantity_micro else None
        return Part(total.day, total.reporter, self.amount(total), quantity)

    def _query(self, total: Total) -> Entries:
        key = total.kind, total.name, total.party, self._period.key
        known_at = self._knowledge.known_at
        further = total.currency, total.day, total.reporter
        return Entries(self._knowledge.agreement, *key, known_at, total.count, *further)


def _leaf_name(room: str, total: Total) -> str:
    further = total.currency, total.day, f"by.{total.reporter}" if total.reporter else ""
    return f"{room}/" + ".".join(part for part in (total.kind, total.name, total.party, *further) if part)


def _further(total: Total) -> str:
    """What the label of a leaf says of its deal, day and reporter."""
    deal = f" to {total.name}" if total.kind == Kind.CONTRIBUTION and total.name else ""
    on = f" on {total.day}" if total.day else ""
    return deal + on + (f", as {total.reporter} reports" if total.reporter else "")

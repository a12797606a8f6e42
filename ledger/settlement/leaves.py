"""The leaves of a period: totals as figures, each with the query that finds the entries behind it.

A party's figure of a kind and name is one leaf, whatever days and reporters its entries have. Clauses that
look closer (interest counts days, an authority compares reporters) find the leaves of each day and reporter beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from ledger.book.movements import Kind
from ledger.settlement.knowledge import Knowledge, Total
from ledger.settlement.rates import Rates
from ledger.terms.context import Foreign, Inputs, Part
from ledger.values.figures import Entries, Figure, add, entries_total
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
    Kind.CURRENCY_SOLD: "{name} sold by {party}",
    Kind.CURRENCY_PROCEEDS: "what {party} got for {name}",
    Kind.PAYOUT_PAID: "payouts paid by {party}",
    Kind.PAYOUT_RECEIVED: "payouts received by {party}",
}


def inputs_of(knowledge: Knowledge, period: Period, rates: Rates | None = None) -> Inputs:
    """The totals of a period as leaf figures, each with the query behind it; foreign money at the rates of the period.

    Raises `Refused` where not even an old rate of a currency is recorded.
    """
    terms = knowledge.terms_on(period.last)
    if rates is None:
        rates = Rates(knowledge.agreement, period, terms.unit, terms.exchange, knowledge.fixings)
    leaves = _Leaves(knowledge, period, rates)
    amounts: dict[tuple[str, str], dict[str, Figure]] = {}
    quantities: dict[tuple[str, str], dict[str, Figure]] = {}
    parts: dict[tuple[str, str, str], tuple[Part, ...]] = {}
    foreign: dict[tuple[str, str, str], tuple[Foreign, ...]] = {}
    for (kind, name, party), totals in _grouped(knowledge.totals.get(period.key, ())).items():
        made = leaves.of(totals)
        amounts.setdefault((kind, name), {})[party] = made.amount
        if made.quantity is not None:
            quantities.setdefault((kind, name), {})[party] = made.quantity
        if made.parts:
            parts[kind, name, party] = made.parts
        if made.foreign:
            foreign[kind, name, party] = made.foreign
    return Inputs(terms.unit, amounts, quantities, parts, foreign)


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


class _Made(msgspec.Struct, frozen=True):
    """The figures of one kind, name and party."""

    amount: Figure
    quantity: Figure | None
    parts: tuple[Part, ...]
    foreign: tuple[Foreign, ...] = ()


class _Leaves:
    """Makes the leaves of a period."""

    def __init__(self, knowledge: Knowledge, period: Period, rates: Rates) -> None:
        self._knowledge = knowledge
        self._period = period
        self._rates = rates

    def of(self, totals: Sequence[Total]) -> _Made:
        """The figures of the totals of one kind, name and party."""
        own = [total for total in totals if not total.currency]
        if len(own) < len(totals):
            others = [total for total in totals if total.currency]
            return self._sold(others) if others[0].kind == Kind.CURRENCY_SOLD else self._exchanged(own, others)
        whole = _whole(totals)
        narrow = tuple(self._part(total) for total in totals if total.day or total.reporter)
        return _Made(self._amount(whole), self._quantity(whole) if whole.quantity_micro else None, narrow)

    def _exchanged(self, own: Sequence[Total], others: Sequence[Total]) -> _Made:
        """Entries of which some are in a foreign currency: each day's are converted, and all are added up."""
        summed, parts, foreign = [], [], []
        quantities = [self._quantity(whole) for whole in _by_currency([*own, *others]) if whole.quantity_micro]
        if own:
            summed.append(self._amount(_whole(own), self._rates.own.code))
            parts += [self._part(total) for total in own if total.day or total.reporter]
        for total in others:
            amount = self._amount(total)
            converted = self._converted(total, amount)
            foreign.append(Foreign(total.currency, amount, converted, total.reporter))
            summed.append(converted)
            parts.append(Part(total.day, total.reporter, converted, self._part(total).quantity))
        plain = _plain(others[0])
        amount = add(summed, _label(plain), "", _leaf_name("inputs", plain))
        quantity = add(quantities, f"number of {plain.name}", "") if len(quantities) > 1 else None
        return _Made(amount, quantity or next(iter(quantities), None), tuple(parts), tuple(foreign))

    def _converted(self, total: Total, amount: Figure) -> Figure:
        rate = self._rates.of(total.currency, date.fromisoformat(total.day))
        name = f"{_leaf_name('inputs', total)}.converted"
        return self._rates.convert(total.currency, amount, rate, f"{amount.label}, in {self._rates.own.code}", name)

    def _sold(self, totals: Sequence[Total]) -> _Made:
        """Foreign money that was sold stays in its currency: what it brought says what it was worth."""
        return _Made(self._amount(replace(_whole(totals), currency=totals[0].currency)), None, ())

    def _amount(self, total: Total, own: str = "") -> Figure:
        name = ".".join(part for part in (_leaf_name("inputs", total), own) if part)
        unit = total.currency or self._rates.own.code
        return entries_total(total.amount_minor, unit, _label(total), "", self._query(total), name)

    def _quantity(self, total: Total) -> Figure:
        label, name = f"number of {total.name}{_further(total)}", _leaf_name("inputs.units", total)
        value = Fraction(total.quantity_micro, MICRO)
        return entries_total(value, total.name, label, "", self._query(total), name)

    def _part(self, total: Total) -> Part:
        """What is known of one day, or from one reporter."""
        quantity = self._quantity(total) if total.quantity_micro else None
        return Part(total.day, total.reporter, self._amount(total), quantity)

    def _query(self, total: Total) -> Entries:
        key = total.kind, total.name, total.party, self._period.key
        known_at = self._knowledge.known_at
        further = total.currency, total.day, total.reporter
        return Entries(self._knowledge.agreement, *key, known_at, total.count, *further)


def _plain(total: Total) -> Total:
    """The same kind, name and party, of all currencies, days and reporters."""
    return Total(total.kind, total.name, total.party, 0, 0, 0)


def _by_currency(totals: Sequence[Total]) -> list[Total]:
    codes = sorted({total.currency for total in totals})
    return [replace(_whole([each for each in totals if each.currency == code]), currency=code) for code in codes]


def _label(total: Total) -> str:
    what = capital_words(total.name) if total.kind == Kind.CAPITAL_CHANGED else ""
    said = _LABELS[Kind(total.kind)].format(name=total.name, party=total.party or "nobody", what=what)
    return said + _further(total)


def _leaf_name(room: str, total: Total) -> str:
    further = total.currency, total.day, f"by.{total.reporter}" if total.reporter else ""
    return f"{room}/" + ".".join(part for part in (total.kind, total.name, total.party, *further) if part)


def _further(total: Total) -> str:
    """What the label of a leaf says of its deal, currency, day and reporter."""
    said = f" to {total.name}" if total.kind == Kind.CONTRIBUTION and total.name else ""
    said += f" in {total.currency}" if total.currency and total.kind != Kind.CURRENCY_SOLD else ""
    said += f" on {total.day}" if total.day else ""
    if total.kind == Kind.ADVANCE_RECEIVED and total.reporter:
        return f"{said} from {total.reporter}"
    return said + (f", as {total.reporter} reports" if total.reporter else "")

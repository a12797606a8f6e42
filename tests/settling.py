"""Settling without a book: terms and the totals of some periods, as small as a test can say them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from ledger.book.movements import Movement
from ledger.settlement.knowledge import Knowledge, TermsInForce, Total, Totals
from ledger.settlement.rates import Fixing, fixings
from ledger.settlement.settle import Settlement, fold
from ledger.terms.document import Terms
from ledger.terms.written.document import parse_terms
from ledger.values.money import MICRO
from ledger.values.periods import Period

TERMS: dict[str, Any] = {
    "agreement": "acme-jot",
    "title": "Audience acquisition for Acme",
    "parties": {"acme": {"name": "Acme GmbH"}, "jot": {"name": "JOT Media S.L."}, "kim": {"name": "Kim Ltd"}},
    "currency": "EUR",
    "periods": {"every": "month", "from": "2026-01-01"},
    "pool": {"results": ["sales"]},
    "losses": "as profits",
}
"""What terms say where a test says nothing else; only the shares are its own."""

#: What a table may give of a period, and the kind of the totals that it is.
KINDS = {
    "results": "result",
    "costs": "cost",
    "liabilities": "liability",
    "released": "liability_released",
    "settled": "liability_settled",
    "advances": "advance_received",
}

#: The same for capital, which is told apart by day: `{"contributed": {"2026-04-01": {"jot": 100}}}`.
CAPITAL = {"contributed": "contribution", "withdrawn": "withdrawal"}

Given = Mapping[str, Mapping[str, Any]]


def document(**clauses: Any) -> str:
    """A terms document: `TERMS` with other clauses. JSON is YAML, too."""
    return json.dumps({**TERMS, **clauses})


def terms_of(**clauses: Any) -> Terms:
    """The terms of `TERMS` with other clauses."""
    return parse_terms(document(**clauses))


def knowledge(terms: Terms, months: Sequence[Given]) -> Knowledge:
    """All that is known: the totals of some periods from the first on, under one version of the terms."""
    found: dict[str, tuple[Total, ...]] = {}
    period = terms.first_period
    for given in months:
        found[period.key] = tuple(_totals(given, terms))
        period = period.next()
    return Knowledge(terms.agreement, 1, (TermsInForce(terms, terms.starts_on, 1),), found)


def settled(terms: Terms, *months: Given) -> tuple[Settlement, ...]:
    """The settlements of some periods from the first on."""
    period = terms.first_period
    for _ in months[1:]:
        period = period.next()
    return fold(knowledge(terms, months), period)


def known_from(
    terms: Terms, moved: Iterable[Movement], ended_on: date | None = None, fixed: Iterable[Fixing] = ()
) -> Knowledge:
    """All that is known: what movements add up to, under one version of the terms, and rates of exchange."""
    totals = Totals(terms.every, terms.currency)
    for movement in moved:
        totals.add(movement)
    versions = (TermsInForce(terms, terms.starts_on, 1),)
    rates = fixings(fixed, terms.exchange, terms.starts_on)
    return Knowledge(terms.agreement, 1, versions, totals.per_period(), ended_on, rates)


def settled_from(
    terms: Terms, moved: Iterable[Movement], upto: Period, fixed: Iterable[Fixing] = ()
) -> tuple[Settlement, ...]:
    """The settlements up to a period of what movements add up to, under one version of the terms, at some rates."""
    return fold(known_from(terms, moved, fixed=fixed), upto)


def _totals(given: Given, terms: Terms) -> Iterator[Total]:
    for what, by_name in given.items():
        for name, amount in by_name.items():
            if what == "units":
                yield Total("result", name, "", 0, int(Fraction(amount) * MICRO), 1)
                continue
            by_party = amount if isinstance(amount, Mapping) else {_holder(what): amount}
            for party, major in by_party.items():
                if what in CAPITAL:
                    minor = int(Fraction(major) * terms.unit.scale)
                    yield Total(CAPITAL[what], "", party, minor, 0, 1, day=name)
                    continue
                yield Total(KINDS[what], name, party, int(Fraction(major) * terms.unit.scale), 0, 1)


def _holder(what: str) -> str:
    """Whose money a plain amount is: results are Acme's, what is owed outside is nobody's."""
    return "acme" if what == "results" else ""

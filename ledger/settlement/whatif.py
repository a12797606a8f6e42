"""The same history under other terms: what every party would have got, period by period.

What a retroactive amendment changes and what a simulation shows are one question, answered here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from msgspec.structs import replace

from ledger.settlement.knowledge import Knowledge, TermsInForce
from ledger.settlement.settle import Settlement, fold
from ledger.terms.context import PerParty
from ledger.terms.document import Terms
from ledger.values.errors import Refused
from ledger.values.periods import Period


@dataclass(frozen=True, slots=True)
class Effect:
    """What other terms would change in a period, per party, in minor units.

    `net_minor` is by how much each current account would change more, or less; a party for which nothing changes is
    left out. `now_minor` and `then_minor` are the shares of all parties, under the terms as they are and under the
    other ones. (The account also depends on which costs the pool bears; the share does not say who paid them.)
    """

    period: str
    net_minor: dict[str, int]
    now_minor: dict[str, int] = field(default_factory=dict, compare=False)
    then_minor: dict[str, int] = field(default_factory=dict, compare=False)


def under(known: Knowledge, terms: Terms, effective_on: date) -> Knowledge:
    """The same knowledge, as if all parties had accepted these terms now, from a day on."""
    version = TermsInForce(terms, effective_on, known.known_at + 1)
    return replace(known, versions=(*known.versions, version))


def effects(known: Knowledge, terms: Terms, effective_on: date, upto: Period) -> list[Effect]:
    """What these terms, in force from a day on, make of every period from then to `upto`."""
    pairs = zip(fold(known, upto), fold(under(known, terms, effective_on), upto), strict=True)
    return [_effect(old, new) for old, new in pairs if old.period.last >= effective_on]


def _effect(old: Settlement, new: Settlement) -> Effect:
    before, after = _minor(old.net), _minor(new.net)
    net = {party: after.get(party, 0) - before.get(party, 0) for party in sorted({*before, *after})}
    changed = {party: minor for party, minor in net.items() if minor}
    return Effect(old.period.key, changed, _minor(old.shares), _minor(new.shares))


def _minor(figures: PerParty) -> dict[str, int]:
    return {party: int(figure.value) for party, figure in figures.items()}


def check_comparable(known: Knowledge, terms: Terms) -> None:
    """Refuse terms that are not for this agreement: its name, currency, periods and first day stay as they are."""
    first = known.versions[0].terms
    pairs = {
        "agreement": (known.agreement, terms.agreement),
        "currency": (first.currency, terms.currency),
        "settlement period": (str(first.every), str(terms.every)),
        "first day": (str(first.starts_on), str(terms.starts_on)),
    }
    for what, (here, there) in pairs.items():
        if here != there:
            raise Refused(
                f"these terms are not for {known.agreement}: its {what} is {here}, theirs is {there}",
                f"change `{_WRITTEN[what]}` in the terms to try them here",
            )


_WRITTEN = {
    "agreement": "agreement", "currency": "currency", "settlement period": "periods.every", "first day": "periods.from",
}  # fmt: skip

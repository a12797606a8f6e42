"""What a book knew at a cut-off, as far as settlement needs it: terms in force, and totals per period.

Whoever can answer these questions can be settled from: the replay of all events (`ledger.settlement.replay`,
the definition) or tables that follow the log (`projections`). Both give the same answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple, Protocol

import msgspec

from ledger.book.closing import Closing
from ledger.book.dispute import Dispute
from ledger.book.entry import Entry
from ledger.book.movements import Movement, dimensions
from ledger.book.payout import Payout
from ledger.settlement.rates import Fixings
from ledger.terms.document import Terms
from ledger.values.periods import Every, Period, period_of


class TotalKey(NamedTuple):
    """What totals are told apart by; the last three are "" where nothing depends on them (`movements.dimensions`)."""

    period: str
    kind: str
    name: str
    party: str
    currency: str = ""
    day: str = ""
    reporter: str = ""


class Total(msgspec.Struct, frozen=True):
    """The sum of the entries of one key in one period, and how many entries count in it.

    `amount_minor` is in minor units of `currency`, "" being that of the agreement.
    """

    kind: str
    name: str
    party: str
    amount_minor: int
    quantity_micro: int
    count: int
    currency: str = ""
    day: str = ""
    reporter: str = ""


class TermsInForce(msgspec.Struct, frozen=True):
    """A version of the terms, the first day it governs, and the seq at which it came into force."""

    terms: Terms
    effective_on: date
    since_seq: int


class Knowledge(msgspec.Struct, frozen=True):
    """Everything that settlement needs of a book, as known at `known_at` (a seq).

    `versions` are in the order in which they came into force; `totals` go from period key to its totals;
    `ended_on` is the last day of the agreement, where it was terminated; `fixings` are the rates of the currencies
    that its terms have ever named.
    """

    agreement: str
    known_at: int
    versions: tuple[TermsInForce, ...]
    totals: Mapping[str, tuple[Total, ...]] = msgspec.field(default_factory=dict)
    ended_on: date | None = None
    fixings: Fixings = msgspec.field(default_factory=dict)

    def terms_on(self, day: date) -> Terms:
        """The terms that govern a day: of those effective by then, the version that came into force last.

        A day before the agreement began is governed by its first terms.
        """
        governing = [version.terms for version in self.versions if version.effective_on <= day]
        return governing[-1] if governing else self.versions[0].terms

    @property
    def first_period(self) -> Period:
        """The period in which the agreement began."""
        return self.versions[0].terms.first_period


class Change(msgspec.Struct, frozen=True):
    """One event that changed a total of a period: what late knowledge there was, and where it came from."""

    seq: int
    event: str
    reference: str
    period: str
    effective_on: date
    actor: str
    reason: str = ""


class Awaiting(msgspec.Struct, frozen=True):
    """An entry that waits for another party's yes, and the seq at which its content was recorded."""

    seq: int
    entry: Entry


class Facts(Protocol):
    """Who can tell what a book knew: of all days, or of those up to `as_of`."""

    @property
    def as_of(self) -> date | None:
        """The last day that counts, None where all do."""
        ...

    def head(self) -> int:
        """The seq of the newest event."""
        ...

    def knowledge(self, known_at: int | None = None) -> Knowledge:
        """What the book knew at a seq (None: all it knows)."""
        ...

    def closings(self) -> tuple[Closing, ...]:
        """The periods closed so far, in order."""
        ...

    def changes(self, after_seq: int, upto_seq: int, before: date) -> tuple[Change, ...]:
        """The events in (after_seq, upto_seq] that changed totals of days before `before`, in order."""
        ...

    def decided(self, after_seq: int, upto_seq: int) -> tuple[Change, ...]:
        """The events in (after_seq, upto_seq] that fixed a rate or ended the agreement, in order; of no period."""
        ...

    def counts(self, after_seq: int, upto_seq: int, before: date) -> Mapping[tuple[str, str], int]:
        """How many events in (after_seq, upto_seq] changed totals of days before `before`, by kind and name."""
        ...

    def payouts(self) -> tuple[Payout, ...]:
        """Every payout of the book, by id."""
        ...

    def disputes(self) -> tuple[Dispute, ...]:
        """Every dispute of the book, by id."""
        ...

    def between(self, first: date, last: date, known_at: int | None = None) -> Mapping[str, tuple[Total, ...]]:
        """The totals of the days from `first` to `last`, as known at a seq, by the period that they belong to.

        Raises `Refused` where no terms were in force yet.
        """
        ...

    def awaiting(self) -> tuple[Awaiting, ...]:
        """The entries that wait for another party's yes, by reference."""
        ...


class Totals:
    """Adds up movements into totals per period; the order of movements does not matter."""

    def __init__(self, every: Every, currency: str) -> None:
        self.every = every
        self.currency = currency
        self._sums: dict[TotalKey, list[int]] = {}
        self._alike: dict[tuple[object, ...], list[int]] = {}

    def add(self, movement: Movement) -> None:
        """Count a movement in."""
        alike = (
            movement.effective_on, movement.kind, movement.name, movement.party, movement.currency, movement.counter,
            movement.reporter,
        )  # fmt: skip
        sums = self._alike.get(alike)
        if sums is None:  # the first of many of a day that differ in their amounts only
            sums = self._alike[alike] = self._sums.setdefault(self._key(movement), [0, 0, 0])
        sums[0] += movement.amount_minor
        sums[1] += movement.quantity_micro
        sums[2] += movement.count

    def _key(self, movement: Movement) -> TotalKey:
        period = period_of(movement.effective_on, self.every).key
        further = dimensions(movement, self.currency)
        return TotalKey(period, movement.kind.value, movement.name, movement.party, *further)

    def add_sums(self, key: TotalKey, amount_minor: int, quantity_micro: int, count: int) -> None:
        """Count in what was added up before."""
        sums = self._sums.setdefault(key, [0, 0, 0])
        sums[0] += amount_minor
        sums[1] += quantity_micro
        sums[2] += count

    def per_period(self) -> dict[str, tuple[Total, ...]]:
        """The totals of each period, sorted; a total of entries that all went away is left out."""
        found: dict[str, list[Total]] = {}
        for (period, kind, name, party, *further), (amount, quantity, count) in sorted(self._sums.items()):
            if amount or quantity or count:
                total = Total(kind, name, party, amount, quantity, count, *further)
                found.setdefault(period, []).append(total)
        return {period: tuple(totals) for period, totals in found.items()}


def new_versions(before: Knowledge, now: Knowledge) -> Iterable[TermsInForce]:
    """The versions of the terms that came into force between two states of knowledge."""
    return now.versions[len(before.versions) :]


def currencies_of(versions: Iterable[TermsInForce]) -> set[str]:
    """The foreign currencies that any version of the terms names."""
    return {code for version in versions for code in version.terms.exchange}
